"""Who is called when. Pure: a function of the alert, its steps, the hours of its home, and now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from devices.instant import SECOND, Instant
from gateway.alerts.alert import Alert
from gateway.alerts.duty import There, is_on_duty, is_quiet, there
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


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is called for an alert: the residents first, then the steps."""

    ask: Sequence[Step]
    steps: Sequence[Step]

    @classmethod
    def of(cls, alert: Alert, steps: Sequence[Step]) -> "Escalation":
        """The steps of a route, in order, with the resident taken out of them.

        The resident is asked about a person's alerts of priority 2 and 3 only, before all others wherever they stand.
        """
        asks = alert.concerns == "person" and alert.priority in {2, 3}
        ask = [replace(step, contacts=_those(step, resident=True)) for step in steps] if asks else []
        others = [replace(step, contacts=_those(step, resident=False)) for step in steps]
        return cls([step for step in ask if step.contacts], [step for step in others if reaches_anybody(step)])


def reaches_anybody(step: Step) -> bool:
    """Whether anybody in it has an address."""
    return any(contact.channels for contact in step.contacts)


def operators(settings: AlertSettings) -> Sequence[Step]:
    """The one step of calls about the gateway itself; none where nobody is named."""
    if not settings.operators:
        return ()
    return (Step(1, (replace(NOBODY, channels=settings.operators),), _OPERATORS_WAIT_S),)


@dataclass(frozen=True, slots=True)
class Look:
    """What to do for an alert now: take `step` (its number in `round`, from 1) or nothing; look again at `next_at`.

    Step 0 asks the resident.
    """

    step: Step | None
    number: int
    round: int
    next_at: Instant | None


def look(alert: Alert, plan: Escalation, taken_at: Instant | None, hours: Hours, now: Instant) -> Look:
    """The step of a calling alert that is due at `now`, which somebody said is not before `alert.next_step_at`.

    `plan.steps` are those that reach anybody, at least one, in order; `taken_at` is when the last step was taken in
    this round, None where its wait is over: one that fails is due at once, and the round then still waits for its end.
    Priority 1 and 2 go at any hour and round after round until somebody accepts; 3 within waking hours, with a new
    round each day; 4 once, into the digest. Who is not there is passed over.
    """
    if alert.priority == 3 and not within(now, hours.zone, hours.waking):
        return Look(None, alert.step, alert.round, _next_waking(now, hours))
    if alert.priority == 4 and alert.step > 0:
        return Look(None, alert.step, alert.round, None)
    if may_ask(alert) and (asked := _asked(plan.ask, hours, now)):
        return Look(asked, 0, alert.round, now + _wait(asked))
    present = callable_now(alert, plan.steps, hours, now)
    following = next((one for one in present if one.number > alert.step), None)
    if following is not None:
        return _take(alert, following, alert.round, now)
    if taken_at is not None:
        again_at = taken_at + _wait(plan.steps[min(alert.step, len(plan.steps)) - 1])
        if alert.priority == 3:
            tomorrow = local_date(taken_at, hours.zone) + timedelta(days=1)
            again_at = max(again_at, at_local(tomorrow, parse_window(hours.waking).start, hours.zone))
        if now < again_at:
            return Look(None, alert.step, alert.round, again_at)
    return _take(alert, present[0], alert.round + 1, now)


def may_ask(alert: Alert) -> bool:
    """Whether the resident was not asked yet, in this series of calls, and nobody else called."""
    return alert.answer_by is None and alert.step == 0


def callable_now(alert: Alert, steps: Sequence[Step], hours: Hours, now: Instant) -> Sequence[There]:
    """The steps of which somebody is there now. Quiet hours pass over only who is called by priority 2.

    What is told by 3 and 4 waits for their end instead, and 1 never does either. A digest looks at its own time.
    """
    at = _digest_at(hours, now) if alert.priority == 4 else now
    return there(steps, hours.zone, at, respect_quiet=alert.priority == 2)


def recall_at(alert: Alert, after: Instant, hours: Hours, now: Instant) -> Instant:
    """When an alert that is accepted `now` is called again if it goes on.

    `after` that time; one about equipment not before people are awake, so once a day at most.
    """
    moment = now + after
    return _next_waking(moment, hours) if alert.concerns == "equipment" else moment


def due_at(priority: Priority, contact: Contact, hours: Hours, now: Instant) -> Instant:
    """When a message may go out to this contact: 1 and 2 now, 3 in waking hours outside quiet ones, 4 with the digest.

    Quiet hours are the contact's; their wall time is the home's, as contacts have no zone of their own.
    """
    if priority <= 2:
        return now
    if priority == 4:
        moment = _digest_at(hours, now)
    else:
        moment = now if within(now, hours.zone, hours.waking) else _next_waking(now, hours)
    if contact.quiet_hours and within(moment, hours.zone, contact.quiet_hours):
        moment = next_local(moment, hours.zone, parse_window(contact.quiet_hours).end)
    return moment


def _take(alert: Alert, one: There, round_: int, now: Instant) -> Look:
    return Look(one.step, one.number, round_, None if alert.priority == 4 else now + _wait(one.step))


def _asked(ask: Sequence[Step], hours: Hours, now: Instant) -> Step | None:
    """All residents who may be asked now, in one step with the shortest wait. In quiet hours nobody is woken by it."""
    steps = [step for step in ask if is_on_duty(step, hours.zone, now)]
    people = [one for step in steps for one in step.contacts if not is_quiet(one, hours.zone, now)]
    return Step(0, tuple(dict.fromkeys(people)), min(step.wait_s for step in steps)) if people else None


def _wait(step: Step) -> Instant:
    return max(1, step.wait_s) * SECOND


def _next_waking(now: Instant, hours: Hours) -> Instant:
    return next_local(now, hours.zone, parse_window(hours.waking).start)


def _digest_at(hours: Hours, now: Instant) -> Instant:
    digest = parse_wall(hours.digest_at)
    at_it = local_time(now, hours.zone).replace(second=0, microsecond=0) == digest
    return now if at_it else next_local(now, hours.zone, digest)


def _those(step: Step, *, resident: bool) -> tuple[Contact, ...]:
    return tuple(contact for contact in step.contacts if contact.resident is resident)
