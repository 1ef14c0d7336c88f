"""Setting a home to away or to at home; who did so is on record with the looks."""

from starlette.responses import Response

from gateway.web.family.absence import Absence, planned, set_absence
from gateway.web.staff.home import relation, show_home
from gateway.web.staff.known_home import known_home
from gateway.web.visit import Visit

_NOT_NOW = "This home is paused or still being set up, so it cannot be set to away or at home."


async def set_away(visit: Visit) -> Response:
    """Away from a time until a time, or from now on."""
    reference, now, settings = visit.reference, visit.now, visit.site.settings.alerts
    known = await visit.read(lambda session: known_home(session, reference, settings, now))
    wanted, problems = planned(relation(known), visit.typed("away_from"), visit.typed("away_until"), now)
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
