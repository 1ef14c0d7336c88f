"""Where news for open pages comes from: alerts, homes, the registry. While no page is open it looks at nothing."""

import asyncio
import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.database.tables import AlertRow, TimelineRow
from gateway.model import Directory
from gateway.web.live import ALERTS
from gateway.web.site import Site

_LOOK_S = 1.0
"""How late it may be told what another process did."""
_TOGETHER_S = 0.5
"""However much is heard of a home, it is told so often at most."""
_EACH_S, _LONGEST_S = 0.1, 5.0
"""After news of alerts there is none for so long for each page that is open: all of them ask for themselves again, and
a storm of alerts is when the gateway has other things to do. The first news always comes at once."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far the pages have been told: the last line of all alerts' timelines, the registry, unregistered devices."""

    line: int
    directory: Directory
    strangers: float
    alerted: Collection[str]
    """Homes whose alerts have changed since the look before."""


class Feed:
    """Tells a site's `live`. `run()` it beside the server; `wake` and `lived` are for the other parts to call.

    `strangers` counts how often devices that nobody registered were heard: news for homes that are being installed,
    which are paused.
    """

    def __init__(self, site: Site, strangers: Callable[[], float]) -> None:
        self._site = site
        self._live = site.live
        self._strangers = strangers
        self._woken = asyncio.Event()
        self._lived = asyncio.Event()
        self._homes: set[str] = set()
        self.seen: Seen | None = None
        """How far things were at the last look; None while nobody follows."""

    def wake(self) -> None:
        """Something may have been done to an alert."""
        self._woken.set()

    def lived(self, homes: Collection[str]) -> None:
        """What was heard of these homes, or time that passed there, may have changed how they are."""
        if self._live.followed:
            self._homes.update(homes)
            self._lived.set()

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell_of_homes())
            group.create_task(self._tell_of_changes())

    async def _tell_of_homes(self) -> None:
        while True:
            await self._lived.wait()
            self._lived.clear()
            told, self._homes = self._homes, set()
            for home in told:
                self._live.tell(home)
            await asyncio.sleep(_TOGETHER_S)

    async def _tell_of_changes(self) -> None:
        while True:
            self._woken.clear()
            before, self.seen = self.seen, await self._look(self.seen) if self._live.followed else None
            if self.seen is not None and before is not None:
                self._tell(before, self.seen)
            elif self.seen is not None:  # they came since the last look: what happened in between is not known
                for news in self._live.wanted():
                    self._live.tell(news)
            await asyncio.sleep(max(_TOGETHER_S / 2, min(_LONGEST_S, _EACH_S * self._live.followed)))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self._woken.wait()

    async def _look(self, before: Seen | None) -> Seen:
        directory, strangers = self._site.directory(), self._strangers()
        since = None if before is None else before.line
        line, alerted = await self._site.database.read(lambda session: _changed(session, since))
        return Seen(line, directory, strangers, alerted)

    def _tell(self, before: Seen, now: Seen) -> None:
        for home in now.alerted:
            self._live.tell(ALERTS, home)
        for home in self._live.wanted():
            former, present = before.directory.homes.get(home), now.directory.homes.get(home)
            heard = now.strangers != before.strangers and present is not None and present.mode == "paused"
            if heard or former != present:
                self._live.tell(home)


def _changed(session: Session, since: int | None) -> tuple[int, Collection[str]]:
    """The last line of all timelines, and the homes of those after `since`. By the key of the table, so in no time."""
    last = session.scalar(select(func.max(TimelineRow.id))) or 0
    if since is None or last <= since:
        return last, ()
    lines = select(TimelineRow.alert).where(TimelineRow.id > since)
    return last, session.scalars(select(AlertRow.home).where(AlertRow.id.in_(lines)).distinct()).all()
