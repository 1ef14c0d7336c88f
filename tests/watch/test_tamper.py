"""A sensor is opened or moved, lived through in virtual time."""

from dataclasses import replace

import pytest

from devices.instant import HOUR
from gateway.model import Flag, Rule
from tests.support.scenario import DEVICES, LivedHome, device


@pytest.fixture
def home() -> LivedHome:
    home = LivedHome(devices=[*DEVICES, device("box", "hall", None, "contact", "tamper")])
    return home.at("09:00").says("box", "tamper", False).at("10:00")


def test_it_is_told_at_once_and_clears_when_it_is_in_its_place(home: LivedHome):
    home.says("box", "tamper", True).says("box", "tamper", True).at("11:00")
    (alert,) = home.alerts("tamper")
    assert (home.wall(alert.at), alert.subject, alert.priority, alert.concerns) == ("10:00", "box", 3, "equipment")
    assert "the contact sensor in the hall was opened or moved at 10:00" in alert.explanation.lower()
    home.says("box", "tamper", False).says("box", "tamper", False)
    assert [home.wall(over.at) for over in home.cleared("tamper")] == ["11:00"]


@pytest.mark.parametrize("flags", [Flag.RETAINED, Flag.REPLAYED])
def test_a_kept_value_counts_only_against_what_was_known(flags: Flag):
    home = LivedHome(devices=[*DEVICES, device("box", "hall", None, "contact", "tamper")]).at("10:00")
    assert home.says("box", "tamper", True, flags=flags).alerts("tamper") == []
    home.says("box", "tamper", False).says("box", "tamper", True, flags=flags)
    assert len(home.alerts("tamper")) == 1
    assert len(home.says("box", "tamper", False, flags=flags).cleared("tamper")) == 1


def test_a_duplicate_is_nothing_and_an_older_word_ends_nothing(home: LivedHome):
    assert home.says("box", "tamper", True, flags=Flag.DUPLICATE).alerts("tamper") == []
    home.says("box", "tamper", True).says("box", "tamper", False, flags=Flag.LATE, at=home.now - HOUR)
    assert home.cleared("tamper") == []


def test_one_that_never_says_that_it_is_over_is_told_of_each_time(home: LivedHome):
    home.says("box", "tamper", True, flags=Flag.MOMENTARY).at("11:00").says("box", "tamper", True, flags=Flag.MOMENTARY)
    assert len(home.alerts("tamper")) == 2
    assert home.cleared("tamper") == []


def test_nobody_with_a_transmitter_can_end_it(home: LivedHome):
    home.says("box", "tamper", True, flags=Flag.UNTRUSTED).says("box", "tamper", False, flags=Flag.UNTRUSTED)
    assert (len(home.alerts("tamper")), home.cleared("tamper")) == (1, [])
    assert len(home.says("box", "tamper", False).cleared("tamper")) == 1


def test_it_is_remembered_over_a_restart_and_forgotten_with_its_sensor(home: LivedHome):
    home.says("box", "tamper", True).restarts().says("box", "tamper", True)
    assert len(home.alerts("tamper")) == 1
    with_box = home.home
    home.home = replace(with_box, devices=tuple(one for one in with_box.devices if one.address != "box"))
    home.watch.update(home.home, home.now)
    home.home = with_box
    home.watch.update(home.home, home.now)
    home.at("12:00").says("box", "tamper", False).at("13:00").says("box", "tamper", True)
    assert len(home.alerts("tamper")) == 2


def test_also_when_away(home: LivedHome):
    home.goes("away").says("box", "tamper", True)
    assert len(home.alerts("tamper")) == 1


def test_without_such_a_sensor_the_rule_is_blind():
    assert LivedHome(rules=[Rule("tamper")]).at("12:00").sight("tamper") == "blind"
