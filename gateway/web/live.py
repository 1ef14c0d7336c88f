"""What is live on pages: news that something changed, for whoever has a page open. The page asks for itself again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

ALERTS = "alerts"
"""Some alert changed. Any other news is a home's reference: something was heard of it or done to it."""
MOST, MOST_OF_ONE = 500, 6
"""Streams in all, and of one person: as many as a browser opens to one server over HTTP/1.1."""


def _everything(_home: str) -> bool:
    return True


class Live:
    """Gives news to all who follow; whoever is slow gets each piece once, however often it came meanwhile."""

    def __init__(self) -> None:
        self._followers: set[Follower] = set()
        self._closed = False

    @property
    def followed(self) -> int:
        """How many live pages are open."""
        return len(self._followers)

    def wanted(self) -> Collection[str]:
        """The news that somebody waits for just now."""
        return {news for follower in self._followers for news in follower.wanted or ()}

    def tell(self, news: str, home: str | None = None) -> None:
        """From the event loop's own thread only. `home`: whose alert it is, for who sees that home; None: for all."""
        for follower in self._followers:
            follower.take(news, home)

    def close(self) -> None:
        """Nobody follows any more: streams end."""
        self._closed = True
        for follower in self._followers:
            follower.end()

    def is_full(self, who: object = None) -> bool:
        """Whether nobody else can follow, or `who` cannot with one page more."""
        own = sum(follower.who == who for follower in self._followers) if who is not None else 0
        return len(self._followers) >= MOST or own >= MOST_OF_ONE

    @asynccontextmanager
    async def following(
        self,
        wanted: Collection[str] | None = None,
        *,
        who: object = None,
        sees: Callable[[str], bool] = _everything,
    ) -> AsyncIterator["Follower"]:
        """News of these, or all; of alerts, those of homes that are seen. `async for` ends when the gateway does."""
        follower = Follower(wanted, who, sees)
        self._followers.add(follower)
        if self._closed:
            follower.end()
        try:
            yield follower
        finally:
            self._followers.discard(follower)


class Follower:
    """One who follows."""

    def __init__(self, wanted: Collection[str] | None, who: object, sees: Callable[[str], bool]) -> None:
        self.who = who
        self.wanted = wanted
        self._sees = sees
        self._news: dict[str, None] = {}
        self._bell = asyncio.Event()
        self._ended = False

    def take(self, news: str, home: str | None = None) -> None:
        """Hear of it, if it is wanted."""
        if (self.wanted is None or news in self.wanted) and (home is None or self._sees(home)):
            self._news[news] = None
            self._bell.set()

    def end(self) -> None:
        """There will be no more."""
        self._ended = True
        self._bell.set()

    def __aiter__(self) -> "Follower":
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
