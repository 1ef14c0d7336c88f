"""The home's own clock: local wall time to instants and back, right on the two days a year when the clocks change.

Pure. Zones are `ZoneInfo`; unreadable text raises ValueError whose message says what was expected. A wall time that
occurs twice (clocks go back) is its first occurrence unless said otherwise; one that never occurs (clocks go forward)
is moved forward by the missing hour.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from devices.instant import MINUTE, Instant, from_datetime, to_datetime

_WINDOW = re.compile(r"\s*(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})\s*")
_WALL = re.compile(r"(\d{1,2}):(\d{2})")
_MIDNIGHT = time()
_OUT_OF_ORDER = 5 * MINUTE
"""Rows of a file may be out of order by so much without meaning the second of two equal hours."""


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of a local day, `start` included and `end` not; it crosses midnight when `end` is not after `start`."""

    start: time
    end: time

    def contains(self, wall: time) -> bool:
        """Whether the clock on the wall is inside."""
        wall = wall.replace(tzinfo=None)
        if self.start < self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end


def local_instant(text: str, zone: ZoneInfo, not_before: Instant | None = None) -> Instant:
    """The instant of an ISO 8601 text; without an offset it is local time in `zone`.

    In the hour that occurs twice the first occurrence is meant, unless it would lie before `not_before` (the previous
    row of a file in order of time): then the second.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a time: write it like 2026-01-05T08:30:00") from None
    if moment.tzinfo is not None:
        return from_datetime(moment)
    if not 1 < moment.year < 9999:
        raise ValueError(f"{text!r} is not a time that a home can have seen")
    first, second = _occurrences(moment, zone)
    if not_before is not None and first < not_before - _OUT_OF_ORDER and second > first:
        return second
    return first


@lru_cache(maxsize=4096)
def at_local(day: date, wall: time, zone: ZoneInfo) -> Instant:
    """The instant at which the clock shows `wall` on that local day (the first, when it does so twice)."""
    return _occurrences(datetime.combine(day, wall.replace(tzinfo=None)), zone)[0]


def local_date(instant: Instant, zone: ZoneInfo) -> date:
    """The local calendar day."""
    return to_datetime(instant).astimezone(zone).date()


def local_time(instant: Instant, zone: ZoneInfo) -> time:
    """The clock on the wall."""
    return to_datetime(instant).astimezone(zone).time()


def next_local(instant: Instant, zone: ZoneInfo, wall: time) -> Instant:
    """The first instant strictly after `instant` at which the clock shows `wall`.

    On the day the clocks go back both occurrences count; for once a day, step with `local_date` and `at_local`.
    """
    today = local_date(instant, zone)
    candidates: set[Instant] = set()
    for days in (-1, 0, 1, 2):
        first, second = _occurrences(datetime.combine(today + timedelta(days=days), wall.replace(tzinfo=None)), zone)
        candidates |= {first, max(first, second)}
    return min(candidate for candidate in candidates if candidate > instant)


def within(instant: Instant, zone: ZoneInfo, window: str | Window) -> bool:
    """Whether the local time lies in hours such as `22:00-06:00`."""
    if isinstance(window, str):
        window = parse_window(window)
    return window.contains(local_time(instant, zone))


@lru_cache(maxsize=512)
def parse_window(text: str) -> Window:
    """Hours written as `22:00-06:00`; `00:00-24:00` is the whole day."""
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} are no hours: write them like 22:00-06:00")
    start, end = parse_wall(found[1]), (_MIDNIGHT if found[2] == "24:00" else parse_wall(found[2]))
    if start == end and found[2] != "24:00":
        raise ValueError(f"{text!r} begins and ends at the same time: write 00:00-24:00 for the whole day")
    return Window(start, end)


def parse_wall(text: str) -> time:
    """A time of day written as `07:30`."""
    found = _WALL.fullmatch(text.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f"{text!r} is not a time of day: write it like 07:30")
    return time(int(found[1]), int(found[2]))


def _occurrences(naive: datetime, zone: ZoneInfo) -> tuple[Instant, Instant]:
    """Instants for fold 0 and fold 1: equal on most days, the second later when the hour is repeated.

    For a time in the missing hour the first is the one moved forward (PEP 495) and the second the earlier.
    """
    local = naive.replace(tzinfo=zone)
    return from_datetime(local.replace(fold=0)), from_datetime(local.replace(fold=1))
