"""Each stage alone, in this process and without servers, so that a slower whole can be traced to a part."""

import asyncio
import hashlib
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from devices.decode import HubDecoder
from devices.instant import HOUR, MILLISECOND
from devices.measurement import Message
from gateway.alerts.desk import AlertDesk
from gateway.clock import ManualClock, SystemClock
from gateway.config import AlertSettings, TopicFilter
from gateway.database.engine import Database
from gateway.ingest.reception import Reception
from gateway.journal.memory import MemoryJournal
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Delivery, Directory, Journaled, Taken
from gateway.recorder.lines import line
from gateway.recorder.points import point
from gateway.registry.registry import SqlRegistry
from gateway.watch.engine import Engine
from gateway.watch.service import Watch
from tests.benchmarks import town
from tests.benchmarks.options import Options

BATCH = 500
_SHARE = 0.05
"""Of the seconds of a load: how long each kernel is measured at least."""
_MIDS = 60_000
Work = Callable[[], Awaitable[int]]


def run(options: Options) -> dict[str, object]:
    """Figures a second, each named by what it counts. The journal's and the desk's are with fsync."""
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        return asyncio.run(_Kernels(Path(name), options).measure())


class _Kernels:
    """The stages, fed with the same messages. Time passes by a millisecond from one message to the next."""

    def __init__(self, folder: Path, options: Options) -> None:
        town.register(folder, options.homes)
        self._folder = folder
        self._seconds = options.seconds * _SHARE
        self._homes = options.homes
        self._messages = max(2 * BATCH, options.journaled // 5)
        self._clock = ManualClock(SystemClock().now() - HOUR)
        self._directory = Directory()

    async def measure(self) -> dict[str, object]:
        """All of them."""
        database = Database.open(self._folder)
        found: dict[str, object] = {"batch": BATCH}
        try:
            self._directory = await SqlRegistry(database).directory()
            for kind in town.READINGS:
                found[f"decode_{kind}_messages_per_s"] = await self._rate(self._decode(kind))
                found[f"decode_and_bind_{kind}_messages_per_s"] = await self._rate(self._bind(kind))
            entries = await self._journal(found)
            found["watch_engine_readings_per_s"] = await self._rate(self._engine(entries))
            found["watch_with_commits_readings_per_s"] = await self._watch(entries, database)
            found["line_protocol_lines_per_s"] = await self._rate(_lines(entries))
        finally:
            database.close()
        return found

    async def _rate(self, work: Work) -> int:
        """Calls of `work`, which tells how much it did, until the time is up; 0 at the end of what it has to do."""
        began = time.perf_counter()
        done = 0
        while time.perf_counter() - began < self._seconds and (count := await work()):
            done += count
        return round(done / (time.perf_counter() - began))

    def _decode(self, kind: str) -> Work:
        decoder = HubDecoder()
        batch = [Message(topic, payload) for topic, payload in islice(town.messages(self._homes, kind), BATCH)]

        async def work() -> int:
            for message in batch:
                decoder.decode(message)
            return len(batch)

        return work

    def _reception(self) -> Reception:
        return Reception(lambda: self._directory, (TopicFilter(filter="homes/#"),), self._clock)

    def _bind(self, kind: str) -> Work:
        reception = self._reception()
        batch = list(islice(town.messages(self._homes, kind), BATCH))

        async def work() -> int:
            for topic, payload in batch:
                reception.receive(topic, payload, retained=False, draining=False, queued_since=None)
            return len(batch)

        return work

    async def _journal(self, found: dict[str, object]) -> Sequence[Journaled]:
        """Append and read with the real file; what was appended, for the stages after it."""
        journal = await SqliteJournal.open(self._folder / "journal.db")
        batches = [self._taken(count) for count in range(self._messages // BATCH)]
        waiting = iter(batches)
        read = 0

        async def append() -> int:
            batch = next(waiting, [])
            if batch:
                await journal.append(batch)
            return len(batch)

        async def read_on() -> int:
            nonlocal read
            entries = await journal.read(read, 2 * BATCH)
            read = entries[-1].offset if entries else 0
            return len(entries)

        try:
            found["journal_append_messages_per_s"] = await self._rate(append)
            found["journal_read_readings_per_s"] = await self._rate(read_on)
            return await journal.read(0, self._messages)
        finally:
            await journal.close()

    def _taken(self, number: int) -> list[Taken]:
        """The batch of this number, as ingest hands it to the journal."""
        reception = self._reception()
        batch = []
        found = islice(town.messages(self._homes, "one"), number * BATCH % (self._homes * town.DEVICES), None)
        for index, (topic, payload) in enumerate(islice(found, BATCH)):
            self._clock.advance_to(self._clock.now() + MILLISECOND)
            taken = reception.receive(topic, payload, retained=False, draining=False, queued_since=None).taken
            digest = hashlib.blake2b(payload, digest_size=16).digest()
            delivery = Delivery("bench", (number * BATCH + index) % _MIDS + 1, digest, dup=False)
            batch.append(replace(taken, delivery=delivery))
        return batch

    def _engine(self, entries: Sequence[Journaled]) -> Work:
        engine = Engine()
        engine.update(self._directory, entries[0].reading.received_at)
        waiting = iter(_batches(entries))

        async def work() -> int:
            batch = next(waiting, [])
            for entry in batch:
                engine.take(entry)
            if batch:
                engine.tick(batch[-1].reading.received_at)
                engine.collect()
            return len(batch)

        return work

    async def _watch(self, entries: Sequence[Journaled], database: Database) -> int:
        """Watch with a desk that commits, one turn over a few batches."""
        journal = MemoryJournal()
        await journal.append([Taken(readings=tuple(entry.reading for entry in entries[: 20 * BATCH]))])
        clock = ManualClock(entries[-1].reading.received_at)
        watch = Watch(journal, AlertDesk(database, AlertSettings()), clock)
        watch.use(self._directory)
        began = time.perf_counter()
        await watch.turn()
        return round(await journal.end() / (time.perf_counter() - began))


def _lines(entries: Sequence[Journaled]) -> Work:
    batch = entries[:BATCH]

    async def work() -> int:
        for entry in batch:
            line(point(entry.reading))
        return len(batch)

    return work


def _batches(entries: Sequence[Journaled]) -> list[Sequence[Journaled]]:
    return [entries[start : start + BATCH] for start in range(0, len(entries), BATCH)]
