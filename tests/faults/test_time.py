"""Time goes wrong around a running gateway: it was away for hours, or its machine's clock is put forward or back.

The clock of the gateway's process is moved by libfaketime; everything else keeps its own time.
"""

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devices.instant import from_datetime
from devices.measurement import Value
from gateway.database.engine import Database
from gateway.registry.homefile import HomeFile
from gateway.registry.registry import SqlRegistry
from tests.faults.conftest import Record
from tests.support.flow import Hub, Said, home
from tests.support.gateway_process import GatewayProcess
from tests.support.servers import Server, missing

pytestmark = pytest.mark.server
LONDON = ZoneInfo("Europe/London")
DAY = "2026-01-13"
On = Callable[..., GatewayProcess]


def libfaketime() -> Path:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        missing("libfaketime is not installed: apt-get install libfaketime")
    return found[0]


class MachineClock:
    """The clock of a process that runs with `environment`. It runs on from where it was last put."""

    def __init__(self, folder: Path, wall: str) -> None:
        self._file = folder / "clock"
        self._ahead_s = 0.0
        self.put(wall)
        self.environment = {
            "LD_PRELOAD": str(libfaketime()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",  # seconds; without a cache every look at the clock opens the file
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def put(self, wall: str) -> None:
        """To a time of the day in London."""
        self._ahead_s = datetime.fromisoformat(f"{DAY}T{wall}").replace(tzinfo=LONDON).timestamp() - time.time()
        self._write()

    def step(self, by_s: float) -> None:
        """Forward, or back."""
        self._ahead_s += by_s
        self._write()

    def _write(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{self._ahead_s:+.3f}", encoding="ascii")
        fresh.replace(self._file)


def watched_home(number: int, *rules: dict[str, object]) -> HomeFile:
    """With a front door, and a neighbour who is called when the family has not answered for 20 s."""
    raw = home(number).model_dump(mode="json", exclude_unset=True) | {"time_zone": "Europe/London"}
    raw["devices"].append({"address": "door", "role": "front-door", "quantities": ["contact"]})
    raw["contacts"].append({"name": "Neighbour", "channels": ["console:"]})
    raw["escalation"] = [{"contacts": ["Family"], "wait": "20 s"}, {"contacts": ["Neighbour"], "wait": "60 min"}]
    raw["rules"] = list(rules)
    return HomeFile.model_validate(raw)


def says(device: str, quantity: str, value: Value, at: str | None = None, *, number: int = 1) -> Said:
    content: dict[str, object] = {"value": value}
    if at is not None:
        content["at"] = f"{DAY}T{at}Z"
    return f"homes/fault-{number:02}/keepwell/{device}/{quantity}", json.dumps(content).encode()


def messages(gateway: GatewayProcess) -> list[tuple[str, str, str]]:
    """Rule, whom, and the words of each message, in order."""
    query = ("SELECT a.rule, o.contact_name, o.title || char(10) || o.body FROM outbox o JOIN alert a ON a.id = o.alert"
             " WHERE o.state = 'sent' ORDER BY o.id")  # fmt: skip
    with contextlib.closing(sqlite3.connect(gateway.data / "keepwell.db", timeout=10)) as database:
        return database.execute(query).fetchall()


def words(gateway: GatewayProcess, rule: str) -> list[str]:
    return [text for which, _, text in messages(gateway) if which == rule]


def heard_the_broker(gateway: GatewayProcess) -> bool:
    return json.loads((gateway.data / "session.json").read_text(encoding="utf-8"))["alive_at"] is not None


@pytest.fixture
def clock(tmp_path: Path) -> MachineClock:
    return MachineClock(tmp_path, "13:05:00")


@pytest.fixture
def watched(tmp_path: Path, broker: Server, gateway_on: On, clock: MachineClock) -> Callable[..., GatewayProcess]:
    def build(*rules: dict[str, object]) -> GatewayProcess:
        gateway = gateway_on(broker.port, homes=0, environment=clock.environment)
        database = Database.open(gateway.data)
        registry = SqlRegistry(database)
        for number in (1, 2):
            registry.import_home(watched_home(number, *rules), from_datetime(datetime.fromisoformat(f"{DAY}T12:00Z")))
        database.close()
        gateway.start()
        return gateway

    return build


@pytest.mark.guarantee(
    "After two hours without a gateway, with dated and undated messages queued in the broker: inactivity where nobody"
    " moved and only there, since when they did; a press with its device's time, or the times between which it was"
)
def test_two_hours_without_a_gateway(broker: Server, clock: MachineClock, watched: Callable[..., GatewayProcess]):
    gateway = watched({"type": "pendant"}, {"type": "inactivity"}, {"type": "not_up"}, {"type": "door_open"},
                      {"type": "hub_silent"}, {"type": "sensor_silent"})  # fmt: skip
    with Hub(broker.port) as hub:
        for number in (1, 2):
            hub.say_all(
                [says("hall-pir", "motion", True, number=number), says("door", "contact", False, number=number)]
            )
            hub.say_all([says("kitchen-pir", "motion", True, number=number)])
            hub.say_all([says("thermometer", "temperature", 20, number=number)])
        gateway.until_settled(8)
        gateway.until(lambda: heard_the_broker(gateway), "it writes down when it last heard the broker")
        gateway.kill()
        hub.say_all([
            says("hall-pir", "motion", True),
            says("pendant", "button", "press", at="14:20:00"),
            says("kitchen-pir", "motion", True, at="14:50:00"),
            says("hall-pir", "motion", True),
            says("thermometer", "temperature", 21, number=2),
            says("pendant", "button", "press", number=2),
        ])  # fmt: skip
        clock.put("15:10:00")
        gateway.start()
        gateway.until(lambda: len(words(gateway, "pendant")) >= 2, "both presses are told")
        gateway.until(lambda: bool(words(gateway, "inactivity")), "the quiet home's quiet is told")
        hub.say_all([says("thermometer", "temperature", 21)])
        gateway.until_settled(15)
        raised = {(alert.home, alert.rule) for alert in gateway.kept.alerts()}
        assert raised == {("FAULT-01", "pendant"), ("FAULT-02", "pendant"), ("FAULT-02", "inactivity")}
        assert "No movement in any room since 13:05" in words(gateway, "inactivity")[0]
        told = "\n".join(words(gateway, "pendant"))
        assert "pressed at 14:20" in told
        assert "delayed 50 min" in told
        assert "between 13:05 and 15:10" in told
        gateway.stop()


@pytest.mark.guarantee(
    "The machine's clock put forward or back by an hour: the next press is raised as fast as ever, with the clock's new"
    " time, and somebody is told of the clock"
)
@pytest.mark.parametrize(("by_s", "wall"), [(3_600, "14:"), (-3_600, "12:")])
def test_a_press_after_the_clock_was_put_an_hour_forward_or_back(
    by_s: int, wall: str, broker: Server, clock: MachineClock, watched: Callable[..., GatewayProcess], record: Record
):
    gateway = watched({"type": "pendant"})
    with Hub(broker.port) as hub:
        hub.say_all([says("hall-pir", "motion", True)])
        gateway.until_settled(1)
        clock.step(by_s)
        gateway.until(lambda: bool(gateway.kept.alerts("gateway")), "somebody is told of the clock")
        begun = time.monotonic()
        hub.say_all([says("pendant", "button", "press")])
        gateway.until(lambda: len(words(gateway, "pendant")) == 1, "the family is told of the press")
        raised_s = time.monotonic() - begun
        assert f"pressed at {wall}" in words(gateway, "pendant")[0]
        gateway.stop()
    assert raised_s < 10
    record(press_told_after_s=raised_s)


@pytest.mark.guarantee(
    "The machine's clock put forward or back by an hour: no false inactivity, no call and no timer lost or an hour late"
)
@pytest.mark.parametrize("by_s", [3_600, -3_600])
def test_the_clock_is_put_an_hour_forward_or_back(
    by_s: int, broker: Server, clock: MachineClock, watched: Callable[..., GatewayProcess]
):
    gateway = watched({"type": "pendant"}, {"type": "inactivity", "after": "45 min"},
                      {"type": "door_open", "by_day": "15 s", "priority": 2})  # fmt: skip
    with Hub(broker.port) as hub:
        hub.say_all([says("hall-pir", "motion", True), says("kitchen-pir", "motion", True)])
        hub.say_all([says("door", "contact", True), says("pendant", "button", "press")])
        gateway.until(lambda: len(words(gateway, "pendant")) == 1, "the family is told of the press")
        clock.step(by_s)
        gateway.until(lambda: len(words(gateway, "pendant")) >= 2, "the neighbour is called after 20 s")
        gateway.until(lambda: len(words(gateway, "door_open")) >= 1, "the open door is told after 15 s")
        gateway.until(lambda: bool(gateway.kept.alerts("gateway")), "somebody is told of the clock")
        assert gateway.kept.alerts("inactivity") == []
        hub.say_all([says("hall-pir", "motion", True), says("pendant", "button", "press")])
        gateway.until(lambda: gateway.kept.occurrences("pendant").total() == 2, "a press after it is raised")
        gateway.stop()
