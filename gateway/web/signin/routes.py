"""The routes of this folder."""

from gateway.web.route import EVERYONE, Route
from gateway.web.signin.door import ask_for_link, sent, sign_in, sign_out, with_password
from gateway.web.signin.first import make_first, open_first
from gateway.web.signin.link import open_link, use_link
from gateway.web.signin.me import end_others, end_session, me, password_form, set_password
from gateway.web.signin.oidc import from_organisation, to_organisation

_WITH_PASSWORD = EVERYONE - {"family"}

SIGN_IN: tuple[Route, ...] = (
    Route("GET", "/sign-in", sign_in, None),
    Route("POST", "/sign-in", ask_for_link, None),
    Route("GET", "/sign-in/sent", sent, None),
    Route("GET", "/sign-in/password", sign_in, None),
    Route("POST", "/sign-in/password", with_password, None),
    Route("GET", "/sign-in/link/{token}", open_link, None),
    Route("POST", "/sign-in/link/{token}", use_link, None),
    Route("GET", "/sign-in/first/{token}", open_first, None),
    Route("POST", "/sign-in/first/{token}", make_first, None),
    Route("GET", "/sign-in/organisation", to_organisation, None),
    Route("GET", "/sign-in/organisation/back", from_organisation, None),
    Route("POST", "/sign-out", sign_out, EVERYONE),
    Route("GET", "/me", me, EVERYONE),
    Route("POST", "/me/sessions/{session:int}/end", end_session, EVERYONE),
    Route("POST", "/me/sessions/end-others", end_others, EVERYONE),
    Route("GET", "/me/password", password_form, _WITH_PASSWORD),
    Route("POST", "/me/password", set_password, _WITH_PASSWORD),
)
