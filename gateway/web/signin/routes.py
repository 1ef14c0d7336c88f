"""The routes of this folder."""

from gateway.web.route import Route
from gateway.web.signin.door import sign_in

SIGN_IN: tuple[Route, ...] = (Route("GET", "/sign-in", sign_in, None),)
