"""What two settings of a rule would have raised on the same history, side by side."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

from devices.instant import HOUR, SECOND, rfc3339
from gateway.model import Rule
from gateway.replay.report import BacktestAlert, Report, fractions
from gateway.replay.trying import Candidate
from gateway.watch.coverage import Shares

SAME_WITHIN = 12 * HOUR
"""Two alerts of one rule about the same thing that are no further apart are one alert, moved."""
EXPLAINED = 10


class Moved(NamedTuple):
    """The same alert, raised at another time."""

    present: BacktestAlert
    candidate: BacktestAlert

    @property
    def by(self) -> int:
        """Microseconds; negative for earlier."""
        return self.candidate.verdict.at - self.present.verdict.at


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports on the same history, and what differs: alerts in one only, in order of time, and alerts moved."""

    tried: Candidate
    present: Report
    candidate: Report
    only_present: tuple[BacktestAlert, ...]
    only_candidate: tuple[BacktestAlert, ...]
    moved: tuple[Moved, ...]

    def to_json(self, seconds: float) -> dict[str, Any]:
        """The documented form; `seconds` is how long both took."""
        report, rule = self.present, self.tried.rule
        return {
            "home": report.home.reference,
            "rule": rule.type,
            "key": rule.key,
            "from": rfc3339(report.start),
            "to": rfc3339(report.end),
            "days": round(report.days, 4),
            "learned_days": report.learned_days,
            "readings": report.readings,
            "seconds": round(seconds, 3),
            "unregistered": dict(report.unregistered),
            "present": None if self.tried.present is None else _side(self.tried.present, report),
            "candidate": _side(rule, self.candidate),
            "only_present": [alert.to_json() for alert in self.only_present],
            "only_candidate": [alert.to_json() for alert in self.only_candidate],
            "moved": [
                {
                    "rule": moved.present.verdict.rule,
                    "subject": moved.present.verdict.subject,
                    "present_at": rfc3339(moved.present.verdict.at),
                    "candidate_at": rfc3339(moved.candidate.verdict.at),
                    "by_s": moved.by / SECOND,
                }
                for moved in self.moved
            ],
            "per_week": {name: {"present": one, "candidate": other} for name, (one, other) in self.per_week().items()},
        }

    def per_week(self) -> Mapping[str, tuple[float, float]]:
        """Alerts a week of the rule tried, and of every other whose figure differs: (present, candidate)."""
        present, candidate = self.present.per_week(), self.candidate.per_week()
        both = {name: (present.get(name, 0.0), candidate.get(name, 0.0)) for name in {**present, **candidate}}
        return {name: figures for name, figures in both.items() if name == self.tried.rule.type or len({*figures}) > 1}


def compared(tried: Candidate, present: Report, candidate: Report) -> Comparison:
    """Pair the alerts of both that are nearest in time; what finds no partner stands alone."""
    pairs: list[tuple[int, int, int]] = []
    for ones, others in _groups(present.alerts, candidate.alerts).values():
        for one, other in product(ones, others):
            apart = abs(present.alerts[one].verdict.at - candidate.alerts[other].verdict.at)
            if apart <= SAME_WITHIN:
                pairs.append((apart, one, other))
    partners: dict[int, int] = {}
    taken: set[int] = set()
    for _, one, other in sorted(pairs):
        if one not in partners and other not in taken:
            partners[one] = other
            taken.add(other)
    moved = [Moved(present.alerts[one], candidate.alerts[other]) for one, other in sorted(partners.items())]
    return Comparison(
        tried,
        present,
        candidate,
        tuple(alert for at, alert in enumerate(present.alerts) if at not in partners),
        tuple(alert for at, alert in enumerate(candidate.alerts) if at not in taken),
        tuple(one for one in moved if one.by),
    )


def _groups(
    present: list[BacktestAlert], candidate: list[BacktestAlert]
) -> Mapping[tuple[str, str | None], tuple[list[int], list[int]]]:
    """Places in both lists of the alerts of one rule and subject."""
    groups: defaultdict[tuple[str, str | None], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, alerts in enumerate((present, candidate)):
        for place, alert in enumerate(alerts):
            groups[alert.verdict.rule, alert.verdict.subject][side].append(place)
    return groups


def _side(rule: Rule, report: Report) -> dict[str, Any]:
    alerts = report.of(rule.type)
    return {
        "parameters": dict(rule.parameters),
        "alerts": len(alerts),
        "per_week": report.per_week().get(rule.type, 0.0),
        **fractions(report.shares.get(rule.type, Shares(0.0, 0.0, 0.0))),
        "first": [alert.to_json() for alert in alerts[:EXPLAINED]],
    }
