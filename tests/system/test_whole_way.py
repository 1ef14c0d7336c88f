"""The whole way with real parts: a recording through mosquitto and a running gateway into VictoriaMetrics."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.model import GATEWAY_HOME
from gateway.registry.homefile import load_home
from gateway.replay.recording import Row, read_recording
from tests.support.mosquitto import mosquitto
from tests.support.shared import CHECKOUT, shared_data
from tests.support.victoria import Victoria

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]
NAME = "casas_hh111_week"
PATIENCE_S = 120


def keepwell(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli.main", *map(str, words)],
        cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(CHECKOUT)}


class Week:
    """The recording, where it went, and what was concluded."""

    def __init__(self, folder: Path, store: Victoria, rows: tuple[Row, ...]) -> None:
        self.folder, self.store, self.rows = folder, store, rows


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    home, readings = shared_data(f"{NAME}.home.toml"), shared_data(f"{NAME}.readings.csv")
    folder = tmp_path_factory.mktemp("whole_way")
    rows = read_recording(readings, load_home(home).zone).rows
    with mosquitto(folder / "broker") as broker, Victoria(folder / "metrics") as store:
        (folder / "keepwell.toml").write_text(
            f'data = "data"\n[broker]\nhost = "127.0.0.1"\nport = {broker.port}\n'
            f'[store]\nkind = "influx"\nurl = "{store.url}"\n[web]\nlisten = ""\n',
            encoding="utf-8",
        )
        keepwell("homes", "import", home, cwd=folder)
        keepwell("homes", "hub", "CASAS-HH111-WEEK", "casas-hh111-week", "--replay", cwd=folder)
        keepwell("homes", "consent", "CASAS-HH111-WEEK", "--resident", "R", "--by", "R", "--basis", "recorded",
                 cwd=folder)  # fmt: skip
        gateway = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli.main", "run", "--clock", "recording", "--log-level", "warning"],
            cwd=folder, env=environment(),
        )  # fmt: skip
        try:
            wait_until(lambda: status(folder)["running"] is True)
            url = f"mqtt://127.0.0.1:{broker.port}"
            keepwell("replay", "--home", home, "--readings", readings, "--broker", url, cwd=folder)
            wait_until(lambda: recorded(folder, len(rows)))
            yield Week(folder, store, rows)
        finally:
            gateway.send_signal(signal.SIGTERM)
            assert gateway.wait(15) == 0, "a polite kill ends it in good order"


def status(folder: Path) -> dict[str, object]:
    return json.loads(keepwell("status", "--json", cwd=folder))  # type: ignore[no-any-return]


def recorded(folder: Path, count: int) -> bool:
    journal = status(folder)["journal"]
    assert isinstance(journal, dict)
    return journal["entries"] >= count and journal["to_watch"] == journal["to_record"] == 0


def wait_until(condition: object) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.2)


def test_every_reading_is_stored_once_under_its_home_room_and_device(week: Week):
    devices = {device.address: device for device in load_home(shared_data(f"{NAME}.home.toml")).to_home(0).devices}
    expected = sorted(
        (row.quantity, row.address, place.room, place.role or "", row.at // 1000, float(row.value))
        for row in week.rows
        for place in [devices[row.address]]
    )
    stored = sorted(
        (quantity.removesuffix("_value"), labels["device"], labels["room"], labels.get("role", ""), at, float(value))
        for quantity, labels, samples in everything(week.store, '{home="CASAS-HH111-WEEK",device=~"casas:.*"}')
        for at, value in samples
        if quantity.endswith("_value")  # what is concluded of a device stands beside what it said
    )
    assert len(stored) == len(expected)
    for mine, theirs in zip(stored, expected, strict=True):
        assert mine == theirs


def test_the_running_gateway_concludes_what_the_back_test_does(week: Week):
    home, readings = shared_data(f"{NAME}.home.toml"), shared_data(f"{NAME}.readings.csv")
    output = keepwell("backtest", "--home", home, "--readings", readings, "--json", cwd=week.folder)
    tested = json.loads(output)["alerts"]
    live = json.loads(keepwell("alerts", "list", "--all", "--json", cwd=week.folder))
    assert tested, "the recording raises something"
    of_the_home = [alert for alert in live if alert["home"] != GATEWAY_HOME]  # that nobody was reached is the gateway's
    assert {(alert["rule"], alert["subject"] or None, alert["event_at"]) for alert in of_the_home} == {
        (alert["rule"], alert["subject"], alert["raised_at"]) for alert in tested
    }


def test_the_gateways_own_health_is_in_the_store(week: Week):
    wait_until(lambda: everything(week.store, '{gateway="keepwell"}'))
    figures = {name for name, *_ in everything(week.store, '{gateway="keepwell"}')}
    assert {f"gateway_health_{name}" for name in ("recorder_depth", "recorder_lag_s", "ingest_received")} <= figures


def everything(store: Victoria, match: str) -> list[tuple[str, dict[str, str], list[tuple[int, float]]]]:
    """Name, labels and (ms, value) samples of all series that match."""
    found = []
    for series in store.export(match, 1_000_000_000_000, 2_000_000_000_000):
        labels = dict(series["metric"])
        samples = list(zip(series["timestamps"], series["values"], strict=True))
        found.append((labels.pop("__name__"), labels, samples))
    return found
