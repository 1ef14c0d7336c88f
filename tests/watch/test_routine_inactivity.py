"""Inactivity against the learned routine, and mornings that are learned; lived through in virtual time."""

from datetime import date

import pytest

from devices.instant import HOUR, MINUTE
from gateway.model import Flag
from tests.support.scenario import DEVICES, LivedHome, device

ROOMS = ("kitchen", "living", "hall", "bathroom", "living", "kitchen")


def busy(home: LivedHome, until: str = "21:00") -> LivedHome:
    """From now to `until` somebody moves somewhere every 20 minutes, and then in the bedroom."""
    left = home.moment(until) - home.now
    for number in range(left // (20 * MINUTE)):
        home.moves(ROOMS[number % len(ROOMS)]).after(20 * MINUTE - MINUTE // 2)
    return home.at(until).moves("bedroom").after(MINUTE).moves("bedroom")


def learned(days: int = 16, *, up: str = "07:00", **about: object) -> LivedHome:
    """A home in which every day is busy from `up` to nine, known for so many days. It is midnight."""
    home = LivedHome(**about)  # type: ignore[arg-type]
    for _ in range(days):
        busy(home.at(up))
    return home.at("00:00")


@pytest.fixture
def home() -> LivedHome:
    return learned()


def test_quiet_for_much_longer_than_ever_at_this_hour_is_told_before_two_hours_are_over(home: LivedHome):
    busy(home.at("07:00"), until="10:00").moves("kitchen").after(MINUTE).moves("kitchen")
    home.at("11:32")
    assert home.alerts("routine_inactivity") == []
    home.at("11:34")
    (alert,) = home.alerts("routine_inactivity")
    assert (alert.priority, alert.subject, home.wall(alert.at)) == (2, None, "11:33")
    assert alert.explanation.startswith(
        "It has been quiet for longer than usual: no movement since 10:03, for 1 h 30 min."
    )
    assert "days" in alert.explanation
    assert alert.evidence.details["usual"]["n"] >= 8


def test_one_quiet_is_told_once_and_not_by_the_fixed_rule_too(home: LivedHome):
    busy(home.at("07:00"), until="10:00").moves("kitchen").at("16:00")
    assert len(home.alerts("routine_inactivity")) == 1
    assert home.alerts("inactivity") == []


def test_an_ordinary_day_is_none(home: LivedHome):
    busy(home.at("07:00")).at("04:00")
    assert home.alerts("routine_inactivity") == []


def test_activity_clears_and_one_firing_alone_does_not(home: LivedHome):
    busy(home.at("07:00"), until="10:00").moves("kitchen").at("12:00").moves("living")
    assert home.cleared("routine_inactivity") == []
    home.after(5 * MINUTE).moves("kitchen")
    assert len(home.cleared("routine_inactivity")) == 1


def test_in_its_first_days_it_is_blind_and_says_why():
    home = learned(days=10)
    busy(home.at("07:00"), until="10:00").moves("kitchen").at("11:50")
    assert home.alerts("routine_inactivity") == []
    assert home.sight("routine_inactivity") == "blind"
    (status,) = [one for one in home.watch.all_statuses() if one.rule == "routine_inactivity"]
    assert "still learning: " in status.reason
    home.at("12:05")
    assert len(home.alerts("inactivity")) == 1, "the fixed rule holds meanwhile"


def test_who_sits_in_the_chair_has_gone_out_or_to_bed_is_not_missed(home: LivedHome):
    home.says("armchair", "chair", False)
    busy(home.at("07:00"), until="10:00").moves("living").says("armchair", "chair", True).at("12:00")
    assert home.alerts("routine_inactivity") == []
    home.says("armchair", "chair", False)
    home.at("12:10").moves("hall").opens("front-door").after(MINUTE // 6).closes("front-door").at("18:00")
    assert home.alerts("routine_inactivity") == []
    busy(home, until="20:05").at("23:30")
    assert home.alerts("routine_inactivity") == []


def test_what_cannot_be_seen_is_not_judged(home: LivedHome):
    home.falls_silent("kitchen-motion").at("07:00", days=4)
    assert home.sight("routine_inactivity") == "degraded"
    home.moves("living").after(10 * MINUTE).moves("hall").after(10 * MINUTE).moves("living").at("09:15")
    assert home.alerts("routine_inactivity") == []


def test_equipment_silence_is_no_quiet(home: LivedHome):
    busy(home.at("07:00"), until="10:00").falls_silent("hub").at("14:00")
    assert home.sight("routine_inactivity") == "blind"
    assert home.alerts("routine_inactivity") == []


def test_retained_movement_proves_nothing_and_late_movement_does(home: LivedHome):
    busy(home.at("07:00"), until="10:00").moves("kitchen")
    home.at("11:00").says("living-motion", "motion", True, flags=Flag.RETAINED)
    at = home.now - 20 * MINUTE
    home.says("hall-motion", "motion", True, flags=Flag.LATE, at=at)
    home.says("hall-motion", "motion", False, flags=Flag.LATE, at=at + MINUTE)
    home.at("11:35")
    assert home.alerts("routine_inactivity") == []


def test_a_restart_in_the_middle_changes_nothing(home: LivedHome):
    busy(home.at("07:00"), until="10:00").moves("kitchen").at("11:00").restarts().at("11:40")
    assert len(home.alerts("routine_inactivity")) == 1
    home.restarts().at("14:00")
    assert len(home.alerts("routine_inactivity")) == 1


def test_away_is_not_missed(home: LivedHome):
    busy(home.at("07:00"), until="10:00").goes("away").at("14:00")
    assert home.alerts("routine_inactivity") == []


# ------------------------------------------------------------------------------------------------ learned mornings


def test_once_mornings_are_known_who_is_not_up_an_hour_after_them_is_missed(home: LivedHome):
    home.at("07:59")
    assert home.alerts("not_up") == []
    home.at("08:30")
    (alert,) = home.alerts("not_up")
    assert "Usually up between" in alert.explanation
    assert alert.evidence.details["usual"]["n"] >= 8


def test_who_stirs_in_the_bedroom_is_given_time_up_to_the_hard_limit(home: LivedHome):
    home.at("07:50").moves("bedroom").at("08:30")
    assert home.alerts("not_up") == []
    home.at("08:40")
    assert len(home.alerts("not_up")) == 1


def test_nobody_is_given_more_than_the_hard_limit(home: LivedHome):
    for wall in ("07:50", "08:30", "09:10", "09:50", "10:20"):
        home.at(wall).moves("bedroom")
    home.at("10:31")
    (alert,) = home.alerts("not_up")
    assert home.wall(alert.at) == "10:30"


@pytest.mark.parametrize("day", [date(2026, 3, 13), date(2026, 10, 9)])
def test_on_the_days_the_clocks_change_the_wall_counts(day: date):
    home = learned(day=day)
    assert home.watch.view.date.isoformat() in ("2026-03-28", "2026-10-24")
    home.at("08:31")
    (alert,) = home.alerts("not_up")
    assert "08:0" <= home.wall(alert.at) <= "08:30"


def test_an_early_visit_to_the_bathroom_is_not_being_up():
    home = LivedHome(devices=[*DEVICES, device("bed-pad", "bedroom", "bed", "bed")])
    home.at("05:30").moves("bathroom").after(3 * MINUTE).moves("hall").after(MINUTE).moves("bedroom").at("09:00")
    assert home.alerts("inactivity") == [], "they went back to bed"
    home.at("10:31")
    assert len(home.alerts("not_up")) == 1


def test_the_step_of_a_clock_moves_what_was_learned_of_the_day_with_it(home: LivedHome):
    busy(home.at("07:00"), until="10:00").moves("kitchen")
    home.watch.step(HOUR)
    home.now += HOUR
    home._next_beat += HOUR
    home._next_check_in += HOUR
    home.at("12:33")
    assert len(home.alerts("routine_inactivity")) <= 1
