"""What an escalation will do, in sentences. Pure; who is who comes from the registry."""

from collections.abc import Sequence

from devices.instant import SECOND
from gateway.alerts.duty import DAYS
from gateway.model import Contact, Step
from gateway.saying import duration
from gateway.watch.wording import in_words

_DAY_NAMES = dict(
    zip(DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True)
)
_WEEKDAYS, _WEEKEND = DAYS[:5], DAYS[5:]


def story(steps: Sequence[Step]) -> list[str]:
    """One sentence a step, and what comes after the last. Residents are asked at home and never called for help."""
    told = []
    asked = [one for step in steps for one in step.contacts if one.resident]
    called = [(step, _others(step)) for step in steps if _others(step)]
    if asked:
        patience = min(step.wait_s for step in steps if any(one.resident for one in step.contacts))
        told.append(
            f"Where it can wait, {_names(asked)} is asked at home first, and has {_wait(patience)} to say that all is"
            " well."
        )
    for number, (step, people) in enumerate(called):
        before = called[number - 1][0].wait_s if number else 0
        start = f"After {_wait(before)} without an answer, " if number else "First "
        told.append(f"{start}{_names(people)} {'is' if len(people) == 1 else 'are'} told{_duty(step)}.")
    if called:
        last = called[-1][0].wait_s
        told.append(f"If nobody has answered {_wait(last)} later, it begins again, until somebody does.")
    if any(step.hours or step.days for step, _ in called):
        told.append("Who is not on duty is passed over. When nobody is on duty, all are told all the same.")
    return told


def duty(step: Step) -> str:
    """Such as `on weekdays, 08:00 to 18:00`; empty for always."""
    days = "on weekdays" if step.days == _WEEKDAYS else "at weekends" if step.days == _WEEKEND else ""
    if step.days and not days:
        days = "on " + in_words([_DAY_NAMES[day] for day in DAYS if day in step.days])
    hours = step.hours.replace("-", " to ") if step.hours else ""
    return ", ".join(part for part in (days, hours) if part)


def _duty(step: Step) -> str:
    when = duty(step)
    return f" ({when})" if when else ""


def _others(step: Step) -> list[Contact]:
    return [one for one in step.contacts if one.channels and not one.resident]


def _names(people: Sequence[Contact]) -> str:
    return in_words([one.name for one in people])


def _wait(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return duration(seconds * SECOND) if not minutes or not rest else f"{minutes} min {rest} s"
