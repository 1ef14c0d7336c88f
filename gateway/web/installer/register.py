"""Registering a home: what it is called, where its clock is. Saved at once, so that a dark phone loses nothing.

Consent is the next page, before rooms, hub and sensors: until it is recorded nothing that the home sends is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.alerts.people import machine_zone
from gateway.database.access import EVERYWHERE, PersonHomeRow
from gateway.database.tables import HomeRow, HubRow
from gateway.errors import BadInput
from gateway.identities.accounts import check_free
from gateway.registry import entries, homes
from gateway.web.access.people import Person
from gateway.web.visit import Visit

_PAGE = "installer/register.html"
_REFERENCE: TypeAdapter[str] = TypeAdapter(entries.Reference)
_HUB: TypeAdapter[str] = TypeAdapter(entries.HubName)
_AREA: TypeAdapter[str] = TypeAdapter(entries.Name)
_MOST_OCCUPANTS = 99
_TAKEN = "This reference is taken. Choose another one, such as the next number of the street."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed, once it is right."""

    reference: str
    area: str | None
    time_zone: str
    occupants: int


async def register_form(visit: Visit) -> Response:
    """The empty form."""
    return await _page(visit, {}, {})


async def register(visit: Visit) -> Response:
    """Register it and go on to consent. The same form sent twice is one home."""
    typed = {name: visit.typed(name) for name in ("reference", "area", "time_zone", "occupants")}
    problems, wanted = _checked(visit, typed)
    person = visit.person
    if wanted is not None and not await visit.change(lambda session: _make(session, person, wanted)):
        problems["reference"] = _TAKEN
    if problems or wanted is None:
        return await _page(visit, typed, problems)
    return visit.go(f"/homes/{wanted.reference}/consent", "home-registered")


async def _page(visit: Visit, typed: dict[str, str], problems: dict[str, str]) -> Response:
    person = visit.person
    areas, zones = await visit.read(lambda session: (_areas(session, person), _zones(session, person)))
    value = {
        "reference": "",
        "area": areas[0] if len(areas) == 1 else "",
        "time_zone": zones[0],
        "occupants": "1",
        **typed,
    }
    listed = [*zones, *(zone for zone in _known_zones() if zone not in zones)]
    shown: dict[str, Any] = {
        "value": value,
        "areas": areas,
        "zones": [(zone, zone.replace("_", " ")) for zone in listed],
    }
    return visit.again(_PAGE, problems, **shown) if problems else visit.page(_PAGE, **shown)


def _checked(visit: Visit, typed: dict[str, str]) -> tuple[dict[str, str], Wanted | None]:
    """By field what is wrong, and what is wanted where nothing is."""
    problems = {}
    reference, area, occupants = typed["reference"], typed["area"], typed["occupants"]
    broker, admin = visit.site.settings.broker, visit.site.settings.web.hubs_admin
    try:
        _REFERENCE.validate_python(reference)
        check_free(_HUB.validate_python(reference.lower()), broker, admin)
    except ValueError:
        problems["reference"] = (
            "Give it a reference of 2 to 63 letters, digits and hyphens, such as ELM-12. Not a person's name."
            if not reference or not reference.lower().startswith(("keepwell", "gateway"))
            else "Keepwell itself goes by this word. Choose another reference, such as ELM-12."
        )
    except BadInput:
        problems["reference"] = "Keepwell's own connection goes by this word. Choose another one, such as ELM-12."
    try:
        if area:
            _AREA.validate_python(area)
    except ValueError:
        problems["area"] = "Write the area in at most 64 letters, on one line."
    if typed["time_zone"] not in _known_zones():
        problems["time_zone"] = "Choose the time zone of the home."
    if not (occupants.isdecimal() and len(occupants) <= 2 and 1 <= int(occupants) <= _MOST_OCCUPANTS):
        problems["occupants"] = "Write how many people live there as a number, such as 1."
    if problems:
        return problems, None
    return problems, Wanted(reference, area or None, typed["time_zone"], int(occupants))


def _make(session: Session, person: Person, wanted: Wanted) -> bool:
    """Whether it is registered now, and theirs; not where the reference, or the hub of that name, is another's."""
    row, hub = session.get(HomeRow, wanted.reference), session.get(HubRow, wanted.reference.lower())
    if row is not None:
        same = (row.area, row.time_zone, row.occupants) == (wanted.area, wanted.time_zone, wanted.occupants)
        fresh = row.live_at is None and not row.residents and not row.rooms
        return same and fresh and _sees(session, person, row)
    if hub is not None:
        return False
    homes.add_home(session, wanted.reference, wanted.time_zone, area=wanted.area, occupants=wanted.occupants,
                   live_at=None)  # fmt: skip
    if person.id is not None and not person.may_see(wanted.reference, wanted.area):
        session.add(PersonHomeRow(person=person.id, home=wanted.reference))
    return True


def _sees(session: Session, person: Person, row: HomeRow) -> bool:
    """As of now: the home may have become theirs a moment ago."""
    its = select(PersonHomeRow.id).where(PersonHomeRow.person == person.id, PersonHomeRow.home == row.reference)
    return person.may_see(row.reference, row.area) or session.scalar(its) is not None


def _areas(session: Session, person: Person) -> Sequence[str]:
    """Areas that this person works in; for somebody who sees all, those that there are."""
    if not person.everywhere:
        return [area for area in person.areas if area != EVERYWHERE]
    query = select(HomeRow.area).where(HomeRow.area.is_not(None)).distinct().order_by(HomeRow.area)
    return [area for area in session.scalars(query) if area]


def _zones(session: Session, person: Person) -> Sequence[str]:
    """The time zones of their homes, the most frequent first, else of all homes; without any, this machine's."""
    query = select(HomeRow.time_zone).group_by(HomeRow.time_zone).order_by(func.count().desc(), HomeRow.time_zone)
    found = session.scalars(query.where(person.sight())).all() or session.scalars(query).all()
    return found or [machine_zone().key]


@cache
def _known_zones() -> Sequence[str]:
    """Zones that places are in, by name."""
    return sorted(zone for zone in available_timezones() if zone == "UTC" or ("/" in zone and "Etc" not in zone))
