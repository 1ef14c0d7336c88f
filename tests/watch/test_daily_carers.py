"""What is told of a day's planned visits."""

from datetime import date, timedelta

import pytest

from devices.instant import HOUR, MINUTE
from gateway.model import Rule
from tests.support.noted_home import NotedHome
from tests.support.scenario import DEVICES, device

DAY = date(2026, 1, 13)
TAG = device("tag", "hall", "carer-tag", "button")
BADGE = device("badge", "hall", "carer-tag", "presence")


@pytest.fixture
def home() -> NotedHome:
    return a_home()


def a_home(*visits: str, tag: object = TAG) -> NotedHome:
    """Three visits a day, one of them with a least length."""
    rule = Rule("carer_visit", {"visits": list(visits or ("08:00", "12:30/30 min", "18:00"))})
    return NotedHome(devices=[*DEVICES, tag], rules=[rule], day=DAY).at("05:00")  # type: ignore[return-value]


def visits(home: NotedHome, day: date = DAY) -> tuple[object, ...]:
    """Planned, on time and missed; None where nothing is said of them."""
    while home.watch.view.date <= day:
        home.after(MINUTE).at("05:00")
    start = NotedHome(day=day, starts="05:00").now
    (fact,) = [fact for fact in home.told("daily") if fact.at == start]
    return tuple(fact.fields.get(f"carers_{name}") for name in ("planned", "on_time", "missed"))


def comes(home: NotedHome, *walls: str) -> NotedHome:
    for wall in walls:
        home.at(wall).presses("tag")
    return home


def test_visits_on_time_late_and_missed(home: NotedHome):
    comes(home, "08:10", "13:30")
    assert visits(home) == (3, 1, 1), "one on time, one late, one missed"


def test_all_on_time(home: NotedHome):
    assert visits(comes(home, "07:45", "12:30", "13:05", "18:20", "18:50")) == (3, 3, 0)


def test_a_short_visit_was_on_time_also_when_they_come_back(home: NotedHome):
    comes(home, "08:00", "12:30", "12:40", "13:10")
    assert len(home.at("13:30").alerts("carer_visit")) == 1, "it was told as short"
    assert visits(comes(home, "18:00")) == (3, 3, 0)


def test_who_comes_only_after_the_day_is_over_has_missed_it():
    home = a_home("23:30")
    assert visits(home) == (1, 0, 1)
    comes(home, "05:10")
    assert visits(home, DAY + timedelta(days=1)) == (1, 0, 1), "that of the day before is not counted again"


def test_a_visit_that_is_judged_after_the_day_was_told_is_told_of_no_day():
    home = a_home("04:45", "08:00")
    assert visits(comes(home, "08:00")) == (1, 1, 0)
    assert visits(comes(home, "08:00"), DAY + timedelta(days=1)) == (1, 1, 0)


def test_one_of_whose_time_a_part_was_not_heard_is_not_counted(home: NotedHome):
    comes(home, "08:00").at("12:20")
    home.watch.gap(home.now, home.now + HOUR)
    assert visits(comes(home, "18:00")) == (2, 2, 0)


def test_nothing_is_said_without_a_plan_or_away(home: NotedHome):
    home.goes("away")
    assert visits(home) == (None, None, None)
    assert visits(NotedHome(rules=[Rule("carer_visit")], day=DAY)) == (None, None, None)


@pytest.mark.parametrize("when", ["08:15", "12:45", "19:00"])
def test_a_restart_changes_no_figure(home: NotedHome, when: str):
    comes(home, *(wall for wall in ("08:10", "13:30") if wall < when)).at(when).restarts()
    comes(home, *(wall for wall in ("08:10", "13:30") if wall > when))
    assert visits(home) == (3, 1, 1)


def test_a_badge_that_is_near_is_a_visit():
    home = a_home("08:00", tag=BADGE).at("07:50").says("badge", "presence", True).at("08:30")
    assert visits(home.says("badge", "presence", False)) == (1, 1, 0)  # type: ignore[arg-type]


def test_what_is_kept_for_it_is_forgotten_when_it_is_told(home: NotedHome):
    visits(comes(home, "08:00", "12:30", "18:00"))
    assert "day" not in home.watch._active[0].state


def test_a_rule_that_fails_over_its_figures_takes_nobody_with_it(home: NotedHome, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> dict[str, float]:
        raise ZeroDivisionError

    monkeypatch.setattr("gateway.watch.rules.carer_visit.CarerVisit.day_figures", broken)
    assert visits(home) == (None, None, None)
    assert len(home.alerts("rule_error")) == 1
