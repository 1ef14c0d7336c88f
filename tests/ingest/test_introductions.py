"""What devices tell of themselves is noted with those that are registered, each once."""

import asyncio
from contextlib import suppress

from devices.measurement import Description
from gateway.clock import ManualClock
from gateway.ingest.introductions import Introductions
from gateway.model import Device, Home, Hub, Taken
from gateway.registry.memory import MemoryRegistry
from tests.ingest.homes import NOW
from tests.ingest.paper import PaperCommitter, PaperJournal

ELM = Home(
    "ELM-12",
    "UTC",
    hubs=(Hub("elm"),),
    devices=(Device("elm", "ha:1", "Hall"), Device("elm", "ha:2", quantities=("motion",))),
)


async def test_each_of_many_introductions_at_once_counts_and_what_is_known_is_not_written_again():
    journal, registry = PaperJournal(), MemoryRegistry(ELM)
    directory = await registry.directory()
    introductions = Introductions(
        journal=journal,
        registry=registry,
        committer=PaperCommitter(journal),
        directory=lambda: directory,
        resolve=lambda _hub: lambda _named: None,
        clock=ManualClock(NOW),
    )
    done: list[int] = []
    said = [
        Description("ha:1", "Hall", "Acme", "X1", ("motion",)),
        Description("ha:1", "Hall", "Acme", "X1", ("motion", "battery")),
        Description("ha:2/left", "Door", quantities=("contact",)),
        Description("ha:9", "Stranger", quantities=("contact",)),
    ]
    for number, one in enumerate(said):
        introductions.submit("elm", (one,), Taken(), lambda number=number: done.append(number))  # type: ignore[misc]
    serving = asyncio.create_task(introductions.run())
    try:
        async with asyncio.timeout(20):
            await introductions.idle()
        directory = await registry.directory()
        hall, door = directory.homes["ELM-12"].devices
        assert (hall.maker, hall.model, hall.quantities) == ("Acme", "X1", ("motion", "battery"))
        assert door.quantities == ("motion", "contact")
        assert done == [0, 1, 2, 3]
        introductions.submit("elm", (said[1], said[2]), Taken(), lambda: done.append(4))
        async with asyncio.timeout(20):
            await introductions.idle()
        assert await registry.revision() == directory.revision
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
