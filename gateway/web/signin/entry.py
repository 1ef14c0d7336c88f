"""Coming in: a session for a person, in the cookie of the browser that asked."""

from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import SECOND, Instant
from gateway.web.access import sessions
from gateway.web.access.browser import in_words
from gateway.web.guard import cookie_name
from gateway.web.visit import Visit, local_path

DOOR = "/sign-in"


def onward(visit: Visit) -> str:
    """Where to after signing in: a path of our own."""
    return local_path(visit.typed("next") or visit.asked("next"))


def with_next(path: str, onward: str) -> str:
    """`path`, which leads on to `onward` afterwards."""
    return path if onward == "/" else f"{path}?{urlencode({'next': onward})}"


def begin(session: Session, visit: Visit, person: int, way: str, now: Instant) -> str:
    """A session in place of the browser's former one; the secret for `enter`."""
    if visit.signed_in is not None and visit.signed_in.id is not None:
        sessions.end(session, visit.signed_in.id, now, only=visit.session)
    return sessions.begin(session, person, way, in_words(visit.request.headers.get("user-agent", "")), now)


def enter(visit: Visit, secret: str, path: str) -> Response:
    """On to `path`, signed in."""
    answer = visit.go(path)
    answer.set_cookie(
        cookie_name(visit.site), secret, max_age=sessions.LASTS // SECOND, path="/", secure=visit.site.secure,
        httponly=True, samesite="lax",
    )  # fmt: skip
    return answer


def leave(visit: Visit, answer: Response) -> Response:
    """The same answer, and the browser forgets its session."""
    answer.delete_cookie(
        cookie_name(visit.site), path="/", secure=visit.site.secure, httponly=True, samesite="lax"
    )  # fmt: skip
    return answer
