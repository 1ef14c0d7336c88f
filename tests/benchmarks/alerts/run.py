"""Measure the alerts: python -m tests.benchmarks.alerts.run [--quick] [--homes N] [--days D] [--show]."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tests.benchmarks.alerts import figures, recordings, speed, table
from tests.benchmarks.alerts.replay import HomeResult, Task, measure

FORMAT = 1


def main(words: Sequence[str] | None = None) -> int:
    """0 when everything could be measured, whatever the figures are."""
    parser = argparse.ArgumentParser(prog="make bench-alerts", description="How good the alerts are; JSON to a file.")
    parser.add_argument("--quick", action="store_true", help="few homes, to see that it works")
    parser.add_argument("--homes", type=int, help="simulated homes (60)")
    parser.add_argument("--days", type=int, help="days of each (60)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other lives (%(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (%(default)s)")
    parser.add_argument("--only", type=int, action="append", metavar="NUMBER", help="just this home, may be repeated")
    parser.add_argument("--no-speed", action="store_true", help="leave out what is timed")
    parser.add_argument("--no-recordings", action="store_true", help="leave out the recorded homes")
    parser.add_argument(
        "--show", nargs="*", metavar="RULE", help="list false alerts, of these rules or all, and what was noticed late"
    )
    parser.add_argument(
        "--json", type=Path, default=Path("bench-alerts.json"), help="where to write (%(default)s), - for here"
    )
    parser.add_argument("--page", type=Path, help="write the figures into this page, as docs/alert-quality.md")
    chosen = parser.parse_args(words)
    homes, days, town = (12, 28, 1_000) if chosen.quick else (60, 60, 10_000)
    homes, days = chosen.homes or homes, chosen.days or days
    numbers = chosen.only or range(homes)
    began = time.monotonic()
    tasks = [
        Task(number, days, chosen.seed, early=2, late=8, verified=2 if number % 10 == 0 else 0) for number in numbers
    ]
    results = _measured(tasks, chosen.jobs)
    report: dict[str, Any] = {"format": FORMAT, "seed": chosen.seed, "days": days} | figures.summary(results)
    if not chosen.no_recordings:
        report["recordings"] = recordings.run(2 if chosen.quick else 12, chosen.seed)
    if not chosen.no_speed:
        report["speed"] = speed.run(results, chosen.seed, town, days)
    report["bars"] = figures.judged_bars(report)
    report["seconds"] = round(time.monotonic() - began, 1)
    sys.stderr.write(table.text(report, results, show=chosen.show))
    text = json.dumps(report | {"results": [one.to_json() for one in results]}, indent=1, default=str) + "\n"
    if chosen.page is not None:
        document = chosen.page.read_text(encoding="utf-8")
        chosen.page.write_text(table.page(document, report), encoding="utf-8")
    if str(chosen.json) == "-":
        sys.stdout.write(text)
    else:
        chosen.json.write_text(text, encoding="utf-8")
    return 0


def _measured(tasks: Sequence[Task], jobs: int) -> list[HomeResult]:
    if jobs <= 1 or len(tasks) == 1:
        return [measure(task) for task in tasks]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(measure, tasks))


if __name__ == "__main__":
    sys.exit(main())
