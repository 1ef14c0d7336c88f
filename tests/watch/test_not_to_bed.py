"""Not gone to bed, lived through in virtual time."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from devices.instant import HOUR, MINUTE, SECOND
from gateway.model import Flag, Rule
from gateway.watch.routine.day import Day
from tests.support.scenario import DEVICES, LivedHome, device

RULES = (Rule("not_to_bed"),)
PAD = device("pad", "bedroom", "bed", "bed")


def a_home(*more: object, **options: object) -> LivedHome:
    home = LivedHome(devices=[*DEVICES, *more], rules=RULES, **options)  # type: ignore[arg-type, list-item]
    return home.at("07:00").moves("kitchen").at("19:00").moves("living")


@pytest.fixture
def home() -> LivedHome:
    return a_home()


def is_about(home: LivedHome, until: str, *rooms: str) -> LivedHome:
    """Moves about, ten minutes in each room."""
    while home.wall(home.now) != until:
        for room in rooms or ("living", "kitchen"):
            if home.wall(home.now) != until:
                home.moves(room).after(10 * MINUTE - 30 * SECOND)
    return home


def test_still_about_at_one(home: LivedHome):
    is_about(home, "01:00")
    home.after(SECOND)
    (alert,) = home.alerts("not_to_bed")
    assert (home.wall(alert.at), alert.priority, alert.subject) == ("01:00", 3, None)
    assert "No sign of going to bed by 01:00. Last seen in the kitchen at 00:50" in alert.explanation
    home.moves("bedroom").at("02:00")
    (over,) = home.cleared("not_to_bed")
    assert over.explanation == "The home has been quiet since 01:00."


def test_quiet_after_the_bedroom_is_going_to_bed(home: LivedHome):
    is_about(home, "22:30").moves("bedroom").at("00:50").moves("bathroom").at("01:30")
    assert home.alerts("not_to_bed") == [], "up again is not up still"


def test_in_the_bedroom_just_before_one_is_given_a_quarter_of_an_hour(home: LivedHome):
    is_about(home, "00:50").moves("bedroom").at("05:00")
    assert home.alerts("not_to_bed") == []


def test_an_hour_of_quiet_is_going_to_bed(home: LivedHome):
    is_about(home, "23:00").at("00:40").moves("bathroom").at("01:30")
    assert home.alerts("not_to_bed") == []


def test_asleep_in_the_chair_is_not_in_bed(home: LivedHome):
    home.says("armchair", "chair", False)
    is_about(home, "00:20").moves("living").says("armchair", "chair", True).at("01:01")
    assert len(home.alerts("not_to_bed")) == 1
    home.at("04:00")
    assert home.cleared("not_to_bed") == []
    home.at("05:01")
    assert home.cleared("not_to_bed")[0].explanation == "The night is over."


def test_the_bed_says_so():
    home = a_home(PAD).says("pad", "bed", False)
    is_about(home, "00:30").says("pad", "bed", True)
    home.at("01:10")
    assert home.alerts("not_to_bed") == []


def test_going_to_bed_later_clears_at_once():
    home = a_home(PAD).says("pad", "bed", False)
    is_about(home, "01:10")
    assert len(home.alerts("not_to_bed")) == 1
    home.says("pad", "bed", True)
    assert home.cleared("not_to_bed")[0].explanation == "In bed since 01:10."


def test_whoever_is_out_is_not_asked_about(home: LivedHome):
    is_about(home, "22:00").moves("hall").opens("front-door").after(20 * SECOND).closes("front-door").at("05:00")
    assert home.alerts("not_to_bed") == []


def test_whoever_has_just_gone_out_is_not_either(home: LivedHome):
    is_about(home, "00:50").moves("hall").opens("front-door").after(20 * SECOND).closes("front-door").at("05:00")
    assert home.alerts("not_to_bed") == []


def test_an_evening_with_a_visitor_is_put_off(home: LivedHome):
    is_about(home, "00:50")
    for _ in range(6):  # two rooms, to and fro, faster than one person walks
        for room in ("kitchen", "living"):
            home.says(f"{room}-motion", "motion", True).after(3 * SECOND).says(f"{room}-motion", "motion", False)
    home.at("01:20").moves("bedroom").at("05:00")
    assert home.alerts("not_to_bed") == []


def test_who_goes_to_bed_late_is_told_of_once_and_then_given_longer(home: LivedHome):
    for _ in range(4):
        is_about(home, "01:20").moves("bedroom").at("19:00").moves("living")
    assert len(home.alerts("not_to_bed")) == 1


def test_the_usual_bedtime_moves_the_limit_and_is_said(home: LivedHome):
    for ago in range(28, 0, -1):
        day = home.watch.view.date - timedelta(days=ago)
        home.watch.view.routine.remember(day, Day(day.toordinal(), first=480, bed=24 * 60 + 30))
    home.watch._assess(home.now)
    is_about(home, "01:20")
    assert home.alerts("not_to_bed") == []
    is_about(home, "01:40")
    (alert,) = home.alerts("not_to_bed")
    assert home.wall(alert.at) == "01:30"
    assert "Usually they go to bed at about 00:30" in alert.explanation
    assert alert.evidence.details["usual"]["n"] >= 14


def test_an_own_time(home: LivedHome):
    home.configured(Rule("not_to_bed", {"by": "23:00"}))
    is_about(home, "23:10")
    assert home.wall(home.alerts("not_to_bed")[0].at) == "23:00"


@pytest.mark.parametrize(("day", "wall"), [(date(2026, 3, 28), "02:00"), (date(2026, 10, 24), "01:00")])
def test_one_by_the_clock_on_the_wall_when_the_clocks_change(day: date, wall: str):
    home = a_home(day=day)
    is_about(home, "00:50").after(10 * MINUTE + SECOND)
    assert home.wall(home.alerts("not_to_bed")[0].at) == wall, "01:00 does not exist when the clocks go forward"


def test_away_is_nobody_to_put_to_bed(home: LivedHome):
    is_about(home, "00:30").goes("away").at("05:00")
    assert home.alerts("not_to_bed") == []


def test_a_restart_in_the_middle_changes_nothing(home: LivedHome):
    is_about(home, "22:30").moves("bedroom").at("23:30").restarts().at("00:55").moves("bathroom").restarts().at("01:30")
    assert home.alerts("not_to_bed") == []
    is_about(home.at("19:00"), "01:10").restarts().moves("bedroom").at("02:00")
    assert len(home.alerts("not_to_bed")) == len(home.cleared("not_to_bed")) == 1


def test_after_a_time_of_blindness_an_hour_is_looked_first(home: LivedHome):
    is_about(home, "23:00").falls_silent("hub").at("00:50").speaks_again("hub").moves("living").at("01:30")
    assert home.alerts("not_to_bed") == []
    assert home.sight("not_to_bed") == "armed"
    is_about(home, "02:00")
    assert [home.wall(alert.at) for alert in home.alerts("not_to_bed")] == ["01:50"]


def test_nothing_is_concluded_in_the_early_morning(home: LivedHome):
    is_about(home, "23:00").falls_silent("hub").at("03:30").speaks_again("hub").at("04:00")
    is_about(home, "05:00")
    assert home.alerts("not_to_bed") == []


def test_retained_and_late_words(home: LivedHome):
    is_about(home, "22:30").moves("bedroom").at("00:58").says("living-motion", "motion", True, flags=Flag.RETAINED)
    home.at("01:30")
    assert home.alerts("not_to_bed") == []


def test_a_clock_that_is_put_on_makes_no_late_evening(home: LivedHome):
    is_about(home, "22:30").moves("bedroom").at("23:30").clock_is_put(HOUR).at("00:55").moves("bathroom").at("01:30")
    assert home.alerts("not_to_bed") == []


def test_sight(home: LivedHome):
    assert home.sight("not_to_bed") == "armed"
    nothing = LivedHome(devices=[one for one in DEVICES if one.room != "bedroom"], rules=RULES)
    assert nothing.sight("not_to_bed") == "blind"
    home.home = replace(home.home, occupants=2)
    home.watch.update(home.home, home.now)
    assert home.sight("not_to_bed") == "degraded"
    home.falls_silent("bedroom-motion").says("bedroom-motion", "online", False)
    assert home.sight("not_to_bed") == "blind"
