"""What families set themselves: away and holiday, how they are reached, when; and that absences begin and end."""

from collections.abc import AsyncIterator

import httpx
import pytest

from devices.instant import DAY, HOUR, MINUTE
from gateway.database.access import LookRow
from gateway.database.tables import ContactRow, HomeRow
from gateway.errors import FixConfiguration, GiveUp, TryLater
from gateway.localtime import local_instant
from gateway.model import Notice
from gateway.registry.absence import Absence, follow_absences, followed
from gateway.registry.homes import set_mode
from tests.support.elm import LONDON, Elm
from tests.support.site import VisitedSite

PATH = "/homes/ELM-12/settings"


@pytest.fixture
async def ann(site: VisitedSite) -> AsyncIterator[httpx.AsyncClient]:
    elm = Elm(site)
    await site.takes_up()
    async with elm.family("Ann") as client:
        yield client


def home(site: VisitedSite) -> Absence:
    with site.database.transaction() as session:
        row = session.get_one(HomeRow, "ELM-12")
        return Absence(row.mode, row.away_from, row.away_until)


def contact(site: VisitedSite) -> ContactRow:
    with site.database.transaction() as session:
        return session.query(ContactRow).filter_by(name="Ann").one()


async def passes(site: VisitedSite, until: str) -> None:
    """Every minute of the gateway's clock, as the gateway follows it."""
    end = local_instant(until, LONDON)
    while site.now < end:
        site.clock.advance_to(min(end, site.now + 30 * MINUTE))
        await follow_absences(site.database, site.registry, site.now)


# ------------------------------------------------------------------------------------------------ away


async def test_a_holiday_begins_and_ends_by_itself_by_the_clock_of_the_home(
    site: VisitedSite, ann: httpx.AsyncClient
) -> None:
    answer = await site.sends(ann, f"{PATH}/away", away_from="2026-01-13T09:00", away_until="2026-01-20T18:00")
    assert "done=family-away-planned" in answer.headers["location"]
    assert "Away from" in (await ann.get(PATH)).text
    assert home(site).mode == "at home"
    await passes(site, "2026-01-13T08:30")
    assert home(site).mode == "at home"
    await passes(site, "2026-01-13T09:00")
    assert home(site).mode == "away"
    assert (
        'The home is set to away until <time datetime="2026-01-20T18:00:00Z">18:00 on 20 January'
        in (await ann.get("/homes/ELM-12")).text
    )
    await passes(site, "2026-01-20T17:59")
    assert home(site).mode == "away"
    await passes(site, "2026-01-20T18:00")
    assert home(site) == Absence("at home", None, None)


async def test_away_now_and_back_home(site: VisitedSite, ann: httpx.AsyncClient) -> None:
    await site.sends(ann, f"{PATH}/away")
    assert home(site) == Absence("away", None, None)
    await passes(site, "2026-01-15T12:00")
    assert home(site).mode == "away"
    assert "Back home" in (await ann.get(PATH)).text
    await site.sends(ann, f"{PATH}/back")
    assert home(site) == Absence("at home", None, None)


async def test_what_somebody_sets_by_hand_meanwhile_stands(site: VisitedSite, ann: httpx.AsyncClient) -> None:
    await site.sends(ann, f"{PATH}/away", away_until="2026-01-20T18:00")
    await site.registry.change(lambda session: set_mode(session, "ELM-12", "at home"))
    await passes(site, "2026-01-14T12:00")
    assert home(site).mode == "at home", "nobody is sent away again"
    await site.registry.change(lambda session: set_mode(session, "ELM-12", "paused"))
    await passes(site, "2026-01-21T12:00")
    assert home(site) == Absence("paused", None, None)


async def test_a_home_that_was_paused_as_its_absence_began_is_at_home_once_somebody_says_so(
    site: VisitedSite, ann: httpx.AsyncClient
) -> None:
    await site.sends(ann, f"{PATH}/away", away_from="2026-01-13T09:00", away_until="2026-01-20T18:00")
    await site.registry.change(lambda session: set_mode(session, "ELM-12", "paused"))
    await passes(site, "2026-01-14T12:00")
    await site.registry.change(lambda session: set_mode(session, "ELM-12", "at home"))
    await passes(site, "2026-01-14T13:00")
    assert home(site) == Absence("at home", None, None)


async def test_the_end_of_an_absence_that_was_broken_off_ends_no_later_one(
    site: VisitedSite, ann: httpx.AsyncClient
) -> None:
    await site.sends(ann, f"{PATH}/away", away_until="2026-01-20T18:00")
    for mode in ("at home", "away"):
        await site.registry.change(lambda session, mode=mode: set_mode(session, "ELM-12", mode))
    await passes(site, "2026-01-21T12:00")
    assert home(site).mode == "away"


async def test_a_paused_home_is_left_alone(site: VisitedSite, ann: httpx.AsyncClient) -> None:
    await site.registry.change(lambda session: set_mode(session, "ELM-12", "paused"))
    for path, fields in (("away", {"away_until": "2026-01-20T18:00"}), ("back", {})):
        answer = await site.sends(ann, f"{PATH}/{path}", **fields)
        assert answer.status_code == 422
        assert "The care team has paused this home" in answer.text
    assert home(site) == Absence("paused", None, None)


async def test_a_home_that_is_being_installed_is_left_alone(site: VisitedSite, ann: httpx.AsyncClient) -> None:
    with site.database.transaction() as session:
        session.get_one(HomeRow, "ELM-12").live_at = None
    assert (await site.sends(ann, f"{PATH}/away")).status_code == 422
    with site.database.transaction() as session:
        row = session.get_one(HomeRow, "ELM-12")
        row.away_from, row.mode = site.now, "paused"
    await follow_absences(site.database, site.registry, site.now)
    assert home(site).mode == "paused"


def test_an_absence_that_the_gateway_slept_through_leaves_the_home_at_home() -> None:
    assert followed(Absence("at home", HOUR, DAY), 2 * DAY) == Absence("at home", None, None)
    assert followed(Absence("at home", HOUR, None), DAY) == Absence("away", None, None)
    assert followed(Absence("paused", HOUR, 2 * DAY), DAY) == Absence("paused", None, 2 * DAY)
    assert followed(Absence("at home", 2 * DAY, None), DAY) == Absence("at home", 2 * DAY, None)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"away_from": "tomorrow"}, "away_from"),
        ({"away_until": "2026-01-32T10:00"}, "away_until"),
        ({"away_until": "2026-01-11T10:00"}, "away_until"),
        ({"away_from": "2026-01-15T10:00", "away_until": "2026-01-14T10:00"}, "away_until"),
        ({"away_until": "2028-01-14T10:00"}, "away_until"),
        ({"away_from": "9999-12-31T23:59"}, "away_from"),
    ],
)
async def test_what_is_wrong_with_an_absence_is_said_beside_it_and_nothing_is_lost(
    site: VisitedSite, ann: httpx.AsyncClient, fields: dict[str, str], field: str
) -> None:
    answer = await site.sends(ann, f"{PATH}/away", **fields)
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert all(f'value="{typed}"' in answer.text for typed in fields.values())
    assert home(site) == Absence("at home", None, None)


# ------------------------------------------------------------------------------------------------ addresses


async def test_own_addresses_are_masked(site: VisitedSite, ann: httpx.AsyncClient) -> None:
    address = "mailtos://keep:s3cret@mail.example.org?to=ann.long@example.org"
    with site.database.transaction() as session:
        session.query(ContactRow).filter_by(name="Ann").one().channels = [address, "ntfy://topic-ann"]
    page = (await ann.get(PATH)).text
    assert "E-mail to an…@example.org" in page
    for hidden in ("s3cret", "keep:", "ann.long", "topic-ann", "mail.example.org"):
        assert hidden not in page


async def test_addresses_are_added_changed_and_removed_and_one_stays(site: VisitedSite, ann: httpx.AsyncClient) -> None:
    await site.sends(ann, f"{PATH}/addresses", kind="ntfy", address="second-topic")
    assert contact(site).channels == ["ntfy://topic-ann", "ntfy://second-topic"]
    await site.sends(ann, f"{PATH}/addresses", kind="ntfy", address="third-topic", instead_of="0")
    assert contact(site).channels == ["ntfy://third-topic", "ntfy://second-topic"]
    await site.sends(ann, f"{PATH}/addresses/remove", number="1")
    assert contact(site).channels == ["ntfy://third-topic"]
    answer = await site.sends(ann, f"{PATH}/addresses/remove", number="0")
    assert answer.status_code == 422
    assert "One address has to stay" in answer.text
    assert contact(site).channels == ["ntfy://third-topic"]


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("email", "ann@example.org"),
        ("ntfy", "ntfy://10.0.0.1/topic"),
        ("ntfy", ""),
        ("ntfy", "topic-ann"),
        ("telegram", "json://169.254.169.254/latest"),
        ("pushover", "pover://short@token"),
        ("", "mqtt:"),
        ("json", "json://localhost:8086"),
        ("telegram", "announce:"),
    ],
)
async def test_addresses_that_name_a_server_of_their_own_or_are_none_are_refused(
    site: VisitedSite, ann: httpx.AsyncClient, kind: str, address: str
) -> None:
    answer = await site.sends(ann, f"{PATH}/addresses", kind=kind, address=address)
    assert answer.status_code == 422
    assert 'id="address-problem"' in answer.text
    assert contact(site).channels == ["ntfy://topic-ann"]


async def test_a_test_message_goes_to_each_own_address_and_says_how_it_went(
    site: VisitedSite, ann: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site.database.transaction() as session:
        session.query(ContactRow).filter_by(name="Ann").one().channels = [
            "ntfy://good", "ntfy://bad", "ntfy://away", "ntfy://set", "mqtt:",
        ]  # fmt: skip
    trouble = {"ntfy://bad": GiveUp("x"), "ntfy://away": TryLater("x"), "ntfy://set": FixConfiguration("x")}
    send = site.channel.send

    async def sends(notice: Notice) -> None:
        await send(notice)
        if notice.channel in trouble:
            raise trouble[notice.channel]

    monkeypatch.setattr(site.channel, "send", sends)
    page = (await site.sends(ann, f"{PATH}/test")).text
    for words in ("Sent: please look", "does not take this address", "cannot be reached just now", "tell the care team",
                  "Not tried: others would hear it"):  # fmt: skip
        assert words in page
    assert sorted(notice.channel for notice in site.channel.notices) == [
        "ntfy://away", "ntfy://bad", "ntfy://good", "ntfy://set",
    ]  # fmt: skip
    assert all("test" in notice.body and "Nothing has happened" in notice.body for notice in site.channel.notices)
    for _ in range(4):
        assert (await site.sends(ann, f"{PATH}/test")).status_code == 200
    assert (await site.sends(ann, f"{PATH}/test")).status_code == 429


# ------------------------------------------------------------------------------------------------ hours and looks


async def test_quiet_hours_and_language(site: VisitedSite, ann: httpx.AsyncClient) -> None:
    await site.sends(ann, f"{PATH}/hours", quiet_from="22:00", quiet_until="07:00", language="de")
    assert (contact(site).quiet_hours, contact(site).language) == ("22:00-07:00", "de")
    assert 'value="22:00"' in (await ann.get(PATH)).text
    await site.sends(ann, f"{PATH}/hours", quiet_from="", quiet_until="", language="en")
    assert (contact(site).quiet_hours, contact(site).language) == (None, "en")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"quiet_from": "late", "quiet_until": "07:00"}, "quiet_from"),
        ({"quiet_from": "22:00", "quiet_until": ""}, "quiet_until"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "quiet_until"),
        ({"quiet_from": "22:00", "quiet_until": "07:00", "language": "xx"}, "language"),
    ],
)
async def test_what_is_wrong_with_quiet_hours_is_said_beside_them(
    site: VisitedSite, ann: httpx.AsyncClient, fields: dict[str, str], field: str
) -> None:
    answer = await site.sends(ann, f"{PATH}/hours", **fields)
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert contact(site).quiet_hours is None


async def test_looks_of_the_last_ninety_days_the_latest_first(site: VisitedSite, ann: httpx.AsyncClient) -> None:
    now = site.wall.now()
    with site.database.transaction() as session:
        for who, role, what, ago in (("Sam", "staff", "contacts", DAY), ("Ina", "installer", "devices", 2 * DAY),
                                     ("Old", "staff", "today", 91 * DAY)):  # fmt: skip
            session.add(LookRow(at=now - ago, last_at=now - ago, times=3, who=who, role=role, home="ELM-12", what=what))
        session.add(LookRow(at=now, last_at=now, times=1, who="Els", role="staff", home="OAK-3", what="today"))
    page = (await ann.get(f"{PATH}/looks")).text
    assert page.index("Sam") < page.index("Ina")
    assert "Contacts (3 times)" in page
    assert "installer" in page
    assert "Old" not in page
    assert "Els" not in page
