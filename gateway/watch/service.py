"""The live loop of watch: journal and clock in, committed effects out. It resumes exactly where it was killed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog

from devices.instant import HOUR, MINUTE, SECOND, Instant
from gateway.clock import Clock
from gateway.model import Directory, Home, Journaled
from gateway.ports import Desk, Journal
from gateway.watch.engine import Effects, Engine

_log = structlog.get_logger("keepwell.watch")
_BATCH = 1_000
_HOMES_AT_ONCE = 50
_SPAN = 5 * MINUTE
_WHILE_DEAF_S = 0.2
_RETRY_S = 1.0
_LONGEST_NAP = HOUR
_LOOKS_AT_CLOCK_S = 2.0
"""So often at least, as a clock that was put back would let us sleep on."""
_TOGETHER_S = 0.1
_MOST_TOGETHER_S = 1.0
_COMMITTING = 0.1
"""What brings about no verdict is committed together: every so often, and so that it takes about a tenth of the time.

After a crash it is read again.
"""


class Watch:
    """Runs the engine over the journal. `listening` tells that we are connected and the broker's backlog has arrived.

    While it is not so the clock's timers wait: what the backlog proves must be known before silence is judged, and
    time in which we could not listen is nobody's silence. `settled` tells that nothing received is still on its way to
    the journal: only then does an empty journal mean that nothing happened. Effects that could not be committed are
    tried again until they are; nothing further is read meanwhile.

    `stepped` tells by how much the machine's clock was put forward or back since the start.

    With a recording, `arrival_clock` is the time of what arrives, and `reached` is told how far the rules have come.
    """

    def __init__(  # noqa: PLR0913 - the composition root names them
        self,
        journal: Journal,
        desk: Desk,
        clock: Clock,
        *,
        listening: Callable[[], bool] = lambda: True,
        settled: Callable[[], bool] = lambda: True,
        arrival_clock: Clock | None = None,
        reached: Callable[[Instant], Awaitable[object]] | None = None,
        stepped: Callable[[], int] = lambda: 0,
    ) -> None:
        self.engine = Engine()
        self.cursor = 0
        """Everything up to this offset has been committed."""
        self.taken_to = 0
        """Everything up to this offset has been taken in, and what was concluded from it has been committed."""
        self._journal = journal
        self._desk = desk
        self._clock = clock
        self._listening = listening
        self._settled = settled
        self._arrival_clock = arrival_clock or clock
        self._reached = reached
        self._stepped = stepped
        self._followed = 0
        self._deaf_since: Instant | None = 0
        self._directory: Directory | None = None
        self._latest: Directory | None = None
        self._changed = asyncio.Event()
        self._position = 0
        self._commit_by: float | None = None
        self._commit_took_s = 0.0
        self._taken = 0
        self._failed_commits = 0

    def use(self, directory: Directory) -> None:
        """Take up the registry's present picture with the next turn."""
        self._directory = self._latest = directory
        self._changed.set()

    def unlearned(self) -> Sequence[Home]:
        """Homes of which no day is known yet."""
        return [watch.view.home for watch in self.engine.homes().values() if not watch.view.routine.days]

    def teach(self, home: str, data: bytes) -> None:
        """What a home's days have taught, learned again from what was recorded."""
        self.engine.teach(home, data)
        self._changed.set()

    def figures(self) -> Mapping[str, float]:
        """Counters for the gateway's health."""
        return {
            "watch_readings_total": self._taken,
            "watch_failed_commits_total": self._failed_commits,
            "watch_homes": len(self.engine.homes()),
            "watch_offset": self.cursor,
        }

    async def run(self) -> None:
        """Resume where the last commit was, and go on for ever; after trouble it may be run again."""
        self._followed = self._stepped()
        await self.resume()
        while True:
            await self._turn(together_s=max(_TOGETHER_S, min(_MOST_TOGETHER_S, self._commit_took_s / _COMMITTING)))
            await self._wait()

    async def resume(self) -> None:
        """Stand where the last commit left off; what was not committed is forgotten, and will be read again."""
        self.cursor, states = await self._desk.resume()
        self._position = self.taken_to = self.cursor
        self._commit_by = None
        self.engine = Engine()
        self.engine.restore(states, await self._desk.baselines())
        self._deaf_since = 0
        self._directory = self._latest

    async def turn(self) -> None:
        """Take everything that is there, commit it, and let time pass."""
        await self._turn(together_s=0.0)

    async def _turn(self, *, together_s: float) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            # The order matters: what was received before `horizon` is in the journal before it is read.
            horizon = self._arrival_clock.now() if self._settled() else None
            entries = _close_together(await self._journal.read(self._position, _BATCH))
            horizon = self._follow_clock(horizon)
            self._take_up(self._clock.now() or (entries[0].reading.received_at if entries else 0))
            caught_up = not entries or entries[-1].reading.received_at >= self._arrival_clock.now() - _SPAN
            listening = self._listening() and (self._deaf_since is None or caught_up)
            self.engine.listening = listening
            for entry in entries:
                self.engine.take(entry)
            self._taken += len(entries)
            moment = entries[-1].reading.received_at if entries else horizon
            more = moment is not None and self._let_time_pass(moment, listening=listening)
            self._position = entries[-1].offset if entries else self._position
            if self._commit_by is None and (entries or self.engine.changed):
                self._commit_by = loop.time() + together_s
            if self._commit_by is not None and (self.engine.has_verdicts or loop.time() >= self._commit_by):
                began = loop.time()
                await self._commit(self._position)
                self._commit_by, self._commit_took_s = None, loop.time() - began
            self.taken_to = self._position
            if self._reached is not None and moment is not None and not more:
                await self._reached(moment)
            if not entries and not more and not self._changed.is_set():
                return
            await asyncio.sleep(0)  # whatever there is to read, the loop belongs to the others too

    def _follow_clock(self, horizon: Instant | None) -> Instant | None:
        """Asked after reading, so that a step which came before an entry is known before that entry is taken in."""
        by = self._stepped() - self._followed
        if not by:
            return horizon
        self._followed += by
        _log.warning("the machine's clock was set; all that is remembered moves with it", seconds=by // SECOND)
        self.engine.step(by)
        if self._deaf_since:
            self._deaf_since += by
        return None  # it was read on the old clock, perhaps

    def _take_up(self, now: Instant) -> None:
        """The registry's latest picture. A recording's clock shows 0 until its first reading: homes begin with that."""
        if self._directory is not None and now:
            directory, self._directory = self._directory, None
            self.engine.update(directory, now)

    def _let_time_pass(self, now: Instant, *, listening: bool) -> bool:
        """Whether there is more of it: at 05:00 a day ends in all homes, and nobody's press waits for all of them."""
        if not listening:
            self._deaf_since = now if self._deaf_since is None else self._deaf_since
            return False
        if self._deaf_since is not None:
            self.engine.gap(self._deaf_since, now)
            self._deaf_since = None
        return self.engine.tick(now, _HOMES_AT_ONCE)

    async def _commit(self, cursor: int) -> None:
        effects = self.engine.collect()
        if not effects and cursor == self.cursor:
            return
        while True:
            try:
                await self._write(effects, cursor)
            except Exception as error:  # noqa: BLE001 - these effects must not be lost, whatever the database says
                self._failed_commits += 1
                _log.error("effects could not be committed; trying again", error=repr(error))
                await asyncio.sleep(_RETRY_S)
            else:
                break
        self.cursor = cursor
        await self._journal.advance("watch", cursor)

    async def _write(self, effects: Effects, cursor: int) -> None:
        await self._desk.commit(
            cursor=cursor,
            states=effects.states,
            verdicts=effects.verdicts,
            facts=effects.facts,
            statuses=effects.statuses,
            heard=effects.heard,
            baselines=effects.baselines,
            now=self._clock.now(),
        )

    async def _wait(self) -> None:
        """Until there is a new entry, a timer is due, or the registry changed."""
        if not self._listening():
            waits: list[Coroutine[Any, Any, Any]] = [asyncio.sleep(_WHILE_DEAF_S)]
        else:
            due = self.engine.next_due()
            now = self._clock.now()
            waits = [self._clock.wait_until(min(_at_least(due, now), now + _LONGEST_NAP))]
        if self._commit_by is not None:
            waits.append(asyncio.sleep(max(0.0, self._commit_by - asyncio.get_running_loop().time())))
        waits += [self._journal.wait(self._position), self._changed.wait(), asyncio.sleep(_LOOKS_AT_CLOCK_S)]
        tasks = [asyncio.create_task(wait) for wait in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _close_together(entries: Sequence[Journaled]) -> Sequence[Journaled]:
    """The first entries, as far as they were received within a few minutes: what follows from them is dated closely."""
    if not entries or entries[-1].reading.received_at - entries[0].reading.received_at <= _SPAN:
        return entries
    end = entries[0].reading.received_at + _SPAN
    return [entry for entry in entries if entry.reading.received_at <= end]


def _at_least(due: Instant | None, now: Instant) -> Instant:
    return now + _LONGEST_NAP if due is None else max(due, now + SECOND // 1000)
