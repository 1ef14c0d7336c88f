"""Acknowledged only when durable, in order, in batches; and never stuck."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Self

import pytest

from devices.instant import SECOND
from gateway.errors import TryLater
from gateway.journal.committer import GroupCommitter
from gateway.journal.memory import MemoryJournal
from gateway.model import Quarantined, Reading, Taken

NOON = 1_768_000_000_000_000
READING = Reading("ELM-12", "hub-1", "zigbee2mqtt:0x1", "hall", None, "motion", True, NOON, NOON)


def message(number: int) -> Taken:
    return Taken(readings=(replace(READING, at=NOON + number * SECOND),))


class Disk(MemoryJournal):
    """A journal whose disk can be slow, full, or choke on a message."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []
        self.troubles: list[Exception] = []
        self.free = asyncio.Event()
        self.free.set()
        self.poison: Taken | None = None

    async def append(self, batch: Sequence[Taken]) -> int:
        await self.free.wait()
        if self.troubles:
            raise self.troubles.pop(0)
        if self.poison in batch:
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        self.batches.append(len(batch))
        return await super().append(batch)


class Running:
    """A committer at work; `acknowledged` lists what it has called back, `pauses` how long it waited."""

    def __init__(self, disk: Disk, **settings: float) -> None:
        self.disk = disk
        self.acknowledged: list[int] = []
        self.pauses: list[float] = []
        self.committer = GroupCommitter(
            disk,
            max_messages=int(settings.get("max_messages", 500)),
            max_delay_s=settings.get("max_delay_s", 10.0),
            sleep=self._sleep,
            jitter=lambda: 1.0,
        )

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    def submit(self, *numbers: int) -> None:
        for number in numbers:
            self.committer.submit(message(number), partial(self.acknowledged.append, number))

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self.committer.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


async def test_a_batch_closes_when_the_intake_is_drained() -> None:
    async with Running(Disk()) as running:
        running.submit(1, 2, 3)
        await running.committer.drained(1)
        running.submit(4)
        await running.committer.drained(1)
    assert running.disk.batches == [3, 1]
    assert running.acknowledged == [1, 2, 3, 4]


async def test_a_batch_closes_at_its_size_and_after_its_delay() -> None:
    async with Running(Disk(), max_messages=4) as running:
        running.submit(*range(10))
        await running.committer.drained(1)
    assert running.disk.batches == [4, 4, 2]
    async with Running(Disk(), max_delay_s=0.0) as running:
        running.submit(1)
        await running.committer.drained(1)
    assert running.acknowledged == [1]


async def test_nothing_is_acknowledged_before_it_is_durable() -> None:
    disk = Disk()
    disk.free.clear()
    async with Running(disk) as running:
        running.submit(1, 2)
        for _ in range(10):
            await asyncio.sleep(0)
        running.submit(3)
        assert (running.acknowledged, running.committer.pending) == ([], 3)
        disk.free.set()
        await running.committer.drained(1)
    assert running.acknowledged == [1, 2, 3]


async def test_who_stopped_reading_goes_on_below_the_mark() -> None:
    disk = Disk()
    disk.free.clear()
    async with Running(disk, max_messages=2) as running:
        running.submit(*range(6))
        below = asyncio.create_task(running.committer.drained(3))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not below.done()
        disk.free.set()
        await asyncio.wait_for(below, 5)


async def test_a_full_disk_is_tried_again_and_reported_meanwhile() -> None:
    disk = Disk()
    disk.troubles = [*[TryLater("the disk is full: free space")] * 8, TryLater("busy", after_s=9.0)]
    problems: list[str | None] = []
    async with Running(disk) as running:
        running.submit(1, 2)
        while not running.acknowledged:
            problems.append(running.committer.problem)
            await asyncio.sleep(0)
        assert running.committer.problem is None
    assert "the disk is full: free space" in problems
    assert running.pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 9.0])
    assert running.acknowledged == [1, 2]
    assert running.committer.figures()["retries"] == 9


async def test_a_failing_acknowledgement_stops_nobody() -> None:
    async with Running(Disk()) as running:
        running.submit(1)
        running.committer.submit(message(2), _broken)
        running.submit(3)
        await running.committer.drained(1)
    assert running.acknowledged == [1, 3]


async def test_a_message_that_no_journal_takes_is_quarantined_without_its_content() -> None:
    disk = Disk()
    async with Running(disk) as running:
        disk.poison = message(2)
        running.submit(1, 2, 3)
        await running.committer.drained(1)
    assert running.acknowledged == [1, 2, 3]
    assert len(await disk.read(0, 10)) == 2
    assert list(await disk.quarantine()) == [
        Quarantined(None, "", None, "gateway_fault", "OverflowError", 0, "", NOON)
    ]  # fmt: skip
    assert running.committer.figures()["faults"] == 1


async def test_a_journal_that_takes_nothing_at_all_ends_the_run_and_a_new_one_resumes() -> None:
    disk = Disk()
    disk.troubles = [ValueError("closed")] * 2
    running = Running(disk)
    running.submit(1)
    with pytest.raises(RuntimeError):
        await running.committer.run()
    assert running.acknowledged == []
    async with running:
        await running.committer.drained(1)
    assert running.acknowledged == [1]


async def test_the_end_keeps_and_acknowledges_what_was_submitted() -> None:
    disk = Disk()
    async with Running(disk, max_messages=2) as running:
        disk.free.clear()
        running.submit(1, 2, 3)
        for _ in range(10):
            await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(disk.free.set)
    assert running.acknowledged == [1, 2, 3]
    assert len(await disk.read(0, 10)) == 3


async def test_the_end_with_a_full_disk_leaves_messages_to_the_broker() -> None:
    disk = Disk()
    disk.troubles = [TryLater("the disk is full")] * 99
    async with Running(disk) as running:
        running.submit(1, 2, 3)
        for _ in range(10):
            await asyncio.sleep(0)
    assert (running.acknowledged, running.committer.pending) == ([], 3)


async def test_an_urgent_message_takes_those_before_it_along_at_once() -> None:
    disk = Disk()
    refused: list[int] = []
    kept: list[int] = []
    resting = asyncio.Event()

    async def for_ever(_seconds: float) -> None:
        resting.set()
        await asyncio.Event().wait()

    acknowledged: list[int] = []
    committer = GroupCommitter(
        disk, max_messages=2, sleep=for_ever, urgent=lambda taken: taken == message(4),
        refused=lambda batch: refused.append(len(batch)), kept=lambda batch: kept.append(len(batch)),
    )  # fmt: skip
    running = asyncio.create_task(committer.run())
    disk.troubles = [TryLater("the disk is nearly full")]
    for number in (1, 2, 3):
        committer.submit(message(number), partial(acknowledged.append, number))
    await asyncio.wait_for(resting.wait(), 5)
    assert (refused, acknowledged, committer.problem) == ([2], [], "the disk is nearly full")
    (trouble,) = committer.troubles()
    assert (trouble.rule, trouble.subject) == ("gateway", "journal")
    assert "the disk is nearly full" in trouble.sentence
    for number in (4, 5):
        committer.submit(message(number), partial(acknowledged.append, number))
    await asyncio.wait_for(committer.drained(1), 5)
    assert (disk.batches, acknowledged, kept) == ([4, 1], [1, 2, 3, 4, 5], [4])
    assert committer.troubles() == ()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_who_fails_to_be_told_of_a_refused_batch_stops_nobody() -> None:
    disk = Disk()
    disk.troubles = [TryLater("the disk is full")]
    committer = GroupCommitter(disk, sleep=asyncio.sleep, jitter=lambda: -0.9, refused=_cannot_hear)
    running = asyncio.create_task(committer.run())
    committer.submit(message(1), lambda: None)
    await asyncio.wait_for(committer.drained(1), 5)
    assert disk.batches == [1]
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def _cannot_hear(_batch: Sequence[Taken]) -> None:
    raise ValueError("a fault of ours")


def _broken() -> None:
    raise ConnectionError("the connection is gone")
