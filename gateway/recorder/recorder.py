"""Writes readings, facts and the gateway's health to the store. A dead store delays nobody else."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from devices.instant import MINUTE, SECOND, Instant
from gateway.clock import Clock
from gateway.errors import FixConfiguration, GiveUp, TryLater
from gateway.model import Fact, Trouble
from gateway.ports import Gauge, Journal, Store
from gateway.recorder.outlet import Outlet, SetAside
from gateway.recorder.points import fact_point, health_point, is_recorded, point
from gateway.recorder.stream import Item, Pace, Stream

log = structlog.get_logger("keepwell.recorder")

READINGS, FACTS = "recorder", "recorder.facts"
"""Names of the recorder's cursors in the journal; each has a `.settled` one beside it."""
HEALTH_EVERY_S = 10.0
TOLD_AFTER = 15 * MINUTE
"""A store that is away for less concerns nobody: what it missed is written when it is back."""
_FACTS_LOOKED_FOR_EVERY_S = 1.0


class FactSource(Protocol):
    """Where watch's conclusions wait for the recorder."""

    async def read_facts(self, after: int, limit: int) -> Sequence[tuple[int, Fact]]:
        """Up to `limit` facts with an id above `after`, in order."""
        ...


class _Readings:
    """The journal as a source of points."""

    name = READINGS

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def read(self, after: int, limit: int) -> Sequence[Item]:
        return [
            Item(entry.offset, entry.reading.received_at, point(entry.reading) if is_recorded(entry.reading) else None)
            for entry in await self._journal.read(after, limit)
        ]

    async def wait(self, after: int) -> None:
        await self._journal.wait(after)


class _Facts:
    """Facts as a source of points. They come from a database that does not tell, so we look every second."""

    name = FACTS

    def __init__(self, facts: FactSource, pace: Pace) -> None:
        self._facts = facts
        self._pace = pace

    async def read(self, after: int, limit: int) -> Sequence[Item]:
        return [Item(number, fact.at, fact_point(fact)) for number, fact in await self._facts.read_facts(after, limit)]

    async def wait(self, after: int) -> None:  # noqa: ARG002 - it can only look again
        await self._pace.sleep(_FACTS_LOOKED_FOR_EVERY_S)


class Recorder:
    """Runs three loops: readings, facts, health. `gauges` are the parts whose figures the health point holds, by name.

    `set_aside` keeps a point that the store refuses. Health that cannot be written is dropped.
    """

    def __init__(  # noqa: PLR0913 - the composition root names them
        self,
        journal: Journal,
        store: Store,
        facts: FactSource,
        clock: Clock,
        *,
        set_aside: SetAside,
        gauges: Mapping[str, Gauge] | None = None,
        gateway: str = "keepwell",
        batch_points: int = 2_000,
        pace: Pace | None = None,
    ) -> None:
        self._journal = journal
        self._store = store
        self._clock = clock
        self._gauges = dict(gauges or {})
        self._gateway = gateway
        self._pace = pace or Pace()
        self._outlet = Outlet(store, set_aside, batch_points)
        self._readings = Stream(_Readings(journal), journal, self._outlet, self._pace, batch_points)
        self._facts = Stream(_Facts(facts, self._pace), journal, self._outlet, self._pace, batch_points)
        self._end = 0
        self._rates: dict[str, float] = {}
        self._troubled: tuple[int, Instant] = (0, 0)

    @property
    def problem(self) -> str | None:
        """Why nothing can be written just now, in a sentence; None while all is well."""
        return self._outlet.problem

    def figures(self) -> Mapping[str, float]:
        """Points written, refused, failures; depth: readings not yet confirmed; lag_s: for how long the oldest waits.

        The rates are those of the last health interval.
        """
        oldest = self._readings.oldest
        return {
            "written": float(self._outlet.written),
            "refused": float(self._outlet.refused),
            "failures": float(self._outlet.failures),
            "healthy": float(self._outlet.problem is None),
            "depth": float(max(0, self._end - self._readings.confirmed)),
            "lag_s": 0.0 if oldest is None else max(0.0, (self._clock.now() - oldest) / SECOND),
            **self._rates,
        }

    def troubles(self) -> Sequence[Trouble]:
        """A setting to correct, at once; what else keeps the store from taking points, after a quarter of an hour."""
        trouble, now = self._outlet.trouble, self._clock.now()
        if self._troubled[0] != self._outlet.troubles:
            self._troubled = self._outlet.troubles, now
        since = self._troubled[1]
        if trouble is None or (now - since < TOLD_AFTER and not isinstance(trouble, FixConfiguration)):
            return ()
        sentence = f"{trouble}; until then nothing is recorded: it waits in the journal, and alerts go out as ever."
        sentence = sentence[:1].upper() + sentence[1:]
        return (Trouble("gateway", "store", sentence, since),)

    async def run(self) -> None:
        """Record for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._readings.run())
            group.create_task(self._facts.run())
            group.create_task(self._run_health())

    async def _run_health(self) -> None:
        self._end = await self._journal.end()
        before = (self._pace.monotonic(), self._end, self._outlet.written, self._outlet.writes, self._outlet.write_s)
        while True:
            await self._pace.sleep(HEALTH_EVERY_S)
            self._end = await self._journal.end()
            now = (self._pace.monotonic(), self._end, self._outlet.written, self._outlet.writes, self._outlet.write_s)
            seconds = max(now[0] - before[0], 0.001)
            self._rates = {
                "readings_per_s": (now[1] - before[1]) / seconds,
                "points_per_s": (now[2] - before[2]) / seconds,
                "write_s": (now[4] - before[4]) / max(1, now[3] - before[3]),
            }
            before = now
            await self._write_health()

    async def _write_health(self) -> None:
        parts = self._gauges | {"recorder": self}
        figures = {f"{part}_{name}": value for part, gauge in parts.items() for name, value in gauge.figures().items()}
        try:
            await self._store.write([health_point(self._gateway, figures, self._clock.now())])
        except GiveUp:
            log.warning("store refused the gateway's health")
        except (TryLater, FixConfiguration) as trouble:
            self._outlet.note_trouble(trouble)
        else:
            self._outlet.note_success()
