"""Changes to a home's contacts and escalations. Each works inside the caller's transaction; BadInput names the fix."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from gateway.database.access import PersonHomeRow
from gateway.database.tables import ContactRow, HomeRow, StepRow
from gateway.errors import BadInput
from gateway.model import Contact, Sees, Step
from gateway.registry import entries
from gateway.registry.homefile import ValidateChannel
from gateway.registry.homes import checked, get_home, sees_too_much
from gateway.registry.wording import known_words


def add_contact(  # noqa: PLR0913 - a contact has that many sides
    session: Session,
    reference: str,
    name: str,
    channels: Sequence[str],
    *,
    language: str = "en",
    quiet_hours: str | None = None,
    phone: str | None = None,
    sees: Sees = "alerts",
    validate_channel: ValidateChannel | None = None,
) -> ContactRow:
    """Register somebody to reach. They are told once they stand in an escalation.

    BadInput where they would see more than the residents' consent is for.
    """
    home = get_home(session, reference)
    entry = checked(
        entries.ContactEntry, name=name, channels=tuple(channels), language=language, quiet_hours=quiet_hours,
        phone=phone, sees=sees,
    )  # fmt: skip
    _check_channels(entry, validate_channel)
    _check_sees(home, entry)
    if any(row.name == name for row in home.contacts):
        raise BadInput(f'contact "{name}" of home {reference} is there already; change it with keepwell contacts set')
    row = ContactRow(
        name=entry.name, channels=list(entry.channels), language=entry.language, quiet_hours=entry.quiet_hours,
        phone=entry.phone, sees=entry.sees,
    )  # fmt: skip
    home.contacts.append(row)
    session.flush()
    return row


def set_contact(
    session: Session,
    reference: str,
    name: str,
    *,
    validate_channel: ValidateChannel | None = None,
    **changes: Any,  # noqa: ANN401 - checked below
) -> None:
    """Change any field of ContactEntry, `new_name` for the name; what is not given stays. The contact keeps its id."""
    home = get_home(session, reference)
    row = get_contact(home, name)
    changes["name"] = changes.pop("new_name", name)
    present = {
        "channels": tuple(row.channels), "language": row.language, "quiet_hours": row.quiet_hours, "phone": row.phone,
        "sees": row.sees,
    }  # fmt: skip
    entry = checked(entries.ContactEntry, **{**present, **changes})
    if entry.sees != row.sees:
        _check_sees(home, entry)
    if any(other.name == entry.name for other in home.contacts if other is not row):
        raise BadInput(f'contact "{entry.name}" of home {reference} is there already: names tell contacts apart')
    if tuple(row.channels) != entry.channels:
        _check_channels(entry, validate_channel)
        row.channels = list(entry.channels)
    row.name, row.language, row.quiet_hours = entry.name, entry.language, entry.quiet_hours
    row.phone, row.sees = entry.phone, entry.sees


def remove_contact(session: Session, reference: str, name: str) -> list[str]:
    """Forget a contact and take them out of every escalation; the routes that reach nobody any more.

    Who signed in as this contact sees this home no more.
    """
    home = get_home(session, reference)
    row = get_contact(home, name)
    before = {step.route for step in home.steps}
    for step in [step for step in home.steps if step.contact == row.id]:
        home.steps.remove(step)
    session.execute(delete(PersonHomeRow).where(PersonHomeRow.contact == row.id))
    session.flush()
    home.contacts.remove(row)
    session.flush()
    return sorted(before - {step.route for step in home.steps})


def set_escalation(session: Session, reference: str, route: str, steps: Sequence[entries.StepEntry]) -> None:
    """Replace the steps of one route, in order; no steps take the route away."""
    home = get_home(session, reference)
    ids = {row.name: row.id for row in home.contacts}
    wanted: list[tuple[int, int, int, str | None, list[str]]] = []
    for position, step in enumerate(steps, start=1):
        for name in step.contacts:
            if name not in ids:
                raise BadInput(
                    known_words("contact", name, list(ids)) + f"; add them with keepwell contacts add {reference} …"
                )
            wanted.append((position, ids[name], step.wait, step.hours, list(step.days)))
    present = [row for row in home.steps if row.route == route]
    if [(row.position, row.contact, row.wait_s, row.hours, list(row.days)) for row in present] == wanted:
        return
    for row in present:
        home.steps.remove(row)
    session.flush()
    for position, contact, wait_s, hours, days in wanted:
        row = StepRow(route=route, position=position, contact=contact, wait_s=wait_s, hours=hours, days=days)
        home.steps.append(row)
    session.flush()


def escalations(home: HomeRow) -> dict[str, tuple[Step, ...]]:
    """Each route's steps, in order."""
    people = {row.id: contact(row) for row in home.contacts}
    ordered = sorted(home.steps, key=lambda row: (row.route, row.position, row.id))
    found: dict[str, tuple[Step, ...]] = {}
    for route, rows in groupby(ordered, key=lambda row: row.route):
        found[route] = tuple(
            Step(
                position,
                tuple(people[row.contact] for row in together),
                together[0].wait_s,
                together[0].hours,
                tuple(together[0].days),
            )
            for position, together in ((key, list(group)) for key, group in groupby(rows, key=lambda row: row.position))
        )
    return found


def contact(row: ContactRow) -> Contact:
    """The contact of a row."""
    return Contact(row.id, row.name, tuple(row.channels), row.language, row.quiet_hours)


def get_contact(home: HomeRow, name: str) -> ContactRow:
    """The home's contact of that name."""
    row = next((row for row in home.contacts if row.name == name), None)
    if row is None:
        raise BadInput(
            known_words("contact", name, [row.name for row in home.contacts])
            + f"; see keepwell contacts list {home.reference}"
        )
    return row


def _check_sees(home: HomeRow, entry: entries.ContactEntry) -> None:
    if sees_too_much(home, entry.sees):
        raise BadInput(
            f'{entry.name} would see "{entry.sees}", and the residents did not agree to "daily picture for family":'
            f' leave it at "alerts", or record their consent anew (keepwell homes consent {home.reference} …)'
        )


def _check_channels(entry: entries.ContactEntry, validate_channel: ValidateChannel | None) -> None:
    if validate_channel is not None:
        for channel in entry.channels:
            validate_channel(channel)
