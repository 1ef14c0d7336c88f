"""Rule 24: a rule raises so often that people may cease to listen: a task to review how it is set."""

from collections.abc import Iterable

from devices.instant import DAY, MINUTE, Instant, rfc3339
from gateway.model import RuleState, Verdict
from gateway.speech import say
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView

_NEVER_NOISE = frozenset({"pendant", "hazard"})
"""A call for help or smoke is a person's emergency each time: nobody is to be taught to doubt it."""
_ONE_CAUSE = 10 * MINUTE
"""What one rule raises so close together has one cause, such as four sensors of one broken stick."""
_LONGEST_OPEN = DAY
"""After so long without a word an alert that no sensor ends may have been closed by a person."""


class NoisyRuleParameters(Parameters):
    """More than `more_than` openings `within` so long (FIELD, rule 24), and none for that long clears."""

    more_than: int = 3
    within: Duration = 7 * DAY


class NoisyRule(RuleType[NoisyRuleParameters]):
    """Counts how often each other rule of the home opens a concern; a trigger of one that is open is no new opening.

    Pendant and hazard are left out: a real emergency is no noise, however often it comes.
    """

    name = "noisy_rule"
    concerns = "equipment"
    priority = 4
    hears_verdicts = True
    Parameters = NoisyRuleParameters

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:  # noqa: ARG002
        """It needs no sensor."""
        return RuleState.ARMED, "it counts what the other rules raise"

    def on_verdict(self, state: State, verdict: Verdict, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state`: rule -> {at: [openings], open: {subject: last trigger}, told}."""
        if verdict.rule in _NEVER_NOISE:
            return
        subject = verdict.subject or ""
        if verdict.kind != "trigger":
            state.get(verdict.rule, {}).get("open", {}).pop(subject, None)
            return
        rule = state.setdefault(verdict.rule, {"at": [], "open": {}})
        rule["open"] = {about: at for about, at in rule["open"].items() if now - at < _LONGEST_OPEN}
        was_open = subject in rule["open"]
        rule["open"][subject] = now
        if was_open or (rule["at"] and now - rule["at"][-1] < _ONE_CAUSE):
            return
        within, more_than = self.parameters.within, self.parameters.more_than
        rule["at"] = [*[at for at in rule["at"] if now - at < within][-more_than:], now]
        if len(rule["at"]) > more_than and not rule.get("told"):
            rule["told"] = True
            yield self.verdict(
                "trigger", view,
                say("noisy_rule.noisy", rule=verdict.rule, count=len(rule["at"]), lasting=within),
                say("noisy_rule.review"), at=now, subject=verdict.rule,
                openings=[rfc3339(at) for at in rule["at"]], latest=verdict.explanation,
            )  # fmt: skip

    def due(self, state: State, view: HomeView) -> Instant | None:  # noqa: ARG002
        """When a rule has been calm for long enough to be forgotten."""
        return min((rule["at"][-1] + self.parameters.within for rule in state.values()), default=None)

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Forget what has been calm."""
        for name, rule in list(state.items()):
            if rule["at"][-1] + self.parameters.within <= now:
                del state[name]
                if rule.get("told"):
                    yield self.verdict("clear", view, say("noisy_rule.calm", rule=name, lasting=self.parameters.within),
                                       at=now, subject=name)  # fmt: skip
