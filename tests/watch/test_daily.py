"""What is told of a day that is over, in the figures that a carer would say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from devices.instant import DAY, HOUR, MINUTE
from gateway.model import Fact, Flag, Rule
from tests.support.noted_home import NotedHome
from tests.support.scenario import DEVICES, LivedHome, device

TUESDAY = date(2026, 1, 13)
KETTLE = device("kettle", "kitchen", "kettle", "usage")


def a_home(day: date = TUESDAY, **how: object) -> NotedHome:
    """A home that is watched from the noon before, so that the night before `day` is known."""
    how = {"rules": [Rule("pendant")], "devices": [*DEVICES, KETTLE], **how}
    home = NotedHome(day=day - timedelta(days=1), starts="12:00", **how)
    return home.says("kettle", "usage", False).at("05:00")  # type: ignore[return-value]


def lives_a_day(home: NotedHome, *, restart: str = "") -> NotedHome:
    """Up at 7, tea at 7:30, shops from 10 to 12, television, to bed at 22:30, up once in the night."""
    at = _restarting(home, restart)
    at("07:00").moves("hall").after(MINUTE).moves("kitchen")
    at("07:30").says("kettle", "usage", True).after(3 * MINUTE).says("kettle", "usage", False)
    for wall in ("08:00", "08:30", "09:00", "09:30"):
        at(wall).moves("living")
    at("10:00").opens("front-door").closes("front-door")
    at("12:00").opens("front-door").closes("front-door").moves("hall").after(MINUTE).moves("kitchen")
    for hour in range(13, 22):
        at(f"{hour}:00").moves("living").after(MINUTE).says("living-motion", "temperature", 19.5)
    at("22:30").moves("living").after(MINUTE).moves("bathroom").after(MINUTE).moves("bedroom")
    at("03:00").moves("bathroom").after(MINUTE).moves("bedroom")
    return at("04:59")


def _restarting(home: NotedHome, restart: str) -> Callable[[str], LivedHome]:
    """`home.at`, with a restart of the gateway on the way."""

    def at(wall: str) -> LivedHome:
        if restart and home.moment(restart) <= home.moment(wall):
            home.at(restart).restarts()
        return home.at(wall)

    return at


def of_day(home: NotedHome, day: date = TUESDAY, measurement: str = "daily") -> Fact:
    """The one fact of a day, told when it is over."""
    while home.watch.view.date <= day:
        home.after(MINUTE).at("05:00")
    start = NotedHome(day=day, starts="05:00").now
    (fact,) = [fact for fact in home.told(measurement) if fact.at == start]
    return fact


def figures(home: NotedHome, *names: str, day: date = TUESDAY) -> list[float | str | None]:
    fields = of_day(home, day).fields
    return [fields.get(name) for name in names]


def hours(home: NotedHome, day: date = TUESDAY) -> dict[int, float | str]:
    """Slots with movement by the hour, hours without any left out."""
    fields = of_day(home, day, "daily_activity").fields
    return {int(name[1:]): slots for name, slots in fields.items() if slots}


# ------------------------------------------------------------------------------------------------ a lived day


def test_a_lived_day_gives_the_figures_that_a_carer_would_say():
    fact = of_day(lives_a_day(a_home()))
    assert fact.fields == {
        "coverage": 1.0,
        "ordinary": 1.0,
        "up_at": 7 * 60,
        "bed_at": 22 * 60 + 30,
        "kettle_at": 7 * 60 + 30,
        "out_min": 120,
        "temperature": 19.5,
        "warm_hours": 24,
        "night_bathroom": 0,
        "nights_up": 1,
        "visits_kitchen": 3,
        "visits_living": 14,
        "visits_bedroom": 2,
        "visits_bathroom": 2,
        "visits_hall": 3,
    }


def test_the_night_belongs_to_the_day_that_follows_it():
    home = lives_a_day(a_home())
    of_day(home)
    lives_a_day(home)
    assert figures(home, "night_bathroom", day=TUESDAY + timedelta(days=1)) == [2], "on the way to bed, and once more"


def test_movement_is_counted_by_five_minutes_of_the_hour():
    home = a_home().at("07:00")
    for _ in range(4):
        home.moves("kitchen").after(7 * MINUTE)
    home.at("02:58").moves("bathroom").at("03:01").moves("bathroom")
    assert hours(home) == {7: 4, 2: 1, 3: 1}
    assert len(of_day(home, TUESDAY, "daily_activity").fields) == 24


def test_movement_that_was_told_late_counts_when_it_was():
    home = a_home().at("09:00").moves("kitchen").at("11:00")
    home.says("kitchen-motion", "motion", True, flags=Flag.LATE, at=home.now - HOUR).moves("living")
    assert hours(home) == {9: 1, 10: 1, 11: 1}


def test_the_area_goes_with_it_where_there_is_one():
    home = a_home()
    assert of_day(home).tags == {}
    home.is_registered_as(replace(home.home, area="north"))
    tomorrow = TUESDAY + timedelta(days=1)
    assert of_day(home, tomorrow).tags == of_day(home, tomorrow, "daily_activity").tags == {"area": "north"}


# ------------------------------------------------------------------------------------------------ days unlike others


def test_a_holiday_is_told_too_and_says_why_it_teaches_nothing():
    home = a_home().at("08:00").moves("kitchen").after(MINUTE).moves("hall")
    home.at("09:00").opens("front-door").closes("front-door").goes("away").at("05:00")
    away = TUESDAY + timedelta(days=1)
    assert figures(home, "ordinary", "left_out", "up_at", "out_min", "coverage") == [0, "away", 480, 20 * 60, 1]
    assert figures(home, "ordinary", "left_out", "up_at", "out_min", day=away) == [0, "away", None, 24 * 60]
    assert figures(home, "visits_kitchen", day=away) == [0]


def test_the_first_day_is_told_as_far_as_it_was_seen():
    home = NotedHome(day=TUESDAY, starts="17:00", rules=[Rule("pendant")])
    home.at("19:00").moves("living").after(MINUTE).moves("living").at("05:00")
    names = ("ordinary", "left_out", "coverage", "up_at", "visits_living", "nights_up", "night_bathroom")
    assert figures(home, *names) == [0, "its beginning was not seen", 0.5, None, 1, 0, None]
    told = of_day(home, TUESDAY, "daily_activity").fields
    assert (told["h19"], told["h20"], "h16" in told, "h05" in told) == (1, 0, False, False)


def test_nothing_is_made_up_for_hours_without_the_hub():
    home = lives_a_day(a_home())
    of_day(home)
    home.falls_silent("hub").at("06:00").at("21:00").speaks_again("hub").at("22:00").moves("living")
    day = TUESDAY + timedelta(days=1)
    fields = of_day(home, day).fields
    assert fields["coverage"] == pytest.approx(8 / 24, abs=0.02)
    assert fields["left_out"] == "not heard"
    assert {"up_at", "out_min", "visits_living", "night_bathroom"} & set(fields) == {"night_bathroom"}
    told = of_day(home, day, "daily_activity").fields
    assert sorted(told) == ["h00", "h01", "h02", "h03", "h04", "h21", "h22", "h23"]


def test_a_bedtime_after_which_nothing_was_heard_is_none():
    home = (
        a_home()
        .at("07:00")
        .moves("kitchen")
        .after(MINUTE)
        .moves("hall")
        .at("19:00")
        .moves("living")
        .at("20:00")
        .moves("living")
    )
    home.falls_silent("hub").at("06:00").speaks_again("hub").at("06:15")
    assert figures(home, "bed_at", "nights_up", "up_at") == [None, None, 7 * 60]
    assert figures(lives_a_day(home), "night_bathroom", "bed_at", day=TUESDAY + timedelta(days=1)) == [None, 22.5 * 60]


def test_time_in_which_we_did_not_run_is_not_covered():
    home = a_home().at("10:00")
    home.watch.gap(home.now, home.now + 6 * HOUR)
    home.at("16:00").moves("living")
    assert figures(home, "coverage") == [0.75]
    assert not {"h10", "h15"} & set(of_day(home, TUESDAY, "daily_activity").fields)


def test_days_in_which_we_did_not_run_are_told_as_unseen():
    home = a_home().at("10:00")
    home.watch.gap(home.now, home.now + 2 * DAY)
    home.at("10:00", days=2)
    unseen = TUESDAY + timedelta(days=1)
    assert figures(home, "coverage", "ordinary", day=unseen) == [0, 0]
    assert not [fact for fact in home.told("daily_activity") if fact.at == of_day(home, unseen).at]
    assert figures(home, "coverage", day=TUESDAY + timedelta(days=2)) == [pytest.approx(19 / 24, abs=0.01)]


def test_a_day_that_is_turned_by_a_reading_while_a_backlog_drains_is_told():
    home = lives_a_day(a_home()).at("04:59")
    home.drains("kitchen-motion", "motion", True, home.now + 11 * MINUTE)
    assert len([fact for fact in home.told("daily") if fact.fields["ordinary"]]) == 1


# ------------------------------------------------------------------------------------------------ clock and restarts


@pytest.mark.parametrize("changes", [date(2026, 3, 29), date(2026, 10, 25)])
def test_days_are_those_of_the_clock_on_the_wall_when_the_clocks_change(changes: date):
    """The clocks change in the night of `changes`, which belongs to the day before it."""
    long = changes.month == 10
    before = changes - timedelta(days=1)
    home = a_home(before)
    for wall in ("07:00", "12:00", "19:00", "22:00", "23:30"):
        home.at(wall).moves("kitchen").after(MINUTE).moves("living")
    home.at("00:30").moves("bathroom")
    home.after(HOUR).moves("bathroom")  # at 01:30, or where there is none, at 02:30
    home.at("04:30").moves("bathroom").at("05:00")
    fact = of_day(home, before)
    assert of_day(home, changes).at - fact.at == (25 if long else 23) * HOUR
    assert (fact.fields["coverage"], fact.fields["up_at"], fact.fields["bed_at"]) == (1, 420, 23 * 60 + 31)
    told = hours(home, before)
    assert {hour: told[hour] for hour in (7, 12, 19, 22, 23, 0, 4)} == dict.fromkeys((7, 12, 19, 22, 23, 0, 4), 1)
    fields = of_day(home, before, "daily_activity").fields
    assert ("h01" in fields, fields.get("h01", 0) + fields.get("h02", 0)) == (long, 1)
    assert len(fields) == (24 if long else 23)


@pytest.mark.parametrize("when", ["07:20", "11:00", "22:45", "04:59"])
def test_a_restart_in_the_middle_of_the_day_changes_no_figure(when: str):
    home, other = lives_a_day(a_home()), lives_a_day(a_home(), restart=when)
    assert of_day(other) == of_day(home)
    assert of_day(other, TUESDAY, "daily_activity") == of_day(home, TUESDAY, "daily_activity")
