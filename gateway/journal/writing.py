"""One append as one transaction on journal.db. Runs on the journal's writing thread."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import orjson

from devices.instant import Instant
from gateway.journal import view
from gateway.journal.limits import Limits
from gateway.journal.placing import Event, Placing, Slot
from gateway.journal.rows import (
    ENTRY,
    LESSON,
    QUARANTINED,
    SIGHTING,
    WAITING,
    clean,
    delivery_row,
    entry_row,
    lesson_row,
    quarantined_row,
    waiting_row,
)
from gateway.journal.seen import Known, fresh, latest_lessons, summaries
from gateway.model import Delivery, Lesson, Quarantined, Reading, Sighting, Taken, Waiting
from gateway.multirow import insert, matching

_SIGHTING_AGAIN = """ON CONFLICT (hub, address) DO UPDATE SET
    quantities = (SELECT json_group_array(value) FROM (
        SELECT value FROM json_each(sighting.quantities) UNION SELECT value FROM json_each(excluded.quantities))),
    first_heard = min(first_heard, excluded.first_heard),
    last_heard = CASE WHEN excluded.count THEN max(last_heard, excluded.last_heard) ELSE last_heard END,
    count = count + excluded.count, name = coalesce(excluded.name, name), maker = coalesce(excluded.maker, maker),
    model = coalesce(excluded.model, model)"""


class Appended(NamedTuple):
    """What an append came to: the last offset used so far, and the readings as they were kept, in order."""

    end: int
    readings: Sequence[Reading]


class Trimmed(NamedTuple):
    """Entries deleted for want of room, how many of them were not recorded, and the last one's offset."""

    entries: int
    unrecorded: int
    last: int


class Writer:
    """Writes to an open journal. After an exception nothing of the transaction is kept."""

    def __init__(self, connection: sqlite3.Connection, path: Path, limits: Limits) -> None:
        self.connection = connection
        self.path = path
        (pages,) = connection.execute("PRAGMA wal_autocheckpoint").fetchone()
        self.log_bytes: int = pages * 4_096
        """The ordinary size of the write-ahead log."""
        self.counters = view.counters(connection)
        self._limits = limits
        self._placing = Placing()
        self._newest = view.newest(connection)
        """The latest event time on record: what is later than that cannot be taken."""

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        counters = dict(self.counters)
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield self.connection
            for name, value in self.counters.items():
                if value != counters[name]:
                    self.connection.execute("INSERT OR REPLACE INTO counter (name, value) VALUES (?, ?)", (name, value))
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            self._placing.forget()
            self.counters = counters
            raise

    def append(self, batch: Sequence[Taken]) -> Appended:
        """Keep the batch; durable on return."""
        with self._transaction() as connection:
            kept, dropped = fresh(batch, self._on_record)
            self.counters["duplicates_dropped"] += dropped
            readings = self._entries([reading for taken in kept for reading in taken.readings])
            self._deliveries([taken.delivery for taken in kept if taken.delivery is not None])
            self._sightings([sighting for taken in kept for sighting in taken.sightings])
            self._quarantined([message for taken in kept for message in taken.quarantined])
            self._waiting([waiting for taken in kept for waiting in taken.waiting])
            self._lessons(latest_lessons(kept))
            if released := [number for taken in kept for number in taken.released]:
                self._delete("waiting", "id IN (SELECT value FROM json_each(?))", orjson.dumps(released).decode())
            return Appended(view.end(connection), readings)

    def advance(self, reader: str, offset: int) -> None:
        """Move a cursor on, never back."""
        with self._transaction() as connection:
            connection.execute(
                'INSERT INTO reader (name, "offset") VALUES (?, ?)'
                ' ON CONFLICT (name) DO UPDATE SET "offset" = max("offset", excluded."offset")',
                (reader, offset),
            )

    def prune(self, older_than: Instant, up_to: int, limit: int) -> int:
        """Delete at most `limit` entries received before `older_than`, with offsets up to `up_to`; how many."""
        with self._transaction():
            return self._delete(
                "entry",
                '"offset" IN (SELECT "offset" FROM entry WHERE received_at < ? AND "offset" <= ? LIMIT ?)',
                older_than, up_to, limit,
            )  # fmt: skip

    def trim(self, limit: int, *, recorded_only: bool = False) -> Trimmed:
        """Delete the oldest entries that watch has confirmed, at most `limit`, for want of room.

        Those that the recorder has not confirmed are among them unless `recorded_only`, and are counted.
        """
        with self._transaction() as connection:
            cursors = view.cursors(connection)
            watched, recorded = cursors.get("watch", 0), cursors.get("recorder", 0)
            (last,) = connection.execute(
                'SELECT max("offset") FROM (SELECT "offset" FROM entry WHERE "offset" <= ? ORDER BY "offset" LIMIT ?)',
                (min(watched, recorded) if recorded_only else watched, limit),
            ).fetchone()
            if last is None:
                return Trimmed(0, 0, 0)
            (unrecorded,) = connection.execute(
                'SELECT count(*) FROM entry WHERE "offset" > ? AND "offset" <= ?', (recorded, last)
            ).fetchone()
            self.counters["quota_dropped"] += unrecorded
            return Trimmed(self._delete("entry", '"offset" <= ?', last), unrecorded, last)

    def cut_log(self) -> None:
        """Bring the write-ahead log into the file and make it empty, if nobody reads just now and the disk lets us."""
        (patience,) = self.connection.execute("PRAGMA busy_timeout").fetchone()
        self.connection.execute("PRAGMA busy_timeout=50")
        try:
            with suppress(sqlite3.OperationalError):
                self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            self.connection.execute(f"PRAGMA busy_timeout={patience}")

    def expire_waiting(self, older_than: Instant) -> int:
        """Drop waiting measurements received before `older_than`; how many."""
        with self._transaction():
            dropped = self._delete("waiting", "received_at < ?", older_than)
            self.counters["waiting_dropped"] += dropped
            return dropped

    def forget_lessons(self, hubs: Collection[str]) -> int:
        """Drop the lessons of all hubs but these; how many."""
        with self._transaction():
            return self._delete(
                "lesson", "hub NOT IN (SELECT value FROM json_each(?))", orjson.dumps(list(hubs)).decode()
            )

    def new_session(self, session: str) -> None:
        """Forget the deliveries of every other session."""
        with self._transaction():
            self._delete("delivery", "session != ?", session)

    def settle(self, session: str, mids: Collection[int]) -> None:
        """Note that the broker has our acknowledgement of these deliveries."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE delivery SET settled = 1 WHERE session = ? AND mid IN (SELECT value FROM json_each(?))",
                (session, orjson.dumps(list(mids)).decode()),
            )

    # ------------------------------------------------------------------------------------------ parts of an append

    def _on_record(self, delivery: Delivery) -> Known | None:
        found = self.connection.execute(
            "SELECT digest, settled FROM delivery WHERE session = ? AND mid = ?", (delivery.session, delivery.mid)
        ).fetchone()
        return (found[0], bool(found[1])) if found else None

    def _entries(self, readings: Sequence[Reading]) -> Sequence[Reading]:
        if not readings:
            return ()
        placed = self._placing.place(readings, self._occupied(readings), self._known(readings))
        rows = [entry_row(reading) for reading in placed]
        insert(self.connection, f"INSERT INTO entry ({', '.join(ENTRY)})", rows)
        self._newest = max(self._newest, *[reading.at for reading in placed])
        return placed

    def _occupied(self, readings: Iterable[Reading]) -> Callable[[Slot], bool]:
        """Which slots are taken: those that the readings ask for in one query, others when asked."""
        newest = self._newest
        asked = {
            (reading.at, reading.home, clean(reading.device), reading.quantity)
            for reading in readings
            if reading.at <= newest
        }
        taken = {
            tuple(row)
            for row in matching(
                self.connection,
                "SELECT json_group_array(json_array(at, home, device, quantity)) FROM",
                list(asked),
                "AS v CROSS JOIN entry INDEXED BY entry_point ON at = v.column1 AND home = v.column2"
                " AND device = v.column3 AND quantity = v.column4 AND (flags & 8) = 0",
            )
        }

        def occupied(slot: Slot) -> bool:
            at, home, device, quantity = slot
            if at > newest:
                return False
            slot = (at, home, clean(device), quantity)
            if slot in asked:
                return slot in taken
            query = "SELECT 1 FROM entry WHERE at = ? AND home = ? AND device = ? AND quantity = ? AND (flags & 8) = 0"
            return self.connection.execute(query, slot).fetchone() is not None

        return occupied

    def _known(self, readings: Iterable[Reading]) -> Callable[[Event], bool]:
        """Which identities are on record, in one query."""
        asked = {
            (clean(reading.identity), reading.home, clean(reading.device), reading.quantity)
            for reading in readings
            if reading.identity is not None
        }
        known = {
            tuple(row)
            for row in matching(
                self.connection,
                "SELECT json_group_array(json_array(identity, home, device, quantity)) FROM",
                list(asked),
                "AS v CROSS JOIN entry INDEXED BY entry_identity ON identity = v.column1 AND home = v.column2"
                " AND device = v.column3 AND quantity = v.column4 AND identity IS NOT NULL",
            )
        }
        return lambda event: (clean(event[0]), event[1], clean(event[2]), event[3]) in known

    def _deliveries(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            rows = [delivery_row(delivery) for delivery in deliveries]
            insert(self.connection, "INSERT OR REPLACE INTO delivery (session, mid, digest)", rows)
            self._delete("delivery", "number <= (SELECT max(number) FROM delivery) - ?", self._limits.deliveries)

    def _sightings(self, sightings: Sequence[Sighting]) -> None:
        if not sightings:
            return
        rows = [
            (seen.hub, seen.address, orjson.dumps(seen.quantities).decode(), seen.first_heard, seen.last_heard,
             seen.count, seen.name, seen.maker, seen.model)
            for seen in summaries(sightings)
        ]  # fmt: skip
        insert(self.connection, f"INSERT INTO sighting ({', '.join(SIGHTING)})", rows, _SIGHTING_AGAIN)
        self.counters["sightings_dropped"] += self._delete(
            "sighting",
            "rowid IN (SELECT rowid FROM sighting ORDER BY last_heard DESC LIMIT -1 OFFSET ?)",
            self._limits.sightings,
        )

    def _quarantined(self, messages: Sequence[Quarantined]) -> None:
        if not messages:
            return
        rows = [quarantined_row(message) for message in messages]
        insert(self.connection, f"INSERT INTO quarantined ({', '.join(QUARANTINED)})", rows)
        self.counters["quarantine_dropped"] += self._delete(
            "quarantined",
            "id <= (SELECT max(id) FROM (SELECT id, row_number() OVER latest AS number,"
            " sum(coalesce(length(payload), 0)) OVER latest AS bytes FROM quarantined"
            " WINDOW latest AS (ORDER BY id DESC)) WHERE number > ? OR bytes > ?)",
            self._limits.quarantined, self._limits.quarantined_bytes,
        )  # fmt: skip

    def _waiting(self, waiting: Sequence[Waiting]) -> None:
        if not waiting:
            return
        rows = [waiting_row(one) for one in waiting]
        insert(self.connection, f"INSERT INTO waiting ({', '.join(WAITING)})", rows)
        self.counters["waiting_dropped"] += self._delete(
            "waiting",
            "id IN (SELECT id FROM waiting ORDER BY id DESC LIMIT -1 OFFSET ?)",
            self._limits.waiting,
        )

    def _lessons(self, lessons: Sequence[Lesson]) -> None:
        for lesson in lessons:
            self._delete("lesson", "hub = ? AND name = ?", *lesson_row(lesson)[:2])
        insert(
            self.connection,
            f"INSERT INTO lesson ({', '.join(LESSON)})",
            [lesson_row(lesson) for lesson in lessons if lesson.payload],
        )
        for hub in dict.fromkeys(lesson.hub for lesson in lessons if lesson.payload):
            self._delete(
                "lesson",
                "hub = ? AND number <= (SELECT max(number) FROM (SELECT number, row_number() OVER latest AS place,"
                " sum(length(payload)) OVER latest AS bytes FROM lesson WHERE hub = ?"
                " WINDOW latest AS (ORDER BY number DESC)) WHERE place > ? OR bytes > ?)",
                hub, hub, self._limits.lessons, self._limits.lessons_bytes,
            )  # fmt: skip

    def _delete(self, table: str, condition: str, *parameters: int | str) -> int:
        return self.connection.execute(f"DELETE FROM {table} WHERE {condition}", parameters).rowcount  # noqa: S608
