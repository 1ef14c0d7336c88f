"""Where an address leads that only takes forms: a phone that wakes up asks for the page that it showed last."""

from starlette.responses import Response

from gateway.web.visit import Visit


async def parent(visit: Visit) -> Response:
    """The page that the form belongs to."""
    return visit.go(visit.request.url.path.rpartition("/")[0])
