"""The routes of this folder."""

from gateway.web.route import Route

ADMIN: tuple[Route, ...] = ()
