"""What journal.db holds of one home, and its deletion, a stretch of entries at a time: appends are never kept waiting.

Entries are found by going through all of them, as no index leads from a home to its own.
"""

import shutil
import sqlite3
from collections.abc import Collection, Mapping, Sequence

import orjson

from gateway.journal.view import latest
from gateway.journal.writing import Writer

AT_ONCE = 50_000
"""Entries looked at in one transaction: some tens of milliseconds."""
_REWRITTEN_UP_TO = 16 * 1024 * 1024
"""Bytes of a file that is written anew at once. Meanwhile nothing is acknowledged and nobody called: for 3 s where a
memory card takes 10 MB a second, as each byte is written twice."""
_ROOM = 2.2
_OF_HUBS = {
    "sightings": "sighting WHERE hub IN (SELECT value FROM json_each(:hubs))",
    "quarantined": "quarantined WHERE hub IN (SELECT value FROM json_each(:hubs))"
    " OR (convention = 'store' AND instr(payload, :named))",
    "waiting": "waiting WHERE hub IN (SELECT value FROM json_each(:hubs))",
    "lessons": "lesson WHERE hub IN (SELECT value FROM json_each(:hubs))",
}
"""Of what the store refused the payload is the whole point, with its home."""


def stretches(connection: sqlite3.Connection) -> Sequence[tuple[int, int]]:
    """All offsets, as (above, up to)."""
    first, last = connection.execute('SELECT min("offset"), max("offset") FROM entry').fetchone()
    return [] if first is None else [(above, above + AT_ONCE) for above in range(first - 1, last, AT_ONCE)]


def entries_of(connection: sqlite3.Connection, home: str, above: int, up_to: int) -> int:
    """How many entries of a stretch are this home's."""
    query = 'SELECT count(*) FROM entry WHERE "offset" > ? AND "offset" <= ? AND home = ?'
    return int(connection.execute(query, (above, up_to, home)).fetchone()[0])


def beside(connection: sqlite3.Connection, home: str, hubs: Collection[str]) -> Mapping[str, int]:
    """What else is held of the home and its hubs."""
    named = _named(home, hubs)
    return {
        name: int(connection.execute(f"SELECT count(*) FROM {rows}", named).fetchone()[0])  # noqa: S608
        for name, rows in _OF_HUBS.items()
    }


def erase_stretch(writer: Writer, home: str, above: int, up_to: int) -> None:
    """Delete and overwrite the home's entries of a stretch."""
    query = 'DELETE FROM entry WHERE "offset" > ? AND "offset" <= ? AND home = ?'
    _overwriting(writer.connection, [(query, (above, up_to, home))])


def erase_beside(writer: Writer, home: str, hubs: Collection[str]) -> int:
    """Delete and overwrite what else there is; the highest offset that still has an entry.

    The file is then written anew, so that no copy is left in what it does not use. One that is too large for that keeps
    what was deleted before by its age until that is overwritten in the course of time.
    """
    statements = [(f"DELETE FROM {rows}", _named(home, hubs)) for rows in _OF_HUBS.values()]  # noqa: S608
    _overwriting(writer.connection, statements)
    size = writer.path.stat().st_size
    if size <= _REWRITTEN_UP_TO and shutil.disk_usage(writer.path.parent).free > _ROOM * size:
        writer.connection.execute("VACUUM")
    writer.cut_log()
    return latest(writer.connection)


def _named(home: str, hubs: Collection[str]) -> dict[str, str | bytes]:
    return {"hubs": orjson.dumps(list(hubs)).decode(), "named": f"'home': {home!r}".encode()}


def _overwriting(
    connection: sqlite3.Connection, statements: Collection[tuple[str, tuple[int | str, ...] | dict[str, str | bytes]]]
) -> None:
    (before,) = connection.execute("PRAGMA secure_delete").fetchone()
    connection.execute("PRAGMA secure_delete=ON").fetchall()
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement, parameters in statements:
            connection.execute(statement, parameters)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute(f"PRAGMA secure_delete={before}").fetchall()
