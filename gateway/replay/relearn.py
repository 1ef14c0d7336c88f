"""What a home's days have taught, learned again from the store where it was lost."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import structlog

from devices.instant import DAY, Instant
from gateway.errors import FixConfiguration, TryLater
from gateway.model import Home, Rule
from gateway.ports import Store
from gateway.replay.recorded import Recorded
from gateway.replay.trying import Played

RELEARNED = 56 * DAY
_SETTLED_S = 60.0
_APART_S = 2.0
"""Between two homes: the rules and the broker come first."""
_AGAIN_S = 86_400.0
_log = structlog.get_logger("keepwell.relearn")


class Relearned(NamedTuple):
    """`data` is what gateway/watch/routine saves: a baseline."""

    data: bytes
    days: int


async def relearn(store: Store, home: Home, now: Instant, gateway: str) -> Relearned | None:
    """Live through the last 56 days again; None where nothing was recorded. Raises TryLater or FixConfiguration.

    What days teach rests on what was seen, not on rules, so only one that costs nothing goes along. Days on which the
    home was away count by what was seen in them, as its mode then is not recorded.
    """
    home = replace(home, mode="at home", rules=(Rule("pendant"),), pack=None)
    recorded = Recorded(store, home, gateway)
    played = Played((home,), now)
    await played.hear_all(recorded.heard(now - RELEARNED, now))
    for run in played.runs:
        run.watch.advance(now)
        return Relearned(run.watch.view.routine.save(), run.watch.view.routine.days)
    return None


class Student(Protocol):
    """Who knows the homes and what their days have taught: watch."""

    def unlearned(self) -> Sequence[Home]:
        """Homes of which nothing is known yet."""
        ...

    def teach(self, home: str, data: bytes) -> None:
        """What the days of a home have taught."""
        ...


class Relearning:
    """Learns again what was lost, home after home, from the store; for ever, as homes come and stores come back."""

    def __init__(self, student: Student, store: Store, now: Callable[[], Instant], gateway: str) -> None:
        self._student = student
        self._store = store
        self._now = now
        self._gateway = gateway

    async def run(self) -> None:
        """Begins when the gateway has settled. A home without history is looked at again a day later."""
        while True:
            await asyncio.sleep(_SETTLED_S)
            for home in self._student.unlearned():
                try:
                    found = await relearn(self._store, home, self._now(), self._gateway)
                except (TryLater, FixConfiguration) as error:
                    _log.info("days_not_relearned", home=home.reference, why=str(error))
                    break
                if found is not None and found.days:
                    self._student.teach(home.reference, found.data)
                    _log.info("days_relearned", home=home.reference, days=found.days)
                await asyncio.sleep(_APART_S)
            await asyncio.sleep(_AGAIN_S)
