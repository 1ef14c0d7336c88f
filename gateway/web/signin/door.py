"""The page to sign in on."""

from starlette.responses import Response

from gateway.web.visit import Visit


async def sign_in(visit: Visit) -> Response:
    """Not there yet."""
    return visit.page("error.html", 404, told="This page is not there yet.")
