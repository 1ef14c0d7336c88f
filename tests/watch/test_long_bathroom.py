"""A long visit to the bathroom, lived through in virtual time."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from devices.instant import HOUR, MINUTE, SECOND
from gateway.model import Device, Flag, Room, Rule
from tests.support.scenario import DEVICES, LivedHome, device

RULES = (Rule("long_bathroom"),)


def a_home(devices: Iterable[Device] = DEVICES, **options: object) -> LivedHome:
    home = LivedHome(devices=devices, rules=RULES, **options)  # type: ignore[arg-type]
    return home.at("07:30").moves("kitchen")


@pytest.fixture
def home() -> LivedHome:
    return a_home()


def goes(home: LivedHome, wall: str, *rooms: str) -> LivedHome:
    """Walks through these rooms one after the other."""
    home.at(wall)
    for room in rooms:
        home.moves(room)
    return home


def in_bed(home: LivedHome) -> LivedHome:
    return goes(home, "22:30", "bathroom", "hall", "bedroom")


# ------------------------------------------------------------------------------------------------ by day


def test_three_quarters_of_an_hour_by_day(home: LivedHome):
    goes(home, "10:00", "hall", "bathroom").at("10:05").moves("bathroom").at("10:45")
    assert home.alerts("long_bathroom") == []
    home.at("10:46")
    (alert,) = home.alerts("long_bathroom")
    assert (home.wall(alert.at), alert.priority, alert.subject) == ("10:45", 2, "bathroom")
    assert (
        "They have been in the bathroom since 10:00, for 45 min. The last movement there was at 10:05"
        in alert.explanation
    )
    assert "Nothing has moved anywhere else since then. The front door has not opened" in alert.explanation
    goes(home, "11:00", "hall")
    assert home.cleared("long_bathroom") == [], "one firing alone may be false"
    goes(home, "11:05", "living")
    assert "They were seen elsewhere at 11:00" in home.cleared("long_bathroom")[0].explanation
    assert len(home.alerts("long_bathroom")) == 1


def test_where_firings_come_alone_anyway_one_is_a_visit():
    home = goes(goes(a_home(firings=(0, 0)), "09:50", "kitchen"), "10:00", "bathroom").at("12:00")
    assert [home.wall(alert.at) for alert in home.alerts("long_bathroom")] == ["10:45"]
    home = goes(goes(a_home(firings=(0, 0)), "09:00", "kitchen"), "10:00", "bathroom").at("12:00")
    assert home.alerts("long_bathroom") == [], "in a house otherwise silent it is weak evidence there too"


def test_behind_the_shower_screen_nothing_is_seen_and_elsewhere_nobody(home: LivedHome):
    goes(home, "10:00", "hall", "bathroom").at("10:30").moves("bathroom").moves("hall").at("12:00")
    assert home.alerts("long_bathroom") == []


def test_who_moves_in_there_is_given_up_to_twice_the_time(home: LivedHome):
    goes(home, "10:00", "hall", "bathroom")
    for wall in ("10:10", "10:20", "10:30", "10:40", "10:50", "11:00", "11:10", "11:20", "11:29"):
        home.at(wall).moves("bathroom")
    assert home.alerts("long_bathroom") == []
    home.at("11:31")
    assert home.wall(home.alerts("long_bathroom")[0].at) == "11:30"


def test_who_bathes_for_long_is_given_longer_the_next_time(home: LivedHome):
    goes(home, "10:00", "hall", "bathroom")
    for wall in ("10:15", "10:30", "10:40", "10:48"):
        home.at(wall).moves("bathroom")
    goes(home, "10:50", "hall")
    goes(home, "15:00", "hall", "bathroom").at("15:46")
    assert home.alerts("long_bathroom") == []
    home.at("16:30")
    assert home.wall(home.alerts("long_bathroom")[0].at) == "16:10"


def test_two_bathrooms_are_two_rooms():
    home = a_home([*DEVICES, device("upstairs-motion", "upstairs", None, "motion")])
    home.home = replace(home.home, rooms=(*home.home.rooms, Room("upstairs", "bathroom")))
    home.watch.update(home.home, home.now)
    goes(home, "10:00", "hall", "bathroom").at("10:04").moves("upstairs").at("10:48")
    assert home.alerts("long_bathroom") == []
    home.at("10:50")
    assert [(alert.subject, home.wall(alert.at)) for alert in home.alerts("long_bathroom")] == [("upstairs", "10:49")]


@pytest.mark.parametrize("firings", [1, 2])
def test_a_lamp_that_hangs_nobody_knows_where_ends_no_visit(firings: int):
    home = a_home([*DEVICES, device("lamp", None, "light", "usage")]).says("lamp", "usage", False)
    goes(home, "10:00", "hall", "bathroom")
    for on in range(firings):
        home.says("lamp", "usage", not on)
    home.at("10:46")
    assert len(home.alerts("long_bathroom")) == 1


@pytest.mark.parametrize("firings", [1, 2])
def test_a_lone_firing_is_no_visit(home: LivedHome, firings: int):
    home.at("10:00").moves("living").at("11:00")
    for _ in range(firings):
        home.moves("bathroom").after(4 * MINUTE)
    home.at("13:00")
    assert home.alerts("long_bathroom") == []


def test_lone_firings_in_an_empty_home_without_a_door_sensor():
    home = a_home([one for one in DEVICES if one.role != "front-door"])
    home.home = replace(home.home, rooms=(*home.home.rooms, Room("porch", "entrance")))
    home.watch.update(home.home, home.now)
    goes(home, "10:00", "hall").at("13:00").moves("bathroom").at("17:16").moves("kitchen").at("20:00")
    assert home.alerts("long_bathroom") == []


def test_gone_out_is_not_in_the_bathroom(home: LivedHome):
    goes(home, "10:00", "hall", "bathroom", "hall").opens("front-door").after(20 * SECOND).closes("front-door")
    home.at("10:30").moves("bathroom").at("14:00")
    assert home.alerts("long_bathroom") == []


def test_who_sits_or_is_seen_by_a_presence_sensor_elsewhere_is_not_in_there():
    home = a_home([*DEVICES, device("radar", "living", None, "presence")])
    home.says("armchair", "chair", False).says("radar", "presence", False)
    goes(home, "10:00", "living").says("armchair", "chair", True).at("10:05").moves("bathroom").at("11:00")
    assert home.alerts("long_bathroom") == [], "a single firing while the chair is in use"
    goes(home, "11:30", "living").says("armchair", "chair", False).says("radar", "presence", True)
    home.after(MINUTE).moves("bathroom").moves("bathroom").at("12:30")
    assert home.alerts("long_bathroom") == []


# ------------------------------------------------------------------------------------------------ by night


def test_a_collapse_after_getting_up_is_noticed_after_twenty_five_minutes(home: LivedHome):
    in_bed(home)
    goes(home, "02:10", "bedroom", "hall", "bathroom").at("02:36")
    (alert,) = home.alerts("long_bathroom")
    assert home.wall(alert.at) == "02:36"
    assert alert.evidence.details["at_night"] is True


def test_gone_to_bed_unseen_in_the_evening(home: LivedHome):
    goes(home, "22:25", "living", "hall", "bathroom").at("03:00")
    assert home.alerts("long_bathroom") == []


def test_an_evening_visit_that_goes_on_is_told(home: LivedHome):
    goes(home, "22:10", "living", "hall", "bathroom")
    while home.wall(home.now) < "23:50":
        home.moves("bathroom").after(4 * MINUTE)
    assert home.wall(home.alerts("long_bathroom")[0].at) == "23:41"


def test_where_the_way_back_is_missed_only_a_visit_that_goes_on_is_told(home: LivedHome):
    in_bed(home)
    goes(home, "01:00", "bedroom", "hall", "bathroom").at("01:30")
    assert len(home.alerts("long_bathroom")) == 1, "nobody could know yet"
    goes(home, "04:00", "bedroom", "hall", "bathroom").at("05:00")
    assert len(home.alerts("long_bathroom")) == 1
    for _ in range(40):
        goes(home, home.wall(home.now), "hall", "bathroom", "hall").after(20 * MINUTE)
    in_bed(home)
    goes(home, "02:10", "bedroom", "hall", "bathroom").at("02:40")
    assert len(home.alerts("long_bathroom")) == 2, "seen so often since, it is believed again"


def test_without_a_sensor_in_the_bedroom_the_night_is_left_alone():
    home = a_home([one for one in DEVICES if one.address != "bedroom-motion"])
    assert home.sight("long_bathroom") == "degraded"
    goes(home, "02:10", "hall", "bathroom").at("04:00")
    assert home.alerts("long_bathroom") == []


def test_back_in_a_bed_with_a_pad(home: LivedHome):
    home = a_home([*DEVICES, device("pad", "bedroom", "bed", "bed")])
    home.says("pad", "bed", False).at("22:00").says("pad", "bed", True)
    home.at("02:10").says("pad", "bed", False).moves("hall").moves("bathroom").says("pad", "bed", True).at("04:00")
    assert home.alerts("long_bathroom") == []


# ------------------------------------------------------------------------------------------------ unknown, time


def test_away_restart_and_a_gap(home: LivedHome):
    goes(home, "10:00", "hall", "bathroom").at("10:20").restarts().at("10:46").restarts()
    assert len(home.alerts("long_bathroom")) == 1
    goes(home, "11:00", "hall", "living")
    assert len(home.cleared("long_bathroom")) == 1
    goes(home, "12:00", "hall", "bathroom").goes("away").at("13:00").goes("at home").at("15:00")
    assert len(home.alerts("long_bathroom")) == 1
    goes(home, "16:00", "hall", "bathroom").falls_silent("hub").at("17:30").speaks_again("hub").at("19:00")
    assert len(home.alerts("long_bathroom")) == 1


def test_while_another_room_cannot_be_seen_they_may_be_there(home: LivedHome):
    home.falls_silent("living-motion", "armchair").says("living-motion", "online", False)
    home.says("armchair", "online", False)
    assert home.sight("long_bathroom") == "degraded"
    goes(home, "10:00", "hall", "bathroom").at("12:00")
    assert home.alerts("long_bathroom") == []


def test_retained_late_and_queued_words(home: LivedHome):
    goes(home, "10:00", "hall").says("bathroom-motion", "motion", True, flags=Flag.RETAINED).at("11:00")
    assert home.alerts("long_bathroom") == []
    goes(home, "11:10", "living")
    home.says("bathroom-motion", "motion", True, flags=Flag.LATE, at=home.now - 8 * MINUTE).at("12:05")
    assert home.alerts("long_bathroom") == [], "they have been seen elsewhere since"
    goes(home, "12:10", "hall", "bathroom").at("12:40")
    home.says("kitchen-motion", "motion", True, flags=Flag.LATE, at=home.now - 20 * MINUTE).at("13:30")
    assert home.alerts("long_bathroom") == []
    since = goes(home, "14:00", "hall").now
    home.at("14:30").says("bathroom-motion", "motion", True, flags=Flag.QUEUED, since=since)
    home.says("hall-motion", "motion", True, flags=Flag.QUEUED, since=since).at("16:00")
    assert home.alerts("long_bathroom") == []


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_clock_that_is_put_changes_no_duration(home: LivedHome, by: int):
    goes(home, "10:00", "hall", "bathroom").at("10:10").clock_is_put(by).after(34 * MINUTE)
    assert home.alerts("long_bathroom") == []
    home.after(3 * MINUTE)
    assert len(home.alerts("long_bathroom")) == 1


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)])
def test_twenty_five_minutes_when_the_clocks_change(day: date):
    home = in_bed(a_home(day=day))
    goes(home, "00:50", "bedroom", "hall", "bathroom").after(24 * MINUTE - 30 * SECOND)
    assert home.alerts("long_bathroom") == []
    home.after(2 * MINUTE)
    assert len(home.alerts("long_bathroom")) == 1


def test_sight(home: LivedHome):
    assert home.sight("long_bathroom") == "armed"
    assert a_home([one for one in DEVICES if one.room != "bathroom"]).sight("long_bathroom") == "blind"
    light = device("light", "bathroom", "light", "usage")
    assert a_home([light, *(one for one in DEVICES if one.room != "bathroom")]).sight("long_bathroom") == "blind"
    alone = LivedHome(devices=[device("bathroom-motion", "bathroom", None, "motion")], rules=RULES)
    assert alone.sight("long_bathroom") == "blind"
    home.falls_silent("bathroom-motion").says("bathroom-motion", "online", False)
    assert home.sight("long_bathroom") == "blind"
    home = a_home()
    home.home = replace(home.home, occupants=2)
    home.watch.update(home.home, home.now)
    assert home.sight("long_bathroom") == "degraded"
