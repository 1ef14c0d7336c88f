"""An alert as care workers see it."""

from starlette.responses import Response

from gateway.web.visit import Visit


async def staff_alert(visit: Visit) -> Response:
    """Not there yet."""
    return visit.page("error.html", 404, told="This page is not there yet.")
