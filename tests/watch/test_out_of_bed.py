"""Out of bed too long at night, lived through in virtual time."""

from dataclasses import replace
from datetime import date

import pytest

from devices.instant import HOUR, MINUTE, SECOND
from gateway.model import Flag, Rule
from tests.support.scenario import DEVICES, LivedHome, device

PAD = device("pad", "bedroom", "bed", "bed")
RULES = (Rule("out_of_bed"),)


def a_home(*more: object, **options: object) -> LivedHome:
    home = LivedHome(rules=RULES, devices=[*DEVICES, PAD, *more], **options)  # type: ignore[arg-type, list-item]
    home.at("07:00").moves("kitchen").at("21:30").moves("bedroom").says("pad", "bed", False)
    return home.at("22:00").says("pad", "bed", True)


@pytest.fixture
def home() -> LivedHome:
    return a_home()


def gets_up(home: LivedHome, wall: str) -> LivedHome:
    """Stirs, and leaves the bed."""
    return home.at(wall).moves("bedroom").says("pad", "bed", False)


def lies_down(home: LivedHome, wall: str) -> LivedHome:
    return home.at(wall).moves("bedroom").says("pad", "bed", True)


def test_half_an_hour_out_of_bed_and_seen_nowhere(home: LivedHome):
    gets_up(home, "02:10").at("02:40")
    assert home.alerts("out_of_bed") == []
    home.at("02:41")
    (alert,) = home.alerts("out_of_bed")
    assert (home.wall(alert.at), alert.priority, alert.subject) == ("02:40", 2, None)
    assert "Out of bed since 02:10, for 30 min. Nothing else has moved since then" in alert.explanation
    lies_down(home, "02:50")
    (over,) = home.cleared("out_of_bed")
    assert over.explanation == "Back in bed since 02:50. They were out of bed for 40 min."


def test_twenty_minutes_more_once_when_they_move_elsewhere(home: LivedHome):
    gets_up(home, "02:10").at("02:20").moves("kitchen").at("02:35").moves("living").at("02:59")
    assert home.alerts("out_of_bed") == []
    home.at("03:01")
    (alert,) = home.alerts("out_of_bed")
    assert home.wall(alert.at) == "03:00"
    assert "Last seen in the living room at 02:35" in alert.explanation


def test_back_in_time_is_nothing(home: LivedHome):
    lies_down(gets_up(home, "02:10"), "02:35").at("07:00")
    assert home.alerts("out_of_bed") == []


def test_a_pad_that_drops_out_for_a_few_minutes_never_did(home: LivedHome):
    home.at("02:10").says("pad", "bed", False).at("02:14").says("pad", "bed", True).at("07:00")
    assert home.alerts("out_of_bed") == []


def test_a_pad_that_drops_out_while_nobody_stirs_is_not_believed(home: LivedHome):
    home.at("02:10").says("pad", "bed", False).at("04:00").moves("bathroom").at("04:10").moves("bedroom").at("07:00")
    assert home.alerts("out_of_bed") == []


def test_where_nothing_else_looks_at_the_bed_the_pad_is_believed():
    home = LivedHome(rules=RULES, devices=[*(one for one in DEVICES if one.address != "bedroom-motion"), PAD])
    home.at("22:00").says("pad", "bed", False).after(MINUTE).says("pad", "bed", True)
    home.at("02:10").says("pad", "bed", False).at("02:41")
    assert len(home.alerts("out_of_bed")) == 1


def test_a_fall_beside_the_bed_is_seen_by_the_movement_before_it(home: LivedHome):
    home.at("05:50").moves("bedroom").after(MINUTE)
    home.says("pad", "bed", False).at("06:30")
    assert home.wall(home.alerts("out_of_bed")[0].at) == "06:21", "the night being over changes nothing for who lies"


def test_up_for_the_day_is_nothing(home: LivedHome):
    gets_up(home, "05:40").after(5 * MINUTE).moves("bathroom").moves("kitchen").at("12:00")
    assert home.alerts("out_of_bed") == []


def test_up_for_the_day_clears_and_says_so(home: LivedHome):
    gets_up(home, "04:00").after(5 * MINUTE).moves("living").at("05:10")
    assert len(home.alerts("out_of_bed")) == 1
    home.at("06:39").moves("kitchen").moves("kitchen")
    (over,) = home.cleared("out_of_bed")
    assert "The night is over and they are up since 06:" in over.explanation


def test_by_day_the_bed_may_be_empty(home: LivedHome):
    gets_up(home, "07:00").at("20:00")
    lies_down(home, "20:30")
    gets_up(home, "21:00").at("23:00")
    assert home.alerts("out_of_bed") == []


def test_a_pad_that_fell_silent_is_blind_and_not_empty(home: LivedHome):
    gets_up(home, "02:10").at("02:15").falls_silent("pad").says("pad", "online", False).at("04:00")
    assert home.alerts("out_of_bed") == []
    assert home.sight("out_of_bed") == "blind"


def test_who_is_known_to_be_up_for_an_hour_is_given_longer(home: LivedHome):
    gets_up(home, "02:00").at("02:10").moves("kitchen")
    lies_down(home, "03:00").at("23:00")
    assert len(home.alerts("out_of_bed")) == 1
    gets_up(home, "02:00").at("02:10").moves("kitchen")
    lies_down(home, "03:05")
    assert len(home.alerts("out_of_bed")) == 1
    gets_up(home, "04:00").at("04:31")
    assert len(home.alerts("out_of_bed")) == 2, "seen nowhere, it stays at half an hour"


def test_the_other_half_of_the_bed_is_the_bed():
    home = a_home(device("pad-2", "bedroom", "bed", "bed"))
    home.says("pad-2", "bed", False).at("02:00").moves("bedroom").says("pad-2", "bed", True)
    home.after(10 * SECOND).says("pad", "bed", False).at("05:00")
    assert home.alerts("out_of_bed") == []


def test_two_people_have_two_pads():
    home = a_home(device("pad-2", "bedroom", "bed", "bed"))
    home.home = replace(home.home, occupants=2)
    home.watch.update(home.home, home.now)
    home.says("pad-2", "bed", False).after(MINUTE).says("pad-2", "bed", True)
    gets_up(home, "02:00").at("02:31")
    assert len(home.alerts("out_of_bed")) == 1


def test_away_is_nobody_to_miss(home: LivedHome):
    gets_up(home, "02:10").goes("away").at("05:00")
    assert home.alerts("out_of_bed") == []


def test_a_restart_in_the_middle_changes_nothing(home: LivedHome):
    gets_up(home, "02:10").at("02:20").restarts().at("02:41").restarts()
    assert home.wall(home.alerts("out_of_bed")[0].at) == "02:40"
    lies_down(home, "02:50")
    assert len(home.cleared("out_of_bed")) == 1


def test_unheard_time_is_added(home: LivedHome):
    gets_up(home, "02:10").falls_silent("hub").at("03:20").speaks_again("hub").at("03:31")
    assert home.alerts("out_of_bed") == []
    home.at("04:00")
    assert "nothing could be heard" in home.alerts("out_of_bed")[0].explanation


def test_retained_words_of_the_pad_begin_and_end_nothing(home: LivedHome):
    home.at("02:00").moves("bedroom").says("pad", "bed", False, flags=Flag.RETAINED).at("05:00")
    assert home.alerts("out_of_bed") == []


def test_what_was_told_is_not_cleared_by_a_retained_word(home: LivedHome):
    gets_up(home, "02:10").at("02:45").says("pad", "bed", True, flags=Flag.RETAINED)
    assert len(home.alerts("out_of_bed")) == 1
    assert home.cleared("out_of_bed") == []


def test_a_late_word_counts_from_its_own_time(home: LivedHome):
    home.at("02:10").moves("bedroom").at("02:20")
    home.says("pad", "bed", False, flags=Flag.LATE, at=home.now - 9 * MINUTE).at("02:42")
    assert home.wall(home.alerts("out_of_bed")[0].at) == "02:41"


def test_a_clock_that_is_put_back_changes_no_duration(home: LivedHome):
    gets_up(home, "03:10").at("03:20").clock_is_put(-HOUR).after(19 * MINUTE)
    assert home.alerts("out_of_bed") == []
    home.after(3 * MINUTE)
    assert len(home.alerts("out_of_bed")) == 1


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)])
def test_half_an_hour_is_half_an_hour_when_the_clocks_change(day: date):
    home = a_home(day=day)
    gets_up(home, "00:50").after(29 * MINUTE)
    assert home.alerts("out_of_bed") == []
    home.after(2 * MINUTE)
    assert len(home.alerts("out_of_bed")) == 1


def test_blind_without_a_pad():
    assert LivedHome(rules=RULES).sight("out_of_bed") == "blind"
