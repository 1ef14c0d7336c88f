"""Opening keepwell.db and running transactions on it."""

import asyncio
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
from sqlalchemy.orm import Session

from gateway.errors import FixConfiguration

Result = TypeVar("Result")


class Database:
    """keepwell.db. Every transaction takes the write lock at once, so what it read is still true when it commits.

    Several processes (the gateway, commands) may have it open; nobody keeps rows in memory across transactions.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_engine(url)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _sqlite_connect)
            event.listen(self.engine, "begin", _sqlite_begin)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="keepwell-database")

    @classmethod
    def open(cls, directory: Path) -> "Database":
        """The database of a data directory, created or migrated to the newest schema."""
        directory.mkdir(parents=True, exist_ok=True)
        database = cls(f"sqlite:///{directory / 'keepwell.db'}")
        database.migrate()
        return database

    def migrate(self) -> None:
        """Bring the schema up to date."""
        config = Config()
        config.set_main_option(
            "script_location", str(resources.files("gateway.database") / "migrations").replace("%", "%%")
        )
        config.attributes["engine"] = self.engine
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise FixConfiguration(
                f"{self.url} was written by a newer Keepwell ({error}): install that version or restore a backup"
            ) from error

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

    def close(self) -> None:
        """Close all connections."""
        self._worker.shutdown(wait=True)
        self.engine.dispose()


def _sqlite_connect(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own types
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000",
                   "wal_autocheckpoint=4000", "journal_size_limit=67108864"):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Any) -> None:  # noqa: ANN401
    connection.exec_driver_sql("BEGIN IMMEDIATE")
