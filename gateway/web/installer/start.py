"""Where an installer begins."""

from starlette.responses import Response

from gateway.web.visit import Visit


async def installer_start(visit: Visit) -> Response:
    """Not there yet."""
    return visit.page("error.html", 404, told="This page is not there yet.")
