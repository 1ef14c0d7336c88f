"""A broker with accounts as `keepwell hubs` makes them, who manages it, and clients that try what they may."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.config import Broker, load
from gateway.identities.control import Admin, Control
from tests.support.mosquitto import mosquitto
from tests.support.servers import LOOPBACK, Server, free_port

LISTENER = "listener"
_LISTENER_MAY = [
    {"acltype": kind, "topic": "#", "allow": True}
    for kind in ("subscribePattern", "publishClientReceive", "publishClientSend")
]
_DEADLINE_S = 15


class Town:
    """Two homes, ELM-12 (hub elm) and OAK-3 (hub oak), and a broker that nobody has an account on but the gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.files = folder / "broker"
        self.config = folder / "keepwell.toml"
        self.write_config()
        for home, hub in (("ELM-12", "elm"), ("OAK-3", "oak")):
            self.runs("homes", "add", home, "--time-zone", "Europe/London")
            self.runs("homes", "hub", home, hub)
        self.runs("hubs", "setup", str(self.files))
        self.write_config(f'username = "keepwell"\npassword_file = "{self.files}/broker-password"\n')

    def write_config(self, more: str = "") -> None:
        text = f'data = "data"\n[broker]\nhost = "{LOOPBACK}"\nport = {self.port}\nkeepalive_s = 5\n{more}'
        self.config.write_text(text, encoding="utf-8")

    @property
    def settings(self) -> Broker:
        """The gateway's."""
        return load(self.config).broker

    @staticmethod
    def plain(port: int) -> Broker:
        """Settings for a broker on loopback that anybody may use."""
        return Broker(host=LOOPBACK, port=port, keepalive_s=5)

    @property
    def admin(self) -> Admin:
        return Admin("keepwell-admin", (self.files / "admin-password").read_text().strip())

    @contextmanager
    def broker(self, certificates: Path | None = None) -> Iterator[Server]:
        with mosquitto(self.files, port=self.port, identities=True, certificates=certificates) as server:
            yield server

    # -------------------------------------------------------------------------------------------- commands

    def runs(self, *words: str) -> str:
        """What the command prints; it must go well."""
        done = self._run(words)
        assert done.exit_code == 0, f"{words}: {done.output}{done.stderr}{done.exception!r}"
        return done.stdout

    def hubs(self, *words: str) -> str:
        """`keepwell hubs ...` by who manages the accounts."""
        return self.runs("hubs", *words, "--admin-password-file", str(self.files / "admin-password"))

    def is_refused(self, *words: str, password: Path | None = None) -> str:
        """The one line that says why."""
        file = password or self.files / "admin-password"
        login = () if words[1] == "setup" else ("--admin-password-file", str(file))
        done = self._run((*words, *login))
        assert done.exit_code == 2, f"{words}: {done.output}{done.exception!r}"
        assert done.stderr.count("\n") == 1
        assert "Traceback" not in done.stderr
        return done.stderr

    def secret_of(self, hub: str, command: str = "add") -> str:
        """The secret that `keepwell hubs add` (or rotate) shows."""
        return str(json.loads(self.hubs(command, hub, "--json"))["password"])

    def listed(self) -> dict[str, dict[str, Any]]:
        return {row["hub"]: row for row in json.loads(self.hubs("list", "--json"))}

    def _run(self, words: Sequence[str]) -> Result:
        return CliRunner().invoke(app, (*words, "--config", str(self.config)))

    # -------------------------------------------------------------------------------------------- clients

    def listener(self) -> "Client":
        """Somebody who hears everything that the broker lets pass, and may say everything."""

        async def make() -> None:
            async with Control(self.settings, self.admin) as control:
                answers = await control.ask(
                    {"command": "createRole", "rolename": LISTENER, "acls": _LISTENER_MAY},
                    {"command": "createClient", "username": LISTENER, "password": LISTENER,
                     "roles": [{"rolename": LISTENER}]},
                )  # fmt: skip
                assert not [one for one in answers if "error" in one and "exists" not in one["error"]]

        asyncio.run(make())
        client = Client(self.port, LISTENER, LISTENER)
        client.subscribe("#")
        return client


class Client:
    """A plain MQTT client in the thread that calls it. Never connects again by itself."""

    def __init__(
        self,
        port: int,
        name: str,
        password: str,
        *,
        client_id: str | None = None,
        five: bool = False,
        will: tuple[str, str] | None = None,
        as_bridge: bool = False,
    ) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.accepted: bool | None = None
        self.ended = threading.Event()
        self._changed = threading.Condition()
        self._granted: dict[int, int] = {}
        self._paho = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name if client_id is None else client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        self._paho.username_pw_set(name, password)
        if as_bridge:
            self._paho.enable_bridge_mode()
        if will is not None:
            self._paho.will_set(*will, qos=1)
        self._paho.on_connect = self._connected
        self._paho.on_disconnect = lambda *_: self.ended.set()
        self._paho.on_message = lambda _client, _data, message: self._note(message)
        self._paho.on_subscribe = lambda _client, _data, mid, codes, _properties: self._subscribed(mid, codes)
        self._paho.connect(LOOPBACK, port)
        self._paho.loop_start()
        self.until(lambda: self.accepted is not None)

    def subscribe(self, filter_: str) -> bool:
        """Whether the broker granted it."""
        _, mid = self._paho.subscribe(filter_, 1)
        self.until(lambda: mid in self._granted)
        return self._granted[mid] < 0x80

    def says(self, topic: str, payload: str = "x", *, retain: bool = False) -> None:
        """Published at QoS 1 and confirmed by the broker, which tells nothing about whether it was allowed."""
        self._paho.publish(topic, payload, 1, retain).wait_for_publish(_DEADLINE_S)

    def hears(self, topic: str) -> None:
        """Wait for a message on this topic."""
        self.until(lambda: topic in self.topics)

    @property
    def topics(self) -> list[str]:
        return [topic for topic, _ in self.heard]

    def until(self, holds: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(holds, _DEADLINE_S), f"heard {self.topics}"

    def close(self) -> None:
        self._paho.disconnect()
        self._paho.loop_stop()

    def breaks_off(self) -> None:
        """The line is cut: the broker publishes the will."""
        sock = self._paho.socket()
        assert sock is not None
        sock.shutdown(2)
        self.ended.wait(_DEADLINE_S)
        self._paho.loop_stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connected(
        self, _client: object, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        with self._changed:
            self.accepted = not reason.is_failure
            self._changed.notify_all()

    def _note(self, message: paho.MQTTMessage) -> None:
        with self._changed:
            self.heard.append((message.topic, bytes(message.payload)))
            self._changed.notify_all()

    def _subscribed(self, mid: int, codes: Sequence[Any]) -> None:
        with self._changed:
            self._granted[mid] = codes[0].value
            self._changed.notify_all()


def eventually(holds: Callable[[], bool], why: str = "") -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + _DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, why
        time.sleep(0.05)
