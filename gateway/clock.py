"""Clocks. Time is an argument everywhere else; only loops at the edge hold a clock."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol

from devices.instant import SECOND, Instant

STEP = 30 * SECOND
"""A wall clock that departs from the monotonic one by more than this was set."""


class Clock(Protocol):
    """Tells the time and waits for a moment of it."""

    def now(self) -> Instant:
        """The present instant."""
        ...

    async def wait_until(self, moment: Instant) -> None:
        """Return once `now()` has reached `moment`; at once if it has already."""
        ...


class SystemClock:
    """The machine's own UTC clock."""

    def now(self) -> Instant:
        """The present instant."""
        return time.time_ns() // 1_000

    async def wait_until(self, moment: Instant) -> None:
        """Sleep in short steps, so that a stepped wall clock is noticed within a second."""
        while (left := moment - self.now()) > 0:  # noqa: ASYNC110 - a deadline of the wall clock, not an event
            await asyncio.sleep(min(left / SECOND, 1.0))


class Steps:
    """Notices when the machine's clock is put forward or back, by one that nobody can set."""

    def __init__(
        self, wall: Callable[[], Instant] | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.wall = wall or SystemClock().now
        self._monotonic = monotonic
        self._before = (self.wall(), monotonic())

    def look(self) -> int:
        """By how many microseconds it was put forward, or back where negative, since the last look; 0 for not at all.

        What a time server trims away is no step. A machine that slept has made a step forward.
        """
        wall, monotonic = self.wall(), self._monotonic()
        by = (wall - self._before[0]) - round((monotonic - self._before[1]) * SECOND)
        self._before = (wall, monotonic)
        return by if abs(by) > STEP else 0


class WatchedClock(SystemClock):
    """The machine's clock, which notices at every look whether it was put forward or back."""

    def __init__(self, steps: Steps | None = None) -> None:
        self._steps = steps or Steps()
        self.stepped = 0
        """By how many microseconds in all, since the start. Whoever keeps deadlines follows this."""

    def now(self) -> Instant:
        """The present instant."""
        self.stepped += self._steps.look()
        return self._steps.wall()


class ManualClock:
    """A clock that moves only when it is told to: for tests, the demonstration and recordings. Never goes back."""

    def __init__(self, start: Instant) -> None:
        self._now = start
        self._order = itertools.count()
        self._waiting: list[tuple[Instant, int, asyncio.Future[None]]] = []

    def now(self) -> Instant:
        """The present instant."""
        return self._now

    def advance_to(self, moment: Instant) -> None:
        """Move on to `moment` (earlier moments change nothing) and wake who waited for it."""
        self._now = max(self._now, moment)
        while self._waiting and self._waiting[0][0] <= self._now:
            waiter = heapq.heappop(self._waiting)[2]
            if not waiter.done():
                waiter.set_result(None)

    async def wait_until(self, moment: Instant) -> None:
        """Return once the clock was advanced to `moment`."""
        if moment <= self._now:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (moment, next(self._order), waiter))
        await waiter
