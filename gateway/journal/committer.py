"""Group commit: messages become durable together and are acknowledged only then, in the order they came."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from devices.instant import Instant
from gateway.clock import Clock, SystemClock
from gateway.errors import TryLater
from gateway.model import Quarantined, Taken, Trouble
from gateway.ports import Journal

log = structlog.get_logger("keepwell.journal")

Done = Callable[[], None]
_QUIET_TURNS = 2
"""Turns of the event loop without a new message after which the intake counts as drained."""
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


class GroupCommitter:
    """Collects messages and appends them to the journal in batches.

    A batch closes when the intake is drained, at `max_messages`, or after `max_delay_s`; one that is not full comes no
    sooner than `apart_s` after the one before, so that a steady trickle does not cost a commit for every message.
    While the journal says TryLater the same batch is tried again and nothing is acknowledged. An `urgent` message among
    those that wait has it tried at once, grown to hold that message; `refused` is told of every batch that was not
    taken, `kept` of the first one that is. A message that no journal can take (a fault of ours) is quarantined by its
    size and digest alone, so that it holds up nobody.
    """

    def __init__(  # noqa: PLR0913 - the seams of the group commit
        self,
        journal: Journal,
        *,
        max_messages: int = 500,
        max_delay_s: float = 0.005,
        apart_s: float = 0.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        urgent: Callable[[Taken], bool] = lambda _taken: False,
        refused: Callable[[Sequence[Taken]], None] = lambda _batch: None,
        kept: Callable[[Sequence[Taken]], None] = lambda _batch: None,
        clock: Clock | None = None,
    ) -> None:
        self._journal = journal
        self._max_messages = max_messages
        self._max_delay_s = max_delay_s
        self._apart_s = apart_s
        self._not_before = 0.0
        self._sleep = sleep
        self._jitter = jitter
        self._urgent = urgent
        self._refused = refused
        self._kept = kept
        self._clock = clock or SystemClock()
        self._hurry = asyncio.Event()
        self._since: Instant = 0
        self._queue: deque[tuple[Taken, Done]] = deque()
        self._batch: list[tuple[Taken, Done]] = []
        self._append: asyncio.Future[int] | None = None
        self._submitted = asyncio.Event()
        self._progress = asyncio.Event()
        self._messages = self._batches = self._retries = self._faults = 0
        self.problem: str | None = None
        """Why nothing can be made durable just now, in a sentence; None while all is well."""

    @property
    def pending(self) -> int:
        """Messages submitted and not yet durable."""
        return len(self._queue) + len(self._batch)

    def submit(self, taken: Taken, done: Done) -> None:
        """Take a message over; `done` is called once it is durable. Never waits: watch `pending`."""
        self._queue.append((taken, done))
        self._submitted.set()
        if self.problem is not None and self._urgent(taken):
            self._hurry.set()

    async def drained(self, below: int) -> None:
        """Return once fewer than `below` messages are pending."""
        while self.pending >= below:
            self._progress.clear()
            await self._progress.wait()

    def figures(self) -> Mapping[str, float]:
        """Messages made durable, batches, attempts repeated, faults, and what is pending now."""
        return {
            "messages": float(self._messages),
            "batches": float(self._batches),
            "retries": float(self._retries),
            "faults": float(self._faults),
            "pending": float(self.pending),
        }

    def troubles(self) -> Sequence[Trouble]:
        """That nothing can be made durable, and why. Implements ports.Reporter."""
        if self.problem is None:
            return ()
        sentence = (
            f"Messages are not kept and not acknowledged, {self.pending:,} wait here and the others at the broker: "
            f"{self.problem}. Pendants and safety alarms are told from memory meanwhile."
        )
        return (Trouble("gateway", "journal", sentence, self._since),)

    async def run(self) -> None:
        """Commit for ever. On cancellation what was submitted is tried once more and acknowledged if it is kept."""
        self._put_back()
        try:
            while True:
                await self._next_batch()
                await self._commit()
        except asyncio.CancelledError:
            await self._finish()
            raise

    async def _next_batch(self) -> None:
        while not self._queue:
            self._submitted.clear()
            await self._submitted.wait()
        loop = asyncio.get_running_loop()
        if len(self._queue) < self._max_messages and (wait_s := self._not_before - loop.time()) > 0:
            await asyncio.sleep(wait_s)
        self._not_before = loop.time() + self._apart_s
        closes_at = loop.time() + self._max_delay_s
        quiet = 0
        while len(self._queue) < self._max_messages and quiet < _QUIET_TURNS and loop.time() < closes_at:
            before = len(self._queue)
            await asyncio.sleep(0)
            quiet = quiet + 1 if len(self._queue) == before else 0
        self._take()

    def _take(self) -> None:
        self._batch = [self._queue.popleft() for _ in range(min(len(self._queue), self._max_messages))]

    def _put_back(self) -> None:
        self._queue.extendleft(reversed(self._batch))
        self._batch = []

    async def _commit(self) -> None:
        """Append the batch, however long that takes, and acknowledge it."""
        attempt = 0
        while True:
            try:
                await self._try(self._batch)
            except TryLater as trouble:
                self._retries += 1
                if self.problem is None:
                    self._since = self._clock.now()
                    log.warning("journal cannot take messages, none are acknowledged", problem=str(trouble))
                self.problem = str(trouble)
                pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(attempt, 10)) * (0.5 + self._jitter() / 2)
                attempt += 1
                self._tell(self._refused)
                await self._pause(max(pause, trouble.after_s or 0.0))
                self._grow()
                continue
            except Exception as fault:  # one message must not hold up all others
                log.exception("a fault kept a batch from the journal", messages=len(self._batch))
                self._isolate(type(fault).__name__)
                continue
            if self.problem is not None:
                log.info("journal takes messages again")
                self.problem = None
                self._tell(self._kept)
            self._acknowledge()
            return

    def _tell(self, whom: Callable[[Sequence[Taken]], None]) -> None:
        try:
            whom([taken for taken, _ in self._batch])
        except Exception:  # whoever is told, messages must go on
            log.exception("telling of a batch failed")

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until something urgent came."""
        waits = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._hurry.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
            self._hurry.clear()

    def _grow(self) -> None:
        """Let the batch reach up to the last urgent message that waits: the order of messages is kept."""
        urgent = [place for place, (taken, _) in enumerate(self._queue) if self._urgent(taken)]
        if urgent:
            self._batch += [self._queue.popleft() for _ in range(urgent[-1] + 1)]

    async def _try(self, batch: Sequence[tuple[Taken, Done]]) -> None:
        append = self._append = asyncio.ensure_future(self._journal.append([taken for taken, _ in batch]))
        try:
            await asyncio.shield(append)
        except asyncio.CancelledError:
            raise  # it goes on, and _finish waits for it
        except BaseException:
            self._append = None
            raise
        self._append = None

    def _isolate(self, fault: str) -> None:
        """Put all but the first message of the batch back; quarantine a message that is alone."""
        if len(self._batch) > 1:
            self._queue.extendleft(reversed(self._batch[1:]))
            del self._batch[1:]
            return
        self._faults += 1
        taken, done = self._batch[0]
        messages = taken.quarantined or (Quarantined(None, "", None, "gateway_fault", fault, 0, "", _when(taken)),)
        bare = tuple(Quarantined(None, "", None, "gateway_fault", fault, one.size, one.digest, one.received_at)
                     for one in messages)  # fmt: skip
        stripped = Taken(delivery=taken.delivery, quarantined=bare)
        if taken == stripped:
            raise RuntimeError("the journal takes not even the record of a fault")
        self._batch = [(stripped, done)]

    def _acknowledge(self) -> None:
        batch, self._batch = self._batch, []
        self._messages += len(batch)
        self._batches += 1
        for _, done in batch:
            try:
                done()
            except Exception:  # the connection that it belongs to may be gone
                log.exception("acknowledging failed")
        self._progress.set()

    async def _finish(self) -> None:
        """Settle the append under way, then give everything else one attempt."""
        try:
            if self._append is not None:
                await self._append
                self._acknowledge()
            self._put_back()
            while self._queue:
                self._take()
                await self._journal.append([taken for taken, _ in self._batch])
                self._acknowledge()
        except Exception:
            log.exception("messages are left unacknowledged at the end; the broker has them", messages=self.pending)


def _when(taken: Taken) -> int:
    """When the message was received, from whatever it left behind; 0 if that says nothing."""
    if taken.readings:
        return taken.readings[0].received_at
    if taken.waiting:
        return taken.waiting[0].received_at
    return taken.sightings[0].heard_at if taken.sightings else 0
