"""The journal in an SQLite file: write-ahead log, synchronous=FULL, one thread that writes and one that reads."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import structlog

from devices.instant import Instant
from gateway.clock import Clock, SystemClock
from gateway.errors import TryLater
from gateway.journal import erase, view
from gateway.journal.arrival import Arrivals
from gateway.journal.file import in_words, is_full, open_file, open_for_reading, put_away
from gateway.journal.housekeeping import Housekeeping
from gateway.journal.limits import Limits
from gateway.journal.recent import Recent
from gateway.journal.room import Room
from gateway.journal.salvage import is_damage
from gateway.journal.writing import Appended, Writer
from gateway.model import Journaled, Lesson, Quarantined, SightingSummary, Taken, Trouble, Waiting

Argument = TypeVar("Argument")
Result = TypeVar("Result")
_PRUNED_AT_ONCE = 5_000
"""Entries deleted in one transaction, so that an append waits for milliseconds and not for minutes."""

log = structlog.get_logger("keepwell.journal")


class SqliteJournal:
    """Implements ports.Journal, Gauge and Reporter on journal.db; use `open`. Only one process may write.

    A file found damaged, at the start or later, is set aside (`set_aside` tells where) and a new one begun with what
    could be read of it; new offsets lie above all that this journal has seen.
    """

    def __init__(self, path: Path, limits: Limits, urgent: Callable[[Taken], bool], clock: Clock) -> None:
        self.path = path
        self.set_aside: list[Path] = []
        self._room = Room(path.parent, limits.quota_bytes, limits.ballast_bytes)
        self._housekeeping = Housekeeping(self._room, urgent, clock)
        if self._room.quota is not None:
            limits = replace(
                limits,
                quarantined_bytes=min(limits.quarantined_bytes, self._room.quota // 8),
                lessons_bytes=min(limits.lessons_bytes, self._room.quota // 8),
            )
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._writes = ThreadPoolExecutor(1, thread_name_prefix="keepwell-journal-write")
        self._reads = ThreadPoolExecutor(1, thread_name_prefix="keepwell-journal-read")
        self._writer: Writer
        self._reader: sqlite3.Connection
        self._broken = False
        self._tending: asyncio.Task[None] | None = None
        self._cursors: dict[str, int] = {}
        self._end = 0
        self._appended = 0
        self._batches = 0
        self._arrivals = Arrivals(0)
        self._recent = Recent()

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        limits: Limits | None = None,
        minimum_offset: int = 0,
        urgent: Callable[[Taken], bool] = lambda _taken: False,
        clock: Clock | None = None,
    ) -> Self:
        """The journal at `path`, created if there is none; its next offset is above `minimum_offset`.

        `minimum_offset` is what watch has read. `urgent` messages are kept for as long as the disk takes anything.
        Raises FixConfiguration when it cannot be opened, TryLater when the disk is full or fails.
        """
        journal = cls(path, limits or Limits(), urgent, clock or SystemClock())
        try:
            latest = await journal._on(journal._writes, lambda: journal._enough_room(journal._begin, minimum_offset))
        except BaseException as error:
            journal._writes.shutdown(wait=True)
            journal._reads.shutdown(wait=True)
            if isinstance(error, sqlite3.Error):
                raise TryLater(in_words(error, path)) from error
            raise
        journal._arrivals.set(latest)
        return journal

    async def append(self, batch: Sequence[Taken]) -> int:
        """Keep the batch whole; durable on return, even when the caller was cancelled. See ports.Journal."""
        appending = asyncio.ensure_future(self._write(lambda writer: self._keep(writer, batch)))
        appending.add_done_callback(self._arrived)
        return (await asyncio.shield(appending)).end

    async def read(self, after: int, limit: int) -> Sequence[Journaled]:
        """Up to `limit` entries with an offset above `after`, in order."""
        recent = self._recent.after(after, limit)
        if recent is not None:
            return recent
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
            self._recent.forget()
            self._arrivals.set(await self._write(lambda writer: view.latest(writer.connection)))
        return total

    async def waiting(self, hub: str) -> Sequence[Waiting]:
        """Measurements of this hub whose device's address was not known, oldest first, with their ids."""
        return await self._read(lambda connection: view.waiting(connection, hub))

    async def expire_waiting(self, older_than: Instant) -> int:
        """Drop waiting measurements received before `older_than`; how many."""
        return await self._write(lambda writer: writer.expire_waiting(older_than))

    def lessons(self, hub: str) -> Sequence[Lesson]:
        """What decoding the hub's messages rests on, the oldest first; see ports.Journal."""
        connection = open_for_reading(self.path)
        try:
            return view.lessons(connection, hub)
        except sqlite3.Error as error:
            raise TryLater(in_words(error, self.path)) from error
        finally:
            connection.close()

    async def forget_lessons(self, hubs: Collection[str]) -> int:
        """Drop the lessons of all hubs but these; how many."""
        return await self._write(lambda writer: writer.forget_lessons(hubs))

    async def new_session(self, session: str) -> None:
        """Forget the deliveries of every other session: the broker has begun a new one."""
        await self._write(lambda writer: writer.new_session(session))

    async def settle(self, session: str, mids: Collection[int]) -> None:
        """Note that the broker has our acknowledgement of these deliveries."""
        await self._write(lambda writer: writer.settle(session, mids))

    async def sightings(self) -> Sequence[SightingSummary]:
        """Unregistered devices heard, the latest first."""
        return await self._read(view.sightings)

    async def quarantine(self, limit: int = 100) -> Sequence[Quarantined]:
        """The latest messages that could not be read, the latest first."""
        return await self._read(lambda connection: view.quarantine(connection, limit))

    async def rejected(self) -> Mapping[tuple[str, str | None], int]:
        """How many messages that could not be read are kept, by reason and hub."""
        return await self._read(view.rejected)

    async def of_home(self, home: str, after: int, limit: int) -> Sequence[Journaled]:
        """Up to `limit` entries of this home with an offset above `after`, in order."""
        return await self._read(lambda connection: view.of_home(connection, home, after, limit))

    async def held(self, home: str, hubs: Collection[str]) -> Mapping[str, int]:
        """What is held of a home and its hubs; see ports.Journal."""
        entries = 0
        for above, up_to in await self._read(erase.stretches):
            entries += await self._read(partial(erase.entries_of, home=home, above=above, up_to=up_to))
        return {"entries": entries, **await self._read(lambda connection: erase.beside(connection, home, hubs))}

    async def erase(self, home: str, hubs: Collection[str]) -> None:
        """Delete what `held` counts, for good; see ports.Journal."""
        for above, up_to in await self._read(erase.stretches):
            await self._write(partial(erase.erase_stretch, home=home, above=above, up_to=up_to))
        self._recent.forget()
        self._arrivals.set(await self._write(partial(erase.erase_beside, home=home, hubs=hubs)))

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
            "watch_depth": float(max(0, self._end - self._cursors.get("watch", 0))),
            **self._housekeeping.figures(),
        }

    def troubles(self) -> Sequence[Trouble]:
        """A full disk, a quota that costs readings, a damaged file. Implements ports.Reporter."""
        self._tend_if_due()
        return self._housekeeping.troubles()

    async def close(self) -> None:
        """Finish what is being written and release the file."""
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
        await self._on(self._reads, self._reader.close)
        await self._on(self._writes, self._writer.connection.close)
        self._reads.shutdown(wait=True)
        self._writes.shutdown(wait=True)

    # ------------------------------------------------------------------------------------------ room

    def _tend_if_due(self) -> None:
        if self._housekeeping.due() and (self._tending is None or self._tending.done()):
            self._tending = asyncio.ensure_future(self._tend())

    async def _tend(self) -> None:
        """Look at the room that is left; let entries go, a few at a time, while there is too little."""
        trimmed = False
        with suppress(TryLater):  # the next append meets the same trouble, and tells
            while await self._write(self._housekeeping.tend):
                trimmed = True
            if trimmed:
                self._recent.forget()
                self._arrivals.set(await self._write(lambda writer: view.latest(writer.connection)))

    def _keep(self, writer: Writer, batch: Sequence[Taken]) -> Appended:
        self._housekeeping.make_way(writer, batch)
        return writer.append(batch)

    # ------------------------------------------------------------------------------------------ on the two threads

    def _begin(self, minimum_offset: int) -> int:
        """Open the file, replace a damaged one; the highest offset that has an entry."""
        connection, replaced = open_file(self.path, minimum_offset, cursors=self._cursors, quota_bytes=self._room.quota)
        if replaced is not None:
            self.set_aside.append(replaced.path)
            self._housekeeping.replaced(replaced)
            log.error("journal damaged and set aside, a new one begun", set_aside=str(replaced.path),
                      taken_over=replaced.salvaged.readings, missing=replaced.salvaged.missing)  # fmt: skip
        try:
            self._reader = open_for_reading(self.path)
            self._writer = Writer(connection, self.path, self._limits)
            self._cursors = view.cursors(connection)
            self._end = view.end(connection)
            self._broken = False
            return view.latest(connection)
        except BaseException:
            connection.close()
            raise

    def _renew(self, damaged: sqlite3.Connection) -> None:
        """Replace an open file in which damage was found, unless that has been done. On the writing thread."""
        if self._writer.connection is not damaged:
            return
        if not self._broken:
            with suppress(sqlite3.Error):
                damaged.close()
            self._reads.submit(self._reader.close).result()
            put_away(self.path)
            self._broken = True
        latest = self._enough_room(self._begin, max(self._end, *self._cursors.values(), 0))
        self._loop.call_soon_threadsafe(self._recent.forget)
        self._loop.call_soon_threadsafe(self._arrivals.set, latest)

    def _enough_room(self, work: Callable[[Argument], Result], argument: Argument) -> Result:
        """Do it; if the disk is full and the ballast can be let go, once more."""
        try:
            return work(argument)
        except sqlite3.Error as error:
            if is_damage(error) or not (is_full(error) or self._room.exhausted()) or not self._room.let_go():
                raise
            return work(argument)

    def _arrived(self, appending: "asyncio.Future[Appended]") -> None:
        if appending.cancelled():
            return
        self._tend_if_due()
        if appending.exception() is not None:
            return
        appended = appending.result()
        self._batches += 1
        if appended.readings:
            self._end = appended.end
            self._appended += len(appended.readings)
            self._recent.add(appended.end, appended.readings)
            self._arrivals.set(appended.end)

    async def _write(self, work: Callable[[Writer], Result]) -> Result:
        def attempt() -> Result:
            connection = self._writer.connection
            try:
                if self._broken:
                    self._renew(connection)
                return self._enough_room(work, self._writer)
            except (sqlite3.Error, OSError) as error:
                raise self._trouble(error, connection) from error

        return await self._on(self._writes, attempt)

    def _trouble(self, error: sqlite3.Error | OSError, connection: sqlite3.Connection) -> TryLater:
        """What to raise for it, when damage has been dealt with."""
        if isinstance(error, OSError):
            return TryLater(f"the folder of {self.path} cannot be written: {error}; check the disk")
        if is_damage(error) and not self._broken:
            try:
                self._renew(connection)
            except (sqlite3.Error, OSError) as another:
                return self._trouble(another, connection)
            return TryLater(f"{self.path} was damaged and set aside; a new one was begun")
        return TryLater(in_words(error, self.path))

    async def _read(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        def attempt() -> Result:
            try:
                return work(self._reader)
            except sqlite3.Error as error:
                if is_damage(error):
                    damaged = self._writer.connection
                    self._writes.submit(self._trouble, error, damaged)
                raise TryLater(in_words(error, self.path)) from error

        return await self._on(self._reads, attempt)

    async def _on(self, thread: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
        return await self._loop.run_in_executor(thread, work)
