"""The facts of a day that is over: what it was like (`daily`), and its movement by the hour (`daily_activity`).

Every day that was watched is told, those too that teach nothing. What was not seen enough to be known is left out:
the first sign of something where more than a quarter of the hour before it, or of the day until then, could not be
seen, the end of the evening likewise by what came after it; counts of the day where more than half of it could not, and
those of a night by a quarter of that.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from typing import NamedTuple

from devices.instant import HOUR, Instant
from gateway.localtime import at_local
from gateway.model import Fact, Home
from gateway.watch.routine.day import KINDS, Day
from gateway.watch.routine.movement import Slots

_SEEN = 0.5
"""Of a day, so that its counts say something. Our choice."""
_NIGHT = 6 * HOUR
"""From 23:00 on, in which times up are counted."""
_PLACES = 4
_MIDNIGHT = 24 * 60


class Ended(NamedTuple):
    """A day that is over, `date` being that on which it began, and why it teaches nothing; None where it does."""

    date: date
    end: Instant
    lived: Day
    left_out: str | None
    slots: Slots


def daily(ended: Ended, home: Home, kinds: AbstractSet[str], figures: Mapping[str, float]) -> Fact:
    """What the day was like. `kinds`: of the rooms that are watched; `figures`: what rules say of the day.

    `coverage` is the share of five minutes in which at least half of the sensors that tell of activity were heard, one
    that sees people among them, which is when the rules about the person hold quiet for a sign; or in which somebody
    moved. From a hub's last word on nothing is seen, nor while we could not listen, nor before the home was watched.
    """
    fields: dict[str, float | str] = {
        "coverage": round(ended.slots.coverage, _PLACES),
        "ordinary": float(ended.left_out is None),
    }
    if ended.left_out is not None:
        fields["left_out"] = ended.left_out
    known = {**_times(ended, home), **_counts(ended, kinds), **figures}
    fields |= {name: float(value) for name, value in known.items() if value is not None}
    return Fact("daily", home.reference, _tags(home), fields, ended.slots.start)


def activity(ended: Ended, home: Home) -> Fact | None:
    """Its movement by the hour; None where nothing of it was seen."""
    hours = ended.slots.hours(home.zone)
    fields = {f"h{hour:02}": float(slots) for hour, slots in sorted(hours.items())}
    return Fact("daily_activity", home.reference, _tags(home), fields, ended.slots.start) if fields else None


def _times(ended: Ended, home: Home) -> dict[str, float | None]:
    """Minutes after the midnight of the day's date, as far as they can be known."""
    lived, slots = ended.lived, ended.slots

    def at(minutes: int) -> Instant:
        days, wall = divmod(minutes, _MIDNIGHT)
        return at_local(ended.date + timedelta(days=days), time(*divmod(wall, 60)), home.zone)

    def first(minutes: int) -> bool:
        return slots.saw(at(minutes) - HOUR, at(minutes)) and slots.saw(slots.start, at(minutes))

    def last(minutes: int) -> bool:
        return slots.saw(at(minutes), at(minutes) + HOUR) and slots.saw(at(minutes), ended.end)

    return {
        "up_at": lived.first if lived.first is not None and first(lived.first) else None,
        "bed_at": lived.bed if lived.bed is not None and last(lived.bed) else None,
        "kettle_at": lived.kettle if lived.kettle is not None and first(lived.kettle) else None,
    }


def _counts(ended: Ended, kinds: AbstractSet[str]) -> dict[str, float | None]:
    lived, slots = ended.lived, ended.slots
    known: dict[str, float | None] = {"temperature": lived.temperature, "warm_hours": lived.warm_hours}
    if kinds and slots.coverage >= _SEEN:
        known["out_min"] = lived.out
        known |= {f"visits_{kind}": count for kind, count in zip(KINDS, lived.visits, strict=True) if kind in kinds}
    if kinds and slots.saw(ended.end - _NIGHT, ended.end):
        known["nights_up"] = lived.times_up
    if "bathroom" in kinds and slots.saw_night:
        known["night_bathroom"] = lived.night_bathroom
    return known


def _tags(home: Home) -> Mapping[str, str]:
    return {"area": home.area} if home.area else {}
