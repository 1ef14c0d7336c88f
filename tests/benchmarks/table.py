"""The figures of docs/performance.md from a report: python -m tests.benchmarks.table bench.json [PAGE]."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_BETWEEN = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
_WHO = {
    "gateway": "Keepwell, as fast as it can",
    "gateway_paced": "Keepwell, at a set rate",
    "plain_script": "plain script",
    "mosquitto_sub": "`mosquitto_sub`",
}


def written(document: str, report: Mapping[str, Any]) -> str:
    """The document with its figures replaced by those of the report; ValueError where it has no place for them."""
    if not _BETWEEN.search(document):
        raise ValueError(f"there are no lines {BEGIN} and {END} to write the figures between")
    text = "\n\n".join(_parts(report))
    return _BETWEEN.sub(lambda _found: f"{BEGIN}\n\n{text}\n\n{END}", document)


def _parts(report: Mapping[str, Any]) -> Iterator[str]:
    machine, results = report["machine"], report["results"]
    yield (
        f"Measured {report['at'][:10]} on {machine['cores']} cores ({machine['processor']}), "
        f"Python {machine['python']}, mosquitto {machine['mosquitto']}, {machine['system']}; an fsync of 4 KiB takes "
        f"{machine['fsync_ms']['median']} ms there. Each load lasted {report['options']['seconds']:g} s."
    )
    rows = [(one["name"], one["wanted"], _number(one["measured"]), "yes" if one["met"] else "**no**")
            for one in report["targets"]]  # fmt: skip
    yield _table(("what", "wanted", "measured", "met"), rows)
    for name, title in (("throughput-one", "One reading a message"), ("throughput-six", "Six readings a message")):
        if name in results:
            yield f"{title}:"
            yield _table(("who", "messages/s", "to Keepwell", "ms of processor time a message", "others took"),
                         list(_throughput(results[name])))  # fmt: skip
    for name in ("pendant", "memory", "start", "kernels", "decode"):
        if name in results:
            yield f"`{name}`:"
            yield _table(("figure", "value"), [(key, _number(value)) for key, value in _flat(results[name])])


def _throughput(found: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    ours = found.get("gateway", {}).get("messages_per_s")
    for name, title in _WHO.items():
        about = found.get(name, {})
        rate = about.get("messages_per_s")
        if rate is None:
            continue
        costs = about["cpu"]["s_per_1000_messages"]
        each = ", ".join(f"{who} {_number(cost)}" for who, cost in costs.items())
        ratio = f"{rate / ours:.2f}" if ours else ""
        others = f"{about['cpu']['share_of_machine']['others']:.0%}"
        yield title, f"{rate:,}", ratio, f"{sum(costs.values()):.3f} ({each})", others


def _flat(found: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    for key, value in found.items():
        name = f"{above} {key}".strip().replace("_", " ")
        if isinstance(value, Mapping):
            if key != "cpu":
                yield from _flat(value, name)
        else:
            yield name, value


def _number(value: float) -> str:
    return f"{value:,.10g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    document = Path(sys.argv[2] if len(sys.argv) > 2 else "docs/performance.md")
    document.write_text(written(document.read_text(encoding="utf-8"), report), encoding="utf-8")


if __name__ == "__main__":
    main()
