"""Sign-in of staff by the organisation's own accounts. Whoever has no place here yet is refused kindly."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from devices.instant import MINUTE, SECOND, Instant
from gateway.config import OidcSettings
from gateway.database.access import PersonRow
from gateway.errors import FixConfiguration
from gateway.web.access.enrolment import by_email
from gateway.web.access.limits import host
from gateway.web.access.secret import same, signature
from gateway.web.access.sending import address
from gateway.web.signin import provider
from gateway.web.signin.entry import DOOR, begin, enter, onward
from gateway.web.visit import Visit, local_path

_BACK = f"{DOOR}/organisation/back"
_LASTS = 10 * MINUTE
_log = structlog.get_logger("keepwell.web")
_UNKNOWN = (
    "Your account there is fine, but Keepwell does not know it. Ask an administrator of Keepwell to add you with the"
    " e-mail address of that account."
)


_NOT_SET_UP = (
    "Signing in with {name} is not set up completely. Tell whoever runs Keepwell; until then ask for a link instead."
)
_TRY_LATER = "Signing in with {name} does not work now. Try again in a few minutes, or ask for a link instead."


@dataclass(frozen=True, slots=True)
class _Begun:
    """What the browser keeps while it is at the provider, signed and in a cookie of ten minutes."""

    state: str
    nonce: str
    verifier: str
    next: str
    until: Instant


async def to_organisation(visit: Visit) -> Response:
    """Send the browser to the provider. A GET, as our own policy keeps forms from leading elsewhere."""
    settings = _settings(visit)
    visit.site.limits.take("link opened by host", host(visit.request))
    try:
        begun = await provider.begin(settings, address(visit.site, visit.request) + _BACK)
    except Exception as error:  # noqa: BLE001 - a provider may fail in any way
        return _not_now(visit, settings, error)
    kept = _Begun(begun.state, begun.nonce, begun.verifier, onward(visit), visit.site.wall.now() + _LASTS)
    answer = RedirectResponse(begun.url, 303)
    answer.set_cookie(
        _cookie(visit), _sealed(visit, kept), max_age=_LASTS // SECOND, path="/", secure=visit.site.secure,
        httponly=True, samesite="lax",
    )  # fmt: skip
    return answer


async def from_organisation(visit: Visit) -> Response:
    """Come in with what the provider says.

    The one GET that signs somebody in: OpenID Connect comes back by a redirect. It uses up a code that only this
    browser can use, as it alone has the cookie with the state and the verifier that belong to it.
    """
    settings = _settings(visit)
    visit.site.limits.take("link opened by host", host(visit.request))
    begun = _opened(visit)
    if begun is None or not same(begun.state, visit.asked("state")):
        return _refused(visit, "That took too long, or began in another browser. Please begin again.", 400)
    if visit.asked("error") or not visit.asked("code"):
        return _refused(visit, f"You were not signed in by {settings.name}. You can try again.", 403)
    back = address(visit.site, visit.request) + _BACK
    try:
        account = await provider.finish(settings, back, visit.asked("code"), begun.nonce, begun.verifier)
    except Exception as error:  # noqa: BLE001 - as above
        return _not_now(visit, settings, error)
    now = visit.site.wall.now()
    secret = await visit.write(lambda session: _come_in(session, visit, account, now))
    if secret is None:
        return _refused(visit, _UNKNOWN, 403)
    return _without_cookie(visit, enter(visit, secret, local_path(begun.next)))


def _come_in(session: Session, visit: Visit, account: provider.Account, now: Instant) -> str | None:
    """A session for whose account this is; from the first time on it is theirs, also by another e-mail address."""
    row = session.scalar(select(PersonRow).where(PersonRow.oidc == account.identity))
    if row is None and account.email is not None:
        row = by_email(session, account.email)
        if row is not None and (row.oidc is not None or row.role == "family"):
            return None
    if row is None or row.disabled_at is not None:
        return None
    row.oidc = account.identity
    return begin(session, visit, row.id, "oidc", now)


def _settings(visit: Visit) -> OidcSettings:
    if visit.site.settings.web.oidc is None:
        raise HTTPException(404)
    return visit.site.settings.web.oidc


def _cookie(visit: Visit) -> str:
    return "__Host-keepwell-organisation" if visit.site.secure else "keepwell-organisation"


def _sealed(visit: Visit, kept: _Begun) -> str:
    text = urlsafe_b64encode(json.dumps(asdict(kept)).encode()).decode()
    return f"{text}.{signature(visit.site.key, 'organisation', text)}"


def _opened(visit: Visit) -> _Begun | None:
    text, _, signed = visit.request.cookies.get(_cookie(visit), "").partition(".")
    if not same(signed, signature(visit.site.key, "organisation", text)):
        return None
    kept = _Begun(**json.loads(urlsafe_b64decode(text)))
    return kept if kept.until > visit.site.wall.now() else None


def _not_now(visit: Visit, settings: OidcSettings, error: Exception) -> Response:
    why = str(error) if isinstance(error, FixConfiguration) else type(error).__name__
    _log.error("organisation_sign_in_failed", why=why)
    told = _NOT_SET_UP if isinstance(error, FixConfiguration) else _TRY_LATER
    return _refused(visit, told.format(name=settings.name), 503)


def _refused(visit: Visit, told: str, status: int) -> Response:
    return _without_cookie(visit, visit.page("signin/refused.html", status, told=told))


def _without_cookie(visit: Visit, answer: Response) -> Response:
    answer.delete_cookie(_cookie(visit), path="/", secure=visit.site.secure, httponly=True, samesite="lax")
    return answer
