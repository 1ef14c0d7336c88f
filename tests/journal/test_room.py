"""The journal keeps within its quota, and a full disk costs nobody an alert: on a disk that is really full."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from devices.instant import SECOND
from gateway.clock import SystemClock
from gateway.errors import TryLater
from gateway.journal import housekeeping
from gateway.journal.limits import Limits
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Reading, Taken
from gateway.recorder.memory import MemoryStore
from gateway.recorder.recorder import Recorder
from gateway.recorder.stream import Pace
from tests.recorder.bench import Notebook
from tests.support.small_disk import MEGABYTE, fill, free_on, small_disk

NOON = 1_768_000_000_000_000
READING = Reading("ELM-12", "hub-1", "zigbee2mqtt:0x00158d0001a2b3c4", "hall", None, "motion", True, NOON, NOON)


def batch(first: int, count: int = 500, **changes: object) -> list[Taken]:
    return [
        Taken(readings=(replace(READING, at=NOON + n * SECOND, received_at=NOON + n * SECOND, **changes),))  # type: ignore[arg-type]
        for n in range(first, first + count)
    ]


def presses(taken: Taken) -> bool:
    return any(reading.quantity == "button" for reading in taken.readings)


@pytest.fixture(autouse=True)
def _looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "LOOK_EVERY_S", 0.0)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 16) as folder:
        yield folder


@asynccontextmanager
async def opened(folder: Path, quota_mb: float | None = None, ballast_mb: float = 0) -> AsyncIterator[SqliteJournal]:
    limits = Limits(
        quota_bytes=None if quota_mb is None else int(quota_mb * MEGABYTE), ballast_bytes=int(ballast_mb * MEGABYTE)
    )
    journal = await SqliteJournal.open(folder / "journal.db", limits=limits, urgent=presses)
    try:
        yield journal
    finally:
        await journal.close()


async def append_all(journal: SqliteJournal, firsts: range, count: int) -> None:
    for first in firsts:
        await journal.append(batch(first, count))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - the condition is anybody's
            await asyncio.sleep(0.005)


async def settled(journal: SqliteJournal) -> None:
    """Wait for the room to be looked after."""
    journal.troubles()
    if (tending := journal._tending) is not None:
        await asyncio.wait_for(asyncio.shield(tending), 20)


async def first_and_last(journal: SqliteJournal) -> tuple[int, int]:
    entries = await journal.read(0, 1_000_000)
    return entries[0].offset, entries[-1].offset


# ------------------------------------------------------------------------------------------ the quota


async def test_at_the_quota_what_all_have_read_goes_first_and_is_no_loss(tmp_path: Path) -> None:
    lowest = 2 * MEGABYTE
    async with opened(tmp_path, quota_mb=2) as journal:
        for first in range(0, 20_000, 500):
            end = await journal.append(batch(first))
            await journal.advance("watch", end)
            await journal.advance("recorder", end - 500)
            await settled(journal)
            if (await first_and_last(journal))[0] > 1:
                lowest = min(lowest, (await journal.counts())["bytes"])
        assert (await journal.counts())["bytes"] <= 2 * MEGABYTE
        first, last = await first_and_last(journal)
        assert (last, journal.figures()["quota_dropped"], journal.troubles()) == (20_000, 0, [])
        assert first > 1
        assert 1.7 * MEGABYTE < lowest < 2 * MEGABYTE, "no more goes than must"


async def test_beyond_that_readings_that_were_not_recorded_go_and_it_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path, quota_mb=2) as journal:
        for first in range(0, 20_000, 500):
            await journal.advance("watch", await journal.append(batch(first)))
            await settled(journal)
        assert (await journal.counts())["bytes"] <= 2 * MEGABYTE
        first, last = await first_and_last(journal)
        assert (last, journal.figures()["quota_dropped"]) == (20_000, first - 1)
        (trouble,) = journal.troubles()
        assert (trouble.rule, trouble.subject) == ("gateway", "journal quota")
        assert trouble.sentence.startswith(f"{first - 1:,} readings were not recorded")
        await journal.advance("recorder", 20_000)
        await settled(journal)
        assert journal.troubles() == [], "the store is back"
    async with opened(tmp_path, quota_mb=2) as journal:
        assert journal.figures()["quota_dropped"] == first - 1, "the count survives"


async def test_what_the_rules_have_not_read_never_goes(tmp_path: Path) -> None:
    async with opened(tmp_path, quota_mb=1) as journal:
        await journal.append(batch(0))
        await journal.advance("watch", 100)
        for first in range(500, 20_000, 500):
            await journal.append(batch(first))
            await settled(journal)
        assert await first_and_last(journal) == (101, 20_000)
        assert {trouble.subject for trouble in journal.troubles()} == {"journal quota", "journal room"}


async def test_the_quota_is_at_most_four_fifths_of_the_disk(disk: Path) -> None:
    async with opened(disk, quota_mb=4_096) as journal:
        assert journal.figures()["quota_bytes"] == int(16 * MEGABYTE * 0.8)
        for first in range(0, 120_000, 2_000):
            end = await journal.append(batch(first, 2_000))
            await journal.advance("watch", end)
            await settled(journal)
        assert journal.figures()["quota_dropped"] > 0
        assert free_on(disk) > MEGABYTE


async def test_the_recorder_goes_on_above_what_went(tmp_path: Path) -> None:
    async with opened(tmp_path, quota_mb=1) as journal:
        store = MemoryStore()
        recorder = Recorder(journal, store, Notebook(), SystemClock(), set_aside=_nowhere, pace=Pace(linger_s=0.0))
        await journal.advance("recorder", 10)
        for first in range(0, 10_000, 500):
            await journal.advance("watch", await journal.append(batch(first)))
            await settled(journal)
        first, _ = await first_and_last(journal)
        running = asyncio.create_task(recorder.run())
        try:
            await until(lambda: journal._cursors["recorder"] == 10_000)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        assert len(store.points) == 10_000 - first + 1


async def _nowhere(*_: object) -> None:
    raise AssertionError("nothing is refused")


# ------------------------------------------------------------------------------------------ the ballast


async def test_the_ballast_takes_real_room_and_leaves_as_much(disk: Path) -> None:
    async with opened(disk, ballast_mb=2):
        assert (disk / "ballast").stat().st_blocks * 512 == 2 * MEGABYTE
    (disk / "ballast").unlink()
    fill(disk, leave=3 * MEGABYTE)
    async with opened(disk, ballast_mb=2):
        assert not (disk / "ballast").exists()


async def test_on_a_full_disk_the_ballast_goes_and_the_message_is_kept(disk: Path) -> None:
    async with opened(disk, ballast_mb=4) as journal:
        filler = fill(disk)
        assert await journal.append(batch(0, 20)) == 20
        assert not (disk / "ballast").exists()
        assert free_on(disk) > 3 * MEGABYTE
        await settled(journal)
        (trouble,) = journal.troubles()
        assert (trouble.subject, trouble.priority, trouble.home) == ("disk", 2, "gateway")
        assert "is full: 3 MB are left" in trouble.sentence
        filler.unlink()
        await settled(journal)
        assert (disk / "ballast").stat().st_size == 4 * MEGABYTE
        assert journal.troubles() == []


async def test_the_ballast_goes_before_the_disk_is_quite_full(disk: Path) -> None:
    """Alerts are kept in another file: they must not have to meet the end of the disk first."""
    async with opened(disk, ballast_mb=4) as journal:
        fill(disk, leave=200_000)
        await settled(journal)
        assert not (disk / "ballast").exists()


async def test_the_last_of_the_disk_is_left_to_alerts_and_to_what_is_urgent(disk: Path) -> None:
    async with opened(disk, ballast_mb=4) as journal:
        fill(disk)
        with pytest.raises(TryLater, match="are kept for alerts: free space"):
            await append_all(journal, range(0, 60_000, 500), 500)
        left = free_on(disk)
        assert left > MEGABYTE
        taken = await journal.end()
        with pytest.raises(TryLater):
            await journal.append(batch(60_000, 1))
        assert await journal.append(batch(60_000, 1, quantity="button", value="press")) == taken + 1
        await settled(journal)
        assert {trouble.subject for trouble in journal.troubles()} == {"disk"}
        fill(disk, leave=100_000)
        (disk / "filler").unlink()
        assert await journal.append(batch(60_001, 1)) == taken + 2


async def test_on_a_full_disk_what_all_have_read_makes_room_for_the_new(disk: Path) -> None:
    async with opened(disk, quota_mb=8, ballast_mb=4) as journal:
        for first in range(0, 20_000, 500):
            end = await journal.append(batch(first))
        await journal.advance("watch", end)
        await journal.advance("recorder", end - 1_000)
        fill(disk)
        left = free_on(disk)
        for first in range(20_000, 30_000, 100):
            end = await journal.append(batch(first, 100))
            await journal.advance("watch", end)
            await journal.advance("recorder", end)
        assert await journal.end() == 30_000
        assert journal.figures()["quota_dropped"] == 0
        assert free_on(disk) >= min(left, MEGABYTE)


# ------------------------------------------------------------------------------------------ truly full


async def test_a_truly_full_disk_refuses_and_keeps_nothing_by_halves(disk: Path) -> None:
    async with opened(disk) as journal:
        await journal.append(batch(0))
        filler = fill(disk)
        with pytest.raises(TryLater, match="is full: free space"):
            await append_all(journal, range(500, 200_000, 2_000), 2_000)
        end = await journal.end()
        assert (await first_and_last(journal))[1] == end
        assert end % 2_000 == 500
        with pytest.raises(TryLater):
            await journal.append(batch(500_000, 2_000))
        filler.unlink()
        assert await journal.append(batch(500_000, 2_000)) == end + 2_000


async def test_a_journal_opens_on_a_full_disk_thanks_to_the_ballast(disk: Path) -> None:
    async with opened(disk, ballast_mb=2) as journal:
        await journal.append(batch(0))
    fill(disk)
    async with opened(disk, ballast_mb=2) as journal:
        assert len(await journal.read(0, 1_000)) == 500


async def test_damage_on_a_full_disk_is_mended_when_there_is_room(disk: Path) -> None:
    async with opened(disk) as journal:
        await journal.append(batch(0, 2_000))
    content = bytearray((disk / "journal.db").read_bytes())
    content[30 * 4_096 : 31 * 4_096] = bytes(4_096)
    (disk / "journal.db").write_bytes(content)
    filler = fill(disk, leave=150_000)
    with pytest.raises(TryLater):
        await SqliteJournal.open(disk / "journal.db")
    filler.unlink()
    async with opened(disk) as journal:
        assert len(await journal.read(0, 10_000)) > 1_900
        assert [one.name for one in journal.set_aside] == ["journal.db.damaged-1"]
