"""The kettle is not used as on other days, lived through in virtual time."""

from datetime import date, timedelta

import pytest

from devices.instant import HOUR, MINUTE
from gateway.model import Flag, Rule
from gateway.watch.routine.day import Day
from tests.support.scenario import DEVICES, LivedHome, device

TUESDAY = date(2026, 1, 13)
APPLIANCES = (device("kettle", "kitchen", "kettle", "power"), device("fridge", "kitchen", "fridge", "contact"))
RULES = (Rule("appliance_unused"),)


def taught(home: LivedHome, *, days: int = 28, unused: int = 0, usual: int = 7 * 60 + 30) -> LivedHome:
    """On these last days the kettle was first used at 07:30, give or take ten minutes."""
    today = home.watch.view.date
    for ago in range(days, 0, -1):
        used = None if ago <= unused else usual + (ago % 5 - 2) * 5
        home.watch.view.routine.remember(
            today - timedelta(days=ago), Day((today - timedelta(days=ago)).toordinal(), first=420, kettle=used)
        )
    home.watch._assess(home.now)
    return home


def a_home(day: date = TUESDAY, **taught_by: int) -> LivedHome:
    home = LivedHome(devices=[*DEVICES, *APPLIANCES], rules=RULES, day=day - timedelta(days=1), starts="12:00")
    taught(home, **taught_by)
    home.says("kettle", "power", 0.0).says("fridge", "contact", False)
    home.says("kettle", "power", 2000.0).after(MINUTE).says("kettle", "power", 0.0)
    return home.at("22:00").moves("bedroom")


@pytest.fixture
def home() -> LivedHome:
    return a_home()


def is_up(home: LivedHome, wall: str = "07:10", *, until: str = "12:00") -> LivedHome:
    """Somebody who moves about all morning."""
    home.at(wall).moves("hall")
    while home.wall(home.now) < until:
        home.moves("living").after(20 * MINUTE)
    return home


def test_nothing_used_by_the_usual_time_and_ninety_minutes(home: LivedHome):
    (alert,) = is_up(home).alerts("appliance_unused")
    assert "09:05" <= home.wall(alert.at) <= "09:15"
    assert (alert.subject, alert.priority, alert.concerns) == ("kettle", 3, "person")
    assert "nobody had used the kettle and the fridge today" in alert.explanation
    assert "first used between 07:2" in alert.explanation
    assert "days seen: " in alert.explanation
    assert alert.evidence.details["usual"]["n"] >= 14


def test_the_kettle_clears_it(home: LivedHome):
    is_up(home).says("kettle", "power", 2100.0)
    (over,) = home.cleared("appliance_unused")
    assert (over.subject, over.at) == ("kettle", home.now)


@pytest.mark.parametrize("used", ["kettle", "fridge"])
def test_whatever_was_used_is_use(home: LivedHome, used: str):
    home.at("07:15").moves("kitchen")
    home.says("kettle", "power", 2100.0) if used == "kettle" else home.opens("fridge")
    assert is_up(home, "07:20").alerts("appliance_unused") == []


def test_while_it_learns_it_raises_nothing():
    home = is_up(a_home(days=10))
    assert home.alerts("appliance_unused") == []
    assert home.sight("appliance_unused") == "blind"


def test_where_it_is_not_used_day_by_day_a_day_without_says_nothing():
    home = is_up(a_home(unused=4))
    assert home.alerts("appliance_unused") == []
    assert home.sight("appliance_unused") == "blind"


def test_a_plug_that_is_offline_is_not_a_kettle_that_is_not_used(home: LivedHome):
    home.at("06:00").falls_silent("kettle").says("kettle", "online", False)
    assert is_up(home).alerts("appliance_unused") == []
    assert home.sight("appliance_unused") == "blind"
    assert (
        is_up(home.speaks_again("kettle").says("kettle", "online", True), "12:30", until="18:00").alerts(
            "appliance_unused"
        )
        == []
    )


def test_what_was_missed_while_we_were_down_may_have_been_tea(home: LivedHome):
    home.at("07:00")
    home.watch.gap(home.now, home.now + 30 * MINUTE)
    home.now += 30 * MINUTE
    home._next_beat = home._next_check_in = home.now
    assert is_up(home, "07:40", until="18:00").alerts("appliance_unused") == []
    is_up(home, "07:10")
    assert len(home.alerts("appliance_unused")) == 1, "the next day is another"


def test_nobody_is_up(home: LivedHome):
    assert home.at("20:00").alerts("appliance_unused") == []


def test_who_gets_up_late_has_ninety_minutes(home: LivedHome):
    (alert,) = is_up(home, "10:00", until="13:00").alerts("appliance_unused")
    assert "11:30" <= home.wall(alert.at) <= "11:35"


def test_who_is_out_drinks_tea_elsewhere(home: LivedHome):
    home.at("07:10").moves("hall").opens("front-door").closes("front-door").at("17:00")
    home.opens("front-door").closes("front-door")
    assert is_up(home, "17:01", until="21:50").alerts("appliance_unused") == []


def test_who_comes_back_from_the_bakery_has_ninety_minutes(home: LivedHome):
    home.at("07:10").moves("hall").at("08:30").opens("front-door").closes("front-door")
    home.at("08:50").opens("front-door").closes("front-door").moves("hall")
    (alert,) = is_up(home, "08:55").alerts("appliance_unused")
    assert "10:20" <= home.wall(alert.at) <= "10:25"


def test_when_nobody_moves_other_rules_speak(home: LivedHome):
    home.at("07:10").moves("hall").moves("living")
    assert home.at("20:00").alerts("appliance_unused") == []


def test_when_all_are_away(home: LivedHome):
    assert is_up(home.goes("away")).alerts("appliance_unused") == []
    assert is_up(home.goes("at home"), "12:30", until="18:00").alerts("appliance_unused") == []


@pytest.mark.parametrize("flags", [Flag.RETAINED, Flag.REPLAYED])
def test_a_kept_value_is_use_only_where_it_is_news(home: LivedHome, flags: Flag):
    home.at("06:00").says("kettle", "power", 2000.0, flags=flags)
    assert is_up(home).alerts("appliance_unused") == []


def test_a_late_use_clears_and_one_of_yesterday_does_not(home: LivedHome):
    is_up(home).says("kettle", "power", 2000.0, flags=Flag.LATE, at=home.now - 20 * HOUR)
    assert home.cleared("appliance_unused") == []
    home.says("kettle", "power", 2000.0, flags=Flag.LATE, at=home.now - 4 * HOUR)
    assert len(home.cleared("appliance_unused")) == 1


def test_it_is_remembered_over_restarts(home: LivedHome):
    home.at("07:15").moves("kitchen").says("kettle", "power", 2100.0).restarts()
    assert is_up(home, "07:20").alerts("appliance_unused") == []
    told = is_up(a_home()).restarts().says("kettle", "power", 2000.0)
    assert (len(told.alerts("appliance_unused")), len(told.cleared("appliance_unused"))) == (1, 1)


def test_each_day_anew(home: LivedHome):
    is_up(is_up(home).at("22:00"))
    assert len(home.alerts("appliance_unused")) == 2


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_clock_on_the_wall_decides_when_the_clocks_change(day: date):
    (alert,) = is_up(a_home(day)).alerts("appliance_unused")
    home = a_home(day)
    assert "09:05" <= home.wall(alert.at) <= "09:15"


def test_only_on_its_days():
    home = LivedHome(devices=[*DEVICES, *APPLIANCES], day=TUESDAY - timedelta(days=1), starts="12:00",
                     rules=[Rule("appliance_unused", {"days": ["mon", "wed"]})])  # fmt: skip
    taught(home)
    assert is_up(home.at("22:00"), until="23:00").alerts("appliance_unused") == []
    assert len(is_up(home).alerts("appliance_unused")) == 1


def test_without_an_appliance_it_is_blind():
    assert LivedHome(rules=RULES).at("12:00").sight("appliance_unused") == "blind"
