"""The installer's start and home pages: what is to do, what is wrong, and nothing of how somebody lives."""

from typing import get_args

from sqlalchemy import update

from devices.instant import DAY, HOUR, MINUTE
from devices.measurement import Value
from gateway.database.tables import HomeRow
from gateway.errors import TryLater
from gateway.model import Reading, RoomKind, Taken
from gateway.recorder.points import point
from gateway.registry import homes
from gateway.web.installer.readings import in_words
from gateway.web.installer.rooms import KINDS, USUAL
from tests.support.alerts_on_a_site import looks, raises
from tests.support.site import VisitedSite

ROOMS = [{"name": "hall", "kind": "hall"}, {"name": "kitchen", "kind": "kitchen"}]
DEVICES = [
    {"address": "hall-motion", "room": "hall", "quantities": ["motion", "battery"]},
    {"address": "door", "room": "hall", "role": "front-door", "quantities": ["contact"]},
]


def being_installed(site: VisitedSite, reference: str = "ELM-12") -> None:
    site.registers(reference, area="North", rooms=ROOMS, devices=DEVICES, mode="paused")
    with site.database.transaction() as session:
        session.execute(update(HomeRow).where(HomeRow.reference == reference).values(live_at=None))


async def hears(site: VisitedSite, device: str, quantity: str, value: Value, *, room: str | None = "hall") -> None:
    """The journal, and soon the store, has what a sensor says now."""
    said = Reading("ELM-12", "elm-12", device, room, None, quantity, value, site.now, site.now)
    await site.journal.append([Taken(readings=(said,))])
    await site.store.write([point(said)])
    await site.takes_up()


async def test_what_is_still_to_do_stands_on_the_first_page(site: VisitedSite) -> None:
    being_installed(site)
    with site.registry.changing() as session:
        homes.add_home(session, "FIR-1", "Europe/London", area="North", live_at=None)
    await site.takes_up()
    await hears(site, "door", "contact", True)
    async with site.visitor("installer", areas=["North"]) as installer:
        page = (await installer.get("/")).text
    for told in (
        "Consent is not recorded: no data is kept",
        "1 sensor not heard",
        "Walk test not signed",
        "No rooms yet",
        "Nothing has been heard from fir-1 yet",
        "Nobody is called when something happens",
    ):
        assert told in page, told


async def test_homes_in_service_with_faults_come_after_and_those_without_are_counted(site: VisitedSite) -> None:
    for reference in ("ELM-12", "OAK-3", "ASH-9"):
        site.registers(reference, area="North")
    site.registers("FAR-1", area="South")
    await raises(site, "OAK-3", "battery", subject="a:1", priority=4, concerns="equipment", explanation="Low.")
    await raises(site, "FAR-1", "battery", subject="a:1", priority=4, concerns="equipment", explanation="Low.")
    await raises(site, "ELM-12", "pendant", explanation="The pendant was pressed.")
    site.clock.advance_to(site.now + 3 * DAY)
    async with site.visitor("installer", areas=["North"]) as installer:
        page = (await installer.get("/install")).text
        assert "/homes/OAK-3/install" in page
        assert "A battery is low" in page
        assert "3 days" in page
        assert "/homes/ELM-12/install" not in page, "what happens to people is not for installers"
        assert "2 homes in service have no fault" in page
        assert "FAR-1" not in page
        found = (await installer.get("/install?q=elm")).text
        assert "/homes/ELM-12/install" in found
        assert "/homes/OAK-3/install" not in found
        near = (await installer.get("/install?q=ELM-21")).text
        assert "Do you mean" in near
        assert "None of your homes" in (await installer.get("/install?q=%25")).text, "a letter, not a pattern"
        assert "FAR-1" not in (await installer.get("/install?q=FAR")).text


async def test_readings_are_shown_while_a_home_is_installed_and_not_afterwards(site: VisitedSite) -> None:
    being_installed(site)
    await site.takes_up()
    await hears(site, "door", "contact", True)
    site.clock.advance_to(site.now + 2 * MINUTE)
    await hears(site, "hall-motion", "battery", 9.0)
    async with site.visitor("installer") as installer:
        page = (await installer.get("/homes/ELM-12/install")).text
        assert "Open" in page
        assert "Battery: 9 %" in page
        assert "Heard 2 min ago" in page
        assert "Battery: 9 %" in (await installer.get("/homes/ELM-12")).text, "the home's own address"
        assert ("ELM-12", "readings", 2) in looks(site)
        with site.database.transaction() as session:
            session.execute(update(HomeRow).values(live_at=site.now))
        await site.takes_up()
        page = (await installer.get("/homes/ELM-12/install")).text
    assert "Battery low" in page
    assert "Battery: 9 %" not in page
    assert ">Open<" not in page
    assert "min ago" not in page, "when a door was heard tells when somebody went out"
    assert "only while a home is being installed" in page


async def test_a_store_that_is_down_is_said_and_the_page_is_there(site: VisitedSite) -> None:
    being_installed(site)
    await site.takes_up()
    site.store.down = TryLater("no")
    async with site.visitor("installer") as installer:
        page = await installer.get("/homes/ELM-12/install")
    assert page.status_code == 200
    assert "Readings cannot be looked up just now" in page.text


async def test_faults_with_their_age_and_rules_with_what_they_can_see(site: VisitedSite) -> None:
    being_installed(site)
    await site.takes_up()
    await hears(site, "door", "contact", True)
    await raises(site, rule="sensor_silent", subject="door", priority=3, concerns="equipment",
                 explanation="The front door has not been heard for three days.")  # fmt: skip
    await raises(site, rule="not_up", priority=2, explanation="Rose is not up.")
    site.clock.advance_to(site.now + 5 * HOUR)
    async with site.visitor("installer") as installer:
        page = (await installer.get("/homes/ELM-12/install")).text
    assert "The front door has not been heard for three days." in page
    assert ">5 h<" in page
    assert "Rose is not up" not in page
    assert "No sign of being up" in page
    assert "Blind" in page
    assert "Rose" not in page


async def test_without_consent_nothing_is_known_and_it_is_said(site: VisitedSite) -> None:
    being_installed(site)
    with site.registry.changing() as session:
        homes.withdraw_consent(session, "ELM-12", "Rose", site.now)
    await site.takes_up()
    await site.store.write([])
    async with site.visitor("installer") as installer:
        page = (await installer.get("/homes/ELM-12/install")).text
    assert "No data is kept" in page
    assert "Not known: this home is not watched" in page
    assert "No fault is known" not in page
    assert "consent comes first" in page


async def test_who_may_not_install_reaches_none_of_it(site: VisitedSite) -> None:
    site.registers("ELM-12", area="North", contacts=[{"name": "Ann", "channels": ["console:"]}])
    pages = ("install", "consent", "rooms", "hub", "contacts", "escalation")
    async with (
        site.visitor("staff") as carer,
        site.visitor("installer", areas=["South"]) as elsewhere,
        site.visitor("supervisor", areas=["North"]) as supervisor,
    ):
        for page in pages:
            assert (await carer.get(f"/homes/ELM-12/{page}")).status_code == 403
            assert (await elsewhere.get(f"/homes/ELM-12/{page}")).status_code == 404
            assert (await supervisor.get(f"/homes/ELM-12/{page}")).status_code == 200
        assert (await supervisor.get("/install")).status_code == 200


def test_every_kind_of_room_has_words_and_readings_have_too() -> None:
    assert set(KINDS) == set(get_args(RoomKind)) >= set(USUAL.values())
    assert in_words("contact", 0.0) == "Closed"
    assert in_words("temperature", 21.04) == "21 °C"
    assert in_words("humidity", 40.5) == "Humidity: 40.5 %"
    assert in_words("tamper", 1.0) == "Tamper: yes"
    assert in_words("button", 1.0, "double") == "Pressed: double"


async def test_a_phone_that_wakes_up_on_the_answer_to_a_form_gets_its_page(site: VisitedSite) -> None:
    site.registers("ELM-12", contacts=[{"name": "Ann", "channels": ["console:"]}])
    pages = {"hub/secret": "hub", "consent/withdraw": "consent", "contacts/1/sign-in": "contacts/1", "escalation/0": ""}
    async with site.visitor("installer") as installer:
        for path, page in pages.items():
            answer = await installer.get(f"/homes/ELM-12/{path}")
            assert (answer.status_code, answer.headers["location"]) == (303, f"/homes/ELM-12/{page or 'escalation'}")
