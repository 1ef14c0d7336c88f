"""A journal and a committer on paper, under the test's control: durable when the test says so."""

import asyncio
from collections.abc import Callable

from gateway.journal.memory import MemoryJournal
from gateway.model import Reading, Taken


class PaperJournal(MemoryJournal):
    """The journal in memory, and what a test asks of it."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Taken] = []
        self.sessions: list[str] = []

    @property
    def readings(self) -> list[Reading]:
        return [entry.reading for entry in self._entries]

    @property
    def duplicates_dropped(self) -> int:
        return self._counters["duplicates_dropped"]

    @property
    def settled(self) -> int:
        return sum(settled for _, settled in self._deliveries.values())

    def keep(self, taken: Taken) -> None:
        """Append at once, without a turn of the loop."""
        before = self.duplicates_dropped
        appending = self.append([taken])
        try:
            appending.send(None)
        except StopIteration:
            pass
        else:
            raise AssertionError("appending in memory waits for nothing")
        if self.duplicates_dropped == before:
            self.kept.append(taken)

    async def new_session(self, session: str) -> None:
        self.sessions.append(session)
        await super().new_session(session)


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
