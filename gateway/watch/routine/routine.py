"""What is usual in one home, from the last days that were like others.

Method. Each day (05:00 to 05:00 local) leaves one record of 74 bytes (day.py); a day in which the residents were away,
out all night or for more than twelve hours, or in which the home could not be heard for more than two, leaves none. Of
these days recency-weighted empirical quantiles are taken (usual.py has the estimator and its source): a day's weight
halves every HALF_LIFE, an exponential decay as in Akinshin (2023), "Weighted quantile estimators", arXiv:2304.07265.
Quantiles and not means, so that single days out of the ordinary move little. Weekdays and weekends are taken apart as
soon as there are eight days of the kind, and together until then; public holidays are days like others, see
docs/decisions/017-what-days-teach.md. For quiet, a day counts by the longest that began within an hour either side.

Memory: KEPT_DAYS records of 74 bytes, at most 4.6 KiB, and about as much again for what has been asked of it today.
"""

import struct
import zlib
from array import array
from collections.abc import Mapping, Sequence
from datetime import date, time
from statistics import median

from gateway.watch.routine.day import KINDS, MEASURES, SIZE, Day, is_weekend, number_at, quiets_of, visits_of
from gateway.watch.routine.today import Today
from gateway.watch.routine.usual import Usual, quantile, usual

LEARNING_DAYS = 14
"""Days in shadow before anything learned may raise an alert (Vayyar learns for 14 days, Alarm.com for 30)."""
KEPT_DAYS = 63
"""Nine weeks: 28 days against the 28 before (FIELD, rule 23), as a look once a week may come late. Then forgotten."""
HALF_LIFE = 21.0
"""Days; our choice: new habits outweigh the old after three weeks, and 14 days of one season never vanish at once."""
QUIET_KEPT = 28
"""Days after which `quiet_so_far` forgets."""
_OF_A_KIND = 8
"""Days of a weekday class with which it stands for itself: a tail of twenty values in a hundred needs some."""
_LEAST = 5
"""Days with a value without which nothing is usual."""
_HARDLY_SEEN = 0.25
"""Of the median number of visits of the last 14 days: a day with fewer is one that was not seen, or not lived here."""
_NIGHT_BEGINS = (20 * 60, 26 * 60)
_NIGHT_ENDS = (5 * 60, 10 * 60)
"""Minutes after midnight within which the night begins and ends, whatever was learned."""
_VERSION = 1
_HEAD = struct.Struct("<BI")
_NOT_ASKED = 0xFFFF


class Routine:
    """The last days of a home and what they say. Bounded: see KEPT_DAYS."""

    __slots__ = ("_asked", "_closed", "_days", "_known", "_longest", "_packed")

    def __init__(self) -> None:
        self._take_up(b"", 0)

    def _take_up(self, packed: bytes, closed: int) -> None:
        """Records in order of their days, and the number of the last day that is over."""
        self._packed, self._closed = packed, closed
        old = 0
        while old * SIZE < len(packed) and number_at(packed, old) <= closed - KEPT_DAYS:
            old += 1
        self._known = packed[old * SIZE :] if old else packed
        """Those that are not forgotten."""
        self._asked: dict[tuple[str, int, bool], Usual | None] = {}
        """What was asked since: at most one entry an hour, measure and class of weekday."""
        self._longest, self._days = array("H", [_NOT_ASKED] * 24), array("H", [0] * 24)
        """By the hour, the longest quiet so far and of how many days that is."""

    @property
    def days(self) -> int:
        """Days learned from, of those still remembered; days left out do not count."""
        return len(self._known) // SIZE

    @property
    def ready(self) -> bool:
        """Whether it may be used to raise alerts."""
        return self.days >= LEARNING_DAYS

    def close(self, today: Today, day: date) -> tuple[Day, str | None]:
        """The day is over: remember it. Returns it as it was, and why it teaches nothing; None where it does."""
        lived = today.lived(day)
        if self.remember(day, lived if today.left_out is None else None):
            return lived, None
        return lived, today.left_out or "hardly anybody was seen"

    def remember(self, day: date, lived: Day | None) -> bool:
        """The day as it was; None when it is left out. Later days on record were dated by a clock that ran ahead.

        Whether anything is learned from it.
        """
        packed, number = self._packed, day.toordinal()
        learned = lived is not None and not self._hardly_seen(lived)
        if lived is not None and learned:
            while packed and number_at(packed, len(packed) // SIZE - 1) >= number:
                packed = packed[:-SIZE]
            packed += lived.pack()
        self._take_up(packed[-KEPT_DAYS * SIZE :], number)
        return learned

    def _hardly_seen(self, lived: Day) -> bool:
        lately = list(visits_of(self._known[-LEARNING_DAYS * SIZE :]))
        return self.ready and sum(count or 0 for count in lived.visits) < _HARDLY_SEEN * median(lately)

    # ---------------------------------------------------------------- what is asked

    def first_activity(self, day: date) -> Usual | None:
        """Minutes after midnight at which somebody is first up, on days like `day`; None before it is `ready`."""
        return self._measure("first_activity", day)

    def bedtime(self, day: date) -> Usual | None:
        """Minutes after the midnight with which the day began at which the evening ends; may be above 1,440."""
        return self._measure("bedtime", day)

    def quiet(self, day: date, hour: int) -> Usual | None:
        """Minutes of the longest quiet at home that begins in this local hour on days like `day`.

        `n` are the days with a quiet of ten minutes or more within an hour of it; None for fewer than five.
        """
        asked = ("quiet", hour, is_weekend(day.toordinal()))
        try:
            return self._asked[asked]
        except KeyError:
            return self._answer(asked, self._quiets(hour))

    def quiet_so_far(self, hour: int) -> tuple[float, int]:
        """(minutes, n): the longest quiet at home that began within an hour of this one and ended by itself.

        From the first day on, so that what this resident does need not be told again. (0, 0) for none.
        """
        longest, days = self._longest, self._days
        if longest[hour] == _NOT_ASKED:
            since = self._closed - QUIET_KEPT
            lately = [round(quiet) for number, quiet in self._quiets(hour) if number > since]
            longest[hour], days[hour] = max(lately, default=0), len(lately)
        return float(longest[hour]), days[hour]

    def night(self, day: date) -> str | None:
        """Hours such as "22:40-06:50" in which the resident is usually in bed; None before it is `ready`.

        From the 25th percentile of the end of the evening to the 75th of the first activity, within bounds.
        """
        weekend = is_weekend(day.toordinal())
        bed, up = (self._of_days_like(weekend, MEASURES[name].of(self._known)) for name in _NIGHT)
        if not self.ready or min(len(bed), len(up)) < _LEAST:
            return None
        begins = min(max(round(quantile(bed, 0.25)), _NIGHT_BEGINS[0]), _NIGHT_BEGINS[1])
        ends = min(max(round(quantile(up, 0.75)), _NIGHT_ENDS[0]), _NIGHT_ENDS[1])
        return f"{_wall(begins):%H:%M}-{_wall(ends):%H:%M}"

    def kettle(self, day: date) -> Usual | None:
        """Minutes after midnight of the first use of kettle, fridge, cooker or microwave."""
        return self._measure("kettle", day)

    def visits(self, kind: str, day: date) -> Usual | None:
        """Visits a day to rooms of this kind, gap 5 min; for `bathroom` those of the night.

        None where rooms of this kind are never seen.
        """
        known = self._measure(kind, day) if kind in KINDS else None
        if known is None or not known.most:
            return None
        return self._measure("night_bathroom", day) if kind == "bathroom" else known

    def history(self, measure: str) -> Sequence[tuple[date, float]]:
        """(day, value) of one daily measure, the oldest first, days left out missing; see MEASURES."""
        return [(date.fromordinal(number), value) for number, value in MEASURES[measure].of(self._known)]

    def values(self, measure: str) -> Sequence[tuple[int, float]]:
        """The same, each day by its number: `date.toordinal()`."""
        return MEASURES[measure].of(self._known)

    # ---------------------------------------------------------------- inside

    def _measure(self, name: str, day: date) -> Usual | None:
        asked = (name, 0, is_weekend(day.toordinal()))
        try:
            return self._asked[asked]
        except KeyError:
            return self._answer(asked, MEASURES[name].of(self._known))

    def _quiets(self, hour: int) -> list[tuple[int, float]]:
        """(number, minutes) of the longest quiet of each day that began within an hour of this one."""
        one, two, three = ((hour + step) % 24 + 1 for step in (-1, 0, 1))
        return [(row[0], quiet) for row in quiets_of(self._known) if (quiet := max(row[one], row[two], row[three]))]

    def _answer(self, asked: tuple[str, int, bool], values: list[tuple[int, float]]) -> Usual | None:
        known = self._of_days_like(asked[2], values) if self.ready else []
        found = self._asked[asked] = usual(known) if len(known) >= _LEAST else None
        return found

    def _of_days_like(self, weekend: bool, values: list[tuple[int, float]]) -> list[tuple[float, float]]:
        """(value, weight) of the days of this class of weekday, or of all days while there are few of it."""
        alike = [pair for pair in values if is_weekend(pair[0]) is weekend]
        chosen = alike if len(alike) >= _OF_A_KIND else values
        return [(value, 0.5 ** ((self._closed - number) / HALF_LIFE)) for number, value in chosen]

    # ---------------------------------------------------------------- remembering

    def told(self) -> Mapping[date, Mapping[str, float]]:
        """What each remembered day said, by the names of MEASURES."""
        found: dict[date, dict[str, float]] = {}
        for name, measure in MEASURES.items():
            for number, value in measure.of(self._known):
                found.setdefault(date.fromordinal(number), {})[name] = value
        return found

    def save(self) -> bytes:
        """Everything, compressed; a few KiB."""
        return zlib.compress(_HEAD.pack(_VERSION, self._closed) + self._packed)

    def restore(self, saved: bytes) -> None:
        """Take up what `save` gave; from anything else learning begins again."""
        try:
            kept = zlib.decompress(saved)
            version, closed = _HEAD.unpack_from(kept)
            packed = kept[_HEAD.size :]
            numbers = [number_at(packed, at) for at in range(len(packed) // SIZE)]
            ordered = numbers == sorted(set(numbers)) and len(packed) % SIZE == 0
            sound = version == _VERSION and ordered
        except (zlib.error, struct.error):
            sound, packed, closed = False, b"", 0
        self._take_up(*((packed[-KEPT_DAYS * SIZE :], closed) if sound else (b"", 0)))


_NIGHT = ("bedtime", "first_activity")


def _wall(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)
