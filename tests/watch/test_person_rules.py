"""Pendant, hazard, not up and inactivity, lived through in virtual time."""

from datetime import date

import pytest

from devices.instant import HOUR, MINUTE, SECOND
from gateway.model import Flag, Rule
from tests.support.scenario import DEVICES, LivedHome, device


@pytest.fixture
def home() -> LivedHome:
    return LivedHome()


# ------------------------------------------------------------------------------------------------ pendant


def test_a_press_raises_at_once_at_priority_1(home: LivedHome):
    home.at("14:02").presses()
    (alert,) = home.alerts("pendant")
    assert (alert.priority, alert.subject, alert.concerns, home.wall(alert.at)) == (1, "pendant", "person", "14:02")
    assert alert.explanation == "The pendant was pressed at 14:02."


def test_a_cord_on_a_switch_calls_when_it_goes_on_and_not_while_it_stays_on():
    home = LivedHome(devices=[*DEVICES, device("cord", "bathroom", "pull-cord", "switch")])
    home.at("14:00").says("cord", "switch", True)
    assert home.alerts("pendant") == []  # it may have been on for days
    home.at("14:01").says("cord", "switch", False)
    home.at("14:02").says("cord", "switch", True)
    home.at("14:07").says("cord", "switch", True)
    (alert,) = home.alerts("pendant")
    assert alert.explanation == "The pull cord in the bathroom was pulled at 14:02."


def test_a_cord_that_never_says_off_calls_each_time_and_its_retained_state_does_not():
    home = LivedHome(devices=[*DEVICES, device("cord", "bathroom", "pull-cord", "switch")])
    home.at("14:00").says("cord", "switch", True, flags=Flag.RETAINED)
    home.at("14:01").says("cord", "switch", True, flags=Flag.MOMENTARY)
    home.at("14:02").says("cord", "switch", True, flags=Flag.MOMENTARY | Flag.UNTRUSTED)
    assert len(home.alerts("pendant")) == 2


def test_a_switch_that_is_no_pendant_calls_nobody():
    home = LivedHome(devices=[*DEVICES, device("lamp", "hall", "light", "switch")])
    home.at("14:00").says("lamp", "switch", False)
    home.at("14:01").says("lamp", "switch", True)
    assert home.alerts("pendant") == []


def test_every_press_is_a_trigger(home: LivedHome):
    home.at("14:02").presses().presses()
    assert len(home.alerts("pendant")) == 2


@pytest.mark.parametrize("action", ["double", "long", "emergency", "triple", "some_word_of_its_own"])
def test_any_action_of_a_pendant_is_a_call(home: LivedHome, action: str):
    home.at("14:02").presses(action=action)
    assert len(home.alerts("pendant")) == 1


@pytest.mark.parametrize("action", ["release", "cancel"])
def test_letting_go_and_cancelling_are_no_call(home: LivedHome, action: str):
    home.at("14:02").presses(action=action)
    assert home.alerts("pendant") == []


def test_an_emergency_from_any_device_is_a_call_but_its_ordinary_press_is_not():
    home = LivedHome(devices=[*DEVICES, device("wall-button", "hall", "other", "button")])
    home.at("12:00").presses("wall-button")
    assert home.alerts("pendant") == []
    home.presses("wall-button", "emergency")
    assert len(home.alerts("pendant")) == 1


def test_a_retained_press_is_history(home: LivedHome):
    home.at("14:02").presses(flags=Flag.RETAINED)
    assert home.alerts("pendant") == []


def test_a_press_that_the_hub_sent_again_is_raised_as_a_possible_repeat(home: LivedHome):
    home.at("14:02").presses(flags=Flag.REPLAYED)
    assert "may be an old alarm" in home.alerts("pendant")[0].explanation


def test_a_late_press_still_calls_and_says_how_late(home: LivedHome):
    home.at("14:16").presses(flags=Flag.LATE, at=home.now - 14 * MINUTE)
    (alert,) = home.alerts("pendant")
    assert alert.explanation == "The pendant was pressed at 14:02. It reached us 14 min late."


def test_an_undated_press_from_a_backlog_says_between_when(home: LivedHome):
    since = home.at("02:10").now
    home.at("04:05").says("pendant", "button", "press", flags=Flag.QUEUED, since=since)
    assert "between 02:10 and 04:05" in home.alerts("pendant")[0].explanation


def test_away_mode_does_not_silence_a_pendant(home: LivedHome):
    home.goes("away").at("14:02").presses()
    assert len(home.alerts("pendant")) == 1


def test_pendant_and_smoke_name_each_other(home: LivedHome):
    home.at("14:00").says("smoke", "smoke", True)
    home.at("14:01").presses()
    assert (
        "There was another alarm here: The smoke alarm in the kitchen went off at 14:00."
        in home.alerts("pendant")[0].explanation
    )


def test_cancel_clears(home: LivedHome):
    home.at("14:02").presses().at("14:03").presses(action="cancel")
    assert home.cleared("pendant")[0].subject == "pendant"


# ------------------------------------------------------------------------------------------------ hazard


def test_smoke_raises_once_and_clears(home: LivedHome):
    home.at("18:00").says("smoke", "smoke", True).says("smoke", "smoke", True)
    (alert,) = home.alerts("hazard")
    assert (alert.priority, alert.subject) == (1, "smoke smoke")
    assert alert.explanation == "The smoke alarm in the kitchen went off at 18:00."
    home.at("18:10").says("smoke", "smoke", False)
    assert len(home.cleared("hazard")) == 1
    home.at("18:20").says("smoke", "smoke", True)
    assert len(home.alerts("hazard")) == 2


def test_a_retained_alarm_of_unknown_age_raises_nothing(home: LivedHome):
    home.at("18:00").says("smoke", "smoke", True, flags=Flag.RETAINED)
    assert home.alerts("hazard") == []


def test_an_alarm_that_began_while_the_home_could_not_be_heard_is_raised_and_says_so(home: LivedHome):
    home.at("17:00").says("smoke", "smoke", False)
    home.at("18:00").says("smoke", "smoke", True, flags=Flag.RETAINED)
    assert "began while we could not hear this home" in home.alerts("hazard")[0].explanation


def test_a_fall_is_a_hazard():
    home = LivedHome(devices=[*DEVICES, device("radar", "bathroom", None, "fall")])
    home.at("03:00").says("radar", "fall", True)
    assert home.alerts("hazard")[0].explanation == "The fall alarm in the bathroom went off at 03:00."


# ------------------------------------------------------------------------------------------------ not up


def test_nobody_up_by_half_past_ten(home: LivedHome):
    home.at("08:00").moves("bedroom").at("10:29")
    assert home.alerts("not_up") == []
    home.at("10:31")
    (alert,) = home.alerts("not_up")
    assert home.wall(alert.at) == "10:30"
    assert alert.priority == 2
    assert "No sign of being up by 10:30. Last seen in the bedroom at 08:00." in alert.explanation
    home.at("10:42").moves("kitchen")
    assert home.cleared("not_up") == [], "one firing alone may be false"
    home.at("10:44").moves("hall")
    assert home.cleared("not_up")[0].explanation == "Up and about since 10:44."


def test_up_in_time_is_no_alert(home: LivedHome):
    home.at("07:30").moves("kitchen").at("12:00")
    assert home.alerts("not_up") == []


def test_a_visit_to_the_bathroom_at_three_is_still_the_night(home: LivedHome):
    home.at("03:00").moves("bathroom").at("11:00")
    assert len(home.alerts("not_up")) == 1


def test_away_is_not_missed(home: LivedHome):
    home.goes("away").at("12:00")
    assert home.alerts("not_up") == []


def test_an_empty_home_is_reported_once_not_each_morning(home: LivedHome):
    home.at("12:00", days=3)
    assert len(home.alerts("not_up")) == 1


def test_an_own_time_and_own_days_hold():
    home = LivedHome(rules=[Rule("not_up", {"by": "09:00", "days": ["wed"]})])  # begins on a Tuesday
    home.at("12:00")
    assert home.alerts("not_up") == []
    home.at("09:01")
    assert home.wall(home.alerts("not_up")[0].at) == "09:00"


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_limit_is_wall_time_on_the_days_the_clocks_change(day: date):
    home = LivedHome(day=day)
    home.at("11:00")
    assert home.wall(home.alerts("not_up")[0].at) == "10:30"


def test_a_silent_hub_is_not_a_missed_morning(home: LivedHome):
    home.at("02:00").falls_silent("hub").at("12:00")
    assert home.alerts("not_up") == []
    assert home.sight("not_up") == "blind"
    home.speaks_again("hub").at("12:50")
    assert home.alerts("not_up") == [], "an hour to be seen after the hub is back"
    home.at("13:30")
    assert len(home.alerts("not_up")) == 1


# ------------------------------------------------------------------------------------------------ inactivity


def test_two_quiet_hours_by_day(home: LivedHome):
    home.at("07:30").moves("kitchen").at("08:58").moves("kitchen").at("09:00").moves("living").at("10:59")
    assert home.alerts("inactivity") == []
    home.at("11:01")
    (alert,) = home.alerts("inactivity")
    assert alert.explanation == (
        "No movement in any room since 09:00, for 2 h. Last seen by the living room sensor. "
        "The front door has not opened. All 7 sensors work."
    )
    assert alert.evidence.details["last_room"] == "living"
    home.at("11:20").moves("hall")
    assert home.cleared("inactivity") == [], "one firing alone may be false"
    home.at("11:40").moves("living")
    (over,) = home.cleared("inactivity")
    assert (home.wall(over.at), over.explanation) == (
        "11:20",
        "Moving again since 11:20. Last seen in the living room.",
    )


def test_a_door_that_is_not_heard_is_not_said_to_have_stayed_shut(home: LivedHome):
    home.at("08:58").moves("kitchen").at("09:00").moves("living")
    home.falls_silent("front-door").says("front-door", "online", False).at("13:05")
    (alert,) = home.alerts("inactivity")
    assert "We do not know whether the front door has opened. 6 of 7 sensors work." in alert.explanation
    assert "has not opened" not in alert.explanation


def test_lone_firings_in_a_home_without_a_door_sensor_raise_it_once():
    home = LivedHome(devices=[known for known in DEVICES if known.role != "front-door"])
    home.at("09:54").moves("hall").at("13:00").moves("living").at("17:30").moves("kitchen").at("23:00")
    assert len(home.alerts("inactivity")) == 1
    assert home.cleared("inactivity") == []


def test_a_lone_firing_soon_after_they_left_is_no_presence(home: LivedHome):
    home.at("09:00").moves("hall").opens("front-door").after(20 * SECOND).closes("front-door")
    home.at("09:11").moves("living").at("18:00")
    assert home.alerts("inactivity") == []


@pytest.mark.parametrize("steps_in", [(), ("hall",), ("kitchen",)])
def test_a_collapse_just_after_coming_home_is_noticed(home: LivedHome, steps_in: tuple[str, ...]):
    home.at("09:00").moves("hall").opens("front-door").after(20 * SECOND).closes("front-door")
    home.at("15:00").opens("front-door")
    for room in steps_in:
        home.after(5 * SECOND).says(f"{room}-motion", "motion", True).says(f"{room}-motion", "motion", False)
    home.after(10 * SECOND).closes("front-door").at("17:05")
    (alert,) = home.alerts("inactivity")
    assert home.wall(alert.at) == "17:00"


def test_back_for_the_keys_and_out_again_is_out(home: LivedHome):
    home.at("09:00").moves("hall").opens("front-door").after(20 * SECOND).closes("front-door")
    home.at("10:00").opens("front-door").closes("front-door").after(20 * SECOND).moves("kitchen")
    home.after(20 * SECOND).opens("front-door").closes("front-door").at("18:00")
    assert home.alerts("inactivity") == []


def test_where_too_little_can_be_seen_nothing_is_concluded(home: LivedHome):
    rooms = [f"{room}-motion" for room in ("hall", "kitchen", "bathroom", "bedroom", "living")]
    home.at("09:00").moves("kitchen").falls_silent(*rooms, "armchair")
    for name in (*rooms, "armchair"):
        home.says(name, "online", False)
    home.at("13:00")
    assert home.alerts("inactivity") == []
    assert home.sight("inactivity") == "blind"


def test_when_the_room_of_the_last_movement_fell_silent_twice_the_time_is_given(home: LivedHome):
    home.at("09:00").moves("living").falls_silent("living-motion", "armchair")
    home.says("living-motion", "online", False).says("armchair", "online", False).at("12:59")
    assert home.alerts("inactivity") == []
    home.at("13:01")
    assert home.wall(home.alerts("inactivity")[0].at) == "13:00"


def test_a_presence_that_lasts_is_no_inactivity():
    radar = device("radar", "living", None, "presence")
    home = LivedHome(devices=[*DEVICES, radar])
    home.at("09:00").moves("living").says("radar", "presence", True, flags=Flag.RETAINED).at("12:59")
    assert home.alerts("inactivity") == []
    home.at("13:05")
    assert len(home.alerts("inactivity")) == 1, "a presence of more than two hours may be stuck"


@pytest.mark.parametrize("killed", [False, True])
def test_a_presence_that_ends_in_a_long_quiet_is_no_new_quiet(killed: bool):
    home = LivedHome(devices=[*DEVICES, device("radar", "living", None, "presence")])
    home.at("08:59").moves("living").at("09:00").says("radar", "presence", False).says("radar", "presence", True)
    home.at("12:30").says("radar", "presence", False)
    home = (home.restarts() if killed else home).at("12:59")
    assert home.alerts("inactivity") == []
    home.at("13:05")
    assert [home.wall(alert.at) for alert in home.alerts("inactivity")] == ["13:00"]


def test_a_press_says_nothing_about_moving(home: LivedHome):
    home.at("09:00").moves("kitchen").at("10:30").presses().at("11:01")
    assert home.wall(home.alerts("inactivity")[0].at) == "11:00"


def test_after_a_day_without_the_hub_the_evening_is_not_a_missed_morning(home: LivedHome):
    home.at("06:00").falls_silent("hub").at("21:30").speaks_again("hub").at("04:00")
    assert home.alerts("not_up") == []


def test_in_one_room_movement_there_is_being_up():
    home = LivedHome(devices=[known for known in DEVICES if known.address in ("bedroom-motion", "front-door")])
    home.at("08:00").moves("bedroom").at("11:31")
    assert home.alerts("not_up") == []
    assert home.wall(home.alerts("inactivity")[0].at) == "11:30", "they may have gone back to bed"


def test_gone_out_is_not_inactive(home: LivedHome):
    home.at("09:00").moves("hall").opens("front-door").after(20 * SECOND).closes("front-door").at("15:00")
    assert home.alerts("inactivity") == []


def test_movement_after_the_door_means_that_nobody_left(home: LivedHome):
    home.at("09:00").opens("front-door").closes("front-door").at("09:05").moves("kitchen").at("11:06")
    assert len(home.alerts("inactivity")) == 1


def test_one_lone_firing_in_an_empty_home_is_no_presence(home: LivedHome):
    home.at("09:00").moves("hall").opens("front-door").after(20 * SECOND).closes("front-door")
    home.at("12:00").moves("living").at("18:00")
    assert home.alerts("inactivity") == []


def test_the_evening_is_left_alone(home: LivedHome):
    home.at("08:00").moves("kitchen")
    for hour in range(9, 22):
        home.at(f"{hour:02}:00").moves("living")
    home.at("21:30").moves("bedroom").at("23:59")
    assert home.alerts("inactivity") == []


def test_the_night_before_the_first_activity_is_left_alone(home: LivedHome):
    home.at("02:00").moves("bathroom").at("06:00")
    assert home.alerts("inactivity") == []


def test_sitting_in_the_chair_is_given_longer(home: LivedHome):
    home.says("armchair", "chair", False)
    home.at("09:00").moves("living").says("armchair", "chair", True).at("12:00")
    assert home.alerts("inactivity") == []
    home.at("13:02")
    assert "in use since 09:00" in home.alerts("inactivity")[0].explanation


def test_a_state_sent_again_is_no_movement(home: LivedHome):
    home.at("09:00").moves("living").says("living-motion", "motion", True)
    for wall in ("09:30", "10:00", "10:30"):
        home.at(wall).says("living-motion", "motion", True)
    home.at("11:02")
    assert len(home.alerts("inactivity")) == 1


def test_a_sensor_that_never_says_that_it_cleared_is_believed_each_time(home: LivedHome):
    for wall in ("09:00", "09:30", "10:00", "10:30"):
        home.at(wall).says("living-motion", "motion", True)
    home.at("12:29")
    assert home.alerts("inactivity") == []
    home.at("12:31")
    assert len(home.alerts("inactivity")) == 1


def test_retained_movement_is_no_movement(home: LivedHome):
    home.at("09:00").moves("kitchen").at("10:00").says("hall-motion", "motion", True, flags=Flag.RETAINED).at("11:01")
    assert len(home.alerts("inactivity")) == 1


def test_time_in_which_nothing_could_be_seen_is_not_quiet_time(home: LivedHome):
    home.at("09:00").moves("kitchen").at("09:30").falls_silent("hub").at("12:00")
    assert home.alerts("inactivity") == []
    home.speaks_again("hub").at("12:50")
    assert home.alerts("inactivity") == []
    home.at("15:00")
    assert len(home.alerts("inactivity")) == 1
    assert "nothing could be heard" in home.alerts("inactivity")[0].explanation


def test_a_silent_sensor_is_named_in_the_explanation(home: LivedHome):
    home.falls_silent("bathroom-motion").at("06:59", days=3).moves("hall").at("07:00").moves("kitchen").at("11:01")
    (alert,) = [alert for alert in home.alerts("inactivity") if alert.at == home.now - MINUTE]
    assert "6 of 7 sensors work. Nothing is heard from the motion sensor in the bathroom." in alert.explanation
    assert home.sight("inactivity") == "degraded"


def test_a_restart_in_the_middle_changes_nothing(home: LivedHome):
    home.at("09:00").moves("living").at("10:00").restarts().at("10:59")
    assert home.alerts("inactivity") == []
    home.restarts().at("11:01")
    assert home.wall(home.alerts("inactivity")[0].at) == "11:00"


def test_a_late_dated_movement_still_counts(home: LivedHome):
    home.at("09:00").moves("kitchen").at("10:30")
    home.says("hall-motion", "motion", True, flags=Flag.LATE, at=home.now - HOUR // 2)
    home.says("kitchen-motion", "motion", True, flags=Flag.LATE, at=home.now - HOUR // 2 + MINUTE).at("12:00")
    assert home.alerts("inactivity") == []
    home.at("12:02")
    assert home.wall(home.alerts("inactivity")[0].at) == "12:01"


def test_a_firing_that_stands_alone_in_a_long_quiet_puts_it_off_by_part_of_the_time(home: LivedHome):
    home.at("09:00").moves("kitchen").at("10:40").moves("living").at("11:51")
    assert home.alerts("inactivity") == []
    home.at("11:53")
    (alert,) = home.alerts("inactivity")
    assert alert.explanation.startswith("Hardly any movement since 09:00, for 2 h 52 min. Just one sign in that time")


def test_one_firing_after_a_quiet_night_is_not_yet_being_up(home: LivedHome):
    home.at("02:00").moves("bedroom").at("07:30").moves("kitchen").at("10:31")
    assert len(home.alerts("not_up")) == 1
    home.moves("kitchen")
    assert home.cleared("not_up") == []
    home.after(5 * MINUTE).moves("hall")
    assert len(home.cleared("not_up")) == 1


def test_what_a_device_with_a_button_switches_is_no_call():
    home = LivedHome(devices=[*DEVICES, device("node", "bedroom", "pendant", "button", "switch")])
    home.at("14:00").says("node/lamp", "switch", False)
    home.at("14:01").says("node/lamp", "switch", True)
    assert home.alerts("pendant") == []
    home.at("14:02").says("node", "button", "press")
    assert len(home.alerts("pendant")) == 1
