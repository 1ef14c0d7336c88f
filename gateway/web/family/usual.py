"""How today compares with what is usual in this home; nothing is said while that is not known. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from devices.instant import HOUR, Instant
from gateway.localtime import local_time
from gateway.model import Point
from gateway.saying import duration
from gateway.watch.routine.movement import SLOT
from gateway.watch.routine.routine import LEARNING_DAYS
from gateway.watch.routine.usual import quantile
from gateway.watch.view import DAY_STARTS, HomeView, minutes_wall
from gateway.web.family.words import Words

MEASURE = "daily_activity"
LOOKS_BACK_DAYS = 28
_SEEN_WELL = 0.95
_STARTS_AT = 5
"""The hour at which a day begins, as in `daily_activity`."""


class Compared(NamedTuple):
    """One line: what is told, how it was today, and what is usual."""

    what: str
    today: str
    usual: str


def compared(said: Words, view: HomeView, days: Sequence[Point]) -> Sequence[Compared]:
    """Being up and moving about. `days`: those of `daily_activity` before this one."""
    if not said.known.watched or not view.day_start <= said.now < view.day_end or view.started > view.day_start:
        return ()
    return [line for line in (_up(said, view), _activity(said, view, days)) if line is not None]


def not_compared(said: Words, view: HomeView) -> str:
    """Why `compared` tells nothing; empty where nobody expects it to, as the home is not followed or it is night."""
    if not said.known.watched or local_time(said.now, said.zone) < DAY_STARTS:
        return ""
    if not view.routine.ready:
        return f"What is usual here is not known yet: that takes {LEARNING_DAYS} days of which enough was seen."
    return "Too little of today could be seen to compare it with other days."


def _up(said: Words, view: HomeView) -> Compared | None:
    usual = view.routine.first_activity(view.date)
    if usual is None:
        return None
    low, high = minutes_wall(usual.low), minutes_wall(usual.high)
    if view.up_at is None:
        told = "not seen yet"
    elif not said.rooms:
        up = local_time(view.up_at, said.zone)
        told = "earlier than usual" if up < low else "later than usual" if up > high else "at about the usual time"
    else:
        told = f"at {said.at(view.up_at)}"
    return Compared("Up", told, f"between {low:%H:%M} and {high:%H:%M}" if said.rooms else "")


def _activity(said: Words, view: HomeView, days: Sequence[Point]) -> Compared | None:
    """Time with movement since 05:00, up to the last full hour of the clock, against the same hours of other days."""
    hours = (said.now - view.day_start) // HOUR
    if not _seen_well(view, said.now):
        return None
    names = [f"h{(_STARTS_AT + hour) % 24:02}" for hour in range(hours)]
    known = [[day.fields[name] for name in names if name in day.fields] for day in days]
    sums = [sum(float(value) for value in day) for day in known if len(day) == len(names)]
    if not names or len(sums) < LEARNING_DAYS:
        return None
    slots = _slots(view, view.day_start + hours * HOUR)
    low, high = (round(quantile([(value, 1.0) for value in sums], share)) for share in (0.1, 0.9))
    if not said.rooms:
        told = "less than usual" if slots < low else "more than usual" if slots > high else "about as usual"
        return Compared("Moving about so far", told, "")
    until = said.at(view.day_start + hours * HOUR)
    return Compared(f"Moving about until {until}", _brief(slots), f"{_brief(low)} to {_brief(high)}")


def _seen_well(view: HomeView, now: Instant) -> bool:
    """Whether movement could be seen nearly all day; else it would seem to be less than it was."""
    start, active, blind, blind_from, *_ = view.movement.to_state()
    missed = (int(blind, 16) & ~int(active, 16)).bit_count()
    return blind_from is None and missed <= (1 - _SEEN_WELL) * max(1, (now - int(start)) // SLOT)


def _slots(view: HomeView, until: Instant) -> int:
    """Five minutes with movement, of those before a moment."""
    start, active, *_ = view.movement.to_state()
    count = max(0, (until - int(start)) // SLOT)
    return (int(active, 16) & ((1 << count) - 1)).bit_count()


def _brief(slots: int) -> str:
    return duration(slots * SLOT) if slots else "0 min"


def looking_back(said: Words, day: Point | None) -> str:
    """A day that is over, from its point of `daily`; empty where nothing is known of it."""
    if day is None:
        return ""
    up_at, coverage = day.fields.get("up_at"), day.fields.get("coverage")
    who = "Somebody" if said.known.several else said.whose[:1].upper() + said.whose[1:]
    told = f"{who} was up at {minutes_wall(float(up_at)):%H:%M}." if up_at is not None else "Nobody was seen up."
    share = 1.0 if coverage is None else float(coverage)
    if share >= _SEEN_WELL:
        return told
    return f"{told} For {round(100 * (1 - share))} % of the day the home could not be seen."
