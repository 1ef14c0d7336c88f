"""A rule at work in one home: what it remembers, what it can see, which readings it wants, and when it is due."""

from dataclasses import dataclass, field
from datetime import time
from typing import Any

from devices.instant import Instant
from gateway.localtime import next_local, parse_window
from gateway.model import RuleState
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen

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

    def listens_to(self, quantity: str) -> bool:
        """Whether a reading of this quantity can concern it at all."""
        return self.rule.on_activity or self.rule.on_any_word or quantity in self.rule.reads

    def wants(self, seen: Seen, *, changed: bool) -> bool | None:
        """Whether it wants this reading; None where the reading does not even move its `due`.

        `changed`: when people were active may have changed by it.
        """
        rule = self.rule
        if seen.reading.quantity in rule.reads:
            return True
        if rule.on_activity:
            return seen.active if changed else None
        return True if rule.awaits_word(self.state) else None

    def moment(self, view: HomeView, now: Instant) -> Instant | None:
        """When the clock next concerns it: the rule's own moment, or when its days and hours begin again after that."""
        moment = self.rule.due(self.state, view)
        if moment is None or self.rule.parameters.active(view.home, max(moment, now)):
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
