"""Every request to a page passes here: who it is, whether they may, and whether a form came from one of our pages."""

from urllib.parse import urlsplit

from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.database.tables import AlertRow, HomeRow
from gateway.model import GATEWAY_HOME
from gateway.web.access import sessions
from gateway.web.access.people import Person
from gateway.web.access.secret import same
from gateway.web.kept import kept_form
from gateway.web.route import Route
from gateway.web.site import Site
from gateway.web.visit import Visit

_MOST_FIELDS, _MOST_BYTES = 2_000, 4 * 1024 * 1024
_MOST_BYTES_OF_STRANGERS = 64 * 1024


def cookie_name(site: Site) -> str:
    """With HTTPS one that a browser never takes from a neighbouring host or over plain HTTP."""
    return "__Host-keepwell" if site.secure else "keepwell"


async def answer(site: Site, route: Route, request: Request) -> Response:
    """The page of the route, or why not. HTTPException 400, 401, 403, 404, 413."""
    visit = request.state.visit = Visit(site, request)
    await _recognise(visit)
    if route.roles is not None:
        if visit.signed_in is None:
            return await _to_the_door(visit, route)
        if visit.signed_in.role not in route.roles:
            raise HTTPException(403)
    if route.method == "POST":
        _same_origin(site, request)
        visit.form = await _form(visit)
        # What anybody may send does not stand on the session: a page opened before signing in still works after it.
        if route.roles is not None and not same(visit.typed("csrf"), visit.csrf):
            if _surely_ours(request):
                return kept_form(visit, 403)
            raise HTTPException(
                403, "This form was open for too long, or is not one of ours. Go back and send it again."
            )
    if "home" in request.path_params or "alert" in request.path_params:
        await _find_home(visit)
    if request.method == "HEAD":
        return Response()  # whoever may come in is told so; nothing is looked at, followed or signed in
    page = await route.page(visit)
    if visit.afterwards.tasks:
        page.background = visit.afterwards
    return page


async def _to_the_door(visit: Visit, route: Route) -> Response:
    request = visit.request
    if route.method == "POST":
        _same_origin(visit.site, request)
        visit.form = await _form(visit)
        if _surely_ours(request):
            return kept_form(visit, 401)
        raise HTTPException(401, "Your sign-in has ended. Sign in again, then go back and send this once more.")
    query = f"?{request.url.query}" if request.url.query else ""
    door = request.url_for("sign-in").include_query_params(next=request.url.path + query)
    return RedirectResponse(str(door.replace(scheme="", netloc="")), 303)


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
    """The reference of the home, or of the alert's; None where there is none that this person may see.

    Alerts of homes that are gone are for those who see all homes; those of the gateway itself for care workers.
    """
    if alert is not None:
        about = session.get(AlertRow, alert)
        if about is None or (home is not None and home != about.home):
            return None
        home = about.home
        if home == GATEWAY_HOME:
            return home if person.may_see(home, None) else None
    row = session.get(HomeRow, home) if home is not None else None
    if row is None:
        return home if alert is not None and person.everywhere else None
    return home if person.may_see(row.reference, row.area) else None


def _same_origin(site: Site, request: Request) -> None:
    """A browser says from where a form is sent. What says nothing is no browser, and has no cookie to misuse.

    A server in front may have changed the Host; the address that people use is ours as well.
    """
    told, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    hosts = {request.headers.get("host"), urlsplit(site.settings.web.address or "").netloc} - {None, ""}
    ours = told in {"same-origin", "none"} if told else not origin or origin.partition("://")[2] in hosts
    if not ours:
        raise HTTPException(403, "This form was not sent from one of our pages.")


def _surely_ours(request: Request) -> bool:
    """Of what `_same_origin` lets pass: whether a browser said so."""
    return bool(request.headers.get("sec-fetch-site") or request.headers.get("origin"))


async def _form(visit: Visit) -> FormData:
    length = visit.request.headers.get("content-length", "0")
    most = _MOST_BYTES if visit.signed_in is not None else _MOST_BYTES_OF_STRANGERS
    if "transfer-encoding" in visit.request.headers or not length.isdecimal() or int(length) > most:
        raise HTTPException(413, f"What was sent is too large: at most {most // 1024} kB.")
    try:
        return await visit.request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=_MOST_BYTES)
    except HTTPException as error:
        raise HTTPException(400, "What was sent could not be read. Go back and send it again.") from error
