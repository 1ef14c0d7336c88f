"""What happens in rooms, worked out once per home: visits, and whether more than one person is about."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from devices.instant import HOUR, MINUTE, SECOND, Instant

VISIT_GAP = 5 * MINUTE
"""Activity in a room after a longer pause there is another visit (FIELD, rule 11)."""
_PASSAGES = frozenset({"hall", "entrance", "outside", "unknown", "other"})
_HOP = 8 * SECOND
"""Faster between two rooms, there and back and there and back again, nobody walks."""
_HOPS = 4
COMPANY_LASTS = HOUR


class Visit(NamedTuple):
    """A stay in a room as its sensors tell it: from the first to the last activity."""

    since: Instant
    last: Instant


@dataclass(slots=True)
class Visits:
    """The latest visit to each room by name."""

    rooms: dict[str, Visit] = field(default_factory=dict)

    def take(self, room: str, at: Instant) -> bool:
        """Activity in a room; whether a visit begins with it."""
        known = self.rooms.get(room)
        if known is not None and at - known.last <= VISIT_GAP:
            if at > known.last:
                self.rooms[room] = Visit(known.since, at)
            return False
        self.rooms[room] = Visit(at, at)
        return True


@dataclass(slots=True)
class Company:
    """Whether rooms are active that one person could not be in: to and fro, faster than anybody walks."""

    until: Instant = 0
    _hops: list[Any] = field(default_factory=lambda: ["", "", 0, 0])
    """Room, room before it, when it was entered, how many quick hops between these two."""

    def take(self, room: str, kind: str, at: Instant) -> None:
        """Activity in a room."""
        now_in, before, entered, hops = self._hops
        if kind in _PASSAGES or room == now_in:
            return
        quick = 0 <= at - entered <= _HOP
        hops = hops + 1 if quick and room == before else int(quick)
        self._hops = [room, now_in, at, hops]
        if hops >= _HOPS:
            self.until = max(self.until, at + COMPANY_LASTS)

    def to_state(self) -> list[Any]:
        """JSON values."""
        return [self.until, *self._hops]

    def from_state(self, state: list[Any]) -> None:
        """What `to_state` gave."""
        self.until, self._hops = state[0], state[1:]
