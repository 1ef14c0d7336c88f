"""A restored gateway goes on: what was given out after the backup gets no second meaning, and nothing is lost."""

import asyncio
import json
from pathlib import Path

import pytest

from devices.instant import DAY, MINUTE
from gateway.alerts.desk import AlertDesk
from gateway.backup import restoring, taking
from gateway.backup.carrying_on import NUMBERS_SKIPPED, OFFSETS_SKIPPED
from gateway.clock import ManualClock
from gateway.config import AlertSettings
from gateway.database.engine import Database
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Fact, Taken
from gateway.notify.channels.listing import ListChannel
from gateway.notify.notifier import Notifier
from tests.backup import lived

LATER = lived.NOW + DAY


def restored(folder: Path) -> Path:
    """What comes of `folder/data` a day later."""
    taking.take(folder / "data", folder / "monday.tar.gz", history=True, now=lived.NOW)
    restoring.restore(folder / "monday.tar.gz", folder / "new", replace=False, now=LATER)
    return folder / "new"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    asyncio.run(lived.live(tmp_path / "data"))
    return tmp_path / "data"


async def test_offsets_begin_above_all_that_were_given_out_since(tmp_path: Path) -> None:
    await lived.live(tmp_path / "data")
    journal = await SqliteJournal.open(restored(tmp_path) / "journal.db")
    try:
        end = await journal.append([Taken(readings=(lived.reading(1_000),))])
        assert end > OFFSETS_SKIPPED
        assert [one.offset for one in await journal.read(lived.READINGS, 10)] == [end]
    finally:
        await journal.close()


async def test_who_had_read_everything_has_nothing_to_read(tmp_path: Path) -> None:
    await lived.live(tmp_path / "data")
    data = restored(tmp_path)
    database, journal = Database.open(data), await SqliteJournal.open(data / "journal.db")
    try:
        end = await journal.end()
        assert (await AlertDesk(database, AlertSettings()).resume())[0] == end
        assert await journal.cursor("recorder") == end
    finally:
        await journal.close()
        database.close()


async def test_who_was_behind_reads_on_where_they_were(tmp_path: Path) -> None:
    await lived.live(tmp_path / "data", watched=12, recorded=7)
    data = restored(tmp_path)
    database, journal = Database.open(data), await SqliteJournal.open(data / "journal.db")
    try:
        cursor, states = await AlertDesk(database, AlertSettings()).resume()
        assert (cursor, states) == (12, {lived.HOME: b"as it was"})
        assert await journal.cursor("recorder") == 7
        assert len(await journal.read(7, 100)) == lived.READINGS - 7
    finally:
        await journal.close()
        database.close()


async def test_a_cursor_of_the_journal_that_ran_ahead_is_taken_back(tmp_path: Path) -> None:
    """keepwell.db was copied first: what it does not know yet must be read, and recorded, all the same."""
    await lived.live(tmp_path / "data", watched=12)
    journal = await SqliteJournal.open(tmp_path / "data/journal.db")
    for name, offset in (("watch", 20), ("recorder.facts", 500), ("recorder.facts.settled", 400)):
        await journal.advance(name, offset)
    await journal.close()
    data = restored(tmp_path)
    database, journal = Database.open(data), await SqliteJournal.open(data / "journal.db")
    try:
        assert await journal.cursor("watch") == 12
        facts = await journal.cursor("recorder.facts")
        desk = AlertDesk(database, AlertSettings())
        assert await desk.read_facts(facts, 100) == []
        await desk.commit(cursor=12, states={}, verdicts=[], statuses=[], heard={}, now=LATER,
                          facts=[Fact("coverage", lived.HOME, {}, {"value": 0.5}, LATER)])  # fmt: skip
        assert len(await desk.read_facts(facts, 100)) == 1
    finally:
        await journal.close()
        database.close()


async def test_a_press_is_not_taken_for_the_delivery_of_another_one_before_the_backup(tmp_path: Path) -> None:
    await lived.live(tmp_path / "data")
    journal = await SqliteJournal.open(restored(tmp_path) / "journal.db")
    try:
        before = await journal.end()
        again = Taken(delivery=lived.delivery(3, dup=True), readings=(lived.reading(2_000),))
        assert await journal.append([again]) > before
        assert (await journal.counts())["duplicates_dropped"] == 0
    finally:
        await journal.close()


async def test_what_was_still_to_be_sent_comes_marked_and_what_was_sent_does_not_come(tmp_path: Path) -> None:
    await lived.live(tmp_path / "data")
    database = Database.open(tmp_path / "data")
    phones = ListChannel("console:")
    notifier = Notifier(database, [phones], ManualClock(lived.NOW + MINUTE))
    await notifier.drain(lived.NOW + MINUTE)
    desk = AlertDesk(database, AlertSettings())
    (alert,) = await desk.open_alerts()
    await desk.accept(alert.id, "Neighbour", lived.NOW + 2 * MINUTE)  # tells the family, and has not done so yet
    database.close()
    (first,) = phones.notices

    data = restored(tmp_path)
    database, phones = Database.open(data), ListChannel("console:")
    try:
        notifier = Notifier(database, [phones], ManualClock(LATER))
        await notifier.recover()
        await notifier.drain(LATER)
    finally:
        database.close()
    (told,) = phones.notices
    assert told.kind == "accepted"
    assert told.may_be_repeat
    assert told.message_id != first.message_id


async def test_a_new_alert_and_a_new_call_have_identities_that_nobody_has_seen(tmp_path: Path) -> None:
    await lived.live(tmp_path / "data")

    async def goes_on(data: Path) -> set[str]:
        """A further press, a step later, and another alert: the messages that follow."""
        known = {row.message_id for row in lived.outbox(data)}
        database = Database.open(data)
        desk = AlertDesk(database, AlertSettings())
        (alert,) = await desk.open_alerts()
        await desk.accept(alert.id, "Neighbour", LATER)
        await desk.report([lived.press(LATER)], LATER)
        await desk.tick(LATER + 10 * MINUTE)
        await desk.close(alert.id, "Neighbour", "genuine", None, LATER + 20 * MINUTE)
        await desk.report([lived.press(LATER + 30 * MINUTE)], LATER + 30 * MINUTE)
        await desk.tick(LATER + 30 * MINUTE)
        database.close()
        return {row.message_id for row in lived.outbox(data)} - known

    data = restored(tmp_path)
    lost, new = await goes_on(tmp_path / "data"), await goes_on(data)
    calls = {one for one in new if "-alert-" in one}
    assert len(calls) >= 3, new
    assert not lost & new
    assert max(int(one.split("-")[1]) for one in calls) > NUMBERS_SKIPPED


def test_the_directory_says_what_it_was_restored_from(data: Path, tmp_path: Path):
    note = json.loads((restored(tmp_path) / "restored.json").read_text(encoding="utf-8"))
    assert note["file"] == "monday.tar.gz"
    assert note["backup_of"] < note["at"]
