"""What alerts and rules tell the dashboards. Pure. Home references and outcomes, never anybody's name.

`alert`: one point a transition (tag `event`: raised, retriggered, called again, accepted, cleared, closed, aged,
reaches nobody). `alert_open`: every open alert, each minute. `rule_state`: every rule's state, at a change and each
minute. Durations are seconds from the beginning of the present round of calls, `since_event_s` from the event itself.
"""

from devices.instant import MILLISECOND, SECOND, Instant
from gateway.alerts.alert import Alert
from gateway.model import Fact, RuleState, RuleStatus


def transition(alert: Alert, event: str, area: str | None, now: Instant) -> Fact:
    """What has just happened to an alert, with the durations known by now."""
    fields: dict[str, float | str] = {
        "alert": float(alert.id),
        "occurrences": float(alert.occurrences),
        "round": float(alert.round),
        "open": float(alert.closed_at is None),
        "since_event_s": (now - alert.event_at) / SECOND,
        "since_round_s": (now - alert.round_at) / SECOND,
    }
    named = {"notified": alert.first_notified_at, "accepted": alert.accepted_at, "cleared": alert.cleared_at}
    for name, at in named.items():
        if at is not None and at >= alert.round_at:
            fields[f"{name}_after_s"] = (at - alert.round_at) / SECOND
    if alert.closed_at is not None:
        fields["closed_after_s"] = (alert.closed_at - alert.raised_at) / SECOND
    if alert.outcome is not None:
        fields["outcome"] = alert.outcome
    return Fact("alert", alert.home, _tags(alert, area) | {"event": event}, fields, _whole(now))


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
    return Fact("alert_open", alert.home, _tags(alert, area), fields, _whole(now))


def rule_state(status: RuleStatus, area: str | None, now: Instant) -> Fact:
    """Whether a rule can see what it needs."""
    fields: dict[str, float | str] = {state.value: float(status.state is state) for state in RuleState}
    fields |= {"state": status.state.value, "since_s": (now - status.since) / SECOND}
    tags = {"rule": status.rule} | ({"area": area} if area else {})
    return Fact("rule_state", status.home, tags, fields, _whole(now))


def _tags(alert: Alert, area: str | None) -> dict[str, str]:
    tags = {"rule": alert.rule, "priority": str(alert.priority), "concerns": alert.concerns}
    if alert.subject:
        tags["subject"] = alert.subject
    if area:
        tags["area"] = area
    return tags


def _whole(at: Instant) -> Instant:
    return at // MILLISECOND * MILLISECOND
