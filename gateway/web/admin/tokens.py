"""Tokens for programs: made here, shown once, revoked here."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from devices.instant import DAY, Instant
from gateway.database.access import EVERYWHERE
from gateway.database.tables import HomeRow
from gateway.errors import BadInput
from gateway.web.api import tokens
from gateway.web.route import Role
from gateway.web.visit import Visit

LASTS = (("90", "90 days"), ("365", "a year"), ("1095", "3 years"))
_FIELDS = ("name", "role", "areas", "lasts")


async def token_list(visit: Visit) -> Response:
    """All tokens, and the form for another."""
    return await _page(visit, {})


async def make_token(visit: Visit) -> Response:
    """A new one; its secret is on the page that answers, and nowhere else."""
    name, role, lasts = visit.typed("name"), visit.typed("role"), visit.typed("lasts")
    areas = [part.strip() for part in visit.typed("areas").split(",") if part.strip()]
    known = await visit.read(_areas)
    now = visit.site.wall.now()
    problems = {}
    if not name:
        problems["name"] = "Give it a name that says what it is for, such as Board in the office."
    chosen = next((one for one in tokens.ROLES if one == role), None)
    if chosen is None:
        problems["role"] = "Choose whose work it does."
    if chosen != "administrator" and not areas:
        problems["areas"] = "Say which areas it sees, or * for all homes."
    strange = [area for area in areas if area not in known and area != EVERYWHERE]
    if strange and "areas" not in problems:
        problems["areas"] = f"There is no area {strange[0]}. There {_named(known)}."
    if lasts not in dict(LASTS):
        problems["lasts"] = "Choose how long it is to last."
    if problems or chosen is None:
        return await _page(visit, problems)
    ends, by = now + int(lasts) * DAY, visit.person.name
    try:
        secret = await visit.write(lambda session: tokens.make(session, name, chosen, areas, by, ends, now))
    except BadInput as error:
        return await _page(visit, {"name": f"{error}."})
    return visit.page("admin/token.html", called=name, role=chosen, areas=areas, ends=ends, secret=secret)


async def revoke_token(visit: Visit) -> Response:
    """It is good for nothing from now on."""
    number, now = int(visit.request.path_params["token"]), visit.site.wall.now()
    if not await visit.write(lambda session: tokens.revoke(session, number, now)):
        raise HTTPException(404)
    return visit.go("/tokens", "token-revoked")


async def _page(visit: Visit, problems: dict[str, str]) -> Response:
    found, known = await visit.read(lambda session: (tokens.listed(session), _areas(session)))
    now = visit.site.wall.now()
    typed = {name: visit.typed(name) for name in _FIELDS}
    return visit.page(
        "admin/tokens.html", 422 if problems else 200, problems=problems, typed=typed, known=known, roles=_ROLES,
        lasts=LASTS, found=[(row, _state(row.revoked_at, row.expires_at, now)) for row in found],
    )  # fmt: skip


_ROLES: tuple[tuple[Role, str], ...] = (
    ("staff", "staff: alerts and homes"),
    ("supervisor", "supervisor: the same, and devices"),
    ("installer", "installer: homes and devices, no alerts about people"),
    ("administrator", "administrator: all homes"),
)


def _state(revoked_at: Instant | None, expires_at: Instant | None, now: Instant) -> tuple[str, str]:
    if revoked_at is not None:
        return "revoked", "unknown"
    if expires_at is not None and expires_at <= now:
        return "over", "unknown"
    if expires_at is not None and expires_at <= now + 14 * DAY:
        return "ends soon", "warn"
    return "good", "good"


def _areas(session: Session) -> list[str]:
    query = select(HomeRow.area).where(HomeRow.area.is_not(None)).distinct().order_by(HomeRow.area)
    return [area for area in session.scalars(query) if area]


def _named(known: list[str]) -> str:
    return f"are: {', '.join(known)}" if known else "are none yet: write * for all homes"
