"""Who reaches a page, and what every answer carries."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from devices.instant import HOUR, MINUTE
from gateway.database.access import LookRow, SessionRow
from gateway.web.access import sessions
from tests.support.alerts_on_a_site import PEOPLE, raises
from tests.support.site import ORIGIN, VisitedSite, opened


async def test_whoever_is_not_signed_in_is_sent_to_the_door(site: VisitedSite) -> None:
    async with site.visitor() as stranger:
        answer = await stranger.get("/homes/ELM-12?day=2026-01-11")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=%2Fhomes%2FELM-12%3Fday%3D2026-01-11"
        assert (await stranger.head("/homes/ELM-12")).status_code == 303
        sent = await stranger.post("/me/sessions/end-others")
        assert sent.status_code == 401
        assert "Your sign-in has ended" in sent.text


async def test_a_home_that_is_not_theirs_is_not_there(site: VisitedSite) -> None:
    site.registers("ELM-12", area="North")
    site.registers("OAK-3", area="South")
    site.registers("ASH-1")
    async with site.visitor("staff", areas=["North"]) as carer:
        for home, status in (("ELM-12", 200), ("OAK-3", 404), ("ASH-1", 404), ("NO-SUCH", 404), ("gateway", 404)):
            assert (await carer.head(f"/homes/{home}")).status_code == status


async def test_family_see_homes_by_name_whatever_area_they_might_have(site: VisitedSite) -> None:
    site.registers("ELM-12", area="North")
    site.registers("OAK-3", area="North")
    ann = site.person("family", name="Ann", homes={"ELM-12": None})
    sam = site.person("staff", name="Sam", areas=["South"], homes={"OAK-3": None})
    async with site.visitor(person=ann) as family, site.visitor(person=sam) as carer:
        assert [(await family.head(f"/homes/{home}")).status_code for home in ("ELM-12", "OAK-3")] == [200, 404]
        assert [(await carer.head(f"/homes/{home}")).status_code for home in ("ELM-12", "OAK-3")] == [404, 200]


async def test_a_head_tells_who_may_and_does_nothing(site: VisitedSite) -> None:
    site.registers("ELM-12")
    async with site.visitor("staff") as carer, site.visitor() as stranger:
        answer = await carer.head("/homes/ELM-12")
        assert (answer.status_code, answer.content) == (200, b"")
        assert (await carer.head("/live")).status_code == 200
        assert (await carer.head("/people")).status_code == 403
        assert (await stranger.head("/sign-in/organisation/back")).status_code == 200
    with site.database.transaction() as session:
        assert session.scalar(select(LookRow)) is None


async def test_a_form_without_our_token_changes_nothing(site: VisitedSite) -> None:
    async with site.visitor("staff") as carer, site.visitor("staff", name="Other") as other:
        for csrf in ("", "made-up", site.csrf(other)):
            answer = await carer.post("/sign-out", data={"csrf": csrf})
            assert answer.status_code == 403
            assert "open for too long" in answer.text
        assert (await carer.post("/sign-out", json={"csrf": site.csrf(carer)})).status_code == 403
        assert (await carer.get("/me")).status_code == 200


async def test_what_was_typed_is_kept_when_the_sign_in_has_ended_and_is_sent_by_one_button(site: VisitedSite) -> None:
    site.registers("ELM-12", **PEOPLE)
    number = await raises(site)
    path, note = f"/alerts/{number}/note", 'Talked to Ann <at length>, "all fine"'
    async with site.visitor("staff") as carer:
        old = site.csrf(carer)
        await site.sends(carer, "/sign-out")
        late = await carer.post(path, data={"csrf": old, "text": note, "back": "/queue", "new_password": "horse"})
        assert late.status_code == 401
        assert hidden(late.text) == {"csrf": "", "text": note, "back": "/queue"}
        site_person = site.person("staff", name="Carol")
    async with site.visitor(person=site_person) as carol:
        again = await carol.post(path, data=hidden(late.text))
        assert again.status_code == 403
        assert "You are signed in as Carol" in again.text
        assert not [entry for entry in await site.desk.timeline(number) if entry.what == "note"]
        assert (await carol.post(path, data=hidden(again.text))).status_code == 303
    assert [entry.detail["text"] for entry in await site.desk.timeline(number) if entry.what == "note"] == [note]


async def test_a_form_that_no_browser_calls_ours_is_not_kept(site: VisitedSite) -> None:
    async with site.visitor() as stranger, site.visitor("staff") as carer:
        del stranger.headers["origin"], carer.headers["origin"]
        for client in (stranger, carer):
            answer = await client.post("/alerts/1/note", data={"csrf": "old", "text": "Click me"})
            assert answer.status_code in {401, 403}
            assert "Click me" not in answer.text
        evil = {"origin": "https://elsewhere.example"}
        assert "Click me" not in (await carer.post("/alerts/1/note", data={"text": "Click me"}, headers=evil)).text


def hidden(page: str) -> dict[str, str]:
    """What the form of the main part of a page sends by itself."""
    form = page.partition("<main")[2].partition("</main>")[0]
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)}


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"origin": ORIGIN}, True),
        ({"origin": ORIGIN, "sec-fetch-site": "same-origin"}, True),
        ({"origin": ORIGIN, "host": "127.0.0.1:8080"}, True),
        ({"origin": "http://evil.test"}, False),
        ({"origin": "null"}, False),
        ({"origin": "null", "host": ""}, False),
        ({"origin": "http://["}, False),
        ({"origin": ORIGIN, "sec-fetch-site": "cross-site"}, False),
        ({"origin": ORIGIN, "sec-fetch-site": "same-site"}, False),
        ({"origin": "http://care.test.evil.test"}, False),
    ],
)
async def test_forms_come_from_our_own_pages(site: VisitedSite, headers: dict[str, str], ours: bool) -> None:
    async with site.visitor("staff") as carer:
        answer = await carer.post("/sign-out", data={"csrf": site.csrf(carer)}, headers=headers)
    assert answer.status_code == (303 if ours else 403)


async def test_what_is_too_large_or_cannot_be_read_is_not_taken_in(site: VisitedSite) -> None:
    async with site.visitor() as stranger, site.visitor("staff") as carer:
        assert (await stranger.post("/sign-in", data={"email": "x" * 70_000})).status_code == 413
        assert (await carer.post("/sign-out", content=b"x" * (4 * 1024 * 1024 + 1))).status_code == 413

        async def piecemeal() -> AsyncIterator[bytes]:
            yield b"email=ann@example.org"

        assert (await stranger.post("/sign-in", content=piecemeal())).status_code == 413
        broken = {"content-type": "multipart/form-data; boundary=x"}
        assert (await stranger.post("/sign-in", content=b"--y\r\nnonsense", headers=broken)).status_code in {400, 422}
        many = "&".join(f"n{number}=1" for number in range(3_000)).encode()
        plain = {"content-type": "application/x-www-form-urlencoded"}
        assert (await stranger.post("/sign-in", content=many, headers=plain)).status_code == 400


async def test_made_up_cookies_are_nobody(site: VisitedSite) -> None:
    async with site.visitor() as stranger:
        for cookie in (b"x", b"x" * 5_000, b"\xc3\xa9", b"\xff", b"%00"):
            answer = await stranger.get("/me", headers={b"cookie": b"keepwell=" + cookie})
            assert answer.status_code == 303


async def test_over_https_only_the_cookie_that_no_neighbour_can_set_counts(tmp_path: Path) -> None:
    async with opened(tmp_path, address="https://care.test") as site:
        sam = site.person("staff", name="Sam")
        with site.database.transaction() as session:
            secret = sessions.begin(session, sam, "link", "", site.wall.now())
        async with site.visitor() as browser:
            assert (await browser.get("/me", headers={"cookie": f"keepwell={secret}"})).status_code == 303
            assert (await browser.get("/me", headers={"cookie": f"__Host-keepwell={secret}"})).status_code == 200


async def test_when_a_session_was_used_last_is_known_to_the_hour(site: VisitedSite) -> None:
    async with site.visitor("staff") as carer:
        began = site.wall.now()
        for after, seen in ((30 * MINUTE, began), (2 * HOUR, began + 2 * HOUR)):
            site.wall.advance_to(began + after)
            await carer.get("/me")
            with site.database.transaction() as session:
                assert session.scalars(select(SessionRow)).one().seen_at == seen


async def test_every_answer_tells_the_browser_to_load_nothing_from_elsewhere(site: VisitedSite) -> None:
    async def broken(_request: Request) -> Response:
        raise RuntimeError

    site.application.add_route("/broken", broken)
    async with site.visitor() as stranger:
        for path, status, kept in (
            ("/sign-in", 200, "no-store"),
            ("/no-such-page", 404, "no-store"),
            ("/static/keepwell.css", 200, "public, max-age=3600"),
            ("/broken", 500, "no-store"),
        ):
            answer = await stranger.get(path)
            assert (answer.status_code, answer.headers["cache-control"]) == (status, kept)
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("number", ["9" * 16, "9" * 20, "9" * 5_000])
async def test_a_number_that_no_database_holds_is_no_address_of_ours(site: VisitedSite, number: str) -> None:
    site.registers("ELM-12")
    async with site.visitor("administrator") as boss:
        for path in ("/alerts/{}", "/people/{}", "/homes/ELM-12/contacts/{}", "/homes/ELM-12/walk/{}"):
            assert (await boss.get(path.format(number))).status_code == 404
