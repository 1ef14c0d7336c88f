"""A street lived through in virtual time, from what hubs publish to what people's phones show, in a carer's words.

    home.at("23:10").opens("front-door")
    family.hears("door left open").between("23:13", "23:14")

Everything between is real: reception, journal, watch, alert desk on a keepwell.db, notifier. Only the broker and the
phones are played. Whatever somebody was told and no line of the scenario expects fails the scenario at its end.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from devices.instant import DAY, HOUR, MILLISECOND, MINUTE, Instant, from_datetime, rfc3339, to_datetime
from devices.measurement import Value
from gateway.alerts.alert import Alert
from gateway.alerts.desk import AlertDesk
from gateway.clock import ManualClock
from gateway.config import AlertSettings
from gateway.database.engine import Database
from gateway.ingest.reception import Reception
from gateway.journal.memory import MemoryJournal
from gateway.journal.sqlite import SqliteJournal
from gateway.localtime import next_local, parse_wall
from gateway.model import Directory, Mode, Notice
from gateway.notify import queue
from gateway.notify.channels.listing import ListChannel
from gateway.notify.notifier import Notifier
from gateway.notify.policy import Policy
from gateway.ports import Journal
from gateway.registry import devices, homes
from gateway.registry.homefile import HomeFile
from gateway.registry.registry import SqlRegistry
from gateway.watch.service import Watch

BEAT = 15 * MINUTE
ROOMS = ("hall", "kitchen", "bathroom", "bedroom", "living")
DEVICES: dict[str, dict[str, Any]] = {
    "hall-motion": {"room": "hall", "quantities": ["motion", "battery"]},
    "kitchen-motion": {"room": "kitchen", "quantities": ["motion", "battery"]},
    "bathroom-motion": {"room": "bathroom", "quantities": ["motion"]},
    "bedroom-motion": {"room": "bedroom", "quantities": ["motion"]},
    "living-motion": {"room": "living", "quantities": ["motion", "temperature"]},
    "front-door": {"room": "hall", "role": "front-door", "quantities": ["contact"]},
    "pendant": {"role": "pendant", "quantities": ["button"]},
    "smoke": {"room": "kitchen", "quantities": ["smoke"]},
}
Death = Literal["journaled", "concluded", "sending", "sent"]
"""Where the gateway is killed: when a message is journaled, when what follows from it is committed but nobody told,
while it hands a message over, or when that is done and on record."""
Result = TypeVar("Result")


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
        self.houses: list[House] = []
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

    def __exit__(self, failed: object, *_: object) -> None:
        self._opened.close()
        surplus = [told for told in self.phones.told if not told.expected]
        assert failed or not surplus, "nobody expected:\n" + self.shown(surplus)

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
        self.registry = SqlRegistry(self.database)
        self.directory = Directory()
        self.reception = Reception(lambda: self.directory, (), self.clock)
        self.desk = AlertDesk(self.database, AlertSettings(), on_change=self._ring)
        cursor, states = await self.desk.resume()
        self.journal = self._memory or await SqliteJournal.open(self._folder / "journal.db", minimum_offset=cursor)
        self.watch = Watch(self.journal, self.desk, self.clock, listening=lambda: self.listening)
        self.watch.cursor = cursor
        self.watch.engine.restore(states)
        self.notifier = Notifier(self.database, [self.phones], self.clock, policy=Policy(chance=lambda: 0.5))
        await self.notifier.recover()
        self._people_due: Instant | None = 0
        await self._take_up()

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
        self._serve()

    def _ring(self) -> None:
        self._people_due = 0

    async def _take_up(self) -> None:
        """As the running gateway does within 2 s of a change."""
        if await self.registry.revision() != self.directory.revision:
            self.directory = await self.registry.directory()
            self.watch.use(self.directory)

    def _serve(self) -> None:
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
        self._serve()

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
            for house in self.houses:
                messages += house.check_ins()
        if self._next_beat <= self.clock.now():
            self._next_beat += BEAT
            for house in self.houses:
                messages += house.beats()
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
                self._serve()
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

    def moves_in(
        self, reference: str, *calls: str | tuple[str, ...], rules: Sequence[dict[str, Any]] = (), **changes: Any
    ) -> "House":
        """A home is registered, with who is called in which step, five minutes apart; its hub is heard at once."""
        house = House(self, reference)
        names = [name for step in calls for name in ((step,) if isinstance(step, str) else step)]
        consent = {"by": "the resident", "basis": "written", "at": "2026-01-01"}
        file = HomeFile.model_validate(
            {
                "reference": reference,
                "time_zone": self.zone.key,
                "rooms": [{"name": name, "kind": name} for name in ROOMS],
                "devices": [{"address": name} | about for name, about in DEVICES.items()],
                "residents": [{"name": "R", "consent": consent}],
                "contacts": [{"name": name, "channels": [house.person(name).phone]} for name in dict.fromkeys(names)],
                "escalation": [{"contacts": (step,) if isinstance(step, str) else step} for step in calls],
                "rules": list(rules),
            }
            | changes
        )
        self.registry.import_home(file, self.clock.now() - 30 * DAY)
        self.run(self._take_up())
        self.houses.append(house)
        self.publish([*house.beats(), *house.check_ins()])
        return house

    def change(self, work: Callable[..., object], *what: object, **named: object) -> None:
        """A command changes the registry; the gateway takes it up."""
        with self.registry.changing() as session:
            work(session, *what, **named)
        self.run(self._take_up())
        self._serve()
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


class House:
    """One home and its hub, as its resident and family know it. Devices check in every hour, unless they fell silent.

    `at("07:30")` lets time pass up to the next such local time; what then happens, happens at that moment.
    """

    def __init__(self, street: Street, reference: str) -> None:
        self.street = street
        self.reference = reference
        self.hub = reference.lower()
        self.names = list(DEVICES)
        self.silent: set[str] = set()
        self._people: dict[str, Person] = {}

    # ---------------------------------------------------------------- time

    def at(self, wall: str, *, days: int = 0) -> "House":
        """Let time pass to the next moment at which the clock shows `wall`, and `days` more."""
        return self.after(self.street.moment(wall, self.street.clock.now(), days) - self.street.clock.now())

    def after(self, duration: int) -> "House":
        """Let so many microseconds pass."""
        self.street.until(self.street.clock.now() + duration)
        self.street.acts()
        return self

    # ---------------------------------------------------------------- what happens

    def moves(self, room: str) -> "House":
        """Somebody moves in a room: its sensor fires and clears."""
        self.says(f"{room}-motion", "motion", True)
        return self.after(MINUTE // 2).says(f"{room}-motion", "motion", False)

    def potters(self, *, until: str) -> "House":
        """An ordinary day, somebody here and there every 50 minutes; the last time, in the bedroom, at `until`."""
        end = self.street.moment(until, self.street.clock.now())
        rooms = ("kitchen", "living", "hall", "bathroom")
        while (left := end - self.street.clock.now()) > 50 * MINUTE:
            self.moves(rooms[left // HOUR % len(rooms)]).after(50 * MINUTE)
        return self.after(left).moves("bedroom")

    def opens(self, door: str = "front-door") -> "House":
        """A door is opened."""
        return self.says(door, "contact", True)

    def closes(self, door: str = "front-door") -> "House":
        """A door is closed."""
        return self.says(door, "contact", False)

    def presses(self, what: str = "pendant", action: str = "press", *, dated: str | None = None) -> "House":
        """A button is pressed. `dated`: its own clock said so, at that time of the last 24 hours."""
        at = None if dated is None else self.street.moment(dated, self.street.clock.now() - DAY + 1)
        return self.says(what, "button", action, at=at)

    def says(self, address: str, quantity: str, value: Value, *, at: Instant | None = None) -> "House":
        """A device says something now, and maybe when it was."""
        self.street.acts()
        self.street.publish([self._message(address, quantity, value, at)])
        return self

    def falls_silent(self, *names: str) -> "House":
        """Devices, or with no name the hub, say nothing any more."""
        self.silent |= set(names or (self.hub,))
        return self

    def speaks_again(self, *names: str) -> "House":
        """They check in as before, and at once."""
        self.silent -= set(names or (self.hub,))
        self.street.acts()
        self.street.publish([*self.beats(), *self.check_ins()])
        return self

    def goes(self, mode: Mode) -> "House":
        """The family sets the home's mode."""
        self.street.change(homes.set_mode, self.reference, mode)
        return self

    def gets(self, address: str, **details: Any) -> "House":
        """A device is registered."""
        self.names.append(address)
        now = self.street.clock.now()
        self.street.change(devices.add_device, self.reference, address, now, details=devices.Details(**details))
        return self

    # ---------------------------------------------------------------- people

    def person(self, name: str) -> "Person":
        """A contact by name."""
        return self._people.setdefault(name, Person(self, name))

    # ---------------------------------------------------------------- what the hub publishes

    def beats(self) -> list[tuple[str, bytes]]:
        """The hub's own box temperature: it is no registered device, but a sign that the hub is there."""
        return [] if self.hub in self.silent else [self._message("hub-box", "device_temperature", 41.5)]

    def check_ins(self) -> list[tuple[str, bytes]]:
        """What every device sends each hour."""
        if self.hub in self.silent:
            return []
        return [self._message(name, "link_quality", 100.0) for name in self.names if name not in self.silent]

    def _message(self, address: str, quantity: str, value: Value, at: Instant | None = None) -> tuple[str, bytes]:
        content = {"value": value} | ({} if at is None else {"at": rfc3339(at)})
        return f"homes/{self.hub}/keepwell/{address}/{quantity}", json.dumps(content).encode()


class Person:
    """A contact of a home: what they hear, and what they do about it."""

    def __init__(self, house: House, name: str) -> None:
        self.house, self.name = house, name
        self.phone = f"phone://{house.hub}-{name.lower().replace(' ', '-')}"
        self._street = house.street

    def hears(self, *words: str) -> "Hearing":
        """A message with all these words in it; say when with `at` or `between`."""
        return Hearing(self._street, self.phone, self.name, words)

    def hears_nothing(self, *, until: str | None = None, days: int = 0) -> None:
        """No message that was not expected yet, up to now or the next time that the clock shows `until`."""
        if until is not None:
            self.house.at(until, days=days)
        surplus = [told for told in self.told() if not told.expected]
        assert not surplus, f"{self.name} heard\n" + self._street.shown(surplus)

    def told(self) -> list[Told]:
        """All messages so far."""
        return [told for told in self._street.phones.told if told.notice.channel == self.phone]

    def accepts(self, rule: str | None = None) -> None:
        """Take on the alert that is most urgent, or the one of that rule."""
        self._acts(self._street.desk.accept(self._alert(rule).id, self.name, self._street.clock.now()))

    def closes(self, outcome: str, rule: str | None = None) -> None:
        """End it and say what it was."""
        alert = self._alert(rule)
        self._acts(self._street.desk.close(alert.id, self.name, outcome, None, self._street.clock.now()))

    def cannot_be_reached(self, error: Exception) -> None:
        """Their channel fails in this way until further notice."""
        self._street.phones.dead[self.phone] = error

    def can_be_reached(self) -> None:
        """Their channel works again."""
        self._street.phones.dead.pop(self.phone, None)

    def _alert(self, rule: str | None) -> Alert:
        found = [one for one in self._street.alerts(self.house.reference) if rule is None or one.rule == rule]
        assert found, f"no alert of {rule or self.house.reference} is open"
        return found[0]

    def _acts(self, action: Awaitable[object]) -> None:
        self._street.acts()
        self._street.run(action)
        self._street._serve()


@dataclass(frozen=True, slots=True)
class Hearing:
    """A message that somebody is expected to get."""

    street: Street
    phone: str
    name: str
    words: tuple[str, ...]

    def at(self, wall: str, *, times: int = 1, days: int = 0) -> Told:
        """Within the minute that the clock on the wall shows, counted from what last happened."""
        start = self.street.moment(wall, self.street.acted_at - MINUTE + 1, days)
        return self._within(start, start + MINUTE - 1, times)

    def between(self, first: str, last: str, *, times: int = 1, days: int = 0) -> Told:
        """From the one time on to the other, that often. Time passes where need be."""
        start = self.street.moment(first, self.street.acted_at - MINUTE + 1, days)
        return self._within(start, self.street.moment(last, start), times)

    def _within(self, start: Instant, end: Instant, times: int) -> Told:
        def found() -> list[Told]:
            fresh = [one for one in self.street.phones.told if one.notice.channel == self.phone and not one.expected]
            return [one for one in fresh if start <= one.at <= end and all(word in one.text for word in self.words)]

        if self.street.clock.now() < end:
            self.street.until(end, lambda: len(found()) >= times)
        told = found()
        assert len(told) == times, (
            f"{self.name} should have heard {self.words} {times} times between {self.street.wall(start)} "
            f"and {self.street.wall(end)}, heard it {len(told)} times; what nobody expected:\n"
            + self.street.shown(one for one in self.street.phones.told if not one.expected)
        )
        for one in told:
            one.expected = True
        return told[0]
