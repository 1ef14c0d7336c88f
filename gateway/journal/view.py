"""Reading journal.db: the queries, and a view for commands that look beside a running gateway."""

import contextlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

import orjson

from gateway.errors import TryLater
from gateway.journal.file import in_words, open_for_reading
from gateway.journal.rows import ENTRY, LESSON, QUARANTINED, SIGHTING, WAITING, journaled, waiting_of
from gateway.model import Journaled, Lesson, Quarantined, SightingSummary, Waiting
from gateway.multirow import json_rows

COUNTERS = ("duplicates_dropped", "waiting_dropped", "quarantine_dropped", "sightings_dropped", "quota_dropped")
Result = TypeVar("Result")


def entries(connection: sqlite3.Connection, after: int, limit: int) -> list[Journaled]:
    """Up to `limit` entries above `after`, in order."""
    query = 'SELECT * FROM entry WHERE "offset" > ? ORDER BY "offset" LIMIT ?'
    return [journaled(row) for row in json_rows(connection, ("offset", *ENTRY), query, (after, limit))]


def of_home(connection: sqlite3.Connection, home: str, after: int, limit: int) -> list[Journaled]:
    """Up to `limit` entries of a home above `after`, in order."""
    query = 'SELECT * FROM entry WHERE "offset" > ? AND home = ? ORDER BY "offset" LIMIT ?'
    return [journaled(row) for row in json_rows(connection, ("offset", *ENTRY), query, (after, home, limit))]


def end(connection: sqlite3.Connection) -> int:
    """The last offset used so far."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entry'").fetchone()
    return int(found[0]) if found else 0


def latest(connection: sqlite3.Connection) -> int:
    """The highest offset that an entry has now; 0 for none."""
    return int(connection.execute('SELECT coalesce(max("offset"), 0) FROM entry').fetchone()[0])


def behind(connection: sqlite3.Connection, reader: str) -> int:
    """By how much the oldest entry that `reader` has not confirmed was received before the latest, in microseconds."""
    found = connection.execute(
        'SELECT (SELECT received_at FROM entry ORDER BY "offset" DESC LIMIT 1) - received_at FROM entry'
        ' WHERE "offset" > coalesce((SELECT "offset" FROM reader WHERE name = ?), 0) ORDER BY "offset" LIMIT 1',
        (reader,),
    ).fetchone()
    return max(0, int(found[0])) if found else 0


def newest(connection: sqlite3.Connection) -> int:
    """The latest event time of an entry that is not a duplicate; 0 for none."""
    return int(connection.execute("SELECT coalesce(max(at), 0) FROM entry WHERE (flags & 8) = 0").fetchone()[0])


def cursors(connection: sqlite3.Connection) -> dict[str, int]:
    """The confirmed offset of every reader."""
    return dict(connection.execute('SELECT name, "offset" FROM reader').fetchall())


def waiting(connection: sqlite3.Connection, hub: str) -> list[Waiting]:
    """The waiting measurements of a hub, oldest first."""
    query = "SELECT * FROM waiting WHERE hub = ? ORDER BY id"
    return [waiting_of(row) for row in json_rows(connection, ("id", *WAITING), query, (hub,))]


def sightings(connection: sqlite3.Connection) -> list[SightingSummary]:
    """Unregistered devices, the latest first."""
    rows = json_rows(connection, SIGHTING, "SELECT * FROM sighting ORDER BY last_heard DESC, hub, address", ())
    return [SightingSummary(row[0], row[1], tuple(orjson.loads(row[2])), *row[3:]) for row in rows]


def quarantine(connection: sqlite3.Connection, limit: int) -> list[Quarantined]:
    """The latest messages that could not be read, the latest first."""
    columns = ", ".join(QUARANTINED)
    rows = connection.execute(f"SELECT {columns} FROM quarantined ORDER BY id DESC LIMIT ?", (limit,))  # noqa: S608
    return [Quarantined(*row) for row in rows]


def rejected(connection: sqlite3.Connection) -> dict[tuple[str, str | None], int]:
    """Messages that could not be read, by reason and hub."""
    rows = connection.execute("SELECT reason, hub, count(*) FROM quarantined GROUP BY reason, hub")
    return {(reason, hub): count for reason, hub, count in rows}


def lessons(connection: sqlite3.Connection, hub: str) -> list[Lesson]:
    """What decoding the hub's messages rests on, the oldest first."""
    query = f"SELECT {', '.join(LESSON)} FROM lesson WHERE hub = ? ORDER BY number"  # noqa: S608
    return [Lesson(*row) for row in connection.execute(query, (hub,))]


def counters(connection: sqlite3.Connection) -> dict[str, int]:
    """What was dropped since the journal began."""
    kept = dict(connection.execute("SELECT name, value FROM counter").fetchall())
    return {name: kept.get(name, 0) for name in COUNTERS}


def counts(connection: sqlite3.Connection, path: Path) -> dict[str, int]:
    """Rows, drops, and bytes of disk in use."""
    names = ("entries", "sightings", "quarantined", "waiting")
    (rows,) = json_rows(
        connection,
        names,
        "SELECT (SELECT count(*) FROM entry) AS entries, (SELECT count(*) FROM sighting) AS sightings,"
        " (SELECT count(*) FROM quarantined) AS quarantined, (SELECT count(*) FROM waiting) AS waiting",
        (),
    )
    space = disk_space(connection, path)
    return dict(zip(names, rows, strict=True)) | {"bytes": space.used + space.log} | counters(connection)


class Space(NamedTuple):
    """Bytes of disk: `used` in the file, `unused` in it, and the write-ahead `log`.

    `growth`: by how much the file grows when the log is brought into it.
    """

    used: int
    unused: int
    log: int
    growth: int


def disk_space(connection: sqlite3.Connection, path: Path) -> Space:
    """What the journal takes up."""
    used, unused = connection.execute(
        "SELECT (c.page_count - f.freelist_count) * s.page_size, f.freelist_count * s.page_size"
        " FROM pragma_page_count c, pragma_freelist_count f, pragma_page_size s"
    ).fetchone()
    log = size = 0
    with contextlib.suppress(OSError):
        size = path.stat().st_size
        log = path.with_name(path.name + "-wal").stat().st_size
    return Space(used, unused, log, max(0, used + unused - size))


class JournalView:
    """The journal as another process sees it: for reading only, whether or not a gateway is running.

    Every call raises TryLater with a sentence when the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_for_reading(path)

    def sightings(self) -> Sequence[SightingSummary]:
        """Unregistered devices heard, the latest first."""
        return self._ask(sightings)

    def quarantine(self, limit: int = 100) -> Sequence[Quarantined]:
        """The latest messages that could not be read."""
        return self._ask(lambda connection: quarantine(connection, limit))

    def counts(self) -> Mapping[str, int]:
        """As `Journal.counts`."""
        return self._ask(lambda connection: counts(connection, self._path))

    def cursors(self) -> Mapping[str, int]:
        """The confirmed offset of every reader, and `end`: the last offset used."""
        return self._ask(lambda connection: cursors(connection) | {"end": end(connection)})

    def read(self, after: int, limit: int) -> Sequence[Journaled]:
        """Up to `limit` entries with an offset above `after`, in order."""
        return self._ask(lambda connection: entries(connection, after, limit))

    def of_home(self, home: str, after: int, limit: int) -> Sequence[Journaled]:
        """Up to `limit` entries of a home with an offset above `after`, in order."""
        return self._ask(lambda connection: of_home(connection, home, after, limit))

    def waiting(self, hub: str) -> Sequence[Waiting]:
        """The waiting measurements of a hub, oldest first."""
        return self._ask(lambda connection: waiting(connection, hub))

    def lessons(self, hub: str) -> Sequence[Lesson]:
        """What decoding the hub's messages rests on, the oldest first."""
        return self._ask(lambda connection: lessons(connection, hub))

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, question: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            return question(self._connection)
        except sqlite3.Error as error:
            raise TryLater(in_words(error, self._path)) from error
