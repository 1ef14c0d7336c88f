"""Rule 23: change over weeks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from statistics import median
from typing import Any

from pydantic import Field

from devices.instant import Instant
from gateway.localtime import at_local, local_date
from gateway.model import Device, Home, RuleState, Verdict
from gateway.speech import say
from gateway.watch.parameters import ClockTime, Parameters
from gateway.watch.routine.change import chance_of_change, spans
from gateway.watch.rule import RuleType, State
from gateway.watch.view import ACTIVITY, HomeView, minutes_wall

SPAN = 28
"""Days that are compared with as many before them (FIELD, rule 23): four of each weekday."""
LEAST_DAYS = 18
"""Days of each 28 that must have been seen: with fewer a holiday decides."""
_STAYS = 56
"""Days after which what has changed is what is usual."""
_BACK = 0.5
"""Of the least change: closer than so to what it was, it is as it was."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One daily measure: the direction that concerns (+1 more, -1 less), and the least change that anybody feels."""

    direction: int
    least: str
    """The parameter that says how much."""
    share: bool = False
    """The parameter is a share of what was."""


MEASURES: Mapping[str, Measure] = {
    "first_activity": Measure(+1, "later_by"),
    "kitchen": Measure(-1, "fewer_by", share=True),
    "temperature": Measure(-1, "colder_by"),
    "times_up": Measure(+1, "more_times_up"),
}
"""By their names in routine.MEASURES, which are what the verdicts are about."""


class TrendParameters(Parameters):
    """The least changes of the medians: minutes `later_by`, a share `fewer_by` of the visits to the kitchen, degrees
    `colder_by`, `more_times_up` a night. It looks on Mondays at `at`, and tells nothing twice within `not_again_within`
    days. `chance`: of a false alarm at one look, all measures together.

    FIELD.md names the measures; the least changes and the chance are our choice. In 40 simulated years of homes where
    nothing changed they told of a change 8 times (12 with seasons of 2 degrees either way); 45 minutes later up was
    noticed in 27 of 40 homes, after 17 to 31 days.
    """  # noqa: D205

    at: ClockTime = time(9, 0)
    later_by: float = Field(30.0, gt=0)
    fewer_by: float = Field(0.25, gt=0, lt=1)
    colder_by: float = Field(1.5, gt=0)
    more_times_up: float = Field(1.0, gt=0)
    chance: float = Field(0.02, gt=0, lt=0.5)
    not_again_within: int = Field(28, ge=7)


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure in the 28 days `before` and the 28 `after`: the days seen, and the medians `was` and `now`."""

    before: Sequence[tuple[int, float]]
    after: Sequence[tuple[int, float]]
    was: float
    now: float
    least: float
    chance: float


class Trend(RuleType[TrendParameters]):
    """Once a week: 28 days against the 28 before, for a digest and never a call.

    Told where the medians differ by what one would notice, and so much is improbable by chance: the test is in
    routine/change.py, its threshold shared among the measures (Bonferroni: the chance divided by their number). Cleared
    when it is as it was before, or after eight weeks, when it is what is usual. Days left out of the routine, such as
    holidays, are missing on both sides; the evidence says how many of the 28 were seen.
    """

    name = "trend"
    concerns = "person"
    priority = 4
    Parameters = TrendParameters
    needs = "no sensor that could show activity or the temperature is registered"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:  # noqa: ARG002
        """Whatever the days are made of, save what is worn."""
        return not (ACTIVITY | {"temperature"}).isdisjoint(quantities) and device.role not in ("pendant", "pull-cord")

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:
        """Blind until there are two spans to compare."""
        sight, reason = super().sight(view, now)
        if sight is not RuleState.BLIND and view.routine.days < 2 * LEAST_DAYS:
            return RuleState.BLIND, f"still learning: {view.routine.days} of {2 * LEAST_DAYS} days"
        return sight, reason

    def due(self, state: State, view: HomeView) -> Instant | None:
        """Monday morning, once."""
        if view.home.mode != "at home":
            return None
        monday = view.date + timedelta(days=-view.date.weekday() % 7)
        if state.get("looked", 0) >= monday.toordinal():
            monday += timedelta(days=7)
        return at_local(monday, self.parameters.at, view.home.zone)

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state`: looked: the day of the last look; told: {measure: [day, what it was before, whether open]}."""
        today = local_date(now, view.home.zone)
        state["looked"] = today.toordinal()
        told: dict[str, list[Any]] = state.setdefault("told", {})
        for name, measure in MEASURES.items():
            compared = self._compare(name, measure, view, today)
            if compared is not None:
                yield from self._conclude(name, measure, compared, told, view, now)
        for name in [name for name, (day, _, is_open) in told.items() if not is_open and self._forgotten(day, today)]:
            del told[name]

    def _forgotten(self, day: int, today: date) -> bool:
        return today.toordinal() - day >= self.parameters.not_again_within

    def _compare(self, name: str, measure: Measure, view: HomeView, today: date) -> Compared | None:
        """None while too few days were seen."""
        days = [(day.toordinal(), value) for day, value in view.routine.history(name)]
        known = spans(days, today.toordinal(), SPAN, LEAST_DAYS)
        if known is None:
            return None
        before, after = known
        was, is_now = (median([value for _, value in span]) for span in (before, after))
        least: float = getattr(self.parameters, measure.least)
        chance = chance_of_change(before, after, up=measure.direction > 0)
        return Compared(before, after, was, is_now, least * was if measure.share else least, chance)

    def _conclude(
        self, name: str, measure: Measure, compared: Compared, told: dict[str, list[Any]], view: HomeView, now: Instant
    ) -> Iterable[Verdict]:
        today = local_date(now, view.home.zone).toordinal()
        if name in told and told[name][2]:
            day, was, _ = told[name]
            least = compared.least if not measure.share else was * getattr(self.parameters, measure.least)
            back = measure.direction * (compared.now - was) <= _BACK * least
            if back or today - day >= _STAYS:
                told[name][2] = False
                yield self._clear(name, compared, "back" if back else "usual", view, now)
            return
        changed = measure.direction * (compared.now - compared.was)
        if name in told or compared.least <= 0 or changed < compared.least:
            return
        if compared.chance <= self.parameters.chance / len(MEASURES):
            told[name] = [today, compared.was, True]
            yield self._trigger(name, compared, view, now)

    def _trigger(self, name: str, compared: Compared, view: HomeView, now: Instant) -> Verdict:
        seen = {"before": len(compared.before), "after": len(compared.after)}
        return self.verdict(
            "trigger",
            view,
            say(f"trend.{name}", was=_said(name, compared.was, view), now=_said(name, compared.now, view)),
            say("trend.seen", span=SPAN, **seen),
            say("trend.may_be"),
            self.health(view),
            at=now,
            subject=name,
            before={"median": round(compared.was, 1), "n": seen["before"], "of": SPAN},
            after={"median": round(compared.now, 1), "n": seen["after"], "of": SPAN},
            chance=float(f"{compared.chance:.2g}"),
            test="Mann-Whitney U, one-sided, adjusted for days that are alike",
            threshold=round(self.parameters.chance / len(MEASURES), 6),
            assumed="seasons, holidays, illness or visitors may explain it",
        )

    def _clear(self, name: str, compared: Compared, how: str, view: HomeView, now: Instant) -> Verdict:
        said = say(f"trend.{name}_{how}", now=_said(name, compared.now, view))
        return self.verdict("clear", view, said, self.health(view), at=now, subject=name,
                            after={"median": round(compared.now, 1), "n": len(compared.after), "of": SPAN})  # fmt: skip


def _said(name: str, value: float, view: HomeView) -> float:
    """As the texts want it: a time of day as its instant today."""
    return view.today(minutes_wall(value)) if name == "first_activity" else value
