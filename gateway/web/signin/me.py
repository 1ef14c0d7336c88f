"""One's own page: who one is here, the browsers that are signed in, and the password."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import Instant
from gateway.database.access import PersonRow
from gateway.web.access import links, sessions
from gateway.web.access.passwords import password_problem
from gateway.web.signin.entry import DOOR, leave, onward
from gateway.web.visit import Visit

_PASSWORD = "signin/password.html"  # noqa: S105 - a template


@dataclass(frozen=True, slots=True)
class _Open:
    """A session as its owner sees it. `since` and `used`: how long ago, in microseconds."""

    id: int
    browser: str
    way: str
    since: Instant
    used: Instant
    mine: bool


async def me(visit: Visit) -> Response:
    """Everything that somebody can look up and change about themselves."""
    number, now = _number(visit), visit.site.wall.now()
    row, found = await visit.read(lambda session: (_row(session, number), sessions.of_person(session, number, now)))
    shown = [
        _Open(one.id, one.browser or "A browser", one.way, now - one.created_at, now - one.seen_at,
              one.id == visit.session)
        for one in found
    ]  # fmt: skip
    return visit.page("signin/me.html", email=row.email, password=row.password is not None, sessions=shown)


async def end_session(visit: Visit) -> Response:
    """Sign out one browser."""
    number, now, which = _number(visit), visit.site.wall.now(), visit.request.path_params["session"]
    await visit.write(lambda session: sessions.end(session, number, now, only=which))
    if which == visit.session:
        return leave(visit, visit.go(DOOR, "signed-out"))
    return visit.go("/me", "session-ended")


async def end_others(visit: Visit) -> Response:
    """Sign out every browser but this one."""
    number, now = _number(visit), visit.site.wall.now()
    await visit.write(lambda session: sessions.end(session, number, now, but=visit.session))
    return visit.go("/me", "others-ended")


async def password_form(visit: Visit) -> Response:
    """Set a password, or another one."""
    return visit.page(_PASSWORD, **await _values(visit))


async def set_password(visit: Visit) -> Response:
    """Keep a new password; other browsers are signed out, and links that are on their way are void."""
    number, now = _number(visit), visit.site.wall.now()
    values = await _values(visit)
    row = await visit.read(lambda session: _row(session, number))
    present, typed = str(visit.form.get("present", "")), str(visit.form.get("password", ""))
    problems = {"password": password_problem(typed, name=row.name, email=row.email)}
    if values["needs_present"]:
        visit.site.limits.take("password for address", row.email)
        if not await visit.site.passwords.matches(row.password, present):
            problems = {"present": "This is not your present password.", **problems}
    if told := {field: one for field, one in problems.items() if one}:
        return visit.again(_PASSWORD, told, **values)
    kept, before = await visit.site.passwords.hashed(typed), row.password

    def keep(session: Session) -> bool:
        there = _row(session, number)
        if there.password != before:
            return False
        there.password = kept
        sessions.end(session, number, now, but=visit.session)
        links.void(session, number)
        return True

    if not await visit.write(keep):
        return visit.again(_PASSWORD, {"": "Your password was changed meanwhile. Look again."}, **await _values(visit))
    path = onward(visit)
    return visit.go("/me" if path == "/" else path, "password-set")


def _number(visit: Visit) -> int:
    number = visit.person.id
    assert number is not None  # noqa: S101 - tokens do not come to pages
    return number


def _row(session: Session, number: int) -> PersonRow:
    return session.get_one(PersonRow, number)


async def _values(visit: Visit) -> dict[str, Any]:
    """`needs_present`: who came in by a link just now has shown that it is them, and may have forgotten theirs."""
    number, now = _number(visit), visit.site.wall.now()

    def ask(session: Session) -> tuple[PersonRow, bool]:
        by_link = [
            one for one in sessions.of_person(session, number, now) if one.id == visit.session and one.way == "link"
        ]
        return _row(session, number), any(now - one.created_at <= links.LASTS for one in by_link)

    row, proven = await visit.read(ask)
    return {
        "next": onward(visit),
        "first": row.password is None,
        "needs_present": row.password is not None and not proven,
        "email": row.email,
    }
