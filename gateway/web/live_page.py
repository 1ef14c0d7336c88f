"""The stream of news for open pages (server-sent events)."""

import asyncio
from collections.abc import AsyncIterator

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from gateway.web.access import sessions
from gateway.web.family.relation import relation
from gateway.web.guard import cookie_name, home_in_sight
from gateway.web.installer.walk_record import open_walk
from gateway.web.live import ALERTS, MOST
from gateway.web.visit import Visit

HEARTBEAT_S = 15.0
"""So often a line goes out when there is no news, so that proxies keep the stream and a dead end is noticed."""
PAUSE_S = 0.5
"""Between two pieces of news: a storm of alerts is one refresh of the page at a time."""
HOMES = 50
"""Followed by one page at most; a desk of 40 homes follows their alerts."""
_AGAIN_MS = 3_000


async def live(visit: Visit) -> Response:
    """News as events named `alerts` and `home`, of the homes that the page asks for if this person may see them.

    They carry no data: the page asks for itself again, and is answered as any request is. The stream ends when the
    session does, or when what the person may see changes. When something is heard of a home tells how somebody lives:
    whoever may not see that has news of it with each heartbeat, whatever was heard. HTTPException 404, 429, 503.
    """
    person, news = visit.person, visit.site.live
    asked = set(visit.request.query_params.getlist("home"))
    if len(asked) > HOMES or not await visit.read(
        lambda session: all(home_in_sight(session, person, home, None) for home in asked)
    ):
        raise HTTPException(404)
    heard = await visit.read(lambda session: {home for home in asked if _as_it_happens(session, visit, home)})
    if news.is_full():
        raise HTTPException(503, f"More than {MOST} pages are open. This one refreshes by itself instead.")
    if news.is_full(person.id):
        raise HTTPException(429, "You have many pages open. This one refreshes by itself instead.")
    beat = "here" if heard == asked else "home"
    return StreamingResponse(
        _events(visit, {ALERTS, *heard}, beat),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


def _as_it_happens(session: Session, visit: Visit, home: str) -> bool:
    """Whether this person may know when something is heard of a home."""
    known = relation(session, visit.person, home)
    if visit.person.role == "family":
        return known is not None and known.sees == "rooms"
    if visit.person.role == "installer":
        return known is not None and (not known.live or open_walk(session, home, visit.now) is not None)
    return True


async def _events(visit: Visit, wanted: set[str], beat: str) -> AsyncIterator[str]:
    def sees(home: str) -> bool:
        known = visit.site.directory().homes.get(home)
        return visit.person.may_see(home, None if known is None else known.area)

    loop = asyncio.get_running_loop()
    async with visit.site.live.following(wanted, who=visit.person.id, sees=sees) as news:
        yield f"retry: {_AGAIN_MS}\n\n"
        look_at = loop.time() + HEARTBEAT_S
        while True:
            if loop.time() >= look_at:
                if not await _is_signed_in(visit):
                    return
                yield f"event: {beat}\ndata: {'still' if beat == 'here' else 'changed'}\n\n"
                look_at = loop.time() + HEARTBEAT_S
            try:
                async with asyncio.timeout_at(look_at):
                    one = await anext(news)
            except StopAsyncIteration:
                return
            except TimeoutError:
                continue
            yield f"event: {'alerts' if one == ALERTS else 'home'}\ndata: changed\n\n"
            await asyncio.sleep(PAUSE_S)


async def _is_signed_in(visit: Visit) -> bool:
    """Whether the session goes on, and its person may see what they could when the page was opened."""
    secret, now = visit.request.cookies.get(cookie_name(visit.site), ""), visit.site.wall.now()
    found = await visit.read(lambda session: sessions.find(session, secret, now))
    return found is not None and found.person == visit.person
