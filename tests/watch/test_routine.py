"""What a home's days teach: how a day is remembered, what is usual, and how it is kept."""

import zlib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.watch.routine.day import KINDS, MEASURES, SIZE, Day, quiets_of, visits_of
from gateway.watch.routine.routine import KEPT_DAYS, LEARNING_DAYS, Routine
from gateway.watch.routine.today import Today
from gateway.watch.routine.usual import quantile

MONDAY = date(2026, 1, 5)
LIVED = Day(
    MONDAY.toordinal(),
    first=7 * 60,
    bed=22 * 60 + 30,
    kettle=7 * 60 + 20,
    temperature=20.0,
    warm_hours=24,
    night_bathroom=1,
    times_up=1,
    visits=(10, 8, 4, 6, 0, 0, 12, 0, 0),
    quiet=(0,) * 13 + (90, *(0,) * 10),
)


def learned(days: int, **differs: object) -> Routine:
    """A routine that has seen so many ordinary days."""
    routine = Routine()
    for number in range(days):
        live(routine, MONDAY + timedelta(days=number), **differs)
    return routine


def live(routine: Routine, day: date, **differs: object) -> None:
    routine.remember(day, replace(LIVED, number=day.toordinal(), **differs))  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ what is usual


def test_nothing_is_usual_before_two_weeks_are_known():
    routine = learned(LEARNING_DAYS - 1)
    assert not routine.ready
    assert routine.days == LEARNING_DAYS - 1
    assert routine.first_activity(MONDAY) is None
    assert routine.quiet(MONDAY, 13) is None
    assert routine.night(MONDAY) is None


def test_after_two_weeks_it_says_what_is_usual_and_how_many_days_it_knows():
    routine = learned(LEARNING_DAYS)
    usual = routine.first_activity(MONDAY)
    assert routine.ready
    assert usual is not None
    assert usual.to_json() == {"low": 420.0, "median": 420.0, "high": 420.0, "most": 420, "n": 10}
    assert routine.night(MONDAY) == "22:30-07:00"
    assert (routine.kettle(MONDAY), routine.bedtime(MONDAY)) != (None, None)


def test_weekends_are_days_like_others_until_eight_of_them_are_known():
    routine = Routine()
    saturday = MONDAY + timedelta(days=5)
    for number in range(28):
        day = MONDAY + timedelta(days=number)
        live(routine, day, first=540 if day.weekday() >= 5 else 420)
        usual = routine.first_activity(saturday)
        if number == 20:
            assert usual is not None
            assert (usual.n, usual.median) == (21, 420)
    assert (usual.n, usual.median) == (8, 540)  # type: ignore[union-attr]
    assert routine.first_activity(MONDAY).n == 20  # type: ignore[union-attr]


def test_new_habits_outweigh_the_old_after_three_weeks():
    routine = learned(30)
    for number in range(30, 52):
        live(routine, MONDAY + timedelta(days=number), first=480)
    assert routine.first_activity(MONDAY).median == 480  # type: ignore[union-attr]


def test_one_odd_day_moves_neither_the_median_nor_the_night():
    routine = learned(20)
    live(routine, MONDAY + timedelta(days=20), first=13 * 60, bed=27 * 60)
    usual = routine.first_activity(MONDAY + timedelta(days=19))
    assert usual is not None
    assert (usual.median, usual.most) == (420, 780)
    assert routine.night(MONDAY) == "22:30-07:00"


@pytest.mark.parametrize(
    ("bed", "up", "night"), [(26 * 60 + 50, 12 * 60, "02:00-10:00"), (17 * 60, 200, "20:00-05:00")]
)
def test_the_night_stays_within_bounds_whatever_was_learned(bed: int, up: int, night: str):
    assert learned(20, bed=bed, first=up).night(MONDAY) == night


def test_the_longest_quiet_counts_an_hour_either_side():
    routine = learned(20)
    assert [hour for hour in range(24) if routine.quiet(MONDAY, hour) is not None] == [12, 13, 14]
    assert routine.quiet(MONDAY, 12).n == 15  # type: ignore[union-attr]
    around_midnight = learned(20, quiet=(40, *(0,) * 23))
    assert around_midnight.quiet(MONDAY, 23).most == 40  # type: ignore[union-attr]


def test_a_quiet_that_ended_by_itself_is_known_from_the_first_day_and_forgotten_after_four_weeks():
    routine = learned(1)
    assert routine.quiet_so_far(14) == (90, 1)
    assert routine.quiet_so_far(16) == (0, 0)
    for number in range(1, 29):
        live(routine, MONDAY + timedelta(days=number), quiet=(0,) * 13 + (30, *(0,) * 10))
    assert routine.quiet_so_far(13) == (30, 28)


def test_visits_to_the_bathroom_are_those_of_the_night():
    routine = learned(20)
    assert routine.visits("bathroom", MONDAY).median == 1  # type: ignore[union-attr]
    assert routine.visits("kitchen", MONDAY).median == 10  # type: ignore[union-attr]
    assert routine.visits("dining", MONDAY) is None  # no sensor there
    assert routine.visits("outside", MONDAY) is None


def test_a_day_on_which_hardly_anything_was_seen_is_left_out():
    routine = learned(20)
    live(routine, MONDAY + timedelta(days=20), visits=(2, 2, 0, 1, 0, 0, 2, 0, 0))
    assert routine.days == 20


def test_history_has_the_days_that_were_seen():
    routine = learned(3)
    routine.remember(MONDAY + timedelta(days=3), None)
    live(routine, MONDAY + timedelta(days=4), temperature=None)
    assert [value for _, value in routine.history("temperature")] == [20.0, 20.0, 20.0]
    assert [day for day, _ in routine.history("kitchen")][-1] == MONDAY + timedelta(days=4)
    assert all(routine.history(measure) is not None for measure in MEASURES)


# ------------------------------------------------------------------------------------------------ keeping it


def test_it_is_small_after_more_than_a_year():
    routine = Routine()
    for number in range(400):
        varied = number * 7919 % 97
        live(routine, MONDAY + timedelta(days=number), first=400 + varied, bed=1300 + varied,
             quiet=tuple(varied + hour * 7 for hour in range(24)), visits=(10 + varied % 20,) * 9)  # fmt: skip
    assert routine.days == KEPT_DAYS
    assert len(zlib.decompress(routine.save())) <= 5 + KEPT_DAYS * SIZE < 5 * 1024
    assert len(routine.save()) < 4 * 1024


def test_what_was_learned_long_ago_is_forgotten():
    routine = learned(30)
    for number in range(30, 30 + KEPT_DAYS):
        routine.remember(MONDAY + timedelta(days=number), None)
    assert routine.days == 0


def test_a_clock_that_ran_a_year_ahead_destroys_nothing():
    routine = learned(20)
    live(routine, MONDAY + timedelta(days=385))
    live(routine, MONDAY + timedelta(days=20))
    assert routine.days == 21


TWICE = zlib.decompress(learned(3).save())[:5] + 2 * LIVED.pack()


@pytest.mark.parametrize(
    "damaged",
    [b"", b"nonsense", learned(5).save()[:-9]]
    + [zlib.compress(kept) for kept in (b"", b"\x01\x00\x00\x00\x00abc", b"\x09\x00\x00\x00\x00", TWICE)],
)
def test_what_cannot_be_read_is_learned_again(damaged: bytes):
    routine = learned(20)
    routine.restore(damaged)
    assert (routine.days, routine.history("kitchen"), routine.quiet_so_far(13)) == (0, [], (0, 0))
    live(routine, MONDAY)
    assert routine.days == 1


# ------------------------------------------------------------------------------------------------ properties

_values = st.lists(st.tuples(st.integers(0, 1740), st.floats(0.01, 1)), min_size=1, max_size=40)
_days = st.lists(st.one_of(st.none(), st.integers(0, 1439)), min_size=14, max_size=80)


@given(_values, st.floats(0, 1))
def test_a_quantile_lies_between_the_least_and_the_greatest(values: list[tuple[float, float]], share: float):
    assert min(values)[0] <= quantile(values, share) <= max(values)[0]


@given(_values, st.randoms(), st.floats(0, 1))
def test_the_order_of_days_does_not_matter(values: list[tuple[float, float]], random, share: float):  # noqa: ANN001
    shuffled = [(value, 1.0) for value, _ in values]
    random.shuffle(shuffled)
    assert quantile(shuffled, share) == pytest.approx(quantile([(value, 1.0) for value, _ in values], share))


@given(_values)
def test_quantiles_rise_with_their_share(values: list[tuple[float, float]]):
    found = [quantile(values, share) for share in (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)]
    assert found == sorted(found)


@given(_days)
def test_days_left_out_change_nothing_and_saving_is_the_identity(firsts: list[int | None]):
    seen, all_days = Routine(), Routine()
    for number, first in enumerate(firsts):
        day = MONDAY + timedelta(days=number)
        lived = None if first is None else replace(LIVED, number=day.toordinal(), first=first)
        all_days.remember(day, lived)
        if lived is not None:
            seen.remember(day, lived)
    seen.remember(MONDAY + timedelta(days=len(firsts)), None)
    all_days.remember(MONDAY + timedelta(days=len(firsts)), None)
    restored = Routine()
    restored.restore(all_days.save())
    asked = MONDAY + timedelta(days=len(firsts))
    for one in (seen, restored):
        assert one.days == all_days.days
        assert one.first_activity(asked) == all_days.first_activity(asked)
        assert one.night(asked) == all_days.night(asked)
    assert restored.save() == all_days.save()


@given(st.builds(
    Day, st.integers(1, 900000), *[st.none() | st.integers(0, 2000)] * 3, st.integers(0, 1500),
    st.none() | st.integers(-300, 500).map(lambda tenths: tenths / 10), *[st.none() | st.integers(0, 24)] * 3,
    st.tuples(*[st.none() | st.integers(0, 254)] * len(KINDS)), st.tuples(*[st.integers(0, 480)] * 24),
))  # fmt: skip
def test_a_day_is_kept_as_it_was(lived: Day):
    packed = lived.pack()
    kept = [dict(MEASURES[name].of(packed)).get(lived.number) for name in MEASURES]
    times = [lived.first, lived.bed, lived.kettle, lived.out, lived.temperature]
    assert kept == [*times, lived.warm_hours, lived.night_bathroom, lived.times_up, *lived.visits]
    assert list(quiets_of(packed)) == [(lived.number, *lived.quiet)]
    assert list(visits_of(packed)) == [sum(count or 0 for count in lived.visits)]


@pytest.mark.parametrize("kept", [[], [0, None], "nonsense", [1, 2, 3, 4, 5, 6, 7, 8, 9], None])
def test_a_day_that_cannot_be_read_is_one_whose_beginning_was_not_seen(kept: object):
    today = Today()
    today.from_state(kept)  # type: ignore[arg-type]
    assert today.over(MONDAY) is None
    assert today.left_out == "its beginning was not seen"
