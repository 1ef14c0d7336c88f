"""A recorder at work in virtual time, on memory stores."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Self

from devices.instant import SECOND, Instant
from gateway.clock import ManualClock
from gateway.journal.memory import MemoryJournal
from gateway.model import Fact, Flag, Point, Reading, Taken
from gateway.ports import Store
from gateway.recorder.memory import MemoryStore
from gateway.recorder.recorder import Recorder
from gateway.recorder.stream import Pace

NOON = 1_768_000_000_000_000
READING = Reading("ELM-12", "hub-1", "zigbee2mqtt:0x1", "hall", None, "motion", True, NOON, NOON)
_STEP = SECOND // 10
_TURNS = 30


class Notebook:
    """Facts to be recorded."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    async def read_facts(self, after: int, limit: int) -> Sequence[tuple[int, Fact]]:
        return list(enumerate(self.facts, start=1))[after : after + limit]


class Heart:
    """A part that reports figures."""

    def figures(self) -> Mapping[str, float]:
        return {"beats": 7.0}


class Cursors(MemoryJournal):
    """A journal that tells when a cursor moved."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = asyncio.Event()

    async def advance(self, reader: str, offset: int) -> None:
        await super().advance(reader, offset)
        self.moved.set()


class Bench:
    """`elapse` lets virtual time pass; `aside` holds what was set aside; `pauses` how long the recorder slept."""

    def __init__(self, journal: MemoryJournal | None = None, store: MemoryStore | None = None) -> None:
        self.clock = ManualClock(NOON)
        self.journal = journal or MemoryJournal()
        self.store = store or MemoryStore()
        self.notebook = Notebook()
        self.aside: list[tuple[Point, str]] = []
        self.aside_fault: Exception | None = None
        self.pauses: list[float] = []
        self.count = 0
        self.recorder = self.recorder_for(self.store)

    def recorder_for(self, store: Store) -> Recorder:
        """A recorder of this journal, writing to another store."""
        return Recorder(
            self.journal,
            store,
            self.notebook,
            self.clock,
            set_aside=self._set_aside,
            gauges={"heart": Heart()},
            batch_points=100,
            pace=Pace(sleep=self._sleep, monotonic=lambda: self.clock.now() / SECOND, jitter=lambda: 1.0),
        )

    async def run_until(self, recorder: Recorder, offset: int) -> None:
        """Let it run, in real time, until it has confirmed everything up to `offset`; the journal must be Cursors."""
        assert isinstance(self.journal, Cursors)
        running = asyncio.create_task(recorder.run())
        try:
            async with asyncio.timeout(30):
                while await self.journal.cursor("recorder") < offset:
                    self.journal.moved.clear()
                    await self.journal.moved.wait()
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self.recorder.run())
        await self.elapse(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    async def elapse(self, seconds: float) -> None:
        end: Instant = self.clock.now() + round(seconds * SECOND)
        while True:
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            if self.clock.now() >= end:
                return
            self.clock.advance_to(min(end, self.clock.now() + _STEP))

    async def take_in(self, number: int, flags: Flag = Flag.NONE) -> None:
        """Journal so many readings, a millisecond apart, received now."""
        now = self.clock.now()
        readings = [
            replace(READING, at=NOON + (self.count + n) * 1_000, received_at=now, flags=flags) for n in range(number)
        ]
        self.count += number
        await self.journal.append([Taken(readings=tuple(readings))])

    def stored(self) -> list[int]:
        """Which readings the store has, by their number."""
        return [(point.at - NOON) // 1_000 for point in self.store.points.values() if point.measurement == "motion"]

    def written(self) -> list[int]:
        """Which readings were written, repetitions included, in order."""
        return [(point.at - NOON) // 1_000 for point in self.store.written if point.measurement == "motion"]

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await self.clock.wait_until(self.clock.now() + round(seconds * SECOND))

    async def _set_aside(self, point: Point, reason: str) -> None:
        if self.aside_fault is not None:
            raise self.aside_fault
        self.aside.append((point, reason))
