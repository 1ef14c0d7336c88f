"""history.db: what back-tests read, and a file that is not one."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import FixConfiguration, StoreRefused
from gateway.model import Fact, Flag, Reading
from gateway.recorder.history import HistoryStore, Recorded
from gateway.recorder.schema import fact_point, point

NOON = 1_768_000_000_000_000
READING = Reading("ELM-12", "hub-1", "zigbee2mqtt:0x1", "hall", None, "motion", True, NOON, NOON)


async def test_readings_of_a_home_and_time(tmp_path: Path) -> None:
    store = await HistoryStore.open(tmp_path / "history.db")
    press = replace(READING, quantity="button", value="press", role="pendant", at=NOON + 2_000, flags=Flag.LATE)
    later = replace(READING, value=False, at=NOON + 1_000)
    await store.write([point(one) for one in (press, later, READING, replace(READING, home="OAK-1"))])
    await store.write([fact_point(Fact("alert", "ELM-12", {"rule": "pendant"}, {"open": 1.0}, NOON))])
    await store.close()

    store = await HistoryStore.open(tmp_path / "history.db")
    first = Recorded(NOON, "motion", "zigbee2mqtt:0x1", "hall", None, 1.0)
    second = Recorded(NOON + 1_000, "motion", "zigbee2mqtt:0x1", "hall", None, 0.0)
    third = Recorded(NOON + 2_000, "button", "zigbee2mqtt:0x1", "hall", "pendant", 1.0, "press")
    assert list(await store.readings("ELM-12", 0, 2 * NOON)) == [first, second, third]
    assert list(await store.readings("ELM-12", NOON + 1_000, NOON + 2_000)) == [second]
    assert list(await store.readings("ELM-12", 0, 2 * NOON, "button")) == [third]
    assert list(await store.readings("ASH-9", 0, 2 * NOON)) == []
    await store.close()


async def test_a_series_made_in_a_write_that_failed_is_made_again(tmp_path: Path) -> None:
    store = await HistoryStore.open(tmp_path / "history.db")
    good = point(READING)
    with pytest.raises(StoreRefused):
        await store.write([good, replace(good, at=NOON + 1_000, fields={"value": 1.0, "note": "\ud800"})])
    with pytest.raises(StoreRefused):
        await store.write([replace(good, fields={"value": "one"})])
    await store.write([good])
    assert len(await store.points("motion", 0, 2 * NOON)) == 1
    await store.close()


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "history.db").write_bytes(b"no database" * 1_000)
    with pytest.raises(FixConfiguration, match="move it away"):
        await HistoryStore.open(tmp_path / "history.db")
