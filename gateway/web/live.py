"""What is live on pages: news that something changed, for whoever has a page open. The page asks for itself again."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

ALERTS = "alerts"
"""Some alert changed, wherever. Any other news is a home's reference: something was heard of it or done to it."""


class Live:
    """Gives news to all who follow; whoever is slow gets each piece once, however often it came meanwhile."""

    def __init__(self) -> None:
        self._followers: set[_Follower] = set()
        self._closed = False

    def tell(self, news: str) -> None:
        """From the event loop's own thread only."""
        for follower in self._followers:
            follower.take(news)

    def close(self) -> None:
        """Nobody follows any more: streams end."""
        self._closed = True
        for follower in self._followers:
            follower.end()

    @asynccontextmanager
    async def following(self, wanted: Collection[str] | None = None) -> AsyncIterator["_Follower"]:
        """News of these, or all. `async for news in follower` ends when the gateway does."""
        follower = _Follower(wanted)
        self._followers.add(follower)
        if self._closed:
            follower.end()
        try:
            yield follower
        finally:
            self._followers.discard(follower)


class _Follower:
    def __init__(self, wanted: Collection[str] | None) -> None:
        self._wanted = wanted
        self._news: dict[str, None] = {}
        self._bell = asyncio.Event()
        self._ended = False

    def take(self, news: str) -> None:
        if self._wanted is None or news in self._wanted:
            self._news[news] = None
            self._bell.set()

    def end(self) -> None:
        self._ended = True
        self._bell.set()

    def __aiter__(self) -> "_Follower":
        return self

    async def __anext__(self) -> str:
        while not self._news and not self._ended:
            self._bell.clear()
            await self._bell.wait()
        if self._ended:
            raise StopAsyncIteration
        first = next(iter(self._news))
        del self._news[first]
        return first
