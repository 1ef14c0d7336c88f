"""An intake at work against a real broker, with what it keeps on paper; and a way to cut its connection."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from gateway.clock import Clock, SystemClock
from gateway.config import Broker
from gateway.ingest.intake import Intake
from gateway.journal.committer import GroupCommitter
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Device, Directory, Home, Hub
from gateway.registry.memory import MemoryRegistry
from tests.ingest.paper import PaperCommitter, PaperJournal
from tests.support.servers import LOOPBACK, free_port

MOTION = "homes/elm/keepwell/hall-pir/motion"
TEMPERATURE = "homes/elm/keepwell/hall-pir/temperature"
TRUE = '{"value": true}'
ELM = Home("ELM-12", "Europe/London", hubs=(Hub("elm"),), devices=(Device("elm", "hall-pir", "Hall"),))
STREET = Directory((ELM,))


class Gateway:
    """An intake with a journal on paper; `directory` and `journal` outlive it, as the data directory does."""

    def __init__(self, port: int, data: Path, protocol: str = "5", *, held: bool = False, **settings: object) -> None:
        self.settings = Broker(**{"host": LOOPBACK, "port": port, "protocol": protocol, "keepalive_s": 5, **settings})
        self.data = data
        self.journal = PaperJournal()
        self.gaps: list[object] = []
        self.held = held
        self.clock: Clock = SystemClock()

    @asynccontextmanager
    async def running(
        self, *, connected: bool = True, graceful: bool = True, journal: SqliteJournal | None = None
    ) -> AsyncIterator["Gateway"]:
        self.committer = PaperCommitter(self.journal, held=self.held)
        if journal is not None:
            self.committer = GroupCommitter(journal)
        self.registry = MemoryRegistry()
        self.intake = Intake(
            self.settings,
            data=self.data,
            journal=journal or self.journal,
            registry=self.registry,
            committer=self.committer,
            directory=lambda: STREET,
            clock=self.clock,
            on_gap=lambda since, now: self.gaps.append((since, now)),
            first_retry_s=0.05,
            longest_retry_s=0.2,
            quiet_s=0.2,
        )
        task = asyncio.create_task(self.intake.run())
        try:
            if connected:
                async with asyncio.timeout(20):
                    await self.intake.wait_connected()
            yield self
            if graceful:
                await self.intake.stop()
                await task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def until(self, holds: Callable[[], bool], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - the condition is anybody's
                await asyncio.sleep(0.005)

    @property
    def numbers(self) -> list[float]:
        """The temperatures in the journal, which number the messages of a test."""
        return [float(one.value) for one in self.journal.readings if one.quantity == "temperature"]


def numbered(count: int, start: int = 0) -> list[tuple[str, str]]:
    """So many messages with a temperature that is their number."""
    return [(TEMPERATURE, f'{{"value": {number}}}') for number in range(start, start + count)]


class Cut:
    """A TCP proxy on loopback that can cut every connection through it without a goodbye."""

    def __init__(self) -> None:
        self.port = free_port()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def to(cls, port: int) -> "Cut":
        proxy = cls()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            onward_reader, onward = await asyncio.open_connection(LOOPBACK, port)
            proxy._writers |= {writer, onward}
            for source, sink in ((reader, onward), (onward_reader, writer)):
                task = asyncio.create_task(proxy._pump(source, sink))
                proxy._tasks.add(task)
                task.add_done_callback(proxy._tasks.discard)

        proxy._server = await asyncio.start_server(serve, LOOPBACK, proxy.port)
        return proxy

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        sink.close()

    def cut(self) -> None:
        for writer in self._writers:
            raw = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            writer.transport.abort()
        self._writers.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
