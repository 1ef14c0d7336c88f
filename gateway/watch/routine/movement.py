"""When a day had movement, and when none could have been seen: two bits for every five minutes since 05:00."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from devices.instant import HOUR, MINUTE, Instant
from gateway.localtime import local_time

SLOT = 5 * MINUTE
_NIGHT = 7 * HOUR
"""Before 05:00: from 22:00 on."""
_UNSEEN = 0.25
"""Of a time: when more of it could not be seen, what did not happen in it proves nothing. Our choice."""
_ONE_DAY = (20 * HOUR, 28 * HOUR)


@dataclass(frozen=True, slots=True)
class Slots:
    """A day from `start` on, in `count` slots: bits of those with movement, and of those in which none could be seen.

    `saw_night`: whether the night before it was seen.
    """

    start: Instant
    count: int
    active: int
    blind: int
    saw_night: bool

    @property
    def coverage(self) -> float:
        """The share of the day in which movement could be seen, or was, from 0 to 1."""
        return 1.0 - (self.blind & ~self.active).bit_count() / self.count

    def saw(self, start: Instant, end: Instant) -> bool:
        """Whether movement between these would have been seen, as far as that lies within the day."""
        first, last = max(0, (start - self.start) // SLOT), min(self.count, (end - self.start) // SLOT)
        missed = (self.blind & ~self.active & _bits(first, last)).bit_count()
        return last <= first or missed <= _UNSEEN * (last - first)

    def hours(self, zone: ZoneInfo) -> dict[int, int]:
        """Of the twelve slots of each local hour those with movement; hours of which nothing could be seen are missing.

        Of an hour that the clock shows twice, a slot counts where there was movement in one of the two.
        """
        found: dict[int, int] = {}
        for slot, (hour, part) in enumerate(_wall(self.start, self.count, zone)):
            if self.active >> slot & 1:
                found[hour] = found.get(hour, 0) | part
            elif not self.blind >> slot & 1:
                found.setdefault(hour, 0)
        return {hour: parts.bit_count() for hour, parts in found.items()}


class Movement:
    """The day under way. `moved` at each movement, `sees` whenever that may change, `begin` when a day begins.

    Nothing was seen before the first `sees`. Its part of the hot state is about 90 bytes, 50 compressed.
    """

    __slots__ = ("_active", "_blind", "_blind_from", "_saw_night", "since", "start", "until")

    def __init__(self) -> None:
        self.start: Instant = 0
        self.since: Instant = 0
        self.until: Instant = 0
        """The slot of the last movement: more of it in there is nothing new."""
        self._active = self._blind = 0
        self._blind_from: Instant | None = 0
        self._saw_night = False

    def moved(self, at: Instant) -> None:
        """Somebody moved; it may have come late."""
        slot = (at - self.start) // SLOT
        if slot >= 0:
            self._active |= 1 << slot
            self.since = self.start + slot * SLOT
            self.until = self.since + SLOT

    def sees(self, now: Instant, *, enough: bool, since: Instant) -> None:
        """From now on `enough` can be seen; or it cannot, and could not `since` then."""
        if not enough and self._blind_from is None:
            self._blind_from = since
        elif enough and self._blind_from is not None:
            self.unseen(self._blind_from, now)
            self._blind_from = None

    def unseen(self, start: Instant, end: Instant) -> None:
        """Nothing could be seen between these, to the nearest slot; it may last beyond the day."""
        first, last = ((at - self.start + SLOT // 2) // SLOT for at in (start, end))
        self._blind |= _bits(max(0, first), last)

    def over(self, end: Instant) -> Slots:
        """The day as it was, up to `end`."""
        if self._blind_from is not None:
            self.unseen(self._blind_from, end)
            self._blind_from = end
        count = (end - self.start) // SLOT
        day = _bits(0, count)
        return Slots(self.start, count, self._active & day, self._blind & day, self._saw_night)

    def begin(self, start: Instant) -> None:
        """The day began at `start`: with a clock that was set, the same one; else the next."""
        by = start - self.start if self.start else 0
        if _ONE_DAY[0] < by < _ONE_DAY[1]:
            night = Slots(self.start, by // SLOT, self._active, self._blind, saw_night=False)
            self._saw_night = night.saw(start - _NIGHT, start)
        elif by >= _ONE_DAY[1]:
            self._saw_night = False
        self._active, self._blind = (_moved(bits, by // SLOT) for bits in (self._active, self._blind))
        self.start, self.since, self.until = start, 0, 0

    def to_state(self) -> Sequence[Any]:
        """JSON values, for the hot state."""
        return [self.start, f"{self._active:x}", f"{self._blind:x}", self._blind_from, int(self._saw_night)]

    def from_state(self, state: Sequence[Any]) -> None:
        """What `to_state` gave; anything else changes nothing."""
        try:
            start, active, blind, blind_from, saw_night = state
            bits = int(active, 16), int(blind, 16)
        except (TypeError, ValueError):
            return
        self.start, (self._active, self._blind) = start, bits
        self._blind_from, self._saw_night = blind_from, bool(saw_night)
        self.since = self.until = 0


def _bits(first: int, last: int) -> int:
    """The bits from `first` on, `last` not included."""
    return (1 << last) - (1 << first) if last > first else 0


def _moved(bits: int, slots: int) -> int:
    return bits >> slots if slots >= 0 else bits << -slots


@lru_cache(maxsize=16)
def _wall(start: Instant, count: int, zone: ZoneInfo) -> Sequence[tuple[int, int]]:
    """Of each slot the local hour, and the bit of its five minutes in that hour; the same for all homes of a zone."""
    walls = [local_time(start + slot * SLOT, zone) for slot in range(count)]
    return [(wall.hour, 1 << wall.minute * MINUTE // SLOT) for wall in walls]
