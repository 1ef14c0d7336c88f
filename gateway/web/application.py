"""The whole of the pages as one application, built from the tables of routes."""

from collections.abc import Awaitable, Callable, Sequence
from importlib import resources
from pathlib import Path
from traceback import extract_tb

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from gateway.errors import BadInput, KeepwellError
from gateway.web.api.application import api
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
    made = _Pages(title="Keepwell", docs_url=None, redoc_url=None, openapi_url=None)
    made.state.secure = site.secure
    for route in ROUTES:
        made.add_route(route.path, _endpoint(site, route), methods=[route.method], name=_name(route),
                       include_in_schema=False)  # fmt: skip
    made.mount("/api", api(site))
    made.mount("/static", StaticFiles(directory=Path(str(resources.files("gateway.web") / "static"))))
    for kind, handler in (
        (HTTPException, _told), (BadInput, _told), (KeepwellError, _told), (Exception, _told)
    ):  # fmt: skip
        made.add_exception_handler(kind, _handler(site, handler))
    return made


class _Pages(FastAPI):
    """With the headers outside of everything: what failed is answered outside of all middleware."""

    def build_middleware_stack(self) -> ASGIApp:
        return SecurityHeaders(super().build_middleware_stack(), secure=self.state.secure)


def _name(route: Route) -> str:
    return "sign-in" if (route.method, route.path) == ("GET", "/sign-in") else f"{route.method} {route.path}"


def _endpoint(site: Site, route: Route) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        request.state.page = _name(route)
        return await answer(site, route, request)

    return endpoint


def _handler(
    site: Site, told: Callable[[Visit, Exception], Response]
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(request: Request, error: Exception) -> Response:
        return told(getattr(request.state, "visit", None) or Visit(site, request), error)

    return handler


def _told(visit: Visit, error: Exception) -> Response:
    """What went wrong, on a page; in the words of the API where not even that could read the address."""
    if visit.request.url.path.startswith("/api/"):
        return JSONResponse({"problem": "There is no such address.", "field": None}, 404)
    if isinstance(error, HTTPException):
        plain = error.detail if error.detail and error.detail[-1:] == "." else _WORDS.get(error.status_code, _TROUBLE)
        answered = visit.page("error.html", error.status_code, told=plain)
        answered.headers.update(error.headers or {})
        return answered
    if isinstance(error, BadInput):
        return visit.page("error.html", 422, told=f"{error}.")
    if isinstance(error, KeepwellError):
        return visit.page("error.html", 409, told=f"{error}.")
    _log.error("page_failed", page=getattr(visit.request.state, "page", None), error=type(error).__name__,
               where=_where(error))  # fmt: skip
    try:
        return visit.page("error.html", 500, told=_TROUBLE)
    except Exception:  # noqa: BLE001 - what every page has is what failed
        return PlainTextResponse(_TROUBLE, 500)


def _where(error: Exception) -> Sequence[str]:
    """Where it came to pass. Neither the address nor what the error says is logged: both may hold what is nobody's."""
    frames = extract_tb(error.__traceback__)[-6:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
