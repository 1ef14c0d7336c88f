"""Opening journal.db, setting a damaged one aside, and saying in words what the disk refused."""

import sqlite3
from importlib import resources
from pathlib import Path

from gateway.errors import FixConfiguration, TryLater

SCHEMA_VERSION = 1
_BUSY_TIMEOUT_S = 10.0
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_TROUBLE = {
    sqlite3.SQLITE_FULL: "the disk that holds {path} is full: free space on it; until then nothing is acknowledged",
    sqlite3.SQLITE_IOERR: "the disk that holds {path} reports an error: check the disk and its cables",
    sqlite3.SQLITE_BUSY: "another process holds {path} locked: end it",
    sqlite3.SQLITE_LOCKED: "another process holds {path} locked: end it",
    sqlite3.SQLITE_READONLY: "{path} cannot be written: make it writable for the user that runs Keepwell",
    sqlite3.SQLITE_PERM: "{path} cannot be written: make it writable for the user that runs Keepwell",
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened: check that its folder exists and is writable",
}


def _code(error: sqlite3.Error) -> int:
    """The primary result code; the extended ones carry it in their lowest byte."""
    return (getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR) & 0xFF


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken, as against a disk that is full or a lock."""
    return _code(error) in _DAMAGED


def in_words(error: sqlite3.Error, path: Path) -> str:
    """A sentence that names the fix."""
    sentence = _TROUBLE.get(_code(error), "{path} cannot be used just now: {error}; check the disk")
    return sentence.format(path=path, error=error)


def open_file(path: Path, minimum_offset: int) -> tuple[sqlite3.Connection, Path | None]:
    """The journal ready for writing, and where a damaged one was put, if there was one.

    The next offset is above `minimum_offset` and above all that the file has given out. Raises FixConfiguration when
    the file cannot be opened or is of a newer Keepwell, TryLater when the disk is full or fails.
    """
    aside = None
    try:
        try:
            connection = _checked(path)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            aside = set_aside(path)
            connection = _checked(path)
        try:
            _begin_above(connection, minimum_offset)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        blame = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
        kind = FixConfiguration if _code(error) in blame else TryLater
        raise kind(in_words(error, path)) from error
    return connection, aside


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


def set_aside(path: Path) -> Path:
    """Rename the journal and its companions to `<name>.damaged-N`; nothing is deleted. The new path."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _checked(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_TIMEOUT_S, check_same_thread=False)
    try:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "wal_autocheckpoint=4000",
            "journal_size_limit=67108864",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        _check_version(connection, path)
        _check_pages(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables in a new file; refuse one of a newer Keepwell."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise FixConfiguration(f"{path} was written by a newer Keepwell (format {version}): update this one")
    if version == 0:
        schema = resources.files("gateway.journal").joinpath("schema.sql").read_text(encoding="utf-8")
        connection.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")


def _check_pages(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        damage = sqlite3.DatabaseError("quick_check found damage")
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage


def _begin_above(connection: sqlite3.Connection, offset: int) -> None:
    """Let AUTOINCREMENT go on above `offset`."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'entry', 0"
        " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'entry')"
    )
    connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'entry' AND seq < ?", (offset, offset))
    connection.execute("COMMIT")
