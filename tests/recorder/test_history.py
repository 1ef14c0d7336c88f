"""history.db: what back-tests read, and a file that is not one."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import FixConfiguration, StoreRefused, TryLater
from gateway.model import Fact, Reading
from gateway.recorder.history import HistoryStore
from gateway.recorder.points import fact_point, point
from gateway.recorder.schema import HOME, MEASUREMENTS

NOON = 1_768_000_000_000_000
READING = Reading("ELM-12", "hub-1", "zigbee2mqtt:0x1", "hall", None, "motion", True, NOON, NOON)


async def test_what_is_read_survives_a_restart(tmp_path: Path) -> None:
    store = await HistoryStore.open(tmp_path / "history.db")
    later, elsewhere = replace(READING, value=False, at=NOON + 1_000), replace(READING, home="OAK-1")
    await store.write([point(one) for one in (later, READING, elsewhere)])
    await store.write([fact_point(Fact("alert", "ELM-12", {"rule": "pendant"}, {"open": 1.0}, NOON))])
    await store.close()

    store = await HistoryStore.open(tmp_path / "history.db")
    assert list(await store.read(MEASUREMENTS, {HOME: "ELM-12"}, 0, 2 * NOON)) == [point(READING), point(later)]
    await store.close()


async def test_reading_goes_on_beside_a_gateway_that_writes(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    writer = await HistoryStore.open(path)
    await writer.write([point(READING)])
    reader = await HistoryStore.open(path, read_only=True)
    await writer.write([point(replace(READING, at=NOON + 1_000))])
    assert len(await reader.read(["motion"], {}, 0, 2 * NOON)) == 2
    with pytest.raises(TryLater, match="readonly"):
        await reader.write([point(READING)])
    await reader.close()
    await writer.close()


async def test_nothing_is_made_where_only_reading_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FixConfiguration, match="no reading has been recorded"):
        await HistoryStore.open(tmp_path / "history.db", read_only=True)
    assert not (tmp_path / "history.db").exists()


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
