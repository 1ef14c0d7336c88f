"""Who signs in, and which homes they see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from gateway.database.access import EVERYWHERE, PersonHomeRow, PersonRow
from gateway.database.tables import HomeRow
from gateway.model import GATEWAY_HOME
from gateway.web.route import CARE, Role


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, or a token in their place. `homes`: by reference, as which contact they are there."""

    id: int | None
    name: str
    role: Role
    areas: tuple[str, ...] = ()
    homes: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def everywhere(self) -> bool:
        """Whether they see all homes."""
        return self.role == "administrator" or (self.role != "family" and EVERYWHERE in self.areas)

    def may_see(self, home: str, area: str | None) -> bool:
        """Whether this home is one of theirs."""
        if home == GATEWAY_HOME:
            return self.role in CARE
        return (
            self.everywhere or home in self.homes or (self.role != "family" and area is not None and area in self.areas)
        )

    def sight(self) -> ColumnElement[bool]:
        """The same as a condition on HomeRow, for lists. The gateway itself is no home."""
        if self.everywhere:
            return true()
        mine = HomeRow.reference.in_(self.homes)
        return mine if self.role == "family" else or_(mine, HomeRow.area.in_(self.areas))


def person_of(session: Session, row: PersonRow) -> Person:
    """The value of a row."""
    homes = session.execute(select(PersonHomeRow.home, PersonHomeRow.contact).where(PersonHomeRow.person == row.id))
    return Person(row.id, row.name, cast("Role", row.role), tuple(row.areas), {one.home: one.contact for one in homes})
