"""The routes of this folder."""

from gateway.web.route import Route

FAMILY_PAGES: tuple[Route, ...] = ()
