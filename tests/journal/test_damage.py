"""A damaged journal: set aside, a new one begun above every cursor, and what readers still need taken over."""

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from devices.instant import SECOND
from devices.measurement import Measurement
from gateway.errors import TryLater
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Delivery, Lesson, Quarantined, Reading, Sighting, Taken, Waiting

NOON = 1_768_000_000_000_000
READING = Reading("ELM-12", "hub-1", "zigbee2mqtt:0x1", "hall", None, "motion", True, NOON, NOON)
PAGE = 4_096


def message(number: int, *, dup: bool = False) -> Taken:
    return Taken(
        delivery=Delivery("s1", number % 65_535 + 1, number.to_bytes(32), dup),
        readings=(replace(READING, at=NOON + number * SECOND),),
    )


async def filled(path: Path, count: int = 1_000, **cursors: int) -> None:
    """A journal with offsets 1 to `count` and confirmed cursors, closed in good order."""
    journal = await SqliteJournal.open(path)
    for start in range(0, count, 100):
        await journal.append([message(n) for n in range(start, start + 100)])
    for reader, offset in cursors.items():
        await journal.advance(reader, offset)
    await journal.close()


async def offsets(journal: SqliteJournal) -> list[int]:
    return [entry.offset for entry in await journal.read(0, 100_000)]


def overwrite(path: Path, page: int, content: bytes) -> None:
    """Pages count from 0."""
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(content)


def root_of(path: Path, name: str) -> int:
    connection = sqlite3.connect(path)
    try:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    finally:
        connection.close()
    return int(root) - 1


def leaves_of(path: Path, table: str) -> list[int]:
    """The pages that hold rows of a table, in order of its rows."""
    whole = path.read_bytes()
    start = root_of(path, table) * PAGE
    assert whole[start] == 5, "the table has an interior page at its root"
    cells = int.from_bytes(whole[start + 3 : start + 5], "big")
    pointers = [int.from_bytes(whole[start + 12 + 2 * n : start + 14 + 2 * n], "big") for n in range(cells)]
    places = [*(start + one for one in pointers), start + 8]  # the last child stands in the page's head
    return [int.from_bytes(whole[place : place + 4], "big") - 1 for place in places]


async def test_of_a_journal_that_is_garbage_nothing_is_left_but_offsets_go_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"this is no database" * 1_000)
    (tmp_path / "journal.db.damaged-1").touch()
    journal = await SqliteJournal.open(path, minimum_offset=40)
    assert journal.set_aside == [tmp_path / "journal.db.damaged-2"]
    assert journal.set_aside[0].read_bytes() == b"this is no database" * 1_000
    assert await journal.append([message(1)]) == 41
    (trouble,) = journal.troubles()
    assert (trouble.subject, trouble.passing) == ("journal damaged", False)
    assert str(journal.set_aside[0]) in trouble.sentence
    assert "nobody can tell how many" in trouble.sentence
    await journal.close()


@pytest.mark.parametrize("content", [bytes(PAGE), b"\xff" * PAGE])
async def test_one_damaged_page_costs_only_what_stood_on_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.db"
    await filled(path, watch=900, recorder=500)
    overwrite(path, leaves_of(path, "entry")[-1], content)

    journal = await SqliteJournal.open(path, minimum_offset=900)
    kept = await offsets(journal)
    assert kept == sorted(kept)
    assert kept[0] == 501, "what nobody needs any more stays behind"
    assert 440 < len(kept) < 500
    assert (await journal.cursor("watch"), await journal.cursor("recorder")) == (900, 500)
    assert await journal.append([message(5_000)]) == 1_001
    (trouble,) = journal.troubles()
    assert f"{len(kept):,} readings that were still needed were taken over" in trouble.sentence
    assert f"up to {500 - len(kept)} could not be read" in trouble.sentence
    await journal.close()


async def test_a_damaged_index_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await filled(path)
    overwrite(path, root_of(path, "entry_received"), b"\xff" * PAGE)
    journal = await SqliteJournal.open(path)
    assert len(journal.set_aside) == 1
    assert await offsets(journal) == list(range(1, 1_001))
    assert "none is missing" in journal.troubles()[0].sentence
    await journal.close()


async def test_a_file_that_ends_in_the_middle_of_its_last_page_costs_at_most_that_page(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await filled(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - PAGE // 2)
    journal = await SqliteJournal.open(path)
    kept = await offsets(journal)
    assert len(kept) > 900
    assert await journal.append([message(5_000)]) == 1_001
    await journal.close()


async def test_everything_else_is_taken_over_too(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await filled(path)
    journal = await SqliteJournal.open(path)
    unread = [Quarantined("h", "t", None, "bad_json", "", 1, "d", NOON, body) for body in (b"\x00\xff", None)]
    said = Waiting("hub-1", Measurement("zigbee2mqtt:name:door", "contact", True), NOON)
    learned = tuple(Lesson("hub-1", f"names/{n % 40}", "names", bytes([n]) * 3_000) for n in range(60))
    await journal.append([
        Taken(sightings=(Sighting("h", "a", ("motion",), NOON),), quarantined=tuple(unread), waiting=(said,)),
        Taken(lessons=learned),
    ])  # fmt: skip
    await journal.advance("recorder.facts", 77)
    await journal.close()
    overwrite(path, leaves_of(path, "entry")[3], bytes(PAGE))

    journal = await SqliteJournal.open(path)
    assert list(await journal.quarantine()) == unread[::-1]
    assert [one.address for one in await journal.sightings()] == ["a"]
    assert [replace(one, id=0) for one in await journal.waiting("hub-1")] == [said]
    assert journal.lessons("hub-1") == list(learned[20:])
    assert await journal.cursor("recorder.facts") == 77
    await journal.append([message(999, dup=True)])
    assert (await journal.counts())["duplicates_dropped"] == 1, "deliveries are known as before"
    await journal.close()


async def test_the_new_journal_begins_above_a_cursor_that_outlived_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await filled(path, 100)
    path.unlink()
    journal = await SqliteJournal.open(path, minimum_offset=900)
    assert await journal.append([message(1)]) == 901
    await journal.close()


async def test_a_takeover_that_was_interrupted_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await filled(path)
    overwrite(path, leaves_of(path, "entry")[0], bytes(PAGE))
    path.rename(tmp_path / "journal.db.damaged")  # and then the power went
    sqlite3.connect(path).close()
    journal = await SqliteJournal.open(path)
    assert journal.set_aside == [tmp_path / "journal.db.damaged-1"]
    assert len(await offsets(journal)) > 900
    await journal.close()


async def test_a_torn_write_ahead_log_costs_only_what_was_not_durable(tmp_path: Path) -> None:
    journal = await SqliteJournal.open(tmp_path / "journal.db")
    for number in range(50):
        await journal.append([message(number)])
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("journal.db", "journal.db-wal"):
        shutil.copy(tmp_path / name, crashed / name)
    size = (crashed / "journal.db-wal").stat().st_size
    await journal.append([message(50)])
    torn = (tmp_path / "journal.db-wal").read_bytes()[: size + 2_000]  # of the last commit only a part was written
    (crashed / "journal.db-wal").write_bytes(torn)
    await journal.close()

    journal = await SqliteJournal.open(crashed / "journal.db")
    assert journal.set_aside == []
    assert await offsets(journal) == list(range(1, 51))
    await journal.close()


def _append(journal: SqliteJournal) -> object:
    return journal.append([message(9_999)])


def _read(journal: SqliteJournal) -> object:
    return journal.read(0, 100_000)


@pytest.mark.parametrize("met_by", [_append, _read])
async def test_damage_met_while_running_is_set_aside_and_everybody_goes_on(
    tmp_path: Path, met_by: Callable[[SqliteJournal], object]
) -> None:
    path = tmp_path / "journal.db"
    await filled(path)
    journal = await SqliteJournal.open(path)
    await journal.advance("watch", 990)
    await journal.advance("recorder", 980)
    journal._writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // PAGE):
            file.seek(page * PAGE)
            file.write(b"\xff" * PAGE)
    journal._writer.connection.execute("PRAGMA shrink_memory")  # it has the good pages in its cache
    journal._reader.execute("PRAGMA shrink_memory")
    with pytest.raises(TryLater):
        await met_by(journal)  # type: ignore[misc]
    await journal.advance("watch", 991)  # behind the renewal on the writing thread
    assert await journal.append([message(9_999)]) == 1_001
    assert (await offsets(journal))[-1] == 1_001
    assert (await journal.cursor("watch"), await journal.cursor("recorder")) == (991, 980)
    assert len(journal.set_aside) == 1
    assert journal.figures()["set_aside"] == 1
    await journal.close()

    journal = await SqliteJournal.open(path)
    assert (await journal.cursor("watch"), await journal.cursor("recorder")) == (991, 980)
    await journal.close()
