"""The pages as parts of a running gateway: what it starts, and what it tells them."""

from collections.abc import Awaitable, Callable, Sequence

from gateway.model import Trouble
from gateway.notify.answer import Link, no_link
from gateway.web.access.first import first_link
from gateway.web.access.messagelink import links
from gateway.web.application import application
from gateway.web.chores import sweep
from gateway.web.feed import Feed
from gateway.web.installer.walk_watcher import WalkWatcher
from gateway.web.server import Server
from gateway.web.site import Site


class Pages:
    """`parts` are to be run for as long as the gateway is up."""

    def __init__(self, site: Site, strangers: Callable[[], float]) -> None:
        self.site = site
        self.feed = Feed(site, strangers)
        self.server = Server(site.settings.web, application(site))

    def parts(self) -> Sequence[tuple[str, Callable[[], Awaitable[None]]]]:
        """Name and what to run, each by itself."""
        return (
            ("pages", self.server.run),
            ("news", self.feed.run),
            ("walk tests", WalkWatcher(self.site).run),
            ("sweeping", lambda: sweep(self.site)),
        )

    async def served(self) -> str:
        """Host and port, once they are served."""
        return await self.server.served()

    async def first_link(self, address: str) -> str | None:
        """Where the first administrator signs in, with the pages at `address` unless settings say; None with people."""
        return await first_link(self.site, self.site.settings.web.address or address)

    def link(self) -> Link:
        """Where a message can be answered, once it is known by which address people reach the pages."""
        address, now = self.site.settings.web.address, self.site.wall.now
        return links(self.site.key, address, now) if address else no_link

    def troubles(self) -> Sequence[Trouble]:
        """Why nobody can open them."""
        return self.server.troubles()

    def close(self) -> None:
        """The gateway ends: nobody follows news any more."""
        self.site.live.close()
