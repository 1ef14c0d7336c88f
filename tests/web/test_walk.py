"""The walk test: sensors turn green as they fire, the way out is quiet, a pendant reaches people, and it is signed."""

import re
from collections.abc import Sequence
from typing import Any

import httpx
from sqlalchemy import select

from devices.instant import DAY, MINUTE, SECOND
from gateway.database.access import WalkRow
from gateway.database.tables import HomeRow
from gateway.model import HUB_DEVICE, Flag, Reading, Taken
from gateway.web.installer.walk_watcher import WalkWatcher
from tests.support.site import VisitedSite

WALK = "/homes/ELM-12/walk"
DOOR, MOTION, PENDANT, SMOKE, ROOM = (f"zigbee2mqtt:0x0{number}" for number in range(1, 6))
DEVICES: Sequence[dict[str, Any]] = (
    {"address": DOOR, "room": "hall", "role": "front-door", "quantities": ["contact"]},
    {"address": MOTION, "room": "kitchen", "quantities": ["motion"]},
    {"address": PENDANT, "role": "pendant", "quantities": ["button"]},
    {"address": SMOKE, "room": "hall", "quantities": ["smoke"]},
    {"address": ROOM, "room": "kitchen", "quantities": ["temperature"]},
)
ROOMS = [{"name": "kitchen", "kind": "kitchen"}, {"name": "hall", "kind": "hall"}]
CALLED = {
    "contacts": [{"name": "Meg", "channels": ["ntfy://meg"]}],
    "escalation": [{"contacts": ["Meg"], "wait": "5 min"}],
}


class Walked:
    """A home being walked. What is heard goes through the journal, the engine and the watcher."""

    def __init__(self, site: VisitedSite) -> None:
        self.site = site
        self.watcher = WalkWatcher(site.site)
        self.position = 0

    async def opens(self, devices: Sequence[dict[str, Any]] = DEVICES, **about: Any) -> None:
        self.site.registers("ELM-12", rooms=ROOMS, devices=list(devices), **about)
        await self.site.takes_up()

    async def hears(self, device: str, quantity: str, value: Any, **about: Any) -> None:
        at = about.pop("at", self.site.now)
        values = {"received_at": self.site.now} | about
        one = Reading("ELM-12", "elm-12", device, None, None, quantity, value, at, **values)
        await self.site.journal.append([Taken(readings=(one,))])
        await self.goes_on()

    async def goes_on(self) -> None:
        entries = await self.site.journal.read(self.position, 1000)
        self.position = entries[-1].offset if entries else self.position
        await self.watcher.step([entry.reading for entry in entries])
        await self.site.watch.turn()

    async def passes(self, length: int) -> None:
        self.site.clock.advance_to(self.site.now + length)
        await self.goes_on()

    def row(self) -> WalkRow:
        with self.site.database.transaction() as session:
            return session.scalars(select(WalkRow).order_by(WalkRow.id.desc())).first() or WalkRow()


def seen(page: str) -> dict[str, bool]:
    """By what a sensor is called whether it is green."""
    items = re.findall(r"<li>\s*<strong>(.*?)</strong>\s*<span class=\"badge (\w+)\">", page)
    return {name: badge == "good" for name, badge in items}


async def shown(installer: httpx.AsyncClient) -> str:
    return (await installer.get(WALK)).text


async def test_each_sensor_turns_green_as_it_fires(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        assert not any(seen(await shown(installer)).values())
        await walked.hears(MOTION, "motion", True)
        await walked.hears(MOTION, "link_quality", 120.0)
        await walked.hears(MOTION, "battery", 83.0)
        page = await shown(installer)
    assert seen(page)["Motion sensor, kitchen"]
    assert sum(seen(page).values()) == 1
    assert "Signal 120 of 255" in page
    assert "battery 83 %" in page
    assert "1 of 5 seen" in page


async def test_what_to_do_is_said_for_each(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        page = await shown(installer)
    for words in ("Walk past it", "Open and close it", "Press its test button", "Wait until it reports"):
        assert words in page


async def test_only_what_is_live_turns_it_green(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        began = site.now
        for flag in (Flag.RETAINED, Flag.REPLAYED, Flag.DUPLICATE):
            await walked.hears(MOTION, "motion", True, flags=flag)
            await walked.hears(ROOM, "temperature", 20.0, flags=flag)
        await walked.passes(MINUTE)
        await walked.hears(MOTION, "motion", True, at=began - MINUTE, flags=Flag.LATE)
        await walked.hears(MOTION, "motion", True, since=began - MINUTE, flags=Flag.QUEUED)
        await walked.hears(MOTION, "motion", False)
        await walked.hears(SMOKE, "smoke", False)
        await walked.hears(ROOM, "online", True)
        assert not any(seen(await shown(installer)).values())
        await walked.hears(ROOM, "temperature", 20.0)
        assert seen(await shown(installer))["Temperature sensor, kitchen"]


async def test_a_door_that_only_repeats_what_was_known_did_not_fire(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    await walked.hears(DOOR, "contact", False)
    await walked.passes(MINUTE)
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        await walked.passes(MINUTE)
        await walked.hears(DOOR, "contact", False)
        assert not seen(await shown(installer))["Front door, hall"]
        await walked.hears(DOOR, "contact", True)
        assert seen(await shown(installer))["Front door, hall"]


async def test_what_was_seen_survives_a_restart(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        await walked.hears(MOTION, "motion", True)
        walked.watcher = WalkWatcher(site.site)
        await walked.watcher.begin()
        await walked.hears(SMOKE, "smoke", True)
        found = seen(await shown(installer))
    assert found["Motion sensor, kitchen"]
    assert found["Smoke alarm, hall"]


async def test_two_who_begin_at_once_walk_together(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    async with site.visitor("installer", name="Ann") as one, site.visitor("installer", name="Bob") as other:
        await site.sends(one, WALK)
        await walked.hears(MOTION, "motion", True)
        await site.sends(other, WALK)
        assert seen(await shown(other))["Motion sensor, kitchen"]
        assert "Begun by Ann" in await shown(other)
        first = await site.sends(one, WALK + "/sign", name="Ann Fitter")
        second = await site.sends(other, WALK + "/sign", name="Bob Fitter")
    assert first.headers["location"] == second.headers["location"]
    assert walked.row().signed_by == "Ann Fitter"


async def test_a_sensor_that_is_added_during_the_walk_has_to_fire_too(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens(DEVICES[:2])
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        await walked.hears(MOTION, "motion", True)
        await site.sends(installer, "/homes/ELM-12/devices", hub="elm-12", address="zigbee2mqtt:0x9", room="hall")
        await site.takes_up()
        assert "1 of 3 seen" in await shown(installer)
        await walked.hears("zigbee2mqtt:0x9", "temperature", 19.0)
        assert "2 of 3 seen" in await shown(installer)


async def test_a_walk_of_the_day_before_is_over(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        await walked.hears(MOTION, "motion", True)
        await walked.passes(DAY)
        assert "Begin the walk test" in await shown(installer)
        await site.sends(installer, WALK)
        assert "0 of 5 seen" in await shown(installer)


async def test_without_an_open_walk_nothing_is_written(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    await walked.hears(MOTION, "motion", True)
    with site.database.transaction() as session:
        assert session.scalars(select(WalkRow)).all() == []


# ------------------------------------------------------------------------------------------------ way out


async def begun_exit(site: VisitedSite, installer: httpx.AsyncClient) -> Walked:
    walked = Walked(site)
    await walked.opens()
    await site.sends(installer, WALK)
    await site.sends(installer, WALK + "/exit")
    return walked


async def goes_out(walked: Walked) -> None:
    await walked.passes(10 * SECOND)
    await walked.hears(MOTION, "motion", True)
    await walked.hears(DOOR, "contact", True)
    await walked.passes(8 * SECOND)
    await walked.hears(DOOR, "contact", False)


async def test_the_door_and_then_silence_passes(site: VisitedSite) -> None:
    async with site.visitor("installer") as installer:
        walked = await begun_exit(site, installer)
        assert "Waiting for the door" in await shown(installer)
        await goes_out(walked)
        await walked.passes(119 * SECOND)
        assert "Quiet so far" in await shown(installer)
        await walked.passes(2 * SECOND)
        assert "Passed at" in await shown(installer)


async def test_movement_after_the_door_is_told_with_its_room(site: VisitedSite) -> None:
    async with site.visitor("installer") as installer:
        walked = await begun_exit(site, installer)
        await goes_out(walked)
        await walked.passes(30 * SECOND)
        await walked.hears(MOTION, "motion", True)
        await walked.passes(3 * MINUTE)
        page = await shown(installer)
        assert "Something moved in the kitchen" in page
        assert "Try again" in page
        await site.sends(installer, WALK + "/exit")
        assert "Waiting for the door" in await shown(installer)


async def test_coming_back_early_begins_the_silence_anew(site: VisitedSite) -> None:
    async with site.visitor("installer") as installer:
        walked = await begun_exit(site, installer)
        await goes_out(walked)
        await walked.passes(MINUTE)
        await walked.hears(DOOR, "contact", True)
        await walked.passes(5 * MINUTE)
        assert "The door is open" in await shown(installer)


async def test_a_restart_in_the_silence_is_not_passed(site: VisitedSite) -> None:
    async with site.visitor("installer") as installer:
        walked = await begun_exit(site, installer)
        await goes_out(walked)
        walked.watcher = WalkWatcher(site.site)
        await walked.watcher.begin()
        await walked.passes(3 * MINUTE)
        assert "nobody knows whether it was quiet" in await shown(installer)


async def test_a_hub_that_goes_offline_in_the_silence_is_not_passed(site: VisitedSite) -> None:
    async with site.visitor("installer") as installer:
        walked = await begun_exit(site, installer)
        await goes_out(walked)
        await walked.hears(HUB_DEVICE, "online", False)
        await walked.passes(3 * MINUTE)
        assert "nobody knows whether it was quiet" in await shown(installer)


async def test_a_presence_sensor_that_still_sees_somebody_keeps_it_open(site: VisitedSite) -> None:
    presence = {"address": "zigbee2mqtt:0x8", "room": "hall", "quantities": ["presence"]}
    walked = Walked(site)
    await walked.opens((*DEVICES, presence))
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        await walked.hears("zigbee2mqtt:0x8", "presence", True)
        await site.sends(installer, WALK + "/exit")
        await goes_out(walked)
        await walked.passes(3 * MINUTE)
        assert "A sensor still sees somebody" in await shown(installer)
        await walked.hears("zigbee2mqtt:0x8", "presence", False)
        await walked.passes(SECOND)
        assert "Passed at" in await shown(installer)


# ------------------------------------------------------------------------------------------------ pendant


async def key(installer: httpx.AsyncClient) -> str:
    found = re.search(r'name="device" value="([^"]*)"', await shown(installer))
    return found[1] if found else ""


async def test_one_press_calls_people_and_acceptance_passes_it(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens(**CALLED)
    async with site.visitor("installer", name="Ann Fitter") as installer:
        await site.sends(installer, WALK)
        await site.sends(installer, WALK + "/pendant", device=await key(installer))
        assert "Press it now" in await shown(installer)
        await walked.passes(MINUTE)
        await walked.hears(PENDANT, "button", "press")
        page = await shown(installer)
        assert "Called: Meg" in page
        assert seen(page)["Pendant"]
        [alert] = await site.desk.open_alerts("ELM-12")
        assert alert.explanation.startswith("TEST by Ann Fitter.")
        site.clock.advance_to(site.now + 40 * SECOND)
        await site.desk.accept(alert.id, "Meg", site.now)
        page = await shown(installer)
        assert "Accepted by Meg after 40 s" in page
        assert await site.desk.open_alerts("ELM-12") == []
    with site.database.transaction() as session:
        home = session.get(HomeRow, "ELM-12")
        assert home is not None
        assert home.tested_at == site.now


async def test_a_second_press_is_told_to_be_real(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens(**CALLED)
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        await site.sends(installer, WALK + "/pendant", device=await key(installer))
        await walked.hears(PENDANT, "button", "press")
        await walked.passes(10 * SECOND)
        await walked.hears(PENDANT, "button", "press")
        assert "This is a real call now" in await shown(installer)
        [alert] = await site.desk.open_alerts("ELM-12")
        assert "TEST" not in alert.explanation
        await site.sends(installer, WALK + "/pendant/stop", device=await key(installer))
        assert [one.id for one in await site.desk.open_alerts("ELM-12")] == [alert.id]


async def test_no_test_begins_over_an_open_call(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens(**CALLED)
    await walked.hears(PENDANT, "button", "press")
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        answer = await site.sends(installer, WALK + "/pendant", device=await key(installer))
    assert "There is an open call for help from it" in answer.text
    assert walked.row().pendant is None


async def test_a_test_that_nobody_accepts_can_be_ended_and_is_not_passed(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens(**CALLED)
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        await site.sends(installer, WALK + "/pendant", device=await key(installer))
        await walked.hears(PENDANT, "button", "press")
        await site.sends(installer, WALK + "/pendant/stop", device=await key(installer))
        assert await site.desk.open_alerts("ELM-12") == []
        assert "Nobody accepted the test" in await shown(installer)


async def test_a_pendant_is_not_tested_where_nobody_would_be_called(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        assert "Nobody would be called" in await shown(installer)
        answer = await site.sends(installer, WALK + "/pendant", device=f"elm-12 {PENDANT}")
    assert "Say first who is called" in answer.text


# ------------------------------------------------------------------------------------------------ signing


async def test_it_is_signed_and_stays_as_it_was(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        await walked.hears(MOTION, "motion", True)
        await walked.hears(MOTION, "battery", 83.0)
        answer = await site.sends(installer, WALK + "/sign", name="Ann Fitter")
        where = answer.headers["location"].partition("?")[0]
        before = (await installer.get(where)).text
        await site.sends(installer, f"/homes/ELM-12/devices/{await number(site, MOTION)}", room="hall", role="")
        after = (await installer.get(where)).text
    assert "Ann Fitter" in before
    assert "Motion sensor, kitchen" in before
    assert "83 %" in before
    assert before.count("Not seen") == 4
    assert after == before


async def test_no_single_tap_forgets_a_walk(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        page = await shown(installer)
        behind = page.partition("<summary>Break it off without signing</summary>")[2].partition("</details>")[0]
        assert f'action="{WALK}/stop"' in behind
        assert page.count(f'action="{WALK}/stop"') == 1


async def test_a_walk_is_not_signed_without_a_name(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        answer = await site.sends(installer, WALK + "/sign", name="  ")
    assert answer.status_code == 422
    assert "Type your name" in answer.text
    assert walked.row().signed_at is None


async def test_the_sheet_of_another_home_is_not_shown(site: VisitedSite) -> None:
    walked = Walked(site)
    await walked.opens()
    site.registers("OAK-3")
    async with site.visitor("installer") as installer:
        await site.sends(installer, WALK)
        await site.sends(installer, WALK + "/sign", name="Ann")
        assert (await installer.get(f"/homes/OAK-3/walk/{walked.row().id}")).status_code == 404


async def number(site: VisitedSite, address: str) -> int:
    with site.registry.reading() as session:
        home = session.get(HomeRow, "ELM-12")
        return next(row.id for row in (home.devices if home else []) if row.address == address)
