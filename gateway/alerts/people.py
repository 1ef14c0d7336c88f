"""Who can be told of a home's alerts: its escalation as the registry has it at this moment."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts.duty import unattended
from gateway.alerts.escalation import reaches_anybody
from gateway.database.tables import ContactRow, HomeRow, StepRow
from gateway.model import GATEWAY_HOME, Contact, Step

DEFAULT_ROUTE = "default"


class Registered:
    """What the registry says in one transaction: each thing is read once, as nothing else can change it meanwhile."""

    def __init__(self, session: Session) -> None:
        self.zone_and_area = cache(partial(zone_and_area, session))
        self.contacts = cache(partial(contacts, session))
        self.steps = cache(lambda home, route: steps(session, home, route, self.contacts(home)))


def zone_and_area(session: Session, home: str) -> tuple[ZoneInfo, str | None]:
    """The zone of a home's clock, UTC for a home that is no longer registered, and its area.

    For the gateway itself the zone of this machine.
    """
    if home == GATEWAY_HOME:
        return machine_zone(), None
    found = session.execute(select(HomeRow.time_zone, HomeRow.area).where(HomeRow.reference == home)).one_or_none()
    if found is None:
        return ZoneInfo("UTC"), None
    return zone_named(found[0]), found[1]


def zone_named(name: str | None) -> ZoneInfo:
    """The zone of this name; UTC where there is none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@cache
def machine_zone() -> ZoneInfo:
    """The zone that this machine's clock shows, from TZ or /etc/localtime; UTC where neither names one."""
    named = os.environ.get("TZ", "").removeprefix(":") or str(Path("/etc/localtime").resolve())
    try:
        return ZoneInfo(named.rpartition("zoneinfo/")[2])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def contacts(session: Session, home: str) -> dict[int, Contact]:
    """The home's contacts by id."""
    return {row.id: contact(row) for row in session.scalars(select(ContactRow).where(ContactRow.home == home))}


def contact(row: ContactRow) -> Contact:
    """The contact of a row, each address once."""
    return Contact(row.id, row.name, tuple(dict.fromkeys(row.channels)), row.language, row.quiet_hours)


def steps(session: Session, home: str, route: str, known: Mapping[int, Contact] | None = None) -> Sequence[Step]:
    """The steps of a route that reach anybody at all, in order; those of the default route when it has none.

    A step's wait is the shortest that its rows name. `known`: the home's contacts, where they are.
    """
    known = contacts(session, home) if known is None else known
    for name in dict.fromkeys((route, DEFAULT_ROUTE)):
        rows = session.scalars(
            select(StepRow).where(StepRow.home == home, StepRow.route == name).order_by(StepRow.position, StepRow.id)
        )
        if found := steps_of(rows, known):
            return found
    return ()


def steps_of(rows: Iterable[StepRow], known: Mapping[int, Contact]) -> Sequence[Step]:
    """The steps of one route that reach anybody, of its rows in order of position."""
    found = []
    for position, group in groupby(rows, key=lambda row: row.position):
        members = list(group)
        reached = tuple(known[row.contact] for row in members if row.contact in known)
        step = Step(position, reached, min(row.wait_s for row in members), members[0].hours, tuple(members[0].days))
        if reaches_anybody(step):
            found.append(step)
    return found


def homes_reaching_nobody(session: Session) -> Sequence[str]:
    """References of homes whose alerts no contact would be told of."""
    references = session.scalars(select(HomeRow.reference).order_by(HomeRow.reference)).all()
    return [
        reference
        for reference in references
        if not any(reaches_anybody(step) for step in _without_residents(steps(session, reference, DEFAULT_ROUTE)))
    ]


def unattended_times(session: Session, home: str) -> Mapping[str, Sequence[str]]:
    """By route, the times of the week in which none of its steps is on duty by its hours."""
    routes = session.scalars(select(StepRow.route).where(StepRow.home == home).distinct().order_by(StepRow.route))
    found = {route: unattended(_without_residents(steps(session, home, route))) for route in routes}
    return {route: times for route, times in found.items() if times}


def _without_residents(found: Sequence[Step]) -> Sequence[Step]:
    """Who is called for an emergency: whoever lives there is not asked then."""
    others = [replace(step, contacts=tuple(one for one in step.contacts if not one.resident)) for step in found]
    return [step for step in others if reaches_anybody(step)]
