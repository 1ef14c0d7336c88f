"""What people read: plain, kind English about what was seen. Pure.

A home is named by its reference, nobody by name except contacts who were told or acted; nothing here says what might
be wrong with anybody.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from devices.instant import MINUTE, Instant
from gateway.alerts.alert import Alert
from gateway.alerts.causes import OF_TROUBLES
from gateway.saying import clock_time, duration

LATE_AFTER = 2 * MINUTE
_NOTICED_LATE_AFTER = 5 * MINUTE
_WITH_A_COMMAND_LINE = frozenset({"console", "mqtt", "list"})
_TITLES = {
    "pendant": "pendant pressed",
    "hazard": "safety alarm",
    "not_up": "no sign of being up",
    "inactivity": "no movement for a long time",
    "door_open": "door left open",
    "temperature": "temperature at home",
    "sensor_silent": "a sensor has gone quiet",
    "hub_silent": "the hub has gone quiet",
    "battery": "a battery is low",
    "rule_error": "a rule stopped",
    "gateway": "trouble in Keepwell itself",
    "flood": "a device sends too much",
    "misdirected": "a hub speaks for another home",
}
_HAZARDS = {"smoke": "smoke alarm", "heat_alarm": "heat alarm", "co": "carbon monoxide alarm", "gas": "gas alarm",
            "leak": "water leak", "fall": "fall sensor"}  # fmt: skip
_SIDES = {"low": "too cold at home", "high": "too warm at home"}


@dataclass(frozen=True, slots=True)
class Text:
    """A title that says it all, and a body that says more."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call as one reader gets it: by `channel`, in escalation step `step`, after the people `told` before.

    The explanation was true at `explained_at`; that the event had come was noticed at `noticed_at`.
    """

    step: int
    explained_at: Instant
    noticed_at: Instant
    told: tuple[str, ...]
    channel: str


def headline(alert: Alert) -> str:
    """The concern in a few words, such as `pendant pressed`."""
    if alert.rule == "hazard":
        return next((words for quantity, words in _HAZARDS.items() if quantity in _parts(alert.subject)),
                    _TITLES["hazard"])  # fmt: skip
    if alert.rule == "temperature":
        return _SIDES.get(alert.subject.rpartition(", ")[2], _TITLES["temperature"])
    return _TITLES.get(alert.rule, alert.rule.replace("_", " "))


def raised(alert: Alert, call: Call, zone: ZoneInfo, now: Instant) -> Text:
    """The call for help: what, when, who has been told, and what to do."""
    late = _late(alert, call)
    marks = [mark for mark in (_again(alert), late and f"delayed {duration(late[0])}", _possible_repeat(alert)) if mark]
    title = f"{alert.home}: {headline(alert)}" + (f" ({', '.join(marks)})" if marks else "")
    lines = [alert.explanation]
    repeated = call.step > 1 or alert.round > 1
    stale = repeated and now - call.explained_at > LATE_AFTER
    if stale:
        ago = duration(now - call.explained_at)
        lines.append(f"This was so at {clock_time(call.explained_at, now, zone)}, {ago} ago.")
    if late or not stale or call.explained_at != alert.event_at:
        but = f", but {late[1]} only at {clock_time(late[2], now, zone)}" if late else ""
        lines.append(f"When: {clock_time(alert.event_at, now, zone)}{but}.")
    if _possible_repeat(alert):
        lines.append("This may be an old press that was sent again. Please check all the same.")
    if sensors := _sensors(alert):
        lines.append(sensors)
    if call.told:
        lines.append(f"Told before you: {', '.join(call.told)}.")
    lines.append(_answer(alert, call.channel))
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


def ended(alert: Alert, zone: ZoneInfo, now: Instant, why: str) -> Text:
    """Keepwell has ended it, as nothing could clear it any more."""
    return Text(
        f"{alert.home}: closed, {headline(alert)}",
        f"Keepwell closed this at {clock_time(alert.closed_at or now, now, zone)}, because {why}. "
        "Nobody will be called for it any more.",
    )


def _again(alert: Alert) -> str:
    if alert.occurrences > 1:
        return f"{alert.occurrences} times now"
    return "still waiting for somebody" if alert.round > 1 else ""


def _late(alert: Alert, call: Call) -> tuple[int, str, Instant] | None:
    """(by how much, how it was late, when it came), or None when we knew in good time.

    A trouble of ours is told once it has lasted, and says itself since when.
    """
    received_at = alert.received_at or alert.event_at
    if received_at - alert.event_at > LATE_AFTER:
        return received_at - alert.event_at, "it reached us", received_at
    if alert.rule in OF_TROUBLES:
        return None
    if call.noticed_at - alert.event_at > _NOTICED_LATE_AFTER:
        return call.noticed_at - alert.event_at, "we noticed it", call.noticed_at
    return None


def _answer(alert: Alert, channel: str) -> str:
    if channel.partition(":")[0].lower() in _WITH_A_COMMAND_LINE:
        return f"Accept with: keepwell alerts accept {alert.id} --by NAME"
    return "Tell the care team when you have taken it on."


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
