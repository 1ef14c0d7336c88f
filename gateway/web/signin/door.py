"""The page to sign in on. What it answers never tells whether an address is known."""

from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.database.access import PersonRow
from gateway.web.access import sessions
from gateway.web.access.enrolment import by_email, email_problem, plain_email
from gateway.web.access.limits import host
from gateway.web.access.sending import address, send_asked_link
from gateway.web.signin.entry import DOOR, begin, enter, leave, onward, with_next
from gateway.web.visit import Visit

_PAGE = "signin/door.html"
_DO_NOT_MATCH = "This address and this password do not belong together. Try again, or ask for a link above."


async def sign_in(visit: Visit) -> Response:
    """One field for whoever wants a link; a password for staff."""
    if visit.signed_in is not None:
        return visit.go(onward(visit))
    return visit.page(_PAGE, **_values(visit))


async def ask_for_link(visit: Visit) -> Response:
    """Send a link to whoever has this address, after the answer, so that its time tells nothing either."""
    email = plain_email(visit.typed("email"))
    if told := email_problem(email):
        return visit.again(_PAGE, {"email": told}, **_values(visit))
    visit.site.limits.take("link asked by host", host(visit.request))
    visit.site.limits.take("link asked for address", email)
    visit.afterwards.add_task(send_asked_link, visit.site, email, address(visit.site, visit.request), onward(visit))
    return visit.go(with_next(f"{DOOR}/sent", onward(visit)))


async def sent(visit: Visit) -> Response:
    """That a link is on its way, if the address is known."""
    return visit.page("signin/sent.html", next=onward(visit))


async def with_password(visit: Visit) -> Response:
    """Sign in by a password. Takes as long for an address that nobody has."""
    email, typed = plain_email(visit.typed("email")), str(visit.form.get("password", ""))
    problems = {"email": email_problem(email), "password": None if typed else "Write your password."}
    if told := {name: one for name, one in problems.items() if one}:
        return visit.again(_PAGE, told, **_values(visit))
    visit.site.limits.take("password by host", host(visit.request))
    visit.site.limits.take("password for address", email)
    number, kept = await visit.read(lambda session: _kept(session, email))
    if not await visit.site.passwords.matches(kept, typed) or number is None or kept is None:
        return visit.again(_PAGE, {"password": _DO_NOT_MATCH}, **_values(visit))
    anew = await visit.site.passwords.hashed(typed) if visit.site.passwords.outdated(kept) else kept
    now = visit.site.wall.now()
    secret = await visit.write(lambda session: _come_in(session, visit, number, (kept, anew), now))
    if secret is None:
        return visit.again(_PAGE, {"password": _DO_NOT_MATCH}, **_values(visit))
    return enter(visit, secret, onward(visit))


async def sign_out(visit: Visit) -> Response:
    """End this session."""
    number, now = visit.person.id, visit.site.wall.now()
    if number is not None:
        await visit.write(lambda session: sessions.end(session, number, now, only=visit.session))
    return leave(visit, visit.go(DOOR, "signed-out"))


def _values(visit: Visit) -> dict[str, Any]:
    oidc = visit.site.settings.web.oidc
    return {
        "next": onward(visit),
        "organisation": oidc.name if oidc else None,
        "opened": visit.request.url.path == f"{DOOR}/password",
    }


def _kept(session: Session, email: str) -> tuple[int | None, str | None]:
    row = by_email(session, email)
    if row is None or row.disabled_at is not None or row.role == "family":
        return None, None
    return row.id, row.password


def _come_in(session: Session, visit: Visit, number: int, passwords: tuple[str, str], now: int) -> str | None:
    """A session, unless they were disabled or changed the password while this one was looked at."""
    kept, anew = passwords
    row = session.get(PersonRow, number)
    if row is None or row.disabled_at is not None or row.password != kept:
        return None
    row.password = anew
    return begin(session, visit, number, "password", now)
