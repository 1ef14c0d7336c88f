"""What is known about one home at a moment, worked out once per reading and shared by all its rules.

Everything here is a function of the readings seen so far and the time asked about; it serialises to a small JSON.
"""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from devices.instant import HOUR, Instant
from devices.measurement import Value
from gateway.localtime import at_local, local_date, local_time
from gateway.model import EXTERIOR_DOORS, PENDANTS, Device, Flag, Home, Reading
from gateway.watch.daily import Ended
from gateway.watch.episodes import Company, Visits
from gateway.watch.equipment import LEVELS, NOT_LIVE, SEES, DeviceView
from gateway.watch.routine.movement import Movement
from gateway.watch.routine.routine import Routine
from gateway.watch.routine.today import Today
from gateway.watch.usage import APPLIANCES, as_usage, by_itself, value_name
from gateway.watch.whereabouts import MISFIRES, NIGHT, Whereabouts

DAY_STARTS = time(5, 0)
"""Signs of being up count from here on; a visit to the bathroom at 3 is still the night."""
EARLY_UNTIL = time(7, 0)
"""Until then, as long as the resident's own mornings are not known, a visit to the bathroom is not yet being up."""
_EARLIEST, _LATEST = time(5, 30), time(8, 0)
"""Between these the own mornings may move it."""
_ON_THE_WAY = frozenset({"bathroom", "hall", "entrance", "other", "unknown"})
"""Kinds of rooms that people pass in the night and go back to bed from."""
HELD_AT_MOST = 2 * HOUR
"""A presence sensor that stays true longer may be stuck: from then on it proves nothing."""

ON_CHANGE = frozenset({"contact", "usage", "bed", "chair", "presence"})
"""Quantities of which any change proves activity."""
_OCCUPANCY = ("presence", "bed", "chair")
ACTIVITY = ON_CHANGE | {"motion", "button"}
"""Quantities that prove that a person is active."""


class Seen(NamedTuple):
    """A reading, with what it changed. `device` is the registered one; `before` the value known until now, or None."""

    reading: Reading
    device: Device
    before: Value | None
    live: bool
    """False for retained, replayed and duplicate readings: they seed state and are no event."""
    active: bool
    """Proves that a person was active at `reading.at`."""
    up: bool
    """Proves that somebody is up: activity outside the bedroom, in the day that began at 05:00."""
    may_be_up: bool = False
    """The same, or it would with another beside it: see `Whereabouts.lone_since`."""
    entered: bool = False
    """A visit to `reading.room` begins with it: nothing was active there for five minutes."""


@dataclass(slots=True)
class HomeView(Whereabouts):
    """State of one home: its equipment, who is where, the visits of the day, and what its days have taught."""

    visits: Visits = field(default_factory=Visits)
    company: Company = field(default_factory=Company)
    today_so_far: Today = field(default_factory=Today)
    movement: Movement = field(default_factory=Movement)
    ended: list[Ended] = field(default_factory=list)
    """Days that are over, until they are told."""
    routine: Routine = field(default_factory=Routine)
    quiet_told: Instant | None = None
    """The last activity before a quiet that a rule has raised already: no other rule raises the same."""
    date: date = date.min
    """The local date on which the present day began."""
    day_start: Instant = 0
    day_end: Instant = 0
    up_at: Instant | None = None
    early_until: Instant = 0
    """Until then a visit to the bathroom or the hall is not yet being up."""
    days_closed: int = 0
    """Days that the routine has learned from since the start of this process."""
    urgent: list[list[Any]] = field(default_factory=list)
    """Priority 1 concerns of the last hours: [at, label], so that a second names the first."""
    _kinds: dict[str, str] = field(default_factory=dict)
    _up_in: dict[str | None, bool] = field(default_factory=dict)
    """Rooms in which movement means being up, as far as that was asked."""
    _moments: dict[time, Instant] = field(default_factory=dict)
    """Clock times of the present day."""
    _judged: frozenset[str] | None = None
    """Who was unhealthy when it was last worked out whether movement can be seen; None where it must be."""
    _occupied: dict[str, list[tuple[str, Instant]]] | None = None
    """Devices that report presence, a bed or a chair as occupied, and since when; None where it must be looked up."""

    def use(self, home: Home) -> None:
        """Take up the home as it is registered now."""
        Whereabouts.use(self, home)
        self._up_in.clear()
        self._kinds.clear()
        self._moments.clear()
        self._occupied = self._judged = None
        self.today_so_far.use(home)
        if home.mode != "at home":
            self.today_so_far.leave_out(home.mode)

    def recall(self, devices: dict[str, DeviceView]) -> None:
        """What is known of each device, in place of what was."""
        self.devices = devices
        self._occupied = None

    # ---------------------------------------------------------------- taking in a reading

    def observe(self, reading: Reading, device: Device) -> Seen:
        """Take in a reading of a registered device."""
        live = reading.flags == 0 or not reading.flags & NOT_LIVE
        view = self.devices.get(device.address)
        if view is None:
            view = self.devices[device.address] = DeviceView()
        self.hear(view, reading, live=live)
        if reading.quantity == "temperature" and live:
            self.today_so_far.take_temperature(reading)
        quantity, value = as_usage(reading, device)
        if not isinstance(value, bool) and quantity != "button":
            if quantity in LEVELS:
                view.levels[quantity] = float(value)
            return Seen(reading, device, None, live, active=False, up=False)
        itself = quantity == "usage" and device.role in APPLIANCES and by_itself(view, reading, device, value)
        before = self._remember(view, reading, device, quantity, value, live=live)
        if quantity == "contact" and live and before is not value and self.toggled(view, reading.at):
            self.stuck |= {device.address}
            self.unhealthy |= {device.address}
        active = (
            live
            and not itself
            and device.address not in self.stuck
            and self._is_activity(view, device, reading, quantity, value, before)
        )
        if active:
            active = self._moved(reading, device)
        if not active:
            return Seen(reading, device, before, live, active=False, up=False)
        may_be_up = self._may_be_up(reading, device)
        up = may_be_up and self._is_up(reading)
        entered = reading.room is not None and self._enters(reading.room, reading.at)
        seen = Seen(reading, device, before, live, active, up, may_be_up, entered)
        if not self.movement.since <= reading.at < self.movement.until:
            self.movement.moved(reading.at)
        self.today_so_far.take(seen, self)
        return seen

    def _remember(
        self, view: DeviceView, reading: Reading, device: Device, quantity: str, value: Value, *, live: bool
    ) -> Value | None:
        if not isinstance(value, bool) or (reading.flags != 0 and reading.flags & Flag.DUPLICATE):
            return None
        name = value_name(device, reading, quantity)
        known = view.values.get(name)
        if value and reading.flags != 0 and reading.flags & Flag.MOMENTARY:
            if known is not None and known[0]:
                view.values[name], self._occupied = [False, reading.at], None
            return None  # nobody will say that it is over, so it is not held
        if known is not None and reading.at < known[1]:
            return value  # older than what we know: no change, though a late movement still counts as one
        if known is None or known[0] is not value:
            view.values[name] = [value, reading.at]
            if name.endswith(_OCCUPANCY):
                self._occupied = None
        if live and not value and name not in view.clears:
            view.clears.append(name)
        return None if known is None else known[0]

    def _is_activity(
        self, view: DeviceView, device: Device, reading: Reading, quantity: str, value: Value, before: Value | None
    ) -> bool:
        if quantity == "button":
            return device.role not in PENDANTS  # a call is an alert of its own, and says nothing about moving
        if quantity == "motion":
            never_clears = value_name(device, reading, quantity) not in view.clears
            return value is True and (before is not True or never_clears or bool(reading.flags & Flag.LATE))
        if value is True and reading.flags != 0 and reading.flags & Flag.MOMENTARY:
            return quantity in ON_CHANGE
        if quantity == "presence" and value is False:
            return False  # it clears some time after the last that it saw
        if before is None:
            return self.trusting and value is True and quantity in ON_CHANGE  # a recording notes changes only
        return quantity in ON_CHANGE and before is not value

    def _enters(self, room: str, at: Instant) -> bool:
        self.company.take(room, self._kind(room), at)
        return self.visits.take(room, at)

    def _may_be_up(self, reading: Reading, device: Device) -> bool:
        if device.role == "bed" or not self._shows_up(reading.room):
            return False
        self.turn_day(reading.at)
        if reading.at < self.day_start:
            return False
        early = self.up_at is None and reading.at < self.early_until
        return not (early and self._is_on_the_way(reading, device))

    def _is_up(self, reading: Reading) -> bool:
        if self.up_at is None:
            if self.lone_since is not None and reading.quantity in MISFIRES:
                return False  # after a quiet night one firing may be false; the next one tells
            self.up_at = reading.at
        return True

    def _is_on_the_way(self, reading: Reading, device: Device) -> bool:
        """Whether people do this who then go back to bed."""
        return self._kind(reading.room or "") in _ON_THE_WAY and device.role not in EXTERIOR_DOORS

    def _kind(self, room: str) -> str:
        if room not in self._kinds:
            self._kinds[room] = self.home.room_kind(room)
        return self._kinds[room]

    def _shows_up(self, room: str | None) -> bool:
        if room not in self._up_in:
            self._up_in[room] = shows_up(self.home, room)
        return self._up_in[room]

    # ---------------------------------------------------------------- days

    def today(self, wall: time) -> Instant:
        """The instant at which the clock shows `wall` on the calendar day in which the present day began."""
        if wall not in self._moments:
            self._moments[wall] = at_local(self.date, wall, self.home.zone)
        return self._moments[wall]

    def wall_of(self, moment: Instant) -> time:
        """The clock on the wall."""
        return local_time(moment, self.home.zone)

    def hour_of(self, moment: Instant) -> int:
        """The hour that the clock on the wall shows."""
        return self.wall_of(moment).hour

    def turn_day(self, moment: Instant) -> None:
        """Make day_start..day_end, 05:00 to 05:00 local, the day of `moment`, unless it is an earlier one."""
        if moment < self.day_end:
            return
        zone = self.home.zone
        if self.day_end:
            if self.home.hubs and all(self.hub_is_silent(hub.name, moment) for hub in self.home.hubs):
                self.today_so_far.leave_out("not heard")
            lived, left_out = self.routine.close(self.today_so_far, self.date)
            self.ended.append(Ended(self.date, self.day_end, lived, left_out, self.movement.over(self.day_end)))
            self.days_closed += 1
        day = local_date(moment, zone)
        start = at_local(day, DAY_STARTS, zone)
        if moment < start:
            day -= timedelta(days=1)
            start = at_local(day, DAY_STARTS, zone)
        self.date = day
        self.day_start, self.day_end = start, at_local(day + timedelta(days=1), DAY_STARTS, zone)
        self.up_at = None
        self.today_so_far.begin(start)
        self.movement.begin(start)
        if self.home.mode != "at home":
            self.today_so_far.leave_out(self.home.mode)
        self.night_hours = self.routine.night(day) or NIGHT
        self._moments.clear()
        usual = self.routine.first_activity(day)
        early = EARLY_UNTIL if usual is None else max(_EARLIEST, min(_LATEST, minutes_wall(usual.low)))
        self.early_until = self.today(early)

    def unheard(self, length: int) -> None:
        """A quiet with such a time in it is none that the day could teach, nor is a day with two hours of them."""
        self.today_so_far.unheard(length)

    def assess(self, moment: Instant) -> Instant:
        """Work out `unhealthy` as of `moment`, and whether movement can be seen; returns when it can next change."""
        next_look = Whereabouts.assess(self, moment)
        if self.unhealthy != self._judged:
            self._judged = self.unhealthy
            enough = self.sees_enough([one for one in self.home.devices if tells_of_activity(one)])
            last_words = [self.hub_silent_since(hub.name) or 0 for hub in self.home.hubs]
            deaf = last_words and len(self.silent_hubs) == len(last_words)
            self.movement.sees(moment, enough=enough, since=min(moment, max(last_words)) if deaf else moment)
        return next_look

    # ---------------------------------------------------------------- who is there

    def alone(self, moment: Instant) -> bool:
        """Whether one person is about, as far as can be told: one lives here, and nobody else was seen lately."""
        return self.home.occupants == 1 and moment >= self.company.until

    def occupied(self, moment: Instant) -> bool:
        """Whether a bed, a chair or a presence sensor says that somebody is there."""
        return self.held_until() > moment or self.resting_since() is not None

    def set_day(self, start: Instant, end: Instant, up_at: Instant | None) -> None:
        """Go on in a day that had begun: what `turn_day` works out, without closing one."""
        self.day_end = 0
        self.turn_day(start)
        self.day_end, self.up_at = end, up_at

    def held_until(self) -> Instant:
        """Until when a presence sensor that is still true proves that somebody is there; 0 for none."""
        return max((at + HELD_AT_MOST for at in self._occupied_since("presence")), default=0)

    def present_since(self) -> Instant | None:
        """Since when a presence sensor that is heard has said that somebody is there, however long; None for none."""
        return max(self._occupied_since("presence", stuck=True), default=None)

    def resting_since(self, *quantities: str) -> Instant | None:
        """Since when a bed or chair (or one of these) has been occupied; None when none is."""
        return max(self._occupied_since(*(quantities or ("bed", "chair"))), default=None)

    def _occupied_since(self, *quantities: str, stuck: bool = False) -> list[Instant]:
        if self._occupied is None:
            self._occupied = {quantity: [] for quantity in _OCCUPANCY}
            for address, view in self.devices.items():
                for name, (value, at) in view.values.items():
                    for quantity in _OCCUPANCY:
                        if value and name.endswith(quantity):
                            self._occupied[quantity].append((address, at))
        return [
            at
            for quantity in quantities
            for address, at in self._occupied[quantity]
            if address not in self.unhealthy or (stuck and address in self.stuck)
        ]


def tells_of_activity(device: Device) -> bool:
    """Whether it is one of those by which a home is seen: whatever tells of activity, save what is worn."""
    return device.role not in PENDANTS and not ACTIVITY.isdisjoint(device.quantities)


def minutes_wall(minutes: float) -> time:
    """The time of day so many minutes after midnight; the last minute of the day at most."""
    whole = min(max(0, round(minutes)), 24 * 60 - 1)
    return time(whole // 60, whole % 60)


def shows_up(home: Home, room: str | None) -> bool:
    """Whether movement in this room means being up: not in the bedroom, unless the home has no other room seen."""
    return home.room_kind(room) != "bedroom" or not any(
        home.room_kind(device.room) != "bedroom" and not SEES.isdisjoint(device.quantities) for device in home.devices
    )
