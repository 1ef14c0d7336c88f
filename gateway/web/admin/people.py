"""Who may come in: for administrators everybody, for supervisors the staff, installers and families of their areas."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload
from starlette.exceptions import HTTPException
from starlette.responses import Response

from devices.instant import Instant
from gateway.database.access import EVERYWHERE, PersonHomeRow, PersonRow, SessionRow
from gateway.database.tables import ContactRow, HomeRow
from gateway.errors import BadInput
from gateway.web.access import enrolment, sessions
from gateway.web.access.enrolment import LED, Given
from gateway.web.access.people import Person, person_of
from gateway.web.access.sending import address, send_link, ways
from gateway.web.route import ROLES
from gateway.web.visit import Visit

_AT_A_TIME = 100
_FORM = "admin/people_new.html"
_NO_WAY = (
    "There is no way to send a link to them. Family need to be contacts with the same channel in all of their homes;"
    " for everybody else Keepwell needs a mail account, which whoever runs it can give it."
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A person as lists show them. `used`: how long ago they were last here, in microseconds, None for never."""

    id: int
    name: str
    email: str
    role: str
    where: str
    used: Instant | None
    disabled: bool


async def people(visit: Visit) -> Response:
    """All whom one may change, by name; of one role where the address asks for it."""
    return await _list(visit, "")


async def find_people(visit: Visit) -> Response:
    """Those whose name or address holds what was typed. A POST, so that no name stands in an address."""
    return await _list(visit, visit.typed("find"))


async def new_person(visit: Visit) -> Response:
    """The form for somebody new."""
    return visit.page(_FORM, **await _choices(visit, None, Given("", "", _roles(visit)[0])))


async def add_person(visit: Visit) -> Response:
    """Add them, and send a link where there is a way."""
    given, now, by = _given(visit), visit.site.wall.now(), visit.person

    def add(session: Session) -> tuple[dict[str, str], int, bool]:
        if problems := enrolment.problems_of(session, given, by=by):
            return problems, 0, False
        row = enrolment.enrol(session, given, None, now)
        return {}, row.id, bool(ways(session, visit.site, row))

    problems, number, can_send = await visit.write(add)
    if problems:
        return visit.again(_FORM, problems, **await _choices(visit, None, given))
    if can_send:
        visit.afterwards.add_task(send_link, visit.site, number, address(visit.site, visit.request))
    return visit.go(f"/people/{number}", "link-sent" if can_send else "person-added")


async def person(visit: Visit) -> Response:
    """One of them: what they see, and what can be done."""
    return await _shown(visit)


async def change_person(visit: Visit) -> Response:
    """Another name, address or role, other areas or homes."""
    given, now, by = _given(visit), visit.site.wall.now(), visit.person

    def change(session: Session) -> dict[str, str]:
        row = _row(session, visit)
        problems = enrolment.problems_of(session, given, row, by)
        if not problems:
            enrolment.enrol(session, given, row, now)
        return problems

    if problems := await visit.write(change):
        return await _shown(visit, problems, given)
    return visit.go(f"/people/{_number(visit)}", "person-changed")


async def disable_person(visit: Visit) -> Response:
    """Out at once, until they are let in again."""
    now = visit.site.wall.now()
    try:
        await visit.write(lambda session: enrolment.disable(session, _row(session, visit), now))
    except BadInput as error:
        return await _shown(visit, {"": f"{error}."})
    return visit.go(f"/people/{_number(visit)}", "person-disabled")


async def enable_person(visit: Visit) -> Response:
    """They may come in again."""
    await visit.write(lambda session: enrolment.enable(_row(session, visit)))
    return visit.go(f"/people/{_number(visit)}", "person-enabled")


async def link_person(visit: Visit) -> Response:
    """Send them a link to sign in."""
    can_send = await visit.read(lambda session: bool(ways(session, visit.site, _row(session, visit))))
    if not can_send:
        return await _shown(visit, {"": _NO_WAY})
    visit.afterwards.add_task(send_link, visit.site, _number(visit), address(visit.site, visit.request))
    return visit.go(f"/people/{_number(visit)}", "link-sent")


async def end_person_sessions(visit: Visit) -> Response:
    """Sign them out everywhere."""
    now = visit.site.wall.now()
    await visit.write(lambda session: sessions.end(session, _row(session, visit).id, now))
    return visit.go(f"/people/{_number(visit)}", "person-sessions-ended")


# -------------------------------------------------------------------------------------------- what pages show


async def _list(visit: Visit, find: str) -> Response:
    await visit.looks_at("people")
    role, by, now = visit.asked("role"), visit.person, visit.site.wall.now()
    page = int(visit.asked("page")) if re.fullmatch(r"[1-9][0-9]{0,5}", visit.asked("page")) else 1
    first = (page - 1) * _AT_A_TIME

    def ask(session: Session) -> tuple[int, Sequence[Listed]]:
        numbers = _numbers(session, by, role, find)
        return len(numbers), _listed(session, numbers[first : first + _AT_A_TIME], now)

    count, found = await visit.read(ask)
    return visit.page(
        "admin/people.html", people=found, count=count, role=role, find=find, page=page,
        roles=[(one, one.capitalize()) for one in _roles(visit)], more=count > first + _AT_A_TIME,
    )  # fmt: skip


def _numbers(session: Session, by: Person, role: str, find: str) -> Sequence[int]:
    """Of all whom `by` may change, by name."""
    wanted = select(PersonRow.id, PersonRow.role, PersonRow.areas).order_by(func.lower(PersonRow.name), PersonRow.id)
    if role:
        wanted = wanted.where(PersonRow.role == role)
    if find:
        wanted = wanted.where(
            or_(PersonRow.name.icontains(find, autoescape=True), PersonRow.email.icontains(find, autoescape=True))
        )
    if by.role == "administrator":
        return session.scalars(wanted.with_only_columns(PersonRow.id)).all()
    homes: defaultdict[int, dict[str, int | None]] = defaultdict(dict)
    for number, home in session.execute(select(PersonHomeRow.person, PersonHomeRow.home)):
        homes[number][home] = None
    areas = enrolment.areas_of(session)
    return [
        row.id
        for row in session.execute(wanted.where(PersonRow.role.in_(LED)))
        if enrolment.in_reach(by, Person(row.id, "", row.role, tuple(row.areas), homes[row.id]), areas)
    ]


def _listed(session: Session, numbers: Sequence[int], now: Instant) -> Sequence[Listed]:
    """Them as lists show them, in this order."""
    last = select(SessionRow.person, func.max(SessionRow.seen_at).label("at")).where(SessionRow.person.in_(numbers))
    used = {row.person: row.at for row in session.execute(last.group_by(SessionRow.person))}
    wanted = select(PersonRow).where(PersonRow.id.in_(numbers)).options(selectinload(PersonRow.homes))
    rows = {row.id: row for row in session.scalars(wanted)}
    return [
        Listed(row.id, row.name, row.email, row.role, _where(row), now - used[row.id] if row.id in used else None,
               row.disabled_at is not None)
        for row in (rows[number] for number in numbers)
    ]  # fmt: skip


def _where(row: PersonRow) -> str:
    if row.role == "administrator" or EVERYWHERE in row.areas:
        return "all homes"
    return ", ".join([*row.areas, *(one.home for one in row.homes)]) or "nothing yet"


async def _shown(visit: Visit, problems: dict[str, str] | None = None, given: Given | None = None) -> Response:
    await visit.looks_at("people")
    now = visit.site.wall.now()

    def ask(session: Session) -> tuple[PersonRow, str, Given, int]:
        row = _row(session, visit)
        return row, _where(row), given or _as_is(session, row), len(sessions.of_person(session, row.id, now))

    row, where, known, count = await visit.read(ask)
    return visit.page(
        "admin/people_one.html", 422 if problems else 200, problems=problems or {}, sessions=count,
        where=where, **await _choices(visit, row, known),
    )  # fmt: skip


async def _choices(visit: Visit, row: PersonRow | None, known: Given) -> dict[str, Any]:
    """What a form for a person offers, with what it holds."""
    by = visit.person
    there = await visit.read(
        lambda session: session.scalars(select(HomeRow.area).distinct().where(HomeRow.area.is_not(None))).all()
    )
    areas = {area for area in there if area} | set(by.areas) if by.everywhere else set(by.areas)
    offered = [(area, area) for area in sorted((areas | set(known.areas)) - {EVERYWHERE})]
    return {
        "row": row,
        "known": known,
        "areas": [*([(EVERYWHERE, "All areas")] if by.everywhere else []), *offered],
        "homes": visit.form.get("homes")
        or "\n".join(home if name is None else f"{home} = {name}" for home, name in known.homes.items()),
        "roles": [(role, role.capitalize()) for role in _roles(visit)],
        "other": by.everywhere,
    }


def _as_is(session: Session, row: PersonRow) -> Given:
    wanted = select(ContactRow.id, ContactRow.name).where(ContactRow.id.in_([one.contact for one in row.homes]))
    names = {contact.id: contact.name for contact in session.execute(wanted)}
    homes = {one.home: names.get(one.contact or 0) for one in row.homes}
    return Given(row.name, row.email, row.role, tuple(row.areas), homes)


def _given(visit: Visit) -> Given:
    ticked = [area for area in visit.form.getlist("areas") if isinstance(area, str)]
    other = [area.strip() for area in visit.typed("other_areas").split(",")]
    areas = tuple(dict.fromkeys(area for area in [*ticked, *other] if area))
    email = enrolment.plain_email(visit.typed("email"))
    return Given(visit.typed("name"), email, visit.typed("role"), areas, enrolment.homes_of(visit.typed("homes")))


def _roles(visit: Visit) -> Sequence[str]:
    return ROLES if visit.person.role == "administrator" else LED


def _number(visit: Visit) -> int:
    return int(visit.request.path_params["person"])


def _row(session: Session, visit: Visit) -> PersonRow:
    """The person of the path, if whoever asks may change them."""
    row = session.get(PersonRow, _number(visit))
    if row is None or not enrolment.in_reach(visit.person, person_of(session, row), enrolment.areas_of(session)):
        raise HTTPException(404)
    return row
