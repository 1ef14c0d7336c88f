"""The contacts of the demonstration: each reads what arrives, and some of them answer, as people do after a while."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from devices.instant import MINUTE, Instant
from gateway.alerts.desk import AlertDesk
from gateway.clock import Clock
from gateway.demo.visitors import Audience
from gateway.errors import KeepwellError
from gateway.model import Notice


@dataclass(frozen=True, slots=True)
class Habit:
    """How an alert of some rule is answered: by whom, how long after it arrives, and when it is closed with what."""

    by: str
    accepts_after: int
    closes_after: int | None = None
    outcome: str = "genuine"
    note: str | None = None


HABITS: dict[str, Habit] = {
    "pendant": Habit("Care team", 1 * MINUTE, 20 * MINUTE, "genuine", "Slipped in the hall, helped up, is fine."),
    "hazard": Habit("Daughter", 2 * MINUTE, 30 * MINUTE, "false", "Burnt toast."),
    "not_up": Habit("Daughter", 4 * MINUTE),
    "inactivity": Habit("Daughter", 3 * MINUTE, 45 * MINUTE, "false", "Was reading."),
    "sensor_silent": Habit("Daughter", 30 * MINUTE),
    "hub_silent": Habit("Care team", 5 * MINUTE),
}
"""An open door is answered by nobody: the resident comes back and closes it."""


_LATER = 10
"""So many times as long they wait while somebody could answer on the pages."""


class Phones:
    """A channel for `console:` addresses: keeps every message, shows it, and lets the contact act on it."""

    def __init__(self, show: Callable[[Notice, Instant], Awaitable[None]], audience: Audience) -> None:
        self._show = show
        self._audience = audience
        self._desk: AlertDesk
        self._clock: Clock
        self._acting: set[asyncio.Task[None]] = set()
        self._answered: set[tuple[int, int]] = set()

    def answer_at(self, desk: AlertDesk, clock: Clock) -> None:
        """Where to accept and close, and by which time. Needed before the first message."""
        self._desk, self._clock = desk, clock

    def handles(self, address: str) -> bool:
        """Whether it is `console:`."""
        return address == "console:"

    async def send(self, notice: Notice) -> None:
        """The message arrives."""
        await self._show(notice, self._clock.now())
        habit = HABITS.get(notice.rule or "")
        if notice.kind != "alert" or notice.alert is None or habit is None or habit.by != notice.contact.name:
            return
        if (notice.alert, notice.round) in self._answered:
            return
        self._answered.add((notice.alert, notice.round))
        task = asyncio.create_task(self._answer(notice.alert, habit, self._clock.now()))
        self._acting.add(task)
        task.add_done_callback(self._acting.discard)

    async def _answer(self, alert: int, habit: Habit, arrived: Instant) -> None:
        desk = self._desk
        try:
            await self._clock.wait_until(arrived + habit.accepts_after * (_LATER if self._audience.present else 1))
            await desk.accept(alert, habit.by, self._clock.now())
            if habit.closes_after is not None:
                await self._clock.wait_until(arrived + habit.closes_after)
                await desk.close(alert, habit.by, habit.outcome, habit.note, self._clock.now())
        except KeepwellError:
            return  # somebody else has, or it is over

    async def put_away(self) -> None:
        """Nobody acts any more."""
        for task in self._acting:
            task.cancel()
        await asyncio.gather(*self._acting, return_exceptions=True)
