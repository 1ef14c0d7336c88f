"""The journal in an SQLite file: write-ahead log, synchronous=FULL, one thread that writes and one that reads."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

import structlog

from devices.instant import Instant
from gateway.errors import TryLater
from gateway.journal import view
from gateway.journal.arrival import Arrivals
from gateway.journal.file import in_words, is_damage, open_file, open_for_reading, set_aside
from gateway.journal.limits import Limits
from gateway.journal.writing import Appended, Writer
from gateway.model import Journaled, Quarantined, SightingSummary, Taken, Waiting

Result = TypeVar("Result")
_PRUNED_AT_ONCE = 5_000
"""Entries deleted in one transaction, so that an append waits for milliseconds and not for minutes."""

log = structlog.get_logger("keepwell.journal")


class SqliteJournal:
    """Implements ports.Journal on journal.db; use `open`. Only one process may write.

    A file found damaged, at the start or later, is set aside (`set_aside` tells where) and a new one begun whose
    offsets lie above all that this journal has seen.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.set_aside: list[Path] = []
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._writes = ThreadPoolExecutor(1, thread_name_prefix="keepwell-journal-write")
        self._reads = ThreadPoolExecutor(1, thread_name_prefix="keepwell-journal-read")
        self._writer: Writer
        self._reader: sqlite3.Connection
        self._cursors: dict[str, int] = {}
        self._end = 0
        self._appended = 0
        self._batches = 0
        self._arrivals = Arrivals(0)

    @classmethod
    async def open(cls, path: Path, *, limits: Limits | None = None, minimum_offset: int = 0) -> Self:
        """The journal at `path`, created if there is none; its next offset is above `minimum_offset`.

        Raises FixConfiguration when it cannot be opened, TryLater when the disk is full or fails.
        """
        journal = cls(path, limits or Limits())
        try:
            latest = await journal._on(journal._writes, lambda: journal._begin(minimum_offset))
        except BaseException:
            journal._writes.shutdown(wait=True)
            journal._reads.shutdown(wait=True)
            raise
        journal._arrivals.set(latest)
        return journal

    async def append(self, batch: Sequence[Taken]) -> int:
        """Keep the batch whole; durable on return, even when the caller was cancelled. See ports.Journal."""
        appending = asyncio.ensure_future(self._write(lambda writer: writer.append(batch)))
        appending.add_done_callback(self._arrived)
        return (await asyncio.shield(appending)).end

    async def read(self, after: int, limit: int) -> Sequence[Journaled]:
        """Up to `limit` entries with an offset above `after`, in order."""
        return await self._read(lambda connection: view.entries(connection, after, limit))

    async def wait(self, after: int) -> None:
        """Return once there is an entry with an offset above `after`."""
        await self._arrivals.above(after)

    async def end(self) -> int:
        """The last offset used so far."""
        return self._end

    async def cursor(self, reader: str) -> int:
        """The offset that `reader` has confirmed, 0 at first."""
        return self._cursors.get(reader, 0)

    async def advance(self, reader: str, offset: int) -> None:
        """Confirm that `reader` is done with everything up to `offset`; never moves back."""
        if offset > self._cursors.get(reader, 0):
            await self._write(lambda writer: writer.advance(reader, offset))
            self._cursors[reader] = max(offset, self._cursors.get(reader, 0))

    async def prune(self, older_than: Instant, readers: Iterable[str]) -> int:
        """Delete entries received before `older_than` that all of `readers` have confirmed; how many."""
        up_to = min((self._cursors.get(reader, 0) for reader in readers), default=self._end)
        total = 0
        while True:
            gone = await self._write(lambda writer: writer.prune(older_than, up_to, _PRUNED_AT_ONCE))
            total += gone
            if gone < _PRUNED_AT_ONCE:
                break
        if total:
            self._arrivals.set(await self._write(lambda writer: view.latest(writer.connection)))
        return total

    async def waiting(self, hub: str) -> Sequence[Waiting]:
        """Measurements of this hub whose device's address was not known, oldest first, with their ids."""
        return await self._read(lambda connection: view.waiting(connection, hub))

    async def expire_waiting(self, older_than: Instant) -> int:
        """Drop waiting measurements received before `older_than`; how many."""
        return await self._write(lambda writer: writer.expire_waiting(older_than))

    async def new_session(self, session: str) -> None:
        """Forget the deliveries of every other session: the broker has begun a new one."""
        await self._write(lambda writer: writer.new_session(session))

    async def sightings(self) -> Sequence[SightingSummary]:
        """Unregistered devices heard, the latest first."""
        return await self._read(view.sightings)

    async def quarantine(self, limit: int = 100) -> Sequence[Quarantined]:
        """The latest messages that could not be read, the latest first."""
        return await self._read(lambda connection: view.quarantine(connection, limit))

    async def counts(self) -> Mapping[str, int]:
        """As ports.Journal says, and quarantine_dropped and sightings_dropped."""
        return await self._read(lambda connection: view.counts(connection, self.path))

    def figures(self) -> Mapping[str, float]:
        """For the gateway's health; what was dropped is counted since the file began, the rest since the start."""
        dropped = {name: float(value) for name, value in self._writer.counters.items()}
        return dropped | {
            "readings": float(self._appended),
            "batches": float(self._batches),
            "end": float(self._end),
            "set_aside": float(len(self.set_aside)),
        }

    async def close(self) -> None:
        """Finish what is being written and release the file."""
        await self._on(self._reads, self._reader.close)
        await self._on(self._writes, self._writer.connection.close)
        self._reads.shutdown(wait=True)
        self._writes.shutdown(wait=True)

    # ------------------------------------------------------------------------------------------ on the two threads

    def _begin(self, minimum_offset: int) -> int:
        """Open the file, set aside what is damaged; the highest offset that has an entry."""
        connection, aside = open_file(self.path, minimum_offset)
        if aside is not None:
            self.set_aside.append(aside)
            log.error("journal damaged and set aside, a new one begun", set_aside=str(aside), above=minimum_offset)
        try:
            self._reader = open_for_reading(self.path)
            self._writer = Writer(connection, self._limits)
            self._cursors = view.cursors(connection)
            self._end = view.end(connection)
            return view.latest(connection)
        except BaseException:
            connection.close()
            raise

    def _renew(self, damaged: sqlite3.Connection) -> None:
        """Set an open file aside in which damage was found, unless that has been done. On the writing thread."""
        if self._writer.connection is not damaged:
            return
        damaged.close()
        self._reads.submit(self._reader.close).result()
        above = max(self._end, *self._cursors.values(), 0)
        self.set_aside.append(set_aside(self.path))
        log.error("journal damaged and set aside, a new one begun", set_aside=str(self.set_aside[-1]), above=above)
        latest = self._begin(above)
        self._loop.call_soon_threadsafe(self._arrivals.set, latest)

    def _arrived(self, appending: "asyncio.Future[Appended]") -> None:
        if appending.cancelled() or appending.exception() is not None:
            return
        appended = appending.result()
        self._batches += 1
        if appended.readings:
            self._end = appended.end
            self._appended += appended.readings
            self._arrivals.set(appended.end)

    async def _write(self, work: Callable[[Writer], Result]) -> Result:
        def attempt() -> Result:
            connection = self._writer.connection
            try:
                return work(self._writer)
            except sqlite3.Error as error:
                if is_damage(error):
                    self._renew(connection)
                    raise TryLater(f"{self.path} was damaged and set aside; a new one was begun") from error
                raise TryLater(in_words(error, self.path)) from error

        return await self._on(self._writes, attempt)

    async def _read(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        def attempt() -> Result:
            try:
                return work(self._reader)
            except sqlite3.Error as error:
                if is_damage(error):
                    self._writes.submit(self._renew, self._writer.connection)
                raise TryLater(in_words(error, self.path)) from error

        return await self._on(self._reads, attempt)

    async def _on(self, thread: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
        return await self._loop.run_in_executor(thread, work)
