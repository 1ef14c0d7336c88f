"""Walk tests as the gateway follows them, whether or not a page is open: what fires is noted as it comes.

It reads the journal from its end on, with its position in memory: what happens while the gateway is being restarted is
not seen, so a sensor has to fire again then, and an exit test that was going on is said to have been missed.
"""

import asyncio
import contextlib
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.database.access import WalkRow
from gateway.database.tables import HomeRow
from gateway.model import Reading, parent_address
from gateway.web.installer import walk_progress as progress
from gateway.web.installer.walk_record import device_of, open_homes, open_walk
from gateway.web.site import Site

_BATCH = 500
_TOGETHER_S = 0.2
"""However much is heard, the database is asked so often at most."""
_LOOK_S = 1.0
"""How late the end of the exit test's silence is noticed."""


class WalkWatcher:
    """`run()` it as a part of the gateway. While no walk test is open it costs one small question per batch."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._waits = False
        """Whether time alone may end an exit test."""

    async def run(self) -> None:
        """For ever."""
        position = await self._site.journal.end()
        await self.begin()
        while True:
            entries = await self._site.journal.read(position, _BATCH)
            position = entries[-1].offset if entries else position
            await self.step([entry.reading for entry in entries])
            await asyncio.sleep(_TOGETHER_S)
            if not entries:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_S if self._waits else None):
                        await self._site.journal.wait(position)

    async def begin(self) -> None:
        """The gateway was not listening until now."""

        def work(session: Session) -> None:
            for walk in session.scalars(select(WalkRow).where(WalkRow.signed_at.is_(None))):
                walk.seen = dict(progress.missed(walk.seen, now))

        now = self._site.now()
        if await self._site.database.read(open_homes):
            await self._site.database.run(work)

    async def step(self, readings: Sequence[Reading]) -> None:
        """Take these in, and the time. Pages of homes where something is news are told."""
        homes = await self._site.database.read(open_homes)
        of_homes = [reading for reading in readings if reading.home in homes]
        if not of_homes and not (homes and self._waits):
            return
        wanted = homes if self._waits else {reading.home for reading in of_homes}
        now, occupied = self._site.now(), self._occupied(wanted)
        told, self._waits = await self._site.database.run(
            lambda session: _take(session, wanted, of_homes, now, occupied)
        )
        for home in told:
            self._site.live.tell(home)

    def _occupied(self, homes: Collection[str]) -> set[str]:
        """Homes where a presence sensor says that somebody is there."""
        watched = self._site.homes()
        return {home for home in homes if home in watched and watched[home].view.present_since() is not None}


def _take(
    session: Session,
    homes: Collection[str],
    readings: Sequence[Reading],
    now: Instant,
    occupied: Collection[str],
) -> tuple[list[str], bool]:
    """Homes where that was news, and whether time alone may bring some more."""
    told, waits = [], False
    for reference in homes:
        home, walk = session.get(HomeRow, reference), open_walk(session, reference, now)
        if home is None or walk is None:
            continue
        registered = {(row.hub, row.address): device_of(row) for row in home.devices}
        before: progress.Seen = walk.seen
        seen = before
        for reading in readings:
            if reading.home == reference:
                device = registered.get((reading.hub, reading.device)) or registered.get(
                    (reading.hub, parent_address(reading.device) or "")
                )
                if device is not None or not reading.device:
                    seen = progress.take(seen, device, reading, walk.started_at)
        seen = progress.settle(seen, now, occupied=reference in occupied)
        if seen is not before:
            walk.seen = dict(seen)
            told.append(reference)
        waits = waits or progress.exit_of(seen).state == "quiet"
    return told, waits
