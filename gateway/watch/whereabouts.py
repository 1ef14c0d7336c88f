"""Who is where: at home, out, or not known; worked out from outside doors and the activity after them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from devices.instant import MINUTE, SECOND, Instant
from gateway.localtime import within
from gateway.model import EXTERIOR_DOORS, Device, Home, Reading
from gateway.watch.equipment import Equipment

NIGHT = "22:00-06:00"
"""Until a resident's own night is known."""
EXIT_BY_NIGHT = 15 * MINUTE
EXIT_BY_DAY = 50 * MINUTE
"""Exit: an exterior door and then no movement for so long (Just Checking and MySense use such figures)."""
AT_THE_DOOR = 15 * SECOND
"""Movement in the hall this soon after the door is still the person who is leaving."""
DOOR_EPISODE = 30 * SECOND
"""Openings and closings this close together are one coming or going; after longer they may be on the way out again."""
AFTER_LEAVING = 5 * MINUTE
LONE_FIRING = 10 * MINUTE
_SOON = 15 * MINUTE
_MANY, _IN_ALL = 4, 90 * MINUTE
"""So long after they may have left, one firing alone proves no presence: sensors fire falsely in empty homes, and a
faulty one does so twice or three times. Another sensor within ten minutes does, or many firings of one. Until they are
taken to be out, a second firing within a quarter of an hour is enough."""
_LONE_AFTER = 30 * MINUTE
"""At home too: after so long a quiet, one firing with no other within as long may be false."""
_TOGETHER = 20 * MINUTE
_KNOWN, _COUNTED = 64, 256
"""Where few firings are known, or more than a quarter comes later than that after the one before, one alone is nothing
strange: sensors that see little, or a recording that notes a row for each event. Simulated homes have 8 of 10 sooner,
the recordings of motion sensors 98 of 100."""
_FROM_WITHIN = 3 * MINUTE
"""A firing so shortly before the door opens: whoever opened it was inside."""
MISFIRES = frozenset({"motion", "presence"})
"""Quantities whose sensors fire falsely now and then."""
_AT_AN_EXIT = frozenset({"hall", "entrance"})


class Absence(NamedTuple):
    """Nobody is at home, it seems. `seen`: an outside door told; else it was inferred from the quiet that followed."""

    since: Instant
    seen: bool


@dataclass(slots=True)
class Whereabouts(Equipment, ABC):
    """The last activity and the last coming or going.

    In homes without a sensor on an outside door that is heard, the last activity at the entrance and then quiet is
    taken for going out.
    """

    moved_at: Instant | None = None
    moved_in: str | None = None
    moved_by: str | None = None
    door_at: Instant | None = None
    arrived: bool = False
    """At the last coming or going nobody was home before: somebody came in, and is there until the next."""
    lone_since: Instant | None = None
    """Where the last activity stands alone: the one before it, after which it has been quiet but for lone firings."""
    firings: list[int] = field(default_factory=lambda: [0, 0])
    """Of the latest firings, how many came soon after another, and how many there were."""
    weak: list[list[Any]] = field(default_factory=list)
    """The latest firings that prove nothing alone: [when, device], the oldest first."""
    base: Instant | None = None
    """Activity before this says nothing: the home was away or paused until then."""
    night_hours: str = NIGHT
    has_exterior_door: bool = False
    _rooms_with_doors: frozenset[str | None] = frozenset()

    def use(self, home: Home) -> None:
        """Take up the home as it is registered now."""
        Equipment.use(self, home)
        self._rooms_with_doors = frozenset(one.room for one in home.devices if one.role in EXTERIOR_DOORS)
        self.has_exterior_door = any(device.role in EXTERIOR_DOORS for device in home.devices)

    # ---------------------------------------------------------------- what is asked

    def active_at(self) -> Instant | None:
        """The last proof of activity inside or at an exterior door."""
        return max(self.moved_at or 0, self.door_at or 0, self.base or 0) or None

    def is_night(self, moment: Instant) -> bool:
        """By the resident's own habits once they are known; until then from 22 to 6."""
        return within(moment, self.home.zone, self.night_hours)

    def whereabouts(self, moment: Instant) -> Literal["home", "out", "unknown"]:
        """`out` by an absence, seen or inferred; `unknown` where no outside door tells and nothing can be inferred."""
        if self.absence(moment) is not None:
            return "out"
        return "home" if self.watches_doors() else "unknown"

    def absence(self, moment: Instant) -> Absence | None:
        """Since when nobody has been at home, as far as can be told at `moment`."""
        left = self.left()
        if left is None or self.occupied(moment):
            return None
        limit = EXIT_BY_NIGHT if self.is_night(left.since) else EXIT_BY_DAY
        return left if moment - left.since >= limit else None

    def watches_doors(self) -> bool:
        """Whether an outside door has a sensor that is heard."""
        return self.has_exterior_door and (
            not self.unhealthy
            or any(
                device.role in EXTERIOR_DOORS and device.address not in self.unhealthy for device in self.home.devices
            )
        )

    def lone_is_weak(self) -> bool:
        """Whether firings come together here, so that one that stands alone may be false."""
        together, known = self.firings
        return known >= _KNOWN and 4 * together >= 3 * known

    @abstractmethod
    def occupied(self, moment: Instant) -> bool:
        """Whether a bed, a chair or a presence sensor says that somebody is there."""

    # ---------------------------------------------------------------- what is seen

    def left(self) -> Absence | None:
        """The moment from which quiet means that they went out."""
        if self.watches_doors():
            if self.door_at is None or self.arrived or (self.moved_at is not None and self.moved_at > self.door_at):
                return None
            return Absence(self.door_at, seen=True)
        if self.moved_at is None or not self._is_way_out(self.moved_in):
            return None
        return Absence(self.moved_at, seen=False)

    def _is_way_out(self, room: str | None) -> bool:
        """An entrance, or where an outside door stands whose sensor is not heard any more."""
        return self.home.room_kind(room) == "entrance" or (room is not None and room in self._rooms_with_doors)

    def _moved(self, reading: Reading, device: Device) -> bool:
        """Note activity; False when it is a lone firing in a home that everybody seems to have left."""
        at = reading.at
        if reading.quantity == "contact" and device.role in EXTERIOR_DOORS:
            self._came_or_went(at, opened=reading.value is True)
            return True
        left = self.left()
        if left is not None and left.since <= at:
            near = at <= left.since + AT_THE_DOOR and self.home.room_kind(reading.room) in _AT_AN_EXIT
            if near and left.seen:
                return True
            if at > left.since + AFTER_LEAVING and reading.quantity in MISFIRES and self._is_alone(reading.device, at):
                return False
        if self.moved_at is None or at >= self.moved_at:
            before = max(self.moved_at or 0, self.door_at or 0)
            if reading.quantity in MISFIRES and before:
                self._count(at - before)
            stands_alone = self.moved_at is not None and at - before > _LONE_AFTER
            if not stands_alone or reading.quantity not in MISFIRES or not self.lone_is_weak():
                self.lone_since = None
            elif self.lone_since is None:
                self.lone_since = before
            self.moved_at, self.moved_in, self.moved_by = at, reading.room, reading.device
        self.weak = []
        return True

    def _count(self, pause: int) -> None:
        together, known = self.firings
        if known >= _COUNTED:
            together, known = together // 2, known // 2
        self.firings = [together + (pause <= _TOGETHER), known + 1]

    def _is_alone(self, device: str, at: Instant) -> bool:
        """Whether this firing has too little beside it that it proves presence with; remembers it."""
        others = [one for one in self.weak if at - _IN_ALL <= one[0] < at]
        self.weak = [*others, [at, device]][-_MANY:]
        if self.absence(at) is None:
            return self.lone_is_weak() and not any(one[0] >= at - _SOON for one in others)
        close = (one for one in others if one[0] >= at - LONE_FIRING)
        return len(self.weak) < _MANY and not any(one[1] != device for one in close)

    def _came_or_went(self, at: Instant, *, opened: bool) -> None:
        """An exterior door opened or closed. A coming or going begins with an opening."""
        if opened and (self.door_at is None or at > self.door_at + DOOR_EPISODE or (self.moved_at or 0) > self.door_at):
            from_within = any(at - _FROM_WITHIN <= one[0] <= at for one in self.weak)
            self.arrived = self.whereabouts(at) == "out" and not from_within
        self.door_at = max(self.door_at or 0, at)
        self.weak, self.lone_since = [], None
