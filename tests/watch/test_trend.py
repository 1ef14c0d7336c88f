"""Rule 23, change over weeks, and the test behind it."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.instant import HOUR, MINUTE
from gateway.model import Rule, Verdict
from gateway.speech import worded
from gateway.watch.routine.change import chance_of_rise, levelled, likeness
from gateway.watch.routine.day import Day
from tests.support.scenario import LivedHome

MONDAY = date(2026, 3, 9)
"""Looked at here; the clocks change in Europe on 29 March."""
Differs = Callable[[int], dict[str, object]]


def wobble(day: int) -> int:
    """A little different each day, without a pattern that lasts."""
    return day * 7919 % 31 - 15


def as_ever(day: int) -> dict[str, object]:
    return {
        "first": 440 + wobble(day),
        "temperature": 20 + wobble(day) / 40,
        "times_up": 1 + (day % 5 == 0),
        "visits": (12 + wobble(day) // 6, 8, 4, 6, 0, 0, 12, 0, 0),
    }


def since(start: date, **changes: Callable[[int], object]) -> Differs:
    """As ever, and from `start` on with these changes, each worked out from the day."""

    def differs(day: int) -> dict[str, object]:
        new = {name: change(day) for name, change in changes.items()} if day >= start.toordinal() else {}
        return {**as_ever(day), **new}

    return differs


def later(day: int) -> int:
    return 500 + wobble(day)


def a_home(lived: Differs = as_ever, *, seen: Callable[[int], bool] = lambda _: True, **how: object) -> LivedHome:
    """A home on the Sunday before MONDAY, of which that day and the 56 before are known."""
    home = LivedHome(day=MONDAY - timedelta(days=1), rules=[Rule("trend", how)], starts="05:00")
    remembers(home, MONDAY - timedelta(days=57), 57, lived, seen)
    return home


def remembers(
    home: LivedHome, start: date, days: int, lived: Differs = as_ever, seen: Callable[[int], bool] = lambda _: True
) -> None:
    for day in range(start.toordinal(), start.toordinal() + days):
        one = Day(day, bed=1350, **lived(day)) if seen(day) else None  # type: ignore[arg-type]
        home.watch.view.routine.remember(date.fromordinal(day), one)


def weeks_go_by(home: LivedHome, weeks: int, lived: Differs = as_ever) -> LivedHome:
    """Until the Monday after so many weeks, each day as `lived`."""
    for _ in range(7 * weeks):
        day = home.watch.view.date
        home.at("05:00") if home.wall(home.now) != "05:00" else home.after(MINUTE).at("05:00")
        remembers(home, day, 1, lived)
    return home.at("09:00")


def monday(home: LivedHome) -> list[Verdict]:
    return home.at("23:00").at("09:00").alerts("trend")


# ------------------------------------------------------------------------------------------------ what it tells


def test_months_alike_tell_nothing():
    home = a_home()
    assert home.at("05:30").sight("trend") == "armed"
    assert weeks_go_by(home, 8).alerts("trend") == []


def test_getting_up_later_for_four_weeks_is_told_on_monday_morning():
    home = a_home(since(MONDAY - timedelta(days=28), first=later))
    (alert,) = monday(home)
    assert (alert.subject, alert.priority, alert.concerns) == ("first_activity", 4, "person")
    assert (home.wall(alert.at), alert.evidence.details["test"][:14]) == ("09:00", "Mann-Whitney U")
    assert alert.explanation.startswith(
        "For four weeks they have been getting up later, mostly at 08:20. In the four weeks before it was 07:20. "
        "We saw 28 of the last 28 days, and 28 of the 28 days before. "
        "The time of year, a holiday or visitors may be the reason."
    )
    assert alert.evidence.details["before"] == {"median": 440.5, "n": 28, "of": 28}
    assert alert.evidence.details["chance"] < 0.0025


@pytest.mark.parametrize(
    ("measure", "change"),
    [
        ("kitchen", {"visits": lambda day: (7 + wobble(day) // 6, 8, 4, 6, 0, 0, 12, 0, 0)}),
        ("temperature", {"temperature": lambda day: 18.0 + wobble(day) / 40}),
        ("times_up", {"times_up": lambda day: 3 + (day % 5 == 0)}),
    ],
)
def test_each_measure_has_its_words_in_both_languages(measure: str, change: dict[str, Callable[[int], object]]):
    (alert,) = monday(a_home(since(MONDAY - timedelta(days=28), **change)))
    assert alert.subject == measure
    german = worded(alert.said, a_home().zone, alert.at, "de")
    assert "vier Wochen" in german
    assert "{" not in german + alert.explanation


def test_a_change_that_nobody_would_feel_is_none():
    home = a_home(since(MONDAY - timedelta(days=28), first=lambda day: 465 + wobble(day)))
    assert monday(home) == []


def test_a_change_for_the_better_is_no_concern():
    home = a_home(
        since(
            MONDAY - timedelta(days=28),
            first=lambda day: 380 + wobble(day),
            temperature=lambda _: 23.0,
            times_up=lambda _: 0,
        )
    )
    assert monday(home) == []


def test_days_that_vary_much_are_no_change():
    home = a_home(since(MONDAY - timedelta(days=28), first=lambda day: 475 + 12 * wobble(day)))
    assert monday(home) == []


def test_two_odd_weeks_are_no_change_over_weeks():
    assert monday(a_home(since(MONDAY - timedelta(days=12), first=later))) == []


# ------------------------------------------------------------------------------------------------ what it cannot see


def test_it_is_blind_until_there_are_two_months_to_compare():
    home = LivedHome(day=MONDAY - timedelta(days=1), rules=[Rule("trend")], starts="05:00")
    remembers(home, MONDAY - timedelta(days=20), 20)
    home.at("06:00")
    assert home.sight("trend") == "blind"
    assert home.watch.all_statuses()[0].reason == "still learning: 20 of 36 days"


def test_it_can_see_from_the_day_on_with_which_there_are_enough():
    home = LivedHome(day=MONDAY - timedelta(days=1), rules=[Rule("trend")], starts="05:00")
    remembers(home, MONDAY - timedelta(days=36), 34)
    assert home.at("06:00").sight("trend") == "blind"
    remembers(home, MONDAY - timedelta(days=2), 2)
    assert home.at("05:01").sight("trend") == "armed"


def test_a_holiday_in_the_middle_leaves_too_few_days():
    holiday = MONDAY - timedelta(days=25)
    away = range(holiday.toordinal(), holiday.toordinal() + 14)
    home = a_home(since(MONDAY - timedelta(days=28), first=later), seen=lambda day: day not in away)
    assert monday(home) == []


def test_a_week_away_is_told_in_the_coverage():
    away = range(MONDAY.toordinal() - 20, MONDAY.toordinal() - 13)
    home = a_home(since(MONDAY - timedelta(days=28), first=later), seen=lambda day: day not in away)
    (alert,) = monday(home)
    assert "We saw 21 of the last 28 days, and 28 of the 28 days before." in alert.explanation


def test_a_silent_sensor_is_no_fewer_visits():
    home = a_home(since(MONDAY - timedelta(days=28), visits=lambda _: (None, 8, 4, 6, 0, 0, 12, 0, 0)))
    assert monday(home) == []


def test_with_some_sensors_silent_it_says_so():
    home = a_home(since(MONDAY - timedelta(days=28), first=later))
    home.falls_silent("living-motion").says("living-motion", "online", False)
    (alert,) = monday(home)
    assert home.sight("trend") == "degraded"
    assert "6 of 7 sensors work. Nothing is heard from the motion sensor in the living room." in alert.explanation


def test_with_the_hub_silent_it_says_nothing():
    home = a_home(since(MONDAY - timedelta(days=28), first=later))
    home.falls_silent("hub")
    assert monday(home) == []
    assert home.sight("trend") == "blind"


def test_a_home_that_is_away_is_not_looked_at():
    home = a_home(since(MONDAY - timedelta(days=28), first=later))
    home.goes("away")
    assert monday(home) == []


# ------------------------------------------------------------------------------------------------ once, and its end


def test_it_is_told_once_and_over_when_it_is_as_before():
    changed = since(MONDAY - timedelta(days=28), first=later)
    home = a_home(changed)
    monday(home)
    weeks_go_by(home, 1, changed)
    assert len(home.alerts("trend")) == 1
    weeks_go_by(home, 4)
    (over,) = home.cleared("trend")
    assert over.subject == "first_activity"
    assert over.explanation.startswith("They get up as early as before again, mostly at 07:")
    assert len(home.alerts("trend")) == 1


def test_what_stays_for_eight_weeks_is_what_is_usual():
    changed = since(MONDAY - timedelta(days=28), first=later)
    home = a_home(changed)
    monday(home)
    weeks_go_by(home, 9, changed)
    (over,) = home.cleared("trend")
    assert over.explanation.startswith("They still get up mostly at 08:20, so this is what is usual now.")
    assert len(home.alerts("trend")) == 1


def test_a_restart_neither_forgets_nor_repeats():
    changed = since(MONDAY - timedelta(days=28), first=later)
    home = a_home(changed)
    monday(home)
    home.restarts().at("12:00").restarts()
    weeks_go_by(home, 2, changed)
    assert len(home.alerts("trend")) == 1


def test_a_clock_that_is_put_back_repeats_nothing():
    home = a_home(since(MONDAY - timedelta(days=28), first=later))
    monday(home)
    home.watch.step(-2 * HOUR)
    home.now -= 2 * HOUR
    assert len(home.at("12:00").alerts("trend")) == 1


def test_a_gateway_that_was_down_on_monday_at_nine_looks_later_that_day():
    home = a_home(since(MONDAY - timedelta(days=28), first=later)).at("23:00")
    saved, taught = home.watch.save(), home.watch.view.routine.save()
    later_on = LivedHome(day=MONDAY, rules=[Rule("trend")], starts="13:00")
    later_on.watch.recall_days(taught)
    later_on.watch.restore(saved)
    later_on.after(MINUTE)
    assert len(later_on.alerts("trend")) == 1


@pytest.mark.parametrize("changes", [date(2026, 3, 29), date(2026, 10, 25)])
def test_it_looks_at_nine_by_the_clock_on_the_wall_when_the_clocks_have_changed(changes: date):
    next_day = changes + timedelta(days=1)
    home = LivedHome(day=changes - timedelta(days=1), rules=[Rule("trend")], starts="05:00")
    remembers(home, next_day - timedelta(days=58), 58, since(next_day - timedelta(days=28), first=later))
    home.at("23:00", days=1)
    assert home.alerts("trend") == []
    (alert,) = home.at("12:00").alerts("trend")
    assert home.wall(alert.at) == "09:00"


# ------------------------------------------------------------------------------------------------ the test

PERMEABILITY = ([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46], [1.15, 0.88, 0.90, 0.74, 1.21])
"""Hollander and Wolfe's amniotic permeability: by the normal approximation with continuity correction p = 0.1223."""


def apart(values: Iterable[float]) -> list[tuple[int, float]]:
    """As days of which none follows another, so that none is like the one before."""
    return [(2 * number, value) for number, value in enumerate(values)]


def test_the_chance_is_that_of_mann_and_whitney():
    higher, lower = PERMEABILITY
    assert chance_of_rise(apart(lower), apart(higher)) == pytest.approx(0.1223118, abs=1e-6)
    assert chance_of_rise(apart([20, 11, 17, 12]), apart([19, 22, 16, 29, 24])) == pytest.approx(0.0556733, abs=1e-6)
    ties = apart([1, 1, 2, 2, 2, 3, 3, 4]), apart([2, 3, 3, 4, 4, 4, 5, 5])
    assert chance_of_rise(*ties) == pytest.approx(0.0103604, abs=1e-6)


_spans = st.lists(st.integers(0, 30), min_size=1, max_size=28)


@given(_spans, _spans)
def test_a_rise_and_a_fall_are_two_sides(before: list[int], after: list[int]):
    rise, fall = chance_of_rise(apart(before), apart(after)), chance_of_rise(apart(after), apart(before))
    assert 0 <= rise <= 1
    assert rise + fall >= 1 - 1e-9  # both count what is equal


def test_days_that_follow_each_other_closely_count_less():
    walk = [(day, float(day // 7)) for day in range(28)]
    raised = [(day + 28, value + 2) for day, value in walk]
    shuffled = [(day, float(day * 13 % 28 // 7)) for day in range(28)]
    assert likeness(walk) > 0.6 > likeness(shuffled)
    assert chance_of_rise(walk, raised) > chance_of_rise(shuffled, [(day + 28, value + 2) for day, value in shuffled])


def test_late_weekends_do_not_hide_a_change():
    weekend = {number: 60 * (date.fromordinal(number).weekday() >= 5) for number in range(700_000, 700_056)}
    days = [(number, 440 + 25 * (number >= 700_028) + wobble(number) + late) for number, late in weekend.items()]
    level = levelled(days)
    assert chance_of_rise(level[:28], level[28:]) < 0.01 * chance_of_rise(days[:28], days[28:])
    assert list(levelled(days[:1])) == days[:1]


def test_without_days_nothing_is_improbable():
    assert chance_of_rise([], [(1, 2.0)]) == 1.0
    assert chance_of_rise([(1, 2.0)], [(2, 2.0)]) == 1.0
