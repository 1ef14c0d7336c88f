"""Showing the details of a home's people, for a reason that is put on record."""

from starlette.responses import Response

from gateway.web.staff.home import show_home
from gateway.web.staff.personal import personal, why
from gateway.web.visit import Visit


async def details(visit: Visit) -> Response:
    """The home with the names and numbers of its people, this once."""
    said, problems = why(visit.typed("why"), visit.typed("reason"))
    if problems:
        return await show_home(visit, 422, problems=problems)
    reference = visit.reference
    await visit.looks_at(said)
    return await show_home(visit, personal=await visit.read(lambda session: personal(session, reference)))
