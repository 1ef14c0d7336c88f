"""Opening keepwell.db and running transactions on it."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gateway.errors import FixConfiguration

Result = TypeVar("Result")
_READING = "keepwell_reading"
_READERS = 2
_DAMAGED = "is damaged: restore a backup with keepwell restore FILE --replace, which keeps what is there beside it"
_NOT_OURS = (
    "cannot be written: run this as the account that it belongs to, or give it to this one with chown, and look whether"
    " the disk is full"
)
_FIXES = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_READONLY: _NOT_OURS,
    sqlite3.SQLITE_CANTOPEN: _NOT_OURS,
    sqlite3.SQLITE_PERM: _NOT_OURS,
}


class Database:
    """keepwell.db. Every transaction takes the write lock at once, so what it read is still true when it commits.

    Several processes (the gateway, commands) may have it open; nobody keeps rows in memory across transactions.
    Whoever only asks does so with `read`: many at once, without waiting for whoever writes.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_engine(url, hide_parameters=True)  # errors are logged; names are not
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _sqlite_connect)
            event.listen(self.engine, "begin", _sqlite_begin)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="keepwell-database")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="keepwell-reading")

    @classmethod
    def open(cls, directory: Path) -> "Database":
        """The database of a data directory, both made where there is none, migrated to the newest schema.

        FixConfiguration when the file is damaged, newer than we are, or may not be written.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = directory / "keepwell.db"
        database = cls(f"sqlite:///{path}")
        try:
            database.migrate()
        except BaseException as error:
            database.close()
            fix = _FIXES.get(_sqlite_code(error))
            if fix is None:
                raise
            raise FixConfiguration(f"{path} {fix}") from error
        return database

    def migrate(self) -> None:
        """Bring the schema up to date."""
        try:
            command.upgrade(self.migrations(), "head")
        except CommandError as error:
            raise FixConfiguration(
                f"{self.url} was written by a newer Keepwell ({error}): install that version or restore a backup"
            ) from error

    def migrations(self) -> Config:
        """What Alembic's commands need to work on this database."""
        config = Config()
        config.set_main_option(
            "script_location", str(resources.files("gateway.database") / "migrations").replace("%", "%%")
        )
        config.attributes["engine"] = self.engine
        return config

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end and rolls back on an exception."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def run(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in a transaction on the database's own thread."""

        def transact() -> Result:
            with self.transaction() as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._worker, transact)

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Run `work`, which changes nothing, on a thread for readers; all that it sees is of one moment."""

        def ask() -> Result:
            with Session(self.engine.execution_options(**{_READING: True}), expire_on_commit=False) as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._readers, ask)

    def close(self) -> None:
        """Close all connections."""
        self._readers.shutdown(wait=True)
        self._worker.shutdown(wait=True)
        self.engine.dispose()


def _sqlite_code(error: BaseException) -> int:
    """SQLite's primary result code; 0 for an error that is not SQLite's."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF


def _sqlite_connect(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own types
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000",
                   "wal_autocheckpoint=4000", "journal_size_limit=67108864"):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Any) -> None:  # noqa: ANN401
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(_READING) else "BEGIN IMMEDIATE")
