"""Four weeks of thirty homes as points of the store, made as the gateway makes them, and what is known of them."""

import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from operator import attrgetter
from random import Random
from typing import NamedTuple

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant
from devices.measurement import Value
from gateway.alerts import facts
from gateway.alerts.alert import Alert
from gateway.alerts.homestate import Seen, home_state
from gateway.model import Fact, Home, Point, RuleState, RuleStatus, Verdict
from gateway.recorder.lines import line
from gateway.recorder.points import fact_point, is_recorded, point
from gateway.watch.home import HomeWatch
from tests.dashboards import works
from tests.dashboards.desk import HomeDesk, Told
from tests.dashboards.residents import BLIND, DAYS, HOMES, NOW, PRESSED_NOW, SEED, UNANSWERED, Resided, resided

FACTS_SINCE = NOW - DAYS * DAY
READINGS_SINCE = NOW - 8 * DAY
WHOLE = (5, 9)
"""Homes of which the store has the readings of all four weeks."""
RESTATED_SINCE = NOW - 2 * HOUR
_RESTATED_BEFORE = HOUR
"""What the gateway restates each minute is here each minute in the last two hours, and once an hour before."""


class Heard(NamedTuple):
    """One recorded reading."""

    quantity: str
    device: str
    room: str | None
    role: str | None
    value: Value
    at: Instant

    @property
    def number(self) -> float:
        """Its field `value`."""
        return 1.0 if isinstance(self.value, str) else float(self.value)


@dataclass(slots=True)
class Lived:
    """All that is known of one home, and the lines that it left in the store."""

    number: int
    home: Home
    heard: list[Heard]
    battery: Mapping[str, tuple[float, float]]
    """By device: per cent when its life began, and per cent lost in a day."""
    begun: Instant
    statuses: list[RuleStatus]
    told: list[Told]
    facts: list[Fact]
    lines: bytes

    @property
    def reference(self) -> str:
        return self.home.reference

    @property
    def area(self) -> str:
        return self.home.area or ""

    def state_at(self, moment: Instant) -> dict[str, RuleStatus]:
        """By rule: its state at a moment."""
        return {one.rule: one for one in self.statuses if one.since <= moment and one.state is not RuleState.OFF}

    def alerts_at(self, moment: Instant) -> list[Alert]:
        """Alerts open at a moment, as they were."""
        latest = {alert.id: alert for _, _, alert in self.told[: bisect_right(self.told, moment, key=attrgetter("at"))]}
        return [alert for alert in latest.values() if alert.closed_at is None]

    def last_heard(self, device: str, quantity: str | None = None) -> Heard | None:
        """The latest reading of a device, of one quantity or any."""
        fitting = (one for one in self.heard if one.device == device and quantity in (None, one.quantity))
        return max(fitting, key=attrgetter("at"), default=None)


def live(number: int) -> Lived:
    """Let one home live, and the gateway watch it."""
    found = resided(number)
    watch, concluded = _watched(found)
    pressed_at = NOW - PRESSED_NOW.get(number, -1)
    desk = HomeDesk(found.reference, found.home.area or "", number * 1_000 + 1,
                    Random(f"{SEED}:{number}:desk"), NOW,  # noqa: S311 - a story, not a secret
                    stays=lambda rule, at: rule == "pendant" and at >= pressed_at, waits=_waits(number))  # fmt: skip
    desk.live(concluded)
    since = FACTS_SINCE if number in WHOLE else READINGS_SINCE
    points = [point(one) for one in found.readings(since) if is_recorded(one)]
    heard = [
        Heard(one.quantity, made.tags["device"], one.room, one.role, one.value, one.at)
        for one, made in zip((one for one in found.readings(since) if is_recorded(one)), points, strict=True)
    ]
    result = Lived(number, found.home, heard, found.battery, found.life.start, watch.statuses, desk.told, [], b"")
    result.facts = [one for one in watch.facts if FACTS_SINCE < one.at <= NOW] + list(_told(result))
    lines = [line(one) for one in points] + [line(fact_point(one)) for one in result.facts]
    result.lines = "\n".join(lines).encode()
    return result


def _waits(number: int) -> Callable[[str, Instant], bool]:
    """What nobody has accepted: a pendant of a moment ago, and silent sensors of a home in which something else is."""
    if number == UNANSWERED:
        return lambda rule, at: rule == "pendant" and at >= NOW - PRESSED_NOW[number]
    return lambda rule, at: number == BLIND and rule == "sensor_silent" and at > NOW - 40 * HOUR


def _watched(found: Resided) -> tuple[HomeWatch, list[tuple[Instant, Verdict]]]:
    """The home's rules after all of it, and what they concluded, with the moment."""
    watch, concluded, before = HomeWatch(found.home, found.life.start, for_dashboards=True), [], found.life.start
    for at, what in [*found.events, (NOW, None)]:
        known = len(watch.verdicts)
        if what is None:
            watch.advance(NOW)
        elif isinstance(what, Home):
            watch.advance(at)
            watch.update(what, at)
        else:
            watch.take(what)
        concluded += [(max(one.at, before), one) for one in watch.verdicts[known:]]
        before = at
    return watch, concluded


def _told(lived: Lived) -> Iterator[Fact]:
    """What alerts and rules tell the dashboards of a home."""
    area = lived.home.area
    for at, event, alert in lived.told:
        if at > FACTS_SINCE:
            yield facts.transition(alert, event, area, at)
    for status in lived.statuses:
        if FACTS_SINCE < status.since <= NOW:
            yield facts.rule_state(status, area, status.since)
    for at in restatements():
        alerts, statuses = lived.alerts_at(at), list(lived.state_at(at).values())
        yield from (facts.still_open(alert, area, at) for alert in alerts)
        hubs = [hub.name for hub in lived.home.hubs]
        yield home_state(Seen(lived.reference, area, consents=True, alerts=alerts, hubs=hubs), statuses, at)
        if at >= RESTATED_SINCE:
            yield from (facts.rule_state(status, area, at) for status in statuses)


def restatements() -> Iterator[Instant]:
    """Moments at which the gateway says anew how all is; the last one is half a minute ago."""
    yield from range(FACTS_SINCE + 30 * MINUTE, RESTATED_SINCE, _RESTATED_BEFORE)
    yield from range(RESTATED_SINCE + 30 * SECOND, NOW, MINUTE)


@dataclass(slots=True)
class Town:
    """Everything that the store holds, and what it follows from."""

    homes: list[Lived]
    of_gateway: list[Point]
    """What concerns no home: health, unregistered devices, messages."""
    now: Instant = NOW
    _by_measurement: dict[str, list[Fact]] = field(default_factory=dict)

    def home(self, reference: str) -> Lived:
        """By its reference."""
        return next(one for one in self.homes if one.reference == reference)

    def facts(self, measurement: str, since: Instant = 0, until: Instant = NOW, **tags: str) -> list[Fact]:
        """Facts of a measurement after `since`, up to `until`, with such tags (`home` among them), in order of time."""
        if not self._by_measurement:
            sorted_in = defaultdict(list)
            for one in self.homes:
                for fact in one.facts:
                    sorted_in[fact.measurement].append(fact)
            for found in sorted_in.values():
                found.sort(key=attrgetter("at"))
            self._by_measurement.update(sorted_in)
        return [
            one
            for one in self._by_measurement.get(measurement, ())
            if since <= one.at <= until
            and all((one.home if name == "home" else one.tags.get(name)) == text for name, text in tags.items())
        ]

    def latest(self, measurement: str, *by: str, **tags: str) -> dict[tuple[str, ...], Fact]:
        """The latest fact of each combination of these tags (`home` among them)."""
        return {
            tuple(one.home if name == "home" else one.tags.get(name, "") for name in by): one
            for one in self.facts(measurement, **tags)
        }

    def told(self, event: str, since: Instant = FACTS_SINCE) -> list[Told]:
        """Everything of that kind that happened to alerts, in order of time."""
        found = [one for lived in self.homes for one in lived.told if one.event == event and since <= one.at <= NOW]
        return sorted(found, key=attrgetter("at"))

    def open_alerts(self) -> list[Alert]:
        """Open when the gateway last said so."""
        last = max(restatements())
        return [alert for lived in self.homes for alert in lived.alerts_at(last)]

    def points(self, measurement: str) -> list[Point]:
        """Of the gateway."""
        return [one for one in self.of_gateway if one.measurement == measurement]

    def lines(self) -> Iterator[bytes]:
        """All of it in line protocol, in parts."""
        yield from (one.lines for one in self.homes)
        yield "\n".join(line(one) for one in self.of_gateway).encode()


def build(numbers: Iterable[int] = range(HOMES)) -> Town:
    """The whole town; homes live beside each other on the machine's cores."""
    wanted: Sequence[int] = list(numbers)
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1), mp_context=get_context("fork")) as pool:
        homes = list(pool.map(live, wanted))
    return Town(homes, works.points(one.home for one in homes))
