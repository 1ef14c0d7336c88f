"""Pacing at night, lived through in virtual time."""

from dataclasses import replace
from datetime import date

import pytest

from devices.instant import HOUR, MINUTE, SECOND
from gateway.model import Flag, Rule
from tests.support.scenario import DEVICES, LivedHome, device

RULES = (Rule("pacing"),)


@pytest.fixture
def home() -> LivedHome:
    return LivedHome(rules=RULES).at("22:30").moves("bedroom")


def walks(home: LivedHome, *rooms: str, each: int = MINUTE) -> LivedHome:
    """From room to room, so long in each."""
    for room in rooms:
        home.says(f"{room}-motion", "motion", True).after(each // 2)
        home.says(f"{room}-motion", "motion", False).after(each - each // 2)
    return home


TO_AND_FRO = ("bedroom", "living", "kitchen", "living", "bedroom", "living", "kitchen", "living")


def test_six_rooms_in_twenty_minutes(home: LivedHome):
    walks(home.at("02:00"), *TO_AND_FRO)
    (alert,) = home.alerts("pacing")
    assert (home.wall(alert.at), alert.priority, alert.subject) == ("02:06", 3, None)
    assert "They have gone from room to room 6 times since 02:01, in 5 min" in alert.explanation
    walks(home, *TO_AND_FRO)
    assert len(home.alerts("pacing")) == 1
    home.at("02:40")
    assert home.cleared("pacing") == []
    home.at("02:50")
    (over,) = home.cleared("pacing")
    assert over.explanation.startswith("It has been calm since 02:1")
    walks(home.at("04:00"), *TO_AND_FRO)
    assert len(home.alerts("pacing")) == 2


def test_the_sixth_change_counts_though_nothing_follows(home: LivedHome):
    walks(home.at("02:00"), *TO_AND_FRO[:6]).at("03:00")
    assert home.alerts("pacing") == []
    walks(home.at("04:00"), *TO_AND_FRO[1:]).at("05:00")
    assert [home.wall(alert.at) for alert in home.alerts("pacing")] == ["04:06"]
    assert [home.wall(over.at) for over in home.cleared("pacing")] == ["04:36"]


def test_six_in_just_twenty_minutes_between_two_rooms():
    two = [device("kitchen-motion", "kitchen", None, "motion"), device("living-motion", "living", None, "motion")]
    home = LivedHome(rules=RULES, devices=two).at("22:30").moves("kitchen")
    walks(home.at("02:00"), *["living", "kitchen"] * 4, each=4 * MINUTE)
    assert [home.wall(alert.at) for alert in home.alerts("pacing")] == ["02:24"]


def test_who_was_still_before_the_hours_began_is_not_getting_ready_for_bed(home: LivedHome):
    walks(home.at("23:03"), *TO_AND_FRO)
    assert [home.wall(alert.at) for alert in home.alerts("pacing")] == ["23:09"]


def test_the_hall_is_a_room_where_they_linger(home: LivedHome):
    walks(home.at("02:00"), *["hall", "bedroom"] * 4)
    assert len(home.alerts("pacing")) == 1


def test_what_is_passed_is_no_room(home: LivedHome):
    home.at("02:00")
    for _ in range(2):
        for room in ("bathroom", "kitchen", "bedroom"):
            walks(walks(home, "hall", each=6 * SECOND), room, each=2 * MINUTE)
    assert home.alerts("pacing") == [], "to the bathroom, for a glass of water and to bed, twice"


def test_two_sensors_that_see_one_place(home: LivedHome):
    walks(home.at("02:00"), *["hall", "living"] * 20, each=5 * SECOND)
    assert home.alerts("pacing") == []


def test_slowly_it_is_no_pacing(home: LivedHome):
    walks(home.at("02:00"), *TO_AND_FRO, each=5 * MINUTE)
    assert home.alerts("pacing") == []


def test_by_day_and_before_bed_it_is_life(home: LivedHome):
    walks(home.at("22:50"), *TO_AND_FRO * 2)
    assert home.alerts("pacing") == [], "they are getting ready for bed"
    walks(home.at("10:00"), *TO_AND_FRO)
    assert home.alerts("pacing") == []


def test_what_was_before_bed_is_no_pacing_once_it_was_quiet(home: LivedHome):
    walks(home.at("22:59"), *TO_AND_FRO).at("23:50").moves("bedroom").after(5 * MINUTE).moves("bathroom").at("05:00")
    assert home.alerts("pacing") == []


def test_whoever_walks_on_after_one_has_not_gone_to_bed(home: LivedHome):
    home.at("22:50")
    for _ in range(9):
        walks(home, *TO_AND_FRO)
    assert home.alerts("pacing") == []
    for _ in range(9):
        walks(home, *TO_AND_FRO)
    assert len(home.alerts("pacing")) == 1


def test_a_second_person(home: LivedHome):
    home.at("02:00")
    for _ in range(6):  # two rooms, to and fro, faster than one person walks
        walks(home, "kitchen", "living", each=3 * SECOND)
    walks(home, *TO_AND_FRO)
    assert home.alerts("pacing") == []
    home.home = replace(home.home, occupants=2)
    home.watch.update(home.home, home.now)
    assert home.sight("pacing") == "blind"
    walks(home.at("04:00"), *TO_AND_FRO)
    assert home.alerts("pacing") == []


def test_a_restart_in_the_middle_changes_nothing(home: LivedHome):
    walks(home.at("02:00"), *TO_AND_FRO[:4]).restarts()
    walks(home, *TO_AND_FRO[4:]).restarts().at("03:00")
    assert len(home.alerts("pacing")) == len(home.cleared("pacing")) == 1


def test_away_and_what_comes_from_a_backlog(home: LivedHome):
    since = home.at("02:00").now
    for room in TO_AND_FRO:
        home.after(MINUTE).says(f"{room}-motion", "motion", True, flags=Flag.QUEUED, since=since)
        home.says(f"{room}-motion", "motion", False, flags=Flag.QUEUED, since=since)
    for room in TO_AND_FRO:
        home.after(MINUTE).says(f"{room}-motion", "motion", True, flags=Flag.RETAINED)
    assert home.alerts("pacing") == []
    walks(home.at("03:00").goes("away"), *TO_AND_FRO)
    assert home.alerts("pacing") == []


def test_late_words_count_from_their_own_time(home: LivedHome):
    home.at("02:20")
    for minutes, room in enumerate(TO_AND_FRO):
        at = home.now - 20 * MINUTE + minutes * MINUTE
        home.says(f"{room}-motion", "motion", True, flags=Flag.LATE, at=at)
        home.says(f"{room}-motion", "motion", False, flags=Flag.LATE, at=at + 30 * SECOND)
    assert home.wall(home.alerts("pacing")[0].at) == "02:06"


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_clock_that_is_put_changes_no_pace(home: LivedHome, by: int):
    walks(home.at("02:00"), *TO_AND_FRO[:4]).clock_is_put(by)
    walks(home, *TO_AND_FRO[4:])
    assert len(home.alerts("pacing")) == 1


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)])
def test_until_five_when_the_clocks_change(day: date):
    home = LivedHome(rules=RULES, day=day).at("22:30").moves("bedroom")
    walks(home.at("04:40"), *TO_AND_FRO)
    assert len(home.alerts("pacing")) == 1
    home.at("12:00")
    walks(home.at("05:10"), *TO_AND_FRO)
    assert len(home.alerts("pacing")) == 1


def test_sight(home: LivedHome):
    assert home.sight("pacing") == "armed"
    two = [device("kitchen-motion", "kitchen", None, "motion"), device("living-motion", "living", None, "motion")]
    assert LivedHome(rules=RULES, devices=two[:1]).sight("pacing") == "blind"
    home.falls_silent("kitchen-motion").says("kitchen-motion", "online", False)
    assert home.sight("pacing") == "degraded"
    home.falls_silent("hub").at("02:00")
    assert home.sight("pacing") == "blind"
    assert len(DEVICES) > len(two)
