"""How soon pages answer, over HTTP on loopback, from a running gateway with many homes and a full queue of alerts.

A page counts from the request to the last byte of the answer, one after the other on one connection. What people at
pages cost everybody else is measured too: from the press of a pendant to its call, without and with browsers that ask
for one page after the other.
"""

import http.client
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from gateway.database.engine import Database
from gateway.database.tables import AlertRow
from tests.benchmarks import town
from tests.benchmarks.gateway_process import GatewayProcess, configure
from tests.benchmarks.load import Load, PublisherProcess
from tests.benchmarks.options import Options
from tests.benchmarks.pages_town import INSTALLED, LIVED, Keys, furnish
from tests.benchmarks.pendant import Bell
from tests.benchmarks.processes import memory_mib
from tests.benchmarks.servers import quiet
from tests.support.mosquitto import mosquitto
from tests.support.servers import LOOPBACK, free_port

ALERTS = 200
"""Open ones in the queue."""
_BROWSERS = 4
_PRESSES = 40
_PATIENCE_S = 180.0
_RATE = 1_500.0
_LIVED, _INSTALLED = (town.hub(number).upper() for number in (LIVED, INSTALLED))


@dataclass(frozen=True, slots=True)
class Asked:
    """A page, and as whom it is asked for; `program`: with the token of the API."""

    name: str
    path: str
    role: str = ""
    program: bool = False


def asked(alert: int, walk: str) -> Sequence[Asked]:
    """Every page that somebody waits for."""
    return (
        Asked("sign_in", "/sign-in"),
        Asked("queue", "/", "staff"),
        Asked("homes", "/homes", "staff"),
        Asked("home_staff", f"/homes/{_LIVED}", "staff"),
        Asked("alert_staff", f"/alerts/{alert}", "staff"),
        Asked("today_family", f"/homes/{_LIVED}", "family"),
        Asked("alert_family", f"/alerts/{alert}", "family"),
        Asked("start_installer", "/", "installer"),
        Asked("home_installer", f"/homes/{_INSTALLED}", "installer"),
        Asked("devices", f"/homes/{_INSTALLED}/devices", "installer"),
        Asked("walk", walk, "installer"),
        Asked("people", "/people", "administrator"),
        Asked("api_homes", "/api/homes", program=True),
        Asked("api_alerts", "/api/alerts", program=True),
        Asked("api_today", f"/api/homes/{_LIVED}/today", program=True),
    )


@dataclass(slots=True)
class Browser:
    """One connection."""

    port: int
    keys: Keys
    _connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)

    def get(self, page: Asked) -> tuple[int, int]:
        """Status and size."""
        headers = {"cookie": f"keepwell={self.keys.sessions[page.role]}"} if page.role else {}  # type: ignore[index]
        if page.program:
            headers = {"authorization": f"Bearer {self.keys.token}"}
        self._connection.request("GET", page.path, headers=headers)
        answer = self._connection.getresponse()
        return answer.status, len(answer.read())

    def close(self) -> None:
        """Go."""
        self._connection.close()


def run(options: Options) -> dict[str, object]:
    """Each page's times, and presses without and with people at the pages."""
    homes = max(options.many_homes, 2 + min(ALERTS, options.many_homes // 2) + _presses(options))
    alerts = min(ALERTS, options.many_homes // 2)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder, port = Path(name), free_port()
        keys = furnish(folder / "data", homes)
        with quiet(mosquitto(folder / "broker")) as broker:
            configure(folder, broker_port=broker.port, web=f"{LOOPBACK}:{port}")
            with GatewayProcess(folder) as gateway:
                _hear_all(gateway, broker.port, homes)
                with closing(Bell(broker.port)) as bell:
                    numbers = [LIVED, *range(2, 1 + alerts)]
                    _raise(gateway, bell, numbers)
                    found: dict[str, object] = {"homes": homes, "alerts": alerts, "mib": memory_mib(gateway.pid)}
                    pages = asked(_alert_of(folder / "data"), f"/homes/{_INSTALLED}/walk")
                    found["pages"] = _measure(port, keys, pages, options.requests)
                    first = 1 + alerts + 1
                    found["press"] = _press(bell, range(first, first + _presses(options) // 2))
                    with _browsing(port, keys, pages):
                        found["press_beside_browsers"] = _press(
                            bell, range(first + _presses(options) // 2, first + _presses(options))
                        )
    return found


def _presses(options: Options) -> int:
    return 2 * (_PRESSES if options.many_homes >= 1_000 else 3)


def _hear_all(gateway: GatewayProcess, broker_port: int, homes: int) -> None:
    """Every device says one thing."""
    source = PublisherProcess(broker_port, Load("one", homes, _PATIENCE_S, _RATE))
    try:
        source.allow(homes * town.DEVICES)
        gateway.wait(
            lambda: gateway.cursors()["end"] >= homes * town.DEVICES and gateway.caught_up(), _PATIENCE_S, "hear all"
        )
    finally:
        source.close()


def _raise(gateway: GatewayProcess, bell: Bell, homes: Sequence[int]) -> None:
    """A pendant is pressed in each of these homes."""
    database = Database.open(gateway.data)
    try:
        for home in homes:
            bell.press(home)
        wanted = select(func.count()).where(AlertRow.state != "closed", AlertRow.rule == "pendant")
        gateway.wait(partial(_reached, database, wanted, len(homes)), _PATIENCE_S, "raise the alerts")
    finally:
        database.close()


def _reached(database: Database, wanted: Any, count: int) -> bool:
    with database.transaction() as session:
        return bool(session.scalar(wanted) >= count)


def _alert_of(data: Path) -> int:
    """The one of the home whose days are recorded."""
    database = Database.open(data)
    try:
        with database.transaction() as session:
            return session.scalars(select(AlertRow.id).where(AlertRow.home == _LIVED)).one()
    finally:
        database.close()


def _measure(port: int, keys: Keys, pages: Sequence[Asked], times: int) -> dict[str, Mapping[str, float]]:
    found = {}
    with closing(Browser(port, keys)) as browser:
        for page in pages:
            status, size = browser.get(page)  # the first one compiles the template
            if status != 200:
                found[page.name] = {"status": float(status)}
                continue
            took = []
            for _ in range(times):
                began = time.perf_counter()
                browser.get(page)
                took.append((time.perf_counter() - began) * 1_000)
            found[page.name] = {
                "median_ms": round(statistics.median(took), 1),
                "p95_ms": _p95(took),
                "kib": round(size / 1024, 1),
            }
    return found


def _press(bell: Bell, homes: Sequence[int]) -> dict[str, float]:
    """Milliseconds from each press to its call."""
    took = []
    for home in homes:
        pressed = bell.press(home)
        deadline = time.monotonic() + 30
        while home not in bell.called and time.monotonic() < deadline:
            time.sleep(0.001)
        took.append((bell.called[home] - pressed) * 1_000)
        time.sleep(0.05)
    return {"median_ms": round(statistics.median(took), 1), "p95_ms": _p95(took), "max_ms": round(max(took), 1)}


def _p95(took: Sequence[float]) -> float:
    """What 95 of 100 do not exceed."""
    return round(sorted(took)[-(-95 * len(took) // 100) - 1], 1)


@contextmanager
def _browsing(port: int, keys: Keys, pages: Sequence[Asked]) -> Any:
    """People who ask for one page after the other, as fast as they are answered."""
    ended = threading.Event()

    def browse(first: int) -> None:
        with closing(Browser(port, keys)) as browser:
            turn = first
            while not ended.is_set():
                browser.get(pages[turn % len(pages)])
                turn += 1

    # Not the API: it answers so many a minute only.
    pages = [page for page in pages if not page.program]
    threads = [threading.Thread(target=browse, args=(number * 3,)) for number in range(_BROWSERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
