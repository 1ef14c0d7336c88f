"""What devices tell of themselves is noted with those that are registered, each once."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from devices.measurement import Description
from gateway.clock import ManualClock
from gateway.ingest.introductions import Introductions
from gateway.model import Device, Directory, Home, Hub
from gateway.registry.memory import MemoryRegistry
from tests.ingest.homes import NOW
from tests.ingest.paper import PaperCommitter, PaperJournal

ELM = Home(
    "ELM-12",
    "UTC",
    hubs=(Hub("elm"),),
    devices=(Device("elm", "ha:1", "Hall"), Device("elm", "ha:2", quantities=("motion",))),
)


def _introductions(registry: MemoryRegistry, directory: Callable[[], Directory]) -> Introductions:
    journal = PaperJournal()
    return Introductions(
        journal=journal,
        registry=registry,
        committer=PaperCommitter(journal),
        directory=directory,
        resolve=lambda _hub: lambda _named: None,
        clock=ManualClock(NOW),
    )


async def test_each_of_many_introductions_at_once_counts_and_what_is_known_is_not_written_again():
    registry = MemoryRegistry(ELM)
    directory = await registry.directory()
    introductions = _introductions(registry, lambda: directory)
    said = [
        Description("ha:1", "Hall", "Acme", "X1", ("motion",)),
        Description("ha:1", "Hall", "Acme", "X1", ("motion", "battery")),
        Description("ha:2/left", "Door", quantities=("contact",)),
        Description("ha:9", "Stranger", quantities=("contact",)),
    ]
    for one in said:
        introductions.submit("elm", (one,))
    serving = asyncio.create_task(introductions.run())
    try:
        async with asyncio.timeout(20):
            await introductions.idle()
        directory = await registry.directory()
        hall, door = directory.homes["ELM-12"].devices
        assert (hall.maker, hall.model, hall.quantities) == ("Acme", "X1", ("motion", "battery"))
        assert door.quantities == ("motion", "contact")
        introductions.submit("elm", (said[1], said[2]))
        async with asyncio.timeout(20):
            await introductions.idle()
        assert await registry.revision() == directory.revision
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


class SlowRegistry(MemoryRegistry):
    """One that lets others run while it notes something, as a database does."""

    async def describe(self, hub: str, address: str, description: Description) -> bool:
        await asyncio.sleep(0)
        return await super().describe(hub, address, description)


async def test_what_is_told_while_something_is_looked_up_is_not_lost():
    registry = SlowRegistry(replace(ELM, devices=tuple(Device("elm", f"ha:{number}") for number in range(9))))
    directory = await registry.directory()
    introductions = _introductions(registry, lambda: directory)
    serving = asyncio.create_task(introductions.run())
    try:
        for number in range(9):
            introductions.submit("elm", (Description(f"ha:{number}", "Hall", quantities=("motion",)),))
            await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await introductions.idle()
        known = (await registry.directory()).homes["ELM-12"].devices
        assert [one.quantities for one in known] == [("motion",)] * 9
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
