"""The JSON API as an application of its own, at /api: routes, roles, and trouble in plain words."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.alerts.lifecycle import NotPossible
from gateway.errors import KeepwellError, TryLater
from gateway.web.api import alerts, homes, models, today
from gateway.web.api.alerts import Refused
from gateway.web.api.caller import only
from gateway.web.route import CARE, EVERYONE, INSTALLERS, Role
from gateway.web.site import Site

WORKERS = CARE | INSTALLERS
_MOST_BYTES = 64 * 1024
_log = structlog.get_logger("keepwell.web")
_TROUBLE = "Something went wrong on our side, and nothing was changed. Try again later."
_NO_JSON = "The body is not valid JSON."
_WORDS = {
    404: "There is no such address.",
    405: "That cannot be done here.",
    413: f"What was sent is too large: at most {_MOST_BYTES // 1024} KB of JSON, with its length.",
}
_TAGS = [
    {"name": "Homes", "description": "Homes, their devices, and how the day goes."},
    {"name": "Alerts", "description": "Alerts, and what people do about them."},
    {"name": "Token", "description": "In whose name you ask."},
]
_ABOUT = """
What the pages of Keepwell can do, for programs.

Send a token: `Authorization: Bearer TOKEN`. An administrator makes one, for a role and for areas; it sees and may do
what a person of that role in these areas may. Cookies are not accepted. Whatever shows how somebody lives is put on
the record of looks, under the name of the token.

Times are RFC 3339 in UTC. Trouble is told as `{"problem": "...", "field": ...}`. At most 600 requests a minute.
"""


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """`roles`: those of the token; the sight of `{home}` and `{alert}` is checked beside it."""

    method: Literal["GET", "POST"]
    path: str
    endpoint: Callable[..., Coroutine[Any, Any, Any]]
    answers: Any
    roles: frozenset[Role]
    tag: str
    status: int = 200

    @property
    def problems(self) -> Sequence[int]:
        """With which statuses it may refuse."""
        of_what = (404,) if "{" in self.path else ()
        return (401, 403, *of_what, *((409, 413) if self.method == "POST" else ()), 422, 429, 503)


API_ROUTES: tuple[ApiRoute, ...] = (
    ApiRoute("GET", "/me", homes.me, models.Me, EVERYONE, "Token"),
    ApiRoute("GET", "/homes", homes.homes, list[models.HomeSummary], WORKERS, "Homes"),
    ApiRoute("GET", "/homes/{home}", homes.home, models.Home, WORKERS, "Homes"),
    ApiRoute("GET", "/homes/{home}/today", today.today, models.Today, CARE, "Homes"),
    ApiRoute("GET", "/sightings", homes.sightings, list[models.Sighting], INSTALLERS, "Homes"),
    ApiRoute("POST", "/homes/{home}/devices", homes.add_device, models.Device, INSTALLERS, "Homes", 201),
    ApiRoute("POST", "/homes/{home}/devices/retire", homes.retire_device, None, INSTALLERS, "Homes", 204),
    ApiRoute("GET", "/alerts", alerts.alerts, list[models.AlertSummary], CARE, "Alerts"),
    ApiRoute("GET", "/alerts/{alert}", alerts.alert, models.Alert, CARE, "Alerts"),
    ApiRoute("POST", "/alerts/{alert}/accept", alerts.accept, models.Alert, CARE, "Alerts"),
    ApiRoute("POST", "/alerts/{alert}/note", alerts.note, models.Alert, CARE, "Alerts"),
    ApiRoute("POST", "/alerts/{alert}/hand-over", alerts.hand_over, models.Alert, CARE, "Alerts"),
    ApiRoute("POST", "/alerts/{alert}/snooze", alerts.snooze, models.Alert, CARE, "Alerts"),
    ApiRoute("POST", "/alerts/{alert}/close", alerts.close, models.Alert, CARE, "Alerts"),
)
_MEANINGS = {
    401: "No token, or none that is good.",
    403: "Not for the role of this token.",
    404: "Not there, or not for this token to see.",
    409: "The alert is in no state for this; nothing was changed.",
    413: "Too large.",
    422: "What was sent will not do.",
    429: "Too often; see Retry-After.",
    503: "Not just now; try again later.",
}


def api(site: Site) -> FastAPI:
    """The API of a site, to be mounted at /api."""
    made = FastAPI(
        title="Keepwell", description=_ABOUT, version=version("keepwell"), openapi_tags=_TAGS, docs_url=None,
        redoc_url=None, openapi_url="/openapi.json", redirect_slashes=False,
    )  # fmt: skip
    made.state.site = site
    for one in API_ROUTES:
        made.add_api_route(
            one.path, one.endpoint, methods=[one.method], response_model=one.answers, status_code=one.status,
            dependencies=[Depends(only(one.roles))], tags=[one.tag], operation_id=one.endpoint.__name__,
            summary=one.endpoint.__name__.replace("_", " ").capitalize(),
            responses={
                code: {"model": models.Problem, "description": _MEANINGS[code]}
                for code in one.problems
            },
        )  # fmt: skip
    made.add_middleware(Bounded)
    for kind, handler in (
        (HTTPException, _refused), (RequestValidationError, _invalid), (KeepwellError, _trouble), (Exception, _failed)
    ):  # fmt: skip
        made.add_exception_handler(kind, handler)
    return made


class Bounded:
    """ASGI middleware: what is sent says its length, and that is bounded."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too large, before it is read."""
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            length = headers.get(b"content-length", b"0")
            if b"transfer-encoding" in headers or not length.isdigit() or int(length) > _MOST_BYTES:
                await _told(413, _WORDS[413])(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _told(status: int, problem: str, field: str | None = None, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"problem": problem, "field": field}, status, dict(headers or {}))


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 400:  # FastAPI's, for a body that is no text
        return _told(422, _NO_JSON)
    plain = error.detail if error.detail and error.detail[-1:] == "." else _WORDS.get(error.status_code, _TROUBLE)
    return _told(error.status_code, plain, error.field if isinstance(error, Refused) else None, error.headers)


async def _invalid(_request: Request, error: Exception) -> Response:
    """The first thing that is wrong with what was sent. What it was is not repeated."""
    first = error.errors()[0] if isinstance(error, RequestValidationError) and error.errors() else {}
    place = [str(part) for part in first.get("loc", ())[1:]]
    field = ".".join(place) or None
    if first.get("type") == "json_invalid":
        return _told(422, _NO_JSON)
    if first.get("type") == "missing":
        return _told(422, f"{field} is missing." if field else "The body is missing.", field)
    if first.get("type") == "extra_forbidden":
        return _told(422, f"There is no field {field}.", field)
    said = str(first.get("msg", "will not do")).removeprefix("Value error, ").rstrip(".")
    return _told(422, f"{field or 'The body'}: {said[:1].lower()}{said[1:]}.", field)


async def _trouble(_request: Request, error: Exception) -> Response:
    if isinstance(error, TryLater):
        return _told(503, "That cannot be had just now. Try again in a minute.")
    return _told(409 if isinstance(error, NotPossible) else 422, f"{error}.")


async def _failed(request: Request, error: Exception) -> Response:
    route = request.scope.get("route")
    _log.error("api_failed", method=request.method, route=getattr(route, "path", None), error=type(error).__name__)
    return _told(500, _TROUBLE)
