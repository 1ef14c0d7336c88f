"""history.db: readings kept in an SQLite file, for a home without a database server."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from operator import attrgetter
from pathlib import Path
from typing import Self, TypeVar

import orjson

from devices.instant import Instant
from gateway.errors import FixConfiguration, StoreRefused, TryLater
from gateway.model import Point
from gateway.multirow import insert
from gateway.ports import Extent
from gateway.recorder import erase
from gateway.recorder.lines import line
from gateway.recorder.schema import HOME, VALUE

SCHEMA_VERSION = 1
_SERIES_REMEMBERED = 200_000
_SERIES = "SELECT id, measurement, tags FROM series WHERE measurement IN (SELECT value FROM json_each(?))"
Result = TypeVar("Result")


class HistoryStore:
    """Implements ports.Store on history.db; use `open`. Other processes may read the file meanwhile."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keepwell-history")
        self._connection: sqlite3.Connection
        self._series: dict[tuple[str, str], int] = {}

    @classmethod
    async def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """The store at `path`, created if there is none; FixConfiguration when it cannot be opened or is damaged.

        `read_only`: nothing is created or changed, and a running gateway goes on writing.
        """
        store = cls(path)
        try:
            store._connection = await store._run(lambda: _open(path, read_only=read_only))
        except BaseException:
            store._thread.shutdown(wait=True)
            raise
        return store

    async def write(self, points: Sequence[Point]) -> None:
        """Return once all of them are on disk; raises as ports.Store says."""
        for point in points:
            line(point)  # refuses what no store can take, so that all stores refuse the same
            if isinstance(point.fields.get(VALUE), str):
                raise StoreRefused(f"a point of {point.measurement} has a value that is no number")
        await self._run(lambda: self._write(points))

    async def check(self) -> str:
        """That the file can be read, and how much it holds."""
        count = await self._run(lambda: self._connection.execute("SELECT count(*) FROM series").fetchone()[0])
        return f"readings are kept in {self._path}, {count} series so far"

    async def points(self, measurement: str, start: Instant, end: Instant) -> Sequence[Point]:
        """All points of a measurement with start <= at < end, in order of time."""
        return await self.read([measurement], {}, start, end)

    async def read(
        self, measurements: Collection[str], tags: Mapping[str, str], start: Instant, end: Instant
    ) -> Sequence[Point]:
        """Points with start <= at < end, in order of time; see ports.Store."""

        def ask() -> list[Point]:
            query = _SERIES + (" AND home = ?" if HOME in tags else "") + " ORDER BY measurement, tags"
            given = orjson.dumps(sorted(measurements)).decode(), *([tags[HOME]] if HOME in tags else [])
            found: list[Point] = []
            for series, measurement, text in self._connection.execute(query, given).fetchall():
                if tags.items() <= (named := orjson.loads(text)).items():
                    found += self._points(series, measurement, named, start, end)
            return sorted(found, key=attrgetter("at"))

        return await self._run(ask)

    async def extent(self, home: str) -> Extent:
        """How much it holds of a home."""
        return await self._run(lambda: erase.extent(self._connection, home))

    async def erase(self, home: str) -> None:
        """Delete every point of a home, also from what the file no longer uses."""

        def work() -> None:
            self._series.clear()
            erase.erase(self._connection, home, self._path)

        await self._run(work)

    async def close(self) -> None:
        """Finish what is being written and release the file."""
        await self._run(self._connection.close)
        self._thread.shutdown(wait=True)

    # ------------------------------------------------------------------------------------------ on its thread

    def _points(self, series: int, measurement: str, tags: dict[str, str], start: Instant, end: Instant) -> list[Point]:
        rows = self._connection.execute(
            "SELECT at, value, fields FROM point WHERE series = ? AND at >= ? AND at < ? ORDER BY at",
            (series, start, end),
        ).fetchall()
        return [
            Point(measurement, tags, ({} if value is None else {VALUE: value}) | orjson.loads(fields or b"{}"), at)
            for at, value, fields in rows
        ]

    def _write(self, points: Sequence[Point]) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            latest = {(self._series_of(point), point.at): point.fields for point in points}
            rows = []
            for (series, at), fields in latest.items():
                others = {name: value for name, value in fields.items() if name != VALUE}
                value = fields.get(VALUE)
                rows.append((series, at, value, orjson.dumps(others).decode() if others else None))
            insert(
                connection,
                "INSERT INTO point (series, at, value, fields)",
                rows,
                "ON CONFLICT (series, at) DO UPDATE SET value = excluded.value, fields = excluded.fields",
            )
            connection.execute("COMMIT")
        except BaseException:
            self._series.clear()  # some may have been made in this very transaction
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _series_of(self, point: Point) -> int:
        tags = orjson.dumps(dict(point.tags), option=orjson.OPT_SORT_KEYS).decode()
        key = (point.measurement, tags)
        known = self._series.get(key)
        if known is None:
            if len(self._series) >= _SERIES_REMEMBERED:
                self._series.clear()
            self._connection.execute(
                "INSERT OR IGNORE INTO series (measurement, tags, home) VALUES (?, ?, ?)",
                (*key, point.tags.get(HOME)),
            )
            query = "SELECT id FROM series WHERE measurement = ? AND tags = ?"
            known = self._series[key] = int(self._connection.execute(query, key).fetchone()[0])
        return known

    async def _run(self, work: Callable[[], Result]) -> Result:
        def attempt() -> Result:
            try:
                return work()
            except TypeError as error:
                raise StoreRefused("a point holds text that cannot be kept") from error
            except sqlite3.Error as error:
                raise TryLater(
                    f"{self._path} cannot be used just now ({error}): check the disk's free space and health"
                ) from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, attempt)


def _open(path: Path, *, read_only: bool) -> sqlite3.Connection:
    if read_only and not path.exists():
        raise FixConfiguration(f"{path} is not there: no reading has been recorded in this data directory yet")
    name = f"{path.absolute().as_uri()}?mode=ro" if read_only else path
    try:
        connection = sqlite3.connect(name, isolation_level=None, timeout=10.0, check_same_thread=False, uri=read_only)
        try:
            for pragma in () if read_only else ("journal_mode=WAL", "synchronous=FULL"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version == 0 and not read_only:
                schema = resources.files("gateway.recorder").joinpath("history.sql").read_text(encoding="utf-8")
                connection.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise FixConfiguration(
            f"{path} cannot be opened ({error}): check its folder, or restore it from a backup, or move it away"
        ) from error
    if version > SCHEMA_VERSION:
        connection.close()
        raise FixConfiguration(f"{path} was written by a newer Keepwell (format {version}): update this one")
    return connection
