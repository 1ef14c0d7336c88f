"""How a home is, in one fact for lists of homes: who needs somebody first, and whether the rules can see. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from devices.instant import SECOND, Instant
from gateway.alerts.alert import Alert
from gateway.alerts.facts import in_area, whole
from gateway.model import AlertState, Fact, RuleState, RuleStatus

OFFLINE_RULE = "hub_silent"
NOT_ABOUT_WHO_LIVES_THERE = frozenset(
    {"battery", "door_open", "hub_silent", "mains", "noisy_rule", "sensor_silent", "sensor_stuck", "tamper",
     "temperature", "untested"}
)  # fmt: skip
"""Rules about a home or its equipment; any other counts as one about a person."""
SLOW = frozenset({"trend"})
"""About a person, but by the month: for weeks it has too little to go by, and nobody is called for what it tells."""
NEVER_SAW = (
    "no ", "still learning", "fewer than two rooms", "more than one person", "nothing was used on"
)  # fmt: skip
"""How the reason of a rule begins that is blind because what it needs was never there, or is not learned yet."""
_WORST_FIRST = (RuleState.BLIND, RuleState.DEGRADED, RuleState.ARMED)
_OF_PRIORITY = {1: 100.0, 2: 80.0, 3: 60.0, 4: 40.0}
_NOBODY_CALLED = 0.5
"""Who is seen to by somebody comes after all for whom people are being called."""
_OF_SIGHT = {RuleState.BLIND: 30.0, RuleState.DEGRADED: 20.0}


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one home: whether data may flow, its open alerts, and its hubs."""

    home: str
    area: str | None
    consents: bool
    alerts: Sequence[Alert]
    hubs: Collection[str]


def home_state(seen: Seen, statuses: Sequence[RuleStatus], now: Instant) -> Fact:
    """How the home is at this moment."""
    sight, behind_it = _sight(statuses)
    fields: dict[str, float | str] = {
        "attention": _OF_SIGHT.get(sight, 0.0),
        **{f"open_{priority}": 0.0 for priority in _OF_PRIORITY},
        **{state.value: 0.0 for state in _WORST_FIRST},
        "sight": sight.value,
        "offline": float(_is_offline(seen)),
    }
    for alert in seen.alerts:
        fields[f"open_{alert.priority}"] += 1.0  # type: ignore[operator]
    for status in statuses:
        if status.state in _WORST_FIRST:
            fields[status.state.value] += 1.0  # type: ignore[operator]
    if behind_it and sight is not RuleState.ARMED:
        fields |= {"what": _in_words(behind_it, sight), "since_s": _ago(min(one.since for one in behind_it), now)}
    first = min(seen.alerts, key=lambda alert: (-_needs(alert), alert.event_at, alert.id), default=None)
    if first is not None and _needs(first) > _OF_SIGHT.get(sight, 0.0):
        fields |= {"attention": _needs(first), "what": first.rule, "since_s": _ago(first.event_at, now)}
    if first is not None:
        fields["alert"] = float(first.id)
    return Fact("home_state", seen.home, in_area(seen.area), fields, whole(now))


def _needs(alert: Alert) -> float:
    return _OF_PRIORITY[alert.priority] * (1.0 if alert.calling else _NOBODY_CALLED)


def _ago(since: Instant, now: Instant) -> float:
    return max(0, now - since) / SECOND


def _sight(statuses: Sequence[RuleStatus]) -> tuple[RuleState, Sequence[RuleStatus]]:
    """The worst state of the rules about a person, and which have it; off where there is no such rule.

    A rule that never had what it needs says nothing about a home whose other rules can see.
    """
    personal = list(_about_a_person(statuses))
    fit = [one for one in personal if not (one.state is RuleState.BLIND and one.reason.startswith(NEVER_SAW))]
    for state in _WORST_FIRST:
        if having := [one for one in fit or personal if one.state is state]:
            return state, having
    return RuleState.OFF, ()


def _about_a_person(statuses: Sequence[RuleStatus]) -> Iterator[RuleStatus]:
    for one in statuses:
        if one.rule.partition("/")[0] not in NOT_ABOUT_WHO_LIVES_THERE | SLOW:
            yield one


def _in_words(having: Sequence[RuleStatus], state: RuleState) -> str:
    first = min(having, key=lambda one: (one.since, one.rule))
    others = len(having) - 1
    return f"{first.rule} and {others} more are {state}" if others else f"{first.rule} is {state}"


def _is_offline(seen: Seen) -> bool:
    """Whether each of its hubs is silent."""
    over = (AlertState.CLEARED, AlertState.CLOSED)
    silent = {one.subject for one in seen.alerts if one.rule == OFFLINE_RULE and one.state not in over}
    return bool(seen.hubs) and silent.issuperset(seen.hubs)
