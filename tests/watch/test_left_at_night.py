"""Left home at night and not returned, lived through in virtual time."""

from dataclasses import replace
from datetime import date

import pytest

from devices.instant import HOUR, MINUTE, SECOND
from gateway.model import Flag, Rule
from tests.support.scenario import DEVICES, LivedHome, device

RADAR = device("radar", "living", None, "presence")
RULES = (Rule("left_at_night"),)


@pytest.fixture
def home() -> LivedHome:
    return LivedHome(rules=RULES).at("21:00").moves("living")


def leaves(home: LivedHome, wall: str) -> LivedHome:
    """Somebody goes out by the front door."""
    home.at(wall).moves("hall").opens("front-door").after(20 * SECOND)
    return home.closes("front-door")


def comes_in(home: LivedHome, wall: str) -> LivedHome:
    home.at(wall).opens("front-door").after(20 * SECOND).closes("front-door").after(10 * SECOND)
    return home.moves("hall").moves("kitchen")


def test_out_at_two_and_not_back_after_twenty_minutes(home: LivedHome):
    leaves(home, "02:10").at("02:30")
    assert home.alerts("left_at_night") == []
    home.at("02:31")
    (alert,) = home.alerts("left_at_night")
    assert (home.wall(alert.at), alert.priority, alert.subject, alert.concerns) == ("02:30", 2, None, "person")
    assert "they went out at 02:10 and are not back after 20 min" in alert.explanation
    assert "Last seen in the hall at 02:10" in alert.explanation
    assert alert.evidence.details["assumed"]
    comes_in(home, "03:00")
    (over,) = home.cleared("left_at_night")
    assert home.wall(over.at) == "03:00"
    home.at("12:00")
    assert len(home.alerts("left_at_night")) == 1


def test_back_in_time_is_nothing(home: LivedHome):
    comes_in(leaves(home, "02:10"), "02:28").at("06:00")
    assert home.alerts("left_at_night") == []


def test_movement_after_the_door_means_that_nobody_left(home: LivedHome):
    leaves(home, "02:10").after(MINUTE)
    home.moves("kitchen").at("06:00")
    assert home.alerts("left_at_night") == []


def test_a_second_exit_is_told_again(home: LivedHome):
    comes_in(leaves(home, "01:00"), "01:40")
    leaves(home, "03:00").at("04:00")
    assert [home.wall(alert.at) for alert in home.alerts("left_at_night")] == ["01:20", "03:20"]


def test_a_lone_firing_is_no_coming_back(home: LivedHome):
    leaves(home, "02:10").at("02:25").moves("living").at("02:31")
    (alert,) = home.alerts("left_at_night")
    assert "One short signal came from inside at 02:25" in alert.explanation
    home.at("03:30").moves("kitchen").at("04:00")
    assert home.cleared("left_at_night") == []


def test_movement_in_two_rooms_is_somebody_inside(home: LivedHome):
    leaves(home, "02:10").at("02:40").moves("living").moves("kitchen")
    (over,) = home.cleared("left_at_night")
    assert "Somebody moves in the kitchen" in over.explanation


def test_who_left_before_ten_in_the_evening_is_no_night_exit(home: LivedHome):
    leaves(home, "21:30").at("05:00")
    assert home.alerts("left_at_night") == []


def test_who_comes_home_late_and_goes_straight_to_bed_has_not_left(home: LivedHome):
    leaves(home, "20:00").at("23:30").opens("front-door").after(20 * SECOND)
    home.closes("front-door").at("05:00")
    assert home.alerts("left_at_night") == []


def test_an_exit_just_before_six_is_still_told(home: LivedHome):
    leaves(home, "05:55").at("06:30")
    assert home.wall(home.alerts("left_at_night")[0].at) == "06:15"


def test_a_bed_that_is_in_use_means_that_a_visitor_left():
    home = (
        LivedHome(rules=RULES, devices=[*DEVICES, device("pad", "bedroom", "bed", "bed")]).at("21:00").moves("living")
    )
    home.says("pad", "bed", False).at("22:00").says("pad", "bed", True)
    home.at("22:20").opens("front-door").after(20 * SECOND).closes("front-door").at("05:00")
    assert home.alerts("left_at_night") == []


def test_a_visitor_leaves_and_the_resident_sits_still_for_a_while(home: LivedHome):
    home.at("21:45")
    for _ in range(6):  # two rooms, to and fro, faster than one person walks
        for room in ("kitchen", "living"):
            home.says(f"{room}-motion", "motion", True).after(3 * SECOND).says(f"{room}-motion", "motion", False)
    home.at("21:50").moves("living")
    leaves(home, "22:10").at("22:40")
    assert home.alerts("left_at_night") == []
    home.at("22:50").moves("living").at("05:00")
    assert home.alerts("left_at_night") == []


def test_where_two_live_it_is_degraded_and_any_signal_counts(home: LivedHome):
    home.home = replace(home.home, occupants=2)
    home.watch.update(home.home, home.now)
    assert home.sight("left_at_night") == "degraded"
    leaves(home, "02:10").at("02:40").moves("bedroom").at("05:00")
    assert home.alerts("left_at_night") == []
    home.moves("kitchen").moves("hall")
    leaves(home, "05:10").at("06:30")
    (alert,) = home.alerts("left_at_night")
    assert home.wall(alert.at) == "06:00"
    assert "More than one person may have been there" in alert.explanation


def test_a_presence_sensor_that_still_sees_somebody():
    home = LivedHome(rules=RULES, devices=[*DEVICES, RADAR]).at("21:00").says("radar", "presence", False)
    home.says("radar", "presence", True)
    home.at("22:05").opens("front-door").after(20 * SECOND).closes("front-door").at("22:55")
    assert home.alerts("left_at_night") == []


def test_away_is_not_missed(home: LivedHome):
    leaves(home, "22:30").goes("away").at("05:00")
    assert home.alerts("left_at_night") == []


def test_a_restart_in_the_middle_changes_nothing(home: LivedHome):
    leaves(home, "02:10").at("02:20").restarts().at("02:29")
    assert home.alerts("left_at_night") == []
    home.at("02:31").restarts().at("02:40")
    assert home.wall(home.alerts("left_at_night")[0].at) == "02:30"
    home.restarts()
    comes_in(home, "03:00")
    assert len(home.cleared("left_at_night")) == 1


def test_time_in_which_nothing_was_heard_does_not_count(home: LivedHome):
    leaves(home, "02:10").falls_silent("hub").at("04:00")
    assert home.alerts("left_at_night") == []
    assert home.sight("left_at_night") == "blind"
    home.speaks_again("hub").at("04:10")
    assert home.alerts("left_at_night") == []
    home.at("05:00")
    (alert,) = home.alerts("left_at_night")
    assert "nothing could be heard" in alert.explanation


def test_a_retained_door_is_no_exit_and_a_retained_movement_no_return(home: LivedHome):
    home.at("02:10").says("front-door", "contact", True, flags=Flag.RETAINED).at("03:00")
    assert home.alerts("left_at_night") == []
    leaves(home, "03:10").at("03:20").says("living-motion", "motion", True, flags=Flag.RETAINED).at("03:31")
    assert len(home.alerts("left_at_night")) == 1


def test_a_late_movement_shows_that_nobody_left(home: LivedHome):
    leaves(home, "02:10").at("02:40")
    assert len(home.alerts("left_at_night")) == 1
    home.says("kitchen-motion", "motion", True, flags=Flag.LATE, at=home.now - 28 * MINUTE)
    assert len(home.cleared("left_at_night")) == 1


def test_a_backlog_without_times_starts_no_exit_when_movement_came_with_the_door(home: LivedHome):
    since = home.at("01:00").now
    home.at("02:10")
    for address, quantity in (("front-door", "contact"), ("bedroom-motion", "motion")):
        home.says(address, quantity, True, flags=Flag.QUEUED, since=since)
    home.at("05:00")
    assert home.alerts("left_at_night") == []


def test_a_clock_that_is_put_on_ends_no_duration(home: LivedHome):
    leaves(home, "02:10").at("02:15").clock_is_put(HOUR).after(10 * MINUTE)
    assert home.alerts("left_at_night") == []
    home.after(6 * MINUTE)
    assert len(home.alerts("left_at_night")) == 1


@pytest.mark.parametrize(("day", "wall"), [(date(2026, 3, 28), "02:10"), (date(2026, 10, 24), "01:20")])
def test_twenty_minutes_are_twenty_minutes_when_the_clocks_change(day: date, wall: str):
    home = LivedHome(rules=RULES, day=day).at("22:00").moves("living")
    leaves(home, "00:50").after(20 * MINUTE - 21 * SECOND)
    assert home.alerts("left_at_night") == []
    home.after(MINUTE)
    assert home.wall(home.alerts("left_at_night")[0].at) == wall if day.month == 3 else "01:10"


def test_blind_without_a_door_that_is_heard_or_without_anything_that_sees_people(home: LivedHome):
    no_door = LivedHome(rules=RULES, devices=[known for known in DEVICES if known.role != "front-door"])
    assert no_door.sight("left_at_night") == "blind"
    assert (
        LivedHome(rules=RULES, devices=[known for known in DEVICES if known.role == "front-door"]).sight(
            "left_at_night"
        )
        == "blind"
    )
    assert home.sight("left_at_night") == "armed"
    home.says("front-door", "online", False)
    assert home.sight("left_at_night") == "blind"
    home.says("front-door", "online", True).says("bathroom-motion", "online", False)
    assert home.sight("left_at_night") == "degraded"
