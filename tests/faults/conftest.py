"""Faults with real processes: what each test proves, how large it is run, and what it measured.

Small in `make test`; `make faults` (KEEPWELL_FAULTS=long) runs them long and writes the table of docs/reliability.md.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest

from tests.support import reliability
from tests.support.flow import home
from tests.support.gateway_process import GatewayProcess
from tests.support.mosquitto import mosquitto
from tests.support.servers import Server
from tests.support.victoria import Victoria

LONG = os.environ.get("KEEPWELL_FAULTS") == "long"
_PLAN_S = 600 if not LONG else 3_600
Size = TypeVar("Size")

Record = Callable[..., None]
Scale = Callable[[Size, Size], Size]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "faults" in Path(item.fspath).parts and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_PLAN_S))


@pytest.fixture
def scale() -> "Scale[object]":
    """`scale(reduced, long)`: the one that fits this run."""
    return lambda reduced, long: long if LONG else reduced


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """`record(messages=20_000, lost=0)`: figures for the table; a name's underscores are shown as spaces."""

    def note(**figures: object) -> None:
        request.node.user_properties += [(name.replace("_", " "), value) for name, value in figures.items()]

    return note


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Server]:
    """Mosquitto from the configuration that we ship."""
    with mosquitto(tmp_path / "broker") as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Victoria]:
    """VictoriaMetrics."""
    with Victoria(tmp_path / "metrics") as server:
        yield server


@pytest.fixture
def gateway_on(tmp_path: Path) -> Iterator[Callable[..., GatewayProcess]]:
    """`gateway_on(port, homes=3, ...)`: a gateway that is not started yet, with homes registered; ended at the end."""
    with ExitStack() as stack:

        def build(port: int, *, homes: int = 1, name: str = "gateway", **more: object) -> GatewayProcess:
            gateway = GatewayProcess(tmp_path / name, port, **more)  # type: ignore[arg-type]
            gateway.register(*(home(number) for number in range(1, homes + 1)))
            stack.push(gateway.__exit__)
            return gateway

        yield build


# ------------------------------------------------------------------------------------------------ the table


_reports: list[pytest.TestReport] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _reports.append(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where the tests are run long, and by whoever collects the reports of all workers."""
    if not LONG or hasattr(session.config, "workerinput"):
        return
    outcomes: dict[str, reliability.Outcome] = {}
    proving = reliability.declared()
    for report in _reports:
        test = reliability.test_of(report.nodeid)
        if test not in proving or report.skipped or not (report.when == "call" or report.failed):
            continue
        outcome = outcomes.setdefault(test, reliability.Outcome())
        outcome.passed &= report.passed
        figures = ", ".join(f"{name} {_shown(value)}" for name, value in report.user_properties)
        parameters = report.nodeid.partition("[")[2].removesuffix("]")
        if figures:
            outcome.figures.append(f"{parameters}: {figures}" if parameters else figures)
    reliability.write(outcomes)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
