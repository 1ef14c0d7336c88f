"""Tells of pendants and safety alarms from memory while the journal or the desk cannot keep them."""

import asyncio
import uuid
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from devices.instant import MINUTE, Instant
from gateway.clock import Clock
from gateway.errors import FixConfiguration, GiveUp, TryLater
from gateway.model import Contact, Directory, Flag, Notice, Reading, Taken
from gateway.ports import Channel, Journal
from gateway.rescue.people import People, whom_to_tell
from gateway.rescue.urgent import Concern, concern_of, is_urgent_reading, over_of

AGAIN_AFTER = MINUTE
"""One concern is told from memory once in this time at most."""
GRACE_S = 2.0
"""What the ear hears may yet go its ordinary way: the journal takes urgent messages for longer than others."""
NOTE = (
    "Keepwell cannot write to its disk, which is full or broken; this comes from memory and may be repeated.\n"
    "Everybody on this home's list is told at once, and this message cannot be accepted: please agree among you who "
    "goes. The ordinary call follows when the disk is free again."
)
_REMEMBERED = 20_000
_LOOK_EVERY_S = 1.0
_SENDS_AT_ONCE = 50
_PAUSES_S = (0.0, 5.0, 20.0, 60.0)
_SEND_TIMEOUT_S = 30.0
_STOP_S = 2.0
_READ_AT_ONCE = 1_000
_log = structlog.get_logger("keepwell.rescue")


_Source = tuple[str, str, str]
"""Home, device, quantity."""


def _source(reading: Reading) -> _Source:
    return reading.home, reading.device, reading.quantity


class Ear(Protocol):
    """Something that listens until it is cancelled."""

    async def run(self) -> None:
        """Listen."""
        ...


class Rescue:
    """`refused` is told of batches that the journal did not take, `kept` of one that it took in its trouble.

    `problem` says why nothing can be made durable, None while all is well: as long as it does, `ear` listens.
    `commits` tells how often the desk has failed and up to which offset watch has come: while it fails, presses that
    the journal took are told from there.
    """

    def __init__(  # noqa: PLR0913 - the seams of a stage
        self,
        journal: Journal,
        channels: Sequence[Channel],
        clock: Clock,
        *,
        directory: Callable[[], Directory],
        people: Callable[[], Awaitable[People]],
        problem: Callable[[], str | None],
        commits: Callable[[], tuple[int, int]],
        ear: Callable[[Callable[[Taken], None]], Ear],
        gateway: str = "keepwell",
    ) -> None:
        self._journal = journal
        self._channels = tuple(channels)
        self._clock = clock
        self._directory = directory
        self._load = people
        self._problem = problem
        self._commits = commits
        self._ear = ear(self.hear)
        self._held: dict[_Source, asyncio.TimerHandle] = {}
        self._kept_at: dict[_Source, Instant] = {}
        self._gateway = gateway
        self._people: People = {}
        self._people_of: Directory | None = None
        self._woken = asyncio.Event()
        self._known: OrderedDict[object, None] = OrderedDict()
        self._told_at: dict[tuple[str, str, str], Instant] = {}
        self._ongoing: set[tuple[str, str]] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_SENDS_AT_ONCE)
        self._listening: asyncio.Task[None] | None = None
        self._failures, self._read_up_to = 0, 0
        self._counts: Counter[str] = Counter()

    async def run(self) -> None:
        """For ever: know whom to tell, and listen while nothing can be kept."""
        self._failures, _ = self._commits()
        try:
            while True:
                await self._learn_people()
                self._listen(wanted=self._problem() is not None)
                await self._read_on()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_EVERY_S):
                        await self._woken.wait()
                self._woken.clear()
        finally:
            await self._stop()

    def refused(self, batch: Sequence[Taken]) -> None:
        """The journal did not take these messages: tell of what is urgent. The same may come again and again."""
        self._woken.set()
        for taken in batch:
            delivery = taken.delivery
            for place, reading in enumerate(taken.readings):
                key = reading if delivery is None else (delivery.session, delivery.mid, delivery.digest, place)
                self._consider(key, reading)

    def kept(self, batch: Sequence[Taken]) -> None:
        """The journal took these messages, so what they say goes its ordinary way."""
        for reading in (reading for taken in batch for reading in taken.readings):
            if (held := self._held.pop(_source(reading), None)) is not None:
                held.cancel()
            if is_urgent_reading(reading):
                self._kept_at[_source(reading)] = self._clock.now()

    def hear(self, taken: Taken) -> None:
        """Another way by which a message came: tell of what is urgent unless the journal takes it in a moment."""
        loop = asyncio.get_running_loop()
        for reading in taken.readings:
            source = _source(reading)
            if not is_urgent_reading(reading):
                self._consider(None, reading)
            elif source not in self._held and not self._lately(self._kept_at.get(source)):
                self._held[source] = loop.call_later(GRACE_S, self._held_long_enough, source, reading)

    def figures(self) -> Mapping[str, float]:
        """Concerns told and held back within their minute, messages sent and failed; whether we listen."""
        names = ("told", "held_back", "sent", "failed")
        return {name: float(self._counts[name]) for name in names} | {"listening": float(self._listening is not None)}

    # ------------------------------------------------------------------------------------------ where they come from

    async def _learn_people(self) -> None:
        directory = self._directory()
        if directory is self._people_of:
            return
        try:
            self._people = await self._load()
            self._people_of = directory
        except Exception as error:  # noqa: BLE001 - the disk may not even be readable; what we know must do
            _log.warning("whom to tell could not be read, going on with what is known", error=repr(error))

    def _listen(self, *, wanted: bool) -> None:
        if wanted and (self._listening is None or self._listening.done()):
            _log.warning("nothing can be made durable: listening for pendants and safety alarms")
            self._listening = asyncio.create_task(self._ear.run(), name="keepwell-rescue-ear")
        elif not wanted and self._listening is not None:
            self._listening.cancel()
            self._listening = None
            self._ongoing.clear()
            self._kept_at.clear()

    async def _read_on(self) -> None:
        """While the desk fails for longer than a moment: what is urgent among the entries that it cannot commit."""
        failures, cursor = self._commits()
        failing, self._failures = failures > self._failures, failures
        if not failing:
            return
        after = max(cursor, self._read_up_to)
        with suppress(TryLater):
            while entries := await self._journal.read(after, _READ_AT_ONCE):
                for entry in entries:
                    self._consider(entry.offset, entry.reading)
                after = self._read_up_to = entries[-1].offset

    # ------------------------------------------------------------------------------------------ telling

    def _held_long_enough(self, source: "_Source", reading: Reading) -> None:
        del self._held[source]
        self._consider(reading, reading)

    def _consider(self, key: object, reading: Reading) -> None:
        over = reading.value is False and not reading.flags & (Flag.RETAINED | Flag.REPLAYED)
        if over or Flag.MOMENTARY in reading.flags:  # nobody will say that a momentary one is over
            self._ongoing.discard((reading.home, over_of(reading)))
        home = self._directory().homes.get(reading.home)
        concern = None if home is None else concern_of(reading, home)
        if home is None or concern is None or key in self._known:
            return
        self._known[key] = None
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        if not self._is_new(concern):
            self._counts["held_back"] += 1
            return
        self._counts["told"] += 1
        _log.error("telling from memory", home=concern.home, rule=concern.rule)
        for contact in whom_to_tell(self._people, concern.home, concern.route):
            for channel in contact.channels:
                notice = self._notice(concern, tuple(hub.name for hub in home.hubs), contact, channel)
                task = asyncio.create_task(self._send(notice), name="keepwell-rescue-send")
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)

    def _is_new(self, concern: Concern) -> bool:
        """Not told within the last minute; an alarm that goes on is told once."""
        key = (concern.home, concern.rule, concern.subject)
        now = self._clock.now()
        lately = self._lately(self._told_at.get(key))
        if concern.lasts:
            goes_on = (concern.home, concern.subject) in self._ongoing
            self._ongoing.add((concern.home, concern.subject))
            lately = lately or goes_on
        if not lately:
            self._told_at[key] = now
        return not lately

    def _lately(self, moment: Instant | None) -> bool:
        return moment is not None and abs(self._clock.now() - moment) < AGAIN_AFTER

    def _notice(self, concern: Concern, hubs: tuple[str, ...], contact: Contact, channel: str) -> Notice:
        return Notice(
            message_id=f"<keepwell-memory-{uuid.uuid4().hex}@{self._gateway}>",
            kind="alert",
            home=concern.home,
            hubs=hubs,
            contact=contact,
            channel=channel,
            title=f"{concern.home}: {concern.title} (from memory, may be repeated)",
            body=f"{concern.sentence}\n{NOTE}",
            priority=1,
            rule=concern.rule,
            state="raised",
            may_be_repeat=True,
            event_at=concern.at,
            raised_at=self._clock.now(),
        )

    async def _send(self, notice: Notice) -> None:
        channel = next((one for one in self._channels if one.handles(notice.channel)), None)
        error: Exception = GiveUp("no channel serves this address: correct the contact's address")
        for pause_s in () if channel is None else _PAUSES_S:
            await asyncio.sleep(pause_s)
            try:
                async with self._room, asyncio.timeout(_SEND_TIMEOUT_S):
                    await channel.send(notice)  # type: ignore[union-attr]
            except (GiveUp, FixConfiguration) as trouble:
                error = trouble
                break
            except Exception as trouble:  # noqa: BLE001 - whatever it is, trying again is all that is left
                error = trouble
            else:
                self._counts["sent"] += 1
                return
        self._counts["failed"] += 1
        _log.error("an urgent message could not be sent", home=notice.home, error=type(error).__name__)

    async def _stop(self) -> None:
        for held in self._held.values():
            held.cancel()
        self._held.clear()
        listening = self._listening
        self._listen(wanted=False)
        if listening is not None:
            await asyncio.gather(listening, return_exceptions=True)
        if self._sending:
            _, late = await asyncio.wait(self._sending, timeout=_STOP_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
