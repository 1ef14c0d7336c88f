"""One connection to the broker, with what aiomqtt 2.5 does not offer; the only place that touches its private parts.

Facts it rests on, read in aiomqtt 2.5 and paho-mqtt 2.1/2.2: released aiomqtt acknowledges on arrival (paho's
`manual_ack_set` stops that); its `Message` has no DUP flag (paho's has, so messages are taken in paho's `on_message`,
which also spares a queue and a task for every message); its queue drops when it is bounded (we cease to read the
socket instead); its `on_connect` throws CONNACK's flags away; a client object used for a second connection sends the
first one's acknowledgements, which then hit new messages (so one object serves one connection).
"""

import asyncio
import contextlib
import logging
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

import aiomqtt
import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gateway.config import Broker, Tls
from gateway.errors import FixConfiguration, TryLater
from gateway.ingest import trouble

READS_AT_ONCE = 64
_ANSWER_TIMEOUT_S = 10.0
_ABANDON_TIMEOUT_S = 3.0
_LOGGER = logging.getLogger("keepwell.mqtt")
_LOGGER.setLevel(logging.CRITICAL)  # its troubles come to us as exceptions, and are told once and in words


class Packet(NamedTuple):
    """One PUBLISH as it came over the wire. `topic` is None when it is not valid UTF-8."""

    topic: str | None
    payload: bytes
    qos: int
    retained: bool
    dup: bool
    mid: int


class Connection:
    """One connection. It begins paused: nothing is read after CONNACK until `resume()`.

    `on_packet` is called for each message in order and must not raise. `present` is CONNACK's session-present flag,
    `session_expiry_s` what an MQTT 5 broker answered, None where it took ours. An acknowledgement belongs to its
    connection: once that is lost it does nothing.
    """

    def __init__(self, settings: Broker, on_packet: Callable[["Packet"], None]) -> None:
        self.present = False
        self.session_expiry_s: int | None = None
        self.paused = False
        self.last_heard = time.monotonic()
        self._settings = settings
        self._on_packet = on_packet
        self._arrived = 0
        self._ping_seen_at: float | None = None
        self._socket: socket.socket | None = None
        self._client = _client(settings)
        self._paho = self._client._client  # noqa: SLF001
        self._paho.manual_ack_set(True)
        self._paho.on_connect = self._connected
        self._paho.on_disconnect = self._disconnected
        self._paho.on_message = self._message
        self._paho.on_socket_open = self._opened  # type: ignore[assignment] # never a websocket

    async def __aenter__(self) -> Self:
        """Connect. Raises TryLater or FixConfiguration with a sentence that names what to look at."""
        entering = asyncio.ensure_future(self._client.__aenter__())
        try:
            await asyncio.shield(entering)
        except asyncio.CancelledError:
            await asyncio.wait({entering}, timeout=_ABANDON_TIMEOUT_S)  # its thread cannot be interrupted
            entering.cancel()
            self._close()
            raise
        except Exception as error:
            self._close()
            raise trouble.explain(error, self._settings) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye where there is still someone to say it to; the broker keeps the session."""
        try:
            with contextlib.suppress(aiomqtt.MqttError):
                await self._client.__aexit__(None, None, None)
        finally:
            self._close()

    @property
    def lost(self) -> bool:
        """Whether it is over."""
        return self._socket is None or self._socket.fileno() < 0 or self._client._disconnected.done()  # noqa: SLF001

    async def until_lost(self) -> None:
        """Wait for the end; raises TryLater, which says how it came."""
        try:
            await asyncio.shield(self._client._disconnected)  # noqa: SLF001
        except aiomqtt.MqttError as error:
            raise TryLater(f"the connection to the broker was lost ({error})") from error
        raise TryLater("the broker closed the connection")

    def acknowledge(self, packet: Packet) -> bool:
        """Tell the broker that the message is durable; False when that came too late for this connection."""
        if self.lost:
            return False
        self._paho.ack(packet.mid, packet.qos)
        return True

    def pause(self) -> None:
        """Cease to read: TCP then holds the broker back, and nothing is dropped."""
        if not self.paused and self._socket is not None and not self.lost:
            self.paused = True
            asyncio.get_running_loop().remove_reader(self._socket)

    def resume(self) -> None:
        """Read again, beginning with what TLS may have decrypted already."""
        if self.paused and self._socket is not None and not self.lost:
            self.paused = False
            loop = asyncio.get_running_loop()
            loop.add_reader(self._socket, self._readable)
            loop.call_soon(self._readable)

    async def subscribe(self, filters: Sequence[str]) -> list[int]:
        """Subscribe at exactly QoS 1; the granted QoS of each, 128 and above for a refusal."""
        with trouble.explained(self._settings):
            granted = await self._client.subscribe([(one, 1) for one in filters], timeout=_ANSWER_TIMEOUT_S)
        return [code if isinstance(code, int) else int(code.value) for code in granted]

    async def unsubscribe(self, filters: Sequence[str]) -> None:
        """End subscriptions that the kept session still holds."""
        with trouble.explained(self._settings):
            await self._client.unsubscribe(list(filters), timeout=_ANSWER_TIMEOUT_S)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send one QoS 1 message and do not wait."""
        self._paho.publish(topic, payload, qos=1)

    def listen(self) -> float:
        """When the broker was last known to reach us (monotonic seconds); call it about once a second."""
        pinged_at = self._paho._ping_t  # noqa: SLF001
        if not pinged_at and self._ping_seen_at is not None:
            self.last_heard = max(self.last_heard, self._ping_seen_at)  # its answer came after we last looked
        self._ping_seen_at = time.monotonic() if pinged_at else None
        return self.last_heard

    # ------------------------------------------------------------------------------------------ called by paho

    def _connected(
        self,
        client: paho.Client,
        userdata: object,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self.present = bool(flags.session_present)
        self.session_expiry_s = getattr(properties, "SessionExpiryInterval", None)
        self.last_heard = time.monotonic()
        self.pause()
        self._client._on_connect(client, userdata, flags, reason, properties)  # noqa: SLF001

    def _disconnected(
        self,
        client: paho.Client,
        userdata: object,
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        connected = self._client._connected  # noqa: SLF001
        if not connected.done():  # aiomqtt would wait for its time-out
            connected.set_exception(aiomqtt.MqttError("it closed the connection before it answered"))
        self._client._on_disconnect(client, userdata, flags, reason, properties)  # noqa: SLF001

    def _message(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        self._arrived += 1
        self.last_heard = time.monotonic()
        try:
            topic: str | None = message.topic
        except UnicodeDecodeError:
            topic = None
        self._on_packet(
            Packet(topic, bytes(message.payload), message.qos, bool(message.retain), bool(message.dup), message.mid)
        )

    def _opened(self, client: paho.Client, userdata: object, opened: socket.socket) -> None:
        # Called in the thread that connects; aiomqtt posts its reader and its keep-alive task to the loop, then comes
        # ours and replaces the reader.
        self._socket = opened
        loop = self._client._loop  # noqa: SLF001
        self._client._on_socket_open(client, userdata, opened)  # noqa: SLF001
        loop.call_soon_threadsafe(self._start_reading, opened)

    def _start_reading(self, opened: socket.socket) -> None:
        if opened.fileno() >= 0 and not self.paused:
            self._client._loop.add_reader(opened, self._readable)  # noqa: SLF001

    def _readable(self) -> None:
        if self.paused or self.lost:
            return
        try:
            for _ in range(READS_AT_ONCE):
                before = self._arrived
                self._paho.loop_read()
                if self.paused or self.lost or (self._arrived == before and not self._decrypted()):
                    return
        except Exception as error:  # noqa: BLE001 - the same as aiomqtt's own reader: the connection is broken
            if not self._client._disconnected.done():  # noqa: SLF001
                self._client._disconnected.set_exception(aiomqtt.MqttError(str(error)))  # noqa: SLF001
            return
        if self._decrypted():
            self._client._loop.call_soon(self._readable)  # noqa: SLF001

    def _decrypted(self) -> int:
        """Bytes that TLS holds already: the socket will not announce them again."""
        return self._socket.pending() if isinstance(self._socket, ssl.SSLSocket) else 0

    def _close(self) -> None:
        self._socket = None
        self._paho._sock_close()  # noqa: SLF001
        task = self._client._misc_task  # noqa: SLF001
        if task is not None:
            task.cancel()
        ended = self._client._disconnected  # noqa: SLF001
        if ended.done() and not ended.cancelled():
            ended.exception()  # seen: asyncio need not report it


def _client(settings: Broker) -> aiomqtt.Client:
    try:
        secret = settings.secret()
    except (OSError, UnicodeDecodeError) as error:
        raise FixConfiguration(f"[broker] password_file cannot be read: {error}") from error
    common: dict[str, Any] = {
        "hostname": settings.host,
        "port": settings.port,
        "identifier": settings.client_id,
        "username": settings.username,
        "password": secret,
        "keepalive": settings.keepalive_s,
        "tls_context": None if settings.tls is None else tls_context(settings.tls),
        "max_queued_incoming_messages": 0,
        "timeout": _ANSWER_TIMEOUT_S,
        "logger": _LOGGER,
    }
    if settings.protocol == "5":
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = settings.session_expiry_s
        return aiomqtt.Client(
            protocol=aiomqtt.ProtocolVersion.V5, clean_start=settings.clean_session, properties=properties, **common
        )
    return aiomqtt.Client(protocol=aiomqtt.ProtocolVersion.V311, clean_session=settings.clean_session, **common)


def tls_context(tls: Tls) -> ssl.SSLContext:
    """What the settings ask for; FixConfiguration names the file that cannot be used."""
    try:
        context = ssl.create_default_context(cafile=None if tls.ca is None else str(tls.ca))
    except (OSError, ssl.SSLError) as error:
        raise FixConfiguration(f"[broker.tls] ca = {tls.ca} cannot be used: {error}") from error
    if tls.certificate is not None and tls.key is not None:
        try:
            context.load_cert_chain(tls.certificate, tls.key)
        except (OSError, ssl.SSLError) as error:
            raise FixConfiguration(
                f"[broker.tls] certificate = {tls.certificate} and key = {tls.key} cannot be used: {error}"
            ) from error
    return context
