"""Sensors that stick, lived through in virtual time: they are told of, and nothing rests on what they say."""

from dataclasses import replace
from datetime import date

import pytest

from devices.instant import MINUTE, SECOND
from gateway.model import Flag, Rule
from tests.support.scenario import DEVICES, LivedHome, device


@pytest.fixture
def home() -> LivedHome:
    return LivedHome()


def toggles(home: LivedHome, name: str, times: int = 70) -> LivedHome:
    for number in range(times):
        home.says(name, "contact", number % 2 == 0).after(SECOND // 2)
    return home


def sticks(home: LivedHome, room: str = "kitchen") -> LivedHome:
    return home.moves(room).after(MINUTE).says(f"{room}-motion", "motion", True)


def test_movement_without_an_end_is_told_after_two_hours_and_clears_when_it_ends(home: LivedHome):
    sticks(home.at("12:00")).at("14:00")
    assert home.alerts("sensor_stuck") == []
    home.at("14:05")
    (alert,) = home.alerts("sensor_stuck")
    assert (alert.subject, alert.priority, alert.concerns) == ("kitchen-motion", 3, "equipment")
    assert "The motion sensor in the kitchen has said without a break since 12:01" in alert.explanation
    home.at("16:00").says("kitchen-motion", "motion", False).after(SECOND)
    (over,) = home.cleared("sensor_stuck")
    assert (home.wall(over.at), over.subject) == ("16:00", "kitchen-motion")


def test_sent_again_and_again_it_is_stuck_all_the_same(home: LivedHome):
    sticks(home.at("12:00"))
    for _ in range(30):
        home.after(5 * MINUTE).says("kitchen-motion", "motion", True)
    assert len(home.alerts("sensor_stuck")) == 1


def test_a_contact_that_toggles_is_told_at_once_and_believed_again_after_six_calm_hours(home: LivedHome):
    toggles(home.at("12:00"), "front-door")
    (alert,) = home.alerts("sensor_stuck")
    assert (alert.subject, home.wall(alert.at)) == ("front-door", "12:00")
    assert "opened and closed more than 60 times in a minute" in alert.explanation
    assert home.watch.view.unhealthy == {"front-door"}
    home.at("18:00")
    assert home.cleared("sensor_stuck") == []
    home.at("18:01")
    assert len(home.cleared("sensor_stuck")) == 1
    assert home.watch.view.unhealthy == set()


def test_a_door_in_ordinary_use_is_not(home: LivedHome):
    toggles(home.at("12:00"), "front-door", times=58).at("15:00")
    assert home.alerts("sensor_stuck") == []


def test_a_sensor_that_never_says_that_movement_ended_is_not_stuck():
    home = LivedHome(devices=[*DEVICES, device("radio", "hall", None, "motion")])
    for _ in range(30):
        home.after(20 * MINUTE).says("radio", "motion", True, flags=Flag.MOMENTARY).says("radio", "motion", True)
    assert home.alerts("sensor_stuck") == []


def test_somebody_who_sleeps_before_a_presence_sensor_is_nobodys_concern():
    home = LivedHome(devices=[*DEVICES, device("radar", "bedroom", None, "presence")])
    home.at("21:00").says("radar", "presence", True).after(MINUTE).says("radar", "presence", False)
    home.at("22:30").says("radar", "presence", True).at("05:50")
    assert home.alerts("sensor_stuck") == []
    assert home.watch.view.unhealthy == {"radar"}, "nothing rests on it all the same"
    home.at("07:01")
    assert [alert.subject for alert in home.alerts("sensor_stuck")] == ["radar"]


def test_it_is_remembered_over_a_restart(home: LivedHome):
    sticks(home.at("12:00")).at("13:00").restarts().at("14:05").restarts().at("15:00")
    assert len(home.alerts("sensor_stuck")) == 1
    assert home.cleared("sensor_stuck") == []
    home.says("kitchen-motion", "motion", False).after(SECOND)
    assert len(home.cleared("sensor_stuck")) == 1


def test_an_end_that_was_lost_while_we_were_down_is_waited_for(home: LivedHome):
    sticks(home.at("12:00")).at("12:10")
    home.watch.gap(home.now, home.now + 5 * 60 * MINUTE)
    home.now += 5 * 60 * MINUTE
    home._next_beat = home._next_check_in = home.now
    assert home.at("19:05").alerts("sensor_stuck") == []
    assert home.watch.view.unhealthy == {"kitchen-motion"}
    assert len(home.at("19:15").alerts("sensor_stuck")) == 1


def test_a_presence_of_the_night_is_told_when_the_night_ends_however_often_we_are_killed():
    home = LivedHome(devices=[*DEVICES, device("radar", "living", None, "presence")])
    home.at("01:00").says("radar", "presence", False).says("radar", "presence", True)
    for wall in ("03:30", "04:10", "05:20"):
        home.at(wall).restarts()
    home.at("12:00")
    assert [home.wall(alert.at) for alert in home.alerts("sensor_stuck")] == ["06:00"]


def test_a_clock_that_is_put_forward_makes_nothing_stick(home: LivedHome):
    sticks(home.at("12:00")).at("12:30")
    home.watch.step(3 * 60 * MINUTE)
    home.now += 3 * 60 * MINUTE
    home._next_beat = home._next_check_in = home.now
    assert home.after(MINUTE).alerts("sensor_stuck") == []


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_two_hours_are_two_hours_when_the_clocks_change(day: date):
    home = sticks(LivedHome(day=day).at("00:30")).after(119 * MINUTE)
    assert home.alerts("sensor_stuck") == []
    assert len(home.after(3 * MINUTE).alerts("sensor_stuck")) == 1


@pytest.mark.parametrize("flags", [Flag.RETAINED, Flag.REPLAYED, Flag.DUPLICATE])
def test_what_is_sent_once_more_ends_nothing_that_a_late_word_began(home: LivedHome, flags: Flag):
    sticks(home.at("12:00")).at("14:30").says("kitchen-motion", "motion", True, flags=flags).at("15:00")
    assert len(home.alerts("sensor_stuck")) == 1
    assert home.cleared("sensor_stuck") == []


def test_a_sensor_that_is_taken_away_is_forgotten(home: LivedHome):
    sticks(home.at("12:00")).at("14:30")
    home.home = replace(home.home, devices=tuple(one for one in DEVICES if one.address != "kitchen-motion"))
    home.watch.update(home.home, home.now)
    home.at("16:00")
    assert (len(home.alerts("sensor_stuck")), home.cleared("sensor_stuck")) == (1, [])


def test_while_the_only_sensor_sticks_the_rule_still_sees_it():
    home = LivedHome(devices=[device("kitchen-motion", "kitchen", None, "motion")], rules=[Rule("sensor_stuck")])
    sticks(home.at("12:00")).at("14:05")
    assert len(home.alerts("sensor_stuck")) == 1
    assert home.sight("sensor_stuck") == "armed"


# ------------------------------------------------------------------------------------------------ all is not well


def test_what_sticks_never_reads_as_all_is_well(home: LivedHome):
    sticks(home.at("07:30").moves("kitchen").at("08:00"), "hall")
    toggles(home.at("08:40"), "front-door").at("08:58").moves("kitchen").at("09:00").moves("living")
    for _ in range(15):  # both go on, and nobody moves
        toggles(home.after(20 * MINUTE), "front-door").says("hall-motion", "motion", True)
    (alert,) = home.alerts("inactivity")
    assert "11:00" <= home.wall(alert.at) <= "15:00", "more time is given where a room cannot be seen, and no more"
    assert {one.subject for one in home.alerts("sensor_stuck")} == {"hall-motion", "front-door"}
    assert home.sight("inactivity") == "degraded"


def test_a_hall_that_sticks_is_no_sign_of_being_up(home: LivedHome):
    home.at("07:00").moves("kitchen").at("22:00").moves("bedroom")
    sticks(home.at("22:10"), "hall").at("04:00")
    for _ in range(40):
        home.after(10 * MINUTE).says("hall-motion", "motion", True)
    (alert,) = home.alerts("not_up")
    assert home.wall(alert.at) == "10:30"
