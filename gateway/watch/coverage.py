"""How much of the time each rule could see: shares of the day armed, degraded and blind, told as facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from devices.instant import Instant
from gateway.model import Fact, RuleState

_PLACES = 4


class Shares(NamedTuple):
    """Of the time in which a rule was configured, from 0 to 1; together 1."""

    armed: float
    degraded: float
    blind: float


_ALWAYS = Shares(1.0, 0.0, 0.0)


@dataclass(slots=True)
class _Sight:
    """One rule: what it can see and since when, and for how long it was what before that, in microseconds."""

    state: RuleState
    since: Instant
    degraded: int = 0
    blind: int = 0
    off: int = 0

    def until(self, moment: Instant) -> tuple[int, int, int]:
        """For how long it was degraded, blind and off, the present state's time included."""
        if self.state is RuleState.ARMED:
            return self.degraded, self.blind, self.off
        lasted = max(0, moment - self.since)
        return (
            self.degraded + lasted * (self.state is RuleState.DEGRADED),
            self.blind + lasted * (self.state is RuleState.BLIND),
            self.off + lasted * (self.state is RuleState.OFF),
        )

    def turn(self, state: RuleState, at: Instant) -> None:
        """It sees otherwise from `at` on."""
        self.degraded, self.blind, self.off = self.until(at)
        self.state, self.since = state, max(self.since, at)

    def miss(self, start: Instant, end: Instant) -> None:
        """Nobody could see then, whatever its sensors did."""
        length = max(0, end - max(start, self.since))
        if self.state is RuleState.ARMED or self.state is RuleState.DEGRADED:
            self.blind += length
        if self.state is RuleState.DEGRADED:
            self.degraded -= length  # it is counted with the rest when that state ends


class Coverage:
    """Of one home. `changed` at every change of what a rule can see; `close` at the end of the day.

    Its part of the hot state is a few bytes: when the day began, and for how long each rule was degraded, blind or off
    that was not armed all day. What each can see now is remembered with the rules themselves.
    """

    def __init__(self) -> None:
        self._begun: Instant | None = None
        self._rules: dict[str, _Sight] = {}
        self._gap: tuple[Instant, Instant] | None = None

    def changed(self, rule: str, state: RuleState, at: Instant) -> None:
        """From `at` on the rule is in this state; one that is new counts from then."""
        begun = self._begun = at if self._begun is None else self._begun
        self._see_gap(at)
        known = self._rules.get(rule)
        if known is None:
            self._rules[rule] = _Sight(state, max(at, begun), off=max(0, at - begun))
        else:
            known.turn(state, at)

    def gap(self, start: Instant, end: Instant) -> None:
        """We ourselves could not listen between these: no rule could see."""
        self._see_gap(start)
        self._gap = start, end

    def shares(self, end: Instant) -> Mapping[str, Shares]:
        """Of each rule since the day began; one that was configured at no time of it is left out."""
        self._see_gap(end)
        length = end - (end if self._begun is None else self._begun)
        found = {}
        for rule, sight in self._rules.items():
            degraded, blind, off = sight.until(end)
            if length > 0 and not (degraded or blind or off):
                found[rule] = _ALWAYS
            elif length > off:
                unarmed = min(degraded / (length - off), 1.0), min(blind / (length - off), 1.0)
                found[rule] = Shares(max(0.0, 1.0 - sum(unarmed)), *unarmed)
        return found

    def close(self, home: str, area: str | None, end: Instant) -> Sequence[Fact]:
        """The day's facts, and a new day begins at `end`."""
        facts = [
            Fact(
                "coverage",
                home,
                {"rule": rule, "area": area} if area else {"rule": rule},
                {
                    "armed": round(shares.armed, _PLACES),
                    "degraded": round(shares.degraded, _PLACES),
                    "blind": round(shares.blind, _PLACES),
                },
                end,
            )
            for rule, shares in self.shares(end).items()
        ]
        self._begun = end
        self._rules = {
            rule: _Sight(sight.state, end) for rule, sight in self._rules.items() if sight.state is not RuleState.OFF
        }
        return facts

    def to_state(self) -> Any:  # noqa: ANN401 - JSON
        """For the hot state: [when the day began, rule -> [degraded, blind, off, off since]], short."""
        if self._gap is not None:
            self._see_gap(self._gap[1])
        return [
            self._begun,
            {
                rule: [sight.degraded, sight.blind, sight.off] + [sight.since] * (sight.state is RuleState.OFF)
                for rule, sight in self._rules.items()
                if sight.degraded or sight.blind or sight.off or sight.state is RuleState.OFF
            },
        ]

    def from_state(self, state: Any, present: Mapping[str, tuple[RuleState, Instant]]) -> None:  # noqa: ANN401 - JSON
        """What `to_state` gave, and what each rule could see then and since when.

        Of rules known to it already those that the state does not name are new.
        """
        if not state or state[0] is None:
            return
        begun, unarmed = state
        for rule, sight in self._rules.items():
            if rule in present:
                seen, since = present[rule]
                self._rules[rule] = _Sight(seen, max(since, begun), *unarmed.get(rule, ())[:3])
            elif rule not in unarmed:
                sight.off = max(0, sight.since - begun)
        for rule, (*past, since) in unarmed.items():
            if rule not in present and len(past) == 3:
                self._rules[rule] = _Sight(RuleState.OFF, since, *past)
        self._begun, self._gap = begun, None

    def _see_gap(self, until: Instant) -> None:
        """Count what there was of the gap up to a moment; a day may end within it."""
        if self._gap is not None and self._gap[0] < until:
            start, end = self._gap
            for sight in self._rules.values():
                sight.miss(start, min(end, until))
            self._gap = (until, end) if until < end else None
