"""A day by room: when there was movement, when it was quiet, and when nothing could be seen. Pure.

From what the time-series store holds of the day: readings that tell of activity, and how each device was, hour by hour.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import zip_longest
from typing import Literal
from zoneinfo import ZoneInfo

from devices.instant import MINUTE, SECOND, Instant
from gateway.localtime import at_local, local_time
from gateway.model import PENDANTS, Point
from gateway.recorder.schema import DEVICE, REPLAYED, ROLE, ROOM, VALUE
from gateway.watch.view import ACTIVITY, HELD_AT_MOST

CELL = 15 * MINUTE
STATE = "device_state"
READ: Collection[str] = ACTIVITY | {STATE}
"""Measurements that a day is made of."""
_HOLDS = 100 * MINUTE
"""How a device was is told every hour, a little later after a restart."""
BEFORE = _HOLDS
"""So long before the day is read too."""
_HELD = frozenset({"presence", "bed", "chair"})
"""Quantities that go on until the device says otherwise."""
_CHANGES_ONLY = _HELD | {"contact"}
"""Many of these say again and again how they are: only a change is somebody's doing."""
_TRUE = 0.5
_NIGHT_AND_NOON = (0, 6, 12, 18)

Kind = Literal["active", "quiet", "unseen"]
Span = tuple[Instant, Instant]


@dataclass(frozen=True, slots=True)
class Run:
    """Some time in which a room was the same."""

    kind: Kind
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class Row:
    """One room's day up to now, in order and without gaps."""

    room: str
    runs: Sequence[Run]


@dataclass(frozen=True, slots=True)
class Strip:
    """A local day from midnight to midnight, of 23 to 25 hours. `until`: how far it has come."""

    start: Instant
    end: Instant
    until: Instant
    rows: Sequence[Row]
    hours: Sequence[tuple[Instant, str]]
    """Where the clock shows 00, 06, 12 and 18."""

    def percent(self, moment: Instant) -> str:
        """Where a moment stands between the two midnights: `31.25%`."""
        return f"{100 * self.share(moment):.2f}%"

    def share(self, moment: Instant) -> float:
        """The same, from 0 to 1."""
        return min(1.0, max(0.0, (moment - self.start) / (self.end - self.start)))

    def width(self, run: Run) -> str:
        """Of the whole day: `1.04%`."""
        return f"{100 * (run.end - run.start) / (self.end - self.start):.2f}%"


@dataclass(frozen=True, slots=True)
class Live:
    """What the engine knows and the store may not have yet: who is not seen since when, and the latest activity."""

    started: Instant
    """Since when the home is watched."""
    unseen: Mapping[str, Instant]
    """By device, since when it is not heard or not believed."""
    visits: Mapping[str, Span]
    """By room, from when to when it was active last."""


def day_of(day: date, zone: ZoneInfo) -> Span:
    """From midnight to midnight."""
    return at_local(day, time(), zone), at_local(day + timedelta(days=1), time(), zone)


def strip(
    points: Sequence[Point], rooms: Mapping[str, Collection[str]], day: date, zone: ZoneInfo, now: Instant,
    live: Live | None = None,
) -> Strip:  # fmt: skip
    """The day of these points. `rooms`: by name, in order, the devices in each that tell of activity."""
    start, end = day_of(day, zone)
    until = max(start, min(now, end))
    states: dict[str, list[Point]] = {}
    told: dict[str, list[Point]] = {}
    for point in points:
        if point.measurement == STATE:
            states.setdefault(point.tags.get(DEVICE, ""), []).append(point)
        elif point.tags.get(ROLE) not in PENDANTS and REPLAYED not in point.fields:
            told.setdefault(point.tags.get(ROOM, ""), []).append(point)
    former = {room: {point.tags[DEVICE] for point in some} for room, some in told.items() if room not in rooms}
    known = {room: devices for room, devices in (former | dict(rooms)).items() if room}
    rows = []
    for room, devices in known.items():
        active = list(_active(told.get(room, []), start, until))
        if live is not None and room in live.visits:
            active.append(live.visits[room])
        blind = [_unseen(states.get(one, ()), one, start, until, live) for one in devices]
        rows.append(Row(room, _runs(start, until, active, blind)))
    marks = [(at_local(day, time(hour), zone), f"{hour:02}") for hour in _NIGHT_AND_NOON]
    return Strip(start, end, until, rows, marks)


def in_words(row: Row, kind: Kind, zone: ZoneInfo) -> str:
    """Such as `07:30 to 08:15, 12:00 to 12:15`; `never`."""
    runs = [run for run in row.runs if run.kind == kind]
    return (
        ", ".join(" to ".join(f"{local_time(at, zone):%H:%M}" for at in (run.start, run.end)) for run in runs)
        or "never"
    )


# ------------------------------------------------------------------------------------------------ what was seen


def _active(points: Sequence[Point], start: Instant, until: Instant) -> Iterable[Span]:
    """Spans of activity; what a bed, a chair or a presence sensor holds is one from its beginning to its end.

    Movement that is told again and again is one movement, where the sensor says when it is over; presence that does not
    end is no proof after a while.
    """
    before: dict[tuple[str, str], tuple[bool, Instant]] = {}
    ends = {_key(point) for point in points if not _is_on(point)}
    for point in points:
        key, on = _key(point), _is_on(point)
        was, since = before.get(key, (not on and point.measurement in _HELD, start))
        if was and not on and point.measurement in _HELD:
            yield since, _held_to(key, since, point.at)
        changed = on is not was
        if changed if point.measurement in _CHANGES_ONLY else on and (changed or key not in ends):
            yield point.at, point.at
        before[key] = on, since if was and on else point.at
    for key, (on, since) in before.items():
        if on and key[0] in _HELD:
            yield since, _held_to(key, since, until)


def _key(point: Point) -> tuple[str, str]:
    return point.measurement, point.tags.get(DEVICE, "")


def _is_on(point: Point) -> bool:
    value = point.fields.get(VALUE)
    return isinstance(value, float) and value >= _TRUE


def _held_to(key: tuple[str, str], since: Instant, end: Instant) -> Instant:
    return min(end, since + HELD_AT_MOST) if key[0] == "presence" else end


def _unseen(states: Sequence[Point], device: str, start: Instant, until: Instant, live: Live | None) -> Sequence[Span]:
    """When a device was not heard, or not believed. What nobody noted down is not known to have been seen."""
    spans: list[Span] = []
    known_to = start if live is None or states else max(start, live.started)
    if known_to > start:
        spans.append((start, known_to))
    for point, following in zip_longest(states, states[1:]):
        if point.at > known_to:
            spans.append((known_to, point.at))
        known_to = min(point.at + _HOLDS, until if following is None else following.at)
        if (since := _blind_since(point)) is not None:
            spans.append((since, known_to))
    since = None if live is None else live.unseen.get(device)
    if live is None or since is not None:
        spans.append((known_to if since is None else since, until))
    return spans


def _blind_since(state: Point) -> Instant | None:
    """Since when nothing is known by this device, as of then; None where it is heard and believed."""
    heard_s = state.fields.get("heard_s")
    if state.fields.get("silent"):
        return state.at - round(float(heard_s) * SECOND) if heard_s is not None else 0
    return state.at if state.fields.get("stuck") else None


def _runs(start: Instant, until: Instant, active: Iterable[Span], blind: Sequence[Sequence[Span]]) -> Sequence[Run]:
    """Cells of a quarter of an hour, equal neighbours joined. In an unseen one no device of the room saw its middle."""
    count = -(-(until - start) // CELL)
    kinds: list[Kind] = ["quiet"] * count
    for cell in range(count):
        middle = start + cell * CELL + CELL // 2
        if blind and all(any(begin <= middle < end for begin, end in spans) for spans in blind):
            kinds[cell] = "unseen"
    for begin, end in active:
        if end >= start and begin < until:
            for cell in range(max(0, (begin - start) // CELL), min(count, (end - start) // CELL + 1)):
                kinds[cell] = "active"
    runs: list[Run] = []
    for cell, kind in enumerate(kinds):
        begin, end = start + cell * CELL, min(until, start + (cell + 1) * CELL)
        if runs and runs[-1].kind == kind:
            runs[-1] = Run(kind, runs[-1].start, end)
        else:
            runs.append(Run(kind, begin, end))
    return runs
