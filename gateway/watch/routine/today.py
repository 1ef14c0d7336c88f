"""The day that is under way, from 05:00 to 05:00 local time: a few sums in the hot state, closed into the routine."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant
from gateway.localtime import at_local, local_date, local_time, parse_window
from gateway.model import EXTERIOR_DOORS, Device, Flag, Home, Reading
from gateway.watch.equipment import SEES
from gateway.watch.routine.day import KINDS, MOST_VISITS, Day
from gateway.watch.routine.warmth import Warmth
from gateway.watch.whereabouts import AT_THE_DOOR, EXIT_BY_DAY, EXIT_BY_NIGHT

if TYPE_CHECKING:
    from gateway.watch.view import HomeView, Seen

BRIEF = 10 * MINUTE
"""A shorter quiet teaches nothing."""
LONGEST, LONGEST_UNTOLD = 6 * HOUR, 4 * HOUR
"""A longer quiet by day is not believed to be one at home; the second where no outside door tells of going out."""
TOO_LONG = 12 * HOUR
"""Out, or without any sign, for longer: a day unlike others."""
UNHEARD = 2 * HOUR
"""Not heard for so long in all: the same."""
_CONFIRMED_WITHIN = 30 * MINUTE
_TIMES_UP_APART = 30 * MINUTE
_TIMES_UP_FROM = time(23)
_EVENING = 13 * HOUR
_LATE = 15 * HOUR
"""After the beginning of the day at 05:00: 18:00 and 20:00."""
_INTO_THE_NIGHT = 2 * HOUR
"""A quiet that begins before the night and lasts longer than so far into it is sleep, not an evening by television."""
_SAME_DAY = 2 * HOUR
_ONE_DAY = (20 * HOUR, 28 * HOUR)
_BEGINS = 5 * 60
"""The day begins at 05:00: minutes after midnight."""
_ROOMS_OF_THE_DAY = frozenset({"kitchen", "living", "dining", "office", "other"})
_ROOMS_OF_THE_NIGHT = frozenset({"bedroom", "bathroom", "outside"})
_AT_AN_EXIT = frozenset({"hall", "entrance"})
_KITCHEN_APPLIANCES = frozenset({"kettle", "fridge", "cooker", "microwave"})
_PLACES = frozenset({"bed", "chair", "presence"})
_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
_NOT_BEGUN = "its beginning was not seen"
_NOW = ("_last", "_sign", "_first", "_about", "_bed", "_kettle", "_out_of_bedroom")
_SUMS = ("_pause", "_out", "_unheard")


class Today:
    """What has happened so far today. `begin` when a day begins; `take` each reading that proves activity.

    Instants are kept as they are, 0 for none; all sums are in microseconds or counts. What runs on over 05:00, such as
    a quiet, an absence or the night, is carried into the next day.
    """

    def __init__(self) -> None:
        self._home: Home | None = None
        self._kinds: dict[str | None, str] = {}
        self._of_the_day: AbstractSet[str] = _ROOMS_OF_THE_DAY
        """Kinds of rooms in which the evening is spent; where none of them has a sensor, whatever is passed by day."""
        self._forget()

    def _forget(self) -> None:
        self._last: Instant = 0
        self._room: str | None = None
        self._kind = "unknown"
        self._leaving = self._broken = False
        self._about: Instant = 0
        """The last activity in a room of the day."""
        self._out_of_bedroom: Instant = 0
        self._next_night = 0
        self.start: Instant = 0
        self._begin(followed=False)

    def begin(self, start: Instant) -> None:
        """Forget what was; the day began at `start`. With a clock that was set by a little it is still the same day."""
        since, known, self.start = start - self.start, bool(self.start), start
        if not known or abs(since) >= _SAME_DAY:
            self._begin(followed=_ONE_DAY[0] < since < _ONE_DAY[1])

    def _begin(self, *, followed: bool) -> None:
        self.left_out: str | None = None if followed else _NOT_BEGUN
        """Why the day teaches nothing: away, gone all night, not heard for hours; None for an ordinary day."""
        self._night, self._next_night = (self._next_night if followed else 0), 0
        self._unhealthy: frozenset[str] | None = None
        self._sign = self._first = self._bed = self._kettle = 0
        self._pause = self._out = self._unheard = 0
        self._times_up = 0
        self._visits = [0] * len(KINDS)
        self._unseen = 0
        """Bits of KINDS that could not be seen at some time."""
        self._quiet = [0] * 24
        self._warmth = Warmth()
        self._plain = False

    def leave_out(self, why: str) -> None:
        """This day is not like others."""
        self.left_out = self.left_out or why

    def unheard(self, length: int) -> None:
        """So long, in microseconds, nothing could be heard: the quiet that goes on is none that we know of."""
        self._unheard += length
        if self._unheard >= UNHEARD:
            self.leave_out("not heard")
        if length >= MINUTE:
            self._broken, self._plain = True, False

    # ---------------------------------------------------------------- taking in

    def take(self, seen: "Seen", view: "HomeView") -> None:
        """A reading that proves activity. Called thousands of times a day: mostly more movement in the same room."""
        reading = seen.reading
        if (
            self._plain
            and reading.room == self._room
            and 0 <= reading.at - self._last < BRIEF
            and not seen.entered
            and reading.quantity == "motion"
        ):
            self._last = reading.at
            return
        self._take(seen, reading, view)

    def take_temperature(self, reading: Reading) -> None:
        """A temperature, of whatever, as it came."""
        if reading.at >= self.start:
            self._warmth.take(reading, self._kind_of(reading.room), (reading.at - self.start) // HOUR)

    def _take(self, seen: "Seen", reading: Reading, view: "HomeView") -> None:
        at, last = reading.at, self._last
        if at < self.start:
            return
        self._look(view)
        kind = self._kind_of(reading.room)
        if seen.entered:
            self._visit(kind, at, view)
        if at < last:  # late: it came about before what is known
            if seen.up and at < self._first:
                self._first = at
            return
        self._note_last()
        door = reading.quantity == "contact" and seen.device.role in EXTERIOR_DOORS
        length = (reading.since if reading.since is not None and reading.flags & Flag.QUEUED else at) - last
        if last and length >= BRIEF:
            self._pause_ends(seen, view, length, door=door)
        if seen.may_be_up:
            self._note_use(seen.device, reading, view)
        if kind in self._of_the_day:
            self._evening(at)
        if kind != "bedroom":
            self._up_at_night(at, view)
        self._last, self._room, self._kind = at, reading.room, kind
        self._leaving = self._may_leave(at, kind, view, door=door)
        self._plain, self._broken = bool(self._first) and not self._leaving, False

    def use(self, home: Home) -> None:
        """Take up the home as it is registered now, and what is remembered of its rooms."""
        self._home, self._kinds = home, {}
        self._kind = self._kind_of(self._room)
        seen = {self._kind_of(one.room) for one in home.devices if not SEES.isdisjoint(one.quantities)}
        self._of_the_day = (_ROOMS_OF_THE_DAY & seen) or (seen - _ROOMS_OF_THE_NIGHT)

    def _look(self, view: "HomeView") -> None:
        if view.home.mode != "at home":
            self.leave_out(view.home.mode)
        if view.unhealthy is not self._unhealthy:
            self._unhealthy = view.unhealthy
            for device in view.home.devices if view.unhealthy else ():
                if device.address in view.unhealthy and not SEES.isdisjoint(device.quantities):
                    self._unseen |= 1 << _NUMBERS.get(self._kind_of(device.room), len(KINDS))

    def _kind_of(self, room: str | None) -> str:
        kind = self._kinds.get(room)
        if kind is None:
            kind = self._kinds[room] = "unknown" if self._home is None else self._home.room_kind(room)
        return kind

    def _visit(self, kind: str, at: Instant, view: "HomeView") -> None:
        number = _NUMBERS.get(kind)
        if number is None:
            return
        self._visits[number] = min(self._visits[number] + 1, MOST_VISITS)
        if kind == "bathroom" and view.is_night(at):
            if at < self.start + DAY // 2:
                self._night += 1
            else:
                self._next_night += 1

    def _note_last(self) -> None:
        """Where the last activity was, which `take` leaves out."""
        if self._last and self._kind in self._of_the_day:
            self._about = self._last
        if self._last and self._kind != "bedroom":
            self._out_of_bedroom = self._last

    def _note_use(self, device: Device, reading: Reading, view: "HomeView") -> None:
        """The first activity and the first use of the kitchen; where a firing alone is weak evidence, of two."""
        if not self._kettle and device.role in _KITCHEN_APPLIANCES and reading.quantity != "motion":
            self._kettle = reading.at
        if self._first:
            return
        if reading.quantity not in ("motion", "presence") or not view.lone_is_weak():
            self._first = reading.at
        elif self._sign and reading.at - self._sign <= _CONFIRMED_WITHIN:
            self._first = self._sign
        else:
            self._sign = reading.at

    def _evening(self, at: Instant) -> None:
        """The evening ended with the activity before the longest pause of the rooms of the day."""
        if self._about >= self.start + _EVENING and at - self._about > self._pause:
            self._pause, self._bed = at - self._about, self._about

    def _up_at_night(self, at: Instant, view: "HomeView") -> None:
        if at - self._out_of_bedroom >= _TIMES_UP_APART and at >= view.today(_TIMES_UP_FROM):
            self._times_up += 1
        self._out_of_bedroom = at

    def _may_leave(self, at: Instant, kind: str, view: "HomeView", *, door: bool) -> bool:
        """Whether this may have been somebody going out with nobody left behind; as HomeView sees it."""
        if not (door or kind in _AT_AN_EXIT) or view.resting_since() is not None:
            return False
        if door:
            return not view.arrived
        if self._leaving and view.door_at is not None and at <= view.door_at + AT_THE_DOOR:
            return True
        return kind == "entrance" and not view.watches_doors()

    # ---------------------------------------------------------------- pauses

    def _pause_ends(self, seen: "Seen", view: "HomeView", length: int, *, door: bool) -> None:
        """Nothing was seen for `length`: they were out, asleep or quiet at home, or nothing could be seen."""
        reading, last = seen.reading, self._last
        rested = reading.quantity in _PLACES and reading.value is False
        if self._was_out(reading, view, length, door=door, rested=rested):
            self._out += reading.at - max(last, self.start)
            if last < self.start:
                self.leave_out("out when it began")
            if self._out > TOO_LONG:
                self.leave_out("out for more than twelve hours")
            self._about = self._out_of_bedroom = reading.at
            return
        if length > TOO_LONG:
            self.leave_out("no sign for more than twelve hours")
        longest = LONGEST if view.watches_doors() else LONGEST_UNTOLD
        if length > longest or last < self.start or self._broken or door or (self._leaving and not rested):
            return
        blind = view.unhealthy and (
            seen.device.address in view.unhealthy or view.cannot_see(self._room, view.home.devices)
        )
        if not blind and not self._slept(view, last + length):
            hour = local_time(last, view.home.zone).hour
            self._quiet[hour] = max(self._quiet[hour], length // MINUTE)

    def _was_out(self, reading: Reading, view: "HomeView", length: int, *, door: bool, rested: bool) -> bool:
        if door:
            return view.arrived and reading.value is True
        if not self._leaving or rested:
            return False
        return length >= (EXIT_BY_NIGHT if view.is_night(self._last) else EXIT_BY_DAY)

    def _slept(self, view: "HomeView", until: Instant) -> bool:
        """Whether the quiet from the last activity `until` then was the night's sleep."""
        if view.is_night(self._last) or (self._kind == "bedroom" and self._last >= self.start + _LATE):
            return True
        begins = parse_window(view.night_hours).start
        night = view.today(begins) + (DAY if begins < time(12) else 0)
        return until > night + _INTO_THE_NIGHT

    # ---------------------------------------------------------------- the day is over

    def over(self, day: date) -> Day | None:
        """The day `day` as it was; None when it is left out."""
        lived = self.lived(day)
        return lived if self.left_out is None else None

    def lived(self, day: date) -> Day:
        """The day `day` as far as it was seen, whether it teaches anything or not: `left_out` says that."""
        zone = None if self._home is None else self._home.zone
        end = self.start + DAY if zone is None else at_local(day + timedelta(days=1), time(5), zone)
        self._note_last()
        self._evening(end)
        still = end - self._last if self._last else 0
        out = self._out
        if self._leaving and still >= EXIT_BY_DAY:
            self.leave_out("out when it ended")
            out += end - max(self._last, self.start)
        if still > TOO_LONG:
            self.leave_out("no sign for more than twelve hours")
        if not self._first:
            self.leave_out("nobody was seen up")
        first, bed, kettle = (self._wall(at, day) for at in (self._first, self._bed, self._kettle))
        bathroom = not self._unseen >> _NUMBERS["bathroom"] & 1
        return Day(
            day.toordinal(),
            first,
            bed,
            kettle,
            out // MINUTE,
            self._warmth.mean(),
            self._warmth.warm_hours(),
            self._night if bathroom else None,
            self._times_up,
            tuple(None if self._unseen >> number & 1 else count for number, count in enumerate(self._visits)),
            tuple(self._quiet),
        )

    def _wall(self, at: Instant, day: date) -> int | None:
        """Minutes after the midnight with which the day began, by the clock on the wall."""
        if not at:
            return None
        if self._home is None:
            return _BEGINS + (at - self.start) // MINUTE
        wall = local_time(at, self._home.zone)
        return wall.hour * 60 + wall.minute + (local_date(at, self._home.zone) - day).days * 24 * 60

    # ---------------------------------------------------------------- remembering

    def to_state(self) -> Sequence[Any]:
        """JSON values, for the hot state: at most 250 bytes, about 130 compressed."""
        since = [(getattr(self, name) - self.start) // SECOND if getattr(self, name) else None for name in _NOW]
        sums = [getattr(self, name) // SECOND for name in _SUMS]
        counts = [self._night, self._next_night, self._times_up, self._unseen, int(self._leaving), int(self._broken)]
        quiet = self._quiet if any(self._quiet) else []
        warmth = self._warmth.to_state()
        return [self.start, self.left_out, self._room, since, sums, counts, self._visits, quiet, warmth]

    def from_state(self, state: Sequence[Any]) -> None:
        """What `to_state` gave; from anything else the day is one whose beginning was not seen."""
        self._forget()
        try:
            self.start, self.left_out, self._room, since, sums, counts, visits, quiet, warmth = state
            for name, seconds in zip(_NOW, since, strict=True):
                setattr(self, name, 0 if seconds is None else self.start + seconds * SECOND)
            for name, seconds in zip(_SUMS, sums, strict=True):
                setattr(self, name, seconds * SECOND)
            self._night, self._next_night, self._times_up, self._unseen, leaving, broken = counts
            self._visits, self._leaving, self._broken = list(visits), bool(leaving), bool(broken)
            self._quiet = list(quiet) or self._quiet
            self._warmth.from_state(warmth)
        except (TypeError, ValueError, IndexError):
            self._forget()
