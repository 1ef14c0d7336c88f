"""A family that hears of alerts by MQTT, with the moment at which each message reached it."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from gateway.registry.homefile import HomeFile
from tests.support.gateway_process import wait_for
from tests.support.servers import LOOPBACK

_TOPIC = "keepwell/homes/+/alert"


@dataclass(frozen=True, slots=True)
class Told:
    """One message; `at` on the monotonic clock of this process."""

    at: float
    home: str
    rule: str
    kind: str
    title: str
    body: str


class Family:
    """Enter it. `told` holds every message about any home, in the order of their coming."""

    def __init__(self, port: int) -> None:
        self.told: list[Told] = []
        self._port = port
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        self._client.on_connect = lambda client, *_: client.subscribe(_TOPIC, 1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _data, message: self._note(json.loads(message.payload))

    def __enter__(self) -> Self:
        self._client.connect(LOOPBACK, self._port)
        self._client.loop_start()
        assert self._subscribed.wait(10), "the broker did not answer the family"
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        del self._client  # its sockets end with it, and fixtures are kept for longer

    def hears(self, which: Callable[[Told], bool], what: str, patience_s: float = 60.0) -> Told:
        """The first message of that kind, waited for."""
        wait_for(lambda: any(map(which, list(self.told))), f"the family hears {what}", patience_s)
        return next(filter(which, self.told))

    def of(self, rule: str) -> list[Told]:
        """Messages of alerts of one rule that were raised, in order."""
        return [one for one in list(self.told) if one.rule == rule and one.kind == "alert"]

    def _note(self, notice: Mapping[str, Any]) -> None:
        self.told.append(
            Told(
                time.monotonic(), notice["home"], notice["rule"] or "", notice["kind"], notice["title"], notice["body"]
            )
        )


def told_by_mqtt(home: HomeFile) -> HomeFile:
    """The home with a family that is told by MQTT."""
    contacts = [one.model_copy(update={"channels": ("mqtt:",)}) for one in home.contacts]
    return home.model_copy(update={"contacts": tuple(contacts)})
