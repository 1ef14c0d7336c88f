"""Setting a home to away or to at home; who did so is on record with the looks."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.registry.absence import Absence, set_absence
from gateway.web.family.absence import planned
from gateway.web.family.relation import of_care
from gateway.web.staff.home import show_home
from gateway.web.visit import Visit

_NOT_NOW = "This home is paused or still being set up, so it cannot be set to away or at home."


async def set_away(visit: Visit) -> Response:
    """Away from a time until a time, or from now on."""
    known = await visit.read(lambda session: of_care(session, visit.person, visit.reference))
    if known is None:
        raise HTTPException(404)
    wanted, problems = planned(known, visit.typed("away_from"), visit.typed("away_until"), visit.now)
    if wanted is None:
        return await show_home(visit, 422, problems=problems)
    return await _set(visit, wanted, "set to away")


async def set_back(visit: Visit) -> Response:
    """At home again, and nothing planned."""
    return await _set(visit, Absence("at home", None, None), "set to at home")


async def _set(visit: Visit, wanted: Absence, what: str) -> Response:
    reference = visit.reference
    if not await visit.change(lambda session: set_absence(session, reference, wanted)):
        return await show_home(visit, 409, problems={"": _NOT_NOW})
    await visit.looks_at(what)
    return visit.go(f"/homes/{reference}", "saved")
