"""The door: passwords, cookies, how often one may try, the first administrator, and one's own page."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from devices.instant import HOUR, MINUTE, SECOND
from gateway.database.access import PersonRow
from gateway.web.access.browser import in_words
from gateway.web.access.first import first_link
from gateway.web.access.links import invite
from gateway.web.guard import cookie_name
from tests.support.site import VisitedSite, opened

LONG = "plum tarts at the window"
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def with_password(site: VisitedSite, role: str = "staff", name: str = "Sam") -> int:
    number = site.person(role, name=name)  # type: ignore[arg-type]
    with site.database.transaction() as session:
        session.get_one(PersonRow, number).password = WEAK.hash(LONG)
    return number


async def signs_in(site: VisitedSite, client: httpx.AsyncClient, password: str = LONG, **fields: str) -> httpx.Response:
    return await client.post("/sign-in/password", data={"email": "Sam@example.org", "password": password, **fields})


# ------------------------------------------------------------------------------------------------ passwords


async def test_staff_sign_in_by_a_password_and_it_is_kept_as_strong_as_today(site: VisitedSite) -> None:
    number = with_password(site)
    async with site.visitor() as sam:
        answer = await signs_in(site, sam, next="/me")
        assert (answer.status_code, answer.headers["location"]) == (303, "/me")
        assert (await sam.get("/me")).status_code == 200
    with site.database.transaction() as session:
        kept = session.get_one(PersonRow, number).password
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert not PasswordHasher().check_needs_rehash(kept)


async def test_a_wrong_password_and_an_unknown_address_are_told_alike(site: VisitedSite) -> None:
    with_password(site)
    async with site.visitor() as stranger:
        wrong = await signs_in(site, stranger, "something else, also long")
        unknown = await stranger.post("/sign-in/password", data={"email": "nobody@example.org", "password": LONG})
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace("Sam@example.org", "") == unknown.text.replace("nobody@example.org", "")
    assert "do not belong together" in wrong.text
    assert 'value="Sam@example.org"' in wrong.text
    assert LONG not in unknown.text


async def test_family_have_no_password_though_one_was_set_before(site: VisitedSite) -> None:
    site.registers("ELM-12")
    number = site.person("family", name="Sam", homes={"ELM-12": None})
    with site.database.transaction() as session:
        session.get_one(PersonRow, number).password = WEAK.hash(LONG)
    async with site.visitor() as sam, site.visitor(person=number) as inside:
        assert (await signs_in(site, sam)).status_code == 422
        assert (await inside.get("/me/password")).status_code == 403


async def test_nobody_comes_in_without_a_password_or_disabled(site: VisitedSite) -> None:
    site.person("staff", name="Sam")
    async with site.visitor() as sam:
        assert (await signs_in(site, sam)).status_code == 422
        answer = await signs_in(site, sam, "")
        assert "Write your password." in answer.text
    with site.database.transaction() as session:
        row = session.scalars(select(PersonRow)).one()
        row.password, row.disabled_at = WEAK.hash(LONG), site.wall.now()
    async with site.visitor() as sam:
        assert (await signs_in(site, sam)).status_code == 422


async def test_whoever_it_is_the_password_is_looked_at_as_long(site: VisitedSite) -> None:
    class Counting(PasswordHasher):
        looked = 0

        def verify(self, *given: Any) -> Any:
            Counting.looked += 1
            return super().verify(*given)

    site.site.passwords._hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    with_password(site)
    site.person("staff", name="Without")
    gone = with_password(site, name="Gone")
    with site.database.transaction() as session:
        session.get_one(PersonRow, gone).disabled_at = 1
    async with site.visitor() as stranger:
        for tries, name in enumerate(("sam", "without", "gone", "nobody"), start=1):
            form = {"email": f"{name}@example.org", "password": "not the right one"}
            assert (await stranger.post("/sign-in/password", data=form)).status_code == 422
            assert Counting.looked == tries


# ------------------------------------------------------------------------------------------------ cookies


@pytest.mark.parametrize(
    ("address", "name", "secure"),
    [("http://care.test", "keepwell", False), ("https://care.test", "__Host-keepwell", True)],
)
async def test_what_the_cookie_is_like(tmp_path: Path, address: str, name: str, secure: bool) -> None:
    async with opened(tmp_path, address=address) as site:
        with_password(site)
        async with site.visitor() as sam:
            answer = await signs_in(site, sam)
            cookie = answer.headers["set-cookie"]
            assert cookie.startswith(f"{name}=")
            assert ("Secure" in cookie) is secure
            for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=2592000"):
                assert part in cookie
            assert "Domain" not in cookie
            assert ("strict-transport-security" in answer.headers) is secure


async def test_signing_out_ends_the_session_for_whoever_kept_its_cookie(site: VisitedSite) -> None:
    async with site.visitor("staff") as sam, site.visitor() as thief:
        thief.cookies.set(cookie_name(site.site), sam.cookies[cookie_name(site.site)])
        answer = await site.sends(sam, "/sign-out")
        assert answer.headers["location"] == "/sign-in?done=signed-out"
        assert 'keepwell=""' in answer.headers["set-cookie"]
        assert (await thief.get("/me")).status_code == 303


async def test_signing_in_again_ends_the_browsers_former_session(site: VisitedSite) -> None:
    with_password(site)
    async with site.visitor() as sam, site.visitor() as thief:
        await signs_in(site, sam)
        thief.cookies.set(cookie_name(site.site), sam.cookies[cookie_name(site.site)])
        await signs_in(site, sam)
        assert (await sam.get("/me")).status_code == 200
        assert (await thief.get("/me")).status_code == 303


# ------------------------------------------------------------------------------------------------ how often


async def test_five_links_in_a_quarter_of_an_hour_for_one_address(
    site: VisitedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = site.wall.now
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=lambda: now() / SECOND))
    monkeypatch.setattr("gateway.web.access.limits.time", SimpleNamespace(time=lambda: now() / SECOND))
    async with site.visitor() as somebody:
        for _ in range(5):
            assert (await somebody.post("/sign-in", data={"email": "ann@example.org"})).status_code == 303
            site.wall.advance_to(site.wall.now() + MINUTE)
        refused = await somebody.post("/sign-in", data={"email": "ANN@example.org"})
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "600"
        assert "Please wait 10 minutes" in refused.text
        assert (await somebody.post("/sign-in", data={"email": "bob@example.org"})).status_code == 303
        site.wall.advance_to(site.wall.now() + 10 * MINUTE + SECOND)
        assert (await somebody.post("/sign-in", data={"email": "ann@example.org"})).status_code == 303
        assert (await somebody.post("/sign-in", data={"email": "ann@example.org"})).status_code == 429


async def test_passwords_of_one_address_are_not_tried_on_and_on(site: VisitedSite) -> None:
    with_password(site)
    async with site.visitor() as guesser:
        answers = [await signs_in(site, guesser, f"guess number {number}") for number in range(10)]
        assert {answer.status_code for answer in answers} == {422}
        assert (await signs_in(site, guesser)).status_code == 429


@pytest.mark.parametrize(
    ("path", "times", "method"),
    [("/sign-in", 30, "POST"), ("/sign-in/password", 60, "POST"), ("/sign-in/link/x", 60, "GET"),
     ("/sign-in/link/x", 60, "POST"), ("/sign-in/first/x", 60, "GET")],
)  # fmt: skip
async def test_one_host_does_not_try_on_and_on(site: VisitedSite, path: str, times: int, method: str) -> None:
    site.site.passwords._hasher = WEAK
    form = {"email": "n@example.org", "password": LONG}
    async with site.visitor() as somebody:
        statuses = [
            (await somebody.request(method, path, data=form | {"email": f"n{number}@example.org"})).status_code
            for number in range(times + 1)
        ]
    assert 429 not in statuses[:-1]
    assert statuses[-1] == 429
    other = httpx.ASGITransport(site.application, client=("10.0.0.9", 1))
    async with httpx.AsyncClient(transport=other, base_url="http://care.test") as neighbour:
        answer = await neighbour.request(method, path, data=form)
        assert answer.status_code != 429


# ------------------------------------------------------------------------------------------------ logs


async def test_logs_of_a_sign_in_hold_no_address_name_or_token(
    site: VisitedSite, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    contact = {"name": "Josephine", "channels": ["ntfy://private-topic"]}
    site.registers("ELM-12", contacts=[contact])
    site.person("family", name="Josephine", homes={"ELM-12": "Josephine"})
    with caplog.at_level(0):
        async with site.visitor() as ann:
            await ann.post("/sign-in", data={"email": "josephine@example.org"})
            found = re.search(r"/sign-in/link/(\S+)", site.channel.notices[-1].body)
            assert found is not None
            await ann.get(found[0])
            await ann.post(found[0])
            await ann.get("/me")
            secrets = [found[1], ann.cookies[cookie_name(site.site)]]
            wrong = {"email": "josephine@example.org", "password": "wrong wrong wrong"}
            await ann.post("/sign-in/password", data=wrong)
    told = capsys.readouterr()
    records = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    everything = told.out + told.err + "\n".join(records)
    assert "link_sent" in everything
    assert not re.search(r"josephine|example\.org|private-topic|wrong wrong", everything, re.IGNORECASE)
    assert not any(secret in everything for secret in secrets)


# ------------------------------------------------------------------------------------------------ the first


async def test_the_first_administrator_comes_in_by_the_link_of_the_terminal(site: VisitedSite) -> None:
    link = await first_link(site.site)
    assert link is not None
    assert link.startswith("http://care.test/sign-in/first/")
    async with site.visitor() as boss:
        for _ in range(5):
            assert (await boss.get(link)).status_code == 200
            assert (await boss.head(link)).status_code == 200
        bad = await boss.post(link, data={"name": "Bo Boss", "email": "bo@example.org", "password": "Bo Boss"})
        assert bad.status_code == 422
        assert "at least 12 characters" in bad.text
        assert 'value="Bo Boss"' in bad.text
        made = await boss.post(link, data={"name": "Bo Boss", "email": "Bo@example.org", "password": LONG})
        assert (made.status_code, made.headers["location"]) == (303, "/")
        assert (await boss.get("/people")).status_code == 200
        assert (await boss.get(link)).status_code == 410
    assert await first_link(site.site) is None
    async with site.visitor() as again:
        entered = await again.post("/sign-in/password", data={"email": "bo@example.org", "password": LONG})
        assert entered.status_code == 303


async def test_the_first_link_works_only_while_there_is_nobody_and_for_15_minutes(site: VisitedSite) -> None:
    form = {"name": "Eve", "email": "eve@example.org", "password": LONG}
    replaced, link = await first_link(site.site), await first_link(site.site)
    assert replaced is not None
    assert link is not None
    async with site.visitor() as eve:
        assert (await eve.post(replaced, data=form)).status_code == 410
        assert (await eve.post(link.replace("/first/", "/link/"))).status_code == 410
        site.wall.advance_to(site.wall.now() + 15 * MINUTE)
        assert (await eve.post(link, data=form)).status_code == 410
        another = await first_link(site.site)
        assert another is not None
        site.person("administrator", name="Bo")
        assert (await eve.get(another)).status_code == 410
        assert (await eve.post(another, data=form)).status_code == 410


# ------------------------------------------------------------------------------------------------ one's own page


async def test_staff_without_a_password_are_asked_for_one_after_their_link(site: VisitedSite) -> None:
    number = site.person("installer", name="Sam")
    with site.database.transaction() as session:
        path = invite(session, number, site.wall.now())
    async with site.visitor() as sam:
        entered = await sam.post(path, data={"next": "/homes/new"})
        assert entered.headers["location"] == "/me/password?next=%2Fhomes%2Fnew"
        page = await sam.get(entered.headers["location"])
        assert "Set a password" in page.text
        assert "Not now" in page.text
        for password, told in (
            ("short", "at least 12 characters"),
            ("x" * 300, "at most 256"),
            ("SAM@example.org", "something else than your name"),
        ):
            answer = await site.sends(sam, "/me/password", password=password)
            assert answer.status_code == 422
            assert told in answer.text
        answer = await site.sends(sam, "/me/password", password=LONG, next="/homes/new")
        assert answer.headers["location"] == "/homes/new?done=password-set"
    async with site.visitor() as sam:
        assert (await signs_in(site, sam)).status_code == 303


async def test_another_password_wants_the_present_one_and_signs_out_every_other_browser(site: VisitedSite) -> None:
    number = with_password(site)
    other = "seven quiet bicycles"
    async with site.visitor() as sam, site.visitor(person=number) as thief:
        await signs_in(site, sam)
        refused = await site.sends(sam, "/me/password", password=other, present="not this one")
        assert "This is not your present password." in refused.text
        assert (await thief.get("/me")).status_code == 200
        done = await site.sends(sam, "/me/password", password=other, present=LONG)
        assert done.headers["location"] == "/me?done=password-set"
        assert (await sam.get("/me")).status_code == 200
        assert (await thief.get("/me")).status_code == 303
    async with site.visitor() as sam:
        assert (await signs_in(site, sam)).status_code == 422
        assert (await signs_in(site, sam, other)).status_code == 303


async def test_who_forgot_the_password_sets_one_after_a_fresh_link_only(site: VisitedSite) -> None:
    number = with_password(site)
    async with site.visitor(person=number) as sam:
        assert "Your present password" not in (await sam.get("/me/password")).text
        site.wall.advance_to(site.wall.now() + 16 * MINUTE)
        assert "Your present password" in (await sam.get("/me/password")).text
        refused = await site.sends(sam, "/me/password", password="seven quiet bicycles")  # noqa: S106
        assert refused.status_code == 422


async def test_one_sees_and_ends_ones_own_sessions(site: VisitedSite) -> None:
    number = site.person("staff", name="Sam")
    async with (
        site.visitor(person=number) as here,
        site.visitor(person=number) as phone,
        site.visitor(person=number) as tablet,
        site.visitor("staff", name="Other") as other,
    ):
        site.wall.advance_to(site.wall.now() + 3 * HOUR)
        page = (await here.get("/me")).text
        assert "this one" in page
        assert "3 h ago" in page
        ends = re.findall(r"/me/sessions/(\d+)/end", page)
        assert len(ends) == 2
        await site.sends(other, f"/me/sessions/{ends[0]}/end")
        assert (await tablet.get("/me")).status_code == 200
        await site.sends(here, f"/me/sessions/{ends[0]}/end")
        assert sorted([(await phone.get("/me")).status_code, (await tablet.get("/me")).status_code]) == [200, 303]
        await site.sends(here, "/me/sessions/end-others")
        assert {(await phone.get("/me")).status_code, (await tablet.get("/me")).status_code} == {303}
        assert (await here.get("/me")).status_code == 200
        assert (await other.get("/me")).status_code == 200


_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0", "Firefox on Android"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 15_0) {_WEBKIT} Mobile Safari/604.1",
            "Safari on an iPhone",
        ),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64) {_WEBKIT} Chrome/120.0 Safari/537.36 Edg/120.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/120.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0", "A browser"),
        ("", "A browser"),
    ],
)
def test_browsers_are_told_in_words(agent: str, words: str) -> None:
    assert in_words(agent) == words
