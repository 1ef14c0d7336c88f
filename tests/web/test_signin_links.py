"""Sign-in links: sent by one's own ways, opened by machines without effect, used once, for 15 minutes."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from starlette.requests import Request

from devices.instant import DAY, MINUTE
from gateway.database.access import LinkRow, PersonRow, SessionRow
from gateway.database.tables import ContactRow
from gateway.errors import BadInput
from gateway.notify.channels.apprise import service
from gateway.web.access.invite import invite_family
from gateway.web.access.links import invite
from gateway.web.access.links import sweep as sweep_links
from gateway.web.access.sending import address
from gateway.web.access.sessions import sweep as sweep_sessions
from gateway.web.visit import Visit
from tests.support.site import VisitedSite, opened

ANN = {"name": "Ann", "channels": ["mailto://post:secret@mail.test?to=ann@mail.test", "mqtt:", "announce:", "console:"]}


def with_ann(site: VisitedSite, **contact: object) -> int:
    site.registers("ELM-12", contacts=[ANN | contact])
    return site.person("family", name="Ann", homes={"ELM-12": "Ann"})


async def asks(site: VisitedSite, email: str = "ann@example.org", **fields: str) -> httpx.Response:
    async with site.visitor() as stranger:
        return await stranger.post("/sign-in", data={"email": email, **fields})


def sent_link(site: VisitedSite) -> str:
    found = re.search(r"http://care\.test(/sign-in/link/\S+)", site.channel.notices[-1].body)
    assert found is not None
    return found[1]


def link(site: VisitedSite, person: int) -> str:
    with site.database.transaction() as session:
        return invite(session, person, site.wall.now())


def sessions(site: VisitedSite) -> int:
    with site.database.transaction() as session:
        return len(session.scalars(select(SessionRow).where(SessionRow.revoked_at.is_(None))).all())


async def test_a_link_comes_by_the_contacts_own_channels_and_signs_in(site: VisitedSite) -> None:
    with_ann(site)
    answer = await asks(site, " Ann@Example.org ")
    assert answer.headers["location"] == "/sign-in/sent"
    (notice,) = site.channel.notices
    assert (notice.kind, notice.channel, notice.contact.name) == ("link", ANN["channels"][0], "Ann")
    async with site.visitor() as ann:
        page = await ann.get(sent_link(site))
        assert "Sign in" in page.text
        entered = await ann.post(sent_link(site))
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert "Ann" in (await ann.get("/me")).text


async def test_the_console_is_used_only_where_there_is_nothing_else(site: VisitedSite) -> None:
    with_ann(site, channels=["console:", "mqtt:"])
    await asks(site)
    assert [notice.channel for notice in site.channel.notices] == ["console:"]


@pytest.mark.parametrize("account", ["mailtos://post:secret@mail.test", "mailtos://post:secret@mail.test?name=Care"])
async def test_whoever_is_no_contact_has_it_by_the_mail_account(tmp_path: Path, account: str) -> None:
    async with opened(tmp_path, mail=account) as site:
        site.person("staff", name="O'Neil+x")
        await asks(site, "o'neil+x@example.org")
        (notice,) = site.channel.notices
        assert service(notice.channel).targets == [(False, "o'neil+x@example.org")]


async def test_without_a_way_nothing_is_made(site: VisitedSite) -> None:
    site.person("staff", name="Sam")
    assert (await asks(site, "sam@example.org")).status_code == 303
    with site.database.transaction() as session:
        assert session.scalar(select(LinkRow)) is None


async def test_whether_an_address_is_known_cannot_be_told(site: VisitedSite) -> None:
    with_ann(site)
    known, unknown = await asks(site), await asks(site, "nobody@example.org")
    assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
    assert known.content == unknown.content
    assert len(site.channel.notices) == 1


async def test_a_scanner_that_opens_everything_changes_nothing(site: VisitedSite) -> None:
    path = link(site, with_ann(site))
    async with site.visitor() as scanner:
        for _ in range(5):
            assert (await scanner.head(path)).status_code == 200
            assert (await scanner.get(path)).status_code == 200
        assert not scanner.cookies
    assert sessions(site) == 0
    async with site.visitor() as ann:
        assert (await ann.post(path)).headers["location"] == "/"


async def test_two_at_once_come_in_once(site: VisitedSite) -> None:
    path = link(site, with_ann(site))
    async with site.visitor() as one, site.visitor() as other:
        answers = await asyncio.gather(one.post(path), other.post(path))
    assert sorted(answer.status_code for answer in answers) == [303, 410]
    assert sessions(site) == 1
    refused = next(answer for answer in answers if answer.status_code == 410)
    assert 'href="/sign-in"' in refused.text


async def test_who_taps_twice_is_in(site: VisitedSite) -> None:
    path = link(site, with_ann(site))
    async with site.visitor() as ann:
        await ann.post(path)
        assert (await ann.post(path)).headers["location"] == "/"
    assert sessions(site) == 1


async def test_a_link_works_for_15_minutes(site: VisitedSite) -> None:
    person = with_ann(site)
    late, early = link(site, person), link(site, person)
    site.wall.advance_to(site.wall.now() + 15 * MINUTE - 1)
    async with site.visitor() as ann:
        assert (await ann.post(early)).status_code == 303
    site.wall.advance_to(site.wall.now() + 1)
    async with site.visitor() as ann:
        assert (await ann.get(late)).status_code == 410
        assert (await ann.post(late)).status_code == 410
        assert (await ann.get("/sign-in/link/made-up")).status_code == 410


async def test_a_session_lasts_30_days(site: VisitedSite) -> None:
    path = link(site, with_ann(site))
    async with site.visitor() as ann:
        await ann.post(path)
        site.wall.advance_to(site.wall.now() + 30 * DAY - 1)
        assert (await ann.get("/me")).status_code == 200
        site.wall.advance_to(site.wall.now() + 1)
        assert (await ann.get("/me")).status_code == 303


async def test_what_is_over_is_deleted(site: VisitedSite) -> None:
    person = with_ann(site)
    async with site.visitor() as ann:
        await ann.post(link(site, person))
    site.wall.advance_to(site.wall.now() + 31 * DAY)
    async with site.visitor() as ann:
        await ann.post(link(site, person))
    with site.database.transaction() as session:
        sweep_sessions(session, site.wall.now())
        sweep_links(session, site.wall.now())
        assert len(session.scalars(select(SessionRow)).all()) == 1
        assert len(session.scalars(select(LinkRow)).all()) == 1


async def test_only_digests_are_kept(site: VisitedSite) -> None:
    path = link(site, with_ann(site))
    async with site.visitor() as ann:
        await ann.post(path)
        secrets = [path.rpartition("/")[2], *ann.cookies.values()]
    kept = b"".join(file.read_bytes() for file in site.settings.data.glob("keepwell.db*"))
    assert len(secrets) == 2
    assert not any(secret.encode() in kept for secret in secrets)


async def test_it_leads_on_to_where_somebody_wanted_to_go_and_never_elsewhere(site: VisitedSite) -> None:
    with_ann(site)
    await asks(site, next="/homes/ELM-12")
    async with site.visitor() as ann:
        page = await ann.get(sent_link(site))
        assert 'value="/homes/ELM-12"' in page.text
        assert (await ann.post(sent_link(site))).headers["location"] == "/homes/ELM-12"
    for elsewhere in (
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "/\t/evil.test",
        "//[",
    ):
        async with site.visitor() as ann:
            path = link(site, 1)
            assert (await ann.post(path, data={"next": elsewhere})).headers["location"] == "/"


async def test_a_link_leads_to_where_the_request_came_whatever_it_claims(tmp_path: Path) -> None:
    async with opened(tmp_path, address=None) as site:
        with_ann(site)
        came = {"type": "http", "server": ("192.168.1.5", 8080), "headers": [(b"host", b"evil.test")]}
        assert address(site.site, Request(came)) == "http://192.168.1.5:8080"
        async with site.visitor() as attacker:
            claims = {"host": "evil.test", "origin": "http://evil.test", "x-forwarded-host": "evil.test"}
            await attacker.post("/sign-in", data={"email": "ann@example.org"}, headers=claims)
        assert "evil" not in site.channel.notices[-1].body


@pytest.mark.parametrize("claims", [{"origin": "http://evil.test"}, {"sec-fetch-site": "cross-site"}])
async def test_another_site_cannot_sign_somebody_in(site: VisitedSite, claims: dict[str, str]) -> None:
    path = link(site, with_ann(site))
    async with site.visitor() as ann:
        assert (await ann.post(path, headers=claims)).status_code == 403
        assert (await ann.post("/sign-in", data={"email": "ann@example.org"}, headers=claims)).status_code == 403
    assert not site.channel.notices
    assert sessions(site) == 0


async def test_somebody_disabled_is_out_at_once_and_has_no_links(site: VisitedSite) -> None:
    person = with_ann(site)
    path = link(site, person)
    async with site.visitor(person=person) as ann, site.visitor("administrator") as boss:
        await site.sends(boss, f"/people/{person}/disable")
        assert (await ann.get("/me")).status_code == 303
        assert (await ann.post(path)).status_code == 410
        await asks(site)
        assert not site.channel.notices
        await site.sends(boss, f"/people/{person}/enable")
        assert (await ann.get("/me")).status_code == 303
        assert (await ann.post(path)).status_code == 410
        await ann.post(link(site, person))
        assert (await ann.get("/me")).status_code == 200


async def test_what_is_no_address_is_said_beside_the_field(site: VisitedSite) -> None:
    answer = await asks(site, "ann at example.org, bob@example.org")
    assert answer.status_code == 422
    assert "Write an e-mail address" in answer.text
    assert 'value="ann at example.org, bob@example.org"' in answer.text


async def test_trouble_with_sending_names_nobody(
    site: VisitedSite, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with_ann(site)

    async def fails(notice: object) -> None:
        raise OSError(f"cannot send {notice}")

    site.channel.send = fails  # type: ignore[method-assign]
    with caplog.at_level(0):
        assert (await asks(site)).status_code == 303
    told = capsys.readouterr()
    everything = told.out + told.err + caplog.text
    assert "link_not_sent" in everything
    assert not re.search(r"\bann\b|@|sign-in/link", everything, re.IGNORECASE)


async def invites(site: VisitedSite, email: str, contact: str = "Ann", home: str = "ELM-12") -> None:
    """As the page of a home's contacts does."""
    with site.database.transaction() as session:
        number = session.scalar(select(ContactRow.id).where(ContactRow.home == home, ContactRow.name == contact))
    visit = Visit(site.site, Request({"type": "http", "server": ("127.0.0.1", 80), "headers": []}))
    await invite_family(visit, home, number or 0, email)
    await visit.afterwards()


async def test_a_contact_of_a_home_is_invited_and_sees_that_home(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=[ANN])
    site.registers("OAK-3", contacts=[ANN | {"name": "Annie"}])
    await invites(site, "Ann@Example.org")
    await invites(site, "ann@example.org", "Annie", "OAK-3")
    assert len(site.channel.notices) == 2
    with site.database.transaction() as session:
        (ann,) = session.scalars(select(PersonRow)).all()
        assert (ann.name, ann.email, ann.role) == ("Ann", "ann@example.org", "family")
        assert [one.home for one in ann.homes] == ["ELM-12", "OAK-3"]
    async with site.visitor() as browser:
        assert (await browser.post(sent_link(site))).headers["location"] == "/"


async def test_who_looks_after_one_home_cannot_come_in_to_another_by_a_contact_of_it(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=[ANN])
    site.registers("OAK-3", contacts=[{"name": "Ann", "channels": ["ntfy://mallory"]}])
    await invites(site, "ann@example.org")
    with pytest.raises(BadInput, match="sees other homes too"):
        await invites(site, "ann@example.org", home="OAK-3")
    with site.database.transaction() as session:
        ann = session.scalars(select(PersonRow)).one()
        assert [one.home for one in ann.homes] == ["ELM-12"]
        oak = session.scalars(select(ContactRow).where(ContactRow.home == "OAK-3")).one()
        oak.channels = [*oak.channels, *ANN["channels"]]
    await invites(site, "ann@example.org", home="OAK-3")
    await asks(site)
    assert {notice.channel for notice in site.channel.notices} == {ANN["channels"][0]}


async def test_who_was_family_and_is_staff_has_no_links_by_the_contact_that_they_were(site: VisitedSite) -> None:
    with_ann(site)
    with site.database.transaction() as session:
        session.scalars(select(PersonRow)).one().role = "staff"
    await asks(site)
    assert not site.channel.notices


async def test_nobody_is_invited_in_the_place_of_somebody_else(site: VisitedSite) -> None:
    site.registers(
        "ELM-12", contacts=[ANN, {"name": "Bob", "channels": ["mqtt:"]}, {"name": "Cy", "channels": ["console:"]}]
    )
    site.person("staff", name="Sam")
    await invites(site, "ann@example.org")
    for email, contact, told in (
        ("sam@example.org", "Cy", "belongs to somebody who cannot be invited"),
        ("ann@example.org", "Cy", "Another contact of this home"),
        ("ann2@example.org", "Ann", "can sign in already"),
        ("bob@example.org", "Bob", "no way to send a link"),
        ("cy", "Cy", "Write an e-mail address"),
        ("x@example.org", "Nobody", "not there any more"),
    ):
        with pytest.raises(BadInput, match=told):
            await invites(site, email, contact)
    assert len(site.channel.notices) == 1
    with site.database.transaction() as session:
        assert {row.email for row in session.scalars(select(PersonRow))} == {"sam@example.org", "ann@example.org"}
