"""From a pendant's press to the channel's call, while the gateway is busy with a thousand other messages a second.

Measured from before the press is handed to the publishing client until after the alert that the `mqtt:` channel sends
has come back to the same process. Included, then: both clients, the broker twice, the journal's commit, the rule, the
alert's commit, the outbox and the sending.
"""

import json
import random
import tempfile
import threading
import time
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.benchmarks import contenders, town
from tests.benchmarks.load import Load, PublisherProcess
from tests.benchmarks.options import Options
from tests.benchmarks.processes import Meter
from tests.benchmarks.servers import quiet
from tests.support.mosquitto import mosquitto
from tests.support.servers import LOOPBACK
from tests.support.victoria import Victoria

BACKGROUND = 1_000.0
"""Messages a second beside the presses."""
PRESSES_PER_S = 5
"""On average; each becomes an alert and is told."""
_ANSWER_S = 30.0
_PRESS = b'{"value": "press"}'


class Bell:
    """Presses pendants and hears the calls."""

    def __init__(self, port: int) -> None:
        self.called: dict[int, float] = {}
        """When the call for a home came first."""
        self._heard = threading.Condition()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bell", protocol=paho.MQTTv311)
        self._client.on_message = self._on_message
        self._client.connect(LOOPBACK, port)
        self._client.subscribe("keepwell/homes/+/alert", qos=1)
        self._client.loop_start()

    def press(self, home: int) -> float:
        """When it was pressed."""
        pressed = time.perf_counter()
        self._client.publish(town.pendant_topic(home), _PRESS, qos=1)
        return pressed

    def wait(self, calls: int) -> bool:
        """Whether there have been so many calls before patience ended."""
        with self._heard:
            return self._heard.wait_for(lambda: len(self.called) >= calls, _ANSWER_S)

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        now = time.perf_counter()
        told = json.loads(message.payload)
        if told["rule"] == "pendant" and told["kind"] == "alert":
            with self._heard:
                self.called.setdefault(int(told["home"].rpartition("-")[2]), now)
                self._heard.notify_all()


def run(options: Options) -> dict[str, object]:
    """One press in each of `presses` homes, at random moments, a few a second."""
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        town.register(folder / "data", options.presses + 1)
        with (
            quiet(mosquitto(folder / "broker")) as broker,
            quiet(Victoria(folder / "metrics")) as store,
            contenders.keepwell(folder, broker_port=broker.port, store_url=store.url, readings=1) as gateway,
        ):
            bell = Bell(broker.port)
            source = PublisherProcess(
                broker.port, Load("one", options.presses, options.presses / PRESSES_PER_S, BACKGROUND)
            )
            try:
                bell.press(options.presses)
                if not bell.wait(1):
                    raise RuntimeError("the first press, before any load, was not answered")
                meter = Meter.begin({"mosquitto": broker.pid, "victoria": store.pid, **gateway.pids()})
                source.allow(1 << 40)
                pressed = _press_all(bell, options)
                told = source.stop()
                bell.wait(1 + options.presses)
                cpu = meter.read(int(told["sent"]), publisher=told["cpu_s"])
            finally:
                source.close()
                bell.close()
    waits = sorted((bell.called[home] - at) * 1_000 for home, at in pressed.items() if home in bell.called)
    return {
        "background_per_s": round(told["sent"] / (told["ended"] - told["began"])),
        "homes": options.presses,
        "presses": len(pressed),
        "called": len(waits),
        "ms": _summary(waits),
        "cpu": cpu,
    }


def _press_all(bell: Bell, options: Options) -> dict[int, float]:
    chance = random.Random(3)  # noqa: S311 - the same moments in every run
    homes = list(range(options.presses))
    chance.shuffle(homes)
    moments = sorted(chance.uniform(0.5, options.presses / PRESSES_PER_S) for _ in homes)
    began = time.perf_counter()
    pressed: dict[int, float] = {}
    for home, moment in zip(homes, moments, strict=True):
        time.sleep(max(0.0, began + moment - time.perf_counter()))
        pressed[home] = bell.press(home)
    return pressed


def _summary(waits: list[float]) -> dict[str, float]:
    """Percentiles of sorted waits: the smallest that so much of them does not exceed."""
    if not waits:
        return {}
    found = {f"p{share}": waits[-(-share * len(waits) // 100) - 1] for share in (50, 90, 99)}
    return {name: round(value, 1) for name, value in (found | {"max": waits[-1]}).items()}
