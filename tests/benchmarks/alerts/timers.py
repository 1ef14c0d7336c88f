"""What a service would set up by hand: a timer without movement, 12 h at any time, or 4 h between 08 and 20 h."""

from collections.abc import Iterator, Sequence
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from devices.instant import HOUR, Instant
from devices.simulation.lives.life import Life
from gateway.localtime import at_local, local_date
from tests.benchmarks.alerts.homes import first_after, last_before

TIMERS = ("12 h without movement", "4 h without movement, 08 to 20 h")


def raised(timer: str, activity: Sequence[Instant], life: Life, start: Instant, end: Instant) -> Iterator[Instant]:
    """When the timer calls, once a quiet; it is silent in away mode, as the alerts are."""
    zone = ZoneInfo(life.dwelling.zone)
    quiet_from = last_before(activity, start) or start
    while quiet_from < end:
        ends = first_after(activity, quiet_from) or end
        for moment in _calls(timer, quiet_from, min(ends, end), zone):
            if moment >= start and not life.diary.is_announced(moment):
                yield moment
                break
        quiet_from = ends


def _calls(timer: str, start: Instant, end: Instant, zone: ZoneInfo) -> Iterator[Instant]:
    if timer == TIMERS[0]:
        if start + 12 * HOUR < end:
            yield start + 12 * HOUR
        return
    if end - start < 4 * HOUR:
        return
    day = local_date(start, zone)
    while at_local(day, time(8), zone) < end:
        moment = max(start, at_local(day, time(8), zone)) + 4 * HOUR
        if moment < end and moment <= at_local(day, time(20), zone):
            yield moment
        day += timedelta(days=1)


def false_alarms(timer: str, activity: Sequence[Instant], life: Life) -> int:
    """Calls while all was well; those during days away that nobody announced are not counted."""
    return sum(
        not any(span.start <= moment < span.end for span in life.diary.long_absences)
        for moment in raised(timer, activity, life, life.start, life.end)
    )


def noticed(timer: str, activity: Sequence[Instant], life: Life, collapse: Instant, until: Instant) -> Instant | None:
    """The timer's first call after a collapse. `activity` ends with it, save what sensors report falsely."""
    return next((moment for moment in raised(timer, activity, life, collapse, until) if moment > collapse), None)
