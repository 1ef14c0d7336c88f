"""A journal and a committer on paper, under the test's control: durable when the test says so."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from devices.instant import Instant
from gateway.model import Delivery, Journaled, Quarantined, Reading, SightingSummary, Taken, Waiting


class PaperJournal:
    """What ingest needs of a journal, and what a test asks of it."""

    def __init__(self) -> None:
        self.kept: list[Taken] = []
        self.sessions: list[str] = []
        self.duplicates_dropped = 0
        self._waiting: dict[int, Waiting] = {}
        self._deliveries: set[tuple[str, int, bytes]] = set()

    @property
    def readings(self) -> list[Reading]:
        return [reading for taken in self.kept for reading in taken.readings]

    def keep(self, taken: Taken) -> None:
        if self._is_repeat(taken.delivery):
            self.duplicates_dropped += 1
            return
        self.kept.append(taken)
        for entry in taken.waiting:
            number = len(self._waiting) + len(self.kept)
            self._waiting[number] = replace(entry, id=number)
        for number in taken.released:
            self._waiting.pop(number, None)

    def _is_repeat(self, delivery: Delivery | None) -> bool:
        if delivery is None:
            return False
        key = (delivery.session, delivery.mid, delivery.digest)
        repeat = delivery.dup and key in self._deliveries
        self._deliveries.add(key)
        return repeat

    async def new_session(self, session: str) -> None:
        self.sessions.append(session)

    async def waiting(self, hub: str) -> Sequence[Waiting]:
        return [entry for entry in self._waiting.values() if entry.hub == hub]

    async def expire_waiting(self, older_than: Instant) -> int:
        old = [number for number, entry in self._waiting.items() if entry.received_at < older_than]
        for number in old:
            del self._waiting[number]
        return len(old)

    async def counts(self) -> Mapping[str, int]:
        return {"waiting": len(self._waiting)}

    async def append(self, batch: Sequence[Taken]) -> int:
        for taken in batch:
            self.keep(taken)
        return len(self.readings)

    async def read(self, after: int, limit: int) -> Sequence[Journaled]:
        raise NotImplementedError

    async def wait(self, after: int) -> None:
        raise NotImplementedError

    async def end(self) -> int:
        raise NotImplementedError

    async def cursor(self, reader: str) -> int:
        raise NotImplementedError

    async def advance(self, reader: str, offset: int) -> None:
        raise NotImplementedError

    async def prune(self, older_than: Instant, readers: Iterable[str]) -> int:
        raise NotImplementedError

    async def sightings(self) -> Sequence[SightingSummary]:
        raise NotImplementedError

    async def quarantine(self, limit: int = 100) -> Sequence[Quarantined]:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


class PaperCommitter:
    """Durable at the next turn of the loop, or, while `held`, not before `release()`."""

    def __init__(self, journal: PaperJournal, *, held: bool = False) -> None:
        self.journal = journal
        self.held = held
        self.most_pending = 0
        self._queue: list[tuple[Taken, Callable[[], None]]] = []
        self._moved = asyncio.Event()

    @property
    def pending(self) -> int:
        return len(self._queue)

    def submit(self, taken: Taken, done: Callable[[], None]) -> None:
        self._queue.append((taken, done))
        self.most_pending = max(self.most_pending, len(self._queue))
        if not self.held:
            asyncio.get_running_loop().call_soon(self.release)

    def release(self, count: int | None = None) -> None:
        """Make the oldest `count` (all) durable, and say so."""
        batch, self._queue = (self._queue, []) if count is None else (self._queue[:count], self._queue[count:])
        for taken, done in batch:
            self.journal.keep(taken)
            done()
        self._moved.set()
        self._moved = asyncio.Event()

    def let_go(self) -> None:
        """No longer held."""
        self.held = False
        self.release()

    async def drained(self, below: int) -> None:
        while len(self._queue) >= max(1, below):
            await self._moved.wait()


class PaperRegistry:
    """Remembers what was re-keyed."""

    def __init__(self) -> None:
        self.resolved: list[tuple[str, str, str]] = []

    async def resolve_address(self, hub: str, named: str, address: str) -> bool:
        self.resolved.append((hub, named, address))
        return True

    async def directory(self) -> object:
        raise NotImplementedError

    async def revision(self) -> int:
        raise NotImplementedError
