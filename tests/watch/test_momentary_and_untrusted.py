"""Sensors that never say that it is over, and radio that anybody could have sent: it may not clear an alert."""

import pytest

from devices.instant import HOUR, MINUTE
from gateway.model import Directory, Flag, Journaled, Reading
from gateway.watch.engine import Engine
from tests.support.scenario import DEVICES, LivedHome, device

ANYBODY = Flag.UNTRUSTED
ONCE = Flag.MOMENTARY
BOTH = Flag.MOMENTARY | Flag.UNTRUSTED


@pytest.fixture
def home() -> LivedHome:
    return LivedHome()


# ------------------------------------------------------------------------------------------------ never over


@pytest.mark.parametrize("flags", [ONCE, BOTH])
def test_a_sensor_that_only_reports_movement_is_believed_each_time(flags: Flag):
    home = LivedHome(devices=[*DEVICES, device("radio", "kitchen", None, "motion")])
    home.at("08:00").moves("kitchen")
    for wall in ("09:30", "11:00", "12:30"):
        home.at(wall).says("radio", "motion", True, flags=flags)
        home.after(MINUTE).says("radio", "motion", True, flags=flags)
    home.at("14:00")
    assert home.alerts("inactivity") == []
    home.at("14:32")
    (alert,) = home.alerts("inactivity")
    assert "No movement in any room since 12:31" in alert.explanation


def test_a_momentary_presence_holds_nobody_in_the_room():
    home = LivedHome(devices=[*DEVICES, device("radio", "living", None, "presence")])
    home.at("08:59").moves("kitchen").at("09:00").says("radio", "presence", True, flags=ONCE)
    home.at("11:00")
    assert [home.wall(alert.at) for alert in home.alerts("inactivity")] == ["11:00"]  # and not two hours later
    assert "presence" not in home.watch.view.devices["radio"].values


def test_a_momentary_bed_is_not_occupied_for_ever():
    home = LivedHome(devices=[*DEVICES, device("mat", "bedroom", "bed", "bed")])
    home.at("08:00").moves("kitchen").says("mat", "bed", True, flags=ONCE).at("11:35")
    assert [home.wall(alert.at) for alert in home.alerts("inactivity")] == ["11:30"]  # and not after four hours
    assert home.watch.view.resting_since() is None


def test_what_was_held_before_is_let_go_by_a_momentary_word():
    home = LivedHome(devices=[*DEVICES, device("mat", "bedroom", "bed", "bed")])
    home.at("08:00").says("mat", "bed", True)
    assert home.watch.view.resting_since() is not None
    home.says("mat", "bed", True, flags=ONCE)
    assert home.watch.view.resting_since() is None


def test_a_momentary_smoke_is_not_held_to_be_going_on():
    home = LivedHome(devices=[*DEVICES, device("head", "kitchen", None, "smoke")])
    home.at("12:00").says("head", "smoke", True, flags=ONCE).at("12:20").says("head", "smoke", True)
    assert len([one for one in home.alerts("hazard") if one.subject == "smoke head"]) == 2


def test_each_momentary_smoke_is_an_alarm_of_its_own(home: LivedHome):
    home.at("12:00").says("smoke", "smoke", True, flags=ONCE).at("12:20").says("smoke", "smoke", True, flags=ONCE)
    assert [home.wall(alert.at) for alert in home.alerts("hazard")] == ["12:00", "12:20"]
    home.restarts().at("12:40").says("smoke", "smoke", True, flags=BOTH)
    assert len(home.alerts("hazard")) == 3


def test_a_momentary_smoke_from_the_brokers_memory_is_history(home: LivedHome):
    home.at("12:00").says("smoke", "smoke", True, flags=ONCE | Flag.RETAINED)
    home.says("smoke", "smoke", True, flags=ONCE | Flag.DUPLICATE)
    assert home.alerts("hazard") == []


def test_a_door_that_never_says_closed_is_a_coming_or_going_and_not_left_open(home: LivedHome):
    home.at("12:00").says("front-door", "contact", True, flags=ONCE).at("13:30")
    assert home.alerts("door_open") == []
    assert home.watch.view.whereabouts(home.now) == "out"


def test_a_momentary_reading_is_a_word_of_its_device(home: LivedHome):
    home.falls_silent("smoke")
    for day in range(4):
        home.at("12:00", days=int(day > 0)).says("smoke", "smoke", True, flags=BOTH)
    assert [alert for alert in home.alerts("sensor_silent") if alert.subject == "smoke"] == []


# ------------------------------------------------------------------------------------------------ anybody's transmitter


def test_anybodys_radio_raises_a_leak_and_cannot_clear_it(home: LivedHome):
    home.at("12:00").says("smoke", "smoke", True, flags=ANYBODY).at("12:10").says(
        "smoke", "smoke", False, flags=ANYBODY
    )
    assert len(home.alerts("hazard")) == 1
    assert home.cleared("hazard") == []
    home.at("13:00").says("smoke", "smoke", True, flags=ANYBODY)
    assert [home.wall(alert.at) for alert in home.alerts("hazard")] == ["12:00", "13:00"]  # the next is heard too
    home.at("13:05").says("smoke", "smoke", False)
    assert len(home.cleared("hazard")) == 1


def test_what_can_be_trusted_clears_what_anybody_had_called_over(home: LivedHome):
    home.at("12:00").says("smoke", "smoke", True).at("12:10").says("smoke", "smoke", False, flags=ANYBODY)
    home.restarts().configured().at("12:30")
    assert home.cleared("hazard") == []
    home.says("smoke", "smoke", False)
    assert [home.wall(clear.at) for clear in home.cleared("hazard")] == ["12:30"]
    home.at("12:40").says("smoke", "smoke", False)
    assert len(home.cleared("hazard")) == 1


def test_a_door_that_anybody_calls_closed_stays_an_alert_and_is_watched_on(home: LivedHome):
    home.at("12:00").says("front-door", "contact", True, flags=ANYBODY).at("12:15")
    home.says("front-door", "contact", False, flags=ANYBODY)
    assert (len(home.alerts("door_open")), home.cleared("door_open")) == (1, [])
    home.at("23:00").says("front-door", "contact", True, flags=ANYBODY).at("23:10")
    assert [home.wall(alert.at) for alert in home.alerts("door_open")] == ["12:10", "23:03"]
    home.closes("front-door")
    assert len(home.cleared("door_open")) == 1


def test_a_door_closed_in_time_by_anybodys_word_is_no_alert(home: LivedHome):
    home.at("12:00").says("front-door", "contact", True, flags=ANYBODY).at("12:05")
    home.says("front-door", "contact", False, flags=ANYBODY).at("14:00")
    assert home.alerts("door_open") == []


def test_anybodys_movement_prevents_an_alert_and_does_not_end_one(home: LivedHome):
    home.at("08:00").moves("kitchen")
    for wall in ("09:29", "09:30"):
        home.at(wall).says("living-motion", "motion", True, flags=ANYBODY)
    home.at("11:20")
    assert home.alerts("inactivity") == []
    home.at("11:40")
    assert len(home.alerts("inactivity")) == 1
    home.says("hall-motion", "motion", True, flags=BOTH).after(MINUTE).says("hall-motion", "motion", True, flags=BOTH)
    assert home.cleared("inactivity") == []
    home.after(MINUTE).says("kitchen-motion", "motion", True)
    assert home.cleared("inactivity") == []  # one movement alone confirms nothing, not even after anybody's
    home.after(MINUTE).says("kitchen-motion", "motion", False).after(MINUTE).says("kitchen-motion", "motion", True)
    assert len(home.cleared("inactivity")) == 1


def test_a_home_that_only_anybody_reports_from_is_told_of_the_next_quiet_too(home: LivedHome):
    home.at("08:00").says("hall-motion", "motion", True, flags=BOTH).at("10:30")
    for wall in ("10:40", "10:45"):
        home.at(wall).says("hall-motion", "motion", True, flags=BOTH)
    home.at("13:00")
    assert [home.wall(alert.at) for alert in home.alerts("inactivity")] == ["10:00", "12:45"]
    assert home.cleared("inactivity") == []


def test_anybodys_movement_in_the_morning_does_not_say_that_they_are_up_after_all(home: LivedHome):
    home.at("10:31")
    assert len(home.alerts("not_up")) == 1
    home.at("10:40").says("kitchen-motion", "motion", True, flags=ANYBODY)
    assert home.cleared("not_up") == []
    home.at("10:50").moves("hall")
    assert len(home.cleared("not_up")) == 1


def test_anybodys_warmth_does_not_end_a_cold_room(home: LivedHome):
    for wall in ("12:00", "12:30", "13:01"):
        home.at(wall).says("living-motion", "temperature", 14.0)
    assert len(home.alerts("temperature")) == 1
    home.at("13:10").says("living-motion", "temperature", 22.0, flags=ANYBODY)
    assert home.cleared("temperature") == []
    home.at("13:20").says("living-motion", "temperature", 18.0)
    assert len(home.cleared("temperature")) == 1


def test_nor_does_it_help_another_sensor_to_end_it():
    home = LivedHome(devices=[*DEVICES, device("radio", "living", None, "temperature")])
    for wall in ("12:00", "12:30", "13:01"):
        home.at(wall).says("living-motion", "temperature", 13.0).says("radio", "temperature", 14.0, flags=ANYBODY)
    assert len(home.alerts("temperature")) == 1
    home.at("13:10").says("radio", "temperature", 19.0, flags=ANYBODY)
    home.at("13:20").says("living-motion", "temperature", 15.5)  # with the other their mean would be warm enough
    assert home.cleared("temperature") == []
    home.at("13:30").says("living-motion", "temperature", 17.5)
    assert len(home.cleared("temperature")) == 1


def test_anybodys_battery_is_not_good_again(home: LivedHome):
    home.at("12:00").says("bedroom-motion", "battery", 5.0, flags=ANYBODY)
    home.at("13:00").says("bedroom-motion", "battery", 100.0, flags=ANYBODY)
    assert (len(home.alerts("battery")), home.cleared("battery")) == (1, [])
    home.at("14:00").says("bedroom-motion", "battery", 100.0)
    assert len(home.cleared("battery")) == 1


def test_a_silent_sensor_is_not_heard_again_by_anybodys_word_and_its_next_silence_is_told(home: LivedHome):
    home.falls_silent("smoke").after(27 * HOUR)
    assert [alert.subject for alert in home.alerts("sensor_silent")] == ["smoke"]
    home.says("smoke", "battery", 90.0, flags=ANYBODY)
    assert home.cleared("sensor_silent") == []
    home.after(27 * HOUR)
    assert [alert.subject for alert in home.alerts("sensor_silent")] == ["smoke", "smoke"]
    home.says("smoke", "battery", 90.0)
    assert [clear.subject for clear in home.cleared("sensor_silent")] == ["smoke"]


def test_whatever_a_hub_passes_on_shows_that_the_hub_is_there(home: LivedHome):
    home.at("12:00").falls_silent("hub").after(HOUR)
    assert len(home.alerts("hub_silent")) == 1
    home.says("smoke", "battery", 90.0, flags=ANYBODY)
    assert len(home.cleared("hub_silent")) == 1


def test_a_press_that_anybody_sent_calls_and_cannot_be_cancelled_by_anybody(home: LivedHome):
    home.at("12:00").presses(flags=ANYBODY).at("12:01").presses(action="cancel", flags=ANYBODY)
    assert (len(home.alerts("pendant")), home.cleared("pendant")) == (1, [])
    home.at("12:02").presses(action="cancel")
    assert len(home.cleared("pendant")) == 1


def test_no_more_is_remembered_of_doubted_concerns_than_a_few():
    sensors = [device(f"leak-{number}", "kitchen", None, "leak") for number in range(20)]
    home = LivedHome(devices=[*DEVICES, *sensors])
    for sensor in sensors:
        home.says(sensor.address, "leak", True, flags=ANYBODY).says(sensor.address, "leak", False, flags=ANYBODY)
    assert len(home.alerts("hazard")) == 20
    assert len(home.watch.save()) < 3_000


@pytest.mark.parametrize(
    ("flags", "heard"), [(BOTH, True), (ONCE | Flag.LATE, False), (ANYBODY | Flag.RETAINED, False)]
)
def test_the_registry_learns_when_such_a_sensor_was_heard(home: LivedHome, flags: Flag, heard: bool):
    engine = Engine()
    engine.update(Directory((home.home,)), home.now)
    said = Reading("ELM-12", "hub", "smoke", "kitchen", None, "smoke", True, home.now, home.now, flags)
    engine.take(Journaled(1, said))
    assert (("hub", "smoke") in engine.collect().heard) is heard
