"""The page behind a message's link: one alert, for one contact, without signing in. Looking changes nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import Instant
from gateway.alerts.people import zone_and_area
from gateway.database.tables import AlertRow, ContactRow, HomeRow
from gateway.registry.homes import consent_problem
from gateway.web.access import looks, messagelink
from gateway.web.access.limits import host
from gateway.web.access.people import Person
from gateway.web.family import answering
from gateway.web.family.concern import Concern
from gateway.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link that works leads to. `consents`: data of the home may be shown at all."""

    home: str
    zone: ZoneInfo
    me: str
    concern: Concern
    consents: bool


async def message_page(visit: Visit) -> Response:
    """What happened, who knows, and buttons to answer with. Fetched by a scanner or a preview it stays as it is."""
    opened = await _opened(visit)
    if opened is None:
        return _over(visit)
    who = Person(None, opened.me, "family")
    what, now = f"alert {opened.concern.alert.id}", visit.site.wall.now()
    await visit.write(lambda session: looks.note(session, who, opened.home, what, now))
    return visit.page(
        "family/alert.html", zone=opened.zone, concern=opened.concern, whose=opened.home, consents=opened.consents,
        answers=visit.request.url.path, back="", here=visit.request.url.path,
    )  # fmt: skip


async def message_accept(visit: Visit) -> Response:
    """Take it on."""
    return await _answer(visit, answering.accept)


async def message_calling(visit: Visit) -> Response:
    """Take it on and say that one is calling."""
    return await _answer(visit, answering.calling)


async def message_well(visit: Visit) -> Response:
    """All is well."""
    outcome = visit.typed("outcome")
    return await _answer(visit, lambda visit, alert, me: answering.well(visit, alert, me, outcome))


async def _answer(visit: Visit, answer: Callable[[Visit, int, str], Awaitable[str]]) -> Response:
    opened = await _opened(visit)
    if opened is None:
        return _over(visit)
    said = await answer(visit, opened.concern.alert.id, opened.me)
    return visit.go(f"/m/{visit.request.path_params['token']}", said)


async def _opened(visit: Visit) -> Opened | None:
    wall, now = visit.site.wall.now(), visit.now
    meant = messagelink.read(visit.site.key, visit.request.path_params["token"], wall)
    if meant is None:
        visit.site.limits.take("wrong message link by host", host(visit.request))
        return None
    return await visit.read(lambda session: _load(session, meant, now))


def _load(session: Session, meant: messagelink.Meant, now: Instant) -> Opened | None:
    alert, contact = session.get(AlertRow, meant.alert), session.get(ContactRow, meant.contact)
    if alert is None or contact is None or contact.home != alert.home:
        return None
    home, found = session.get(HomeRow, alert.home), answering.load(session, meant.alert, contact.name, now)
    if home is None or found is None:
        return None
    zone = zone_and_area(session, home.reference)[0]
    return Opened(home.reference, zone, contact.name, found, consent_problem(home) is None)


def _over(visit: Visit) -> Response:
    return visit.page("family/link_over.html", 404)
