"""The last days of a home: what each was like, as the store has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from devices.instant import Instant
from gateway.errors import KeepwellError
from gateway.localtime import at_local, local_date
from gateway.model import Point
from gateway.ports import Store
from gateway.recorder.schema import HOME, HOURS
from gateway.watch.view import DAY_STARTS

DAYS = 7
_SLOTS = 12
"""Five minutes of an hour."""
_WIDE, _TALL = 10, 36
"""Of one hour of a day's bars, in units of the drawing."""
_SEEN_ENOUGH = 0.75
"""Of a day; with less it is said what was not seen."""
_FROM_FIVE = (*HOURS[5:], *HOURS[:5])


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour in the drawing."""

    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Day:
    """A day from 05:00 to 05:00, in words; `not known` for what was not seen enough."""

    start: Instant
    up_at: str
    bed_at: str
    out: str
    kitchen: str
    bathroom_by_night: str
    temperature: str
    seen: str
    is_seen: bool
    bars: Sequence[Bar]
    activity: str


async def last_days(store: Store, home: str, zone: ZoneInfo, now: Instant) -> Sequence[Day] | None:
    """The last seven that are over, the latest first; None where the store cannot be read just now."""
    start = at_local(local_date(now, zone) - timedelta(days=DAYS + 1), DAY_STARTS, zone)
    try:
        points = await store.read({"daily", "daily_activity"}, {HOME: home}, start, now)
    except KeepwellError:
        return None
    hours = {point.at: point for point in points if point.measurement == "daily_activity"}
    days = {point.at: point for point in points if point.measurement == "daily"}
    return [_day(at, days[at], hours.get(at)) for at in sorted(days, reverse=True)[:DAYS]]


def _day(at: Instant, point: Point, hours: Point | None) -> Day:
    seen = _number(point, "coverage")
    slots = {} if hours is None else {name: _number(hours, name) for name in HOURS}
    known = {name: value for name, value in slots.items() if value is not None}
    out = _number(point, "out_min")
    return Day(
        at,
        _wall(_number(point, "up_at")),
        _wall(_number(point, "bed_at")),
        "not known" if out is None else f"{int(out) // 60} h {int(out) % 60} min",
        _count(_number(point, "visits_kitchen")),
        _count(_number(point, "night_bathroom")),
        "not known" if (degrees := _number(point, "temperature")) is None else f"{degrees:.1f} °C",
        "not known" if seen is None else f"{seen:.0%}",
        seen is not None and seen >= _SEEN_ENOUGH,
        [Bar(place * _WIDE, _TALL - height, height) for place, name in enumerate(_FROM_FIVE)
         if (height := round(_TALL * known.get(name, 0.0) / _SLOTS, 1))],
        _activity(known),
    )  # fmt: skip


def _activity(known: dict[str, float]) -> str:
    if not known:
        return "not known"
    moved = [name for name, slots in known.items() if slots]
    if not moved:
        return "no movement was seen"
    most = max(moved, key=lambda name: known[name])
    return f"movement in {len(moved)} of {len(known)} hours, most from {most[1:]}:00"


def _number(point: Point, name: str) -> float | None:
    value = point.fields.get(name)
    return float(value) if isinstance(value, int | float) else None


def _wall(minutes: float | None) -> str:
    return "not known" if minutes is None else f"{int(minutes) // 60 % 24:02}:{int(minutes) % 60:02}"


def _count(number: float | None) -> str:
    return "not known" if number is None else f"{number:.0f}"
