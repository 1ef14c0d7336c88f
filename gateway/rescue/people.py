"""Who is told of a home's urgent concerns, learned while the database can be read and kept in memory."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.database.tables import ContactRow, StepRow
from gateway.model import Contact

DEFAULT_ROUTE = "default"
NOBODY = Contact(id=0, name="the operator", channels=("console:", "mqtt:"))
"""Who hears of a home that has nobody to call."""
People = Mapping[tuple[str, str], Sequence[Contact]]
"""By home and route, everybody in its steps, in their order."""


def everybody(session: Session) -> People:
    """All homes at once, in two queries."""
    contacts = {
        number: Contact(number, name, tuple(dict.fromkeys(channels)), language)
        for number, name, channels, language in session.execute(
            select(ContactRow.id, ContactRow.name, ContactRow.channels, ContactRow.language)
        )
    }
    found: defaultdict[tuple[str, str], dict[int, Contact]] = defaultdict(dict)
    for home, route, contact in session.execute(
        select(StepRow.home, StepRow.route, StepRow.contact).order_by(StepRow.position, StepRow.id)
    ):
        if contact in contacts and contacts[contact].channels and not contacts[contact].resident:
            found[home, route][contact] = contacts[contact]
    return {key: tuple(members.values()) for key, members in found.items()}


def whom_to_tell(people: People, home: str, route: str) -> Sequence[Contact]:
    """Everybody on the route, on the default route where it has nobody, else the operator."""
    return people.get((home, route)) or people.get((home, DEFAULT_ROUTE)) or (NOBODY,)
