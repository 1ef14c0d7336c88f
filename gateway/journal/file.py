"""Opening journal.db, replacing a damaged one, and saying in words what the disk refused."""

import sqlite3
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from gateway.errors import FixConfiguration, TryLater
from gateway.journal.salvage import Salvaged, begin_above, is_damage, primary_code, take_over

SCHEMA_VERSION = 3
_UPGRADES = {
    1: "ALTER TABLE delivery ADD COLUMN settled INTEGER NOT NULL DEFAULT 0",
    2: "CREATE TABLE lesson (number INTEGER PRIMARY KEY AUTOINCREMENT, hub TEXT NOT NULL, name TEXT NOT NULL,"
    " topic TEXT NOT NULL, payload BLOB NOT NULL, UNIQUE (hub, name))",
}
"""What makes a file of that format one of the next."""
_BUSY_TIMEOUT_S = 10.0
_PAGE_BYTES = 4_096
_LOG_PAGES = 4_000
"""Of the write-ahead log, after which it is brought into the file; less where the quota is small."""
_TROUBLE = {
    sqlite3.SQLITE_FULL: "the disk that holds {path} is full: free space on it; until then nothing is acknowledged",
    sqlite3.SQLITE_IOERR: "the disk that holds {path} reports an error: check the disk and its cables",
    sqlite3.SQLITE_BUSY: "another process holds {path} locked: end it",
    sqlite3.SQLITE_LOCKED: "another process holds {path} locked: end it",
    sqlite3.SQLITE_READONLY: "{path} cannot be written: make it writable for the user that runs Keepwell",
    sqlite3.SQLITE_PERM: "{path} cannot be written: make it writable for the user that runs Keepwell",
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened: check that its folder exists and is writable",
}


class Replaced(NamedTuple):
    """A damaged file: where it lies now, and what of it is in the new one."""

    path: Path
    salvaged: Salvaged


def is_full(error: sqlite3.Error) -> bool:
    """Whether the disk has no room left."""
    return primary_code(error) == sqlite3.SQLITE_FULL


def in_words(error: sqlite3.Error, path: Path) -> str:
    """A sentence that names the fix."""
    sentence = _TROUBLE.get(primary_code(error), "{path} cannot be used just now: {error}; check the disk")
    return sentence.format(path=path, error=error)


def open_file(
    path: Path, minimum_offset: int, *, cursors: Mapping[str, int] | None = None, quota_bytes: int | None = None
) -> tuple[sqlite3.Connection, Replaced | None]:
    """The journal ready for writing, and what became of a damaged one, if there was one or it was put away.

    The next offset is above `minimum_offset`, which watch has read, and above all that the file has given out.
    `cursors` are those known from before the damage. Raises FixConfiguration when the file cannot be opened or is of a
    newer Keepwell, sqlite3.Error when the disk is full or fails.
    """
    log_pages = _LOG_PAGES if quota_bytes is None else max(32, min(_LOG_PAGES, quota_bytes // _PAGE_BYTES // 8))
    try:
        try:
            connection = _connected(path, log_pages)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            put_away(path)
            connection = _connected(path, log_pages)
        try:
            replaced = _filled(connection, path, minimum_offset, cursors or {})
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        if primary_code(error) in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
            raise FixConfiguration(in_words(error, path)) from error
        raise
    return connection, replaced


def open_for_reading(path: Path) -> sqlite3.Connection:
    """The journal for reading only, beside a running gateway or without one."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT_S,
            check_same_thread=False,
        )  # fmt: skip
        try:
            connection.execute("SELECT count(*) FROM reader").fetchone()
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise TryLater(in_words(error, path)) from error
    return connection


def put_away(path: Path) -> None:
    """Rename a damaged journal and its companions to `<name>.damaged`; what can be read of it is then taken over."""
    if _halfway(path).exists():  # what came after it never became a journal of its own
        _rename(path, _numbered(path))
    else:
        _rename(path, _halfway(path))


def _halfway(path: Path) -> Path:
    """Where a damaged journal lies until what can be read of it is in the new one, whatever happens meanwhile."""
    return path.with_name(f"{path.name}.damaged")


def _numbered(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return aside


def _rename(path: Path, target: Path) -> None:
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(target.with_name(target.name + suffix))


def _connected(path: Path, log_pages: int) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path.absolute().as_uri(), uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT_S, check_same_thread=False
    )
    try:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"wal_autocheckpoint={log_pages}",
            f"journal_size_limit={4 * log_pages * _PAGE_BYTES}",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        _check_version(connection, path)
        _check_pages(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    if (version := _version(connection)) > SCHEMA_VERSION:
        raise FixConfiguration(f"{path} was written by a newer Keepwell (format {version}): update this one")
    for former in range(version, SCHEMA_VERSION) if version else ():
        connection.executescript(f"BEGIN IMMEDIATE; {_UPGRADES[former]}; PRAGMA user_version={former + 1}; COMMIT;")


def _check_pages(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        damage = sqlite3.DatabaseError("quick_check found damage")
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage


def _filled(
    connection: sqlite3.Connection, path: Path, minimum_offset: int, cursors: Mapping[str, int]
) -> Replaced | None:
    """Make the tables in a new file and take over from a damaged one, all in one transaction; begin above all."""
    damaged, salvaged = _halfway(path), Salvaged(missing=None)
    if _version(connection) == 0:
        schema = resources.files("gateway.journal").joinpath("schema.sql").read_text(encoding="utf-8")
        connection.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version={SCHEMA_VERSION};")
        if damaged.exists():
            salvaged = take_over(connection, damaged, minimum_offset, cursors)
        (highest,) = connection.execute('SELECT coalesce(max("offset"), 0) FROM reader').fetchone()
        begin_above(connection, max(minimum_offset, highest, *cursors.values(), 0))
        connection.execute("COMMIT")
    elif _next_offset(connection) <= minimum_offset:
        connection.execute("BEGIN IMMEDIATE")
        begin_above(connection, minimum_offset)
        connection.execute("COMMIT")
    if not damaged.exists():
        return None
    aside = _numbered(path)
    _rename(damaged, aside)
    return Replaced(aside, salvaged)


def _next_offset(connection: sqlite3.Connection) -> int:
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entry'").fetchone()
    return int(found[0]) + 1 if found else 0
