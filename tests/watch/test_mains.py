"""The mains fail, lived through in virtual time."""

from dataclasses import replace

import pytest

from devices.instant import MINUTE
from gateway.model import HUB_DEVICE, Flag, Reading, Rule
from tests.support.scenario import DEVICES, LivedHome, device

PLUGS = (device("plug", "kitchen", None, "mains_failure"), device("boiler", "bathroom", None, "mains_failure"))


@pytest.fixture
def home() -> LivedHome:
    home = LivedHome(devices=[*DEVICES, *PLUGS])
    return home.at("10:00").says("plug", "mains_failure", False).says("boiler", "mains_failure", False).at("12:00")


def fails(home: LivedHome, *names: str, flags: Flag = Flag.NONE) -> LivedHome:
    for name in names or ("plug", "boiler"):
        home.says(name, "mains_failure", True, flags=flags)
    return home


def test_five_minutes_without_power_are_told_once_for_the_hub(home: LivedHome):
    fails(home).at("12:04")
    assert home.alerts("mains") == []
    home.at("13:00")
    (alert,) = home.alerts("mains")
    assert (home.wall(alert.at), alert.subject, alert.priority, alert.concerns) == ("12:05", "hub", 3, "equipment")
    assert "no mains power since 12:00, for 5 min" in alert.explanation


def test_a_dip_is_nobodys_concern(home: LivedHome):
    fails(home).at("12:03").says("plug", "mains_failure", False).says("boiler", "mains_failure", False).at("14:00")
    assert home.alerts("mains") == []


def test_it_is_back_when_all_say_so(home: LivedHome):
    fails(home).at("12:30").says("plug", "mains_failure", False)
    assert home.cleared("mains") == []
    home.at("12:40").says("boiler", "mains_failure", False)
    (over,) = home.cleared("mains")
    assert (home.wall(over.at), over.subject) == ("12:40", "hub")
    fails(home.at("15:00"), "plug").at("15:06")
    assert len(home.alerts("mains")) == 2


def test_each_hub_is_told_of():
    home = LivedHome(devices=[*DEVICES, *PLUGS, device("shed", None, None, "mains_failure", hub="other")],
                     hubs=("hub", "other"))  # fmt: skip
    fails(home.at("12:00"), "plug", "shed").at("12:06")
    assert {alert.subject for alert in home.alerts("mains")} == {"hub", "other"}


def test_it_is_remembered_over_a_restart(home: LivedHome):
    fails(home).at("12:03").restarts().at("12:06").restarts()
    assert home.wall(home.alerts("mains")[0].at) == "12:05"
    home.at("12:20").says("plug", "mains_failure", False).says("boiler", "mains_failure", False)
    assert len(home.cleared("mains")) == 1


def test_a_retained_failure_counts_from_when_we_heard_of_it_and_only_where_all_was_well_before(home: LivedHome):
    fails(home, "plug", flags=Flag.RETAINED).at("12:04")
    assert home.alerts("mains") == []
    home.at("12:06")
    assert len(home.alerts("mains")) == 1
    fresh = fails(LivedHome(devices=[*DEVICES, *PLUGS]).at("12:00"), flags=Flag.RETAINED).at("13:00")
    assert fresh.alerts("mains") == []


def test_a_late_word_that_is_overtaken_begins_nothing(home: LivedHome):
    fails(home, "plug").at("12:03").says("plug", "mains_failure", False)
    home.says("plug", "mains_failure", True, flags=Flag.LATE, at=home.now - MINUTE)
    assert home.at("13:00").alerts("mains") == []


def test_when_the_hub_falls_silent_too_nothing_is_known(home: LivedHome):
    fails(home).falls_silent("hub").at("12:01")
    home._take(Reading("ELM-12", "hub", HUB_DEVICE, None, None, "online", False, home.now, home.now))
    home.at("12:30")
    assert home.alerts("mains") == []
    assert home.sight("mains") == "blind"
    home.speaks_again("hub").at("12:46")
    assert home.alerts("mains") == []
    home.at("12:51")
    assert len(home.alerts("mains")) == 1


def test_the_device_that_told_is_taken_away(home: LivedHome):
    fails(home, "plug").at("12:10")
    home.home = replace(home.home, devices=tuple(one for one in home.home.devices if one.address != "plug"))
    home.watch.update(home.home, home.now)
    home.at("12:30")
    assert [alert.subject for alert in home.cleared("mains")] == ["hub"]


def test_without_such_a_device_the_rule_is_blind():
    home = LivedHome(rules=[Rule("mains")]).at("12:00")
    assert home.sight("mains") == "blind"
