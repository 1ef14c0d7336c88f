"""The first administrator, by the link that the gateway prints while there is nobody. No password is set beforehand."""

from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import Instant
from gateway.database.access import PersonRow
from gateway.web.access import links
from gateway.web.access.enrolment import email_problem, name_problem, plain_email
from gateway.web.access.limits import host
from gateway.web.access.passwords import password_problem
from gateway.web.signin.entry import begin, enter
from gateway.web.signin.link import gone
from gateway.web.visit import Visit

_PAGE = "signin/first.html"


async def open_first(visit: Visit) -> Response:
    """Name, e-mail address and password of the first administrator."""
    return visit.page(_PAGE) if await _works(visit) else gone(visit)


async def make_first(visit: Visit) -> Response:
    """Make them, and come in."""
    if not await _works(visit):
        return gone(visit)
    name, email, typed = visit.typed("name"), plain_email(visit.typed("email")), str(visit.form.get("password", ""))
    problems = {
        "name": name_problem(name),
        "email": email_problem(email),
        "password": password_problem(typed, name=name, email=email),
    }
    if told := {field: one for field, one in problems.items() if one}:
        return visit.again(_PAGE, told)
    kept, now = await visit.site.passwords.hashed(typed), visit.site.wall.now()
    secret = visit.request.path_params["token"]

    def make(session: Session) -> str | None:
        if not links.use(session, secret, now, first=True):
            return None
        return begin(session, visit, _administrator(session, name, email, kept, now), "password", now)

    cookie = await visit.write(make)
    return gone(visit) if cookie is None else enter(visit, cookie, "/")


async def _works(visit: Visit) -> bool:
    visit.site.limits.take("link opened by host", host(visit.request))
    secret, now = visit.request.path_params["token"], visit.site.wall.now()
    return await visit.read(lambda session: links.works(session, secret, now, first=True))


def _administrator(session: Session, name: str, email: str, kept: str, now: Instant) -> int:
    row = PersonRow(name=name, email=email, role="administrator", areas=[], password=kept, created_at=now)
    session.add(row)
    session.flush()
    return row.id
