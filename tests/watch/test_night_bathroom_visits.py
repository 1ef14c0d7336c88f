"""Many visits to the bathroom at night, lived through in virtual time."""

from datetime import date, timedelta

import pytest

from devices.instant import HOUR, MINUTE
from gateway.model import Flag, Rule
from gateway.watch.routine.day import KINDS, Day
from tests.support.scenario import DEVICES, LivedHome

RULES = (Rule("night_bathroom_visits"),)
VISITS = tuple(6 if kind == "bathroom" else 10 for kind in KINDS)


def a_home(days: int = 28, visits: int = 1, day: date = date(2026, 1, 13)) -> LivedHome:
    """A home that has been known for so many days, with one visit a night as a rule."""
    home = LivedHome(rules=RULES, day=day, starts="12:00")
    for ago in range(days, 0, -1):
        known = home.watch.view.date - timedelta(days=ago)
        home.watch.view.routine.remember(
            known, Day(known.toordinal(), first=450, bed=22 * 60 + 30, night_bathroom=visits, visits=VISITS)
        )
    home.watch._assess(home.now)
    return home.at("21:00").moves("living")


@pytest.fixture
def home() -> LivedHome:
    return a_home()


def a_night(home: LivedHome, visits: int, *, apart: int = 40 * MINUTE) -> LivedHome:
    """To bed, so many visits to the bathroom from half past midnight on, and up in the morning."""
    home.at("22:10").moves("bedroom").at("00:30")
    for _ in range(visits):
        home.moves("hall").moves("bathroom").moves("bathroom").moves("hall").moves("bedroom").after(apart)
    return home.at("09:00").moves("kitchen").at("21:00").moves("living")


def test_on_two_of_three_nights_it_is_told_in_the_morning(home: LivedHome):
    a_night(home, 5)
    assert home.alerts("night_bathroom_visits") == [], "one night is none"
    a_night(home, 1)
    a_night(home, 6)
    (alert,) = home.alerts("night_bathroom_visits")
    assert (alert.priority, alert.subject, alert.concerns) == (4, None, "person")
    assert "06:30" <= home.wall(alert.at) <= "08:30"
    assert alert.explanation.startswith("They went to the bathroom 6 times last night. That was so in 2 of the last 3")
    assert "Usually it is" in alert.explanation
    assert alert.evidence.details["usual"]["n"] >= 14
    assert len(alert.evidence.details["nights"]) == 2


def test_four_are_not_more_than_one_and_three(home: LivedHome):
    for _ in range(3):
        a_night(home, 4)
    assert home.alerts("night_bathroom_visits") == []


def test_who_goes_often_as_a_rule_is_not_told_of():
    home = a_home(visits=4)
    for _ in range(3):
        a_night(home, 6)
    assert home.alerts("night_bathroom_visits") == []


def test_firings_are_not_visits(home: LivedHome):
    for _ in range(3):
        home.at("22:10").moves("bedroom").at("02:00").moves("hall")
        for _ in range(9):
            home.moves("bathroom").after(6 * MINUTE)
        a_night(home.moves("hall"), 0)
    assert home.alerts("night_bathroom_visits") == []


def test_visits_three_nights_apart_are_none(home: LivedHome):
    for visits in (6, 1, 1, 6):
        a_night(home, visits)
    assert home.alerts("night_bathroom_visits") == []


def test_a_night_like_others_clears(home: LivedHome):
    for visits in (6, 6, 6, 1):
        a_night(home, visits)
    assert len(home.alerts("night_bathroom_visits")) == 1
    (over,) = home.cleared("night_bathroom_visits")
    assert over.explanation == "Last night it was 1 visit to the bathroom, as on other nights."


def test_a_night_that_was_not_seen_clears_nothing(home: LivedHome):
    a_night(a_night(home, 6), 6)
    home.at("22:30").falls_silent("hub").at("10:00").speaks_again("hub").at("21:00")
    assert len(home.alerts("night_bathroom_visits")) == 1
    assert home.cleared("night_bathroom_visits") == []


def test_blind_while_learning_and_without_a_bathroom():
    home = a_home(days=5)
    assert home.sight("night_bathroom_visits") == "blind"
    a_night(a_night(home, 8), 8)
    assert home.alerts("night_bathroom_visits") == []
    assert LivedHome(rules=RULES, devices=[one for one in DEVICES if one.room != "bathroom"]).sight(
        "night_bathroom_visits") == "blind"  # fmt: skip


def test_away_nobody_is_counted(home: LivedHome):
    home.goes("away")
    a_night(a_night(home, 6), 6)
    assert home.alerts("night_bathroom_visits") == []


def test_a_restart_in_the_middle_changes_nothing(home: LivedHome):
    a_night(home, 6).restarts().at("22:10").moves("bedroom").at("00:30")
    for _ in range(6):
        home.moves("hall").moves("bathroom").moves("hall").moves("bedroom").after(40 * MINUTE).restarts()
    home.at("09:00")
    assert len(home.alerts("night_bathroom_visits")) == 1


def test_retained_and_late_words_are_no_visits_of_their_own(home: LivedHome):
    for _ in range(2):
        home.at("22:10").moves("bedroom").at("01:00").moves("hall").moves("bathroom").moves("hall")
        for _ in range(6):
            home.after(20 * MINUTE).says("bathroom-motion", "motion", True, flags=Flag.RETAINED)
        home.says("bathroom-motion", "motion", False)
        late = home.now - 2 * HOUR + 2 * MINUTE
        home.says("bathroom-motion", "motion", True, flags=Flag.LATE, at=late).at("21:00").moves("living")
    assert home.alerts("night_bathroom_visits") == []


def test_a_clock_that_is_put_on_makes_no_visits(home: LivedHome):
    a_night(home, 3)
    home.at("22:10").moves("bedroom").at("01:00").moves("hall").moves("bathroom").clock_is_put(HOUR)
    home.moves("bathroom").moves("hall").at("09:00")
    assert home.alerts("night_bathroom_visits") == []


@pytest.mark.parametrize("day", [date(2026, 3, 27), date(2026, 10, 23)])
def test_the_night_ends_by_the_clock_on_the_wall_when_the_clocks_change(day: date):
    home = a_home(day=day)
    a_night(a_night(home, 6), 6)
    (alert,) = home.alerts("night_bathroom_visits")
    assert "06:30" <= home.wall(alert.at) <= "08:30"
