"""What alerts and rules tell the dashboards. Pure. Home references and outcomes, never anybody's name.

What each measurement holds, and when it is told, is declared in gateway/recorder/schema.py; a test compares. Durations
of a transition are those known by then; shares and what is said once, such as the outcome, only at its own event.
"""

from collections.abc import Mapping

from devices.instant import MILLISECOND, SECOND, Instant
from gateway.alerts.alert import Alert
from gateway.model import GATEWAY_HOME, Fact, RuleState, RuleStatus

_IN_TIME_S = (60, 180)
"""Within which the standard of telecare quality wants calls answered, see outcomes.py."""


def transition(alert: Alert, event: str, area: str | None, now: Instant) -> Fact:
    """What has just happened to an alert, with the durations known by now."""
    fields: dict[str, float | str] = {
        "alert": float(alert.id),
        "occurrences": float(alert.occurrences),
        "round": float(alert.round),
        "step": float(alert.step),
        "open": float(alert.closed_at is None),
        "since_event_s": (now - alert.event_at) / SECOND,
        "since_round_s": (now - alert.round_at) / SECOND,
    }
    if event == "raised":
        fields["raised_after_s"] = max(0, now - alert.event_at) / SECOND
    named = {"notified": alert.first_notified_at, "accepted": alert.accepted_at, "cleared": alert.cleared_at}
    for name, at in named.items():
        if at is not None and at >= alert.round_at:
            fields[f"{name}_after_s"] = (at - alert.round_at) / SECOND
    if event == "accepted":
        fields |= _answered(alert, now)
    if alert.closed_at is not None:
        fields["closed_after_s"] = (alert.closed_at - alert.raised_at) / SECOND
        if alert.accepted_at is not None:
            fields["accepted_to_closed_s"] = (alert.closed_at - alert.accepted_at) / SECOND
    if alert.outcome is not None:
        fields |= {"outcome": alert.outcome, "is_false": float(alert.outcome == "false")}
    return Fact("alert", alert.home, _tags(alert, area) | {"event": event}, fields, whole(now))


def _answered(alert: Alert, now: Instant) -> dict[str, float | str]:
    after_s = (now - alert.round_at) / SECOND
    fields: dict[str, float | str] = {f"within_{bound}_s": float(after_s <= bound) for bound in _IN_TIME_S}
    notified = alert.first_notified_at
    if notified is not None and notified >= alert.round_at:
        fields["notified_to_accepted_s"] = (now - notified) / SECOND
    return fields


def still_open(alert: Alert, area: str | None, now: Instant) -> Fact:
    """That an alert is open, and in which state."""
    fields: dict[str, float | str] = {
        "alert": float(alert.id),
        "open": 1.0,
        "calling": float(alert.calling),
        "accepted": float(alert.accepted_at is not None),
        "occurrences": float(alert.occurrences),
        "round": float(alert.round),
        "age_s": (now - alert.raised_at) / SECOND,
        "state": alert.state.value,
    }
    return Fact("alert_open", alert.home, _tags(alert, area), fields, whole(now))


def rule_state(status: RuleStatus, area: str | None, now: Instant) -> Fact:
    """Whether a rule can see what it needs."""
    fields: dict[str, float | str] = {state.value: float(status.state is state) for state in RuleState}
    fields |= {"state": status.state.value, "since_s": (now - status.since) / SECOND}
    return Fact("rule_state", status.home, {"rule": status.rule} | in_area(area), fields, whole(now))


def notifications(
    counts: Mapping[tuple[str, str], int], waiting_since: Mapping[tuple[str, str], Instant], now: Instant
) -> list[Fact]:
    """How messages fared, by kind of channel and result."""
    told = []
    for (channel, result), count in counts.items():
        fields: dict[str, float | str] = {"count": float(count)}
        if (since := waiting_since.get((channel, result))) is not None:
            fields["oldest_s"] = max(0, now - since) / SECOND
        told.append(
            Fact("gateway_notifications", GATEWAY_HOME, {"channel": channel, "result": result}, fields, whole(now))
        )
    return told


def in_area(area: str | None) -> dict[str, str]:
    """The tag of a home's area; none where it has none."""
    return {"area": area} if area else {}


def whole(at: Instant) -> Instant:
    """In whole milliseconds, as the store has it."""
    return at // MILLISECOND * MILLISECOND


def _tags(alert: Alert, area: str | None) -> dict[str, str]:
    tags = {"rule": alert.rule, "priority": str(alert.priority), "concerns": alert.concerns}
    if alert.subject:
        tags["subject"] = alert.subject
    return tags | in_area(area)
