"""A cooker that is on with nobody in the kitchen, lived through in virtual time."""

from dataclasses import replace
from datetime import date

import pytest

from devices.instant import HOUR, MINUTE
from gateway.model import HUB_DEVICE, Flag, Reading, Rule
from tests.support.scenario import DEVICES, LivedHome, device

COOKER = device("hob", "kitchen", "cooker", "power")
RULES = (Rule("appliance_on"),)


def a_home(*more: object, day: date = date(2026, 1, 13), rules: tuple[Rule, ...] = RULES) -> LivedHome:
    home = LivedHome(devices=[*DEVICES, COOKER, *more], rules=rules, day=day)  # type: ignore[list-item]
    return draws(home.at("09:00"), 0.0)


@pytest.fixture
def home() -> LivedHome:
    return a_home().at("12:00").moves("kitchen")


def draws(home: LivedHome, watts: float, *, flags: Flag = Flag.NONE, at: int | None = None) -> LivedHome:
    return home.says("hob", "power", watts, flags=flags, at=at)


def falls_silent(home: LivedHome, *, back: bool = False) -> LivedHome:
    (home.speaks_again if back else home.falls_silent)("hob")
    return home.says("hob", "online", back)


# ------------------------------------------------------------------------------------------------ fires


def test_on_for_an_hour_with_nobody_in_the_kitchen(home: LivedHome):
    draws(home, 1400.0).at("12:10").moves("kitchen").at("12:20").moves("living").at("13:09")
    assert home.alerts("appliance_on") == []
    home.at("13:11").moves("living").at("15:00")
    (alert,) = home.alerts("appliance_on")
    assert (home.wall(alert.at), alert.subject, alert.priority, alert.concerns) == ("13:10", "hob", 2, "person")
    assert "The cooker has been on since 12:00, for 1 h" in alert.explanation
    assert "Nobody has been seen in the kitchen since 12:10" in alert.explanation
    assert alert.evidence.details["on_since"].startswith("2026-01-13T12:00")


def test_it_says_when_they_seem_to_have_gone_out(home: LivedHome):
    draws(home, 1400.0).at("12:05").moves("hall").opens("front-door").closes("front-door").at("13:05")
    (alert,) = home.alerts("appliance_on")
    assert "they went out" in alert.explanation


def test_a_thermostat_that_switches_on_and_off_is_one_long_use(home: LivedHome):
    draws(home, 2000.0)
    for _ in range(8):
        draws(home.after(4 * MINUTE), 0.0)
        draws(home.after(4 * MINUTE), 2000.0)
    (alert,) = home.alerts("appliance_on")
    assert home.wall(alert.at) in ("13:00", "13:04")


def test_the_thermostat_is_no_sign_of_anybody():
    home = a_home(rules=()).at("12:00").moves("kitchen")
    draws(home, 2000.0)
    for _ in range(18):
        draws(home.after(4 * MINUTE), 0.0)
        draws(home.after(4 * MINUTE), 2000.0)
    assert [home.wall(alert.at) for alert in home.alerts("inactivity")] == ["14:00"]


def test_usage_is_as_good_as_power():
    home = LivedHome(devices=[*DEVICES, device("hob", "kitchen", "cooker", "usage")], rules=RULES)
    home.at("12:00").says("hob", "usage", True).at("13:01")
    assert len(home.alerts("appliance_on")) == 1


def test_a_cooker_without_a_room_belongs_to_the_kitchen():
    home = LivedHome(devices=[*DEVICES, device("hob", None, "cooker", "usage")], rules=RULES)
    home.at("12:00").says("hob", "usage", True).at("12:30").moves("kitchen").at("13:29")
    assert home.alerts("appliance_on") == []
    assert len(home.at("13:31").alerts("appliance_on")) == 1


# ------------------------------------------------------------------------------------------------ does not fire


def test_somebody_who_cooks_is_left_in_peace(home: LivedHome):
    draws(home, 1400.0)
    for _ in range(6):
        home.after(40 * MINUTE).moves("kitchen")
    assert home.alerts("appliance_on") == []


def test_somebody_who_sits_in_the_kitchen_is_there():
    home = a_home(device("radar", "kitchen", None, "presence")).at("12:00")
    draws(home.says("radar", "presence", True), 1400.0).at("13:50")
    assert home.alerts("appliance_on") == []
    home.says("radar", "presence", False).at("14:49")
    assert home.alerts("appliance_on") == []
    assert len(home.at("14:51").alerts("appliance_on")) == 1


def test_standby_is_not_on(home: LivedHome):
    assert draws(home, 4.0).at("15:00").alerts("appliance_on") == []


@pytest.mark.parametrize("flags", [Flag.RETAINED, Flag.REPLAYED, Flag.DUPLICATE])
def test_a_kept_value_of_which_nothing_was_known_before_begins_nothing(flags: Flag):
    home = LivedHome(devices=[*DEVICES, COOKER], rules=RULES).at("12:00")
    assert draws(home, 1400.0, flags=flags).at("14:00").alerts("appliance_on") == []


def test_a_kept_value_that_is_news_counts_from_when_we_heard_it(home: LivedHome):
    draws(home.at("12:30"), 1400.0, flags=Flag.RETAINED, at=home.now - HOUR).at("13:29")
    assert home.alerts("appliance_on") == []
    assert len(home.at("13:31").alerts("appliance_on")) == 1


def test_a_late_word_that_is_overtaken_begins_nothing(home: LivedHome):
    draws(draws(home, 1400.0).at("12:30"), 0.0)
    draws(home, 1400.0, flags=Flag.LATE, at=home.now - 5 * MINUTE)
    assert home.at("14:30").alerts("appliance_on") == []


def test_an_oven_that_may_be_off_as_its_plug_is_not_heard(home: LivedHome):
    falls_silent(draws(home, 1400.0).at("12:30")).at("15:00")
    assert home.alerts("appliance_on") == []
    assert home.sight("appliance_on") == "blind"
    falls_silent(home, back=True).at("15:29")
    assert home.alerts("appliance_on") == [], "half an hour before and half an hour after"
    assert len(home.at("15:31").alerts("appliance_on")) == 1


def test_a_kitchen_that_cannot_be_seen(home: LivedHome):
    home.falls_silent("kitchen-motion").says("kitchen-motion", "online", False)
    assert draws(home, 1400.0).at("15:00").alerts("appliance_on") == []
    assert home.sight("appliance_on") == "blind"


def test_a_kitchen_without_a_sensor_is_said_to_be_out_of_sight():
    seen = [one for one in DEVICES if one.address != "kitchen-motion"]
    home = LivedHome(devices=[*seen, COOKER], rules=RULES)
    assert draws(home.at("12:00"), 1400.0).at("15:00").alerts("appliance_on") == []
    assert home.sight("appliance_on") == "blind"


def test_when_all_are_away(home: LivedHome):
    assert draws(home.goes("away"), 1400.0).at("15:00").alerts("appliance_on") == []


# ------------------------------------------------------------------------------------------------ clears


def test_off_for_good_clears_as_of_when_it_went_off(home: LivedHome):
    draws(draws(home, 1400.0).at("13:20"), 0.0).at("13:29")
    assert home.cleared("appliance_on") == []
    (over,) = home.at("13:31").cleared("appliance_on")
    assert (home.wall(over.at), over.subject) == ("13:20", "hob")
    assert "The cooker was switched off at 13:20" in over.explanation


def test_somebody_in_the_kitchen_again_clears_and_it_is_told_again_after_an_hour(home: LivedHome):
    draws(home, 1400.0).at("13:20").moves("living").moves("kitchen")
    assert home.cleared("appliance_on") == [], "a single firing may be false"
    (over,) = home.at("13:22").moves("kitchen").cleared("appliance_on")
    assert "Somebody is in the kitchen again since 13:2" in over.explanation
    assert len(home.at("14:24").alerts("appliance_on")) == 2


def test_nobody_with_a_transmitter_clears_it(home: LivedHome):
    draws(draws(home, 1400.0).at("13:20"), 0.0, flags=Flag.UNTRUSTED).at("14:00")
    assert len(home.alerts("appliance_on")) == 1


# ------------------------------------------------------------------------------------------------ time and trouble


def test_it_is_remembered_over_restarts(home: LivedHome):
    draws(home, 1400.0).at("12:30").restarts().at("13:01").restarts()
    assert len(home.alerts("appliance_on")) == 1
    draws(home.at("13:10").restarts(), 0.0).at("13:15").restarts().at("13:30")
    assert len(home.cleared("appliance_on")) == 1


def test_time_in_which_we_were_down_is_not_counted(home: LivedHome):
    draws(home, 1400.0).at("12:20")
    home.watch.gap(home.now, home.now + 30 * MINUTE)
    home.now += 30 * MINUTE
    home._next_beat = home._next_check_in = home.now
    assert home.at("13:29").alerts("appliance_on") == []
    assert len(home.at("13:31").alerts("appliance_on")) == 1


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_an_hour_is_an_hour_when_the_clocks_change(day: date):
    home = LivedHome(devices=[*DEVICES, COOKER], rules=RULES, day=day).at("00:30")
    draws(home, 1400.0).after(59 * MINUTE)
    assert home.alerts("appliance_on") == []
    assert len(home.after(2 * MINUTE).alerts("appliance_on")) == 1


def test_the_clock_is_put_forward(home: LivedHome):
    draws(home, 1400.0).at("12:10")
    home.watch.step(2 * HOUR)
    home.now += 2 * HOUR
    home._next_beat = home._next_check_in = home.now
    assert home.after(49 * MINUTE).alerts("appliance_on") == []
    assert len(home.after(2 * MINUTE).alerts("appliance_on")) == 1


def test_a_cooker_that_is_taken_away_and_comes_back_off_is_not_told_of(home: LivedHome):
    draws(home, 1400.0).at("12:30")
    with_cooker = home.home
    home.home = replace(with_cooker, devices=tuple(one for one in with_cooker.devices if one.address != "hob"))
    home.watch.update(home.home, home.now)
    home.at("15:00", days=2)
    home.home = with_cooker
    home.watch.update(home.home, home.now)
    assert home.at("18:00").alerts("appliance_on") == []


def test_a_silent_hub_blinds_it(home: LivedHome):
    draws(home, 1400.0).falls_silent("hub")
    home._take(Reading("ELM-12", "hub", HUB_DEVICE, None, None, "online", False, home.now, home.now))
    home.at("15:00")
    assert home.alerts("appliance_on") == []


def test_two_appliances_of_which_one_is_not_heard():
    home = LivedHome(devices=[*DEVICES, COOKER, device("oven", "kitchen", "cooker", "power")], rules=RULES)
    falls_silent(draws(home.at("12:00"), 0.0)).says("oven", "power", 1500.0).at("13:01")
    assert [alert.subject for alert in home.alerts("appliance_on")] == ["oven"]
    assert home.sight("appliance_on") == "degraded"
    assert "Nothing is heard from the cooker" in home.alerts("appliance_on")[0].explanation
