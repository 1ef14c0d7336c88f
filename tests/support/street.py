"""A street lived through in virtual time, from what hubs publish to what people's phones show, in a carer's words.

    home.at("23:10").opens("front-door")
    family.hears("door left open").between("23:13", "23:14")

Everything between is real: reception, journal, watch, alert desk on a keepwell.db, notifier. Only the broker and the
phones are played. The words for homes and people are in tests/support/house.py. Whatever somebody was told and no line
of the scenario expects fails the scenario at its end.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Protocol, Self, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import event

from devices.instant import HOUR, MILLISECOND, MINUTE, Instant, from_datetime, to_datetime
from gateway.alerts.alert import Alert
from gateway.alerts.desk import AlertDesk
from gateway.clock import ManualClock
from gateway.config import AlertSettings
from gateway.database.engine import Database
from gateway.ingest.reception import Reception
from gateway.journal.memory import MemoryJournal
from gateway.journal.sqlite import SqliteJournal
from gateway.localtime import next_local, parse_wall
from gateway.model import Directory, Notice
from gateway.notify import queue
from gateway.notify.channels.listing import ListChannel
from gateway.notify.notifier import Notifier
from gateway.notify.policy import Policy
from gateway.ports import Journal
from gateway.registry.registry import SqlRegistry
from gateway.watch.service import Watch

BEAT = 15 * MINUTE
Death = Literal["journaled", "concluded", "sending", "sent"]
"""Where the gateway is killed: when a message is journaled, when what follows from it is committed but nobody told,
while it hands a message over, or when that is done and on record."""
Result = TypeVar("Result")


def _without_waiting_for_the_disk(connection: Any, _record: object) -> None:
    """Processes die in scenarios, machines do not."""
    connection.execute("PRAGMA synchronous=OFF")


@dataclass(slots=True)
class Told:
    """A message as it stands on somebody's phone; `expected` once a line of the scenario has named it."""

    at: Instant
    notice: Notice
    expected: bool = False

    @property
    def text(self) -> str:
        return f"{self.notice.title}\n{self.notice.body}"


@dataclass(slots=True)
class _Broker:
    """What the broker holds for us while we are away, and since when that is."""

    queue: list[tuple[str, bytes]] = field(default_factory=list)
    lost_at: Instant | None = None
    draining: bool = False


class Hub(Protocol):
    """What publishes by itself, as a home's hub and devices do."""

    def beats(self) -> list[tuple[str, bytes]]: ...

    def check_ins(self) -> list[tuple[str, bytes]]: ...


class Phones(ListChannel):
    """Everybody's phones. They outlive the gateway."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__("phone:")
        self.told: list[Told] = []
        self.dead: dict[str, Exception] = {}
        self.breaks_the_gateway = False
        self._clock = clock
        self.trouble = lambda notice: self.dead.get(notice.channel)

    async def send(self, notice: Notice) -> None:
        await super().send(notice)
        self.told.append(Told(self._clock.now(), notice))
        if self.breaks_the_gateway:
            raise asyncio.CancelledError


class Street:
    """Homes, their people, and one gateway that can die and start again on the same files.

    The gateway serves when `at` and the like let time pass, and at once after anything happens.
    """

    def __init__(self, folder: Path, *, begins: str = "2026-01-13T12:00", zone: str = "Europe/London") -> None:
        self.zone = ZoneInfo(zone)
        self.clock = ManualClock(from_datetime(datetime.fromisoformat(begins).replace(tzinfo=self.zone)))
        self.phones = Phones(self.clock)
        self.broker = _Broker()
        self.hubs: list[Hub] = []
        self.acted_at = self.clock.now()
        self.deaths: set[Death] = set()
        self.alive = False
        self._folder = folder
        self._memory: Journal | None = MemoryJournal()
        self._next_beat = self.clock.now()
        self._next_check_in = self.clock.now() + HOUR

    def __enter__(self) -> Self:
        self._opened = ExitStack()
        self._runner = self._opened.enter_context(asyncio.Runner())
        self._opened.callback(lambda: self.dies() if self.alive else None)
        self.starts()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def said_nothing_else(self) -> None:
        """Every message that anybody got was expected by a line of the scenario."""
        surplus = [told for told in self.phones.told if not told.expected]
        assert not surplus, "nobody expected:\n" + self.shown(surplus)

    def keeps_its_journal_on_disk(self) -> None:
        """As the real gateway does; scenarios in which it dies ask for it."""
        self.dies()
        self._memory = None
        self.starts()

    # ---------------------------------------------------------------- the gateway

    def starts(self) -> None:
        """Build every part afresh from the files, and take up what the broker has kept meanwhile."""
        self.run(self._start())
        self.acts()
        self.broker.draining = True
        self.drains()

    async def _start(self) -> None:
        self.alive, self.deaths, self.phones.breaks_the_gateway = True, set(), False
        self.database = Database.open(self._folder)
        self.database.engine.dispose()
        event.listen(self.database.engine, "connect", _without_waiting_for_the_disk)
        self.registry = SqlRegistry(self.database)
        self.directory = Directory()
        self.reception = Reception(lambda: self.directory, (), self.clock)
        self.desk = AlertDesk(self.database, AlertSettings(), on_change=self._ring)
        cursor, _ = await self.desk.resume()
        self.journal = self._memory or await SqliteJournal.open(self._folder / "journal.db", minimum_offset=cursor)
        self.watch = Watch(self.journal, self.desk, self.clock, listening=lambda: self.listening)
        await self.watch.resume()
        self.notifier = Notifier(self.database, [self.phones], self.clock, policy=Policy(chance=lambda: 0.5))
        await self.notifier.recover()
        self._people_due: Instant | None = 0
        await self.take_up()

    def dies_when(self, here: Death) -> None:
        """The process is killed the next time that it comes to this."""
        self.deaths.add(here)

    def dies(self) -> None:
        """The process is killed: nothing is left but its files, and the broker keeps what comes."""
        self.run(self._die())

    async def _die(self) -> None:
        self.alive = False
        self.broker.lost_at = self.broker.lost_at or self.clock.now()
        self.database.close()
        if self.journal is not self._memory:
            await self.journal.close()

    @property
    def listening(self) -> bool:
        return self.broker.lost_at is None and not self.broker.draining

    def loses_the_broker(self) -> None:
        """The connection is gone; the broker keeps what hubs publish."""
        self.broker.lost_at = self.clock.now()

    def reaches_the_broker(self) -> None:
        """Connected again: the backlog begins to arrive. `drains` brings it in."""
        self.broker.draining = True

    def drains(self, share: float = 1.0) -> None:
        """That much of the backlog arrives, all at this moment."""
        count = round(len(self.broker.queue) * share)
        arriving, self.broker.queue = self.broker.queue[:count], self.broker.queue[count:]
        self.run(self._receive(arriving))
        if not self.broker.queue:
            self.broker.lost_at, self.broker.draining = None, False
        self.serve()

    def _ring(self) -> None:
        self._people_due = 0

    async def take_up(self) -> None:
        """As the running gateway does within 2 s of a change."""
        if await self.registry.revision() != self.directory.revision:
            self.directory = await self.registry.directory()
            self.watch.use(self.directory)

    def serve(self) -> None:
        """Let every part do what is to be done now."""
        self.run(self._settle())

    async def _settle(self) -> None:
        """Let every part do all that is to be done at this moment."""
        for _ in range(50):
            if not self.alive:
                return
            await self.watch.turn()
            if await self._killed("concluded") or self._people_due is None or self._people_due > self.clock.now():
                return
            await self._serve_people()
        raise AssertionError("the gateway does not come to rest")

    async def _serve_people(self) -> None:
        self._people_due = None
        now = self.clock.now()
        await self.desk.tick(now)
        self.phones.breaks_the_gateway = "sending" in self.deaths
        before = len(self.phones.told)
        try:
            await self.notifier.drain(now)
        except asyncio.CancelledError:
            await self._die()
            return
        if len(self.phones.told) == before or not await self._killed("sent"):
            upcoming = [await self.desk.next_due(), await self.database.run(queue.next_due), self._people_due]
            self._people_due = min((due for due in upcoming if due is not None), default=None)

    async def _killed(self, here: Death) -> bool:
        if here in self.deaths:
            self.deaths.discard(here)
            await self._die()
        return not self.alive

    # ---------------------------------------------------------------- what hubs publish

    def publish(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Through the broker to the gateway, which serves at once."""
        if not self.listening:
            self.broker.queue += messages
            return
        self.run(self._receive(messages))
        self.serve()

    async def _receive(self, messages: Iterable[tuple[str, bytes]]) -> None:
        taken = [
            self.reception.receive(
                topic, payload, retained=False, draining=self.broker.draining, queued_since=self.broker.lost_at
            ).taken
            for topic, payload in messages
        ]
        await self.journal.append(taken)
        if taken:
            await self._killed("journaled")

    def _hubs_speak(self) -> None:
        messages: list[tuple[str, bytes]] = []
        if self._next_check_in <= self.clock.now():
            self._next_check_in += HOUR
            for hub in self.hubs:
                messages += hub.check_ins()
        if self._next_beat <= self.clock.now():
            self._next_beat += BEAT
            for hub in self.hubs:
                messages += hub.beats()
        if messages:
            self.publish(messages)

    # ---------------------------------------------------------------- time

    def moment(self, wall: str, not_before: Instant, days: int = 0) -> Instant:
        """The first moment from `not_before` on at which the clock on the wall shows `wall`, and `days` later."""
        first = next_local(not_before - 1, self.zone, parse_wall(wall))
        for _ in range(days):
            first = next_local(first, self.zone, parse_wall(wall))
        return first

    def until(self, moment: Instant, enough: Callable[[], bool] = lambda: False) -> None:
        """Everything that falls due on the way happens at its own time. Stops early at what is `enough`."""
        while not enough():
            step = min([moment, self._next_beat, self._next_check_in, *self._due()])
            self.clock.advance_to(max(step, min(self.clock.now() + MILLISECOND, moment)))
            self._hubs_speak()
            if self.alive:
                self.serve()
            if self.clock.now() >= moment and min(self._next_beat, self._next_check_in) > moment:
                return

    def _due(self) -> list[Instant]:
        if not self.alive:
            return []
        due = [self._people_due, self.watch.engine.next_due() if self.listening else None]
        return [moment for moment in due if moment is not None]

    def acts(self) -> None:
        """From here on clock times of what people hear are counted."""
        self.acted_at = self.clock.now()

    # ---------------------------------------------------------------- what is there

    def change(self, work: Callable[..., object], *what: object, **named: object) -> None:
        """A command changes the registry; the gateway takes it up."""
        with self.registry.changing() as session:
            work(session, *what, **named)
        self.run(self.take_up())
        self.serve()
        self.acts()

    def alerts(self, home: str | None = None, *, closed: bool = False) -> Sequence[Alert]:
        """Alerts now."""
        return self.run(self.desk.alerts(home=home, closed=closed))

    def wall(self, moment: Instant) -> str:
        """The clock on the wall at a moment, with the day."""
        return f"{to_datetime(moment).astimezone(self.zone):%a %H:%M:%S}"

    def shown(self, told: Iterable[Told]) -> str:
        """The first few messages as text, for whoever reads why a scenario failed."""
        return "\n".join(
            f"{self.wall(one.at)}  {one.notice.contact.name}: {one.text}".replace("\n", "\n    ")
            for one in islice(told, 12)
        )

    def run(self, work: Awaitable[Result]) -> Result:
        """Wait for a part of the gateway."""

        async def wait() -> Result:
            return await work

        return self._runner.run(wait())
