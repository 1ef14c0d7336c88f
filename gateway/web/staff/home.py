"""A home as care workers see it: how it is, its last days, its alerts, what its rules can see, its devices."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.model import GATEWAY_HOME
from gateway.web.family.relation import of_care
from gateway.web.family.sentence import picture
from gateway.web.staff.days import last_days
from gateway.web.staff.known_home import equipment, known_home, mode_in_words
from gateway.web.staff.personal import REASONS, Personal
from gateway.web.visit import NO_PROBLEMS, Visit


async def staff_home(visit: Visit) -> Response:
    """The whole of it but names and telephone numbers, which are shown for a reason only."""
    if visit.reference == GATEWAY_HOME:
        return visit.go(f"/queue?about={GATEWAY_HOME}")
    return await show_home(visit)


async def show_home(
    visit: Visit,
    status: int = 200,
    *,
    problems: Mapping[str, str] = NO_PROBLEMS,
    personal: Personal | None = None,
) -> Response:
    """The home; once with the details for which somebody gave a reason."""
    reference, now, settings = visit.reference, visit.now, visit.site.settings.alerts
    known, stands = await visit.read(
        lambda session: (known_home(session, reference, settings, now), of_care(session, visit.person, reference))
    )
    if stands is None:
        raise HTTPException(404)
    await visit.looks_at("home")
    watch, shows_days = visit.site.homes().get(reference), stands.consents and stands.sees == "rooms"
    return visit.page(
        "staff/home.html",
        status,
        problems=problems,
        known=known,
        row=known.row,
        zone=known.zone,
        picture=picture(stands, None if watch is None else watch.view, now),
        mode=mode_in_words(known.row, known.zone, now),
        days=await last_days(visit.site.store, reference, known.zone, now) if shows_days else None,
        shows_days=shows_days,
        devices=[equipment(row, watch) for row in known.devices],
        reasons=REASONS,
        personal=personal,
    )
