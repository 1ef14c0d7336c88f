"""What the board Response has to show: durations, shares and outcomes of the alerts that staff of the town handled."""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from devices.instant import HOUR, MILLISECOND, SECOND
from tests.dashboards.desk import Told
from tests.dashboards.expected.checks import Panels, Shown, percentile
from tests.dashboards.residents import NOW
from tests.dashboards.town import FACTS_SINCE, Town, restatements

PANELS = Panels()
_SHARES = {"half": 50, "90 %": 90, "97.5 %": 97.5, "99 %": 99}
_OUTCOMES = ("genuine", "false", "test", "no one reached", "other")


def _calls(town: Town, event: str) -> list[Told]:
    return [one for one in town.told(event) if one.alert.priority <= 2]


def _accepted_after_s(one: Told) -> float:
    return (one.at - one.alert.round_at) / SECOND


def _notified_to_accepted_s(one: Told) -> float | None:
    notified = one.alert.first_notified_at
    return (one.at - notified) / SECOND if notified is not None and notified >= one.alert.round_at else None


# ------------------------------------------------------------------------------------------------ how soon


def _share(bound_s: int) -> Callable[[Town, Shown], None]:
    def check(town: Town, shown: Shown) -> None:
        after = [_accepted_after_s(one) for one in _calls(town, "accepted")]
        share = sum(one <= bound_s for one in after) / len(after)
        assert 0.2 < share < 1, "the town answers neither always nor never in time"
        assert shown.only() == pytest.approx(share)

    return check


PANELS["Accepted within 60 s"] = _share(60)
PANELS["Accepted within 180 s"] = _share(180)


@PANELS("Closed")
def _(town: Town, shown: Shown) -> None:
    closed = _calls(town, "closed")
    accepted = sum(one.alert.accepted_at is not None for one in closed)
    assert accepted < len(closed)
    assert {frame.name: frame.values for frame in shown.frames()} == {
        "closed": [len(closed)], "after somebody accepted": [accepted]
    }  # fmt: skip


@PANELS("Reached nobody")
def _(town: Town, shown: Shown) -> None:
    assert shown.only() == len(town.told("reaches nobody")) > 0


def _percentiles(event: str, seconds: Callable[[Told], float | None]) -> Callable[[Town, Shown], None]:
    def check(town: Town, shown: Shown) -> None:
        lasted = [found for one in _calls(town, event) if (found := seconds(one)) is not None]
        wanted = {name: [pytest.approx(percentile(lasted, share))] for name, share in _SHARES.items()}
        assert {frame.name: list(frame.values) for frame in shown.frames()} == wanted

    return check


def _notified_after_s(one: Told) -> float | None:
    notified = one.alert.first_notified_at
    return (notified - one.alert.round_at) / SECOND if notified is not None and notified >= one.alert.round_at else None


def _accepted_to_closed_s(one: Told) -> float | None:
    return None if one.alert.accepted_at is None else (one.at - one.alert.accepted_at) / SECOND


PANELS["Event to raised"] = _percentiles("raised", lambda one: (one.at - one.alert.event_at) / SECOND)
PANELS["Raised to notified"] = _percentiles("closed", _notified_after_s)
PANELS["Notified to accepted"] = _percentiles("accepted", _notified_to_accepted_s)
PANELS["Called to accepted"] = _percentiles("accepted", _accepted_after_s)
PANELS["Raised to closed"] = _percentiles("closed", lambda one: (one.at - one.alert.raised_at) / SECOND)
PANELS["Accepted to closed"] = _percentiles("closed", _accepted_to_closed_s)


@PANELS("Called to accepted, alert by alert")
def _(town: Town, shown: Shown) -> None:
    series = shown.answer("A").by("priority")
    assert set(series) == {"1", "2"}
    for priority, frame in series.items():
        assert frame.name == f"priority {priority}"
        wanted = [(one.at // MILLISECOND, pytest.approx(_accepted_after_s(one)))
                  for one in town.told("accepted") if str(one.alert.priority) == priority]  # fmt: skip
        assert sorted(zip(frame.columns["Time"], frame.values, strict=True)) == sorted(wanted, key=lambda one: one[0])


@PANELS("Accepted, by priority")
def _(town: Town, shown: Shown) -> None:
    rows = shown.table("priority")
    told = town.told("accepted")
    assert set(rows) == {(str(one.alert.priority),) for one in told} >= {("1",), ("2",), ("3",)}
    for (priority,), row in rows.items():
        after = [_accepted_after_s(one) for one in told if str(one.alert.priority) == priority]
        assert row["accepted"] == len(after)
        assert row["soon"] == pytest.approx(sum(one <= 60 for one in after) / len(after))
        assert row["later"] == pytest.approx(sum(one <= 180 for one in after) / len(after))
        assert row["half"] == pytest.approx(percentile(after, 50))
        assert row["most"] == pytest.approx(percentile(after, 97.5))


# ------------------------------------------------------------------------------------------------ outcomes


@PANELS("Outcomes")
def _(town: Town, shown: Shown) -> None:
    counts = Counter(one.alert.outcome for one in town.told("closed"))
    assert {answer.frames[0].name: answer.only() for answer in shown.answers} == {
        one: counts[one] for one in _OUTCOMES
    }  # fmt: skip
    assert sum(counts.values()) == sum(answer.only() for answer in shown.answers)


@PANELS("Outcomes by rule")
def _(town: Town, shown: Shown) -> None:
    closed = town.told("closed")
    for name, answer in zip(("closed", *_OUTCOMES), shown.answers, strict=True):
        wanted = Counter(one.alert.rule for one in closed if name in ("closed", one.alert.outcome))
        assert {row["rule"]: row[name] for row in answer.rows()} == wanted
    times = {row["Time"] for answer in shown.answers for row in answer.rows()}
    assert len(times) == 1, "rows of several queries are merged by all they have in common, their time among it"


# ------------------------------------------------------------------------------------------------ false and noisy


def _home_weeks(town: Town) -> float:
    hours = {at // HOUR for at in restatements() if at >= FACTS_SINCE}
    return len(hours) * len(town.homes) / 168


def _counts(told: Sequence[Told], *, false: bool = False) -> Counter[str]:
    return Counter(one.alert.rule for one in told if not false or one.alert.outcome == "false")


def _joined(shown: Shown) -> None:
    """Both queries are joined by their time."""
    (weeks,) = shown.rows("B")
    assert {row["Time"] for row in shown.rows("A")} == {weeks["Time"]}


@PANELS("False alerts per home and week")
def _(town: Town, shown: Shown) -> None:
    (alerts,), (weeks,) = shown.rows("A"), shown.rows("B")
    _joined(shown)
    assert weeks["home_weeks"] == pytest.approx(_home_weeks(town))
    assert weeks["home_weeks"] == pytest.approx(4 * len(town.homes), rel=0.01)
    assert alerts["false"] == _counts(town.told("closed"), false=True).total()
    assert alerts["closed"] == len(town.told("closed"))
    assert alerts["raised"] == len(town.told("raised"))


@PANELS("False alerts per home and week, by rule")
def _(town: Town, shown: Shown) -> None:
    (weeks,) = shown.rows("B")
    _joined(shown)
    assert weeks["home_weeks"] == pytest.approx(_home_weeks(town))
    raised, closed = _counts(town.told("raised")), _counts(town.told("closed"))
    false = _counts(town.told("closed"), false=True)
    rows = shown.table("rule")
    assert {rule for (rule,) in rows} == set(raised) | set(closed)
    for (rule,), row in rows.items():
        found = row["raised"] or 0, row["closed"] or 0, row["false"] or 0
        assert found == (raised[rule], closed[rule], false[rule]), rule


@PANELS("Rules that call most, by home")
def _(town: Town, shown: Shown) -> None:
    raised = Counter((one.alert.home, one.alert.rule) for one in town.told("raised"))
    false = Counter((one.alert.home, one.alert.rule) for one in town.told("closed") if one.alert.outcome == "false")
    rows = shown.table("home", "rule")
    assert {key: row["raised"] for key, row in rows.items() if row["raised"]} == raised
    assert {key: row["false"] for key, row in rows.items() if row["false"]} == false


@PANELS("Noisy rules to review")
def _(town: Town, shown: Shown) -> None:
    wanted = [(one.at // MILLISECOND, one.alert.home, one.alert.subject, one.alert.id)
              for one in town.told("raised") if one.alert.rule == "noisy_rule"]  # fmt: skip
    found = [(row["Time"], row["home"], row["subject"], row["alert"]) for row in shown.rows()]
    assert sorted(found) == sorted(wanted)


@PANELS("How far down the list calling had come")
def _(town: Town, shown: Shown) -> None:
    steps = Counter(min(4, one.alert.step) for one in _calls(town, "accepted"))
    assert [answer.only() for answer in shown.answers] == [steps[step] for step in range(5)]
    assert town.now == NOW
