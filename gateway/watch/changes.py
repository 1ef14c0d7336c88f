"""How the last four weeks differ from the four before: the fact `change`, for each measure of a day."""

from collections.abc import Mapping, Sequence
from datetime import date
from statistics import median
from typing import NamedTuple

from devices.instant import Instant
from gateway.model import Fact, Home
from gateway.watch.routine.change import chance_of_change, spans
from gateway.watch.routine.routine import Routine
from gateway.watch.rules.trend import LEAST_DAYS, MEASURES, SPAN, TrendParameters

_TREND = TrendParameters()
LIKELY = _TREND.chance / len(MEASURES)
"""A change by chance no more probable than this is likely a true one: the trend rule's limit for one measure."""
_DIGITS = 3


class Compared(NamedTuple):
    """A measure by its name in routine.MEASURES, the direction (+1 more, -1 less) of a change towards needing more
    help, 0 where there is none, and the least change that anybody feels, as a share of what was where `share`."""  # noqa: D205, D209

    name: str
    direction: int = 0
    least: float = 0.0
    share: bool = False


COMPARED: Mapping[str, Compared] = {
    "up_at": Compared("first_activity", +1, _TREND.later_by),
    "bed_at": Compared("bedtime"),
    "kettle_at": Compared("kettle", +1, _TREND.later_by),
    "out_min": Compared("out", -1, _TREND.fewer_by, share=True),
    "temperature": Compared("temperature", -1, _TREND.colder_by),
    "warm_hours": Compared("warm_hours", -1, 3.0),
    "night_bathroom": Compared("night_bathroom", +1, _TREND.more_times_up),
    "nights_up": Compared("times_up", +1, _TREND.more_times_up),
    "visits_kitchen": Compared("kitchen", -1, _TREND.fewer_by, share=True),
    "visits_bathroom": Compared("bathroom", +1, _TREND.fewer_by, share=True),
}
"""By fields of `daily`. Those of rule 23 (FIELD.md) with its least changes; of the others it is our choice."""


def changes(routine: Routine, home: Home, today: date, at: Instant) -> Sequence[Fact]:
    """Of each measure with enough days in both spans before `today`; measures that were nought all along say nothing.

    `chance` is one-sided, in the direction in which the medians differ.
    """
    found = []
    for field, measure in COMPARED.items():
        known = spans(routine.values(measure.name), today.toordinal(), SPAN, LEAST_DAYS)
        if known is not None and any(value for span in known for _, value in span):
            area = {"area": home.area} if home.area else {}
            found.append(Fact("change", home.reference, {**area, "measure": field}, _fields(measure, *known), at))
    return found


def _fields(
    measure: Compared, before: Sequence[tuple[int, float]], after: Sequence[tuple[int, float]]
) -> Mapping[str, float]:
    was, now = (median([value for _, value in span]) for span in (before, after))
    up = now > was or (now == was and measure.direction > 0)
    chance = chance_of_change(before, after, up=up)
    least = measure.least * was if measure.share else measure.least
    needs = 0 < least <= measure.direction * (now - was) and chance <= LIKELY
    return {
        "now": round(float(now), _DIGITS),
        "was": round(float(was), _DIGITS),
        "days_now": float(len(after)),
        "days_was": float(len(before)),
        "chance": float(f"{chance:.{_DIGITS}g}"),
        "needs": float(needs),
    }
