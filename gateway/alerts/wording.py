"""What people read: plain, kind English about what was seen. Pure.

A home is named by its reference, nobody by name except contacts who were told or acted; nothing here says what might
be wrong with anybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from devices.instant import MINUTE, Instant
from gateway.alerts.alert import Alert
from gateway.saying import clock_time, duration

LATE_AFTER = 2 * MINUTE
_TITLES = {
    "pendant": "pendant pressed",
    "hazard": "safety alarm",
    "not_up": "no sign of being up",
    "inactivity": "no movement for a long time",
    "door_open": "door left open",
    "temperature": "room temperature",
    "sensor_silent": "a sensor has gone quiet",
    "hub_silent": "the hub has gone quiet",
    "battery": "a battery is low",
}
_HAZARDS = {"smoke": "smoke alarm", "heat_alarm": "heat alarm", "co": "carbon monoxide alarm", "gas": "gas alarm",
            "leak": "water leak", "fall": "fall sensor"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """A title that says it all, and a body that says more."""

    title: str
    body: str


def headline(alert: Alert) -> str:
    """The concern in a few words, such as `pendant pressed`."""
    if alert.rule == "hazard":
        return next((words for quantity, words in _HAZARDS.items() if quantity in _parts(alert.subject)),
                    _TITLES["hazard"])  # fmt: skip
    return _TITLES.get(alert.rule, alert.rule.replace("_", " "))


def raised(alert: Alert, zone: ZoneInfo, now: Instant, told: Iterable[str] = ()) -> Text:
    """The call for help: what, when, who has been told, and what to do."""
    marks = [mark for mark in (_again(alert), _delay(alert), _possible_repeat(alert)) if mark]
    title = f"{alert.home}: {headline(alert)}" + (f" ({', '.join(marks)})" if marks else "")
    lines = [alert.explanation, f"When: {clock_time(alert.event_at, now, zone)}{_late(alert, zone, now)}."]
    if _possible_repeat(alert):
        lines.append("This may be an old press that was sent again. Please check all the same.")
    if sensors := _sensors(alert):
        lines.append(sensors)
    if told := list(told):
        lines.append(f"Told before you: {', '.join(told)}.")
    lines.append(f"Accept with: keepwell alerts accept {alert.id} --by NAME")
    return Text(title, "\n".join(lines))


def accepted(alert: Alert, zone: ZoneInfo, now: Instant) -> Text:
    """Somebody has taken it on."""
    return Text(
        f"{alert.home}: accepted, {headline(alert)}",
        f"{alert.accepted_by} accepted this at {clock_time(alert.accepted_at or now, now, zone)}. "
        "Nobody else will be called for it now.",
    )


def cleared(alert: Alert, zone: ZoneInfo, now: Instant, explanation: str) -> Text:
    """The sensors say that it is over."""
    after = "" if not alert.calling else "\nNobody has accepted it yet, so we go on calling until somebody does."
    return Text(
        f"{alert.home}: cleared, {headline(alert)}",
        f"{explanation}\nCleared at {clock_time(alert.cleared_at or now, now, zone)}.{after}",
    )


def closed(alert: Alert, zone: ZoneInfo, now: Instant, by: str) -> Text:
    """A person has ended it."""
    return Text(
        f"{alert.home}: closed, {headline(alert)}",
        f"{by} closed this at {clock_time(alert.closed_at or now, now, zone)}. Outcome: {alert.outcome}.",
    )


def _again(alert: Alert) -> str:
    if alert.occurrences > 1:
        return f"{alert.occurrences} times now"
    return "still waiting for somebody" if alert.round > 1 else ""


def _delay(alert: Alert) -> str:
    late = (alert.received_at or alert.event_at) - alert.event_at
    return f"delayed {duration(late)}" if late > LATE_AFTER else ""


def _late(alert: Alert, zone: ZoneInfo, now: Instant) -> str:
    if not _delay(alert) or alert.received_at is None:
        return ""
    return f", but it reached us only at {clock_time(alert.received_at, now, zone)}"


def _possible_repeat(alert: Alert) -> str:
    return "may be a repeat" if alert.evidence.get("possible_repeat") else ""


def _sensors(alert: Alert) -> str:
    total = alert.evidence.get("sensors_total")
    silent = alert.evidence.get("silent") or ()
    if not total or not silent:
        return ""
    return f"We cannot see everything: {len(silent)} of {total} sensors are quiet."


def _parts(subject: str) -> list[str]:
    return subject.replace(":", " ").replace("/", " ").split()
