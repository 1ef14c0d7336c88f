"""Simulated lives: that their diaries are whole, and that sensors say what the diary and the faults let them say."""

from bisect import bisect_left
from datetime import datetime
from itertools import pairwise
from statistics import mean
from zoneinfo import ZoneInfo

import pytest

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant, from_datetime, to_datetime
from devices.simulation.lives.habits import KINDS
from devices.simulation.lives.life import Life

DAYS = 20
LIVES = [Life(number, DAYS, 3) for number in range(12)]


def _name(life: Life) -> str:
    return life.habits.kind


def _within(at: Instant, spans: object) -> bool:
    return any(span.start <= at < span.end for span in spans)  # type: ignore[attr-defined]


def test_a_life_is_the_same_each_time_it_is_told_and_another_with_another_seed() -> None:
    assert Life(4, DAYS, 3).said == LIVES[4].said
    assert Life(4, DAYS, 4).said != LIVES[4].said


@pytest.mark.parametrize("life", LIVES, ids=_name)
def test_the_resident_is_always_somewhere_and_nowhere_twice(life: Life) -> None:
    stays = life.diary.stays
    assert all(before.end == after.start for before, after in pairwise(stays))
    assert stays[0].start == life.start
    assert stays[-1].end >= life.end
    assert {stay.room for stay in stays} <= {None, *life.dwelling.rooms}
    assert life.diary.at(stays[5].start) == stays[5]


@pytest.mark.parametrize("life", LIVES, ids=_name)
def test_nobody_is_seen_in_a_home_that_everybody_has_left_save_by_a_misfire(life: Life) -> None:
    holds = 3 * MINUTE
    for stay in life.diary.stays:
        if stay.room is None:
            inside = [
                said
                for said in life.said
                if stay.start + holds < said.at < stay.end - holds
                and said.person
                and said.quantity in ("motion", "bed", "chair")
                and said.value is True
                and not any(span.start - holds < said.at < span.end + holds for span in life.diary.company)
            ]
            assert not inside


@pytest.mark.parametrize("life", LIVES, ids=_name)
def test_days_have_their_night_and_most_of_it_is_spent_in_bed(life: Life) -> None:
    nights = life.diary.nights
    assert len(nights) >= DAYS - sum(holiday.last - holiday.first + 1 for holiday in life.holidays)
    for night in nights[1:-1]:
        assert 3 * HOUR <= night.end - night.start < 14 * HOUR
        in_bed = [stay for stay in life.diary.between(night.start, night.end) if stay.on == "bed"]
        assert sum(stay.end - stay.start for stay in in_bed) > (night.end - night.start) // 2


@pytest.mark.parametrize("life", LIVES, ids=_name)
def test_what_arrives_is_in_order_and_what_is_broken_says_nothing(life: Life) -> None:
    assert all(before.at <= after.at for before, after in pairwise(life.said))
    assert all(life.start <= said.at < life.end for said in life.said)
    assert {said.address for said in life.said} <= {sensor.address for sensor in life.dwelling.sensors}
    assert not [said for said in life.said if _within(said.at, life.faults.hub_offline)]
    for address, span in life.faults.silent:
        assert not [said for said in life.said if said.address == address and span.start <= said.at < span.end]


def test_a_stuck_sensor_says_true_once_and_nothing_else_of_movement_until_it_is_freed() -> None:
    lives = (Life(number, 60, 3) for number in range(40))
    life = next(life for life in lives if life.faults.stuck)
    address, span = life.faults.stuck[0]
    said = [one for one in life.said if one.address == address and one.quantity == "motion"]
    inside = [one for one in said if span.start < one.at < span.end]
    assert not [one for one in inside if one.person]


def test_forty_homes_hold_all_the_variety_that_is_asked_for() -> None:
    lives = [Life(number, 60) for number in range(40)]
    homes = [life.dwelling for life in lives]
    assert {life.habits.kind for life in lives} == set(KINDS)
    assert 25 <= sum(home.has_door_sensor for home in homes) <= 31
    assert any(set(home.doors) - {one.address for one in home.sensors} and home.has_door_sensor for home in homes)
    for wanted in ("bed", "chair", "kettle"):
        assert 5 <= sum(any(one.role == wanted for one in home.sensors) for home in homes) <= 35
    assert any(home.momentary for home in homes)
    assert any("presence" in one.quantities for home in homes for one in home.sensors)
    assert {one.hold for home in homes for one in home.sensors} >= {60 * SECOND, 90 * SECOND}
    assert any(home.sensor_of("hall", "motion") is None for home in homes)
    assert any(len(home.rooms) == 4 for home in homes)
    assert any(len(home.rooms) > 6 for home in homes)
    assert sum(bool(life.diary.announced) for life in lives) >= 8
    assert sum(any(not one.announced for one in life.holidays) for life in lives) >= 8
    assert all(0.03 <= home.misses <= 0.10 for home in homes)
    assert {home.zone for home in homes} >= {"Europe/London", "Europe/Lisbon", "America/Los_Angeles"}


def test_the_clocks_change_within_the_days_and_wall_times_hold() -> None:
    for life in LIVES:
        zone = ZoneInfo(life.dwelling.zone)
        offsets = {to_datetime(at).astimezone(zone).utcoffset() for at in (life.start, life.end)}
        assert len(offsets) == 2
        first = datetime(life.first.year, life.first.month, life.first.day, tzinfo=zone)
        assert life.start == from_datetime(first)


def test_seated_and_sleeping_people_are_seen_about_as_often_as_the_recordings_and_habits_have_it() -> None:
    life = Life(16, 60)  # television
    seated, asleep = [], []
    seen = {room: _movements(life, room) for room in life.dwelling.rooms}
    for stay in life.diary.stays:
        moments = seen.get(stay.room or "", [])
        moved = moments[bisect_left(moments, stay.start) : bisect_left(moments, stay.end)]
        gaps = [(after - before) / MINUTE for before, after in pairwise(moved)]
        if stay.doing == "seated" and stay.room == life.dwelling.living and not life.diary.has_company(stay.start):
            seated += gaps
        elif stay.doing == "asleep":
            asleep += gaps
    assert 0.5 * life.habits.stillness < mean(seated) < 1.6 * life.habits.stillness
    assert 8 < mean(asleep) < 35


def _movements(life: Life, room: str | None) -> list[Instant]:
    sensor = life.dwelling.sensor_of(room, "motion")
    return [said.at for said in life.said if sensor and said.address == sensor.address and said.value is True]


def test_announced_days_away_are_announced_at_about_the_time_they_begin() -> None:
    life = next(life for life in (Life(number, 60) for number in range(40)) if life.diary.announced)
    announced = life.diary.announced[0]
    away = min(life.diary.long_absences, key=lambda span: abs(span.start - announced.start))
    assert abs(away.start - announced.start) <= 3 * HOUR
    assert away.end - away.start > DAY
    assert life.diary.is_announced(away.start + DAY)
    assert life.diary.out_since(away.start + DAY) == away.start
