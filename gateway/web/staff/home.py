"""A home as care workers see it."""

from starlette.responses import Response

from gateway.web.visit import Visit


async def staff_home(visit: Visit) -> Response:
    """Not there yet."""
    return visit.page("error.html", 404, told="This page is not there yet.")
