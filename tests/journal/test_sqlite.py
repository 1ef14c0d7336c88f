"""What the file must survive: restarts, damage, a full disk, and others looking in."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from devices.instant import SECOND
from gateway.errors import FixConfiguration, TryLater
from gateway.journal.sqlite import SqliteJournal
from gateway.journal.view import JournalView
from gateway.model import Delivery, Flag, Lesson, Quarantined, Reading, Sighting, Taken

NOON = 1_768_000_000_000_000
READING = Reading("ELM-12", "hub-1", "zigbee2mqtt:0x1", "hall", None, "motion", True, NOON, NOON)


def message(number: int, *, dup: bool = False) -> Taken:
    return Taken(
        delivery=Delivery("s1", number % 65_535 + 1, number.to_bytes(32), dup),
        readings=(replace(READING, at=NOON + number * SECOND),),
    )


async def test_everything_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = await SqliteJournal.open(path)
    await journal.append([message(1), message(2)])
    await journal.append([message(2, dup=True)])
    await journal.advance("watch", 1)
    before = await journal.read(0, 10)
    await journal.close()

    journal = await SqliteJournal.open(path)
    assert await journal.read(0, 10) == before
    assert (await journal.end(), await journal.cursor("watch")) == (2, 1)
    await journal.wait(1)
    await journal.append([message(2, dup=True)])
    assert (await journal.counts())["duplicates_dropped"] == 2
    assert await journal.append([message(3)]) == 3
    await journal.close()


async def test_offsets_do_not_restart_when_all_was_pruned(tmp_path: Path) -> None:
    journal = await SqliteJournal.open(tmp_path / "journal.db")
    await journal.append([message(1), message(2)])
    await journal.prune(NOON + SECOND, [])
    await journal.close()
    journal = await SqliteJournal.open(tmp_path / "journal.db")
    assert (await journal.end(), await journal.append([message(3)])) == (2, 3)
    await journal.close()


async def test_a_full_disk_says_so_and_keeps_nothing_of_the_batch(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = await SqliteJournal.open(path)
    await journal.append([message(0)])
    connection = journal._writer.connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages}")
    many = [message(n) for n in range(1, 2_000)]
    with pytest.raises(TryLater, match="is full: free space"):
        await journal.append(many)
    assert (len(await journal.read(0, 10)), await journal.end()) == (1, 1)
    connection.execute("PRAGMA max_page_count=1000000")
    await journal.append(many)
    assert [entry.reading.at for entry in await journal.read(0, 3)] == [NOON, NOON + SECOND, NOON + 2 * SECOND]
    await journal.close()


async def test_a_file_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await _fill(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(FixConfiguration, match="newer Keepwell"):
        await SqliteJournal.open(path)
    assert path.exists()


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FixConfiguration, match="folder exists"):
        await SqliteJournal.open(tmp_path / "none" / "journal.db")


async def test_another_process_looks_in_while_the_gateway_writes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with pytest.raises(TryLater):
        JournalView(path)
    journal = await SqliteJournal.open(path)
    await journal.append([Taken(sightings=(Sighting("h", "a", ("motion",), NOON),))])
    with JournalView(path) as view:
        assert [seen.address for seen in view.sightings()] == ["a"]
        await journal.append([message(1)])
        await journal.append([
            Taken(quarantined=(Quarantined("h", "t", None, "bad_json", "", 1, "d", NOON, b"\x00"),)),
        ])  # fmt: skip
        assert view.counts()["entries"] == 1
        assert view.quarantine()[0].payload == b"\x00"
        assert view.cursors() == {"end": 1}
        assert view.read(0, 5) == await journal.read(0, 5)
    await journal.close()
    with JournalView(path) as view:
        assert view.counts()["entries"] == 1


async def _fill(path: Path) -> None:
    journal = await SqliteJournal.open(path)
    await journal.append([message(n) for n in range(1_000)])
    await journal.close()


async def test_a_file_of_the_first_format_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = await SqliteJournal.open(path)
    await journal.append([message(1)])
    await journal.close()
    with closing(sqlite3.connect(path)) as former:
        former.executescript("ALTER TABLE delivery DROP COLUMN settled; DROP TABLE lesson; PRAGMA user_version = 1;")
    journal = await SqliteJournal.open(path)
    await journal.settle("s1", [2])
    await journal.append([message(1, dup=True), Taken(lessons=(Lesson("elm", "names", "names", b"{}"),))])
    entries = await journal.read(0, 10)
    assert len(journal.lessons("elm")) == 1
    await journal.close()
    assert [one.reading.flags for one in entries] == [Flag.NONE, Flag.REPLAYED]
    assert journal.set_aside == []
