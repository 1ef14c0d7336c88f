"""Sends what the outbox holds. Each row is marked before and after it is sent, so a crash leaves only known doubts."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import structlog

from devices.instant import Instant
from gateway.bell import Bell
from gateway.clock import Clock
from gateway.database.engine import Database
from gateway.errors import FixConfiguration, GiveUp, TryLater
from gateway.notify import queue
from gateway.notify.address import masked
from gateway.notify.answer import Link, no_link
from gateway.notify.policy import Policy
from gateway.notify.queue import Job
from gateway.ports import Channel

_POLL_S = 1.0
_STOP_S = 2.0
_log = structlog.get_logger("keepwell.notify")


def _nothing() -> None:
    pass


class Notifier:
    """Works off the outbox: each message in its own task, at most a few at a time to one server.

    `channels`: the first that handles an address serves it. `on_unreached` is called when a step has reached nobody
    and its alert is due: wire it to the desk's `wake`. `link` gives the address at which a call can be answered.
    """

    def __init__(
        self,
        database: Database,
        channels: Sequence[Channel],
        clock: Clock,
        *,
        policy: Policy | None = None,
        on_unreached: Callable[[], None] = _nothing,
        link: Link = no_link,
    ) -> None:
        self._database = database
        self._channels = tuple(channels)
        self._clock = clock
        self._policy = policy or Policy()
        self._on_unreached = on_unreached
        self._link = link
        self._bell = Bell()
        self._lanes: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._counts: Counter[str] = Counter()

    async def run(self) -> None:
        """For ever: first repeat what a crash left in doubt, then send whatever is due."""
        await self.recover()
        try:
            while True:
                now = self._clock.now()
                await self._launch(now)
                upcoming = await self._database.run(queue.next_due)
                until = upcoming if upcoming is not None and upcoming > now else None
                await self._bell.wait(self._clock, until, _POLL_S)
        finally:
            await self._stop()

    async def recover(self) -> int:
        """Make due again what was being sent when the last process ended; how many. Call once, before anything else."""
        found = await self._database.run(lambda session: queue.recover(session, self._clock.now()))
        if found:
            _log.warning("repeating_messages_of_unknown_result", messages=found)
        return found

    async def drain(self, now: Instant) -> int:
        """Send all that is due at `now` and return when it is done; how many messages were tried."""
        tried = 0
        while started := await self._launch(now):
            tried += started
            await asyncio.gather(*self._tasks)
        return tried

    def wake(self) -> None:
        """There may be something new in the outbox."""
        self._bell.ring()

    def figures(self) -> Mapping[str, float]:
        """Messages sent, gathered into one of those, failed, blocked, retried since the start, and in flight."""
        names = ("sent", "gathered", "failed", "blocked", "pending")
        figures = {("retried" if name == "pending" else name): float(self._counts[name]) for name in names}
        return figures | {"in_flight": float(len(self._tasks))}

    async def _launch(self, now: Instant) -> int:
        jobs = await self._database.run(lambda session: queue.claim(session, now, self._room, self._link))
        for job in jobs:
            self._lanes[job.lane] += 1
            task = asyncio.create_task(self._deliver(job), name=f"keepwell-notify-{job.rows[0]}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(jobs)

    def _room(self, lane: str) -> int:
        return self._policy.lane_width - self._lanes[lane]

    async def _deliver(self, job: Job) -> None:
        try:
            await self._send(job)
            result: Exception | None = None
        except Exception as error:  # noqa: BLE001 - whatever a channel raises is one message's trouble only
            result = error
        finally:
            self._lanes[job.lane] -= 1
        while not await self._recorded(job, result):  # noqa: ASYNC110 - the disk or database rings no bell
            await asyncio.sleep(_POLL_S)
        self._bell.ring()

    async def _send(self, job: Job) -> None:
        channel = next((one for one in self._channels if one.handles(job.notice.channel)), None)
        if channel is None:
            raise GiveUp(f"no channel serves {masked(job.notice.channel)}: correct the contact's address")
        async with asyncio.timeout(self._policy.timeout_s):
            await channel.send(job.notice)

    async def _recorded(self, job: Job, result: Exception | None) -> bool:
        """Whether the result is on record now. While it is not, the row stays `sending`: it is not sent again."""
        try:
            await self._record(job, result)
        except Exception:  # noqa: BLE001 - a full disk or a locked database: a known result is worth waiting for
            _log.exception("result_not_recorded", **queue.describe(job.notice))
            return False
        return True

    async def _record(self, job: Job, error: Exception | None) -> None:
        now = self._clock.now()
        if error is None:
            await self._database.run(lambda session: queue.sent(session, job, now))
            self._counts["sent"] += 1
            self._counts["gathered"] += len(job.rows) - 1 if job.of_homes else 0
            return
        decided = self._policy.decide(
            error,
            attempts=job.attempts,
            priority=job.notice.priority,
            call=job.notice.kind == "alert",
            now=now,
        )
        why = _sentence(error)
        _log.warning("message_not_sent", why=why, then=decided.state, **queue.describe(job.notice))
        unreached = await self._database.run(lambda session: queue.not_sent(session, job, decided, why, now))
        self._counts[decided.state] += 1
        if unreached:
            self._on_unreached()

    async def _stop(self) -> None:
        """Let what is being sent finish for a moment; what does not is in doubt and repeated at the next start."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_STOP_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


def _sentence(error: Exception) -> str:
    if isinstance(error, (TryLater, GiveUp, FixConfiguration)):
        return str(error)
    if isinstance(error, TimeoutError):
        return "the channel did not answer in time, so we do not know whether the message went out"
    return f"the channel failed unexpectedly ({type(error).__name__}), so we do not know whether the message went out"
