"""Doors, temperature, silent sensors and hubs, batteries; and what happens when a rule itself breaks."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from devices.instant import DAY, HOUR, MINUTE
from gateway.errors import BadInput
from gateway.model import Flag, Rule, Verdict
from gateway.saying import parse_duration
from gateway.watch.home import HomeWatch
from gateway.watch.pack import DEFAULT_PACK, build_rule, pack_of
from gateway.watch.rules import RULES
from gateway.watch.rules.temperature import Temperature
from tests.support.scenario import DEVICES, LivedHome, device


@pytest.fixture
def home() -> LivedHome:
    return LivedHome()


# ------------------------------------------------------------------------------------------------ door open


def test_a_door_left_open_at_night(home: LivedHome):
    home.at("23:10").opens("front-door").at("23:14")
    (alert,) = home.alerts("door_open")
    assert (home.wall(alert.at), alert.priority, alert.subject) == ("23:13", 2, "front-door")
    assert "The front door has been open since 23:10, for 3 min" in alert.explanation
    home.at("23:20").closes("front-door")
    assert "It was open for 10 min" in home.cleared("door_open")[0].explanation


def test_by_day_a_door_may_stand_open_longer(home: LivedHome):
    home.at("12:00").opens("front-door").at("12:09").closes("front-door").at("13:00").opens("front-door").at("13:11")
    (alert,) = home.alerts("door_open")
    assert (home.wall(alert.at), alert.priority) == ("13:10", 3)


def test_a_door_opened_just_before_the_night_counts_as_night_from_then_on(home: LivedHome):
    home.at("21:55").opens("front-door").at("22:01")
    assert home.wall(home.alerts("door_open")[0].at) == "22:00"


def test_an_open_door_is_remembered_over_a_restart(home: LivedHome):
    home.at("23:10").opens("front-door").restarts().at("23:14")
    assert home.wall(home.alerts("door_open")[0].at) == "23:13"


def test_a_door_whose_sensor_went_offline_is_unknown_not_open(home: LivedHome):
    home.at("12:00").opens("front-door").at("12:05").falls_silent("front-door").says("front-door", "online", False).at(
        "13:00"
    )
    assert home.alerts("door_open") == []
    assert home.sight("door_open") == "blind"


def test_while_the_hub_was_silent_the_door_may_have_been_closed(home: LivedHome):
    home.at("12:00").opens("front-door").at("12:05").falls_silent("front-door").says("front-door", "online", False)
    home.at("14:00").says("front-door", "online", True).at("14:04")
    assert home.alerts("door_open") == []
    home.at("14:06")
    assert home.wall(home.alerts("door_open")[0].at) == "14:05"
    home.closes("front-door").opens("front-door").at("14:20")
    assert [home.wall(alert.at) for alert in home.alerts("door_open")] == ["14:05", "14:16"]


def test_sent_again_does_not_begin_the_time_anew(home: LivedHome):
    home.at("12:00").opens("front-door").at("12:08").opens("front-door").at("12:11")
    assert home.wall(home.alerts("door_open")[0].at) == "12:10"


def test_a_door_inside_the_home_is_nobodys_concern():
    home = LivedHome(devices=[*DEVICES, device("pantry", "kitchen", "interior-door", "contact")])
    home.at("23:00").opens("pantry").at("23:59")
    assert home.alerts("door_open") == []


# ------------------------------------------------------------------------------------------------ temperature


def cold(home: LivedHome, degrees: float) -> LivedHome:
    return home.says("living-motion", "temperature", degrees)


def test_too_cold_for_an_hour_and_warm_again_with_hysteresis(home: LivedHome):
    cold(home.at("08:00"), 15.5).at("08:30")
    cold(home, 15.2).at("08:59")
    assert home.alerts("temperature") == []
    home.at("09:01")
    (alert,) = home.alerts("temperature")
    assert (alert.subject, alert.priority, home.wall(alert.at)) == ("living, low", 3, "09:00")
    assert (
        "It is too cold in the living room: 15.2 degrees. It has been below 16 degrees since 08:00."
        in alert.explanation
    )
    cold(home.at("09:30"), 16.5)
    assert home.cleared("temperature") == []
    cold(home.at("09:40"), 17.0)
    assert len(home.cleared("temperature")) == 1


def test_while_nothing_was_heard_it_may_have_been_warm(home: LivedHome):
    thermometers = ("bedroom-motion", "living-motion")
    cold(home.at("08:00"), 15.5).at("08:30").falls_silent(*thermometers)
    for one in thermometers:
        home.says(one, "online", False)
    home.at("11:00").says("living-motion", "online", True).at("11:29")
    assert home.alerts("temperature") == []
    home.at("11:31")
    assert home.wall(home.alerts("temperature")[0].at) == "11:30"
    cold(home.at("11:40"), 18.0)
    cold(home.at("12:40", days=1), 15.0).at("13:39")
    assert len(home.alerts("temperature")) == 1
    home.at("13:41")
    assert home.wall(home.alerts("temperature")[1].at) == "13:40"


def test_a_short_dip_is_no_alert(home: LivedHome):
    cold(home.at("08:00"), 15.5).at("08:40")
    cold(home, 16.5).at("12:00")
    assert home.alerts("temperature") == []


def test_at_most_one_in_a_day(home: LivedHome):
    for start, end in (("08:00", "10:00"), ("12:00", "14:00")):
        cold(home.at(start), 15.0)
        cold(home.at(end), 18.0)
    assert len(home.alerts("temperature")) == 1


def test_frost_is_urgent_and_stays_on_when_away(home: LivedHome):
    home.goes("away")
    cold(home.at("08:00"), 15.0).at("10:00")
    assert home.alerts("temperature") == []
    cold(home, 4.0).at("11:30")
    (alert,) = home.alerts("temperature")
    assert alert.priority == 2
    assert "freeze" in alert.explanation


def test_too_warm(home: LivedHome):
    cold(home.at("14:00"), 29.0).at("15:01")
    assert home.alerts("temperature")[0].subject == "living, high"


def test_a_fridge_is_not_a_room():
    home = LivedHome(devices=[*DEVICES, device("fridge", "kitchen", "fridge", "temperature")])
    home.says("fridge", "temperature", 4.0).at("12:00")
    assert home.alerts("temperature") == []


# ------------------------------------------------------------------------------------------------ silence


def test_a_silent_pendant_after_26_hours_and_others_after_72(home: LivedHome):
    home.at("08:00").falls_silent("pendant", "kitchen-motion").at("09:59", days=1)
    assert home.alerts("sensor_silent") == []
    home.at("10:01")
    (alert,) = home.alerts("sensor_silent")
    assert (alert.subject, alert.priority, alert.concerns) == ("pendant", 2, "equipment")
    assert alert.explanation.startswith("We have not heard the pendant since 08:00 yesterday, for 26 h.")
    assert home.sight("pendant") == "blind"
    home.at("08:01", days=1)
    assert [alert.subject for alert in home.alerts("sensor_silent")] == ["pendant", "kitchen-motion"]
    assert home.alerts("sensor_silent")[1].priority == 3
    home.speaks_again("pendant").at("09:01")
    assert [verdict.subject for verdict in home.cleared("sensor_silent")] == ["pendant"]


def test_a_retained_state_is_no_word_from_the_sensor(home: LivedHome):
    home.at("08:00").falls_silent("pendant").at("09:00", days=1).says("pendant", "battery", 80.0, flags=Flag.RETAINED)
    home.at("11:00")
    assert len(home.alerts("sensor_silent")) == 1


def test_a_safety_device_is_given_two_check_ins_of_its_model():
    slow = device("leak", "kitchen", None, "leak")
    home = LivedHome(devices=[*DEVICES, slow])
    home.at("08:00").falls_silent("leak").at("11:00", days=1)
    assert [alert.subject for alert in home.alerts("sensor_silent")] == ["leak"]


def test_a_silent_hub_is_one_alert_not_one_for_each_sensor(home: LivedHome):
    home.at("08:00").falls_silent("hub").at("08:44")
    assert home.alerts("hub_silent") == []
    home.at("08:46")
    (alert,) = home.alerts("hub_silent")
    assert (home.wall(alert.at), alert.priority, alert.subject) == ("08:45", 2, "hub")
    home.at("09:00", days=4)
    assert home.alerts("sensor_silent") == []
    assert {home.sight(rule) for rule in ("pendant", "hazard", "inactivity", "door_open", "sensor_silent")} == {"blind"}
    home.speaks_again("hub").at("09:20")
    assert len(home.cleared("hub_silent")) == 1
    assert home.sight("pendant") == "armed"
    assert home.alerts("sensor_silent") == [], "what was not heard while the hub was silent is not held against them"


def test_with_two_hubs_only_the_silent_ones_sensors_degrade():
    devices = [*DEVICES, device("attic-motion", "living", None, "motion", hub="attic")]
    home = LivedHome(devices=devices, hubs=("hub", "attic"))
    home.at("08:00").falls_silent("attic").at("09:00")
    assert home.sight("inactivity") == "degraded"
    assert home.sight("pendant") == "armed"
    home.moves("kitchen").at("11:01")
    assert len(home.alerts("inactivity")) == 1


def test_a_hub_that_never_spoke_cannot_be_supervised():
    home = LivedHome()
    never_heard = HomeWatch(home.home, home.now)
    never_heard.advance(home.now + DAY)
    assert {status.rule: status.state for status in never_heard.all_statuses()}["hub_silent"] == "blind"
    assert never_heard.verdicts == []


def test_a_sensor_that_was_never_heard_is_not_trusted_yet(home: LivedHome):
    fresh = LivedHome(devices=[replace(known, registered_at=0) for known in DEVICES])
    newly = tuple(replace(known, last_heard=None) for known in fresh.home.devices)
    fresh.watch.update(replace(fresh.home, devices=newly), fresh.now)
    assert fresh.sight("door_open") == "blind"
    fresh.says("front-door", "contact", False)
    assert fresh.sight("door_open") == "armed"


def test_a_door_that_stands_open_when_its_rule_is_switched_on_counts_from_then():
    home = LivedHome(rules=[Rule("pendant")])
    home.at("12:00").opens("front-door").at("12:30")
    home.configured(Rule("pendant"), Rule("door_open")).at("12:41")
    assert home.wall(home.alerts("door_open")[0].at) == "12:40"


def test_a_rule_that_is_taken_away_is_said_to_be_off(home: LivedHome):
    home.at("12:00").configured(Rule("pendant")).at("12:01")
    assert {status.rule for status in home.changes if status.state == "off"} == {
        rule.type for rule in pack_of(DEFAULT_PACK).rules
    } - {"pendant"}


def test_a_rule_whose_parameters_cannot_be_read_is_said_to_be_blind(home: LivedHome):
    home.at("12:00").configured(Rule("not_up", {"by": "noon"})).at("12:01")
    status = [status for status in home.changes if status.rule == "not_up"][-1]
    assert status.state == "blind"
    assert "a time of day is written" in status.reason


# ------------------------------------------------------------------------------------------------ battery


def test_a_low_battery_is_told_weekly_and_more_urgently_after_a_fortnight(home: LivedHome):
    home.at("08:00").says("bedroom-motion", "battery", 14.0)
    home.at("08:01", days=21)
    assert [alert.priority for alert in home.alerts("battery")] == [4, 4, 3, 3]
    home.says("bedroom-motion", "battery", 18.0)
    assert home.cleared("battery") == []
    home.says("bedroom-motion", "battery", 100.0)
    assert len(home.cleared("battery")) == 1


def test_the_devices_own_flag_counts_too(home: LivedHome):
    home.says("hall-motion", "battery_low", True)
    assert home.alerts("battery")[0].subject == "hall-motion"
    home.says("hall-motion", "battery_low", False)
    assert len(home.cleared("battery")) == 1


# ------------------------------------------------------------------------------------------------ the rules themselves


def test_a_rule_that_breaks_is_blind_and_the_others_go_on(home: LivedHome, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> Iterable[Verdict]:
        raise RuntimeError("boom")

    monkeypatch.setattr(Temperature, "on_reading", broken)
    cold(home.at("14:00"), 20.0).presses()
    assert len(home.alerts("rule_error")) == 1
    assert home.sight("temperature") == "blind"
    assert len(home.alerts("pendant")) == 1


def test_hot_state_of_a_home_with_fifteen_devices_stays_small():
    devices = [*DEVICES, *(device(f"zigbee2mqtt:0x00158d0001a2b3c{n}", "hall", None, "motion") for n in range(6))]
    home = LivedHome(devices=devices)
    for _ in range(3):
        for d in devices:
            if "motion" in d.quantities:
                home.after(MINUTE).says(d.address, "motion", True).says(d.address, "motion", False)
        home.opens("front-door").closes("front-door").presses().says("smoke", "smoke", True).after(DAY)
    assert len(home.watch.save()) <= 2048


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_type_has_defaults_and_a_docstring(rule: str):
    assert build_rule(Rule(rule)).name == rule
    assert RULES[rule].__doc__


def test_a_wrong_parameter_is_named_with_those_that_exist():
    with pytest.raises(BadInput, match=r"rule not_up: bye: .*its parameters are .*\bby\b"):
        build_rule(Rule("not_up", {"bye": "09:00"}))
    with pytest.raises(BadInput, match='no rule type "not_upp": use one of pendant'):
        build_rule(Rule("not_upp"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 h", 2 * HOUR),
        ("45 min", 45 * MINUTE),
        ("45m", 45 * MINUTE),
        ("3 d", 3 * DAY),
        (90, 90_000_000),
        ("1.5 h", HOUR * 3 // 2),
    ],
)
def test_durations_as_people_write_them(text: object, expected: int):
    assert parse_duration(text) == expected


def test_words_that_a_clock_ahead_of_time_has_noted_hide_no_silence():
    lived = LivedHome()
    ahead = lived.now + 30 * DAY
    devices = tuple(replace(known, last_heard=ahead, registered_at=ahead) for known in DEVICES)
    watch = HomeWatch(replace(lived.home, devices=devices), lived.now)
    assert {(one.last_heard, one.registered_at) for one in watch.view.home.devices} == {(None, lived.now)}
