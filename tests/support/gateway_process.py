"""A real `keepwell run`: started on a folder, killed, stopped, held still; and what it says of itself meanwhile."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devices.instant import HOUR
from gateway.clock import SystemClock
from gateway.database.engine import Database
from gateway.registry.homefile import HomeFile
from gateway.registry.registry import SqlRegistry
from tests.support.kept import Kept
from tests.support.servers import LOOPBACK, Server
from tests.support.shared import CHECKOUT

START_TIMEOUT_S = 90.0
PATIENCE_S = 120.0
STOPS_WITHIN_S = 5.0
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_KEEPWELL = ("-m", "gateway.cli.main")

Sections = Mapping[str, Mapping[str, object]]


class GatewayProcess(Server):
    """`keepwell run` with `folder` as its own: keepwell.toml, data/. Enter it, or `start()` it, then kill it at will.

    `settings` are sections of keepwell.toml beyond where broker and store are, `store_url` an InfluxDB write API in
    place of history.db, `program` what Python runs in place of `keepwell`.
    """

    def __init__(
        self,
        folder: Path,
        broker_port: int,
        *,
        store_url: str | None = None,
        settings: Sections | None = None,
        environment: Mapping[str, str] | None = None,
        program: tuple[str | Path, ...] = _KEEPWELL,
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.kept = Kept(self.data)
        self._connects = True
        self._leaving = False
        self._begun = 0
        folder.mkdir(parents=True, exist_ok=True)
        self.configure(broker_port, store_url=store_url, settings=settings)
        super().__init__(
            [sys.executable, *program, "run", "--log-json"],
            (),
            environment={"PYTHONPATH": str(CHECKOUT), **(environment or {})},
            directory=folder,
            ready=self._is_ready,
            start_timeout_s=START_TIMEOUT_S,
        )
        self.name = "keepwell"

    def configure(self, broker_port: int, *, store_url: str | None = None, settings: Sections | None = None) -> None:
        """Write keepwell.toml; what runs already does not read it again."""
        sections: dict[str, dict[str, object]] = {
            "broker": {"host": LOOPBACK, "port": broker_port, "keepalive_s": 5},
            "store": {} if store_url is None else {"kind": "influx", "url": store_url},
            "health": {"listen": ""},
            "web": {"listen": ""},
        }
        for name, section in (settings or {}).items():
            sections[name] = sections.get(name, {}) | dict(section)
        lines = ['data = "data"']
        for name, section in sections.items():
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in section.items())]
        (self.folder / "keepwell.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def register(self, *homes: HomeFile) -> None:
        """Homes as `keepwell homes import` would, an hour ago."""
        database = Database.open(self.data)
        try:
            registry = SqlRegistry(database)
            for home in homes:
                registry.import_home(home, SystemClock().now() - HOUR)
        finally:
            database.close()

    @property
    def environment(self) -> dict[str, str]:
        """What is added to its environment; a change counts from the next start on."""
        return self._environment

    # ------------------------------------------------------------------------------------------ life and death

    def start(self, *, connects: bool = True) -> None:
        """Start it; return when it is connected to the broker, or at once where it cannot or need not be."""
        self._connects = connects
        self._begun = self._log.stat().st_size if self._log.exists() else 0
        super().start()

    def stop(self, within_s: float = STOPS_WITHIN_S) -> None:
        """A polite end; AssertionError when it does not come in time and in good order."""
        process, begun = self._process, time.monotonic()
        if process is None:
            return
        super().stop()
        took = time.monotonic() - begun
        if self._leaving:
            return
        assert process.returncode == 0, f"it ended with {process.returncode}:\n{self.log_since_start[-4_000:]}"
        assert took <= within_s, f"it took {took:.1f} s to stop, not {within_s:g} s"

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting for what follows."""
        os.kill(self.pid, signal.SIGTERM)

    def hold(self) -> None:
        """SIGSTOP: it does nothing more, and whoever talks to it gets no answer."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Held still inside the block."""
        self.hold()
        try:
            yield
        finally:
            self.go_on()

    def __exit__(self, *error: Any) -> None:  # noqa: PYI036 - Server's own three
        self._leaving = True
        if self.running:
            self.go_on()
        super().__exit__(*error)

    # ------------------------------------------------------------------------------------------ what it says

    @property
    def log_since_start(self) -> str:
        """What this run has printed."""
        with self._log.open("rb") as file:
            file.seek(self._begun)
            return file.read().decode(errors="replace")

    def events(self, name: str | None = None) -> list[dict[str, Any]]:
        """Lines of the log of this run, of one event or all."""
        lines = [line for line in self.log_since_start.splitlines() if line.startswith("{") and line.endswith("}")]
        found = [json.loads(line) for line in lines]
        return [one for one in found if name in {None, one.get("event")}]

    @property
    def health(self) -> dict[str, Any]:
        """health.json; it is up to 10 s old."""
        path = self.data / "health.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}  # type: ignore[no-any-return]

    def until(self, condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
        """Wait for something; AssertionError with the end of the log when it does not come, or the process ends."""
        wait_for(condition, what, patience_s, also=self._lives)

    def until_settled(self, readings: int, patience_s: float = PATIENCE_S) -> None:
        """Wait until so many readings of devices are in the journal and all readers are done with it."""
        self.until(
            lambda: self.kept.count() >= readings and self.kept.to_do() == (0, 0),
            f"{readings} readings journaled, watched and recorded",
            patience_s,
        )

    def _lives(self) -> None:
        if not self.running:
            raise AssertionError(f"it ended by itself; it printed:\n{self.log_since_start[-4_000:]}")

    def _is_ready(self) -> bool:
        return not self._connects or '"event": "ingest.connected"' in self.log_since_start

    # ------------------------------------------------------------------------------------------ what it costs

    @property
    def memory_mib(self) -> float:
        """Resident memory now."""
        return self._status("VmRSS") / 1024

    @property
    def most_memory_mib(self) -> float:
        """The most resident memory since it started."""
        return self._status("VmHWM") / 1024

    @property
    def cpu_s(self) -> float:
        """Processor time since it started, of all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND

    def _status(self, name: str) -> float:
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return float(next(line for line in text.splitlines() if line.startswith(f"{name}:")).split()[1])


def wait_for(
    condition: Callable[[], bool],
    what: str,
    patience_s: float = PATIENCE_S,
    *,
    also: Callable[[], None] = lambda: None,
    every_s: float = 0.02,
) -> None:
    """Wait until the condition holds; AssertionError that says what did not come to pass. `also` may raise earlier."""
    deadline = time.monotonic() + patience_s
    while not condition():
        also()
        if time.monotonic() > deadline:
            raise AssertionError(f"within {patience_s:g} s it did not come to pass: {what}")
        time.sleep(every_s)
