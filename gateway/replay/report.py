"""One setting of a home's rules at work on what was recorded, and the report on what it raised."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from devices.instant import DAY, Instant, rfc3339
from gateway.model import Home, Verdict
from gateway.watch.coverage import Coverage, Shares
from gateway.watch.home import HomeWatch

_EVERY_TRIGGER = frozenset({"pendant", "hazard"})
"""Each press and each alarm is an alert of its own here, as each calls people again."""
_PLACES = 4


@dataclass(slots=True)
class BacktestAlert:
    """An alert as the back-test lists it."""

    verdict: Verdict
    cleared_at: Instant | None = None

    def insist(self, verdict: Verdict) -> None:
        """The same concern again. Where it has become more urgent, its priority and words are the new ones."""
        if verdict.priority < self.verdict.priority:
            self.verdict = replace(verdict, at=self.verdict.at)

    def to_json(self) -> dict[str, Any]:
        """The documented form."""
        verdict = self.verdict
        return {
            "rule": verdict.rule,
            "concerns": verdict.concerns,
            "subject": verdict.subject,
            "priority": verdict.priority,
            "raised_at": rfc3339(verdict.at),
            "cleared_at": None if self.cleared_at is None else rfc3339(self.cleared_at),
            "explanation": verdict.explanation,
            "evidence": verdict.evidence.to_json(),
        }


@dataclass(slots=True)
class Report:
    """What a back-test found. `unregistered`: readings of addresses that the home does not have, by address.

    `shares`: of the time, what each configured rule could see; of several rules of one type the mean.
    """

    home: Home
    start: Instant
    end: Instant
    readings: int = 0
    alerts: list[BacktestAlert] = field(default_factory=list)
    shares: dict[str, Shares] = field(default_factory=dict)
    unregistered: dict[str, int] = field(default_factory=dict)
    learned_days: int = 0
    """Days that the learned rules knew at the start."""

    @property
    def days(self) -> float:
        """Length in days."""
        return (self.end - self.start) / DAY

    def of(self, rule: str) -> list[BacktestAlert]:
        """The alerts of one rule, in order of time."""
        return [alert for alert in self.alerts if alert.verdict.rule == rule]

    def per_week(self) -> dict[str, float]:
        """Alerts a week of each rule."""
        weeks = self.days / 7
        counts = Counter(alert.verdict.rule for alert in self.alerts)
        return {rule: round(counts[rule] / weeks, _PLACES) if weeks > 0 else 0.0 for rule in self.shares}

    def to_json(self, seconds: float) -> dict[str, Any]:
        """The documented form; `seconds` is how long the run took."""
        return {
            "home": self.home.reference,
            "from": rfc3339(self.start),
            "to": rfc3339(self.end),
            "days": round(self.days, _PLACES),
            "readings": self.readings,
            "seconds": round(seconds, 3),
            "alerts": [alert.to_json() for alert in self.alerts],
            "per_week": self.per_week(),
            "rules": [{"rule": rule} | fractions(shares) for rule, shares in self.shares.items()],
        }


def fractions(shares: Shares) -> dict[str, float]:
    """What a rule could see, as reports name it."""
    return {f"{name}_fraction": round(share, _PLACES) for name, share in shares._asdict().items()}


class Run:
    """A home's rules, played from `begins` on; what they raise from `open` to `close` is reported.

    Readings go to `watch` directly, so that a long recording is not slowed down.
    """

    def __init__(self, home: Home, begins: Instant) -> None:
        self.watch = HomeWatch(home, begins)
        self._coverage = Coverage()
        self._report = Report(home, begins, begins)

    def open(self, start: Instant) -> None:
        """From here on it counts. What was raised before and is not over is no new alert."""
        self.watch.advance(start)
        self.watch.statuses = self.watch.all_statuses()
        self._coverage = Coverage()
        self._report.start = start
        self._report.learned_days = self.watch.view.routine.days
        self._follow()

    def gap(self, start: Instant, end: Instant) -> None:
        """The gateway did not run then: nobody's silence. `start` is where the home's time has come to."""
        self.watch.advance(start)
        self._follow()
        self.watch.gap(start, end)
        self._coverage.gap(start, end)
        self.watch.advance(end)

    def close(self, end: Instant, readings: int) -> Report:
        """Let time pass up to `end`, and report."""
        self.watch.advance(end)
        self._follow()
        report = self._report
        report.end, report.readings = end, readings
        report.alerts = [alert for alert in alerts_of(self.watch.verdicts) if alert.verdict.at >= report.start]
        shares: defaultdict[str, list[Shares]] = defaultdict(list)
        known = self._coverage.shares(end)
        for status in self.watch.all_statuses():
            if (found := known.get(status.rule)) is not None:
                shares[status.rule.split("/")[0]].append(found)
        report.shares = {
            rule: Shares(*(sum(column) / len(rows) for column in zip(*rows, strict=True)))
            for rule, rows in shares.items()
        }
        return report

    def _follow(self) -> None:
        """Count what the rules have said of their sight."""
        for status in self.watch.statuses:
            self._coverage.changed(status.rule, status.state, max(status.since, self._report.start))
        self.watch.statuses.clear()


def alerts_of(verdicts: list[Verdict]) -> list[BacktestAlert]:
    """Alerts from what rules concluded, in order: at most one open for each rule and subject."""
    alerts: list[BacktestAlert] = []
    still_open: defaultdict[tuple[str, str | None], list[BacktestAlert]] = defaultdict(list)
    for verdict in verdicts:
        known = still_open[verdict.rule, verdict.subject]
        if verdict.kind == "clear":
            for alert in known:
                alert.cleared_at = verdict.at
            known.clear()
        elif verdict.kind == "trigger":
            if not known or verdict.rule in _EVERY_TRIGGER:
                known.append(BacktestAlert(verdict))
                alerts.append(known[-1])
            else:
                known[0].insist(verdict)
    return alerts
