"""Rule 25: nobody has tried for long whether an alert of this home reaches a person."""

from collections.abc import Iterable

from devices.instant import DAY, Instant, rfc3339
from gateway.model import RuleState, Verdict
from gateway.speech import say
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView


class UntestedParameters(Parameters):
    """`after`: a test a month is advised, and some days of grace (FIELD, rule 25)."""

    after: Duration = 35 * DAY


class Untested(RuleType[UntestedParameters]):
    """No test alert went the whole way to a person who accepted it for `after`, or since the home is watched.

    A test that did clears.
    """

    name = "untested"
    concerns = "equipment"
    priority = 4
    Parameters = UntestedParameters

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:  # noqa: ARG002
        """It needs no sensor."""
        return RuleState.ARMED, "it needs no sensor"

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When the last test is too long ago; at once when there was one since that was told, at `state["told"]`."""
        last = _last(view)
        if "told" not in state:
            return last + self.parameters.after
        return last if last > state["told"] else None

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """It is too long ago, or there was one."""
        last, tested_at = _last(view), view.home.tested_at
        if state.pop("told", last) < last:
            yield self.verdict("clear", view, say("untested.tested", at=last), at=last, now=now)
        if now - last < self.parameters.after:
            return
        state["told"] = now
        what = say("untested.never", since=last) if tested_at is None else say("untested.long_ago", at=tested_at)
        yield self.verdict("trigger", view, what, say("untested.do"), at=now,
                           tested_at=rfc3339(tested_at) if tested_at else None)  # fmt: skip


def _last(view: HomeView) -> Instant:
    return view.home.tested_at or view.started
