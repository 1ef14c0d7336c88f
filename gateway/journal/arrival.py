"""Readers of a journal waiting for the next entry, without polling."""

import asyncio


class Arrivals:
    """Knows the highest offset that has an entry and wakes who waits for a higher one."""

    def __init__(self, latest: int) -> None:
        self._latest = latest
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def set(self, latest: int) -> None:
        """`latest` is now the highest offset with an entry, 0 for none."""
        self._latest = latest
        still: list[tuple[int, asyncio.Future[None]]] = []
        for after, waiter in self._waiting:
            if latest > after and not waiter.done():
                waiter.set_result(None)
            elif not waiter.done():
                still.append((after, waiter))
        self._waiting = still

    async def above(self, after: int) -> None:
        """Return once there is an entry above `after`."""
        if self._latest > after:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((after, waiter))
        try:
            await waiter
        finally:
            self._waiting = [entry for entry in self._waiting if entry[1] is not waiter]
