"""Driving a contender: so many seconds of messages, then until it is done with the last."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from tests.benchmarks import publisher
from tests.benchmarks.contenders import Contender
from tests.benchmarks.processes import Meter
from tests.support.shared import CHECKOUT

PUBLISHER_WINDOW = 2_000
"""Messages on their way to the broker that it has not acknowledged."""
_LOOK_EVERY_S = 0.05
_ALL = 1 << 40
SUSTAINED_LAG_S = 2.0
"""A set rate counts as sustained when all of it is done with so soon after its end."""
_OFFERED = 0.97
"""Of the set rate, what the publisher has to have managed."""


@dataclass(frozen=True, slots=True)
class Load:
    """`rate` messages a second for `seconds`, of a kind of `town.READINGS`; None for as fast as is taken in."""

    kind: str
    homes: int
    seconds: float
    rate: float | None = None


class PublisherProcess:
    """publisher.py at work."""

    def __init__(self, port: int, load: Load) -> None:
        order = {key: value for key, value in asdict(load).items() if key != "seconds"}
        order |= {"port": port, "window": PUBLISHER_WINDOW}
        self._process = subprocess.Popen(
            [sys.executable, "-m", publisher.__name__, json.dumps(order)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=CHECKOUT,
        )  # fmt: skip
        if self._told() != "ready":
            raise RuntimeError("the publisher did not start")

    def allow(self, messages: int) -> None:
        """So many in all may be sent."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{messages}\n")

    def stop(self) -> Mapping[str, float]:
        """Send nothing further; what it tells."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.write("stop\n")
        told = json.loads(self._told() or "{}")
        self.close()
        return dict(told)

    def close(self) -> None:
        """End it, whatever it does."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.kill()
        self._process.wait()

    def _told(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def drive(contender: Contender, port: int, load: Load, servers: Mapping[str, int]) -> dict[str, object]:
    """Put the load on. What was sent, how long it took until all of it was done with, what that cost.

    `messages_per_s` is all messages by the time from the first one sent to the last one finished.
    """
    source = PublisherProcess(port, load)
    try:
        meter = Meter.begin({**servers, **contender.pids()})
        at_first = contender.received()
        deadline = time.monotonic() + load.seconds
        while time.monotonic() < deadline:
            source.allow(_ALL if load.rate else contender.received() - at_first + contender.window)
            time.sleep(_LOOK_EVERY_S)
        told = source.stop()
    finally:
        source.close()
    sent, ended = int(told["sent"]), time.monotonic()
    lags = {"to_take_in_messages": sent - (contender.received() - at_first), **contender.lags()}
    patience = ended + 30 + 3 * load.seconds
    while contender.finished() - at_first < sent and time.monotonic() < patience:
        time.sleep(_LOOK_EVERY_S / 2)
    done = time.monotonic()
    whole = contender.finished() - at_first >= sent
    offered = sent / (told["ended"] - told["began"])
    sustained = whole and done - ended <= SUSTAINED_LAG_S and offered >= _OFFERED * (load.rate or 0)
    return {
        "messages": sent,
        "finished": contender.finished() - at_first,
        "offered_per_s": round(offered),
        "messages_per_s": round(sent / (done - told["began"])) if whole else 0,
        "behind_at_the_end": lags,
        "caught_up_after_s": round(done - ended, 2),
        **({} if load.rate is None else {"sustained": sustained}),
        "cpu": meter.read(sent, publisher=told["cpu_s"]),
    }
