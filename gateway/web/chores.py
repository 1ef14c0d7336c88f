"""What is done beside the pages: what is over is deleted every hour."""

import asyncio

from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.web.access import links, looks, sessions
from gateway.web.site import Site

_EVERY_S = 3_600.0


async def sweep(site: Site) -> None:
    """For ever: sessions, links and looks that are over go."""
    while True:
        now = site.wall.now()
        await site.database.run(lambda session: _sweep(session, now))  # noqa: B023 - awaited here
        await asyncio.sleep(_EVERY_S)


def _sweep(session: Session, now: Instant) -> None:
    sessions.sweep(session, now)
    links.sweep(session, now)
    looks.prune_looks(session, now)
