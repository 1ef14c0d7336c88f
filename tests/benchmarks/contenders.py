"""Who takes in the load: the gateway, the plain script, and `mosquitto_sub`, which does nothing with it."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.benchmarks import plain_script
from tests.benchmarks.gateway_process import READERS, GatewayProcess, configure
from tests.support.servers import LOOPBACK
from tests.support.shared import CHECKOUT

_START_S = 30.0
SUBSCRIBER = "mosquitto_sub"


class Contender(Protocol):
    """Something that subscribes to `homes/#` and takes messages in."""

    window: int
    """Messages beyond those received that may be on their way to it when the load is as fast as it can be."""

    def pids(self) -> Mapping[str, int]:
        """Its process, by its name."""
        ...

    def received(self) -> int:
        """Messages that it has taken in."""
        ...

    def finished(self) -> int:
        """Messages with which it is done."""
        ...

    def lags(self) -> Mapping[str, int]:
        """What its parts have still to do, in their own units."""
        ...


class KeepwellContender:
    """The gateway: received is what the journal has, finished what recorder and watch have both confirmed."""

    window = 3_000

    def __init__(self, gateway: GatewayProcess, readings: int) -> None:
        self._gateway = gateway
        self._readings = readings

    def pids(self) -> Mapping[str, int]:
        return {"gateway": self._gateway.pid}

    def received(self) -> int:
        return self._gateway.cursors()["end"] // self._readings

    def finished(self) -> int:
        cursors = self._gateway.cursors()
        return min(cursors["end"], *(cursors.get(reader, 0) for reader in READERS)) // self._readings

    def lags(self) -> Mapping[str, int]:
        cursors = self._gateway.cursors()
        return {f"{reader}_readings": cursors["end"] - cursors.get(reader, 0) for reader in READERS}


class TellingProcess:
    """A process that writes how far it has come to its standard output; a thread reads that."""

    def __init__(self, name: str, argv: Sequence[str], read: Callable[[bytes], None], window: int) -> None:
        self.window = window
        self._name = name
        self._process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(CHECKOUT)}
        )
        self._reader = threading.Thread(target=self._follow, args=(read,), daemon=True)
        self._reader.start()

    def pids(self) -> Mapping[str, int]:
        return {self._name: self._process.pid}

    def _follow(self, read: Callable[[bytes], None]) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        while told := os.read(pipe.fileno(), 65_536):
            read(told)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()


class PlainContender(TellingProcess):
    """plain_script.py. Its window is wide, as its batches are."""

    def __init__(self, broker_port: int, store_url: str) -> None:
        self._received = -1
        self._confirmed = 0
        self._half = b""
        words = [sys.executable, "-m", plain_script.__name__, str(broker_port), store_url]
        super().__init__("plain script", words, self._read, 3_000)
        _wait(lambda: self._received == 0, "the plain script")

    def received(self) -> int:
        return self._received

    def finished(self) -> int:
        return self._confirmed

    def lags(self) -> Mapping[str, int]:
        return {"unconfirmed_messages": self._received - self._confirmed}

    def _read(self, told: bytes) -> None:
        *lines, self._half = (self._half + told).split(b"\n")
        for line in lines:
            self._received, self._confirmed = map(int, line.split())


class SubscriberContender(TellingProcess):
    """`mosquitto_sub` with a kept session: a line for a message, which is as little as it can be made to say.

    The broker has to retain one message, by which is seen that it has subscribed.
    """

    def __init__(self, broker_port: int) -> None:
        self._received = 0
        binary = shutil.which(SUBSCRIBER)
        if binary is None:
            raise FileNotFoundError(f"{SUBSCRIBER} is not installed: apt-get install mosquitto-clients")
        words = [binary, "-h", LOOPBACK, "-p", str(broker_port), "-q", "1", "-c", "-i", "ceiling", "-t", "homes/#",
                 "-F", "x"]  # fmt: skip
        super().__init__(SUBSCRIBER, words, self._read, 3_000)
        _wait(lambda: self._received == 1, SUBSCRIBER)

    def received(self) -> int:
        return self._received

    finished = received

    def lags(self) -> Mapping[str, int]:
        return {}

    def _read(self, told: bytes) -> None:
        self._received += told.count(b"x")


@contextmanager
def keepwell(folder: Path, *, broker_port: int, store_url: str, readings: int) -> Iterator[KeepwellContender]:
    """The gateway, connected."""
    configure(folder, broker_port=broker_port, store_url=store_url)
    with GatewayProcess(folder) as gateway:
        yield KeepwellContender(gateway, readings)


@contextmanager
def plain(broker_port: int, store_url: str) -> Iterator[PlainContender]:
    """The plain script, subscribed."""
    contender = PlainContender(broker_port, store_url)
    try:
        yield contender
    finally:
        contender.stop()


@contextmanager
def subscriber(broker_port: int) -> Iterator[SubscriberContender]:
    """`mosquitto_sub`, subscribed."""
    contender = SubscriberContender(broker_port)
    try:
        yield contender
    finally:
        contender.stop()


def _wait(holds: Callable[[], bool], who: str) -> None:
    deadline = time.monotonic() + _START_S
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{who} did not subscribe within {_START_S:g} s")
        time.sleep(0.02)
