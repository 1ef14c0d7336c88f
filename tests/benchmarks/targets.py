"""What the project asks of its own speed, and whether a report shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from devices.conventions import CONVENTIONS
from tests.benchmarks import pages


@dataclass(frozen=True, slots=True)
class Target:
    """A figure by its path in `results`, and the limit that it has to reach or to stay below."""

    name: str
    path: tuple[str, ...]
    limit: float
    unit: str
    at_least: bool = False


TARGETS = (
    Target("one reading a message", ("throughput-one", "gateway", "messages_per_s"), 8_000, "messages/s", True),
    Target("six readings a message", ("throughput-six", "gateway", "messages_per_s"), 3_500, "messages/s", True),
    Target("press to call, half of them", ("pendant", "ms", "p50"), 50, "ms"),
    Target("press to call, 99 of 100", ("pendant", "ms", "p99"), 250, "ms"),
    *(
        Target(
            f"page {name}, half of the times",
            ("pages", "pages", name, "median_ms"),
            100 if name == "queue" else 50,
            "ms",
        )
        for name in (page.name for page in pages.asked(0, ""))
    ),
    Target("memory with 1,000 homes", ("memory", "heard_six_mib", "highest"), 300, "MiB"),
    Target("start to first acknowledgement, all unread", ("start", "unread", "first_acknowledgement_s"), 5, "s"),
    Target("start to first acknowledgement, all read", ("start", "read", "first_acknowledgement_s"), 5, "s"),
    Target("decode: Zigbee2MQTT, six readings", ("kernels", "decode_six_messages_per_s"), 50_000, "messages/s", True),
    *(
        Target(f"decode: {name}", ("decode", name, "messages_per_s"), 20_000, "messages/s", True)
        for name in CONVENTIONS
    ),
    *(Target(f"decode: {name}, worst of 1 MiB", ("decode", name, "worst_1_mib_ms"), 50, "ms") for name in CONVENTIONS),
)


def figure(results: Mapping[str, Any], path: tuple[str, ...]) -> float | None:
    """The figure at this path; None where it was not measured."""
    found: Any = results
    for part in path:
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return float(found)


def judged(results: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """Every target that was measured."""
    for target in TARGETS:
        measured = figure(results, target.path)
        if measured is not None:
            met = measured >= target.limit if target.at_least else measured < target.limit
            yield {
                "name": target.name,
                "wanted": f"{'at least' if target.at_least else 'below'} {target.limit:,.10g} {target.unit}",
                "measured": measured,
                "met": met,
            }
