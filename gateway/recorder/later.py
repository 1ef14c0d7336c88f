"""A store that is opened when it is first needed and tried until it opens: it may not keep the gateway from running."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from devices.instant import Instant
from gateway.model import Point
from gateway.ports import Extent, Store


class StoreOpenedLater:
    """Implements ports.Store. `open_store` may raise TryLater or FixConfiguration, which is then the write's answer."""

    def __init__(self, open_store: Callable[[], Awaitable[Store]]) -> None:
        self._open = open_store
        self._store: Store | None = None
        self._opening = asyncio.Lock()

    async def write(self, points: Sequence[Point]) -> None:
        """As the store itself; raises what kept it from being opened."""
        await (await self._opened()).write(points)

    async def read(
        self, measurements: Collection[str], tags: Mapping[str, str], start: Instant, end: Instant
    ) -> Sequence[Point]:
        """As the store itself."""
        return await (await self._opened()).read(measurements, tags, start, end)

    async def extent(self, home: str) -> Extent:
        """As the store itself."""
        return await (await self._opened()).extent(home)

    async def erase(self, home: str) -> None:
        """As the store itself."""
        await (await self._opened()).erase(home)

    async def check(self) -> str:
        """As the store itself."""
        return await (await self._opened()).check()

    async def close(self) -> None:
        """Release what was opened."""
        if self._store is not None:
            await self._store.close()

    async def _opened(self) -> Store:
        async with self._opening:
            if self._store is None:
                self._store = await self._open()
            return self._store
