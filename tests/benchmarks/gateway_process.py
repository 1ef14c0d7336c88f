"""`keepwell run` as a process of its own, and how far it has come, seen from outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.journal.view import JournalView
from gateway.parts import told_health
from tests.support.servers import LOOPBACK
from tests.support.shared import CHECKOUT

READERS = ("recorder", "watch")
_START_S = 60.0
_STOP_S = 30.0
_LOG_SHOWN = 4_000


def configure(folder: Path, *, broker_port: int, store_url: str | None = None, web: str = "") -> None:
    """keepwell.toml: the defaults, with the places of the servers; `web` where the pages listen, nowhere for none."""
    store = "" if store_url is None else f'[store]\nkind = "influx"\nurl = "{store_url}"\n'
    (folder / "keepwell.toml").write_text(
        f'data = "data"\n[broker]\nhost = "{LOOPBACK}"\nport = {broker_port}\n{store}'
        f'[health]\nlisten = "{LOOPBACK}:0"\n[web]\nlisten = "{web}"\n',
        encoding="utf-8",
    )


class GatewayProcess:
    """The gateway of `folder`, which holds keepwell.toml and `data`. Runs, connected, while entered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.started = 0.0
        """When the process was started, monotonic seconds."""
        self._process: subprocess.Popen[bytes] | None = None
        self._view: JournalView | None = None

    @property
    def pid(self) -> int:
        """Process id."""
        if self._process is None:
            raise RuntimeError("the gateway is not running")
        return self._process.pid

    def start(self) -> None:
        """Start it and do not wait."""
        self.data.mkdir(exist_ok=True)
        (self.data / "health.json").unlink(missing_ok=True)
        with (self.folder / "gateway.log").open("ab") as log:
            self.started = time.monotonic()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway.cli.main", "run", "--log-level", "warning"],
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_connected(self) -> None:
        """Return once it says that it has reached the broker."""
        self.wait(lambda: told_health(self.data).get("connected") is True, _START_S, "reach the broker")

    def cursors(self) -> Mapping[str, int]:
        """`end` of the journal and what each reader has confirmed."""
        if self._view is None:
            self._view = JournalView(self.data / "journal.db")
        return self._view.cursors()

    def caught_up(self) -> bool:
        """Whether recorder and watch have read everything."""
        cursors = self.cursors()
        return all(cursors.get(reader, 0) >= cursors["end"] for reader in READERS)

    def wait(self, holds: Callable[[], bool], seconds: float, what: str) -> None:
        """Return once it holds; RuntimeError with the end of its log when that takes too long or it has ended."""
        deadline = time.monotonic() + seconds
        while not holds():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                how = "ended before it did" if ended else f"did not within {seconds:g} s"
                raise RuntimeError(f"the gateway should {what} and {how}; its log:\n{self.log[-_LOG_SHOWN:]}")
            time.sleep(0.02)

    @property
    def log(self) -> str:
        """What it printed."""
        path = self.folder / "gateway.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def stop(self) -> None:
        """Ask it to end, and kill it if it does not."""
        if self._view is not None:
            self._view.close()
            self._view = None
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_connected()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
