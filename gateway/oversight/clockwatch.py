"""Notices when this machine's clock is put forward or back, by comparing it with one that nobody can set."""

import time
from collections.abc import Callable, Sequence

from devices.instant import SECOND, Instant
from gateway.clock import SystemClock
from gateway.model import Trouble
from gateway.saying import duration

DEPARTS = 30 * SECOND
_system_now = SystemClock().now


class ClockWatch:
    """Call `look` every few seconds. `wall` is the clock that is set, `monotonic` one that only runs, in seconds."""

    def __init__(
        self, wall: Callable[[], Instant] = _system_now, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._before = (wall(), monotonic())
        self._last: Trouble | None = None
        self.steps = 0
        """How often the clock was put forward or back since the start."""

    def look(self) -> None:
        """Compare how far both have gone since the last look."""
        wall, monotonic = self._wall(), self._monotonic()
        by = (wall - self._before[0]) - round((monotonic - self._before[1]) * SECOND)
        self._before = (wall, monotonic)
        if abs(by) <= DEPARTS:
            return
        self.steps += 1
        way = "forward" if by > 0 else "back"
        self._last = Trouble(
            rule="gateway",
            subject="clock",
            sentence=f"This machine's clock went {way} by {duration(abs(by))}: times noted before that may be off by "
            "as much. It was set, or the machine slept; see that it keeps time with a time server.",
            since=wall,
            passing=False,
        )

    def troubles(self) -> Sequence[Trouble]:
        """The last step, if there was any."""
        return () if self._last is None else (self._last,)
