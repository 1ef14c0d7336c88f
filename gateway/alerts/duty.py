"""Who of an escalation is there at a moment: steps on duty by their hours and days, contacts outside quiet hours. Pure.

Nobody is ever left: where the hours say that nobody is there, everybody counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from devices.instant import Instant, to_datetime
from gateway.localtime import Window, parse_window, within
from gateway.model import Contact, Step

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MIN = 24 * 60
_WEEK_MIN = 7 * _DAY_MIN


class There(NamedTuple):
    """A step that can be taken now, by its number among all steps (from 1), with those of it who are to be called."""

    number: int
    step: Step


def there(steps: Sequence[Step], zone: ZoneInfo, now: Instant, *, respect_quiet: bool) -> Sequence[There]:
    """The steps on duty, all if none is; of them those who are not in their quiet hours, all if everybody is."""
    on_duty = [There(number, step) for number, step in enumerate(steps, 1) if is_on_duty(step, zone, now)]
    on_duty = on_duty or [There(number, step) for number, step in enumerate(steps, 1)]
    if not respect_quiet:
        return on_duty
    awake = []
    for number, step in on_duty:
        contacts = tuple(one for one in step.contacts if one.channels and not is_quiet(one, zone, now))
        if contacts:
            awake.append(There(number, replace(step, contacts=contacts)))
    return awake or on_duty


def is_quiet(contact: Contact, zone: ZoneInfo, now: Instant) -> bool:
    """Whether the contact is in quiet hours; unreadable ones are no reason to leave somebody out."""
    try:
        return contact.quiet_hours is not None and within(now, zone, contact.quiet_hours)
    except ValueError:
        return False


def is_on_duty(step: Step, zone: ZoneInfo, now: Instant) -> bool:
    """Whether the step's hours have begun on one of its days and not ended; hours past midnight belong to the evening.

    Hours that cannot be read are all hours.
    """
    if step.hours is None and not step.days:
        return True
    local = to_datetime(now).astimezone(zone)
    return _covers(_window(step), step.days, local.weekday(), local.time())


def unattended(steps: Sequence[Step]) -> Sequence[str]:
    """The times of the week in which no step is on duty by its hours, such as `Sat 18:00 to Mon 08:00`."""
    if any(step.hours is None and not step.days for step in steps):
        return ()
    duties = [(_window(step), step.days) for step in steps]
    empty = [not any(_covers(window, days, *_at(minute)) for window, days in duties) for minute in range(_WEEK_MIN)]
    if all(empty):
        return ("the whole week",)
    return [f"{_shown(start)} to {_shown(end)}" for start, end in _stretches(empty)]


def _stretches(empty: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where it is true, as (first minute, minute after the last) of a week that begins again after its end."""
    starts = [minute for minute in range(_WEEK_MIN) if empty[minute] and not empty[minute - 1]]
    for start in starts:
        end = start
        while empty[end % _WEEK_MIN]:
            end += 1
        yield start, end % _WEEK_MIN


def _covers(window: Window | None, days: Sequence[str], weekday: int, wall: time) -> bool:
    if window is None:
        return not days or DAYS[weekday] in days
    if not window.contains(wall):
        return False
    began = weekday - 1 if window.start >= window.end and wall < window.start else weekday
    return not days or DAYS[began] in days


def _window(step: Step) -> Window | None:
    try:
        return None if step.hours is None else parse_window(step.hours)
    except ValueError:
        return None


def _at(minute: int) -> tuple[int, time]:
    return minute // _DAY_MIN, time(minute % _DAY_MIN // 60, minute % 60)


def _shown(minute: int) -> str:
    weekday, wall = _at(minute)
    return f"{DAYS[weekday].title()} {wall:%H:%M}"
