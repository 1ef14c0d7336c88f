"""The report as a person reads it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.benchmarks.alerts.figures import NEVER, PARTS
from tests.benchmarks.alerts.replay import HomeResult

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_TITLES = {"with_door": "homes with an outside door sensor", "without_door": "homes without one"}
Found = Mapping[str, Any]


def text(report: Found, results: Sequence[HomeResult], show: Sequence[str] | None = None) -> str:
    """`show`: rules of which false alerts are listed, all for none; None lists nothing."""
    parts = [*(_listed(results, show) if show is not None else ())]
    homes = sum(report["homes"].values())
    parts.append(f"{homes} simulated homes, {report['days']} days, seed {report['seed']}, {report['seconds']} s")
    for name in report["false"]:
        parts += _group(report, name)
    if report["collapses_days_1_to_14"]["all"]["n"]:
        parts += ["", "all homes, days 1 to 14", *_noticed(report["collapses_days_1_to_14"])]
    for name, found in report.get("recordings", {}).items():
        parts += _recording(name, found)
    parts += _checks(report)
    return "\n".join(parts) + "\n"


def page(document: str, report: Found) -> str:
    """The page with the figures of this report between its two marks; ValueError where it has none."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"there are no lines {BEGIN} and {END} to write the figures between")
    rows = [
        f"| {bar['name']} | {bar['wanted']} | {bar['measured']:g} | {'yes' if bar['met'] else '**no**'} |"
        for bar in report["bars"]
    ]
    bars = "\n".join(["| what | wanted | measured | met |", "| --- | --- | --- | --- |", *rows])
    return f"{before}{BEGIN}\n\n{bars}\n\n```text\n{text(report, [])}```\n\n{END}{after}"


def _group(report: Found, name: str) -> Iterator[str]:
    false = report["false"][name]
    yield f"\n{_TITLES[name]} ({report['homes'][name]})"
    yield (
        f"  false person alerts a home and week: {false['all_a_week']:.3f} (calls {false['calls_a_week']:.3f}, digests "
        f"{false['digests_a_week']:.3f}); {false['homes_without_any']} homes had none, one {false['most_in_one_home']}"
    )
    for rule, rate in sorted(false["by_rule"].items(), key=lambda item: -item[1]):
        yield f"    {rule:24} {rate:7.3f}   justified {false['justified_by_rule'][rule]}"
    for where, count in false["while"].items():
        yield f"      of these, the resident was {where}: {count}"
    yield from _noticed(report["collapses"][name])
    for timer, found in report["timers"][name].items():
        yield f"  beside it, {timer}: {found['false_a_week']:.3f} false a home and week"
        for part in PARTS:
            if found[part]["n"]:
                yield f"    {part:8} {_delay(found[part])}"


def _recording(name: str, found: Found) -> Iterator[str]:
    yield f"\n{name}: {found['days']} days, false a week {found['false_a_week'] or 'none'}"
    for one in found["alerts"]:
        mark, away = "FALSE" if one["false"] else "     ", " (away)" if one["away"] else ""
        yield f"    {mark} {one['rule']} {one['at']}{away}: {one['explanation']}"
    delays = [f"{one['part']} {one['at'][-5:]} {one['delay_h']} h ({one['rule']})" for one in found["collapses"]]
    yield "    collapses: " + "; ".join(delays)


def _checks(report: Found) -> Iterator[str]:
    if "speed" in report:
        figures = dict(report["speed"])
        ticks = figures.pop("tick")
        yield "\nspeed: " + ", ".join(f"{name} {value}" for name, value in figures.items())
        yield "  tick: " + ", ".join(f"{name} {value}" for name, value in ticks.items())
    yield f"\nsnapshot against full replay: {report['verified']} compared, {len(report['disagreements'])} differ"
    yield from report["disagreements"][:3]
    yield from (f"RULE ERROR {error}" for error in report["errors"])
    yield "\nbars"
    for bar in report["bars"]:
        yield f"  {'pass' if bar['met'] else 'FAIL'}  {bar['name']}: {bar['measured']:g} (wanted {bar['wanted']})"


def _noticed(found: Found) -> Iterator[str]:
    for part in PARTS:
        if found[part]["n"]:
            in_time = f", by the morning's limit {found[part]['in_time']:.1%}" if "in_time" in found[part] else ""
            by = ", ".join(f"{rule} {count}" for rule, count in found[part]["by"].items())
            yield f"  collapse, {part:8} {_delay(found[part])}{in_time}; by {by}"


def _delay(found: Found) -> str:
    within = "never" if found["p95_h"] == NEVER else f"within {found['p95_h']} h"
    return f"n {found['n']:3}, within 24 h {found['within_24_h']:.1%}, half within {found['median_h']} h, 95 % {within}"


def _listed(results: Sequence[HomeResult], rules: Sequence[str]) -> Iterator[str]:
    for home in results:
        who = f"{home.home} {home.kind}{'' if home.with_door else ' (no door sensor)'}"
        for one in home.alerts:
            if one.false and one.counts and (not rules or one.rule in rules):
                yield f"FALSE {one.rule} p{one.priority} {who}, {one.local}: {one.explanation} | DIARY {one.says}"
        for fall in home.collapses:
            late = {"night": not fall.in_time, "day": (fall.delay_h or 99) > 5}.get(fall.part, fall.noticed is None)
            if late and (not rules or "late" in rules):
                delay = "never" if fall.delay_h is None else f"after {fall.delay_h:.1f} h by {fall.rule}"
                opened = f", open before: {' '.join(fall.open_before)}" if fall.open_before else ""
                yield f"LATE {fall.part} {who}, {fall.local}, day {fall.day}: {delay}{opened} | DIARY {fall.says}"
