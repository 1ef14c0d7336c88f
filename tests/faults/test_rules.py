"""A rule that raises an exception on one home's reading: it alone stops, there alone, and somebody is told."""

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.faults import failing_rule_run
from tests.faults.conftest import Record, Scale
from tests.support.flow import Hub, motion, press
from tests.support.gateway_process import GatewayProcess
from tests.support.servers import Server

pytestmark = pytest.mark.server
On = Callable[..., GatewayProcess]
HOMES = 3
SICK, WELL = "FAULT-01", ("FAULT-02", "FAULT-03")


def asked(gateway: GatewayProcess, query: str, *words: str) -> Sequence[tuple[str, ...]]:
    with contextlib.closing(sqlite3.connect(gateway.data / "keepwell.db", timeout=10)) as database:
        return database.execute(query, words).fetchall()


def sight(gateway: GatewayProcess, rule: str) -> dict[str, tuple[str, str]]:
    """Home -> (state, reason) of a rule."""
    rows = asked(gateway, "SELECT home, state, reason FROM rule_status WHERE rule = ?", rule)
    return {home: (state, reason) for home, state, reason in rows}


def errors(gateway: GatewayProcess) -> Sequence[tuple[str, ...]]:
    return asked(gateway, "SELECT home, subject, concerns, state, explanation FROM alert WHERE rule = 'rule_error'")


def everybody_moves_and_presses(hub: Hub, gateway: GatewayProcess, times: int) -> None:
    """In every home somebody moves, then presses; every press goes out."""
    for number in range(1, HOMES + 1):
        hub.say_all([motion(number), press(number)])
    gateway.until(
        lambda: gateway.kept.occurrences("pendant") == dict.fromkeys((SICK, *WELL), times),
        f"every home's press number {times} is raised",
    )
    gateway.until(lambda: told(gateway) == ["sent"], "everybody is told")


def told(gateway: GatewayProcess) -> list[str]:
    """The states in which calls for pendants are, each once."""
    calls = "SELECT DISTINCT o.state FROM outbox o JOIN alert a ON a.id = o.alert WHERE a.rule = 'pendant'"
    rows = asked(gateway, f"{calls} AND o.state != 'dropped'")
    return [state for (state,) in rows]


@pytest.mark.guarantee(
    "A rule that raises an exception on one home's readings is blind in that home, an alert says so; that home's and"
    " everyone else's pendants go out, before and after restarts"
)
@pytest.mark.parametrize("rule", ["inactivity", "not_up"])
def test_a_rule_that_fails_in_one_home_stops_there_alone(
    rule: str, broker: Server, gateway_on: On, scale: Scale, record: Record
):
    restarts = scale(2, 10)
    gateway = gateway_on(
        broker.port,
        homes=HOMES,
        program=(Path(failing_rule_run.__file__),),
        environment={failing_rule_run.RULE: rule, failing_rule_run.HOME: SICK},
    )
    gateway.start()
    with Hub(broker.port) as hub:
        for run in range(restarts + 1):
            if run % 2:
                gateway.kill()
                gateway.start()
            elif run:
                gateway.stop()
                gateway.start()
            everybody_moves_and_presses(hub, gateway, run + 1)
            gateway.until(lambda: sight(gateway, rule)[SICK][0] == "blind", "the failing rule is blind")
            assert "error of ours" in sight(gateway, rule)[SICK][1]
            assert {sight(gateway, rule)[home][0] for home in WELL} <= {"armed", "degraded"}
            ((home, subject, concerns, state, explanation),) = errors(gateway)
            assert (home, subject, concerns, state) == (SICK, rule, "equipment", "raised")
            assert "stopped after an error of ours" in explanation
            gateway.until(lambda: gateway.kept.to_do()[0] == 0, "nothing is held up")
            assert "part_restarts" not in gateway.log_since_start
        gateway.stop()
    record(homes=HOMES, restarts=restarts, presses=HOMES * (restarts + 1), not_raised=0)
