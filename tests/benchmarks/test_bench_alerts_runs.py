"""The benchmark of the alerts itself: that it runs, that it counts as it says. No figure is judged here."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from devices.instant import DAY, HOUR, Instant
from devices.simulation.lives.life import Life
from gateway.model import Verdict
from tests.benchmarks.alerts import figures, judging, run, speed, table, timers
from tests.benchmarks.alerts.collapses import describe, moments
from tests.benchmarks.alerts.homes import lived
from tests.benchmarks.alerts.replay import Task, measure
from tests.support.shared import CHECKOUT

pytestmark = pytest.mark.timeout(120)
LIFE = Life(0, 20)


def _verdict(at: Instant, kind: str = "trigger", rule: str = "inactivity", concerns: str = "person") -> Verdict:
    return Verdict(kind, "SIM", rule, None, at, concerns, 2, "words")  # type: ignore[arg-type]


def test_a_tiny_run_makes_a_report_that_says_which_bars_are_met(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bench-alerts.json"
    page = tmp_path / "page.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")
    words = ["--homes", "2", "--days", "17", "--jobs", "1", "--no-speed", "--no-recordings", "--show"]
    assert run.main([*words, "--json", str(out), "--page", str(page)]) == 0
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "| false person alerts, homes with a door sensor | at most 0.15" in written
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["disagreements"] == []
    assert report["errors"] == []
    assert report["verified"] == 2
    assert report["false"]["with_door"]["all_a_week"] >= 0
    assert set(report["timers"]["with_door"]) == set(timers.TIMERS)
    assert {bar["name"] for bar in report["bars"]} >= {"false person alerts, homes with a door sensor"}
    assert all(len(home["collapses"]) == 10 for home in report["results"])
    said = capsys.readouterr().err
    assert "bars" in said
    assert "beside it, 12 h without movement" in said


def test_collapses_happen_at_home_and_alone_and_nobody_is_seen_after_them() -> None:
    home = lived(LIFE)
    found = moments(LIFE, 4, 8)
    assert len(found) == 12
    assert sum(at < LIFE.start + 14 * DAY for at in found) == 4
    for at in found:
        assert LIFE.diary.out_since(at) is None
        assert not LIFE.diary.has_company(at)
        after = home.after_collapse(at, at + 48 * HOUR, still_seen=False)
        active = [one for one in after if one.reading.quantity == "motion" and one.reading.value is True]
        assert {one.reading.at for one in active} <= set(home.misfires)
        assert not [one for one in after if one.reading.quantity in ("bed", "chair", "usage")]
    assert {describe(home, at).part for at in found} >= {"day", "night"}


def test_an_alert_counts_once_while_it_is_open_and_again_when_it_cleared_or_was_seen_to() -> None:
    once = [_verdict(0), _verdict(HOUR)]
    assert len(judging.person_alerts(once)) == 1
    assert len(judging.person_alerts([*once, _verdict(2 * HOUR, "clear"), _verdict(3 * HOUR)])) == 2
    assert len(judging.person_alerts([*once, _verdict(judging.HANDLED)])) == 2
    assert judging.person_alerts([_verdict(0, concerns="equipment")]) == []


def test_a_question_about_days_away_is_justified_and_so_is_nothing_that_suspects_a_collapse() -> None:
    life = Life(3, 60)
    away = life.diary.long_absences[0]
    assert judging.is_so(life, _verdict(away.start + 18 * HOUR, rule=judging.ABSENCE))
    assert not judging.is_so(life, _verdict(away.start + 2 * HOUR, rule=judging.ABSENCE))
    assert not judging.is_so(life, _verdict(away.start + 18 * HOUR, rule="inactivity"))
    assert "days away" in judging.what_the_diary_says(life.diary, away.start + HOUR)
    night = life.diary.nights[3]
    assert not judging.is_so(life, _verdict(night.start + HOUR, rule="not_to_bed"))


def test_the_timers_call_once_a_quiet_and_only_in_their_hours() -> None:
    first = LIFE.start
    twelve, four = timers.TIMERS
    activity = [first + hour * HOUR for hour in (0, 1, 2, 9, 10, 26)]
    assert list(timers.raised(twelve, activity, LIFE, first, first + 26 * HOUR)) == [first + 22 * HOUR]
    assert list(timers.raised(four, activity, LIFE, first, first + 26 * HOUR)) == [first + 14 * HOUR]
    assert timers.noticed(four, activity[:5], LIFE, first + 10 * HOUR, first + 2 * DAY) == first + 14 * HOUR
    evening = [first + hour * HOUR for hour in range(18)]
    assert timers.noticed(four, evening, LIFE, first + 17 * HOUR, first + 2 * DAY) == first + 36 * HOUR


def test_the_page_on_alert_quality_has_a_place_for_the_figures() -> None:
    page = (CHECKOUT / "docs" / "alert-quality.md").read_text(encoding="utf-8")
    assert table.BEGIN in page
    assert table.END in page


def test_what_was_never_noticed_counts_as_the_longest_delay() -> None:
    assert figures.percentile([1.0, 2.0, 3.0, float("inf")], 50) == 2.0
    assert figures.percentile([1.0, 2.0, 3.0, float("inf")], 95) == figures.NEVER


def test_a_bar_is_met_from_its_limit_on() -> None:
    report = {"false": {"with_door": {"all_a_week": 0.15}}, "collapses": {"with_door": {"day": {"p95_h": 5.01}}}}
    assert [bar["met"] for bar in figures.judged_bars(report)] == [True, False]


def test_alerts_of_rules_that_learn_are_counted_over_fewer_weeks() -> None:
    result = measure(Task(0, 28, 0, early=0, late=0))
    one = judging.Raised("SIM", "inactivity", None, 2, 0, "", "", "", "seated", True, False, True)
    assert figures._rate([one], [result]) == 0.25
    assert figures._rate([replace(one, learned=True)], [result]) == 0.5


def test_a_tick_of_many_homes_is_timed_over_the_turn_of_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "_LONDON", (0,))
    monkeypatch.setattr(speed, "_DAYS", 4)
    found = speed._tick(0, 20)
    assert found["homes"] == 20
    assert 0 <= found["idle_ms"] <= found["turn_of_the_day_ms"]
