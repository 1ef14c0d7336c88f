"""What a family member sees of a home: as much as its residents agreed to, and nothing that is not known."""

import asyncio
import re
from collections.abc import Collection, Sequence

import httpx
import pytest

from devices.instant import HOUR, Instant
from gateway.database.access import LookRow
from gateway.errors import TryLater
from gateway.model import Point
from gateway.registry import contacts, homes
from gateway.web.family import day
from tests.support.elm import ROOMS, Elm
from tests.support.site import VisitedSite

TIMES = re.compile(r"\b\d{1,2}:\d{2}\b")


async def seen(elm: Elm, contact: str, path: str = "/homes/ELM-12") -> str:
    """The text of the main part of a page, and all its attributes; without the head and the time of the page."""
    async with elm.family(contact) as family:
        answer = await family.get(path)
    assert answer.status_code == 200
    return answer.text.partition("<main")[2].partition("</main>")[0]


async def test_who_sees_rooms_reads_the_sentence_the_strip_what_is_usual_and_the_temperature(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    page = await seen(elm, "Ann")
    assert "Rose was up at 07:24 and was last seen in the kitchen at 12:10." in page
    assert "Kitchen: movement 07:30 to 07:45, 08:00 to 08:15, 10:00 to 10:15, 12:00 to 12:15; not seen never" in page
    assert "Up: <strong>at 07:24</strong>; usually between 07:0" in page
    assert "Moving about until 12:00" in page
    assert "16.8 °C" in page
    assert "Below the 18 °C that is advised" in page
    assert page.count("<svg") > len(ROOMS)


@pytest.mark.parametrize("contact", ["Bob", "Cleo"])
async def test_who_sees_less_reads_no_room_and_no_time_of_the_day(site: VisitedSite, contact: str) -> None:
    elm = Elm(site)
    await elm.lives()
    page = await seen(elm, contact)
    assert not TIMES.findall(page)
    assert not [room for room in ROOMS if room in page.lower()]
    assert "<svg" not in page
    assert "usually" not in page


async def test_who_sees_whether_somebody_is_about_reads_that_and_the_coldest_room(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    page = await seen(elm, "Bob")
    assert "Rose has been up and about today and was last seen this afternoon." in page
    assert "at about the usual time" in page
    assert "The coldest room: <strong>16.8 °C" in page


async def test_who_sees_alerts_alone_reads_why_and_the_alerts(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    await elm.alert()
    page = await seen(elm, "Cleo")
    assert "You see alerts alone: that is what Rose agreed to." in page
    assert "No sign of being up" in page
    assert "°C" not in page


@pytest.mark.parametrize("contact", ["Ann", "Bob", "Cleo"])
async def test_that_no_alert_is_open_is_said(site: VisitedSite, contact: str) -> None:
    elm = Elm(site)
    await elm.lives()
    assert "No alert is open" in await seen(elm, contact)
    await elm.alert()
    assert "No alert is open" not in await seen(elm, contact)


async def test_an_alert_that_nobody_has_accepted_comes_before_how_the_day_goes(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    await elm.alert()
    page = await seen(elm, "Ann")
    assert 'data-says="No sign of being up. Rose was up at 07:24' in page, "it is read out when it comes"
    assert page.index("No sign of being up</strong>") < page.index('<p class="lead">Rose was up at 07:24')
    await site.desk.accept(1, "Bob", site.now)
    page = await seen(elm, "Ann")
    assert page.index('<p class="lead">Rose was up at 07:24') < page.index("No sign of being up</strong>")


async def test_what_is_usual_and_not_known_yet_is_said_to_be_learned(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives(learned=False)
    site.store.points = {key: one for key, one in site.store.points.items() if one.measurement != "daily_activity"}
    for contact in ("Ann", "Bob"):
        assert "What is usual here is not known yet: that takes 14 days" in await seen(elm, contact)
    assert "What is usual here" not in await seen(elm, "Cleo")


async def test_rooms_that_no_sensor_watches_are_named(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    assert "No sensor watches" not in await seen(elm, "Ann")
    await site.registry.change(lambda session: homes.add_room(session, "ELM-12", "toilet", "bathroom"))
    await site.registry.change(lambda session: homes.add_room(session, "ELM-12", "garden", "outside"))
    await site.takes_up()
    assert "No sensor watches the toilet." in await seen(elm, "Ann")
    assert "toilet" not in await seen(elm, "Bob")


async def test_a_home_without_consent_that_is_away_claims_nothing_of_its_pendant(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    await site.registry.change(lambda session: setattr(homes.get_home(session, "ELM-12"), "mode", "away"))
    assert "The pendant and smoke alarms are not held back." in await seen(elm, "Ann")
    await site.registry.change(lambda session: homes.withdraw_consent(session, "ELM-12", "Rose", site.now))
    page = await seen(elm, "Ann")
    assert "not held back" not in page
    assert "not even when the pendant is pressed" in page


@pytest.mark.parametrize("contact", ["Bob", "Cleo"])
async def test_days_before_are_for_who_sees_rooms(site: VisitedSite, contact: str) -> None:
    elm = Elm(site)
    await elm.lives()
    async with elm.family(contact) as family:
        answer = await family.get("/homes/ELM-12?day=2026-01-12")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/homes/ELM-12"


async def test_consent_that_is_not_for_families_leaves_alerts_alone(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    with site.database.transaction() as session:
        homes.get_home(session, "ELM-12").residents[0].consent_purposes = ["alerts"]
    page = await seen(elm, "Ann")
    assert "You see alerts alone" in page
    assert not TIMES.findall(page)


async def test_without_consent_nothing_is_shown(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    await site.registry.change(lambda session: homes.withdraw_consent(session, "ELM-12", "Rose", site.now))
    page = await seen(elm, "Ann")
    assert "there is no consent on record" in page
    assert not TIMES.findall(page)


async def test_whoever_is_no_contact_any_more_sees_nothing(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    async with elm.family("Ann") as ann:
        await site.registry.change(lambda session: contacts.remove_contact(session, "ELM-12", "Ann"))
        for path in ("/homes/ELM-12", "/homes/ELM-12/settings", "/homes/ELM-12/settings/looks"):
            assert (await ann.get(path)).status_code == 404
        assert "There is no home here for you to see" in (await ann.get("/")).text


async def test_a_day_before_has_its_strip_and_says_how_well_it_was_seen(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    page = await seen(elm, "Ann", "/homes/ELM-12?day=2026-01-12")
    assert "Monday 12 January" in page
    assert "Rose was up at 07:35. For 20 % of the day the home could not be seen." in page
    assert "Bedroom: movement 22:30 to 22:45" in page
    assert 'href="/homes/ELM-12?day=2026-01-11"' in page
    assert 'href="/homes/ELM-12?day=2026-01-13"' in page


@pytest.mark.parametrize("asked", ["2026-01-14", "2025-12-15", "yesterday", "2026-13-40", "../x", "0001-01-01"])
async def test_days_that_cannot_be_shown_lead_to_today(site: VisitedSite, asked: str) -> None:
    elm = Elm(site)
    await elm.lives()
    async with elm.family("Ann") as ann:
        answer = await ann.get("/homes/ELM-12", params={"day": asked})
        assert answer.headers["location"] == "/homes/ELM-12"
        assert (await ann.get("/homes/ELM-12", params={"day": "2025-12-16"})).status_code == 200


async def test_the_sentence_stands_while_the_store_is_down(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    site.store.down = TryLater("no connection")
    page = await seen(elm, "Ann")
    assert "Rose was up at 07:24 and was last seen in the kitchen at 12:10." in page
    assert "cannot be shown at the moment" in page
    assert "cannot be shown at the moment" in await seen(elm, "Ann", "/homes/ELM-12?day=2026-01-12")


async def test_the_sentence_stands_while_the_store_is_slow(site: VisitedSite, monkeypatch: pytest.MonkeyPatch) -> None:
    elm = Elm(site)
    await elm.lives()
    never = asyncio.Event()

    async def hangs(
        measurements: Collection[str],
        tags: object,
        start: Instant,
        end: Instant,
    ) -> Sequence[Point]:
        await never.wait()
        return ()

    monkeypatch.setattr(site.store, "read", hangs)
    monkeypatch.setattr(day, "WAITS_S", 0.01)
    page = await seen(elm, "Ann")
    assert "Rose was up at 07:24" in page
    assert "cannot be shown at the moment" in page


async def test_a_home_that_is_not_heard_is_said_to_be_so_to_everybody(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    site.clock.advance_to(site.now + HOUR)
    await site.takes_up()
    for contact in ("Ann", "Bob", "Cleo"):
        page = await seen(elm, contact)
        assert "We cannot see the home since 12:11, so we do not know how Rose is." in page, contact
        assert ("kitchen" in page.lower()) is (contact == "Ann")


async def test_another_familys_home_is_not_there(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    await elm.alert()
    site.registers("OAK-3", contacts=[{"name": "Zoe", "channels": ["ntfy://topic-zoe"]}])
    async with site.visitor("family", name="Zoe", homes={"OAK-3": "Zoe"}) as zoe:
        for path in ("/homes/ELM-12", "/homes/ELM-12/settings", "/homes/ELM-12/settings/looks", "/alerts/1"):
            assert (await zoe.get(path)).status_code == 404, path
        for path in ("/family/alerts/1/accept", "/homes/ELM-12/settings/away", "/homes/ELM-12/settings/test"):
            assert (await site.sends(zoe, path)).status_code == 404, path
    assert (await site.desk.alert(1)).accepted_by is None


async def test_one_home_opens_at_once_several_in_a_list_none_with_a_kind_word(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    site.registers("OAK-3", contacts=[{"name": "Ann", "channels": ["ntfy://topic-ann"], "sees": "rooms"}])
    async with elm.family("Ann") as one:
        assert (await one.get("/")).headers["location"] == "/homes/ELM-12"
        assert (await one.get("/settings")).headers["location"] == "/homes/ELM-12/settings"
    async with site.visitor("family", name="Two", homes={"ELM-12": "Ann", "OAK-3": "Ann"}) as two:
        page = (await two.get("/")).text
        assert "Rose was up at 07:24" in page
        assert 'href="/homes/OAK-3"' in page
    async with site.visitor("family", name="Nobody") as nobody:
        assert "There is no home here for you to see" in (await nobody.get("/")).text


async def test_every_look_is_on_record_and_the_family_reads_it(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    await elm.alert()
    for path in ("/homes/ELM-12", "/homes/ELM-12?day=2026-01-12", "/alerts/1"):
        await seen(elm, "Ann", path) if path != "/homes/ELM-12" else await seen(elm, "Bob", path)
    with site.database.transaction() as session:
        looks = {(row.who, row.what, row.home) for row in session.query(LookRow)}
    whole = "the day of 12 January 2026"
    assert looks == {("Bob", "today", "ELM-12"), ("Ann", whole, "ELM-12"), ("Ann", "alert 1", "ELM-12")}
    page = await seen(elm, "Cleo", "/homes/ELM-12/settings/looks")
    for words in ("Bob", "Ann", "Alert 1", "family"):
        assert words in page


async def test_the_family_answers_on_the_alerts_page(site: VisitedSite) -> None:
    elm = Elm(site)
    await elm.lives()
    await elm.alert()
    async with elm.family("Ann") as ann, elm.family("Bob") as bob:
        page = (await ann.get("/alerts/1")).text
        assert "No sign of being up, Rose" in page
        assert 'action="/family/alerts/1/accept"' in page
        first, second = await asyncio.gather(
            site.sends(ann, "/family/alerts/1/accept"), site.sends(bob, "/family/alerts/1/accept")
        )
        assert {answer.status_code for answer in (first, second)} == {303}
        assert sorted(said(answer) for answer in (first, second)) == ["family-accepted", "family-taken"]
        await site.sends(bob, "/family/alerts/1/calling")
        page = (
            await bob.get((await site.sends(bob, "/family/alerts/1/well", outcome="genuine")).headers["location"])
        ).text
        assert "Bob ended this at 12:20: help was needed." in page
        assert said(await site.sends(ann, "/family/alerts/1/well", outcome="false")) == "family-ended"
    assert (await site.desk.alert(1)).outcome == "genuine"


def said(answer: httpx.Response) -> str:
    return answer.headers["location"].partition("done=")[2]
