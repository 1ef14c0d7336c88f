"""The figures of all parts as Prometheus reads them: `keepwell_<part>_<figure>`. Labels are few and fixed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.oversight.figures import FIGURES
from gateway.oversight.records import Counts

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_NOT_IN_A_NAME = re.compile(r"\W")
_PRIORITIES = (1, 2, 3, 4)
_MESSAGE_STATES = ("pending", "sending", "blocked", "sent", "failed", "dropped")
_RULE_STATES = ("armed", "degraded", "blind")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the metrics are made of. `counts` None: the database does not answer. `lags`: entries, by reader."""

    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    counts: Counts | None = None
    lags: Mapping[str, int] = field(default_factory=dict)
    troubles: Mapping[str, int] = field(default_factory=dict)


class Exposition:
    """Renders snapshots, with the process's own figures. Has a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._collector = _Parts()
        self._registry.register(self._collector)
        ProcessCollector(registry=self._registry)

    def render(self, snapshot: Snapshot) -> bytes:
        """The exposition text, of type CONTENT_TYPE."""
        self._collector.snapshot = snapshot
        return generate_latest(self._registry)


class _Parts(Collector):
    def __init__(self) -> None:
        self.snapshot = Snapshot()

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        taken = self.snapshot
        for part, figures in taken.figures.items():
            for name, value in figures.items():
                yield _family(part, name, value)
        yield _labelled("keepwell_journal_lag_entries", "Readings that a reader of the journal has still to take in.",
                        "reader", taken.lags)  # fmt: skip
        yield _labelled("keepwell_troubles", "Troubles that parts of the gateway name now.", "rule", taken.troubles)
        yield GaugeMetricFamily("keepwell_database_up", "1 while the database of alerts answers.",
                                value=float(taken.counts is not None))  # fmt: skip
        if taken.counts is None:
            return
        counts = taken.counts
        yield _labelled("keepwell_alerts_open", "Alerts that are not closed.", "priority",
                        {str(one): counts.alerts_by_priority.get(one, 0) for one in _PRIORITIES})  # fmt: skip
        yield _labelled("keepwell_outbox_messages", "Messages to people on record.", "state",
                        {one: counts.messages_by_state.get(one, 0) for one in _MESSAGE_STATES})  # fmt: skip
        yield _labelled("keepwell_rules", "Rules of all homes by what they can see.", "state",
                        {one: counts.rules_by_state.get(one, 0) for one in _RULE_STATES})  # fmt: skip


def metric_name(part: str, figure: str) -> str:
    """`keepwell_<part>_<figure>`, without saying the part twice; counters end in `_total`."""
    stem = _NOT_IN_A_NAME.sub("_", figure.removeprefix(f"{part}_"))
    grows, _ = FIGURES.get((part, figure), (False, ""))
    return f"keepwell_{part}_{stem}" + ("_total" if grows and not stem.endswith("_total") else "")


def _family(part: str, figure: str, value: float) -> Metric:
    grows, words = FIGURES.get((part, figure), (False, f"{part}: {figure.replace('_', ' ')}."))
    name = metric_name(part, figure)
    if grows:
        return CounterMetricFamily(name, words, value=value)
    return GaugeMetricFamily(name, words, value=value)


def _labelled(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for of, value in values.items():
        family.add_metric([of], float(value))
    return family
