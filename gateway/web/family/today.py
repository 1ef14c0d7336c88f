"""How somebody is today, in a sentence and a strip."""

from starlette.responses import Response

from gateway.web.visit import Visit


async def family_start(visit: Visit) -> Response:
    """Not there yet."""
    return visit.page("error.html", 404, told="This page is not there yet.")


async def today(visit: Visit) -> Response:
    """Not there yet."""
    return visit.page("error.html", 404, told="This page is not there yet.")
