"""One connection to the broker: messages in order, acknowledged by hand, and reading that can be held back.

Our own client and no library's, because the guarantees lie in what libraries hide (decision 013): the DUP flag, the
moment of the acknowledgement, the socket that is not read while too much is on its way to the journal.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from gateway.broker import secret, tls_context
from gateway.config import Broker
from gateway.errors import KeepwellError, TryLater
from gateway.ingest import trouble, wire
from gateway.ingest.confirmed import Confirmations
from gateway.ingest.wire import Kind, Packet

_READ_AT_ONCE = 16_384
_ANSWER_TIMEOUT_S = 10.0
_GOODBYE_TIMEOUT_S = 1.0
_CONFIRM_EVERY_S = 2.0
_SILENCE = 1.5
"""Times the keep-alive without a word after which a connection is lost (MQTT 5, 3.1.2.10, for the other side)."""


class Connection(asyncio.BufferedProtocol):
    """One connection. It begins paused: nothing is read after CONNACK until `resume()`.

    `on_packet` is called for each message in order and must not raise, `on_confirmed` when there is more to be taken
    from `confirmed`: ids whose acknowledgement the broker has. `present` is CONNACK's session-present flag,
    `session_expiry_s` what an MQTT 5 broker answered, None where it took ours. An acknowledgement belongs to its
    connection: once that is lost it does nothing.
    """

    def __init__(
        self,
        settings: Broker,
        on_packet: Callable[[Packet], None],
        on_confirmed: Callable[[], None] = lambda: None,
    ) -> None:
        self.present = False
        self.session_expiry_s: int | None = None
        self.paused = False
        self.last_heard = time.monotonic()
        """When the broker was last known to reach us (monotonic seconds)."""
        self._settings = settings
        self.confirmed = Confirmations()
        self._on_packet = on_packet
        self._on_confirmed = on_confirmed
        self._level = 5 if settings.protocol == "5" else 4
        self._ping_every_s = settings.keepalive_s / 2
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._read = memoryview(bytearray(_READ_AT_ONCE))
        """A view: under TLS, asyncio fills slices of it."""
        self._chunks: list[bytes] = []
        self._have = self._want = 0
        self._acknowledged: list[bytes] = []
        self._mid = 0
        self._greeted: asyncio.Future[wire.Connected] = self._loop.create_future()
        self._answers: dict[int, asyncio.Future[list[int]]] = {}
        self._lost: asyncio.Future[str] = self._loop.create_future()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._beat: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Connect. Raises TryLater or FixConfiguration with a sentence that names what to look at."""
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                await self._connect()
        except BaseException as error:
            await self._leave("we gave up")
            if isinstance(error, KeepwellError | asyncio.CancelledError):
                raise
            raise trouble.explain(error, self._settings) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye where there is still someone to say it to; the broker keeps the session."""
        if not self.lost:
            self._flush()
            self._send(wire.disconnect(level=self._level))
        await self._leave("we said goodbye")

    @property
    def lost(self) -> bool:
        """Whether it is over."""
        return self._lost.done()

    async def until_lost(self) -> None:
        """Wait for the end; raises TryLater, which says how it came."""
        reason = await asyncio.shield(self._lost)
        raise TryLater(f"the connection to the broker was lost ({reason})")

    def acknowledge(self, packet: Packet) -> bool:
        """Tell the broker that the message is durable; False when that came too late for this connection."""
        if self._lost.done():
            return False
        if not self._acknowledged:
            self._loop.call_soon(self._flush)
        self._acknowledged.append(wire.acknowledge(packet.mid, packet.qos))
        self.confirmed.acknowledged(packet.mid)
        return True

    def pause(self) -> None:
        """Cease to read: TCP then holds the broker back, and nothing is dropped."""
        if not self.paused and self._transport is not None and not self.lost:
            self.paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again, beginning with what has arrived already."""
        if self.paused and self._transport is not None and not self.lost:
            self.paused = False
            self.last_heard = time.monotonic()
            self._loop.call_soon(self._go_on)

    async def subscribe(self, filters: Sequence[str]) -> list[int]:
        """Subscribe at exactly QoS 1; the granted QoS of each, 128 and above for a refusal."""
        mid = self._next_mid()
        codes = await self._ask(mid, wire.subscribe(mid, filters, level=self._level))
        if len(codes) != len(filters):
            raise TryLater(f"the broker answered {len(codes)} of {len(filters)} subscriptions")
        return codes

    async def unsubscribe(self, filters: Sequence[str]) -> None:
        """End subscriptions that the kept session still holds."""
        mid = self._next_mid()
        await self._ask(mid, wire.unsubscribe(mid, filters, level=self._level))

    def publish(self, topic: str, payload: bytes) -> None:
        """Send one QoS 1 message and do not wait."""
        self._send(wire.publish(self._next_mid(), topic, payload, level=self._level))

    # ------------------------------------------------------------------------------------------ asking

    async def _connect(self) -> None:
        settings = self._settings
        context = None if settings.tls is None else tls_context(settings.tls)
        greeting = wire.connect(
            settings.client_id,
            level=self._level,
            clean=settings.clean_session,
            keepalive_s=settings.keepalive_s,
            session_expiry_s=settings.session_expiry_s,
            username=settings.username,
            password=secret(settings),
        )
        await self._loop.create_connection(lambda: self, settings.host, settings.port, ssl=context)
        self._send(greeting)
        await _first(self._greeted, self._lost)
        if not self._greeted.done() and not self.lost:
            raise TimeoutError
        if not self._greeted.done():
            raise ConnectionError(f"it closed the connection before it answered: {self._lost.result()}")
        answer = self._greeted.result()
        if answer.code:
            raise trouble.refused(answer.code, settings)
        self.present, self.session_expiry_s = answer.present, answer.session_expiry_s
        if answer.keepalive_s:
            self._ping_every_s = min(self._ping_every_s, answer.keepalive_s / 2)
        self._keep_alive()

    async def _ask(self, mid: int, packet: bytes) -> list[int]:
        answer: asyncio.Future[list[int]] = self._loop.create_future()
        self._answers[mid] = answer
        try:
            self._send(packet)
            await _first(answer, self._lost)
        finally:
            del self._answers[mid]
        if answer.done():
            return answer.result()
        where = f"the broker at {self._settings.host}:{self._settings.port}"
        raise TryLater(f"{where} " + (f"was lost ({self._lost.result()})" if self.lost else "does not answer"))

    def _next_mid(self) -> int:
        self._mid = self._mid % 0xFFFF + 1
        return self._mid

    def _send(self, packet: bytes) -> None:
        if self._transport is not None and not self.lost:
            self._transport.write(packet)

    def _flush(self) -> None:
        acknowledged, self._acknowledged = self._acknowledged, []
        if acknowledged:
            self._send(b"".join(acknowledged))

    def _keep_alive(self) -> None:
        """Ping so that the broker keeps us, and notice when it has gone. While we do not read, silence is our own."""
        silent_s = time.monotonic() - self.last_heard
        if self.lost:
            return
        if not self.paused and silent_s > _SILENCE * self._settings.keepalive_s:
            self._end(f"it has said nothing for {silent_s:.0f} s")
            if self._transport is not None:
                self._transport.abort()
            return
        self._flush()
        self._send(wire.PING)
        self.confirmed.asked()
        soon = self.confirmed.waiting  # a little at a time is less to note at once
        self._beat = self._loop.call_later(
            min(self._ping_every_s, _CONFIRM_EVERY_S) if soon else self._ping_every_s, self._keep_alive
        )

    def _end(self, reason: str) -> None:
        if not self._lost.done():
            self._lost.set_result(reason)
        if self._beat is not None:
            self._beat.cancel()
        if self._transport is not None:
            self._transport.close()

    async def _leave(self, reason: str) -> None:
        """End it, and give what was sent a moment to get out."""
        self._end(reason)
        if self._transport is None:
            return
        try:
            async with asyncio.timeout(_GOODBYE_TIMEOUT_S):
                await asyncio.shield(self._closed)
        except TimeoutError:
            self._transport.abort()
            await self._closed

    # ------------------------------------------------------------------------------------------ called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line is there."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_connection makes
        self._transport = transport
        if self.lost:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The line has gone."""
        self._end(str(exc) if exc is not None else "the broker closed it")
        if not self._closed.done():
            self._closed.set_result(None)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Where asyncio reads to."""
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes have arrived."""
        self.last_heard = time.monotonic()
        self._chunks.append(bytes(self._read[:nbytes]))
        self._have += nbytes
        self._take()

    def _go_on(self) -> None:
        if not self.paused and not self.lost and self._transport is not None:
            self._take()
            if not self.paused and not self.lost:
                self._transport.resume_reading()

    def _take(self) -> None:
        """Every whole packet that has arrived, until we pause; what is left over waits for more."""
        if self._have < self._want or self.paused:
            return
        data = b"".join(self._chunks) if len(self._chunks) != 1 else self._chunks[0]
        try:
            used = self._packets(data)
        except wire.Malformed as error:
            self._end(f"the broker sent {error}, which is not MQTT")
            used = len(data)
        self._chunks = [data[used:]]
        self._have = len(data) - used

    def _packets(self, data: bytes) -> int:
        """Take the packets in `data`; how many bytes they were."""
        at, end, level = 0, len(data), self._level
        self._want = 0
        while not self.paused and not self._lost.done():
            if end - at < 2:
                break
            if data[at + 1] < 0x80:
                start, stop = at + 2, at + 2 + data[at + 1]
            else:
                found = wire.bounds(data, at)
                if found is None:
                    break
                start, stop = found
            if stop > end:
                self._want = stop - at
                break
            first = data[at]
            at = stop
            if first >> 4 == 3:
                packet = wire.published(first, data, start, stop, level=level)
                self.confirmed.received(packet.mid)
                self._on_packet(packet)
            else:
                self._control(first >> 4, data[start:stop])
        return at

    def _control(self, kind: int, body: bytes) -> None:
        if kind == Kind.CONNACK and not self._greeted.done():
            self._greeted.set_result(wire.connected(body, level=self._level))
            self.pause()
        elif kind in {Kind.SUBACK, Kind.UNSUBACK}:
            mid, codes = wire.granted(body, level=self._level)
            answer = self._answers.get(mid)
            if answer is not None and not answer.done():
                answer.set_result(codes)
        elif kind == Kind.DISCONNECT:
            self._end(f"the broker ended it with reason {wire.farewell(body):#x}")
        elif kind == Kind.PUBREL:
            self._send(wire.complete(body[:2]))
        elif kind == Kind.PINGRESP:
            self.confirmed.answered()
            self._on_confirmed()
        elif kind != Kind.PUBACK:
            raise wire.Malformed(f"a packet of type {kind}")


async def _first(*answers: asyncio.Future[Any]) -> None:
    """Wait for one of them, for as long as one waits for an answer."""
    await asyncio.wait(answers, timeout=_ANSWER_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
