"""What a bridge's inventory sets free: registered names become addresses, and readings that waited get bound.

No message waits for that. What is looked up in vain, or not at all as the gateway dies, is told again: inventories are
retained, and what waits is looked at every minute.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

import structlog

from devices.instant import MINUTE, Instant
from devices.measurement import Description
from gateway.clock import Clock
from gateway.errors import KeepwellError
from gateway.ingest import bind
from gateway.model import Device, Directory, Taken, is_named
from gateway.ports import Journal, Registry

WAIT_FOR_NAME = 15 * MINUTE
"""How long a measurement waits for its device's address."""
LOOK_EVERY = MINUTE
_RETRY_S = 1.0
_ATTEMPTS = 30
_MOST_AT_ONCE = 10_000
"""Descriptions of one hub; the oldest go first."""

_log = structlog.get_logger("keepwell.ingest")


class Committer(Protocol):
    """Makes what messages left behind durable, in order, many at a time. `done` is called once it is."""

    @property
    def pending(self) -> int:
        """Submitted and not durable yet."""
        ...

    def submit(self, taken: Taken, done: Callable[[], None]) -> None:
        """Queue one message's leavings."""
        ...

    async def drained(self, below: int) -> None:
        """Return once fewer than `below` are pending."""
        ...


class Introductions:
    """Looks up, away from the stream of messages, what an inventory changes; and ends waits that were in vain."""

    def __init__(
        self,
        *,
        journal: Journal,
        registry: Registry,
        committer: Committer,
        directory: Callable[[], Directory],
        resolve: Callable[[str], Callable[[str], str | None]],
        clock: Clock,
    ) -> None:
        self.released = 0
        self.expired = 0
        self._journal = journal
        self._registry = registry
        self._committer = committer
        self._directory = directory
        self._resolve = resolve
        self._clock = clock
        self._jobs: dict[str, dict[str, Description]] = {}
        """By hub and address, the latest: some conventions introduce one thing a message."""
        self._some = asyncio.Event()
        self._none = asyncio.Event()
        self._none.set()
        self._one_at_a_time = asyncio.Lock()
        self._gap_started: Instant | None = None

    async def idle(self) -> None:
        """Return once everything is looked up."""
        await self._none.wait()

    def gap(self, started: Instant | None) -> None:
        """Since when messages of the present backlog may have been queued."""
        self._gap_started = started

    def submit(self, hub: str, described: Iterable[Description]) -> None:
        """Look up what these change, as soon as can be."""
        job = self._jobs.setdefault(hub, {})
        job |= {one.address: one for one in described}
        while len(job) > _MOST_AT_ONCE:
            del job[next(iter(job))]
        self._none.clear()
        self._some.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._serve())
            group.create_task(self._look_for_ever())

    async def _serve(self) -> None:
        while True:
            await self._some.wait()
            hub = next(iter(self._jobs))
            described = self._jobs.pop(hub)  # what is told meanwhile is another job
            for _ in range(_ATTEMPTS):
                try:
                    await self._look_up(hub, described.values())
                except KeepwellError as error:
                    _log.warning("ingest.inventory_later", hub=hub, reason=str(error))
                    await asyncio.sleep(_RETRY_S)
                except Exception:  # noqa: BLE001 - one hub's inventory must not stop the others'
                    _log.exception("ingest.inventory_failed", hub=hub)
                    break
                else:
                    break
            if not self._jobs:
                self._some.clear()
                self._none.set()

    async def _look_up(self, hub: str, described: Iterable[Description]) -> None:
        directory = self._directory()
        home = bind.consenting_home(directory, hub)
        if home is None:
            return
        resolve = self._resolve(hub)
        for device in home.devices:
            if device.hub == hub and is_named(device.address) and (address := resolve(device.address)):
                await self._registry.resolve_address(hub, device.address, address)
        for one in described:
            found = bind.find(directory, hub, one.address, resolve)
            if found is not None and _is_news(found[1], one):
                await self._registry.describe(hub, resolve(found[1].address) or found[1].address, one)
        await self._free(hub, None)

    async def _free(self, hub: str, too_old: Instant | None) -> None:
        """Bind what waits and can be bound, and give up on what came before `too_old`; return once that is durable."""
        async with self._one_at_a_time:  # else another would find, and bind, the same ones again
            await self._commit(Taken())  # what was submitted before is to be found by `waiting`
            waiting = await self._journal.waiting(hub)
            if not waiting:
                return
            resolve, now = self._resolve(hub), self._clock.now()
            freed = bind.release(self._directory(), waiting, resolve, now, self._gap_started)
            left = [entry for entry in waiting if entry.id not in freed.released]
            given_up = Taken() if too_old is None else bind.expire(left, too_old)
            taken = replace(
                freed,
                sightings=freed.sightings + given_up.sightings,
                released=freed.released + given_up.released,
            )
            if taken.released:
                await self._commit(taken)
                self.released += len(freed.released)
                self.expired += len(given_up.released)

    async def _commit(self, taken: Taken) -> None:
        done = asyncio.Event()
        self._committer.submit(taken, done.set)
        await done.wait()

    async def _look_for_ever(self) -> None:
        while True:
            await self._clock.wait_until(self._clock.now() + LOOK_EVERY)
            try:
                await self.look()
            except KeepwellError as error:
                _log.warning("ingest.waiting_later", reason=str(error))

    async def look(self) -> None:
        """Bind what can be bound by now, and give up on what has waited too long."""
        too_old = self._clock.now() - WAIT_FOR_NAME
        if (await self._journal.counts()).get("waiting", 0):
            for hub in self._directory().hubs:
                await self._free(hub, too_old)
        self.expired += await self._journal.expire_waiting(too_old - MINUTE)  # of hubs that are registered no more


def _is_news(device: Device, told: Description) -> bool:
    """Whether it says more of a registered device than is known; discovery tells every device many times over."""
    return (
        not set(device.quantities).issuperset(told.quantities)
        or (device.model is None and bool(told.model))
        or (device.maker is None and bool(told.maker))
    )
