"""What the time-series store has of a home's day. It may be away or slow: then the page says so, and stands without."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from devices.instant import DAY, HOUR, MINUTE, Instant
from gateway.alerts.timeline import listed
from gateway.errors import FixConfiguration, TryLater
from gateway.localtime import at_local, local_date
from gateway.model import Home, Point
from gateway.ports import Store
from gateway.recorder.schema import HOME, ROLE, ROOM, VALUE
from gateway.watch.routine.warmth import ADVISED
from gateway.watch.view import DAY_STARTS, HomeView, tells_of_activity
from gateway.web.family import strip, usual
from gateway.web.family.relation import Relation
from gateway.web.family.unseen import blind_from
from gateway.web.family.words import Words

WAITS_S = 2.0
KEPT_DAYS = 28
"""So far back families may look."""
_LATELY = 3 * HOUR
_TOO_WARM = 28.0
"""Degrees Celsius: FIELD, rule 12."""
_NOT_ROOM_AIR = frozenset({"fridge", "kettle", "cooker", "microwave", "tap", "window"})


@dataclass(frozen=True, slots=True)
class Warmth:
    """The last temperature of a room, in degrees Celsius. `told`: whether it is one to care about."""

    room: str
    degrees: float
    at: Instant
    told: str


@dataclass(frozen=True, slots=True)
class Told:
    """`strip` None: for who does not see rooms."""

    strip: strip.Strip | None
    compared: Sequence[usual.Compared]
    warmth: Sequence[Warmth]
    sentence: str = ""
    """Of a day that is over."""
    not_compared: str = ""
    """Why nothing is compared."""
    without: str = ""
    """The rooms that no sensor watches."""


async def read(
    store: Store, known: Relation, home: Home, view: HomeView | None, day: date, now: Instant
) -> Told | None:
    """All that may be shown of the day, or None where the store does not answer within two seconds."""
    start, end = strip.day_of(day, known.zone)
    tags, is_today = {HOME: known.home}, local_date(now, known.zone) == day
    rooms = known.sees == "rooms"
    began = at_local(day, DAY_STARTS, known.zone)
    try:
        async with asyncio.timeout(WAITS_S):
            moved, warm, days = await asyncio.gather(
                store.read(strip.READ, tags, start - strip.BEFORE, end) if rooms else _nothing(),
                store.read({"temperature"}, tags, now - _LATELY, now + 1) if is_today else _nothing(),
                store.read({usual.MEASURE}, tags, now - usual.LOOKS_BACK_DAYS * DAY, now)
                if is_today
                else store.read({"daily"}, tags, began, began + MINUTE),
            )
    except (TimeoutError, TryLater, FixConfiguration):
        return None
    said = Words(known, now)
    live = _live(view, now) if is_today and view is not None else None
    shown = strip.strip(moved, _eyes(home), day, known.zone, now, live) if rooms else None
    if not is_today:
        return Told(shown, (), (), usual.looking_back(said, next(iter(days), None)))
    compared = usual.compared(said, view, days) if view is not None else ()
    why = usual.not_compared(said, view) if view is not None and not compared else ""
    return Told(shown, compared, _warmth(warm, home, coldest=not rooms), "", why, _without(said, home))


def wanted(asked: str, now: Instant, known: Relation) -> date | None:
    """The day that is asked for, today for nothing; None for one that is none, is yet to come, or is too long ago."""
    today = local_date(now, known.zone)
    if not asked:
        return today
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        return None
    return day if today - timedelta(days=KEPT_DAYS) <= day <= today else None


async def _nothing() -> Sequence[Point]:
    return ()


def _eyes(home: Home) -> Mapping[str, Collection[str]]:
    """The rooms that are seen, and by what."""
    seen = {room.name: [one.address for one in home.devices if one.room == room.name and tells_of_activity(one)]
            for room in home.rooms}  # fmt: skip
    return {room: devices for room, devices in seen.items() if devices}


def _without(said: Words, home: Home) -> str:
    """Such as `the landing and the toilet`; empty for none."""
    seen = _eyes(home)
    unseen = [room.name for room in home.rooms if room.name not in seen and room.kind != "outside"]
    return listed([said.where(name).removeprefix("in ") for name in unseen]) if unseen else ""


def _live(view: HomeView, now: Instant) -> strip.Live:
    blind = [device for device in view.home.devices if device.address in view.unhealthy]
    unseen = {device.address: blind_from(view, device) or view.started for device in blind}
    visits = {room: (visit.since, min(visit.last, now)) for room, visit in view.visits.rooms.items()}
    return strip.Live(view.started, unseen, visits)


def _warmth(points: Sequence[Point], home: Home, *, coldest: bool) -> Sequence[Warmth]:
    """The last of each room; or the lowest of these alone, without its room."""
    latest: dict[str, Warmth] = {}
    for point in points:
        room, value = point.tags.get(ROOM), point.fields.get(VALUE)
        if room and isinstance(value, float) and point.tags.get(ROLE) not in _NOT_ROOM_AIR:
            told = (
                f"Below the {ADVISED:g} °C that is advised"
                if value < ADVISED
                else "Very warm"
                if value > _TOO_WARM
                else ""
            )
            latest[room] = Warmth(room, value, point.at, told)
    inside = [latest[room.name] for room in home.rooms if room.name in latest and room.kind != "outside"]
    return [min(inside, key=lambda one: one.degrees)] if coldest and inside else inside
