"""`mqtt:`, messages as JSON on `keepwell/homes/<hub>/alert`, which lies outside what we subscribe to.

QoS 1, not retained: {"message_id", "kind", "alert", "home", "rule", "state", "priority", "title", "body", "step",
"round", "contact", "may_be_repeat", "event_at", "raised_at"}; times are RFC 3339 in UTC, null for a digest of several.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

import aiomqtt
import orjson
import structlog

from devices.instant import Instant, rfc3339
from gateway.broker import client_of
from gateway.config import Broker
from gateway.errors import FixConfiguration, GiveUp, TryLater
from gateway.model import Notice

Publish = Callable[[str, bytes], Awaitable[None]]
_STABLE_S = 60.0
"""A connection that lasted so long and then breaks is news again."""
_log = structlog.get_logger("keepwell.notify")


class MqttChannel:
    """Publishes for each hub of the home. `publish` returns once the broker has acknowledged (PUBACK)."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish

    def handles(self, address: str) -> bool:
        """Whether it is `mqtt:`."""
        return address.lower() == "mqtt:"

    async def send(self, notice: Notice) -> None:
        """Return once the broker has it for every hub."""
        if not notice.hubs:
            raise GiveUp(f"home {notice.home} has no hub, so it has no topic for alerts")
        payload = orjson.dumps(
            {
                "message_id": notice.message_id,
                "kind": notice.kind,
                "alert": notice.alert,
                "home": notice.home,
                "rule": notice.rule,
                "state": notice.state,
                "priority": notice.priority,
                "title": notice.title,
                "body": notice.body,
                "step": notice.step,
                "round": notice.round,
                "contact": notice.contact.name,
                "may_be_repeat": notice.may_be_repeat,
                "event_at": _time(notice.event_at),
                "raised_at": _time(notice.raised_at),
            }
        )
        for hub in notice.hubs:
            await self._publish(f"keepwell/homes/{hub}/alert", payload)


def _time(moment: Instant | None) -> str | None:
    return None if moment is None else rfc3339(moment)


class MqttPublisher:
    """A connection of its own for publishing, with a clean session and the client id suffix `-notify`."""

    def __init__(self, broker: Broker, *, timeout_s: float = 10.0, longest_wait_s: float = 30.0) -> None:
        self._broker = broker
        self._timeout_s = timeout_s
        self._longest_wait_s = longest_wait_s
        self._client: aiomqtt.Client | None = None
        self._reported: str | None = None
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Keep connected, for ever, with jittered backoff. One line in the log for each reason, not for each try."""
        wait_s = min(0.5, self._longest_wait_s)
        clock = asyncio.get_running_loop().time
        while True:
            since = None
            try:
                async with self._new_client() as client:
                    self._client = client
                    self.connected.set()
                    since = clock()
                    wait_s = 0.5
                    async for _ in client.messages:  # none are subscribed to; ends with the connection
                        pass
            except (aiomqtt.MqttError, FixConfiguration, OSError) as error:
                self._report(error, lasted=since is not None and clock() - since > _STABLE_S)
            finally:
                self._client = None
                self.connected.clear()
            await asyncio.sleep(wait_s * (0.75 + 0.5 * random.random()))  # noqa: S311 - spreads load, guards nothing
            wait_s = min(self._longest_wait_s, wait_s * 2)

    def _report(self, error: Exception, *, lasted: bool) -> None:
        """Say why there is no connection: once a reason, and again after a connection that `lasted`."""
        reason = str(error) or type(error).__name__
        if reason == self._reported and not lasted:
            return
        self._reported = reason
        broker = self._broker
        _log.warning(
            "alert_publisher_disconnected",
            why=f"no connection to the MQTT broker at {broker.host}:{broker.port} ({reason}): "
            "messages to mqtt: addresses wait, and we go on trying",
        )

    async def publish(self, topic: str, payload: bytes) -> None:
        """Return at the broker's PUBACK. TryLater while not connected; TimeoutError when it may have got through."""
        client = self._client
        if client is None:
            raise TryLater("not connected to the MQTT broker")
        try:
            async with asyncio.timeout(self._timeout_s):
                await client.publish(topic, payload, qos=1, timeout=self._timeout_s * 2)
        except aiomqtt.MqttError as error:
            raise TryLater(f"the MQTT broker did not take the message ({type(error).__name__})") from error

    def _new_client(self) -> aiomqtt.Client:
        return client_of(self._broker, "notify", timeout=self._timeout_s)
