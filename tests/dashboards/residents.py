"""Thirty simulated lives that come to the same present moment, with what a dashboard has to show in some of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from random import Random

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant, from_datetime
from devices.simulation.lives.days import Writer
from devices.simulation.lives.diary import Diary
from devices.simulation.lives.habits import KINDS, Habits, draw_habits
from devices.simulation.lives.life import Life
from devices.simulation.lives.sensing import Said
from gateway.model import HUB_DEVICE, Device, Home, Journaled, Reading, Rule
from tests.benchmarks.alerts.homes import Event, LivedHome, entry, lived

NOW: Instant = from_datetime(datetime(2026, 4, 14, 10, 7, 30, tzinfo=UTC))
"""A Tuesday: 11:07 in London, 03:07 in Los Angeles, 20:07 in Sydney. Clocks changed on 8 and 29 March and 5 April."""
SEED = 7
HOMES = 30
DAYS = 28
"""What the store holds of facts."""
LONG, SHORT = 58, 31
"""Days lived: in homes whose last four weeks can be set against those before, and in homes that came lately."""
PRESSED_NOW = {0: 65 * SECOND, 5: 12 * MINUTE, 18: 40 * MINUTE}
"""Homes where a pendant was pressed so long ago and the alert is not closed yet."""
UNANSWERED = 0
"""Where nobody has accepted it either."""

AREAS = ("Elm Court", "Oakfield", "Quay (east)")
SMALL_AREA = AREAS[2]
_OF_AREAS = (13, 13, 4)

OFFLINE, BLIND, COLD, STUCK, TIRING, FADING = 3, 8, 10, 6, (1, 14), 2
"""Homes: the hub is away; no sensor of movement is heard; the heating is low; a sensor sees movement without an end;
needs grow; a battery is nearly empty."""
SILENT = {4: 1, 12: 2, 21: 1}
"""Sensors that have not been heard for days, by home."""
NEVER_HEARD = 16
"""A home in which a device is registered that was never heard."""
CARED_FOR = (4, 5, 7, 10, 11, 23)
"""Homes that carers come to at planned times."""
OF_RADIO = (5, 9)
"""Homes whose devices tell the strength of their signal too."""
OFFLINE_SINCE, BLIND_SINCE, SILENT_SINCE, STUCK_SINCE = NOW - 150 * MINUTE, NOW - 4 * DAY, NOW - 5 * DAY, NOW - 5 * HOUR
_BATTERY_EVERY = 8 * HOUR
_COLDER_BY = 4.5


def area_of(number: int) -> str:
    """Where the home of this number lies."""
    first, second, _ = _OF_AREAS
    return AREAS[0] if number < first else AREAS[1] if number < first + second else AREAS[2]


def days_of(number: int) -> int:
    """How long that home has been watched."""
    return LONG if number % 3 == 0 or number in TIRING or area_of(number) == SMALL_AREA else SHORT


@dataclass(frozen=True)
class Resident(Life):
    """Ends after NOW. `tires`: from four weeks ago on they are up at night more often and later up in the morning."""

    tires: bool = False

    @property
    def reference(self) -> str:
        return f"ELM-{self.number:02d}"

    @cached_property
    def first(self) -> date:
        return date(2026, 4, 15) - timedelta(days=self.days)

    @cached_property
    def habits(self) -> Habits:
        kind = KINDS[self.number % len(KINDS)]
        return draw_habits(self._random("habits"), "cared for" if self.number in CARED_FOR else kind)

    @property
    def turned(self) -> Instant:
        """When their needs began to grow."""
        return self.end - (DAYS + 1) * DAY

    @cached_property
    def said(self) -> list[Said]:
        before = Life.said.func(self)  # type: ignore[attr-defined]
        if not self.tires:
            return list(before)
        later = _Tired(self.number, self.days, self.seed)
        return [one for one in before if one.at < self.turned] + [one for one in later.said if one.at >= self.turned]


@dataclass(frozen=True)
class _Tired(Resident):
    """The same dwelling, and other habits."""

    @cached_property
    def diary(self) -> Diary:
        habits = replace(self.habits, night_visits=self.habits.night_visits + 2.6, wakes=self.habits.wakes + 70,
                         lie_in=0.0)  # fmt: skip
        return Writer(self._random("days"), habits, self.dwelling, self.holidays).write(self.first, self.days)


@dataclass(slots=True)
class Resided:
    """A home of the town: registered so, with everything that the gateway heard of it until NOW."""

    number: int
    life: Resident
    home: Home
    events: list[Event]
    battery: dict[str, tuple[float, float]]
    """By device: per cent when the life began, and per cent lost in a day."""

    @property
    def reference(self) -> str:
        return self.home.reference

    def readings(self, since: Instant = 0) -> Iterator[Reading]:
        """Those that happened since then."""
        return (what.reading for at, what in self.events if at >= since and isinstance(what, Journaled))

    def battery_at(self, device: str, at: Instant) -> float:
        """What the device says of its battery."""
        full, a_day = self.battery[device]
        return round(max(1.0, full - a_day * (at - self.life.start) / DAY), 1)


def resided(number: int) -> Resided:
    """The home of this number and its life up to NOW."""
    random = Random(f"{SEED}:{number}:town")  # noqa: S311 - a story, not a secret
    life = Resident(number, days_of(number), SEED, tires=number in TIRING)
    known = lived(life)
    home = _registered(known, number)
    battery = {one.address: (random.uniform(70, 100), random.uniform(0.05, 0.3)) for one in home.devices}
    if number == FADING:
        battery[home.devices[0].address] = (12.5 + 1.5 * (NOW - life.start) / DAY, 1.5)  # 12.5 % at NOW
    found = Resided(number, life, home, [], battery)
    events = [event for event in known.events if event[0] <= NOW and not _lost(event, found)]
    events += [(at, one) for at, one in _more(known, found, random) if at <= NOW]
    if number == COLD:
        events = [_colder(event) for event in events]
    found.events = [
        (at, replace(home, mode=what.mode) if isinstance(what, Home) else what)
        for at, what in sorted(events, key=lambda event: event[0])
    ]
    return found


def _registered(known: LivedHome, number: int) -> Home:
    home, carers = known.home, known.life.habits.carer_at
    more = ("battery", "rssi") if number in OF_RADIO else ("battery",)
    devices = [replace(one, model=f"Model {place % 4 + 1}", quantities=(*one.quantities, *more))
               for place, one in enumerate(home.devices)]  # fmt: skip
    if number == NEVER_HEARD:
        devices.append(Device(home.hubs[0].name, "spare", "hall", None, None, "Model 1", ("motion",), NOW - DAY))
    visits = tuple(f"{int(at) // 60:02d}:{int(at) % 60 // 15 * 15:02d}" for at in carers)
    rules = (Rule("carer_visit", {"visits": visits}),) if visits else ()
    return replace(home, area=area_of(number), devices=tuple(devices), tested_at=known.life.start,
                   pack="living-alone", rules=rules)  # fmt: skip


def silent_devices(home: Home, number: int) -> set[str]:
    """Addresses of those that have not been heard for days."""
    sensors = [one.address for one in home.devices if one.room is not None and one.address != "spare"]
    if number == BLIND:
        return {one.address for one in home.devices if one.room is not None}
    return set(sensors[-SILENT.get(number, 0) :]) if number in SILENT else set()


def _lost(event: Event, found: Resided) -> bool:
    """Whether the gateway never hears it, for what is wrong with that home at NOW."""
    at, what = event
    if isinstance(what, Home):
        return False
    if found.number == OFFLINE and at >= OFFLINE_SINCE:
        return True
    since = BLIND_SINCE if found.number == BLIND else SILENT_SINCE
    if at >= since and what.reading.device in silent_devices(found.home, found.number):
        return True
    stuck = found.number == STUCK and at >= STUCK_SINCE and what.reading.quantity == "motion"
    return stuck and what.reading.device == _stuck(found.home)


def _stuck(home: Home) -> str:
    return next(one.address for one in home.devices if "motion" in one.quantities)


def _more(known: LivedHome, found: Resided, random: Random) -> Iterator[Event]:
    """Batteries, presses of the pendant, and what goes wrong."""
    dwelling, home, number = known.life.dwelling, found.home, found.number
    said = [*_of_equipment(found, random), *_pressed(number, random)]
    if number == STUCK:
        said.append(Said(STUCK_SINCE, _stuck(home), "motion", True))
    for one in said:
        event = one.at, entry(one, home, dwelling)
        if one.at == STUCK_SINCE or not _lost(event, found):
            yield event
    if number == OFFLINE:
        at, hub = OFFLINE_SINCE + 2 * MINUTE, home.hubs[0].name
        yield at, Journaled(0, Reading(home.reference, hub, HUB_DEVICE, None, None, "online", False, at, at))


def _of_equipment(found: Resided, random: Random) -> Iterator[Said]:
    for device in found.home.devices:
        if device.address == "spare":
            continue
        for at in range(found.life.start + random.randint(0, 240) * MINUTE, NOW, _BATTERY_EVERY):
            yield Said(at, device.address, "battery", found.battery_at(device.address, at), False)
            if found.number in OF_RADIO:
                yield Said(at, device.address, "rssi", float(random.randint(-95, -40)), False)
            if found.number in OF_RADIO and "temperature" in device.quantities:
                yield Said(at + MINUTE, device.address, "temperature", 20.5, False)
                yield Said(at + 2 * MINUTE, device.address, "temperature", 19.5, False)


def _pressed(number: int, random: Random) -> Iterator[Said]:
    for _ in range(random.choice((2, 4, 7))):
        yield Said(random.randint(NOW - (DAYS - 1) * DAY, NOW - 6 * HOUR), "pendant", "button", "press")
    if number in PRESSED_NOW:
        yield Said(NOW - PRESSED_NOW[number], "pendant", "button", "press")


def _colder(event: Event) -> Event:
    at, what = event
    if isinstance(what, Home) or what.reading.quantity != "temperature":
        return event
    value = round(float(what.reading.value) - _COLDER_BY, 1)
    return at, Journaled(0, replace(what.reading, value=value))
