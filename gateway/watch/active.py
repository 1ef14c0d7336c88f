"""A rule at work in one home: what it remembers, what it can see, which readings it wants, and when it is due."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import time
from typing import Any, NamedTuple

from devices.instant import Instant
from gateway.errors import BadInput
from gateway.localtime import next_local, parse_window
from gateway.model import Evidence, Flag, Home, RuleState, RuleStatus, Verdict
from gateway.speech import say
from gateway.watch.memory import RuleMemory
from gateway.watch.pack import build_rule, rules_of
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen

_DOUBTED = 8
"""Concerns of one rule that are remembered as doubtfully over; the oldest go first."""
_BEGINNINGS = 20
"""Midnights and beginnings of hours in more than a week."""


@dataclass(slots=True)
class Active:
    """`due`: when its clock is to be looked at, as last worked out."""

    key: str
    rule: RuleType[Any]
    state: State = field(default_factory=dict)
    sight: RuleState = RuleState.ARMED
    reason: str = ""
    since: Instant = 0
    failed: str | None = None
    due: Instant | None = None
    always: bool = field(init=False)
    """Whether it holds at all hours of all days."""
    doubted: dict[str, State] = field(default_factory=dict)
    """Concerns that only a reading nobody vouches for has called over: what was remembered before it."""

    def __post_init__(self) -> None:
        self.always = self.rule.parameters.days is None and self.rule.parameters.hours is None

    def remembered(self) -> RuleMemory:
        """What outlives a restart and a change of the registry."""
        return self.state, self.sight, self.reason, self.since, self.doubted

    def take_over(self, memory: RuleMemory) -> None:
        """Go on from what was remembered."""
        self.state, self.sight, self.reason, self.since, self.doubted = memory

    def hear(self, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """What the rule concludes from a reading; one that nobody vouches for clears nothing, now or later.

        After such a reading the rule goes on as it would, so that the next concern is told. What it remembered before
        goes on hearing what can be trusted, and clears when that says so.
        """
        if seen.reading.flags != 0 and seen.reading.flags & Flag.UNTRUSTED and not self.rule.believes_anybody:
            return self._doubt(seen, view, now)
        verdicts = self.rule.on_reading(self.state, seen, view, now)
        return self._believe(list(verdicts), seen, view, now) if self.doubted else verdicts

    def _believe(self, verdicts: list[Verdict], seen: Seen, view: HomeView, now: Instant) -> list[Verdict]:
        cleared = {verdict.subject or "" for verdict in verdicts if verdict.kind == "clear"}
        for subject, state in list(self.doubted.items()):
            over = [
                verdict
                for verdict in self.rule.on_reading(state, seen, view, now)
                if verdict.kind == "clear" and (verdict.subject or "") == subject
            ]
            if over or subject in cleared:
                del self.doubted[subject]
            if subject not in cleared:
                verdicts += over
        return verdicts

    def _doubt(self, seen: Seen, view: HomeView, now: Instant) -> list[Verdict]:
        before = deepcopy(self.state)
        verdicts = list(self.rule.on_reading(self.state, seen, view, now))
        for subject in [verdict.subject or "" for verdict in verdicts if verdict.kind == "clear"]:
            if self.doubted.pop(subject, None) is not None or before != self.state:
                self.doubted[subject] = deepcopy(before)
        for subject in list(self.doubted)[:-_DOUBTED]:
            del self.doubted[subject]
        return [verdict for verdict in verdicts if verdict.kind == "trigger"]

    def status(self, home: str) -> RuleStatus:
        """What it can see, as others are told."""
        return RuleStatus(home, self.key, self.sight, self.reason, self.since)

    def looks(self, view: HomeView, now: Instant) -> bool:
        """Work out afresh what it can see; whether that is otherwise than before."""
        self.rule.on_health(self.state)
        sight, reason = self.rule.sight(view, now)
        if self.sight is RuleState.BLIND and sight is not RuleState.BLIND and self.reason:
            self.rule.on_gap(self.state, self.since, now)
        if (sight, reason) == (self.sight, self.reason):
            return False
        if sight is not self.sight or not self.reason:
            self.since = now
        self.sight, self.reason = sight, reason
        return True

    def in_hours(self, moment: Instant, view: HomeView, now: Instant) -> Instant:
        """The rule's own moment to look at the clock, or when its days and hours begin again after that."""
        if self.rule.parameters.active(view.home, max(moment, now)):
            return moment
        return self._when_active(view, max(moment, now))

    def _when_active(self, view: HomeView, moment: Instant) -> Instant:
        zone, hours = view.home.zone, self.rule.parameters.hours
        walls = [time()] if hours is None else [time(), parse_window(hours).start]
        for _ in range(_BEGINNINGS):
            moment = min(next_local(moment, zone, wall) for wall in walls)
            if self.rule.parameters.active(view.home, moment):
                break
        return moment


class Listeners(NamedTuple):
    """Whom a reading of one quantity can concern."""

    readers: Sequence[Active]
    """Those that want every such reading."""
    of_activity: Sequence[Active]
    """Those that want it if it proves activity; otherwise it may still move their `due`."""
    of_any_word: Sequence[Active]
    """Those that want it while they wait for a word of anybody."""

    @classmethod
    def of(cls, rules: Sequence[Active], quantity: str) -> "Listeners":
        """The rules at work in a home, sorted by what they want of it."""
        readers = [active for active in rules if quantity in active.rule.reads]
        of_activity = [active for active in rules if active.rule.on_activity and active not in readers]
        others = [active for active in rules if active.rule.on_any_word]
        return cls(readers, of_activity, [one for one in others if one not in readers and one not in of_activity])


def rules_at_work(home: Home, now: Instant) -> tuple[list[Active], list[tuple[str, str]]]:
    """The home's rules that are switched on, and those that cannot be built: (key, reason)."""
    working, broken = [], []
    for rule in rules_of(home):
        key = f"{rule.type}/{rule.key}" if rule.key else rule.type
        try:
            built = build_rule(rule)
        except BadInput as error:
            broken.append((key, str(error)))
            continue
        if built.parameters.enabled:
            working.append(Active(key, built, since=now))
    return working, broken


def rule_error(home: str, rule: str, error: str, now: Instant) -> Verdict:
    """That a rule stopped after an error of ours."""
    return Verdict(
        "trigger",
        home,
        "rule_error",
        rule,
        now,
        "equipment",
        2,
        f"The rule {rule} stopped after an error of ours. All other rules go on.",
        Evidence(details={"error": error[:300]}),
        said=(say("rule_error.stopped", rule=rule), say("rule_error.others")),
    )
