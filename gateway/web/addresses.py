"""Addresses that stay as they are, for links from messages and from Grafana: what they show depends on who asks."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.web.family.alert import family_alert
from gateway.web.family.today import family_start, today
from gateway.web.installer.home import installer_home
from gateway.web.installer.start import installer_start
from gateway.web.live_page import live
from gateway.web.route import EVERYONE, Page, Role, Route
from gateway.web.staff.alert import staff_alert
from gateway.web.staff.home import staff_home
from gateway.web.staff.queue import queue
from gateway.web.visit import Visit

_START: Mapping[Role, Page] = {"family": family_start, "installer": installer_start}
_HOME: Mapping[Role, Page] = {"family": today, "installer": installer_home}
_ALERT: Mapping[Role, Page] = {"family": family_alert}


async def start(visit: Visit) -> Response:
    """Where each role begins."""
    return await _START.get(visit.person.role, queue)(visit)


async def home(visit: Visit) -> Response:
    """A home, as whoever asks may see it."""
    return await _HOME.get(visit.person.role, staff_home)(visit)


async def alert(visit: Visit) -> Response:
    """An alert; installers have those about equipment on the page of the home."""
    if visit.person.role == "installer":
        raise HTTPException(403)
    return await _ALERT.get(visit.person.role, staff_alert)(visit)


ADDRESSES: tuple[Route, ...] = (
    Route("GET", "/", start, EVERYONE),
    Route("GET", "/homes/{home}", home, EVERYONE),
    Route("GET", "/alerts/{alert:int}", alert, EVERYONE - {"installer"}),
    Route("GET", "/live", live, EVERYONE),
)
