"""Taking over from a damaged journal what can still be read of it. Entries keep their offsets, so every reader goes on.

The damaged file is only read. A table is read by ranges of its row numbers; a range that
cannot be read is halved until the damaged page alone is left out.
"""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from gateway.journal.rows import ENTRY, LESSON, QUARANTINED, SIGHTING, WAITING
from gateway.multirow import Row, insert

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_AT_ONCE = 5_000
_LONGEST_S = 20.0
"""Meanwhile nothing is acknowledged and no rule is served."""
_KEPT_WHOLE = {
    "counter": ("name", "value"),
    "reader": ("name", "offset"),
    "delivery": ("number", "session", "mid", "digest"),
    "waiting": ("id", *WAITING),
    "sighting": SIGHTING,
    "quarantined": ("id", *QUARANTINED),
}
"""Tables and their columns."""
_BLOBS = {"delivery": "digest", "quarantined": "payload", "lesson": "payload"}
_LONG = {"lesson": 20}
"""Rows that may be megabytes each: so many are read at once."""
_ADVANCE = (
    'INSERT INTO reader (name, "offset") VALUES (?, ?)'
    ' ON CONFLICT (name) DO UPDATE SET "offset" = max("offset", excluded."offset")'
)
_SOUND = (
    "typeof(home) || typeof(hub) || typeof(device) || typeof(quantity) || typeof(value) = 'texttexttexttexttext'"
    " AND typeof(at) || typeof(received_at) || typeof(flags) = 'integerintegerinteger'"
    " AND (value IN ('true', 'false') OR substr(value, 1, 1) IN ('\"', '-', 'i', 'n') OR value GLOB '[0-9]*')"
)
"""A row that damage has not left half legible."""


class Salvaged(NamedTuple):
    """Readings taken over that a reader still needed, and how many could not be; None where nobody can tell."""

    readings: int = 0
    missing: int | None = 0


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's result code; the extended ones carry it in their lowest byte."""
    return (getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR) & 0xFF


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken, as against a disk that is full or a lock."""
    return primary_code(error) in _DAMAGED


def take_over(new: sqlite3.Connection, damaged: Path, watched: int, cursors: Mapping[str, int]) -> Salvaged:
    """Copy what is readable from `damaged` into the new tables, within the transaction that is open.

    `watched`: watch needs nothing up to there; `cursors` are those known from before. Of the readings those go over
    that watch or the recorder has not confirmed, the latest first. Raises sqlite3.Error only for the new file's sake.
    """
    try:
        old = sqlite3.connect(f"{damaged.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error:
        return Salvaged(missing=None)
    try:
        ends_at = time.monotonic() + _LONGEST_S
        for table, columns in _KEPT_WHOLE.items():
            _copy(old, new, table, columns, (-1, _last(old, table)), ends_at)
        for name, offset in cursors.items():
            new.execute(_ADVANCE, (name, offset))
        known: dict[str, int] = dict(new.execute('SELECT name, "offset" FROM reader').fetchall())
        recorded = known.get("recorder.settled", known.get("recorder", 0))
        needed_after = min(max(watched, known.get("watch", 0)), recorded)
        sequence = "SELECT seq FROM sqlite_sequence WHERE name = 'entry'"
        last = max(_asked(old, sequence), _last(old, "entry"))
        readings = _copy(old, new, "entry", ("offset", *ENTRY), (needed_after, last), ends_at, _SOUND)
        # last, as they may be many megabytes, and what is missing of them is announced again some time
        _copy(old, new, "lesson", ("number", *LESSON), (-1, _last(old, "lesson")), ends_at)
    finally:
        old.close()
    begin_above(new, last)
    return Salvaged(readings, max(0, last - needed_after - readings) if last else None)


def begin_above(connection: sqlite3.Connection, offset: int) -> None:
    """Let AUTOINCREMENT go on above `offset`."""
    connection.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'entry', 0"
        " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'entry')"
    )
    connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'entry' AND seq < ?", (offset, offset))


def _last(old: sqlite3.Connection, table: str) -> int:
    return _asked(old, f"SELECT max(rowid) FROM {table} NOT INDEXED")  # noqa: S608


def _asked(old: sqlite3.Connection, query: str) -> int:
    try:
        found = old.execute(query).fetchone()
    except sqlite3.DatabaseError:
        return 0
    return int(found[0] or 0) if found else 0


def _copy(
    old: sqlite3.Connection,
    new: sqlite3.Connection,
    table: str,
    columns: Sequence[str],
    numbers: tuple[int, int],
    ends_at: float,
    sound: str = "1",
) -> int:
    """Copy rows with numbers above the first and up to the last, the latest first; how many."""
    names = ", ".join(f'"{name}"' for name in columns)
    after, last = numbers
    copied = 0
    size = _LONG.get(table, _AT_ONCE)
    ranges = [(start, min(start + size, last)) for start in range(after, last, size)]
    while ranges and time.monotonic() < ends_at:
        low, high = ranges.pop()
        query = f"SELECT * FROM {table} NOT INDEXED WHERE rowid > ? AND rowid <= ? AND {sound}"  # noqa: S608
        try:
            rows = _read(old, columns, _BLOBS.get(table), query, (low, high))
        except (sqlite3.DatabaseError, ValueError):
            if high - low > 1:
                middle = (low + high) // 2
                ranges += [(low, middle), (middle, high)]
            continue
        copied += insert(new, f"INSERT OR IGNORE INTO {table} ({names})", rows)
    return copied


def _read(
    old: sqlite3.Connection, columns: Sequence[str], blob: str | None, query: str, numbers: tuple[int, int]
) -> list[Row]:
    """Rows of a range; ValueError when a text in them is none any more."""
    values = ", ".join(
        f"CASE typeof({name}) WHEN 'blob' THEN hex({name}) END" if name == blob else f'"{name}"' for name in columns
    )
    text = old.execute(f"SELECT json_group_array(json_array({values})) FROM ({query})", numbers)  # noqa: S608
    rows: list[list[Any]] = orjson.loads(text.fetchone()[0])
    if blob is not None:
        index = columns.index(blob)
        for row in rows:
            row[index] = None if row[index] is None else bytes.fromhex(row[index])
    return [tuple(row) for row in rows]
