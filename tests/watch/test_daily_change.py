"""What is told of four weeks beside the four before."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from devices.instant import DAY
from gateway.model import Fact, Rule
from gateway.recorder.schema import FACTS
from gateway.watch.changes import COMPARED, LIKELY
from gateway.watch.routine.day import MEASURES, Day
from tests.support.noted_home import NotedHome

TODAY = date(2026, 3, 11)
MONTH = TODAY - timedelta(days=28)
Changed = Callable[[int], object]


def wobble(day: int) -> int:
    """A little different each day, without a pattern that lasts."""
    return day * 7919 % 31 - 15


AS_EVER: dict[str, Changed] = {
    "first": lambda day: 440 + wobble(day),
    "bed": lambda day: 1350 + wobble(day),
    "out": lambda day: 120 + wobble(day),
    "temperature": lambda day: 20 + wobble(day) / 40,
    "warm_hours": lambda _: 24,
    "times_up": lambda day: 1 + (day % 5 == 0),
    "visits": lambda day: (12 + wobble(day) // 6, 8, 4, 6, 0, 0, 12, 0, 0),
}


def a_home(*, seen: Callable[[int], bool] = lambda _: True, **changed: Changed) -> NotedHome:
    """A home that knows 60 days by the middle of the day before TODAY; since MONTH they are as `changed` says."""
    home = NotedHome(day=TODAY - timedelta(days=1), starts="12:00", rules=[Rule("pendant")])
    for number in range(TODAY.toordinal() - 60, TODAY.toordinal()):
        lived = AS_EVER | (changed if number >= MONTH.toordinal() else {})
        one = Day(number, **{name: of(number) for name, of in lived.items()}) if seen(number) else None  # type: ignore[arg-type]
        home.watch.view.routine.remember(date.fromordinal(number), one)
    return home


def told(home: NotedHome, measure: str) -> Fact | None:
    """What is told of a measure today, once."""
    home.at("09:00", days=1 if home.watch.view.date < TODAY else 0)
    found = [fact for fact in home.told("change", measure=measure) if fact.at == home.watch.view.day_start]
    assert len(found) <= 1
    return found[0] if found else None


def test_measures_are_fields_of_daily_and_known_to_the_routine():
    assert set(COMPARED) <= {field.name for field in FACTS["daily"].fields}
    assert {measure.name for measure in COMPARED.values()} <= set(MEASURES)


def test_where_nothing_changed_nothing_needs_anybody():
    home = a_home()
    fact = told(home, "up_at")
    assert fact is not None
    assert (fact.fields["days_now"], fact.fields["days_was"]) == (27, 28), "the day before today taught nothing"
    assert abs(float(fact.fields["now"]) - float(fact.fields["was"])) < 5
    assert float(fact.fields["chance"]) > 0.05
    assert {fact.tags["measure"] for fact in home.told("change") if fact.fields["needs"]} == set()


@pytest.mark.parametrize(
    ("measure", "changed"),
    [
        ("up_at", {"first": lambda day: 500 + wobble(day)}),
        ("out_min", {"out": lambda day: 60 + wobble(day)}),
        ("temperature", {"temperature": lambda day: 17 + wobble(day) / 40}),
        ("nights_up", {"times_up": lambda day: 3 + (day % 3 == 0)}),
        ("visits_kitchen", {"visits": lambda day: (6 + wobble(day) // 6, 8, 4, 6, 0, 0, 12, 0, 0)}),
    ],
)
def test_a_change_towards_needing_help_is_one(measure: str, changed: dict[str, Changed]):
    home = a_home(**changed)
    fact = told(home, measure)
    assert fact is not None
    assert (fact.fields["needs"], float(fact.fields["chance"]) <= LIKELY) == (1, True)
    assert {fact.tags["measure"] for fact in home.told("change") if fact.fields["needs"]} == {measure}


@pytest.mark.parametrize(
    ("measure", "changed", "likely"),
    [
        ("up_at", {"first": lambda day: 380 + wobble(day)}, True),
        ("up_at", {"first": lambda day: 460 + wobble(day)}, None),
        ("temperature", {"temperature": lambda day: 22 + wobble(day) / 40}, True),
        ("bed_at", {"bed": lambda day: 1230 + wobble(day)}, True),
    ],
)
def test_a_change_for_the_better_or_too_small_or_without_a_meaning_is_none(
    measure: str, changed: dict[str, Changed], likely: bool | None
):
    fact = told(a_home(**changed), measure)
    assert fact is not None
    assert fact.fields["needs"] == 0
    assert likely is None or (float(fact.fields["chance"]) <= LIKELY) is likely


def test_too_few_days_or_nothing_ever_seen_tell_nothing():
    home = a_home(seen=lambda day: day % 2 == 0)
    assert told(home, "up_at") is None
    assert home.told("change") == []
    assert told(a_home(visits=AS_EVER["visits"]), "kettle_at") is None


def test_it_is_told_once_a_day_as_of_five_in_the_morning():
    home = a_home().at("09:00", days=3)
    facts = home.told("change", measure="up_at")
    assert {home.wall(fact.at) for fact in facts} == {"05:00"}
    assert [one.at - home.watch.view.day_start for one in facts] == [days * DAY for days in range(-4, 1)]


def test_after_a_restart_it_is_told_again_at_the_same_time_and_alike():
    home = a_home()
    first = told(home, "up_at")
    home.restarts().at("11:00")
    assert list(home.told("change", measure="up_at"))[-2:] == [first] * 2
