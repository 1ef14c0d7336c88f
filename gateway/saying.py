"""Times, durations, counts and suggestions as people say them."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant, to_datetime
from gateway.languages import FIRST, tables

_DURATION = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)?\s*")
_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}


def clock_time(moment: Instant, now: Instant, zone: ZoneInfo, language: str = FIRST) -> str:
    """Such as `21:14`, `21:14 yesterday`, `21:14 on Tuesday` or `21:14 on 3 May`, as the clock in `zone` shows it."""
    words = tables(language)["words"]
    local, today = to_datetime(moment).astimezone(zone), to_datetime(now).astimezone(zone)
    days = (today.date() - local.date()).days
    time = str(words["time"]).format(time=f"{local:%H:%M}")
    if days == 0:
        return time
    if days == 1:
        form = "yesterday"
    elif -7 < days < 7:
        form = "weekday"
    else:
        form = "date" if local.year == today.year else "date_and_year"
    return str(words[form]).format(
        time=f"{local:%H:%M}",
        weekday=words["weekdays"][local.weekday()],
        day=local.day,
        month=words["months"][local.month - 1],
        year=local.year,
    )


def duration(microseconds: int, language: str = FIRST) -> str:
    """Such as `3 min`, `2 h`, `2 h 30 min` or `3 days`; seconds below a minute."""
    if microseconds >= 2 * DAY:
        days, rest = divmod(microseconds, DAY)
        hours = rest // HOUR
        return str(tables(language)["words"]["days"]).format(count=days) + (f" {hours} h" if hours else "")
    if microseconds < MINUTE:
        return f"{microseconds // 1_000_000} s"
    minutes = microseconds // MINUTE
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def parse_duration(value: object) -> int:
    """Microseconds of "30 s", "45 min", "1.5 h", "3 d" or a number of seconds; ValueError names the forms."""
    match = _DURATION.fullmatch(str(value)) if isinstance(value, (str, int, float)) else None
    if match is None or isinstance(value, bool):
        raise ValueError(f'{value!r} is no duration: write "30 s", "45 min", "2 h", "3 d", or a number of seconds')
    return round(float(match[1]) * _UNITS[(match[2] or "s")[0]])


def counted(count: int, noun: str) -> str:
    """Such as `1 home`, `0 homes` or `1,200 homes`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def closest(given: str, allowed: Iterable[str]) -> str | None:
    """The word that somebody most likely meant; None where nothing comes near."""
    return next(iter(get_close_matches(given, list(allowed), n=1)), None)
