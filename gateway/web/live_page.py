"""The stream of news for open pages (server-sent events)."""

from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from gateway.web.live import ALERTS
from gateway.web.visit import Visit

_AGAIN_MS = 3_000


async def live(visit: Visit) -> Response:
    """News as events named `alerts` and `home`, of the homes that the page asks for and this person may see.

    They carry no data: the page asks for itself again, and is answered as any request is.
    """
    wanted = {ALERTS}

    async def events() -> AsyncIterator[str]:
        yield f"retry: {_AGAIN_MS}\n\n"
        async with visit.site.live.following(wanted) as news:
            async for one in news:
                yield f"event: {'alerts' if one == ALERTS else 'home'}\ndata: changed\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")
