"""The whole of the pages as one application, built from the tables of routes."""

from collections.abc import Awaitable, Callable
from importlib import resources
from pathlib import Path

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from gateway.errors import BadInput, KeepwellError
from gateway.web.guard import answer
from gateway.web.headers import SecurityHeaders
from gateway.web.route import Route
from gateway.web.routes import ROUTES
from gateway.web.site import Site
from gateway.web.visit import Visit

_WORDS = {
    401: "Please sign in first.",
    403: "This page is not for your role.",
    404: "There is no such page, or it is not for you to see.",
    405: "That cannot be done here.",
    413: "What was sent is too large.",
    429: "That was too often. Please wait a minute and try again.",
}
_log = structlog.get_logger("keepwell.web")
_TROUBLE = "Something went wrong on our side. Nothing that you typed was kept; please go back and try again."


def application(site: Site) -> FastAPI:
    """All pages and the API of a site."""
    made = FastAPI(title="Keepwell", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    for route in ROUTES:
        made.add_route(route.path, _endpoint(site, route), methods=[route.method], name=_name(route),
                       include_in_schema=False)  # fmt: skip
    made.mount("/static", StaticFiles(directory=Path(str(resources.files("gateway.web") / "static"))))
    made.add_middleware(SecurityHeaders, secure=site.secure)
    for kind, handler in (
        (HTTPException, _told), (BadInput, _told), (KeepwellError, _told), (Exception, _told)
    ):  # fmt: skip
        made.add_exception_handler(kind, _handler(site, handler))
    return made


def _name(route: Route) -> str:
    return "sign-in" if (route.method, route.path) == ("GET", "/sign-in") else f"{route.method} {route.path}"


def _endpoint(site: Site, route: Route) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await answer(site, route, request)

    return endpoint


def _handler(
    site: Site, told: Callable[[Visit, Exception], Response]
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(request: Request, error: Exception) -> Response:
        return told(Visit(site, request), error)

    return handler


def _told(visit: Visit, error: Exception) -> Response:
    """What went wrong, on a page."""
    if isinstance(error, HTTPException):
        plain = error.detail if error.detail and error.detail[-1:] == "." else _WORDS.get(error.status_code, _TROUBLE)
        return visit.page("error.html", error.status_code, told=plain)
    if isinstance(error, BadInput):
        return visit.page("error.html", 422, told=f"{error}.")
    if isinstance(error, KeepwellError):
        return visit.page("error.html", 409, told=f"{error}.")
    _log.error("page_failed", method=visit.request.method, path=visit.request.url.path, error=repr(error))
    return visit.page("error.html", 500, told=_TROUBLE)
