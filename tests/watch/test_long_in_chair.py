"""In the chair for too long, lived through in virtual time."""

from dataclasses import replace
from datetime import date

import pytest

from devices.instant import HOUR, MINUTE, SECOND
from gateway.model import Flag, Rule
from tests.support.scenario import DEVICES, LivedHome, device

RULES = (Rule("long_in_chair"),)


def a_home(**options: object) -> LivedHome:
    home = LivedHome(rules=RULES, **options)  # type: ignore[arg-type]
    return home.at("07:30").moves("kitchen").says("armchair", "chair", False)


@pytest.fixture
def home() -> LivedHome:
    return a_home()


def sits(home: LivedHome, wall: str) -> LivedHome:
    return home.at(wall).moves("living").says("armchair", "chair", True)


def test_four_hours_by_day(home: LivedHome):
    sits(home, "13:00").at("15:00").moves("living").at("17:00")
    assert home.alerts("long_in_chair") == []
    home.at("17:01")
    (alert,) = home.alerts("long_in_chair")
    assert (home.wall(alert.at), alert.priority, alert.subject) == ("17:00", 3, "armchair")
    assert "They have been in the chair in the living room since 13:00, for 4 h" in alert.explanation
    home.at("17:30").says("armchair", "chair", False)
    (over,) = home.cleared("long_in_chair")
    assert over.explanation.startswith("They got up from the chair at 17:30")
    home.at("23:00")
    assert len(home.alerts("long_in_chair")) == 1


def test_getting_up_in_between_is_getting_up(home: LivedHome):
    sits(home, "13:00").at("15:00").says("armchair", "chair", False).after(MINUTE).says("armchair", "chair", True)
    home.at("18:30")
    assert home.alerts("long_in_chair") == []


def test_a_cushion_on_the_pad(home: LivedHome):
    sits(home, "13:00").at("14:00").moves("kitchen").at("21:00")
    assert home.alerts("long_in_chair") == []
    home.says("armchair", "chair", False)
    sits(home, "09:00").at("13:01")
    assert len(home.alerts("long_in_chair")) == 1, "the next stay is believed again"


@pytest.mark.parametrize(("occupants", "is_said"), [(1, True), (2, False)])
def test_that_nobody_was_elsewhere_is_said_only_where_one_lives(home: LivedHome, occupants: int, is_said: bool):
    home.home = replace(home.home, occupants=occupants)
    home.watch.update(home.home, home.now)
    sits(home, "13:00").at("17:01")
    assert ("Nobody has been seen in another room" in home.alerts("long_in_chair")[0].explanation) is is_said


def test_being_seen_in_another_room_clears(home: LivedHome):
    sits(home, "13:00").at("17:20").moves("kitchen")
    (over,) = home.cleared("long_in_chair")
    assert "They were seen in the kitchen at 17:20, so the chair is not believed" in over.explanation
    home.at("23:00")
    assert len(home.alerts("long_in_chair")) == 1


def test_the_way_to_the_chair_told_late_is_not_elsewhere(home: LivedHome):
    sits(home, "13:00").after(20 * SECOND).moves("hall").at("17:01")
    assert len(home.alerts("long_in_chair")) == 1


def test_where_two_live_the_other_may_be_elsewhere(home: LivedHome):
    home.home = replace(home.home, occupants=2)
    home.watch.update(home.home, home.now)
    sits(home, "13:00").at("14:00").moves("kitchen").at("17:01")
    assert len(home.alerts("long_in_chair")) == 1


def test_the_evening_and_the_night_in_the_chair_are_left_alone(home: LivedHome):
    sits(home, "19:00").at("09:59")
    assert home.alerts("long_in_chair") == []
    home.at("10:01")
    assert home.wall(home.alerts("long_in_chair")[0].at) == "10:00", "four hours after the end of the night"


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)])
def test_the_night_ends_by_the_clock_on_the_wall_when_the_clocks_change(day: date):
    home = a_home(day=day)
    sits(home, "23:00").at("12:00")
    assert home.wall(home.alerts("long_in_chair")[0].at) == "10:00"


def test_a_restart_in_the_middle_changes_nothing(home: LivedHome):
    sits(home, "13:00").at("15:00").restarts().at("17:01").restarts().at("17:30").says("armchair", "chair", False)
    assert home.wall(home.alerts("long_in_chair")[0].at) == "17:00"
    assert len(home.cleared("long_in_chair")) == 1


def test_retained_late_and_momentary_words(home: LivedHome):
    home.at("09:00").says("armchair", "chair", True, flags=Flag.RETAINED).at("14:00")
    assert home.alerts("long_in_chair") == [], "nobody knows since when"
    home.says("armchair", "chair", False).says("armchair", "chair", True, flags=Flag.MOMENTARY).at("19:00")
    assert home.alerts("long_in_chair") == []
    home.at("08:00").says("armchair", "chair", True, flags=Flag.LATE, at=home.now - HOUR).at("11:01")
    assert home.wall(home.alerts("long_in_chair")[0].at) == "11:00"
    home.says("armchair", "chair", False, flags=Flag.RETAINED)
    assert home.cleared("long_in_chair") == []


def test_a_state_that_is_sent_again_starts_nothing_anew(home: LivedHome):
    sits(home, "13:00").at("15:00").says("armchair", "chair", True).at("17:01")
    assert home.wall(home.alerts("long_in_chair")[0].at) == "17:00"


def test_unheard_time_is_no_sitting(home: LivedHome):
    sits(home, "13:00").at("14:00").falls_silent("hub").at("16:00").speaks_again("hub").at("17:30")
    assert home.alerts("long_in_chair") == []
    home.at("19:00")
    assert "18:15" <= home.wall(home.alerts("long_in_chair")[0].at) <= "18:45"


def test_away_nobody_sits(home: LivedHome):
    sits(home, "13:00").goes("away").at("20:00").goes("at home").at("20:01")
    assert home.alerts("long_in_chair") == []


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_clock_that_is_put_changes_no_duration(home: LivedHome, by: int):
    sits(home, "13:00").at("15:00").clock_is_put(by).after(2 * HOUR - MINUTE)
    assert home.alerts("long_in_chair") == []
    home.after(2 * MINUTE)
    assert len(home.alerts("long_in_chair")) == 1


def test_a_chair_that_was_in_use_when_the_rule_began(home: LivedHome):
    home.configured(Rule("pendant"))
    sits(home, "10:00").at("13:00").configured(*RULES).at("17:01")
    assert home.wall(home.alerts("long_in_chair")[0].at) == "17:00"


def test_sight(home: LivedHome):
    assert home.sight("long_in_chair") == "armed"
    assert (
        LivedHome(rules=RULES, devices=[one for one in DEVICES if one.role != "chair"]).sight("long_in_chair")
        == "blind"
    )
    home.falls_silent("armchair").says("armchair", "online", False)
    assert home.sight("long_in_chair") == "blind"
    two = LivedHome(rules=RULES, devices=[*DEVICES, device("chair-2", "bedroom", "chair", "chair")])
    two.falls_silent("chair-2").says("chair-2", "online", False)
    assert two.sight("long_in_chair") == "degraded"
