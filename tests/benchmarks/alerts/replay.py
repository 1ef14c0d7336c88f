"""One home through the default pack: once in full, and from snapshots on through each collapse."""

import time
from dataclasses import dataclass, field
from typing import Any

from devices.instant import Instant
from devices.simulation.lives.life import Life
from gateway.model import Home, Verdict
from gateway.watch.home import HomeWatch
from tests.benchmarks.alerts import timers
from tests.benchmarks.alerts.collapses import Collapse, describe, moments, run_on
from tests.benchmarks.alerts.homes import LivedHome, lived
from tests.benchmarks.alerts.judging import Raised, judged, person_alerts


@dataclass(frozen=True, slots=True)
class Task:
    """What to do for one home. `verified`: collapses that are replayed in full too, to see that snapshots agree."""

    number: int
    days: int
    seed: int
    early: int
    late: int
    verified: int = 0


@dataclass(slots=True)
class HomeResult:
    """What came of one home."""

    home: str
    kind: str
    zone: str
    with_door: bool
    days: int
    readings: int
    alerts: list[Raised]
    collapses: list[Collapse]
    timers: dict[str, int]
    states_bytes: list[int]
    baseline_bytes: int
    equipment_alerts: dict[str, int]
    errors: list[str]
    disagreements: list[str] = field(default_factory=list)
    verified: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "home": self.home, "kind": self.kind, "zone": self.zone, "with_door": self.with_door, "days": self.days,
            "readings": self.readings, "alerts": [one.to_json() for one in self.alerts],
            "collapses": [one.to_json() for one in self.collapses], "timers": self.timers,
            "state_bytes": max(self.states_bytes), "baseline_bytes": self.baseline_bytes,
            "equipment_alerts": self.equipment_alerts, "errors": self.errors,
        }  # fmt: skip


def measure(task: Task) -> HomeResult:
    """Live the home's days and try its collapses."""
    began = time.perf_counter()
    life = Life(task.number, task.days, task.seed)
    home = lived(life)
    watch = HomeWatch(home.home, life.start)
    collapses: list[Collapse] = []
    sizes: list[int] = []
    disagreements: list[str] = []
    waiting = moments(life, task.early, task.late)
    for event in [*home.events, None]:
        while waiting and (event is None or event[0] > waiting[0]):
            at = waiting.pop(0)
            watch.advance(at)
            state, taught = watch.save(), watch.view.routine.save()
            sizes.append(len(state))
            collapse = describe(home, at)
            again = run_on(_restored(home, at, state, taught), home, collapse, _open(watch.verdicts))
            collapses.append(collapse)
            if len(collapses) <= task.verified:
                disagreements += _disagreement(home, at, again)
        if event is not None:
            _take(watch, event)
    watch.advance(life.end)
    sizes.append(len(watch.save()))
    return HomeResult(
        life.reference, life.habits.kind, life.dwelling.zone, life.dwelling.has_door_sensor, task.days, home.readings,
        judged(life, watch.verdicts), collapses,
        {timer: timers.false_alarms(timer, home.activity, life) for timer in timers.TIMERS},
        sizes, len(watch.view.routine.save()), _equipment(watch.verdicts),
        [f"{one.explanation} {one.evidence.details}" for one in watch.verdicts if one.rule == "rule_error"],
        disagreements=disagreements, verified=min(task.verified, len(collapses)), seconds=time.perf_counter() - began,
    )  # fmt: skip


def replayed(home: LivedHome, until: Instant | None = None) -> HomeWatch:
    """The life up to `until`, or the whole of it, and nothing else: for rates."""
    until = home.life.end if until is None else until
    watch = HomeWatch(home.home, home.life.start)
    for event in home.events:
        if event[0] > until:
            break
        _take(watch, event)
    watch.advance(until)
    return watch


def _take(watch: HomeWatch, event: tuple[Instant, Any]) -> None:
    at, what = event
    if isinstance(what, Home):
        watch.advance(at)
        watch.update(what, at)
    else:
        watch.take(what)


def _restored(home: LivedHome, at: Instant, state: bytes, taught: bytes) -> HomeWatch:
    """As after a restart of the gateway at that moment."""
    watch = HomeWatch(home.home_at(at), at)
    watch.recall_days(taught)
    watch.restore(state)
    watch.verdicts.clear()
    return watch


def _open(verdicts: list[Verdict]) -> list[Verdict]:
    return [verdict for verdict, cleared in person_alerts(verdicts) if cleared is None]


def _disagreement(home: LivedHome, at: Instant, again: HomeWatch) -> list[str]:
    """What a full replay up to the collapse and on concludes otherwise than the one from the snapshot."""
    watch = HomeWatch(home.home, home.life.start)
    for event in home.events:
        if event[0] > at:
            break
        _take(watch, event)
    watch.advance(at)
    before = len(watch.verdicts)
    run_on(watch, home, describe(home, at), [])
    full = [(one.kind, one.rule, one.subject, one.at) for one in watch.verdicts[before:]]
    short = [(one.kind, one.rule, one.subject, one.at) for one in again.verdicts]
    return (
        [f"{home.home.reference} at {at}: {full} after a full replay, {short} from the snapshot"]
        if full != short
        else []
    )


def _equipment(verdicts: list[Verdict]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for verdict in verdicts:
        if verdict.kind == "trigger" and verdict.concerns != "person":
            counts[verdict.rule] = counts.get(verdict.rule, 0) + 1
    return counts
