"""Waiting without polling where possible: for a moment of the clock, for a ring, or for what another process did."""

import asyncio

from devices.instant import Instant
from gateway.clock import Clock


class Bell:
    """Rung when there may be something to do. A ring while nobody waits is kept."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake who waits, or the next one who would."""
        self._rung.set()

    async def wait(self, clock: Clock, until: Instant | None, poll_s: float) -> None:
        """Return at a ring, when `clock` reaches `until`, or after `poll_s` of real time."""
        waiting: list[asyncio.Future[object]] = [asyncio.ensure_future(self._rung.wait())]
        if until is not None:
            waiting.append(asyncio.ensure_future(clock.wait_until(until)))
        try:
            await asyncio.wait(waiting, timeout=poll_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)  # our own cancellation, come just now, is not lost
            self._rung.clear()
