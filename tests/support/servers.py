"""Real servers for tests: found by name, started on loopback, stopped by their own process id."""

import contextlib
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import pytest

LOOPBACK = "127.0.0.1"
_PORTS = range(20_000, 30_000)  # below the range that the kernel takes outgoing ports from
_given: set[int] = set()
_SERVER_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/usr/local/bin", "/usr/bin")  # often not in a person's PATH
_LOG_SHOWN = 8_000


def free_port() -> int:
    """A loopback TCP port that nobody uses; never the same one twice in one process."""
    for _ in range(1_000):
        port = random.choice(_PORTS)  # noqa: S311 - spreads parallel runs, guards nothing
        if port in _given:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise RuntimeError(f"no free port found in {_PORTS}")


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it where CI is set: there, what a test needs has to be present."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def require(binary: str, package: str) -> str:
    """Path of a server binary. Where there is none: a skip that names the Debian package, a failure when CI is set."""
    searched = os.pathsep.join([os.environ.get("PATH", ""), *_SERVER_FOLDERS])
    found = shutil.which(binary, path=searched)
    if found is None:
        missing(f"{binary} is not installed: apt-get install {package}")
    return str(found)


class Server:
    """A server process on loopback. Starts on entering; every port in `ports` accepts connections from then on.

    What it prints goes to a temporary file and is shown when it does not start or when the test fails. `ready`, where
    given, is asked until it returns true after the ports are open. `port` is the first of `ports`.
    """

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        ports: int | Sequence[int],
        *,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
        ready: Callable[[], bool] | None = None,
        start_timeout_s: float = 30.0,
        stop_timeout_s: float = 15.0,
    ) -> None:
        self.argv = [os.fspath(part) for part in argv]
        self.ports = (ports,) if isinstance(ports, int) else tuple(ports)
        self.name = Path(self.argv[0]).name
        self._environment = dict(environment or {})
        self._directory = directory
        self._ready = ready
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        handle, path = tempfile.mkstemp(prefix=f"{self.name}-", suffix=".log")
        os.close(handle)
        self._log = Path(path)

    @property
    def port(self) -> int:
        """The first port."""
        return self.ports[0]

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """Everything that it printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    def start(self) -> None:
        """Start it and return when it is ready; RuntimeError with its log when it is not in time."""
        if self.running:
            raise RuntimeError(f"{self.name} is running already")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._directory,
                env={**os.environ, **self._environment},
            )
        deadline = time.monotonic() + self._start_timeout_s
        waiting = list(self.ports)
        while True:
            waiting = [port for port in waiting if not _accepts(port)]
            if self._process.poll() is not None:
                reason = f"{self.name} ended with {self._process.returncode} while it started"
            elif not waiting and (self._ready is None or self._ready()):
                return
            elif time.monotonic() > deadline:
                reason = f"{self.name} was not ready in {self._start_timeout_s:g} s; ports not open: {waiting}"
            else:
                time.sleep(0.02)
                continue
            self.kill()
            raise RuntimeError(f"{reason}; it printed:\n{self.log[-_LOG_SHOWN:]}")

    def stop(self) -> None:
        """Ask it to end and wait; kill it when it does not. Nothing happens when it is not running."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(self._stop_timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it at once (SIGKILL), as a power cut would."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Stop it if it runs, then start it again with the same command, ports and files."""
        self.stop()
        self.start()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Not running inside the block, running again after it."""
        self.stop()
        yield
        self.start()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._log.unlink(missing_ok=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        # pytest shows what a test printed only when the test fails
        sys.stderr.write(f"---- {self.name} printed:\n{self.log[-_LOG_SHOWN:]}")
        with contextlib.suppress(OSError):
            self._log.unlink()


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0):
            return True
    except OSError:
        return False
