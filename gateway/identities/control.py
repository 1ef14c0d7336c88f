"""The conversation with Mosquitto's dynamic security plugin: commands and answers as JSON on two `$CONTROL` topics.

Answers go to everybody who listens there, so each conversation marks its commands and takes only its own answers.
Source: the plugin's command list (mosquitto.org, "Dynamic Security Plugin"), tried with Mosquitto 2.0.11.
"""

import asyncio
import json
import secrets
from types import TracebackType
from typing import Any, NamedTuple, Self

from pydantic import SecretStr

from gateway.config import Broker
from gateway.errors import FixConfiguration, TryLater
from gateway.identities.accounts import ANSWER_TOPIC, CONNECTIONS, CONTROL_TOPIC, CONVERSATION
from gateway.ingest import wire
from gateway.ingest.session import Connection
from gateway.ingest.trouble import NotLetIn
from gateway.ingest.wire import Packet

_ANSWER_TIMEOUT_S = 5.0
_RETAIN = 0x01
"""RETAIN is the lowest bit of a PUBLISH's first byte (MQTT 3.1.1 and 5, 3.3.1.3)."""
_STATES = {b"1": True, b"0": False}

Answer = dict[str, Any]


class Admin(NamedTuple):
    """The account that manages the others."""

    name: str
    password: str


class _Retaining(Connection):
    """A connection that can leave a value with the broker."""

    def retain(self, topic: str, payload: bytes) -> None:
        """Send one QoS 1 message that the broker keeps, and do not wait."""
        packet = wire.publish(self._next_mid(), topic, payload, level=self._level)
        self._send(bytes([packet[0] | _RETAIN]) + packet[1:])


class Control:
    """One conversation, an asynchronous context manager; `ask` one thing at a time.

    `connected` maps a hub to whether its bridge is connected, as the broker keeps it. Raises FixConfiguration or
    TryLater, both with what to look at.
    """

    def __init__(self, broker: Broker, admin: Admin, *, timeout_s: float = _ANSWER_TIMEOUT_S) -> None:
        self.connected: dict[str, bool] = {}
        self._where = f"the broker at {broker.host}:{broker.port}"
        self._admin = admin.name
        self._timeout_s = timeout_s
        self._mark = secrets.token_hex(8)
        self._asked = 0
        self._answer: asyncio.Future[list[Answer]] | None = None
        own = {
            "client_id": f"{broker.client_id}{CONVERSATION}{self._mark}",
            "username": admin.name,
            "password": SecretStr(admin.password),
            "password_file": None,
            "clean_session": True,
            "session_expiry_s": 0,
        }
        self._connection = _Retaining(broker.model_copy(update=own), self._hear)

    async def __aenter__(self) -> Self:
        """Connect and listen for answers."""
        try:
            await self._connection.__aenter__()
        except NotLetIn as error:
            raise FixConfiguration(
                f'{self._where} refused "{self._admin}": give the account and password that keepwell hubs setup'
                " made (--admin, --admin-password-file), and see that the broker reads that"
                " dynamic-security.json (plugin_opt_config_file)"
            ) from error
        try:
            await self._listen()
        except BaseException:
            await self._connection.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye."""
        await self._connection.__aexit__(kind, error, trace)

    async def ask(self, *commands: Answer) -> list[Answer]:
        """The answers in the order of the commands, which the plugin carries out one after the other.

        An answer holds `error` where the plugin refused, and `data` where it tells something.
        """
        self._asked += 1
        marked = [{**one, "correlationData": f"{self._mark}-{self._asked}"} for one in commands]
        answer: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._answer = answer
        self._connection.publish(CONTROL_TOPIC, json.dumps({"commands": marked}).encode())
        try:
            async with asyncio.timeout(self._timeout_s):
                return await answer
        except TimeoutError:
            pass
        finally:
            self._answer = None
        raise TryLater(
            f"{self._where} did not answer on {CONTROL_TOPIC} within {self._timeout_s:g} s: it has to load the dynamic"
            " security plugin (plugin .../mosquitto_dynamic_security.so, as in the configuration that keepwell hubs"
            " setup writes). Where it does, whether the change was made is not known: keepwell hubs list tells"
        )

    def put_out(self, hub: str) -> None:
        """Have the broker keep that a hub is not connected, where it keeps that it is.

        The plugin ends a connection without publishing its last will. An account that was set up without the right to
        say so is not heard, and not told.
        """
        if self.connected.get(hub):
            self._connection.retain(CONNECTIONS.replace("+", hub), b"0")
            self.connected[hub] = False

    async def _listen(self) -> None:
        self._connection.resume()
        granted = await self._connection.subscribe([ANSWER_TOPIC, CONNECTIONS])
        if granted[0] >= 0x80:
            raise FixConfiguration(
                f'{self._where} does not let "{self._admin}" manage accounts: name the one that may, with --admin'
            )

    def _hear(self, packet: Packet) -> None:
        self._connection.acknowledge(packet)
        if packet.topic == ANSWER_TOPIC:
            self._take(packet.payload)
        elif packet.topic is not None and packet.payload in _STATES:
            self.connected[packet.topic.split("/")[1]] = _STATES[packet.payload]

    def _take(self, payload: bytes) -> None:
        try:
            answers = json.loads(payload)["responses"]
            ours = all(one.get("correlationData") == f"{self._mark}-{self._asked}" for one in answers)
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        if ours and self._answer is not None and not self._answer.done():
            self._answer.set_result(answers)
