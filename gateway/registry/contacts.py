"""Changes to a home's contacts and escalations. Each works inside the caller's transaction; BadInput names the fix."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from gateway.database.tables import ContactRow, HomeRow, StepRow
from gateway.errors import BadInput
from gateway.model import Contact, Step
from gateway.registry import entries
from gateway.registry.homefile import ValidateChannel
from gateway.registry.homes import checked, get_home
from gateway.registry.wording import known_words


def add_contact(
    session: Session,
    reference: str,
    name: str,
    channels: Sequence[str],
    *,
    language: str = "en",
    quiet_hours: str | None = None,
    validate_channel: ValidateChannel | None = None,
) -> ContactRow:
    """Register somebody to reach. They are told once they stand in an escalation."""
    home = get_home(session, reference)
    entry = checked(
        entries.ContactEntry, name=name, channels=tuple(channels), language=language, quiet_hours=quiet_hours
    )
    _check_channels(entry, validate_channel)
    if any(row.name == name for row in home.contacts):
        raise BadInput(f'contact "{name}" of home {reference} is there already; change it with keepwell contacts set')
    row = ContactRow(
        name=entry.name, channels=list(entry.channels), language=entry.language, quiet_hours=entry.quiet_hours
    )
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
    """Change `channels`, `language` or `quiet_hours`; what is not given stays. The contact keeps its id."""
    row = get_contact(get_home(session, reference), name)
    present = {"channels": tuple(row.channels), "language": row.language, "quiet_hours": row.quiet_hours}
    entry = checked(entries.ContactEntry, **{"name": name, **present, **changes})
    if tuple(row.channels) != entry.channels:
        _check_channels(entry, validate_channel)
        row.channels = list(entry.channels)
    row.language, row.quiet_hours = entry.language, entry.quiet_hours


def remove_contact(session: Session, reference: str, name: str) -> list[str]:
    """Forget a contact and take them out of every escalation; the routes that reach nobody any more."""
    home = get_home(session, reference)
    row = get_contact(home, name)
    before = {step.route for step in home.steps}
    for step in [step for step in home.steps if step.contact == row.id]:
        home.steps.remove(step)
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


def _check_channels(entry: entries.ContactEntry, validate_channel: ValidateChannel | None) -> None:
    if validate_channel is not None:
        for channel in entry.channels:
            validate_channel(channel)
