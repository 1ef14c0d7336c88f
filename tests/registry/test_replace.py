"""A broken sensor is replaced: the new one takes its place, and what belonged to the old one ends or follows."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from devices.instant import HOUR
from gateway.database.tables import AlertRow, DeviceRow
from gateway.model import Verdict
from gateway.registry import devices
from tests.support.site import VisitedSite, opened

OLD, NEW, NEWER = "zigbee2mqtt:0x1", "zigbee2mqtt:0x2", "zigbee2mqtt:0x3"
DOOR = {"address": OLD, "room": "hall", "role": "front-door", "model": "MCCGQ11LM", "quantities": ["contact"]}
ROOMS = [{"name": "hall", "kind": "hall"}]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[VisitedSite]:
    async with opened(tmp_path) as made:
        yield made


async def replaced(site: VisitedSite, old: str, new: str) -> None:
    await site.registry.change(lambda session: devices.replace_device(session, "ELM-12", old, new, site.now))
    await site.takes_up()


def row(site: VisitedSite) -> DeviceRow:
    with site.database.transaction() as session:
        return session.scalars(select(DeviceRow)).one()


async def test_the_place_stays_the_same_and_says_who_was_there_before(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=[DOOR])
    before = row(site)
    site.clock.advance_to(site.now + HOUR)
    await replaced(site, OLD, NEW)
    site.clock.advance_to(site.now + HOUR)
    await replaced(site, NEW, NEWER)
    after = row(site)
    assert (after.id, after.address, after.room, after.role) == (before.id, NEWER, "hall", "front-door")
    assert (after.model, after.quantities) == (None, [])
    assert [one["address"] for one in after.former] == [OLD, NEW]
    assert (after.former[0]["model"], after.former[1]["until"]) == ("MCCGQ11LM", site.now)


async def test_alerts_about_the_old_sensor_itself_end_and_a_call_for_help_does_not(site: VisitedSite) -> None:
    site.registers("ELM-12", rooms=ROOMS, devices=[DOOR])
    await site.takes_up()
    silent = Verdict("trigger", "ELM-12", "sensor_silent", OLD, site.now, "equipment", 3, "Silent.")
    call = Verdict("trigger", "ELM-12", "pendant", OLD, site.now, "person", 1, "Pressed.")
    await site.desk.report([silent, call], site.now)
    await replaced(site, OLD, NEW)
    await site.desk.tick(site.now)
    with site.database.transaction() as session:
        states = {one.rule: one.state for one in session.scalars(select(AlertRow).where(AlertRow.home == "ELM-12"))}
    assert states == {"sensor_silent": "closed", "pendant": "raised"}
