"""The routes of this folder."""

from gateway.web.route import Route

INSTALLER: tuple[Route, ...] = ()
