"""What the board Independence has to show: the days of the town's homes, and how they changed."""

from collections.abc import Callable, Iterable, Mapping
from statistics import mean, median
from typing import Any

import pytest

from devices.instant import DAY, MILLISECOND
from gateway.model import Fact
from tests.dashboards.expected.checks import Panels, Shown, grouped, said
from tests.dashboards.residents import CARED_FOR, COLD, NOW, SMALL_AREA, TIRING
from tests.dashboards.town import FACTS_SINCE, Town

PANELS = Panels()
_LATELY = NOW - 3 * DAY
_LEAST_HOMES = 5
_TIMES = {"up_at", "bed_at", "kettle_at"}
_COUNTS = {"nights_up", "night_bathroom", "visits_kitchen", "visits_bathroom", "out_min", "warm_hours", "temperature"}
_OWN: Mapping[str, tuple[Callable[[Iterable[float]], float], str, float]] = {
    "up": (median, "up_at", 60),
    "bed": (median, "bed_at", 60),
    "nights": (mean, "nights_up", 1),
    "out": (median, "out_min", 1),
    "kitchen": (median, "visits_kitchen", 1),
    "warm": (median, "warm_hours", 1),
    "coverage": (mean, "coverage", 1),
}
"""Column -> how the days of a home become one figure, of which field, in which part of its unit."""


def _days(town: Town, home: str | None = None) -> list[Fact]:
    return town.facts("daily", FACTS_SINCE) if home is None else town.facts("daily", FACTS_SINCE, home=home)


def _changes(town: Town) -> dict[tuple[str, ...], Fact]:
    """By home, area and measure."""
    return {key: one for key, one in town.latest("change", "home", "area", "measure").items() if one.at > _LATELY}


def _values(facts: Iterable[Fact], field: str) -> list[float]:
    return grouped(facts, field).get((), [])


def _own(facts: list[Fact]) -> dict[str, Any]:
    """One home's figures; None where its days have none."""
    found: dict[str, Any] = {}
    for column, (how, field, factor) in _OWN.items():
        values = _values(facts, field)
        found[column] = pytest.approx(how(values) * factor) if values else None
    planned = sum(_values(facts, "carers_planned"))
    found["in_time"] = pytest.approx(sum(_values(facts, "carers_on_time")) / planned) if planned else None
    return found


# ------------------------------------------------------------------------------------------------ the few


def _growing_homes(town: Town) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for (home, _, _), one in _changes(town).items():
        if one.fields["needs"] == 1:
            found.setdefault(home, []).append(one)
    return found


@PANELS("Growing needs")
def _(town: Town, shown: Shown) -> None:
    series = {frame.name: frame.values[0] for frame in shown.frames()}
    growing = _growing_homes(town)
    assert set(growing) >= {f"ELM-{number:02}" for number in TIRING}, "those whose habits were made to change"
    assert series == {"growing": len(growing), "compared": len({home for home, _, _ in _changes(town)})}
    assert series["growing"] < series["compared"] / 2


@PANELS("Coverage")
def _(town: Town, shown: Shown) -> None:
    assert shown.only() == pytest.approx(mean(_values(_days(town), "coverage")))


@PANELS("Visits of carers in their time")
def _(town: Town, shown: Shown) -> None:
    days = _days(town)
    share = sum(_values(days, "carers_on_time")) / sum(_values(days, "carers_planned"))
    assert 0 < share < 1
    assert shown.only() == pytest.approx(share)


@PANELS("Visits missed")
def _(town: Town, shown: Shown) -> None:
    assert shown.only() == sum(_values(_days(town), "carers_missed"))


@PANELS("Homes whose needs are growing")
def _(town: Town, shown: Shown) -> None:
    growing = _growing_homes(town)
    rows = shown.table("home", "area")
    assert {home for home, _ in rows} == set(growing)
    for (home, area), row in rows.items():
        assert area == town.home(home).area
        assert row["growing"] == len(growing[home])
        assert row["chance"] == min(one.fields["chance"] for one in growing[home])
        assert row["days"] == min(one.fields["days_now"] for one in growing[home])


@PANELS("By area")
def _(town: Town, shown: Shown) -> None:
    growing = set(_growing_homes(town))
    compared: dict[str, set[str]] = {}
    for home, area, _ in _changes(town):
        compared.setdefault(area, set()).add(home)
    assert 0 < len(compared[SMALL_AREA]) < _LEAST_HOMES, "there is something to suppress"
    wanted = {area: homes for area, homes in compared.items() if len(homes) >= _LEAST_HOMES}
    rows = shown.table("area")
    assert {area for (area,) in rows} == set(wanted) != set(compared)
    for (area,), row in rows.items():
        count = len(wanted[area] & growing)
        assert (row["homes"], row["growing"]) == (len(wanted[area]), count)
        assert row["share"] == pytest.approx(count / len(wanted[area]))


# ------------------------------------------------------------------------------------------------ change


def _changed(measures: set[str], factor: int) -> Callable[[Town, Shown], None]:
    def check(town: Town, shown: Shown) -> None:
        wanted = {(home, name): one for (home, _, name), one in _changes(town).items() if name in measures}
        rows = shown.table("home", "measure")
        assert set(rows) == set(wanted)
        assert {name for _, name in rows} == measures
        for key, row in rows.items():
            fields = wanted[key].fields
            for name in ("chance", "needs", "days_now", "days_was"):
                assert row[name] == fields[name], (key, name)
            now, was = float(fields["now"]), float(fields["was"])
            assert (row["now"], row["was"]) == (pytest.approx(now * factor), pytest.approx(was * factor))
            assert row["by"] == pytest.approx(now - was)

    return check


PANELS["Times of day, against the four weeks before"] = _changed(_TIMES, 60)
PANELS["Counts and hours, against the four weeks before"] = _changed(_COUNTS, 1)


# ------------------------------------------------------------------------------------------------ days


@PANELS("Each home in this time range")
def _(town: Town, shown: Shown) -> None:
    rows = shown.table("home", "area")
    assert set(rows) == {(one.reference, one.area) for one in town.homes}
    for (home, _), row in rows.items():
        days = _days(town, home)
        assert row["days"] == len(days)
        for column, value in _own(days).items():
            assert row[column] == value, (home, column)
    cold = rows[f"ELM-{COLD:02}", town.home(f"ELM-{COLD:02}").area]
    assert cold["warm"] < 6
    assert all(row["warm"] is None or row["warm"] >= 18 for row in rows.values() if row is not cold)
    assert {home for (home, _), row in rows.items() if row["in_time"] is not None} == {
        f"ELM-{number:02}" for number in CARED_FOR
    }  # fmt: skip


def _by_day(field: str, factor: int = 1) -> Callable[[Town, Shown], None]:
    def check(town: Town, shown: Shown) -> None:
        wanted: dict[str, dict[int, Any]] = {}
        for one in _days(town):
            if field in one.fields:
                value = pytest.approx(float(one.fields[field]) * factor)
                wanted.setdefault(one.home, {})[one.at // MILLISECOND] = value
        assert {frame.name: said(frame) for frame in shown.frames()} == wanted

    return check


PANELS["Up at"] = _by_day("up_at", 60)
PANELS["To bed at"] = _by_day("bed_at", 60)
PANELS["Times up at night"] = _by_day("nights_up")
PANELS["Time out"] = _by_day("out_min")
PANELS["Kitchen visits"] = _by_day("visits_kitchen")
PANELS["Warm hours"] = _by_day("warm_hours")
PANELS["Coverage, day by day"] = _by_day("coverage")


@PANELS("Visits of carers")
def _(town: Town, shown: Shown) -> None:
    wanted: dict[str, dict[int, Any]] = {}
    for one in _days(town):
        if planned := float(one.fields.get("carers_planned", 0)):
            share = float(one.fields["carers_on_time"]) / planned
            wanted.setdefault(one.home, {})[one.at // MILLISECOND] = pytest.approx(share)
    assert set(wanted) == {f"ELM-{number:02}" for number in CARED_FOR}
    assert {frame.name: said(frame) for frame in shown.frames()} == wanted


@PANELS("Each area in this time range")
def _(town: Town, shown: Shown) -> None:
    """The mean of what each home says of itself, where five homes or more say it."""
    for answer, column in zip(shown.answers, ["homes", "up", "bed", "nights", "out", "kitchen", "warm", "in_time",
                                              "coverage"], strict=True):  # fmt: skip
        wanted = {}
        for area in {one.area for one in town.homes}:
            own = [_own(_days(town, one.reference))[column if column != "homes" else "coverage"]
                   for one in town.homes if one.area == area]  # fmt: skip
            known = [one.expected for one in own if one is not None]
            if len(known) >= _LEAST_HOMES:
                wanted[area] = len(known) if column == "homes" else pytest.approx(mean(known))
        assert SMALL_AREA not in wanted
        assert {row["area"]: row[column] for row in answer.rows()} == wanted, column
    assert len({row["Time"] for answer in shown.answers for row in answer.rows()}) == 1, "they are merged"


@PANELS("Every day of each home")
def _(town: Town, shown: Shown) -> None:
    rows = {(row["home"], row["Time"]): row for row in shown.rows()}
    days = {(one.home, one.at // MILLISECOND): one.fields for one in _days(town)}
    assert set(rows) == set(days)
    named = {"nights": "nights_up", "out": "out_min", "kitchen": "visits_kitchen", "warm": "warm_hours",
             "coverage": "coverage", "left_out": "left_out"}  # fmt: skip
    for key, row in rows.items():
        for column, field in named.items():
            assert row[column] == days[key].get(field), (key, column)
        for column, field in (("up", "up_at"), ("bed", "bed_at")):
            assert row[column] == (None if field not in days[key] else float(days[key][field]) * 60)
    assert any(row["left_out"] for row in rows.values())
