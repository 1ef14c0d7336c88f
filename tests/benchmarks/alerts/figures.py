"""From the results of all homes to rates, delays and whether the bars are reached."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from devices.instant import DAY, HOUR
from tests.benchmarks.alerts.collapses import WITHIN, Collapse
from tests.benchmarks.alerts.judging import LEARNED_FROM, Raised
from tests.benchmarks.alerts.replay import HomeResult
from tests.benchmarks.alerts.timers import TIMERS

PARTS = ("day", "evening", "night")
NEVER = 999.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure by its path in the report, and what it has to be."""

    name: str
    path: tuple[str, ...]
    limit: float
    unit: str
    at_least: bool = False


BARS = (
    Bar("false person alerts, homes with a door sensor", ("false", "with_door", "all_a_week"), 0.15, "a home and week"),
    Bar("day-time collapse, half noticed within", ("collapses", "with_door", "day", "median_h"), 2.2, "h"),
    Bar("day-time collapse, 95 % noticed within", ("collapses", "with_door", "day", "p95_h"), 5.0, "h"),
    Bar(
        "night collapse, noticed by the morning's limit",
        ("collapses", "with_door", "night", "in_time"),
        1.0,
        "share",
        True,
    ),
    Bar("casas_tm000: long_bathroom", ("recordings", "casas_tm000_absence", "long_bathroom"), 0, "alerts"),
    Bar(
        "casas_tm000: inactivity once absence is inferred",
        ("recordings", "casas_tm000_absence", "inactivity_while_out"),
        0,
        "alerts",
    ),
    Bar(
        "casas_tm000: questions about the absence",
        ("recordings", "casas_tm000_absence", "questions"),
        1,
        "question",
        True,
    ),
    Bar("replay of a simulated home", ("speed", "readings_per_s"), 60_000, "readings/s", True),
    Bar("replay of the slowest recording", ("speed", "slowest_recording_readings_per_s"), 60_000, "readings/s", True),
    Bar("hot state of a home, greatest", ("speed", "state_bytes"), 2_048, "bytes"),
    Bar("baseline of a home, greatest", ("speed", "baseline_bytes"), 40_960, "bytes"),
    Bar("tick of 10,000 homes, idle minute", ("speed", "tick", "idle_ms"), 200, "ms"),
    Bar("tick of 10,000 homes, the day turns in all", ("speed", "tick", "turn_of_the_day_ms"), 200, "ms"),
    Bar("tick of 10,000 homes, 1 % due", ("speed", "tick", "one_in_hundred_due_ms"), 200, "ms"),
)


def judged_bars(report: Mapping[str, Any]) -> list[dict[str, object]]:
    """Every bar whose figure was measured."""
    found = []
    for bar in BARS:
        figure: Any = report
        for part in bar.path:
            figure = figure.get(part) if isinstance(figure, Mapping) else None
        if figure is not None:
            met = figure >= bar.limit if bar.at_least else figure <= bar.limit
            wanted = f"{'at least' if bar.at_least else 'at most'} {bar.limit:g} {bar.unit}"
            found.append({"name": bar.name, "wanted": wanted, "measured": figure, "met": met})
    return found


def summary(results: Sequence[HomeResult]) -> dict[str, Any]:
    """False alerts and collapses, for homes with an outside door sensor and those without, and the timers beside it."""
    groups = {
        "with_door": [one for one in results if one.with_door],
        "without_door": [one for one in results if not one.with_door],
    }
    return {
        "homes": {name: len(group) for name, group in groups.items()},
        "false": {name: _false(group) for name, group in groups.items() if group},
        "collapses": {
            name: _noticed([one for home in group for one in home.collapses]) for name, group in groups.items() if group
        },
        "collapses_days_1_to_14": _noticed([one for home in results for one in home.collapses if one.day <= 14]),
        "timers": {name: _timers(group) for name, group in groups.items() if group},
        "errors": [error for home in results for error in home.errors][:20],
        "disagreements": [one for home in results for one in home.disagreements],
        "verified": sum(home.verified for home in results),
    }


def _false(homes: Sequence[HomeResult]) -> dict[str, Any]:
    """Rates a home and week. A digest is priority 4: it calls nobody, and is counted all the same."""
    alerts = [one for home in homes for one in home.alerts if one.counts]
    false = [one for one in alerts if one.false]
    rules = sorted({one.rule for one in alerts})
    each = [sum(one.false and one.counts for one in home.alerts) for home in homes]
    return {
        "all_a_week": _rate(false, homes),
        "calls_a_week": _rate([one for one in false if one.priority <= 2], homes),
        "digests_a_week": _rate([one for one in false if one.priority > 3], homes),
        "counted": len(false),
        "homes_without_any": each.count(0),
        "most_in_one_home": max(each),
        "by_rule": {rule: _rate([one for one in false if one.rule == rule], homes) for rule in rules},
        "while": dict(Counter(one.doing for one in false).most_common()),
        "justified_by_rule": {rule: sum(one.rule == rule and not one.false for one in alerts) for rule in rules},
    }


def _rate(alerts: Iterable[Raised], homes: Sequence[HomeResult]) -> float:
    """Alerts a home and week, each rule over the weeks in which it counts."""
    rate = 0.0
    for learned, count in Counter(one.learned for one in alerts).items():
        weeks = sum(max(0.0, home.days - (LEARNED_FROM / DAY if learned else 0)) / 7 for home in homes)
        rate += count / weeks if weeks else 0.0
    return round(rate, 4)


def _noticed(collapses: Sequence[Collapse]) -> dict[str, Any]:
    found: dict[str, Any] = {"all": _delays(collapses)}
    for part in PARTS:
        chosen = [one for one in collapses if one.part == part]
        found[part] = _delays(chosen)
        if part == "night" and chosen:
            found[part]["in_time"] = round(sum(one.in_time for one in chosen) / len(chosen), 4)
    return found


def _delays(collapses: Sequence[Collapse]) -> dict[str, Any]:
    """Percentiles count those never noticed as the longest of all."""
    if not collapses:
        return {"n": 0}
    delays = sorted(one.delay_h if one.delay_h is not None else float("inf") for one in collapses)
    return {
        "n": len(collapses),
        "within_24_h": round(sum(delay <= WITHIN / HOUR for delay in delays) / len(delays), 4),
        "median_h": percentile(delays, 50),
        "p95_h": percentile(delays, 95),
        "another_alert_was_open": sum(bool(one.open_before) for one in collapses),
        "by": dict(Counter(one.rule or "nothing" for one in collapses).most_common()),
    }


def _timers(homes: Sequence[HomeResult]) -> dict[str, Any]:
    found = {}
    for timer in TIMERS:
        collapses = [one for home in homes for one in home.collapses]
        weeks = sum(home.days for home in homes) / 7
        found[timer] = {"false_a_week": round(sum(home.timers[timer] for home in homes) / weeks, 4)} | {
            part: _timer_delays([one for one in collapses if one.part == part], timer) for part in PARTS
        }
    return found


def _timer_delays(collapses: Sequence[Collapse], timer: str) -> dict[str, Any]:
    if not collapses:
        return {"n": 0}
    delays = []
    for one in collapses:
        at = one.timers[timer]
        delays.append(float("inf") if at is None else (at - one.at) / HOUR)
    delays.sort()
    return {"n": len(delays), "within_24_h": round(sum(delay <= 24 for delay in delays) / len(delays), 4),
            "median_h": percentile(delays, 50), "p95_h": percentile(delays, 95)}  # fmt: skip


def percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; NEVER for those that were not noticed."""
    value = ordered[max(0, ceil(len(ordered) * share / 100) - 1)]
    return NEVER if value == float("inf") else round(value, 2)
