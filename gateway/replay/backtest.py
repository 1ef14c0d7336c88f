"""Back-test: the same rules as live, run over a recording in simulated time."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from heapq import merge
from pathlib import Path
from typing import Any

from devices.instant import DAY, HOUR, Instant, rfc3339
from gateway.errors import BadInput
from gateway.model import HUB_DEVICE, Home, Journaled, Reading, Rule, RuleState, Verdict
from gateway.registry.homefile import HomeFile, Outage
from gateway.replay.recording import NOT_CAUSED_BY_A_PERSON, Recording, Row
from gateway.watch.home import HomeWatch
from gateway.watch.pack import build_rule, rules_of

AFTER_STOP = 48 * HOUR
"""How long after a collapse the back-test goes on, unless told."""
_EVERY_TRIGGER = frozenset({"pendant", "hazard"})
"""Each press and each alarm is an alert of its own here, as each calls people again."""


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
    """What a back-test found. `unregistered`: readings of addresses that the home does not have, by address."""

    home: Home
    start: Instant
    end: Instant
    readings: int = 0
    alerts: list[BacktestAlert] = field(default_factory=list)
    armed: dict[str, float] = field(default_factory=dict)
    unregistered: dict[str, int] = field(default_factory=dict)

    @property
    def days(self) -> float:
        """Length in days."""
        return (self.end - self.start) / DAY

    def per_week(self) -> dict[str, float]:
        """Alerts a week of each rule."""
        weeks = self.days / 7
        counts = {rule: sum(alert.verdict.rule == rule for alert in self.alerts) for rule in self.armed}
        return {rule: round(count / weeks, 4) if weeks > 0 else 0.0 for rule, count in counts.items()}

    def to_json(self, seconds: float) -> dict[str, Any]:
        """The documented form; `seconds` is how long the run took."""
        return {
            "home": self.home.reference,
            "from": rfc3339(self.start),
            "to": rfc3339(self.end),
            "days": round(self.days, 4),
            "readings": self.readings,
            "seconds": round(seconds, 3),
            "alerts": [alert.to_json() for alert in self.alerts],
            "per_week": self.per_week(),
            "rules": [{"rule": rule, "armed_fraction": round(share, 4)} for rule, share in self.armed.items()],
        }


def backtest(
    home_file: HomeFile,
    recording: Recording,
    *,
    rules: tuple[Rule, ...] = (),
    start: Instant | None = None,
    end: Instant | None = None,
    stop_at: Instant | None = None,
) -> Report:
    """Run the home's rules (or `rules`) over the recording. BadInput when a rule or the times make no sense."""
    if not recording.rows and (start is None or end is None):
        raise BadInput("the readings file holds no readings: give --from and --to, or another file")
    start = recording.rows[0].at if start is None else start
    if end is None:
        end = recording.rows[-1].at if stop_at is None else stop_at + AFTER_STOP
    if end <= start:
        raise BadInput(
            f"the end {rfc3339(end)} is not after the start {rfc3339(start)}: change --from, --to or --stop-at"
        )
    home = _home(home_file, recording, start, rules)
    for rule in rules_of(home):
        build_rule(rule)
    report = Report(home, start, end)
    watch = HomeWatch(home, start)
    known = {device.address: device for device in home.devices}
    for row in _everything(recording, home_file.outage_times(), home, start, end):
        if isinstance(row, Reading):
            watch.take(Journaled(0, row))
            continue
        if stop_at is not None and row.at > stop_at and row.quantity not in NOT_CAUSED_BY_A_PERSON:
            continue
        device = known.get(row.address) or known.get(row.address.rsplit("/", 1)[0])
        if device is None:
            report.unregistered[row.address] = report.unregistered.get(row.address, 0) + 1
            continue
        report.readings += 1
        watch.take(
            Journaled(
                0,
                Reading(home.reference, device.hub, row.address, device.room, device.role, row.quantity, row.value,
                        row.at, row.at),
            )
        )  # fmt: skip
    watch.advance(end)
    report.alerts = _alerts(watch.verdicts)
    report.armed = _armed(watch, start, end)
    return report


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Rules from a TOML file of `[[rules]]` (or `[[home.rules]]`) tables: `type`, `key?`, `route?` and parameters."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist: give the path of a rules file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path} is not a TOML file in UTF-8: {error}") from error
    home = raw.get("home")
    tables = raw.get("rules") or (home.get("rules") if isinstance(home, Mapping) else None)
    if not isinstance(tables, list) or not all(isinstance(table, dict) and "type" in table for table in tables):
        raise BadInput(f'{path}: write each rule as [[rules]] with type = "..." and its parameters')
    rules = tuple(
        Rule(
            str(table["type"]),
            {name: value for name, value in table.items() if name not in ("type", "key", "route")},
            str(table.get("key", "")),
            str(table.get("route", "default")),
        )
        for table in tables
    )
    for rule in rules:
        build_rule(rule)
    return rules


def _home(home_file: HomeFile, recording: Recording, start: Instant, rules: tuple[Rule, ...]) -> Home:
    """The home, its devices with the quantities that the recording shows: a registry would know them by now."""
    home = home_file.to_home(start)
    reported = recording.quantities()
    devices = []
    for device in home.devices:
        heard = [
            quantity
            for address, quantities in reported.items()
            if address == device.address or address.startswith(device.address + "/")
            for quantity in quantities
        ]
        devices.append(replace(device, quantities=tuple(dict.fromkeys((*device.quantities, *heard)))))
    hubs = tuple(replace(hub, replay=True) for hub in home.hubs)
    return replace(home, hubs=hubs, devices=tuple(devices), rules=rules or home.rules)


def _everything(
    recording: Recording, outages: tuple[Outage, ...], home: Home, start: Instant, end: Instant
) -> Iterator[Row | Reading]:
    """Rows of the recording and the outages' beginnings and ends, in order of time; outages first at equal times."""
    marks: list[tuple[Instant, int, Row | Reading]] = []
    for outage in _merged(outages):
        for at, online in ((max(outage.start, start), False), (outage.end, True)):
            if outage.end > start and at <= end:
                marks += [(at, 0, statement) for statement in _statements(outage, home, at, online=online)]
    marks.sort(key=lambda mark: mark[0])
    rows = ((row.at, 1, row) for row in recording.between(start, end))
    return (item for *_, item in merge(marks, rows, key=lambda mark: (mark[0], mark[1])))


def _merged(outages: tuple[Outage, ...]) -> Iterator[Outage]:
    """Outages of one device, or of the hub, that overlap or touch are one."""
    latest: dict[str | None, Outage] = {}
    for outage in sorted(outages, key=lambda one: one.start):
        before = latest.get(outage.device)
        if before is not None and outage.start <= before.end:
            outage = replace(before, end=max(before.end, outage.end))  # noqa: PLW2901
        elif before is not None:
            yield before
        latest[outage.device] = outage
    yield from latest.values()


def _statements(outage: Outage, home: Home, at: Instant, *, online: bool) -> Iterator[Reading]:
    if outage.device is None:
        for hub in home.hubs:
            yield Reading(home.reference, hub.name, HUB_DEVICE, None, None, "online", online, at, at)
        return
    for device in home.devices:
        if device.address == outage.device:
            yield Reading(
                home.reference, device.hub, device.address, device.room, device.role, "online", online, at, at
            )


def _alerts(verdicts: list[Verdict]) -> list[BacktestAlert]:
    alerts: list[BacktestAlert] = []
    for verdict in verdicts:
        same = [
            alert
            for alert in alerts
            if alert.cleared_at is None
            and (alert.verdict.rule, alert.verdict.subject) == (verdict.rule, verdict.subject)
        ]
        if verdict.kind == "clear":
            for alert in same:
                alert.cleared_at = verdict.at
        elif not same or verdict.rule in _EVERY_TRIGGER:
            alerts.append(BacktestAlert(verdict))
        else:
            same[0].insist(verdict)
    return alerts


def _armed(watch: HomeWatch, start: Instant, end: Instant) -> dict[str, float]:
    """Share of the time that each configured rule was armed."""
    shares: dict[str, float] = {}
    for status in watch.all_statuses():
        history = [change for change in watch.statuses if change.rule == status.rule]
        armed = 0
        for change, after in zip(history, [*history[1:], None], strict=True):
            if change.state is RuleState.ARMED:
                armed += min(after.since if after else end, end) - max(change.since, start)
        shares[status.rule.split("/")[0]] = armed / (end - start)
    return shares
