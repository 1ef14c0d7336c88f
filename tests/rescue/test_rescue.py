"""Told from memory while nothing can be kept: at once, to everybody, once a minute, and only what is urgent."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from devices.instant import MINUTE, SECOND
from gateway.clock import ManualClock
from gateway.errors import TryLater
from gateway.journal.memory import MemoryJournal
from gateway.model import Contact, Delivery, Device, Directory, Flag, Home, Hub, Notice, Reading, Taken
from gateway.rescue import rescue as module
from gateway.rescue.people import People
from gateway.rescue.rescue import Rescue

NOON = 1_768_000_000_000_000
HOME = Home("ELM-12", "Europe/London", hubs=(Hub("elm"),), devices=(Device("elm", "p1", role="pendant"),))
PRESS = Reading("ELM-12", "elm", "p1", None, "pendant", "button", "press", NOON, NOON)
SMOKE = Reading("ELM-12", "elm", "s1", "kitchen", None, "smoke", True, NOON, NOON)
MOTION = replace(SMOKE, quantity="motion")
PEOPLE = {
    ("ELM-12", "default"): (Contact(1, "Ann", ("list:ann", "list:ann-sms")), Contact(2, "Ben", ("list:ben",))),
    ("ELM-12", "fire"): (Contact(3, "Warden", ("list:warden",)),),
}


class Phones:
    """A channel that keeps what it was given; `dead` numbers fail so often."""

    def __init__(self) -> None:
        self.told: list[Notice] = []
        self.dead: dict[str, int] = {}

    def handles(self, address: str) -> bool:
        return address.startswith(("list:", "console:", "mqtt:"))

    async def send(self, notice: Notice) -> None:
        if self.dead.get(notice.channel, 0) > 0:
            self.dead[notice.channel] -= 1
            raise TryLater("engaged")
        self.told.append(notice)


class Ear:
    """Something that listens; `listening` while it is wanted."""

    def __init__(self) -> None:
        self.listening = False

    async def run(self) -> None:
        self.listening = True
        try:
            await asyncio.Event().wait()
        finally:
            self.listening = False


class Night:
    """A gateway with a full disk."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOON)
        self.phones = Phones()
        self.journal = MemoryJournal()
        self.ear = Ear()
        self.problem: str | None = None
        self.failures, self.cursor = 0, 0
        self.people: People = PEOPLE
        self.readable = True
        self.directory = Directory((HOME,), 1)
        self.rescue = Rescue(
            self.journal,
            (self.phones,),
            self.clock,
            directory=lambda: self.directory,
            people=self._read_people,
            problem=lambda: self.problem,
            commits=lambda: (self.failures, self.cursor),
            ear=lambda _hear: self.ear,
        )

    async def _read_people(self) -> People:
        if not self.readable:
            raise OSError("the disk cannot be read")
        return self.people

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(notice.channel, notice.title) for notice in self.phones.told]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():  # noqa: ASYNC110 - the condition is anybody's
                await asyncio.sleep(0.002)

    async def turns(self) -> None:
        """Enough turns for whatever is on its way to be told."""
        for _ in range(50):
            await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_EVERY_S", 0.005)
    monkeypatch.setattr(module, "_PAUSES_S", (0.0, 0.0, 0.0))
    monkeypatch.setattr(module, "GRACE_S", 0.02)


@pytest.fixture
async def night() -> AsyncIterator[Night]:
    night = Night()
    async with running(night):
        yield night


@asynccontextmanager
async def running(night: Night) -> AsyncIterator[None]:
    task = asyncio.create_task(night.rescue.run())
    await night.until(lambda: night.rescue._people_of is not None or not night.readable)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def taken(*readings: Reading, mid: int | None = None, dup: bool = False) -> Taken:
    return Taken(None if mid is None else Delivery("s1", mid, b"d", dup), readings)


async def test_a_press_that_was_refused_is_told_to_everybody_by_every_channel(night: Night) -> None:
    night.rescue.refused([taken(MOTION), taken(PRESS)])
    await night.turns()
    title = "ELM-12: pendant pressed (from memory, may be repeated)"
    assert night.told == [("list:ann", title), ("list:ann-sms", title), ("list:ben", title)]
    notice = night.phones.told[0]
    assert notice.body.startswith("The pendant was pressed at 23:06.\nKeepwell cannot write to its disk")
    assert (notice.priority, notice.rule, notice.hubs, notice.may_be_repeat) == (1, "pendant", ("elm",), True)
    assert len({one.message_id for one in night.phones.told}) == 3


async def test_the_same_message_refused_again_and_again_is_told_once(night: Night) -> None:
    night.people = {("ELM-12", "default"): (Contact(1, "Ann", ("list:ann",)),)}
    night.directory = Directory((HOME,), 2)
    await night.until(lambda: night.rescue._people is night.people)
    for _ in range(5):
        night.rescue.refused([taken(PRESS, mid=7)])
        night.rescue.refused([taken(replace(PRESS, received_at=night.clock.now()), mid=7, dup=True)])
        night.clock.advance_to(night.clock.now() + 2 * MINUTE)
    await night.turns()
    assert len(night.told) == 1


async def test_further_presses_are_told_once_a_minute(night: Night) -> None:
    for second in range(0, 130, 10):
        night.clock.advance_to(NOON + second * SECOND)
        night.rescue.refused([taken(replace(PRESS, at=night.clock.now(), received_at=night.clock.now()), mid=second)])
    night.rescue.refused([taken(replace(PRESS, device="p2"), mid=999)])
    await night.turns()
    assert len([one for one in night.told if one[0] == "list:ben"]) == 4
    assert night.rescue.figures()["held_back"] == 10


async def test_an_alarm_that_goes_on_is_told_once_until_it_was_over(night: Night) -> None:
    for minute in range(10):
        night.clock.advance_to(NOON + minute * MINUTE)
        now = night.clock.now()
        night.rescue.refused([taken(replace(SMOKE, at=now, received_at=now))])
    night.rescue.refused([taken(replace(SMOKE, value=False))])
    night.clock.advance_to(NOON + 11 * MINUTE)
    night.rescue.refused([taken(replace(SMOKE, at=night.clock.now()))])
    await night.turns()
    assert len([one for one in night.told if one[0] == "list:ben"]) == 2


async def test_an_alarm_of_a_sensor_that_never_says_it_is_over_is_told_each_time(night: Night) -> None:
    for minutes in range(3):
        now = night.clock.now()
        night.rescue.refused([taken(replace(SMOKE, at=now, received_at=now, flags=Flag.MOMENTARY | Flag.UNTRUSTED))])
        night.clock.advance_to(now + MINUTE + SECOND)
        await night.until(lambda count=3 * (minutes + 1): len(night.told) == count)  # type: ignore[misc]


async def test_what_is_not_urgent_or_of_no_home_of_ours_is_told_to_nobody(night: Night) -> None:
    night.rescue.refused([taken(MOTION, replace(PRESS, value="release")), taken(replace(PRESS, home="OAK-3"))])
    await night.turns()
    assert night.told == []


async def test_it_listens_while_nothing_can_be_kept_and_then_no_more(night: Night) -> None:
    assert not night.ear.listening
    night.problem = "the disk is full"
    await night.until(lambda: night.ear.listening)
    night.problem = None
    await night.until(lambda: not night.ear.listening)


async def test_what_the_ear_hears_is_told_unless_the_journal_takes_it_in_a_moment(night: Night) -> None:
    night.problem = "the disk is full"
    night.rescue.hear(taken(PRESS))
    night.rescue.hear(taken(replace(PRESS, device="p2")))
    night.rescue.kept([taken(replace(PRESS, device="p2", received_at=NOON + SECOND))])
    night.rescue.kept([taken(replace(PRESS, device="p3"))])
    night.rescue.hear(taken(replace(PRESS, device="p3")))
    await night.until(lambda: len(night.told) == 3)
    await asyncio.sleep(0.05)
    assert len(night.told) == 3, "of p1 alone"


async def test_who_cannot_be_reached_is_tried_again(night: Night) -> None:
    night.phones.dead = {"list:ann": 2, "list:ben": 99}
    night.rescue.refused([taken(PRESS)])
    await night.until(lambda: night.rescue.figures()["failed"] == 1)
    assert {channel for channel, _ in night.told} == {"list:ann", "list:ann-sms"}


async def test_a_home_that_has_nobody_and_a_disk_that_cannot_be_read_reach_the_operator() -> None:
    night = Night()
    night.readable = False
    async with running(night):
        night.rescue.refused([taken(PRESS)])
        await night.turns()
        assert {channel for channel, _ in night.told} == {"console:", "mqtt:"}


async def test_presses_that_the_journal_took_are_told_while_the_desk_cannot_commit(night: Night) -> None:
    await night.journal.append([taken(replace(PRESS, device="p0")), taken(PRESS), taken(MOTION)])
    night.cursor = 1
    await night.turns()
    assert night.told == []
    night.failures = 1
    await night.until(lambda: len(night.told) == 3)
    assert {notice.rule for notice in night.phones.told} == {"pendant"}
    night.failures = 2
    await night.journal.append([taken(SMOKE)])
    night.failures = 3
    await night.until(lambda: len(night.told) == 6)
    assert night.rescue.figures()["told"] == 2, "the one that was committed is none of ours"
