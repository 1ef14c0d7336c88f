"""The list of homes: found by reference or area, with what is open in each and whether its rules can see."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import Instant
from gateway.alerts.people import zone_named
from gateway.database.tables import AlertRow, HomeRow, RuleStatusRow
from gateway.model import AlertState, RuleState
from gateway.web.access.people import Person
from gateway.web.staff.known_home import LOST_SIGHT, mode_in_words
from gateway.web.staff.waiting import NO_AREA, areas
from gateway.web.visit import Visit

ON_A_PAGE = 50
_OPEN = (AlertRow.home == HomeRow.reference, AlertRow.state != AlertState.CLOSED)
_ONLY: Mapping[str, ColumnElement[bool]] = {
    "open": exists().where(*_OPEN),
    "blind": exists().where(RuleStatusRow.home == HomeRow.reference, LOST_SIGHT),
    "away": HomeRow.mode == "away",
    "paused": (HomeRow.mode == "paused") & HomeRow.live_at.is_not(None),
    "installing": HomeRow.live_at.is_(None),
}
_ONLY_WORDS = (
    ("", "All homes"),
    ("open", "With open alerts"),
    ("blind", "With rules that cannot see"),
    ("away", "Away"),
    ("paused", "Paused"),
    ("installing", "Being installed"),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A home in the list. `first`: the priority of its most urgent open alert, 0 for none.

    `blind`: rules that lost sight; `seeing`: rules that see all or a part.
    """

    reference: str
    area: str | None
    mode: str
    kind: str
    open: int
    first: int
    blind: int
    seeing: int


async def homes(visit: Visit) -> Response:
    """Homes in sight, by reference."""
    person, now = visit.person, visit.now
    words, area, only = visit.asked("q")[:64], visit.asked("area")[:64], visit.asked("only")
    asked_page = visit.asked("page")
    number = int(asked_page) if asked_page.isascii() and asked_page.isdecimal() and len(asked_page) < 7 else 1

    def ask(session: Session) -> tuple[int, int, Sequence[Listed], Sequence[str]]:
        wanted = list(_conditions(person, words, area, only))
        count = session.scalar(select(func.count()).select_from(HomeRow).where(*wanted)) or 0
        pages = max(1, -(-count // ON_A_PAGE))
        page = min(max(1, number), pages)
        return count, page, _listed(session, wanted, page, now), areas(session, person)

    count, page, listed, known_areas = await visit.read(ask)

    def at_page(page: int) -> str:
        said = {"q": words, "area": area, "only": only if only in _ONLY else "", "page": str(page)}
        return f"/homes?{urlencode({name: value for name, value in said.items() if value})}"

    return visit.page(
        "staff/homes.html",
        homes=listed,
        count=count,
        page=page,
        pages=-(-count // ON_A_PAGE),
        at_page=at_page,
        q=words,
        area=area,
        only=only,
        onlys=_ONLY_WORDS,
        areas=[("", "All areas"), *((one, "Homes without an area" if one == NO_AREA else one) for one in known_areas)],
    )


def _conditions(person: Person, words: str, area: str, only: str) -> Sequence[ColumnElement[bool]]:
    made: list[ColumnElement[bool]] = [person.sight()]
    if words:
        made.append(or_(HomeRow.reference.icontains(words, autoescape=True),
                        HomeRow.area.icontains(words, autoescape=True)))  # fmt: skip
    if area:
        made.append(func.coalesce(HomeRow.area, "") == ("" if area == NO_AREA else area))
    if only in _ONLY:
        made.append(_ONLY[only])
    return made


def _listed(session: Session, wanted: Sequence[ColumnElement[bool]], page: int, now: Instant) -> Sequence[Listed]:
    first = (page - 1) * ON_A_PAGE
    rows = session.scalars(
        select(HomeRow).where(*wanted).order_by(HomeRow.reference).offset(first).limit(ON_A_PAGE)
    ).all()
    names = [row.reference for row in rows]
    alerts = {
        home: (count, priority)
        for home, count, priority in session.execute(
            select(AlertRow.home, func.count(), func.min(AlertRow.priority))
            .where(AlertRow.home.in_(names), AlertRow.state != AlertState.CLOSED)
            .group_by(AlertRow.home)
        )
    }
    blind = Counter(session.scalars(select(RuleStatusRow.home).where(RuleStatusRow.home.in_(names), LOST_SIGHT)))
    seeing = Counter(
        session.scalars(
            select(RuleStatusRow.home).where(
                RuleStatusRow.home.in_(names), RuleStatusRow.state.in_((RuleState.ARMED, RuleState.DEGRADED))
            )
        )
    )
    made = []
    for row in rows:
        mode, kind = mode_in_words(row, zone_named(row.time_zone), now)
        count, priority = alerts.get(row.reference, (0, 0))
        made.append(Listed(row.reference, row.area, mode, kind, count, priority, blind[row.reference],
                           seeing[row.reference]))  # fmt: skip
    return made
