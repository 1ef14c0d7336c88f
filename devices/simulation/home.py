"""A simulated home: nine devices, a resident who lives plausible days, and the messages that come of it."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import date, time, timedelta
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from devices.instant import DAY, MINUTE, SECOND, Instant
from devices.simulation.day import BATHROOM, BEDROOM, HALL, KITCHEN, LIVING, DayPlan, local, plan_day
from devices.simulation.equipment import Equipment
from devices.simulation.publish import Published, SimulatedDevice
from devices.simulation.scenario import (
    BatteryFalls,
    DoorLeftOpen,
    HubSilent,
    MissedMorning,
    Override,
    PendantPress,
    Silent,
    SmokeAlarm,
)

ROOMS: tuple[tuple[str, str], ...] = (
    (HALL, "hall"),
    (KITCHEN, "kitchen"),
    (BATHROOM, "bathroom"),
    (BEDROOM, "bedroom"),
    (LIVING, "living"),
)
"""(name, kind) of every room of a simulated home."""

_CLEARS_AFTER = 90 * SECOND
"""When a PIR reports that movement has ceased, as Zigbee2MQTT's default for them is."""

Action = Callable[[Instant], None]


class SimulatedHome:
    """One home, its hub's name and its devices. Equal arguments give equal messages, to the byte."""

    def __init__(self, reference: str, hub: str, time_zone: str, *, seed: int = 0, area: str | None = None) -> None:
        self.reference = reference
        self.hub = hub
        self.time_zone = time_zone
        self.area = area
        self.rooms = ROOMS
        self.seed = f"{seed}:{reference}"
        self._zone = ZoneInfo(time_zone)
        self.devices: tuple[SimulatedDevice, ...] = Equipment(self.seed).devices

    def plan(self, day: date, overrides: Sequence[Override] = ()) -> DayPlan:
        """What the resident does on a local date."""
        late = [each.until for each in overrides if isinstance(each, MissedMorning) and each.date == day]
        return plan_day(self.seed, day, self._zone, in_bed_until=late[0] if late else None)

    def messages(
        self, first: date, last: date, overrides: Sequence[Override] = (), *, since: Instant | None = None
    ) -> Iterator[Published]:
        """Everything that the hub publishes from the start of `first` to the end of `last` (local dates), in order.

        It begins with the bridge's state and inventory and with every device's state. `since` begins the story then:
        what came before has happened, but is not published.
        """
        return _Story(self, overrides).tell(first, last, since)

    def instant(self, day: date, at: time) -> Instant:
        """The instant of the home's wall time."""
        return local(day, at, self._zone)


class _Story:
    """One telling: the equipment's state, and what is still to happen."""

    def __init__(self, home: SimulatedHome, overrides: Sequence[Override]) -> None:
        self._home = home
        self._overrides = overrides
        self._equipment = Equipment(home.seed)
        self._random = Random(f"{home.seed}:story")  # noqa: S311 - a story, not a secret
        self._queue: list[tuple[Instant, int, Action]] = []
        self._order = count()
        self._moved: dict[str, Instant] = {}
        self._held_open: Instant = 0
        self._silences = [
            (each.device if isinstance(each, Silent) else None, each.start, each.end)
            for each in overrides
            if isinstance(each, Silent | HubSilent)
        ]

    def tell(self, first: date, last: date, since: Instant | None) -> Iterator[Published]:
        day, begun = first, False
        start = self._home.instant(first, time())
        since = start if since is None else since
        self._schedule()
        self._check_ins(start, since)
        while day <= last:
            plan = self._home.plan(day, self._overrides)
            self._live(plan)
            while self._queue and self._queue[0][0] < plan.end:
                if not begun and self._queue[0][0] >= since:
                    begun = True
                    yield from self._publish(self._equipment.announce(since))
                at, _, action = heapq.heappop(self._queue)
                action(at)
                said = self._equipment.said()
                if begun:
                    yield from self._publish(said)
            day += timedelta(days=1)

    # ------------------------------------------------------------------------------------------- what happens

    def _at(self, at: Instant, action: Action) -> None:
        heapq.heappush(self._queue, (at, next(self._order), action))

    def _schedule(self) -> None:
        """The departures from an ordinary day."""
        for each in self._overrides:
            if isinstance(each, DoorLeftOpen):
                self._at(each.at, self._leave_open(each.at + each.minutes * MINUTE))
            elif isinstance(each, PendantPress):
                self._at(each.at, self._press(each.action))
            elif isinstance(each, SmokeAlarm):
                self._at(each.at, lambda now: self._equipment.smoke(now, present=True))
                self._at(each.at + each.minutes * MINUTE, lambda now: self._equipment.smoke(now, present=False))
            elif isinstance(each, BatteryFalls):
                self._at(each.at, self._battery(each.device, each.percent))

    def _check_ins(self, start: Instant, since: Instant) -> None:
        """Every device reports soon after the start, and then at its interval; and soon after `since`."""
        for device in self._home.devices:
            soon = self._random.randint(11, 60) * SECOND
            self._at(start + soon, self._check_in(device))
            if since > start:
                self._at(since + soon, self._report(device.name))

    def _live(self, plan: DayPlan) -> None:
        """The movements, doors and kettles of a day."""
        random = Random(f"{self._home.seed}:{plan.date}:moves")  # noqa: S311 - a story, not a secret
        before: str | None = BEDROOM
        for stay in plan.stays:
            if stay.room != before:
                self._at(stay.start, self._move(HALL))
            if stay.room is not None:
                moment = stay.start + random.randint(5, 25) * SECOND if stay.room != before else stay.start
                while moment < stay.end and not (stay.asleep and self._still(plan, moment)):
                    if not stay.asleep or moment != stay.start:
                        self._at(moment, self._move(stay.room))
                    moment += random.randint(45, 130) * MINUTE if stay.asleep else random.randint(40, 540) * SECOND
            before = stay.room
        for left, returned in plan.outings:
            for moment in (left + 20 * SECOND, returned - 15 * SECOND):
                self._at(moment, lambda now: self._door(now, is_open=True))
                self._at(moment + random.randint(5, 14) * SECOND, lambda now: self._door(now, is_open=False))
        for moment in plan.kettle:
            self._at(moment, lambda now: self._equipment.kettle(now, is_on=True))
            self._at(moment + random.randint(150, 210) * SECOND, lambda now: self._equipment.kettle(now, is_on=False))

    def _still(self, plan: DayPlan, moment: Instant) -> bool:
        """Whether nothing stirs at all: on a missed morning from 03:00 until getting up."""
        missed = any(isinstance(each, MissedMorning) and each.date == plan.date for each in self._overrides)
        return missed and plan.start + DAY // 8 <= moment < plan.got_up

    def _move(self, room: str) -> Action:
        def move(now: Instant) -> None:
            self._moved[room] = now
            self._equipment.motion(now, room, seen=True)
            self._at(now + _CLEARS_AFTER, clear)

        def clear(now: Instant) -> None:
            if now - self._moved[room] >= _CLEARS_AFTER:
                self._equipment.motion(now, room, seen=False)

        return move

    def _door(self, now: Instant, *, is_open: bool) -> None:
        if now >= self._held_open:
            self._equipment.door(now, is_open=is_open)

    def _leave_open(self, until: Instant) -> Action:
        def open_it(now: Instant) -> None:
            self._held_open = until
            self._move(HALL)(now)
            self._equipment.door(now, is_open=True)
            self._at(until, lambda later: self._door(later, is_open=False))
            self._at(until + 30 * SECOND, self._move(HALL))

        return open_it

    def _press(self, action: str) -> Action:
        return lambda now: self._equipment.press(now, action)

    def _battery(self, device: str, percent: float) -> Action:
        return lambda now: self._equipment.battery(now, device, percent)

    def _report(self, device: str) -> Action:
        return lambda now: self._equipment.report(now, device, self._random)

    def _check_in(self, device: SimulatedDevice) -> Action:
        def check_in(now: Instant) -> None:
            self._equipment.report(now, device.name, self._random)
            self._at(now + int(device.check_in_s * self._random.uniform(0.9, 1.0)) * SECOND, check_in)

        return check_in

    # ------------------------------------------------------------------------------------------- what is heard

    def _publish(self, said: Sequence[tuple[str | None, Published]]) -> Iterator[Published]:
        """What is said by devices that are not silent just then."""
        for device, published in said:
            if not any(
                name in (None, device)
                and (start is None or start <= published.at)
                and (end is None or published.at < end)
                for name, start, end in self._silences
            ):
                yield published
