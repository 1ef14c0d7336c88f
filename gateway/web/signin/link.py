"""What a sign-in link opens: a page with one button. Mail scanners and previews open it too, and nothing happens."""

from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import Instant
from gateway.database.access import PersonRow
from gateway.web.access import links
from gateway.web.access.limits import host
from gateway.web.signin.entry import begin, enter, onward, with_next
from gateway.web.visit import Visit

_GONE = 410


async def open_link(visit: Visit) -> Response:
    """The button, or a way to a new link."""
    visit.site.limits.take("link opened by host", host(visit.request))
    secret, now = visit.request.path_params["token"], visit.site.wall.now()
    if not await visit.read(lambda session: links.works(session, secret, now)):
        return gone(visit)
    return visit.page("signin/link.html", next=onward(visit))


async def use_link(visit: Visit) -> Response:
    """Use the link up and come in. Whoever taps twice has come in by the first."""
    visit.site.limits.take("link opened by host", host(visit.request))
    secret, now = visit.request.path_params["token"], visit.site.wall.now()
    entered = await visit.write(lambda session: _come_in(session, visit, secret, now))
    if entered is None:
        if visit.signed_in is not None and visit.signed_in.id == await visit.read(lambda one: links.whose(one, secret)):
            return visit.go(onward(visit))
        return gone(visit)
    cookie, path = entered
    return enter(visit, cookie, path)


def gone(visit: Visit) -> Response:
    """That the link does no longer work, and how to have another."""
    return visit.page("signin/gone.html", _GONE, next=onward(visit))


def _come_in(session: Session, visit: Visit, secret: str, now: Instant) -> tuple[str, str] | None:
    """The session's secret and where to: staff without a password are asked for one."""
    number = links.whose(session, secret)
    if number is None or not links.use(session, secret, now):
        return None
    row = session.get_one(PersonRow, number)
    wants_password = row.role != "family" and row.password is None and row.oidc is None
    path = onward(visit)
    return begin(session, visit, number, "link", now), with_next("/me/password", path) if wants_password else path
