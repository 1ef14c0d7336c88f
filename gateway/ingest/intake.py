"""Connect for ever: messages in, journaled, acknowledged; and what we know of the broker's backlog and of gaps.

A message is acknowledged when what it left behind is durable, to the connection that brought it and no other. Memory
is bounded by ceasing to read the socket while too much is on its way to the journal.
"""

import asyncio
import contextlib
import hashlib
import random
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import fields
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import structlog

from devices.instant import Instant
from gateway.clock import Clock, ManualClock
from gateway.config import Broker
from gateway.errors import FixConfiguration, KeepwellError, TryLater
from gateway.ingest import promise
from gateway.ingest.flapping import Line
from gateway.ingest.introductions import Committer, Introductions
from gateway.ingest.kept import KeptSession, OnGap
from gateway.ingest.reception import Reception
from gateway.ingest.session import Connection
from gateway.ingest.throttle import Throttle
from gateway.ingest.wire import Packet
from gateway.model import Delivery, Directory, Taken, Trouble
from gateway.ports import Journal, Registry

_UNMARKED_QUIET = 10
_LONGEST_DRAIN_S = 600.0
_LASTING_S = 5.0

_log = structlog.get_logger("keepwell.ingest")


class Intake:
    """The gateway's side of the broker. `run()` it once; it returns after `stop()`.

    `quiet_s`: without an answer to our marker the backlog counts as drained after silence (ten times as long while the
    answer may still come). `on_gap(since, now)` is told when the broker had not kept the session it should have.
    """

    def __init__(  # noqa: PLR0913 - the seams of a stage
        self,
        settings: Broker,
        *,
        data: Path,
        journal: Journal,
        registry: Registry,
        committer: Committer,
        directory: Callable[[], Directory],
        clock: Clock,
        recording_clock: ManualClock | None = None,
        last_alive: Instant | None = None,
        on_gap: OnGap | None = None,
        quiet_s: float = 1.0,
        first_retry_s: float = 0.5,
        longest_retry_s: float = 30.0,
    ) -> None:
        self.connected = False
        self.draining = True
        self.trouble: str | None = None
        """Why we are not connected, as a sentence that names what to look at."""
        self.qos0: dict[str, int] = {}
        """Messages at QoS 0 of each registered hub: such a hub cannot be protected."""
        self._settings = settings
        self._clock = clock
        self._journal = journal
        self._committer = committer
        self._confirmed = asyncio.Event()
        self._directory = directory
        self._quiet_s = quiet_s
        self._retry_s = (first_retry_s, longest_retry_s)
        throttle = Throttle(settings.topic_burst, settings.topic_messages_per_s)
        self._reception = Reception(directory, settings.filters, clock, recording_clock, throttle, journal.lessons)
        self._introductions = Introductions(
            journal=journal,
            registry=registry,
            committer=committer,
            directory=directory,
            resolve=self._reception.resolve,
            clock=clock,
        )
        self._session = KeptSession(settings, data, journal, clock, last_alive=last_alive, on_gap=on_gap)
        self._connection: Connection | None = None
        self._connected_at = 0.0
        self._announcing: asyncio.Task[None] | None = None
        self._resuming: asyncio.Task[None] | None = None
        self._marker: bytes | None = None
        self._line = Line(settings.client_id)
        self._changed = asyncio.Condition()
        self._ending = False
        self._stopping = asyncio.Event()
        self._counts = dict.fromkeys(("qos0", "connections", "failures", "stale_acks", "pauses"), 0)

    # ------------------------------------------------------------------------------------------ for app.py

    async def run(self) -> None:
        """Serve until `stop()` or cancelled. Raises FixConfiguration at once for settings that would lose messages."""
        if found := promise.refusals(self._settings):
            raise FixConfiguration("; ".join(found))
        await _until_one_ends(self._introductions.run(), self._connect_for_ever(), self._stopping.wait())

    async def stop(self, timeout_s: float = 2.0) -> None:
        """Take nothing more, acknowledge what becomes durable within `timeout_s`, and let `run()` return."""
        self._ending = True
        if self._connection is not None:
            self._connection.pause()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._introductions.idle()
                await self._committer.drained(1)
        self._stopping.set()

    async def wait_connected(self) -> None:
        """Return once connected and subscribed."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.connected)

    async def wait_drained(self) -> None:
        """Return once what the broker had queued for us has arrived."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.connected and not self.draining)

    async def look_for_waiting(self) -> None:
        """Bind or expire waiting measurements now; otherwise that happens once a minute."""
        await self._introductions.look()

    async def follow(self, former: Directory) -> None:
        """The directory replaces `former`: retained messages are asked for again where a hub is set up otherwise."""
        if self._reception.present().sets_up_otherwise(former) and self._connection is not None and self.connected:
            with contextlib.suppress(KeepwellError):  # then they come when we connect again
                await self._connection.subscribe([one.filter for one in self._settings.filters])

    def figures(self) -> Mapping[str, float]:
        """Counters of messages and connections, and the present state as 0 or 1."""
        return {
            **self._reception.tally.figures(),
            **{name: float(count) for name, count in self._counts.items()},
            "gaps": float(self._session.gaps),
            "released": float(self._introductions.released),
            "expired": float(self._introductions.expired),
            "pending": float(self._committer.pending),
            "connected": float(self.connected),
            "draining": float(self.draining),
            "paused": float(self._connection is not None and self._connection.paused),
        }

    def troubles(self) -> Sequence[Trouble]:
        """A session that was not kept, devices that send too much or under another home's topic."""
        return (*self._session.troubles(), *self._reception.troubles(), *self._line.troubles(self._clock.now()))

    # ------------------------------------------------------------------------------------------ connections

    async def _connect_for_ever(self) -> None:
        attempt = 0
        while True:
            try:
                await self._committer.drained(self._low_water)
                async with Connection(self._settings, self._packet, self._confirmed.set) as connection:
                    self._connection = connection
                    await self._serve(connection)
            except KeepwellError as error:
                lasted = self.connected and time.monotonic() - self._connected_at > _LASTING_S
                attempt = 0 if lasted else attempt + 1
                self._note_trouble(str(error))
            finally:
                await self._let_go()
            await self._rest(attempt)

    async def _serve(self, connection: Connection) -> None:
        """Everything between CONNACK and the end of one connection."""
        await self._session.settle(connection)
        self._introductions.gap(self._session.queued_since)
        connection.resume()
        await _until_one_ends(self._live(connection), connection.until_lost())

    async def _live(self, connection: Connection) -> None:
        marked = await self._session.subscribe(connection)
        self._counts["connections"] += 1
        self.trouble = None
        self._connected_at = time.monotonic()
        await self._tell(connected=True, draining=True)
        _log.info("ingest.connected", session_present=connection.present, marked=marked)
        if marked:
            self._marker = uuid.uuid4().bytes
            connection.publish(self._session.marker_topic, self._marker)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._session.note_alive(connection))
            group.create_task(self._settle(connection))
            group.create_task(self._await_quiet(connection, marked=marked))

    async def _settle(self, connection: Connection) -> None:
        """What the broker is known to have our acknowledgement of cannot come again, but its id can."""
        while True:
            await self._confirmed.wait()
            self._confirmed.clear()
            if confirmed := connection.confirmed.take():
                with contextlib.suppress(TryLater):  # then an old id is remembered for longer
                    await self._journal.settle(self._session.name, confirmed)

    async def _await_quiet(self, connection: Connection, *, marked: bool) -> None:
        """Without our marker, silence says that the backlog is drained."""
        quiet_s = self._quiet_s * (_UNMARKED_QUIET if marked else 1)
        since = begun = time.monotonic()
        while self.draining:
            if connection.paused or self._committer.pending:
                since = time.monotonic()
            since = max(since, connection.last_heard)
            left = quiet_s - (time.monotonic() - since)
            if left <= 0 or time.monotonic() - begun > _LONGEST_DRAIN_S:
                await self._drained()
            else:
                await asyncio.sleep(min(left, 0.25))

    async def _drained(self) -> None:
        self._marker = None
        self._session.queued_since = None
        await self._tell(connected=self.connected, draining=False)

    async def _let_go(self) -> None:
        self._connection = None
        self._marker = None
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None
        if self.connected:
            self._line.lost(self._clock.now())
            self._session.save_alive()
        await self._tell(connected=False, draining=True)

    def _note_trouble(self, reason: str) -> None:
        self._counts["failures"] += 1
        if reason != self.trouble:
            _log.warning("ingest.disconnected", reason=reason)
        self.trouble = reason

    async def _rest(self, attempt: int) -> None:
        first, longest = self._retry_s
        wait_s = min(longest, first * 2 ** min(attempt, 16)) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries
        await asyncio.sleep(wait_s)

    async def _tell(self, *, connected: bool, draining: bool) -> None:
        async with self._changed:
            self.connected, self.draining = connected, draining
            self._changed.notify_all()

    # ------------------------------------------------------------------------------------------ messages

    def _packet(self, packet: Packet) -> None:
        """One message, in the order of arrival; called by the connection and never raises."""
        connection = self._connection
        if connection is None:
            return
        done = partial(self._acknowledge, connection, packet) if packet.qos else _nothing
        if packet.topic == self._session.marker_topic:
            done()
            if packet.payload == self._marker:
                self._marker = None
                self._session.queued_since = None
                self.draining = False
                self._announcing = asyncio.ensure_future(self._drained())
            return
        try:
            received = self._reception.receive(
                packet.topic,
                packet.payload,
                retained=packet.retained,
                draining=self.draining,
                queued_since=self._session.queued_since,
            )
        except Exception as error:  # noqa: BLE001 - a fault of ours on one message must not stop the others
            _log.exception("ingest.fault")
            received = self._reception.set_aside(packet.topic, packet.payload, type(error).__name__)
        if not packet.qos:
            self._note_qos0(received.hub)
        taken = received.taken
        if taken.readings or taken != _EMPTY:
            self._committer.submit(self._with(packet, taken), done)
        elif self._committer.pending:
            self._committer.submit(taken, done)  # it may repeat one that is not durable yet
        else:
            done()
        if received.described and received.hub is not None:
            self._introductions.submit(received.hub, received.described)
        if self._committer.pending >= self._settings.high_water:
            self._hold_back(connection)

    def _with(self, packet: Packet, taken: Taken) -> Taken:
        if not packet.qos or packet.topic is None:
            return taken
        digest = hashlib.blake2b(packet.topic.encode() + b"\0" + packet.payload, digest_size=16).digest()
        delivery = Delivery(self._session.name, packet.mid, digest, packet.dup)
        return Taken(delivery, *_left_behind(taken))

    def _acknowledge(self, connection: Connection, packet: Packet) -> None:
        if not connection.acknowledge(packet):
            self._counts["stale_acks"] += 1

    def _note_qos0(self, hub: str | None) -> None:
        self._counts["qos0"] += 1
        if hub is not None and hub in self._directory().hubs:
            self.qos0[hub] = self.qos0.get(hub, 0) + 1

    @property
    def _low_water(self) -> int:
        return self._settings.high_water // 2

    def _hold_back(self, connection: Connection) -> None:
        if connection.paused:
            return
        connection.pause()
        self._counts["pauses"] += 1
        self._resuming = asyncio.ensure_future(self._resume(connection))

    async def _resume(self, connection: Connection) -> None:
        await self._committer.drained(self._low_water)
        if not self._ending:
            connection.resume()


_EMPTY = Taken()
_left_behind = attrgetter(*(one.name for one in fields(Taken) if one.name != "delivery"))


async def _until_one_ends(*parts: Coroutine[Any, Any, Any]) -> None:
    """Run all until one returns or raises; its exception is ours, the others are cancelled."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for result in ended:
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result


def _nothing() -> None:
    return None
