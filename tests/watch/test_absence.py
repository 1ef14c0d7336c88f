"""A long absence ends in a question, and while it lasts nobody is missed; lived through in virtual time."""

from dataclasses import replace
from datetime import date

import pytest

from devices.instant import HOUR, MINUTE
from gateway.model import Flag, Room, Rule
from tests.support.scenario import DEVICES, LivedHome, device

WITHOUT_DOOR = [known for known in DEVICES if known.address != "front-door"]
ENTRANCE = device("entrance-motion", "entrance", None, "motion")
DAY_ON_WHICH_CLOCKS_GO_BACK = "2026-10-24"


def without_door_sensor(**about: object) -> LivedHome:
    """A home whose way out is seen by a motion sensor only."""
    home = LivedHome(devices=[*WITHOUT_DOOR, ENTRANCE], **about)  # type: ignore[arg-type]
    home.home = replace(home.home, rooms=(*home.home.rooms, Room("entrance", "entrance")))
    home.watch.update(home.home, home.now)
    return home


def goes_out(home: LivedHome) -> LivedHome:
    return home.moves("hall").opens("front-door").after(MINUTE // 6).closes("front-door")


def test_an_inferred_absence_ends_in_its_question_after_18_hours():
    home = without_door_sensor()
    home.at("08:00").moves("kitchen").at("09:00").moves("entrance").at("02:59")
    assert [home.alerts(rule) for rule in ("inactivity", "not_up", "absence")] == [[], [], []]
    home.at("03:01")
    (question,) = home.alerts("absence")
    assert (question.priority, question.concerns, home.wall(question.at)) == (3, "person", "03:00")
    assert "18 h" in question.explanation
    assert "the way out at 09:00 yesterday" in question.explanation
    assert "inferred" in question.evidence.details["assumed"]


def test_it_is_asked_once_and_clears_when_they_are_back():
    home = without_door_sensor()
    home.at("09:00").moves("entrance").at("09:00", days=3)
    assert len(home.alerts("absence")) == 1
    assert home.alerts("not_up") == []
    home.at("18:00").moves("entrance").moves("kitchen")
    (cleared,) = home.cleared("absence")
    assert "at home again since 18:0" in cleared.explanation


def test_lone_firings_in_the_empty_home_do_not_end_it():
    home = without_door_sensor()
    home.at("09:00").moves("entrance").at("09:20").moves("living").at("13:10").moves("kitchen")
    home.at("22:44").moves("living").at("22:49").moves("living").at("02:30").moves("bathroom").at("03:01")
    assert len(home.alerts("absence")) == 1
    assert home.alerts("inactivity") == []


def test_who_only_passed_the_entrance_is_missed_as_ever():
    home = without_door_sensor()
    home.at("09:00").moves("entrance").at("09:02").moves("kitchen").at("11:05")
    assert len(home.alerts("inactivity")) == 1


def test_who_was_seen_leaving_is_asked_for_the_next_day():
    home = LivedHome()
    goes_out(home.at("08:00").moves("kitchen").at("14:00")).at("10:31")
    assert home.alerts("not_up") == [], "they were seen leaving by day"
    home.at("16:01")
    (question,) = home.alerts("absence")
    assert "An outside door moved at 14:00 yesterday" in question.explanation


def test_who_left_in_the_night_is_missed_in_the_morning():
    home = LivedHome()
    goes_out(home.at("03:00")).at("10:31")
    assert len(home.alerts("not_up")) == 1


def test_a_weekend_at_the_daughters_with_the_home_set_to_away_is_no_question():
    home = LivedHome()
    goes_out(home.at("14:00")).at("15:00").goes("away").at("20:00", days=2)
    assert home.alerts("absence") == []


def test_an_occupied_bed_is_no_absence():
    home = LivedHome(devices=[*DEVICES, device("bed-pad", "bedroom", "bed", "bed")])
    home.at("13:55").says("bed-pad", "bed", False).at("14:00").says("bed-pad", "bed", True)
    home.opens("front-door").closes("front-door").at("16:30", days=1)  # a visitor leaves
    assert home.alerts("absence") == []


def test_retained_movement_at_the_entrance_is_no_leaving():
    home = without_door_sensor()
    home.at("09:00").moves("kitchen").at("10:00").moves("entrance", flags=Flag.RETAINED).at("11:05")
    assert len(home.alerts("inactivity")) == 1


def test_a_restart_in_the_middle_changes_nothing():
    home = without_door_sensor()
    home.at("09:00").moves("entrance").at("20:00").restarts().at("03:01")
    assert len(home.alerts("absence")) == 1
    home.restarts().at("09:00")
    assert len(home.alerts("absence")) == 1


@pytest.mark.parametrize(("day", "wall"), [("2026-03-28", "04:01"), (DAY_ON_WHICH_CLOCKS_GO_BACK, "02:01")])
def test_18_hours_are_18_hours_when_the_clocks_change(day: str, wall: str):
    home = without_door_sensor(day=date.fromisoformat(day))
    home.at("09:00").moves("entrance").after(17 * HOUR + 50 * MINUTE)
    assert home.alerts("absence") == []
    home.after(11 * MINUTE)
    assert home.wall(home.now) == wall
    assert len(home.alerts("absence")) == 1


def test_a_home_that_cannot_be_heard_is_not_asked_for():
    home = without_door_sensor()
    home.at("09:00").moves("entrance").at("10:00").falls_silent("hub").at("08:00")
    assert home.sight("absence") == "blind"
    assert home.alerts("absence") == []


def test_one_silent_sensor_degrades_it():
    home = LivedHome()
    home.at("09:00").moves("kitchen").falls_silent("kitchen-motion").at("09:00", days=3).moves("living").at("10:00")
    assert home.sight("absence") == "degraded"


def test_the_clock_step_moves_the_question_with_it():
    home = without_door_sensor()
    home.at("09:00").moves("entrance").at("12:00")
    home.watch.step(2 * HOUR)
    home.now += 2 * HOUR
    home._next_beat += 2 * HOUR
    home._next_check_in += 2 * HOUR
    home.at("04:59")
    assert home.alerts("absence") == []
    home.at("05:01")
    assert len(home.alerts("absence")) == 1


def test_own_times_hold():
    home = LivedHome(rules=[Rule("absence", {"seen_after": "6 h"})])
    goes_out(home.at("09:00")).at("15:01")
    assert len(home.alerts("absence")) == 1
