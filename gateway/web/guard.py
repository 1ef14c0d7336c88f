"""Every request to a page passes here: who it is, whether they may, and whether a form came from one of our pages."""

from urllib.parse import urlsplit

from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.database.tables import AlertRow, HomeRow
from gateway.web.access import sessions
from gateway.web.access.people import Person
from gateway.web.access.secret import same
from gateway.web.route import Route
from gateway.web.site import Site
from gateway.web.visit import Visit

_MOST_FIELDS, _MOST_BYTES = 2_000, 4 * 1024 * 1024


def cookie_name(site: Site) -> str:
    """With HTTPS one that a browser never takes from a neighbouring host or over plain HTTP."""
    return "__Host-keepwell" if site.secure else "keepwell"


async def answer(site: Site, route: Route, request: Request) -> Response:
    """The page of the route, or why not. HTTPException 401, 403, 404, 413."""
    visit = Visit(site, request)
    await _recognise(visit)
    if route.roles is not None:
        if visit.signed_in is None:
            if route.method == "GET":
                query = f"?{request.url.query}" if request.url.query else ""
                return RedirectResponse(str(request.url_for("sign-in").include_query_params(
                    next=request.url.path + query).replace(scheme="", netloc="")), 303)  # fmt: skip
            raise HTTPException(401)
        if visit.signed_in.role not in route.roles:
            raise HTTPException(403)
    if route.method == "POST":
        _same_origin(request)
        visit.form = await _form(request)
        if visit.session is not None and not same(visit.typed("csrf"), visit.csrf):
            raise HTTPException(
                403, "This form was open for too long, or is not one of ours. Go back and send it again."
            )
    if "home" in request.path_params or "alert" in request.path_params:
        await _find_home(visit)
    return await route.page(visit)


async def _recognise(visit: Visit) -> None:
    secret, now = visit.request.cookies.get(cookie_name(visit.site)), visit.site.wall.now()
    if not secret:
        return
    found = await visit.read(lambda session: sessions.find(session, secret, now))
    if found is not None:
        visit.signed_in, visit.session = found.person, found.id
        if now - found.seen_at > sessions.SEEN_EVERY:
            await visit.write(lambda session: sessions.seen(session, found.id, now))


async def _find_home(visit: Visit) -> None:
    """The home of the path, if whoever asks may see it."""
    params = visit.request.path_params
    person = visit.signed_in
    if person is None:
        return  # routes without roles check what they are given by themselves
    found = await visit.read(lambda session: home_in_sight(session, person, params.get("home"), params.get("alert")))
    if found is None:
        raise HTTPException(404)
    visit.home, visit.alert = found, params.get("alert")


def home_in_sight(session: Session, person: Person, home: str | None, alert: int | None) -> str | None:
    """The reference of the home, or of the alert's; None where there is none that this person may see."""
    if alert is not None:
        row = session.get(AlertRow, alert)
        if row is None or (home is not None and home != row.home):
            return None
        home = row.home
    if home is None:
        return None
    found = session.get(HomeRow, home)
    if found is None and (alert is None or not person.everywhere):
        return None if home != "gateway" or not person.may_see(home, None) else home
    return home if found is None or person.may_see(home, found.area) else None


def _same_origin(request: Request) -> None:
    """A browser says from where a form is sent. What says nothing is no browser, and has no cookie to misuse."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    ours = site in {"same-origin", "none"} if site else not origin or urlsplit(origin).netloc == request.headers["host"]
    if not ours:
        raise HTTPException(403, "This form was not sent from one of our pages.")


async def _form(request: Request) -> FormData:
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not length.isdecimal() or int(length) > _MOST_BYTES:
        raise HTTPException(413, "What was sent is too large: at most 4 MB.")
    return await request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=_MOST_BYTES)
