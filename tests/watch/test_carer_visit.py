"""Planned visits of carers, lived through in virtual time."""

from datetime import date

import pytest

from devices.instant import HOUR, MINUTE
from gateway.errors import BadInput
from gateway.model import HUB_DEVICE, Flag, Reading, Rule
from gateway.watch.pack import build_rule
from tests.support.scenario import DEVICES, LivedHome, device

TAG = device("tag", "hall", "carer-tag", "button")
BADGE = device("badge", "hall", "carer-tag", "presence")
NO_DOOR = [one for one in DEVICES if one.role != "front-door"]


def a_home(*devices: object, day: date = date(2026, 1, 13), **parameters: object) -> LivedHome:
    """Visits at 08:00 and, for at least half an hour, at 12:30; a tag beside the door unless told otherwise."""
    rule = Rule("carer_visit", {"visits": ["08:00", "12:30/30 min"], **parameters})
    return LivedHome(devices=[*DEVICES, *(devices or (TAG,))], rules=[rule], day=day)  # type: ignore[list-item]


@pytest.fixture
def home() -> LivedHome:
    return a_home()


def uses_the_tag(home: LivedHome, wall: str, *, flags: Flag = Flag.NONE) -> LivedHome:
    return home.at(wall).presses("tag", flags=flags)


def is_near(home: LivedHome, wall: str, *, until: str) -> LivedHome:
    return home.at(wall).says("badge", "presence", True).at(until).says("badge", "presence", False)


def missed(home: LivedHome) -> list[tuple[str, str | None]]:
    return [(home.wall(alert.at), alert.subject) for alert in home.alerts("carer_visit")]


# ------------------------------------------------------------------------------------------------ missed and late


def test_a_visit_that_has_not_begun_half_an_hour_after_its_time(home: LivedHome):
    home.at("08:29")
    assert missed(home) == []
    home.at("09:00")
    (alert,) = home.alerts("carer_visit")
    assert (home.wall(alert.at), alert.subject, alert.priority, alert.concerns) == ("08:30", "08:00", 3, "person")
    assert "The visit planned for 08:00 had not begun by 08:30. The carer's tag was not used" in alert.explanation
    assert alert.evidence.details["watched"] == "tag"


@pytest.mark.parametrize("role", ["carer-tag", "front-door"])
@pytest.mark.parametrize("quantities", [(), ("battery",)])
def test_what_was_never_used_yet_tells_that_nobody_came(role: str, quantities: tuple[str, ...]):
    rule = Rule("carer_visit", {"visits": ["08:00"]})
    home = LivedHome(devices=[*NO_DOOR, device("new", "hall", role, *quantities)], rules=[rule])
    home.says("new", "battery", 90.0).at("09:00")
    assert missed(home) == [("08:30", "08:00")]


@pytest.mark.parametrize("wall", ["07:31", "08:00", "08:29"])
def test_within_half_an_hour_of_its_time_it_has_begun(home: LivedHome, wall: str):
    uses_the_tag(home, wall)
    uses_the_tag(home, "12:30").at("13:15").presses("tag").at("23:00")
    assert missed(home) == []


def test_a_carer_who_comes_late_clears_it_and_it_is_said_when(home: LivedHome):
    uses_the_tag(home, "09:10").at("12:00")
    (late,) = home.cleared("carer_visit")
    assert (home.wall(late.at), late.subject) == ("09:10", "08:00")
    assert "Somebody came at 09:10 for the visit planned for 08:00" in late.explanation
    assert late.evidence.details["late_min"] == 70


def test_who_comes_at_noon_does_not_come_for_the_morning(home: LivedHome):
    uses_the_tag(home, "12:20").at("12:29")
    assert missed(home) == [("08:30", "08:00")]
    assert home.cleared("carer_visit") == []


def test_the_next_days_visit_clears_what_nobody_closed(home: LivedHome):
    home.at("23:00")
    uses_the_tag(home, "08:05")
    assert [one.subject for one in home.cleared("carer_visit")] == ["08:00"]


def test_a_carer_who_comes_early_and_is_still_there_has_come():
    home = is_near(a_home(BADGE), "07:15", until="07:50").at("12:00")
    assert missed(home) == []
    home = is_near(a_home(BADGE), "07:05", until="08:55").at("12:00")
    assert missed(home) == []


def test_a_tag_that_stays_for_hours_does_not_stick_and_one_left_behind_is_nobody():
    home = a_home(BADGE)
    home.watch.update(home.home, home.now)
    is_near(home, "08:00", until="11:45").at("12:20").says("badge", "presence", True).at("18:00")
    assert missed(home) == []
    assert home.sight("carer_visit") == "armed"
    assert missed(home.at("13:01")) == [("08:30", "08:00"), ("13:00", "12:30")]


def test_each_day_anew(home: LivedHome):
    home.at("23:00", days=2)
    assert missed(home) == [("08:30", "08:00"), ("13:00", "12:30")] * 3


# ------------------------------------------------------------------------------------------------ short


def test_a_short_visit(home: LivedHome):
    uses_the_tag(home.at("08:00").presses("tag"), "12:25").at("12:40").presses("tag").at("13:00")
    (alert,) = home.alerts("carer_visit")
    assert (home.wall(alert.at), alert.subject) == ("12:40", "12:30")
    assert "The visit planned for 12:30 was over after 15 min" in alert.explanation
    assert "at least 30 min" in alert.explanation


def test_who_only_fetched_something_had_not_left(home: LivedHome):
    uses_the_tag(home.at("08:00").presses("tag"), "12:25").at("12:40").presses("tag").at("12:47").presses("tag")
    home.at("12:56").presses("tag").at("14:00")
    assert missed(home) == []


def test_a_press_twice_is_one_coming_and_without_a_going_nobody_knows_how_long(home: LivedHome):
    uses_the_tag(home.at("08:00").presses("tag"), "12:25").presses("tag").after(MINUTE).presses("tag").at("18:00")
    assert missed(home) == []


def test_a_tag_that_drops_out_for_a_moment_has_not_left():
    home = is_near(a_home(BADGE), "08:00", until="08:20")
    for wall, until in (("12:30", "12:40"), ("12:43", "12:55"), ("12:57", "13:02")):
        is_near(home, wall, until=until)
    assert missed(home.at("14:00")) == []
    home = is_near(is_near(a_home(BADGE), "08:00", until="08:20"), "12:30", until="12:42").at("13:00")
    assert missed(home) == [("12:42", "12:30")]


def test_a_carer_who_comes_back_ends_a_short_visit(home: LivedHome):
    uses_the_tag(home.at("08:00").presses("tag"), "12:25").at("12:35").presses("tag").at("13:30").presses("tag")
    assert [one.subject for one in home.cleared("carer_visit")] == ["12:30"]


# ------------------------------------------------------------------------------------------------ doors


def test_where_there_is_no_tag_a_door_is_weak_evidence():
    home = (
        a_home(device("mat", "hall", None, "motion")).at("08:10").opens("front-door").closes("front-door").at("12:00")
    )
    assert missed(home) == []
    (alert,) = home.at("13:01").alerts("carer_visit")
    assert "a door alone cannot tell us much" in alert.explanation
    assert alert.evidence.details["assumed"] is not None
    home.at("13:20").opens("front-door")
    assert "so we think that somebody came" in home.cleared("carer_visit")[0].explanation


def test_a_door_says_nothing_of_how_long():
    home = a_home(device("mat", "hall", None, "motion")).at("08:00").opens("front-door").at("12:30").opens("front-door")
    home.closes("front-door").at("12:35").opens("front-door").closes("front-door").at("18:00")
    assert missed(home) == []


def test_beside_a_tag_a_door_does_not_count_but_is_named(home: LivedHome):
    home.at("08:05").opens("front-door").closes("front-door").at("09:00")
    (alert,) = home.alerts("carer_visit")
    assert "An outside door moved at 08:05, but that may have been anybody" in alert.explanation


def test_beside_a_tag_a_door_counts_where_that_is_wanted():
    home = a_home(TAG, door_counts=True).at("08:05").opens("front-door").closes("front-door").at("09:00")
    assert missed(home) == []


# ------------------------------------------------------------------------------------------------ what proves nothing


@pytest.mark.parametrize("flags", [Flag.RETAINED, Flag.REPLAYED, Flag.DUPLICATE])
def test_a_press_of_long_ago_is_nobody_who_comes(home: LivedHome, flags: Flag):
    assert missed(uses_the_tag(home, "08:00", flags=flags).at("09:00")) == [("08:30", "08:00")]


def test_a_late_word_clears_as_of_when_it_was(home: LivedHome):
    home.at("09:00").presses("tag", flags=Flag.LATE, at=home.now - 55 * MINUTE)
    (over,) = home.cleared("carer_visit")
    assert (home.wall(over.at), over.evidence.details["late_min"]) == ("08:05", 5)


def test_a_press_from_a_queue_counts_for_the_time_that_it_may_have_been(home: LivedHome):
    home.at("09:00").says("tag", "button", "press", flags=Flag.QUEUED, at=home.now, since=home.now - HOUR)
    assert len(home.cleared("carer_visit")) == 1


# ------------------------------------------------------------------------------------------------ blind


def silent(home: LivedHome, *, online: bool) -> LivedHome:
    (home.speaks_again if online else home.falls_silent)("hub")
    home._take(Reading("ELM-12", "hub", HUB_DEVICE, None, None, "online", online, home.now, home.now))
    return home


def test_a_visit_while_the_hub_was_silent_is_not_judged(home: LivedHome):
    silent(home.at("07:50"), online=False)
    assert home.sight("carer_visit") == "blind"
    silent(home.at("08:10"), online=True).at("12:00")
    assert missed(home) == []
    assert missed(home.at("13:01")) == [("13:00", "12:30")]


def test_a_tag_that_its_carer_carries_away_blinds_nobody(home: LivedHome):
    home.falls_silent("tag").at("07:00", days=5)
    home.heard.clear()
    assert home.sight("carer_visit") == "armed"
    assert missed(home.at("09:00")) == [("08:30", "08:00")]
    assert "Nothing is heard from the carer's tag" in home.alerts("carer_visit")[0].explanation


def test_without_tag_and_door_it_is_blind():
    rule = Rule("carer_visit", {"visits": ["08:00"]})
    home = LivedHome(devices=NO_DOOR, rules=[rule]).at("12:00")
    assert (missed(home), home.sight("carer_visit")) == ([], "blind")


def test_without_a_plan_it_is_blind_and_says_what_to_write():
    home = LivedHome(devices=[*DEVICES, TAG], rules=[Rule("carer_visit")]).at("12:00")
    (status,) = [one for one in home.watch.all_statuses() if one.rule == "carer_visit"]
    assert status.state == "blind"
    assert 'visits = ["08:00"' in status.reason


# ----------------------------------------------------------------------------------------------- days, clocks, restarts


def test_only_on_its_days():
    home = a_home(days=["tue"]).at("23:00", days=6)  # 13 to 19 January 2026: one Tuesday
    assert missed(home) == [("08:30", "08:00"), ("13:00", "12:30")]


def test_nobody_is_expected_while_all_are_away(home: LivedHome):
    home.at("07:00").goes("away").at("12:10").goes("at home")
    assert missed(home.at("18:00")) == [], "the window of noon had begun when they came back"
    assert len(missed(home.at("09:00"))) == 1


def test_it_is_remembered_over_restarts(home: LivedHome):
    uses_the_tag(home, "08:05").restarts().at("08:31").restarts().at("12:25").presses("tag").restarts()
    assert missed(home) == []
    home.at("12:35").restarts().presses("tag").restarts().at("13:01").restarts()
    assert missed(home) == [("12:35", "12:30")]
    assert len(home.at("13:30").presses("tag").cleared("carer_visit")) == 1


def test_a_rule_that_is_new_at_ten_past_eight_says_nothing_of_eight():
    home = LivedHome(devices=[*DEVICES, TAG], rules=[Rule("pendant")]).at("08:10")
    home.configured(Rule("carer_visit", {"visits": ["08:00", "10:00"]})).at("09:00")
    assert missed(home) == []
    assert missed(home.at("10:31")) == [("10:30", "10:00")]


def test_a_visit_that_is_planned_anew_is_expected(home: LivedHome):
    uses_the_tag(home, "08:00").at("09:00").configured(Rule("carer_visit", {"visits": ["08:00", "11:00"]}))
    assert missed(home.at("13:30")) == [("11:30", "11:00")]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_clock_on_the_wall_decides_when_the_clocks_change(day: date):
    assert missed(a_home(day=day).at("09:00")) == [("08:30", "08:00")]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_visit_in_the_hour_that_is_missing_or_comes_twice_is_one_visit(day: date):
    home = LivedHome(devices=[*DEVICES, TAG], rules=[Rule("carer_visit", {"visits": ["01:30"]})], day=day).at("08:00")
    assert [subject for _, subject in missed(home)] == ["01:30"]


def test_the_clock_is_put_back(home: LivedHome):
    uses_the_tag(home, "08:05").at("08:40")
    home.watch.step(-2 * HOUR)
    home.now -= 2 * HOUR
    home._next_beat = home._next_check_in = home.now
    assert len(missed(home.at("12:00"))) <= 1


# ------------------------------------------------------------------------------------------------ parameters


@pytest.mark.parametrize(
    ("visits", "complaint"),
    [
        (["8 o'clock"], "is not a time of day"),
        (["08:00/soon"], "is no duration"),
        (["08:00", "08:00/30 min"], "planned for the same time"),
        ([f"{hour:02}:00" for hour in range(7)], "at most 6"),
    ],
)
def test_what_cannot_be_planned_is_refused(visits: list[str], complaint: str):
    with pytest.raises(BadInput, match=complaint):
        build_rule(Rule("carer_visit", {"visits": visits}))
