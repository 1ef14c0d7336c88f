"""A gateway that dies, hangs or is asked to end: others hear of it in time. Real processes, short periods."""

import contextlib
import http.client
import json
import os
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import pytest

from gateway.registry.homefile import HomeFile
from tests.faults.conftest import Record
from tests.support.flow import Hub, home, motion, numbered, press
from tests.support.gateway_process import GatewayProcess
from tests.support.proxy import Proxy
from tests.support.servers import LOOPBACK, Server

pytestmark = pytest.mark.server
On = Callable[..., GatewayProcess]
EVERY_S = 0.5
"""In place of a minute."""
STOPS_WITHIN_S = 5.0


class Service:
    """Stands in for a service such as Healthchecks, or a store: notes what is posted, answers with `status`."""

    def __init__(self, status: int = 200) -> None:
        self.calls: list[tuple[float, bytes]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                service.calls.append((time.monotonic(), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *words: object) -> None:  # noqa: A002 - http.server's name
                pass

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.address = f"http://{LOOPBACK}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Manager:
    """Stands in for systemd: a datagram socket with an abstract name, and what was said to it."""

    def __init__(self) -> None:
        self.name = f"@keepwell-test-{os.getpid()}-{time.monotonic_ns()}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + self.name[1:])
        self._socket.setblocking(False)
        self.said: list[str] = []

    def hears(self, start: str) -> bool:
        """Whether a line that begins like this has come since `said` was cleared."""
        while True:
            try:
                self.said += self._socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return any(line.startswith(start) for line in self.said)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as made:
        yield made


@pytest.fixture
def manager() -> Iterator[Manager]:
    with Manager() as made:
        yield made


def get(gateway: GatewayProcess, page: str) -> tuple[int, str]:
    host, _, port = gateway.health["pages"].rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    try:
        connection.request("GET", f"/{page}")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


# ------------------------------------------------------------------------------------------------ calls


@pytest.mark.guarantee(
    "When the process is killed the calls of healthcheck_url end, and begin again with the next start"
)
def test_a_kill_is_heard_by_the_service_that_misses_the_calls(
    gateway_on: On, broker: Server, service: Service, record: Record
) -> None:
    gateway = gateway_on(
        broker.port,
        settings={"health": {"listen": "", "healthcheck_every_s": EVERY_S}},
        environment={"KEEPWELL_HEALTHCHECK_URL": f"{service.address}/secret"},
    )
    began = time.monotonic()
    gateway.start()
    gateway.until(lambda: bool(service.calls), "the first call")
    first_s = service.calls[0][0] - began
    with Hub(broker.port) as hub:
        hub.say_all([motion(1), *numbered(1, range(5))])
    gateway.until(lambda: json.loads(service.calls[-1][1])["readings"] >= 6, "a call that tells of the readings")
    body = json.loads(service.calls[-1][1])
    assert set(body) == {"at", "messages_received", "readings", "last_message_age_s", "journal_pending",
                         "journal_to_watch", "open_alerts", "troubles", "up_s"}  # fmt: skip
    assert (body["open_alerts"], body["troubles"]) == (0, 0)
    assert body["last_message_age_s"] is None or body["last_message_age_s"] <= 10
    assert "FAULT" not in service.calls[-1][1].decode()

    gateway.kill()
    killed_at = time.monotonic()
    time.sleep(4 * EVERY_S)
    last = service.calls[-1][0]
    assert last <= killed_at + 0.1, "a dead gateway calls nobody"
    longest = max(later[0] - earlier[0] for earlier, later in zip(service.calls, service.calls[1:], strict=False))
    record(periods_between_calls=round(longest / EVERY_S, 1), first_call_s=round(first_s, 1))
    assert longest < 2 * EVERY_S + 1.0, "between calls there is no silence that could be taken for its death"

    gateway.start()
    count = len(service.calls)
    gateway.until(lambda: len(service.calls) > count + 1, "calls begin again")
    gateway.stop()
    assert "secret" not in gateway.log_since_start


def test_a_gateway_that_never_reached_its_broker_calls_nobody(gateway_on: On, service: Service) -> None:
    with silent_server() as port:
        gateway = gateway_on(
            port,
            settings={"health": {"listen": f"{LOOPBACK}:0", "healthcheck_every_s": EVERY_S}},
            environment={"KEEPWELL_HEALTHCHECK_URL": service.address},
        )
        gateway.start(connects=False)
        gateway.until(lambda: bool(gateway.health.get("pages")), "it serves its pages")
        assert get(gateway, "healthz")[0] == 200
        time.sleep(4 * EVERY_S)
        assert service.calls == []
        gateway.stop()


# ------------------------------------------------------------------------------------------------ systemd


@pytest.mark.guarantee(
    "systemd hears that the gateway is ready, alive and stopping; of one that hangs it hears nothing"
)
def test_a_gateway_that_hangs_no_longer_feeds_the_watchdog(gateway_on: On, broker: Server, manager: Manager) -> None:
    gateway = gateway_on(broker.port, environment={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "500000"})
    gateway.start()
    for line in ("READY=1", "STATUS=Serving.", "WATCHDOG=1"):
        gateway.until(lambda line=line: manager.hears(line), line)  # type: ignore[misc]
    with gateway.held():
        manager.hears("")
        manager.said.clear()
        time.sleep(1.5)
        assert not manager.hears("WATCHDOG=1")
    gateway.until(lambda: manager.hears("WATCHDOG=1"), "it goes on")
    gateway.stop()
    assert manager.hears("STOPPING=1")


def test_without_its_broker_it_is_started_all_the_same_and_says_why(gateway_on: On, manager: Manager) -> None:
    gateway = gateway_on(1, environment={"NOTIFY_SOCKET": manager.name})
    gateway.start(connects=False)
    gateway.until(lambda: manager.hears("STATUS=not connected to the broker"), "it says so")
    gateway.until(lambda: manager.hears("READY=1"), "it counts as started")
    gateway.stop()


# ------------------------------------------------------------------------------------------------ looking in


def test_whoever_looks_in_sees_the_broker_go_and_come(gateway_on: On, broker: Server) -> None:
    gateway = gateway_on(broker.port, settings={"health": {"listen": f"{LOOPBACK}:0"}})
    gateway.start()
    gateway.until(lambda: bool(gateway.health.get("pages")), "it serves its pages")
    gateway.until(lambda: get(gateway, "readyz") == (200, "ready\n"), "it is ready")
    assert "keepwell_ingest_connected 1.0" in get(gateway, "metrics")[1]
    with broker.stopped():
        gateway.until(lambda: get(gateway, "readyz")[0] == 503, "it is not ready")
        assert get(gateway, "readyz")[1].startswith("not connected to the broker: ")
        assert get(gateway, "healthz") == (200, "alive\n")
    gateway.until(lambda: get(gateway, "readyz")[0] == 200, "it is ready again")
    gateway.stop()


@pytest.mark.guarantee("Whoever looks after the gateway is called about its own troubles")
def test_the_operator_is_called_about_a_store_that_refuses_our_token(gateway_on: On, broker: Server) -> None:
    with Service(status=401) as store:
        gateway = gateway_on(broker.port, store_url=store.address, settings={"alerts": {"operators": ["console:"]}})
        gateway.start()
        with Hub(broker.port) as hub:
            hub.say(*motion(1))
        gateway.until(lambda: "gateway: trouble in Keepwell itself" in gateway.log_since_start, "the call", 120)
        gateway.until(lambda: any("token" in one for one in gateway.health["troubles"]), "health.json names it", 30)
        gateway.stop()


# ------------------------------------------------------------------------------------------------ asked to end


def stops_in_time(gateway: GatewayProcess, record: Record) -> None:
    began = time.monotonic()
    gateway.stop(within_s=STOPS_WITHIN_S)
    record(stopped_after_s=round(time.monotonic() - began, 1))


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server((LOOPBACK, 0), backlog=64) as server:
        yield server.getsockname()[1]


def told_by_mail(number: int, port: int) -> HomeFile:
    raw = home(number).model_dump(mode="json", exclude_unset=True)
    raw["contacts"] = [
        {"name": "Family", "channels": [f"mailto://{LOOPBACK}:{port}/?from=k@example.org&to=f@example.org"]}
    ]
    return HomeFile.model_validate(raw)


@pytest.mark.guarantee("Asked to end, the gateway ends within 5 s, whatever hangs: store, mail server, broker, disk")
def test_it_ends_in_time_while_the_store_hangs(gateway_on: On, broker: Server, record: Record) -> None:
    with silent_server() as port:
        gateway = gateway_on(broker.port, store_url=f"http://{LOOPBACK}:{port}")
        gateway.start()
        with Hub(broker.port) as hub:
            hub.say_all([motion(1), *numbered(1, range(50))])
        gateway.until(lambda: gateway.kept.count() >= 50, "readings in the journal")
        time.sleep(1)  # the recorder is in the middle of its write
        stops_in_time(gateway, record)


@pytest.mark.guarantee("Asked to end, the gateway ends within 5 s, whatever hangs: store, mail server, broker, disk")
def test_it_ends_in_time_while_a_mail_server_hangs(gateway_on: On, broker: Server, record: Record) -> None:
    with silent_server() as port:
        gateway = gateway_on(broker.port, homes=0)
        gateway.register(told_by_mail(1, port))
        gateway.start()
        with Hub(broker.port) as hub:
            hub.say_all([press(1)])
        gateway.until(lambda: "sending" in states(gateway), "a mail on its way")
        stops_in_time(gateway, record)
        assert "sending" in states(gateway), "its result is unknown: it is sent again, and says so"


@pytest.mark.guarantee("Asked to end, the gateway ends within 5 s, whatever hangs: store, mail server, broker, disk")
@pytest.mark.parametrize("away", ["refuses", "never answers", "falls silent"])
def test_it_ends_in_time_without_its_broker(gateway_on: On, broker: Server, record: Record, away: str) -> None:
    with Proxy(broker.port) as network, silent_server() as silent_port:
        port = {"refuses": 1, "never answers": silent_port, "falls silent": network.port}[away]
        gateway = gateway_on(port)
        gateway.start(connects=away == "falls silent")
        if away == "falls silent":
            gateway.until(lambda: gateway.health.get("connected") is True, "it is connected")
            network.silent = True
        else:
            gateway.until(lambda: bool(gateway.health), "it runs")
            time.sleep(1)  # it is in the middle of trying
        stops_in_time(gateway, record)


@pytest.mark.guarantee("Asked to end, the gateway ends within 5 s, whatever hangs: store, mail server, broker, disk")
def test_it_ends_in_time_while_its_disk_is_full(gateway_on: On, broker: Server, record: Record, tmp_path: Path) -> None:
    gateway = gateway_on(broker.port, homes=0)
    gateway.data.mkdir(exist_ok=True)
    with small_disk(gateway.data):
        gateway.register(home(1))
        gateway.start()
        fill(gateway.data / "full")
        with Hub(broker.port) as hub:
            hub.say_all(numbered(1, range(2_000)))
            time.sleep(1)
            stops_in_time(gateway, record)


def test_it_ends_in_time_by_force_where_a_part_does_not_let_go(
    gateway_on: On, broker: Server, record: Record, tmp_path: Path
) -> None:
    program = tmp_path / "holds_on.py"
    program.write_text(
        "import time\n"
        "from gateway.cli.main import main\n"
        "from gateway.database.engine import Database\n"
        "Database.close = lambda self: time.sleep(600)\n"
        "main()\n",
        encoding="utf-8",
    )
    gateway = gateway_on(broker.port, program=(program,))
    gateway.start()
    stops_in_time(gateway, record)
    assert "stopped_unfinished" in gateway.log_since_start


def states(gateway: GatewayProcess) -> set[str]:
    with contextlib.closing(sqlite3.connect(f"file:{gateway.data / 'keepwell.db'}?mode=ro", uri=True)) as database:
        return {state for (state,) in database.execute("SELECT state FROM outbox")}


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of 24 MB mounted there; a skip where we may not mount."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "keepwell-test", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(path: Path) -> None:
    """Take all the room that there is."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            while True:
                try:
                    file.write(b"x" * size)
                except OSError:
                    break
