"""One device sends thousands of messages a second: it is throttled and named, and nobody else notices."""

import socket
import statistics
import threading
import time
from pathlib import Path
from typing import Self

import pytest

from tests.faults.conftest import Record, Scale
from tests.support.family import Family, told_by_mqtt
from tests.support.flow import Hub, home, numbered, press, says
from tests.support.gateway_process import GatewayProcess
from tests.support.servers import LOOPBACK, Server

pytestmark = pytest.mark.server
RATE = 5_000
WILD, BUSY = 1, 2
"""Numbers of the home with the wild device and of one with a great deal to say."""
_CONNECT = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04wild"
_AT_ONCE = 100


class WildDevice(threading.Thread):
    """Publishes the same at QoS 0 as bytes on a socket, at a steady rate that a client library would not reach."""

    def __init__(self, port: int, topic: str, payload: bytes) -> None:
        super().__init__()
        body = len(topic).to_bytes(2, "big") + topic.encode() + payload
        assert len(body) < 128
        self.sent = 0
        self._packet = bytes((0x30, len(body))) + body
        self._port = port
        self._enough = threading.Event()

    def run(self) -> None:
        with socket.create_connection((LOOPBACK, self._port)) as line:
            line.sendall(_CONNECT)
            assert line.recv(4)[3] == 0, "the broker took it"
            begun = time.monotonic()
            while not self._enough.wait(max(0.0, self.sent / RATE - (time.monotonic() - begun))):
                line.sendall(self._packet * _AT_ONCE)
                self.sent += _AT_ONCE
            line.sendall(b"\xe0\x00")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self.join()


@pytest.mark.guarantee(
    "A device that sends 5,000 messages a second is throttled and named in an alert; every reading of the others is"
    " stored, their pendants reach people as fast as ever, and memory stays bounded"
)
def test_one_device_floods(broker: Server, tmp_path: Path, scale: Scale, record: Record):
    seconds, burst = scale((12, 5_000), (120, 20_000))
    presses = seconds
    settings = {"broker": {"topic_burst": burst}, "alerts": {"operators": ["mqtt:"]}}
    gateway = GatewayProcess(tmp_path / "gateway", broker.port, settings=settings)
    homes = range(1, presses + 3)
    gateway.register(*(told_by_mqtt(home(number)) for number in homes))
    waited: list[float] = []
    topic, payload = says(WILD, "hall-pir", "motion", True)
    with gateway, Family(broker.port) as family, Hub(broker.port) as hub:
        gateway.until_settled(0)
        before_mib = gateway.memory_mib
        cpu_s, begun = gateway.cpu_s, time.monotonic()
        with WildDevice(broker.port, topic, payload) as wild:
            count = 0
            for pressed in range(presses):
                hub.say(*press(pressed + 3 if pressed else WILD))
                at = time.monotonic()
                reference = f"FAULT-{pressed + 3 if pressed else WILD:02}"
                while time.monotonic() < at + 1:
                    hub.say_all(numbered(BUSY, [count]))
                    count += 1
                    time.sleep(0.02)
                told = family.hears(lambda one, home=reference: one.rule == "pendant" and one.home == home, reference)
                waited.append(told.at - at)
            flood = next(iter(gateway.kept.alerts("flood")), None)
            took_s = time.monotonic() - begun
            cpu_share = (gateway.cpu_s - cpu_s) / took_s
        hub.say_all([says(BUSY, "end-of-test", "temperature", 1)])
        gateway.until(lambda: any(one.device == "end-of-test" for one in gateway.kept.readings()), "the end")
        readings = gateway.kept.readings()
        most_mib = gateway.most_memory_mib
    # Mosquitto 2.0.11 was seen to swap two messages while it queues 5,000 a second: whole, not in order.
    assert sorted(float(one.value) for one in readings if one.device == "thermometer") == list(range(count))
    assert gateway.kept.occurrences("pendant").total() == presses
    kept = sum(one.device == "hall-pir" for one in readings)
    assert burst <= kept <= burst + 20 * (took_s + 10), f"{kept} of {wild.sent} kept"
    assert flood is not None, "the flood is told while it lasts"
    assert (flood.home, flood.subject) == ("FAULT-01", "fault-01/hall-pir")
    assert most_mib < before_mib + 100
    record(
        messages_per_s=wild.sent / took_s, kept=kept, press_to_message_p50_ms=1_000 * statistics.median(waited),
        longest_ms=1_000 * max(waited), gateway_cpu_percent=100 * cpu_share, most_memory_mib=most_mib,
    )  # fmt: skip
