"""What the board Gateway has to show: the figures that the gateway wrote of itself."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import mean

import pytest

from devices.instant import MILLISECOND, SECOND
from tests.dashboards import works
from tests.dashboards.expected.checks import Panels, Shown, binned, said, step_of
from tests.dashboards.grafana import Frame
from tests.dashboards.residents import NOW
from tests.dashboards.town import Town

PANELS = Panels()
_HOW: dict[str, Callable[[Sequence[float]], float]] = {
    "min": min, "max": max, "mean": mean, "first": lambda values: values[0], "last": lambda values: values[-1],
}  # fmt: skip


def _now(field: str) -> Callable[[Town, Shown], None]:
    def check(town: Town, shown: Shown) -> None:
        (frame,) = shown.frames()
        assert frame.name == works.NAME
        assert frame.values == [pytest.approx(works.figures(NOW)[field])]
        assert town.homes

    return check


PANELS["Broker (stat)"] = _now("ingest_connected")
PANELS["Store"] = _now("recorder_healthy")
PANELS["The rules are behind by"] = _now("journal_watch_lag_s")
PANELS["The store is behind by"] = _now("recorder_lag_s")
PANELS["Runs for"] = _now("process_up_s")
PANELS["Readings a second"] = _now("recorder_readings_per_s")


def _series(shown: Shown, name: str) -> Frame:
    return next(frame for answer in shown.answers for frame in answer.frames if frame.name == f"{name} ({works.NAME})")


def _steps(shown: Shown, field: str, how: str, *, before: bool = False) -> dict[int, float]:
    """A figure by the steps of the panel; `before` adds the step before its range, where a difference begins."""
    step, span = step_of(shown.answers[0]), shown.range
    start = span.start - step if before else span.start
    told = [(at, works.figures(at)[field]) for at in works.moments() if start <= at <= span.end]
    return {at: _HOW[how](values) for at, values in binned(told, step).items()}


def _over_time(*named: tuple[str, str, str]) -> Callable[[Town, Shown], None]:
    """Series of (name, figure, what is made of a step)."""

    def check(town: Town, shown: Shown) -> None:
        assert len(shown.answers) == len(named)
        for name, field, how in named:
            wanted = {at: pytest.approx(value) for at, value in _steps(shown, field, how).items()}
            assert said(_series(shown, name)) == wanted, name
        assert town.homes

    return check


def _growth(how: str, *named: tuple[str, str], a_second: bool) -> Callable[[Town, Shown], None]:
    """Series of (name, figure that only grows): by how much from step to step; nothing where it began anew."""

    def check(town: Town, shown: Shown) -> None:
        assert len(shown.answers) == len(named)
        step_s = step_of(shown.answers[0]) / SECOND
        for name, field in named:
            steps = sorted(_steps(shown, field, how, before=True).items())
            wanted = {}
            for (_, before), (at, after) in pairwise(steps):
                if after >= before:
                    wanted[at] = pytest.approx((after - before) / (step_s if a_second else 1), abs=1e-9)
            assert said(_series(shown, name)) == wanted, name
        assert town.homes

    return check


_rates = _growth(
    "first",
    ("received", "ingest_received"), ("readings", "ingest_readings"), ("rejected", "ingest_rejected"),
    ("not registered", "ingest_unregistered"), ("without consent", "ingest_without_consent"),
    a_second=True,
)  # fmt: skip


@PANELS("Messages a second")
def _(town: Town, shown: Shown) -> None:
    _rates(town, shown)
    received = said(_series(shown, "received"))
    away = range(works.BROKER_AWAY[0] // MILLISECOND + 120_000, works.BROKER_AWAY[1] // MILLISECOND - 60_000)
    assert {received[at] for at in received if at in away} == {0}
    assert received[max(received)] == pytest.approx(works.RECEIVED_A_SECOND, rel=0.01)


PANELS["Broker (state-timeline)"] = _over_time(
    ("connected", "ingest_connected", "min"), ("catching up", "ingest_draining", "max"),
    ("paused", "ingest_paused", "max"),
)  # fmt: skip
PANELS["Readings that a reader of the journal has before it"] = _over_time(
    ("rules", "journal_watch_depth", "max"), ("store", "recorder_depth", "max")
)
PANELS["By how much a reader of the journal is behind"] = _over_time(
    ("rules", "journal_watch_lag_s", "max"), ("store", "recorder_lag_s", "max")
)
PANELS["Room on disk"] = _over_time(
    ("journal", "journal_bytes", "max"), ("quota", "journal_quota_bytes", "max"),
    ("free", "journal_disk_free_bytes", "min"),
)  # fmt: skip
PANELS["Time of a write to the store"] = _over_time(("a write", "recorder_write_s", "max"))
PANELS["Points that the store confirmed, a second"] = _over_time(("points", "recorder_points_per_s", "mean"))
PANELS["Memory"] = _over_time(("memory", "process_memory_mib", "max"))
PANELS["Processor"] = _growth("first", ("processor", "process_cpu_s"), a_second=True)
PANELS["Trouble with the store"] = _growth(
    "last", ("failed writes", "recorder_failures"), ("refused points", "recorder_refused"), a_second=False
)
PANELS["Messages to people over time"] = _growth(
    "last",
    ("sent", "notify_sent"), ("to be tried again", "notify_retried"), ("given up", "notify_failed"),
    ("blocked by a setting", "notify_blocked"),
    a_second=False,
)  # fmt: skip
PANELS["What should not happen"] = _growth(
    "last",
    ("restarted parts", "parts_restarts"), ("broken connections", "ingest_failures"),
    ("sessions not kept", "ingest_gaps"), ("disk took nothing", "journal_refused"),
    ("steps of the clock", "clock_steps"),
    a_second=False,
)  # fmt: skip


@PANELS("Messages that could not be read, by reason")
def _(town: Town, shown: Shown) -> None:
    wanted = {reason: [count] for reason, count in works.rejected_by_reason().items()}
    assert {frame.name: list(frame.values) for frame in shown.frames()} == wanted
    assert town.homes


@PANELS("Messages to people, by channel and result")
def _(town: Town, shown: Shown) -> None:
    found = {key: (row["count"], row["oldest_s"]) for key, row in shown.table("channel", "result").items()}
    assert found == works.NOTIFICATIONS
    assert town.homes
