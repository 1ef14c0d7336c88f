"""How a person stands to a home: as which contact, and what its residents let them see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.alerts.people import contact as contact_of
from gateway.alerts.people import zone_and_area
from gateway.alerts.timeline import listed
from gateway.database.tables import ContactRow, HomeRow
from gateway.model import Contact, Mode, Sees
from gateway.registry import erase
from gateway.registry.homes import consent_problem, purposes, sees_too_much
from gateway.web.access.people import Person

_CARE = "care planning"


@dataclass(frozen=True, slots=True)
class Relation:
    """`contact` None: no contact of the home any more, who sees alerts alone. `sees` is what counts, consent and all.

    `live`: the home is in service. `away_from` is when an absence is to begin, `away_until` when it is to end.
    """

    home: str
    zone: ZoneInfo
    names: Sequence[str]
    several: bool
    mode: Mode
    live: bool
    consents: bool
    away_from: Instant | None
    away_until: Instant | None
    contact: Contact | None
    sees: Sees

    @property
    def whose(self) -> str:
        """`Rose`, `Rose and Tom`, or the reference where nobody is named."""
        return listed(self.names) if self.names else self.home

    @property
    def watched(self) -> bool:
        """Whether rules about the person are at work: neither away nor paused, and in service."""
        return self.live and self.mode == "at home"


def relation(session: Session, person: Person, home: str) -> Relation | None:
    """As the database has it now; None where the home is no longer there."""
    row = session.get(HomeRow, home)
    if row is None:
        return None
    number = person.homes.get(home)
    contact = session.get(ContactRow, number) if number is not None else None
    known = contact if contact is not None and contact.home == home else None
    sees = cast("Sees", known.sees) if known is not None and not sees_too_much(row, known.sees) else "alerts"
    return Relation(
        home=home,
        zone=zone_and_area(session, home)[0],
        names=[resident.name for resident in row.residents],
        several=max(row.occupants, len(row.residents)) > 1,
        mode=cast("Mode", row.mode),
        live=row.live_at is not None,
        consents=consent_problem(row) is None,
        away_from=row.away_from,
        away_until=row.away_until,
        contact=None if known is None else contact_of(known),
        sees=sees,
    )


def of_care(session: Session, person: Person, home: str) -> Relation | None:
    """How whoever works for the home stands to it: no names, and its days only while something is wrong there.

    Unless the residents agreed to care planning, or what they agreed to was never said.
    """
    found = relation(session, person, home)
    if found is None:
        return None
    agreed = purposes(session.get_one(HomeRow, home))
    open_now = agreed is None or _CARE in agreed or bool(erase.open_alerts(session, home))
    return replace(found, names=(), contact=None, sees="rooms" if open_now else "alerts")
