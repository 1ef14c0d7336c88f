"""How warm a home was in a day: hourly means of all its rooms."""

from collections.abc import Sequence

from gateway.model import Reading

ADVISED = 18.0
"""Degrees Celsius that the UK Health Security Agency advises at least."""
_NOT_ROOM_AIR = frozenset({"fridge", "kettle", "cooker", "microwave", "tap", "window"})
_ENOUGH = 6
"""Hours with a reading, below which nothing is said of the day."""


class Warmth:
    """The sums of one day. What arrives after its hour has passed is not counted."""

    __slots__ = ("_count", "_hour", "_hours", "_sum", "_total", "_warm")

    def __init__(self) -> None:
        self._hour = self._count = self._hours = self._warm = 0
        self._sum = self._total = 0.0

    def take(self, reading: Reading, kind: str, hour: int) -> None:
        """A temperature in a room of this kind, in this hour of the day, counted from its beginning."""
        if reading.role in _NOT_ROOM_AIR or kind == "outside" or hour < self._hour:
            return
        if hour > self._hour:
            self._fold()
            self._hour = hour
        self._sum += float(reading.value)
        self._count += 1

    def mean(self) -> float | None:
        """Of the hours known; None for too few of them."""
        self._fold()
        return round(self._total / self._hours, 1) if self._hours >= _ENOUGH else None

    def warm_hours(self) -> int | None:
        """Hours of 18 degrees and above, had the hours not known been like the others."""
        self._fold()
        return round(24 * self._warm / self._hours) if self._hours >= _ENOUGH else None

    def _fold(self) -> None:
        if self._count:
            mean = self._sum / self._count
            self._total += mean
            self._hours += 1
            self._warm += mean >= ADVISED
            self._sum, self._count = 0.0, 0

    def to_state(self) -> list[float]:
        """Numbers; none when nothing was heard."""
        if not (self._count or self._hours):
            return []
        return [self._hour, self._count, self._hours, self._warm, round(self._sum, 1), round(self._total, 1)]

    def from_state(self, state: Sequence[float]) -> None:
        """What `to_state` gave."""
        if state:
            hour, count, hours, warm, self._sum, self._total = state
            self._hour, self._count, self._hours, self._warm = int(hour), int(count), int(hours), int(warm)
