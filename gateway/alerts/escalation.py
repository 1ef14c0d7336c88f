"""Who is called when. Pure: a function of the alert, its steps, the hours of its home, and now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from devices.instant import SECOND, Instant
from gateway.alerts.alert import Alert
from gateway.config import AlertSettings
from gateway.localtime import at_local, local_date, local_time, next_local, parse_wall, parse_window, within
from gateway.model import Contact, Priority, Step

FALLBACK_WAIT_S = 300
NOBODY = Contact(id=0, name="the operator", channels=("console:", "mqtt:"))
"""Who hears of an alert of a home that has nobody to call."""
FALLBACK = (Step(position=1, contacts=(NOBODY,), wait_s=FALLBACK_WAIT_S),)
_OPERATORS_WAIT_S = 1800
"""Between calls about the gateway itself: whoever hears of them needs time to get to it."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When people of a home may be told: its zone, waking hours such as 08:00-21:00, and the time of its digest."""

    zone: ZoneInfo
    waking: str
    digest_at: str

    @classmethod
    def of(cls, settings: AlertSettings, zone: ZoneInfo) -> "Hours":
        """The hours of a home in `zone`."""
        return cls(zone, settings.waking_hours, settings.digest_at)


def operators(settings: AlertSettings) -> Sequence[Step]:
    """The one step of calls about the gateway itself; none where nobody is named."""
    if not settings.operators:
        return ()
    return (Step(1, (replace(NOBODY, channels=settings.operators),), _OPERATORS_WAIT_S),)


@dataclass(frozen=True, slots=True)
class Look:
    """What to do for an alert now: take `step` (its number in `round`, from 1) or nothing; look again at `next_at`."""

    step: Step | None
    number: int
    round: int
    next_at: Instant | None


def look(alert: Alert, steps: Sequence[Step], taken_at: Instant | None, hours: Hours, now: Instant) -> Look:
    """The step of a calling alert that is due at `now`, which somebody said is not before `alert.next_step_at`.

    `steps` are those that reach anybody, at least one, in order; `taken_at` is when the last step was taken in this
    round. Priority 1 and 2 go at any hour and round after round until somebody accepts; 3 within waking hours, with
    a new round each day; 4 once, into the digest.
    """
    if alert.priority == 3 and not within(now, hours.zone, hours.waking):
        return Look(None, alert.step, alert.round, _next_waking(now, hours))
    if alert.priority == 4 and alert.step > 0:
        return Look(None, alert.step, alert.round, None)
    if alert.step < len(steps):
        return _take(alert, steps, alert.step, alert.round, now)
    last = steps[-1]
    if taken_at is not None:
        again_at = taken_at + _wait(last)
        if alert.priority == 3:
            tomorrow = local_date(taken_at, hours.zone) + timedelta(days=1)
            again_at = max(again_at, at_local(tomorrow, parse_window(hours.waking).start, hours.zone))
        if now < again_at:
            return Look(None, alert.step, alert.round, again_at)
    return _take(alert, steps, 0, alert.round + 1, now)


def recall_at(alert: Alert, after: Instant, hours: Hours, now: Instant) -> Instant:
    """When an alert that is accepted `now` is called again if it goes on.

    `after` that time; one about equipment not before people are awake, so once a day at most.
    """
    moment = now + after
    return _next_waking(moment, hours) if alert.concerns == "equipment" else moment


def _take(alert: Alert, steps: Sequence[Step], index: int, round_: int, now: Instant) -> Look:
    step = steps[index]
    return Look(step, index + 1, round_, None if alert.priority == 4 else now + _wait(step))


def _wait(step: Step) -> Instant:
    return max(1, step.wait_s) * SECOND


def _next_waking(now: Instant, hours: Hours) -> Instant:
    return next_local(now, hours.zone, parse_window(hours.waking).start)


def due_at(priority: Priority, contact: Contact, hours: Hours, now: Instant) -> Instant:
    """When a message may go out to this contact: 1 and 2 now, 3 in waking hours outside quiet ones, 4 with the digest.

    Quiet hours are the contact's; their wall time is the home's, as contacts have no zone of their own.
    """
    if priority <= 2:
        return now
    if priority == 4:
        digest = parse_wall(hours.digest_at)
        at_it = local_time(now, hours.zone).replace(second=0, microsecond=0) == digest
        moment = now if at_it else next_local(now, hours.zone, digest)
    else:
        moment = now if within(now, hours.zone, hours.waking) else _next_waking(now, hours)
    if contact.quiet_hours and within(moment, hours.zone, contact.quiet_hours):
        moment = next_local(moment, hours.zone, parse_window(contact.quiet_hours).end)
    return moment
