"""A rule that calls too often, lived through in virtual time."""

import pytest

from devices.instant import DAY, HOUR, MINUTE
from gateway.model import Flag, Rule
from tests.support.scenario import DEVICES, LivedHome, device


@pytest.fixture
def home() -> LivedHome:
    return LivedHome(rules=[Rule("noisy_rule"), Rule("door_open"), Rule("pendant"), Rule("hazard"), Rule("tamper")],
                     devices=[*DEVICES, *(device(f"box{n}", "hall", None, "tamper") for n in range(6))])  # fmt: skip


def leaves_the_door_open(home: LivedHome, wall: str = "12:00") -> LivedHome:
    return home.at(wall).opens("front-door").after(20 * MINUTE).closes("front-door").after(HOUR)


def test_the_fourth_call_in_a_week_asks_for_a_review(home: LivedHome):
    for _ in range(3):
        leaves_the_door_open(home)
    assert home.alerts("noisy_rule") == []
    leaves_the_door_open(home)
    (task,) = home.alerts("noisy_rule")
    assert (task.subject, task.priority, task.concerns) == ("door_open", 4, "equipment")
    assert "The rule door_open has called 4 times within 7 days" in task.explanation
    assert len(task.evidence.details["openings"]) == 4
    leaves_the_door_open(home)
    assert len(home.alerts("noisy_rule")) == 1


def test_four_calls_spread_over_more_than_a_week_are_none(home: LivedHome):
    for _ in range(4):
        leaves_the_door_open(home)
        home.after(2 * DAY)
    assert home.alerts("noisy_rule") == []


def test_what_goes_on_is_one_call():
    home = LivedHome(rules=[Rule("noisy_rule"), Rule("battery", {"again_after": "2 h"})])
    home.at("10:00").says("bedroom-motion", "battery", 5.0).at("09:00")
    assert len(home.alerts("battery")) > 5
    assert home.alerts("noisy_rule") == []


def test_four_sensors_at_once_have_one_cause(home: LivedHome):
    home.at("10:00")
    for number in range(6):
        home.says(f"box{number}", "tamper", True).after(MINUTE)
    assert home.alerts("noisy_rule") == []


def test_a_real_call_is_never_noise(home: LivedHome):
    for wall in ("09:00", "11:00", "13:00", "15:00", "17:00", "19:00"):
        home.at(wall).presses().says("smoke", "smoke", True).after(HOUR).says("smoke", "smoke", False)
    assert len(home.alerts("pendant")) == len(home.alerts("hazard")) == 6
    assert home.alerts("noisy_rule") == []


def test_a_calm_week_ends_it_and_is_counted_from_the_last_call(home: LivedHome):
    for _ in range(5):
        leaves_the_door_open(home)
    home.after(7 * DAY - 3 * HOUR)
    assert home.cleared("noisy_rule") == []
    home.after(3 * HOUR)
    (calm,) = home.cleared("noisy_rule")
    assert calm.subject == "door_open"
    assert not any(active.state for active in home.watch._active if active.key == "noisy_rule")


def test_the_count_outlives_restarts_and_the_clock(home: LivedHome):
    for _ in range(3):
        leaves_the_door_open(home).restarts()
    home.watch.step(HOUR)
    home.now += HOUR
    leaves_the_door_open(home).restarts()
    assert len(home.alerts("noisy_rule")) == 1
    home.after(8 * DAY)
    assert len(home.cleared("noisy_rule")) == 1


def test_what_nobody_vouches_for_counts_as_well(home: LivedHome):
    for wall in ("09:00", "11:00", "13:00", "15:00"):
        home.at(wall).says("box1", "tamper", True, flags=Flag.MOMENTARY | Flag.UNTRUSTED)
    assert home.alerts("noisy_rule") == []  # one concern, which nothing has ended
    for day in range(1, 5):
        home.at("09:00").says(f"box{day}", "tamper", True, flags=Flag.UNTRUSTED).after(HOUR)
    assert [task.subject for task in home.alerts("noisy_rule")] == ["tamper"]


def test_it_needs_no_sensor():
    home = LivedHome(rules=[Rule("noisy_rule")], devices=[]).at("12:00")
    assert home.sight("noisy_rule") == "armed"
