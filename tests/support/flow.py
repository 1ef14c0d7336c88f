"""What homes say, and an exact account of what the broker took of it.

A `Witness` is a second subscriber that is never killed: what it got, in that order, the broker has accepted, at
whatever quality of service it was published. A `Hub` publishes and keeps what the broker confirmed (QoS 1 and 2).
"""

import json
import random
import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from devices.measurement import Value
from gateway.model import Reading
from gateway.registry.homefile import HomeFile
from tests.support.gateway_process import wait_for
from tests.support.servers import LOOPBACK

Said = tuple[str, bytes]
"""Topic and payload."""
Told = tuple[str, str, str, Value]
"""(home, device, quantity, value)."""
FILTER = "homes/#"
END = "end-of-test"
"""A device of every home; what it says last marks the end."""
_UNCONFIRMED = 10_000
_MOTION = ("hall-pir", "kitchen-pir")


def home(number: int) -> HomeFile:
    """A registered, consenting home, FAULT-01 and so on, whose family hears of alerts on the console."""
    devices = [
        *({"address": address, "room": "Hall", "quantities": ["motion"]} for address in _MOTION),
        {"address": "thermometer", "room": "Hall", "quantities": ["temperature"]},
        {"address": "pendant", "role": "pendant", "quantities": ["button"]},
        {"address": END, "quantities": ["temperature"]},
    ]
    return HomeFile.model_validate(
        {
            "reference": f"FAULT-{number:02}",
            "time_zone": "Europe/Lisbon",
            "rooms": [{"name": "Hall", "kind": "hall"}],
            "devices": devices,
            "residents": [{"name": "R", "consent": {"by": "R", "basis": "written", "at": "2026-01-01"}}],
            "contacts": [{"name": "Family", "channels": ["console:"]}],
            "escalation": [{"contacts": ["Family"]}],
        }
    )


def says(number: int, device: str, quantity: str, value: Value) -> Said:
    """A message of a home's device."""
    return f"homes/fault-{number:02}/keepwell/{device}/{quantity}", json.dumps({"value": value}).encode()


def motion(number: int) -> Said:
    """Somebody moves in the hall; every such message is like every other."""
    return says(number, "hall-pir", "motion", True)


def press(number: int) -> Said:
    """The pendant is pressed; every press is like every other."""
    return says(number, "pendant", "button", "press")


def numbered(number: int, counts: Iterable[int]) -> list[Said]:
    """Temperatures that number themselves."""
    return [says(number, "thermometer", "temperature", count) for count in counts]


def everyday(homes: int, count: int, *, seed: int, presses: int = 0, unreadable: int = 0) -> list[Said]:
    """So many messages of so many homes in a shuffled order: movements without number or time, numbered temperatures.

    Among them `presses` of pendants, and `unreadable` ones of a few kinds, also alike.
    """
    chance = random.Random(seed)  # noqa: S311 - the same order every time
    said = [press(1 + index % homes) for index in range(presses)]
    said += [
        (
            f"homes/fault-{1 + index % homes:02}/keepwell/hall-pir/motion",
            (b"{", b'{"value": "maybe"}', b"\xff")[index % 3],
        )
        for index in range(unreadable)
    ]
    rest = count - len(said)
    for index in range(rest):
        number = 1 + chance.randrange(homes)
        if index % 2:
            said.append(says(number, chance.choice(_MOTION), "motion", chance.random() < 0.7))
        else:
            said.append(says(number, "thermometer", "temperature", index))
    chance.shuffle(said)
    return said


def told(said: Iterable[Said]) -> list[Told]:
    """What readable messages say, in their order."""
    found: list[Told] = []
    for topic, payload in said:
        try:
            value = json.loads(payload)["value"]
        except (ValueError, UnicodeDecodeError):
            continue
        _, hub, _, device, quantity = topic.split("/")
        if quantity == "motion" and not isinstance(value, bool):
            continue
        found.append((hub.upper(), device, quantity, value))
    return found


def told_by(readings: Iterable[Reading]) -> list[Told]:
    """What readings say, in their order."""
    return [(one.home, one.device, one.quantity, one.value) for one in readings]


def presses_by_home(said: Iterable[Said]) -> Counter[str]:
    """How often each home's pendant was pressed."""
    return Counter(where for where, device, _, _ in told(said) if device == "pendant")


class _Client:
    """A paho client with a thread of its own that reconnects for ever; its session outlives connections."""

    def __init__(self, port: int, name: str) -> None:
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{name}-{uuid.uuid4().hex[:8]}",
            clean_session=False,
            protocol=paho.MQTTv311,
        )
        self._client.max_queued_messages_set(0)
        self._client.max_inflight_messages_set(200)
        self._client.reconnect_delay_set(1, 1)
        self._port = port

    def __enter__(self) -> Self:
        self._client.connect(LOOPBACK, self._port)
        self._client.loop_start()
        wait_for(self._client.is_connected, "a client connects")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Witness(_Client):
    """Hears at QoS 1 everything that the gateway should hear. `heard` in the order of the broker."""

    def __init__(self, port: int) -> None:
        super().__init__(port, "witness")
        self.heard: list[Said] = []
        self._subscribed = threading.Event()
        self._client.on_connect = lambda client, *_: client.subscribe(FILTER, 1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _data, message: self.heard.append((message.topic, message.payload))

    def __enter__(self) -> Self:
        super().__enter__()
        assert self._subscribed.wait(10), "the broker did not answer the witness"
        return self

    def until(self, count: int) -> Sequence[Said]:
        """Wait for so many messages in all."""
        wait_for(lambda: len(self.heard) >= count, f"{count} messages reach the witness")
        return self.heard


class Hub(_Client):
    """Publishes for homes. `confirmed`: what the broker said it had taken (QoS 1 and 2), in that order."""

    def __init__(self, port: int, *, qos: int = 1) -> None:
        super().__init__(port, f"hub-qos{qos}")
        self.qos = qos
        self.said = 0
        self.confirmed: list[Said] = []
        self._waiting: dict[int, Said] = {}
        self._early: set[int] = set()
        self._guard = threading.Lock()
        self._client.on_publish = lambda _client, _data, mid, *_: self._note(mid)

    def say(self, topic: str, payload: bytes) -> None:
        """Publish; wait only while very many are unconfirmed, since paho refuses what its ids cannot number."""
        self.said += 1
        if len(self._waiting) >= _UNCONFIRMED:
            wait_for(lambda: len(self._waiting) < _UNCONFIRMED, "the broker confirms")
        sent = self._client.publish(topic, payload, self.qos)
        assert sent.rc in {paho.MQTT_ERR_SUCCESS, paho.MQTT_ERR_NO_CONN}, paho.error_string(sent.rc)
        if self.qos == 0:
            return
        with self._guard:
            if sent.mid in self._early:
                self._early.discard(sent.mid)
                self.confirmed.append((topic, payload))
            else:
                self._waiting[sent.mid] = (topic, payload)

    def say_all(self, said: Iterable[Said]) -> None:
        """Publish all and wait until the broker has confirmed them; at QoS 0, until they are on their way."""
        for topic, payload in said:
            self.say(topic, payload)
        self.until_confirmed()

    @property
    def unconfirmed(self) -> int:
        """Messages that the broker has not confirmed (at QoS 1 and 2)."""
        return len(self._waiting)

    def until_confirmed(self, patience_s: float = 120.0) -> None:
        """Wait until the broker has everything."""
        if self.qos:
            wait_for(lambda: not self._waiting, "the broker confirms what was published", patience_s)
        else:
            wait_for(lambda: not self._client.want_write(), "what was published has left", patience_s)

    def _note(self, mid: int) -> None:
        if self.qos == 0:
            return
        with self._guard:
            said = self._waiting.pop(mid, None)
            if said is None:
                self._early.add(mid)
            else:
                self.confirmed.append(said)
