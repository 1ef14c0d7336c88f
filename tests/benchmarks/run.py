"""Run the benchmarks: python -m tests.benchmarks.run [--quick] [--seconds S] [--out bench.json] [NAME ...]."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.benchmarks import conventions, kernels, machine, memory, pages, pendant, start, throughput
from tests.benchmarks.options import CONTENDERS, Options
from tests.benchmarks.targets import judged

Benchmark = Callable[[Options], Mapping[str, object]]
BENCHMARKS: dict[str, Benchmark] = {
    "throughput-one": lambda options: throughput.run("one", options),
    "throughput-six": lambda options: throughput.run("six", options),
    "pendant": pendant.run,
    "pages": pages.run,
    "memory": memory.run,
    "start": start.run,
    "kernels": kernels.run,
    "decode": conventions.run,
}
FORMAT = 1


def report(names: Sequence[str], options: Options, tell: Callable[[str], object]) -> dict[str, object]:
    """The whole report; a benchmark that fails has the reason in `errors`, and the others go on."""
    found: dict[str, object] = {}
    errors: dict[str, str] = {}
    facts = machine.facts(options.folder)
    for name in names:
        began = time.monotonic()
        try:
            found[name] = BENCHMARKS[name](options)
        except (Exception, pytest.skip.Exception) as error:  # noqa: BLE001 - whatever it is, it is told
            errors[name] = f"{type(error).__name__}: {error}"
        tell(f"{name}: {'FAILED, ' + errors[name] if name in errors else 'done'} ({time.monotonic() - began:.0f} s)\n")
    chosen = {key: value for key, value in asdict(options).items() if key != "folder"}
    return {
        "format": FORMAT,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": facts,
        "options": chosen,
        "targets": list(judged(found)),
        "results": found,
        "errors": errors,
    }


def main(words: Sequence[str] | None = None) -> int:
    """0 when all that was chosen could be measured, whatever the figures are."""
    options = Options()
    parser = argparse.ArgumentParser(prog="make bench", description="How fast the gateway is; JSON to a file.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which (all): {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="small and short, to see that it works")
    parser.add_argument("--seconds", type=float, default=options.seconds, help="how long each load lasts (%(default)s)")
    parser.add_argument("--homes", type=int, default=options.homes, help="in throughput (%(default)s)")
    parser.add_argument("--rate", type=float, help="messages/s of the paced load, else what is required")
    parser.add_argument("--only", choices=CONTENDERS, action="append", help="of the contenders in throughput")
    parser.add_argument("--folder", type=Path, help="for all files, else the system's temporary one")
    parser.add_argument("--out", type=Path, default=Path("bench.json"), help="where to write (%(default)s), - for here")
    chosen = parser.parse_args(words)
    if unknown := set(chosen.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}: choose from {', '.join(BENCHMARKS)}")
    options = replace(options, seconds=chosen.seconds, homes=chosen.homes, rate=chosen.rate, folder=chosen.folder)
    if chosen.quick:
        options = options.quick()
    if chosen.only:
        options = replace(options, contenders=tuple(chosen.only))
    found = report(chosen.names or list(BENCHMARKS), options, sys.stderr.write)
    text = json.dumps(found, indent=2) + "\n"
    if str(chosen.out) == "-":
        sys.stdout.write(text)
    else:
        chosen.out.write_text(text, encoding="utf-8")
        sys.stderr.write(f"written to {chosen.out}\n")
    return 1 if found["errors"] else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of what stops the servers
    sys.exit(main())
