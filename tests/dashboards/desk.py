"""Staff of a simulated town: verdicts become alerts, which are told, accepted and closed after drawn times.

A small stand-in for gateway/alerts/docket.py, whose facts it makes with the same functions: rounds begin anew as there.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random
from typing import NamedTuple

from devices.instant import HOUR, MILLISECOND, MINUTE, SECOND, Instant
from gateway.alerts.alert import Alert
from gateway.model import AlertState, Verdict

_OUTCOMES = {
    "pendant": (("genuine", 4), ("test", 2), ("false", 3), ("no one reached", 1)),
    "inactivity": (("false", 5), ("genuine", 3), ("other", 2)),
    "routine_inactivity": (("false", 6), ("genuine", 2), ("no one reached", 2)),
    "not_up": (("genuine", 4), ("false", 4), ("other", 2)),
}
_OTHERWISE = (("genuine", 6), ("other", 2), ("false", 2))
_STEP_AFTER = 60 * SECOND
_ROUND_AFTER = 5 * MINUTE
_STAYS_CLEAR = HOUR
_SEEN_AFTER = 10 * MINUTE
_LATE = 0.05
_UNREACHED, _AT_ONCE, _UNACCEPTED = 0.5, 0.02, 0.04
"""Shares of rounds: after five minutes nobody could be reached; accepted before anybody was told; closed by somebody
who had not accepted."""
_TASKS = ("untested", "noisy_rule")
_EVERY_TRIGGER_CALLS = ("pendant", "hazard")


class Told(NamedTuple):
    """What has just happened to an alert, and how it is since."""

    at: Instant
    event: str
    alert: Alert


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to come of an alert in its present round."""

    notified_at: Instant
    accepted_at: Instant
    closed_at: Instant
    outcome: str


@dataclass(slots=True)
class HomeDesk:
    """All alerts of one home until `now`, in order of time. Same seed, same story."""

    home: str
    area: str
    first_id: int
    random: Random
    until: Instant
    stays: Callable[[str, Instant], bool] = lambda _rule, _at: False
    """Whether an alert of this rule, raised then, is not closed yet."""
    waits: Callable[[str, Instant], bool] = lambda _rule, _at: False
    """Whether it is not even accepted yet."""
    told: list[Told] = field(default_factory=list)
    alerts: dict[int, Alert] = field(default_factory=dict)
    _plans: dict[int, Plan] = field(default_factory=dict)
    _due: list[tuple[Instant, int, int, str]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def live(self, concluded: Sequence[tuple[Instant, Verdict]]) -> None:
        """Judge all of them, each at its moment, and do in between what falls due."""
        for moment, verdict in sorted(concluded, key=lambda one: one[0]):
            at = max(moment, verdict.received_at or 0) + self._late()
            if at > self.until:
                break
            self._pass(at)
            if verdict.kind != "cancel":
                self._judge(verdict, at)
        self._pass(self.until)

    def _late(self) -> int:
        """How long the gateway takes to come to it; one in twenty of what it hears was under way for long."""
        longest_ms = 300_000 if self.random.random() < _LATE else 1_500
        return self.random.randint(100, longest_ms) * MILLISECOND

    # ---------------------------------------------------------------- verdicts

    def _judge(self, verdict: Verdict, at: Instant) -> None:
        known = self._open(verdict)
        if verdict.kind == "clear":
            if known is not None and known.cleared_at is None:
                self._say(replace(known, state=AlertState.CLEARED, cleared_at=at), "cleared", at)
                if known.accepted_at is not None and known.concerns != "person":
                    self._later(at + _SEEN_AFTER, known.id, known.round, "close")
                elif not self.alerts[known.id].calling:
                    self._later(at + _STAYS_CLEAR, known.id, known.round, "expire")
            return
        if known is None:
            alert = Alert(
                self.first_id + next(self._numbers), self.home, verdict.rule, verdict.subject or "", verdict.concerns,
                verdict.priority, "default", AlertState.RAISED, verdict.explanation, {}, verdict.at,
                verdict.received_at, at, None, None, None, None, None, None, 1, 1, at, 0, None,
            )  # fmt: skip
            self._begin(alert, "raised", at)
            return
        again = replace(known, occurrences=known.occurrences + 1, priority=verdict.priority)
        if known.state is AlertState.RAISED and verdict.rule not in _EVERY_TRIGGER_CALLS:
            self._say(again, "retriggered", at)
        else:
            again = replace(again, state=AlertState.RAISED, round=known.round + 1, round_at=at, event_at=verdict.at,
                            accepted_at=None, cleared_at=None, first_notified_at=None, step=0)  # fmt: skip
            self._begin(again, "raised", at)

    def _open(self, verdict: Verdict) -> Alert | None:
        same = (one for one in self.alerts.values() if one.closed_at is None and one.rule == verdict.rule)
        return next((one for one in same if one.subject == (verdict.subject or "")), None)

    # ---------------------------------------------------------------- a round

    def _begin(self, alert: Alert, event: str, at: Instant) -> None:
        self._say(alert, event, at)
        plan = self._plans[alert.id] = self._planned(alert, at)
        self._later(plan.notified_at, alert.id, alert.round, "notify")
        self._later(plan.accepted_at, alert.id, alert.round, "accept")
        if plan.closed_at < plan.accepted_at:
            self._later(plan.closed_at, alert.id, alert.round, "close")
        if alert.priority <= 2:
            self._later(at + _ROUND_AFTER, alert.id, alert.round, "again")
            if self.random.random() < _UNREACHED:
                self._later(at + _ROUND_AFTER - SECOND, alert.id, alert.round, "nobody")

    def _planned(self, alert: Alert, at: Instant) -> Plan:
        random = self.random
        notify = round(random.uniform(0.4, 12) * 1_000) * MILLISECOND
        accept = notify + round(random.lognormvariate(4.2, 0.9) * 1_000) * MILLISECOND
        if random.random() < _AT_ONCE:
            accept = notify // 2  # somebody had the page open
        close = random.randint(240, 2_400) * SECOND
        if alert.priority > 2:
            accept, close = accept * 60, close * 6
        outcome = _drawn(_OUTCOMES.get(alert.rule, _OTHERWISE), random)
        never = self.until + 1
        waits = random.random() < _UNACCEPTED
        accepted_at = never if self.waits(alert.rule, at) or waits else at + accept
        closed_at = never if self.stays(alert.rule, at) else at + 2 * accept if waits else accepted_at + close
        return Plan(at + notify, accepted_at, closed_at, outcome)

    def _pass(self, to: Instant) -> None:
        while self._due and self._due[0][0] <= to:
            at, number, of_round, what = heapq.heappop(self._due)
            alert = self.alerts[number]
            if alert.closed_at is None and alert.round == of_round:
                self._happen(alert, what, at)

    def _happen(self, alert: Alert, what: str, at: Instant) -> None:
        plan = self._plans[alert.id]
        calling = alert.calling
        if what == "notify" and calling:
            self.alerts[alert.id] = replace(alert, first_notified_at=at, step=1)
        elif what == "accept" and alert.accepted_at is None and (calling or alert.state is AlertState.RAISED):
            step = alert.step and (1 + min(4, (at - alert.round_at) // _STEP_AFTER) if alert.priority <= 2 else 1)
            state = AlertState.CLEARED if alert.state is AlertState.CLEARED else AlertState.ACCEPTED
            self._say(replace(alert, state=state, accepted_at=at, accepted_by="duty", step=step), "accepted", at)
            self._later(plan.closed_at, alert.id, alert.round, "close")
        elif what == "nobody" and calling and alert.accepted_at is None:
            self._say(alert, "reaches nobody", at)
        elif what == "again" and calling and alert.accepted_at is None and plan.accepted_at > at:
            again = replace(alert, state=AlertState.RAISED, round=alert.round + 1, round_at=at, step=1,
                            first_notified_at=None)  # fmt: skip
            self._begin(again, "called again", at)
        elif (what == "close" and _is_done(alert)) or (what == "expire" and not calling):
            outcome = plan.outcome if what == "close" else "other"
            self._say(replace(alert, state=AlertState.CLOSED, closed_at=at, outcome=outcome), "closed", at)

    def _later(self, at: Instant, number: int, of_round: int, what: str) -> None:
        heapq.heappush(self._due, (at, number, of_round, what))

    def _say(self, alert: Alert, event: str, at: Instant) -> None:
        self.alerts[alert.id] = alert
        self.told.append(Told(at, event, alert))


def _is_done(alert: Alert) -> bool:
    """A fault of the equipment stays open until it is repaired."""
    return alert.concerns == "person" or alert.rule in _TASKS or alert.cleared_at is not None


def _drawn(choices: Sequence[tuple[str, int]], random: Random) -> str:
    return random.choices([name for name, _ in choices], [weight for _, weight in choices])[0]
