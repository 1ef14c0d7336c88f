"""A home goes live when nothing is missing, or when somebody says why it does all the same."""

from typing import Any

from sqlalchemy import select

from devices.instant import MINUTE, SECOND
from gateway.database.access import WalkRow
from gateway.database.tables import HomeRow
from tests.support.site import VisitedSite
from tests.web.test_walk import CALLED, DEVICES, DOOR, MOTION, PENDANT, ROOM, SMOKE, WALK, Walked, goes_out, key

LIVE = "/homes/ELM-12/live"


def state(site: VisitedSite) -> tuple[str, bool]:
    with site.database.transaction() as session:
        home = session.get(HomeRow, "ELM-12")
        assert home is not None
        return home.mode, home.live_at is not None


async def installing(site: VisitedSite, **about: Any) -> Walked:
    walked = Walked(site)
    await walked.opens(about.pop("devices", DEVICES), **(CALLED | about))
    with site.registry.changing() as session:
        home = session.get(HomeRow, "ELM-12")
        assert home is not None
        home.live_at, home.mode = None, "paused"
    await site.takes_up()
    return walked


async def test_after_a_whole_signed_walk_it_goes_live(site: VisitedSite) -> None:
    walked = await installing(site)
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        await walked.hears(MOTION, "motion", True)
        await walked.hears(SMOKE, "smoke", True)
        await walked.hears(ROOM, "temperature", 20.0)
        assert (
            "People are being called"
            in (await site.sends(installer, WALK + "/pendant", device=await key(installer))).text
        )
        alarm = next(one for one in await site.desk.open_alerts("ELM-12") if one.rule == "hazard")
        await site.desk.accept(alarm.id, "Meg", site.now)
        await site.sends(installer, WALK + "/pendant", device=await key(installer))
        await walked.hears(PENDANT, "button", "press")
        alert = next(one for one in await site.desk.open_alerts("ELM-12") if one.rule == "pendant")
        await site.desk.accept(alert.id, "Meg", site.now)
        await site.sends(installer, WALK + "/exit")
        await goes_out(walked)
        await walked.passes(2 * MINUTE + SECOND)
        assert "No signed walk test has seen 5 sensors" in (await installer.get(LIVE)).text
        await site.sends(installer, WALK + "/sign", name="Ann Fitter")
        assert "All is there" in (await installer.get(LIVE)).text
        answer = await site.sends(installer, LIVE)
    assert answer.headers["location"] == "/homes/ELM-12?done=home-live"
    assert state(site) == ("at home", True)


async def test_what_is_missing_is_named_and_nothing_is_changed(site: VisitedSite) -> None:
    await installing(site)
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, LIVE)
    assert answer.status_code == 422
    for words in (
        "Hub elm-12 was never heard",
        "No signed walk test has seen 5 sensors: Front door, hall; Smoke alarm, hall; Motion sensor, kitchen",
        "The exit test was not passed",
        "Pendant: no test alert of it was accepted",
        "write why the home goes live all the same",
    ):
        assert words in answer.text
    assert state(site) == ("paused", False)


async def test_a_reason_and_a_name_put_it_into_service_and_are_kept(site: VisitedSite) -> None:
    await installing(site)
    async with site.visitor("installer") as installer:
        lost = await site.sends(installer, LIVE, reason="The smoke alarm cannot be reached today.")
        assert "Type your name" in lost.text
        assert "The smoke alarm cannot be reached today." in lost.text
        await site.sends(installer, LIVE, reason="The smoke alarm cannot be reached today.", name="Ann Fitter")
        page = (await installer.get(LIVE)).text
    assert state(site) == ("at home", True)
    assert "The smoke alarm cannot be reached today." in page
    assert "Ann Fitter" in page
    assert "The exit test was not passed" in page
    with site.database.transaction() as session:
        [walk] = session.scalars(select(WalkRow)).all()
        assert walk.override == "The smoke alarm cannot be reached today."


async def test_consent_is_not_for_anybody_to_waive(site: VisitedSite) -> None:
    await installing(site, residents=[])
    async with site.visitor("installer") as installer:
        answer = await site.sends(installer, LIVE, reason="They will sign tomorrow.", name="Ann Fitter")
    assert answer.status_code == 422
    assert "Without consent no home goes live" in answer.text
    assert state(site) == ("paused", False)


async def test_nobody_to_call_is_missing(site: VisitedSite) -> None:
    await installing(site, contacts=[], escalation=[])
    async with site.visitor("installer") as installer:
        assert "Nobody is called when something happens" in (await installer.get(LIVE)).text


async def test_a_replaced_sensor_has_to_be_walked_again_and_only_that(site: VisitedSite) -> None:
    walked = await installing(site)
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        for device, quantity, value in ((MOTION, "motion", True), (SMOKE, "smoke", True), (DOOR, "contact", True)):
            await walked.hears(device, quantity, value)
        await site.sends(installer, WALK + "/sign", name="Ann")
        await walked.passes(MINUTE)
        with site.database.transaction() as session:
            number = next(row.id for row in session.get_one(HomeRow, "ELM-12").devices if row.address == MOTION)
        await site.sends(installer, f"/homes/ELM-12/devices/{number}/replace", address="zigbee2mqtt:0x77")
        await site.takes_up()
        page = (await installer.get(LIVE)).text
    assert "No signed walk test has seen 3 sensors: Temperature sensor, kitchen; Sensor, kitchen; Pendant" in page


async def test_going_live_twice_changes_nothing(site: VisitedSite) -> None:
    await installing(site, devices=[])
    async with site.visitor("installer") as one, site.visitor("installer", name="Bob") as other:
        await site.sends(one, LIVE, reason="Show flat.", name="Ann")
        first = state(site)
        answer = await site.sends(other, LIVE)
    assert answer.status_code == 303
    assert state(site) == first
