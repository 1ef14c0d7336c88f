"""One ordered stream of points on its way to the store, with its own cursor in the journal."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

import structlog

from devices.instant import Instant
from gateway.errors import FixConfiguration, TryLater
from gateway.model import Point
from gateway.ports import Journal
from gateway.recorder.outlet import Outlet
from gateway.recorder.settling import Settling

log = structlog.get_logger("keepwell.recorder")


class Item(NamedTuple):
    """Something of a stream: its offset, since when we have it, and its point if it is to be recorded."""

    offset: int
    since: Instant
    point: Point | None


class Source(Protocol):
    """Where a stream comes from. `name` is that of its cursor."""

    name: str

    async def read(self, after: int, limit: int) -> Sequence[Item]:
        """Up to `limit` items above `after`, in order."""
        ...

    async def wait(self, after: int) -> None:
        """Return when there may be items above `after`."""
        ...


class Pace(NamedTuple):
    """How the recorder spends real time; tests put in their own."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random
    linger_s: float = 0.2
    """After a lull, how long to gather before the first write."""
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    longest_wish_s: float = 300.0
    """A store's own Retry-After is honoured up to here."""

    def pause_s(self, attempt: int, trouble: TryLater | FixConfiguration) -> float:
        """How long to wait after the failed attempt of that number, counted from 0."""
        pause = min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(attempt, 16)) * (0.5 + self.jitter() / 2)
        wish = trouble.after_s if isinstance(trouble, TryLater) else None
        return max(pause, min(wish or 0.0, self.longest_wish_s))


class Stream:
    """Writes a source's points in order, for ever. Its cursor moves when the store has confirmed.

    A second cursor, `<name>.settled`, follows a minute behind: after a failure, and at a start, writing begins there.
    """

    def __init__(self, source: Source, journal: Journal, outlet: Outlet, pace: Pace, batch_points: int) -> None:
        self.confirmed = 0
        self.oldest: Instant | None = None
        """Since when we have the oldest item that waits to be confirmed; None when there is none."""
        self._source = source
        self._journal = journal
        self._outlet = outlet
        self._pace = pace
        self._batch_points = batch_points
        self._settled = 0

    async def run(self) -> None:
        """Write for ever."""
        self._settled = await self._journal.cursor(f"{self._source.name}.settled")
        settling = Settling(self._settled)
        self.confirmed = await self._journal.cursor(self._source.name)
        position = settling.settled
        failures, attempt = self._outlet.failures, 0
        while True:
            if self._outlet.failures != failures:
                failures = self._outlet.failures
                position = settling.rewind(self._pace.monotonic())
            items = await self._read(position)
            if not items:
                await self._idle(position, failures)
                continue
            if items[-1].offset > self.confirmed:
                self.oldest = next(item.since for item in items if item.offset > self.confirmed)
            try:
                await self._outlet.write([item.point for item in items if item.point is not None])
            except (TryLater, FixConfiguration) as trouble:
                await self._pace.sleep(self._pace.pause_s(attempt, trouble))
                attempt += 1
                continue
            attempt = 0
            position = items[-1].offset
            settling.confirmed(position, self._pace.monotonic())
            await self._keep(position, settling)

    async def _read(self, position: int) -> Sequence[Item]:
        attempt = 0
        while True:
            try:
                return await self._source.read(position, self._batch_points)
            except TryLater as trouble:
                log.warning("recorder cannot read", stream=self._source.name, problem=str(trouble))
                await self._pace.sleep(self._pace.pause_s(attempt, trouble))
                attempt += 1

    async def _idle(self, position: int, failures: int) -> None:
        """Wait for the next item, or for a failure that somebody else met and that concerns us too."""
        self.oldest = None
        waits = {
            asyncio.ensure_future(self._source.wait(position)),
            asyncio.ensure_future(self._outlet.failed_since(failures)),
        }
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        for wait in done:
            wait.result()
        await self._pace.sleep(self._pace.linger_s)

    async def _keep(self, position: int, settling: Settling) -> None:
        """Move the cursors; when the journal cannot keep them now, the same points are written again one day."""
        try:
            if position > self.confirmed:
                await self._journal.advance(self._source.name, position)
                self.confirmed = position
            settling.settle(self._pace.monotonic())
            if settling.settled > self._settled:
                await self._journal.advance(f"{self._source.name}.settled", settling.settled)
                self._settled = settling.settled
        except TryLater as trouble:
            log.warning("recorder cannot keep its cursor", stream=self._source.name, problem=str(trouble))
