"""What is still to do before a home can go into service. Counts and references only: no names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from gateway.alerts.people import DEFAULT_ROUTE
from gateway.database.access import WalkRow
from gateway.database.tables import HomeRow
from gateway.registry import contacts, homes
from gateway.saying import counted
from gateway.watch.home import HomeWatch

_FIXED = (HomeRow.rooms, HomeRow.hubs, HomeRow.devices, HomeRow.residents, HomeRow.contacts, HomeRow.steps)


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the list. `says` what is so now; `page` where it is done, below the home's address."""

    name: str
    done: bool
    says: str
    page: str


@dataclass(frozen=True, slots=True)
class Signature:
    """How a home's walk test ended: whether it was signed, and whether something was left out for a reason given."""

    signed: bool
    left_out: bool


UNSIGNED = Signature(signed=False, left_out=False)


def loaded(session: Session, references: Collection[str]) -> Sequence[HomeRow]:
    """The rows of homes with all that a list of tasks looks at, in one query a table."""
    return session.scalars(
        select(HomeRow)
        .where(HomeRow.reference.in_(references))
        .options(*(selectinload(one) for one in _FIXED))
        .order_by(HomeRow.reference)
    ).all()


def signatures(session: Session, references: Collection[str]) -> Mapping[str, Signature]:
    """Of homes whose walk test was begun, whether one was signed. One that was begun again takes nothing away."""
    found: dict[str, Signature] = {}
    for row in session.scalars(select(WalkRow).where(WalkRow.home.in_(references)).order_by(WalkRow.id)):
        if row.signed_at is not None or row.home not in found:
            found[row.home] = Signature(row.signed_at is not None, bool(row.override))
    return found


def tasks(row: HomeRow, watch: HomeWatch | None, signature: Signature = UNSIGNED) -> Sequence[Task]:
    """In the order in which they are best done. `watch`: what is heard of it, where anything is."""
    return (
        _consent(row),
        Task("Rooms", bool(row.rooms), counted(len(row.rooms), "room") if row.rooms else "No rooms yet", "rooms"),
        _hub(row, watch),
        _devices(row, watch),
        _contacts(row),
        _escalation(row),
        _walk(signature),
    )


def unheard(row: HomeRow, watch: HomeWatch | None) -> int:
    """How many of its sensors were never heard."""
    return sum(one.last_heard is None and not _is_heard(one.address, watch) for one in row.devices)


def reaches_somebody(row: HomeRow) -> bool:
    """Whether an emergency would call anybody who does not live there."""
    steps = contacts.escalations(row).get(DEFAULT_ROUTE, ())
    return any(one.channels and not one.resident for step in steps for one in step.contacts)


def missing_consents(row: HomeRow) -> int:
    """Of how many people who live there no consent is recorded, or it was withdrawn."""
    given = sum(one.consent_at is not None and one.consent_withdrawn_at is None for one in row.residents)
    return max(len(row.residents), row.occupants) - given


def review_is_due(row: HomeRow, today: date) -> bool:
    """Whether a resident is to be asked again."""
    return any(homes.is_review_due(one, today) for one in row.residents)


def _consent(row: HomeRow) -> Task:
    if any(one.consent_withdrawn_at is not None for one in row.residents):
        says = "Consent was withdrawn: no data is kept"
    elif homes.consent_problem(row) is not None:
        says = "Consent is not recorded: no data is kept"
    elif missing := missing_consents(row):
        says = f"Consent of {counted(missing, 'more resident')} is not recorded"
    else:
        return Task("Consent", done=True, says="Recorded", page="consent")
    return Task("Consent", done=False, says=says, page="consent")


def _hub(row: HomeRow, watch: HomeWatch | None) -> Task:
    silent = [hub.name for hub in row.hubs if not _hub_is_heard(hub.name, row, watch)]
    if not row.hubs:
        return Task("Hub", done=False, says="No hub yet", page="hub")
    heard = "The hub is heard" if len(row.hubs) == 1 else "All hubs are heard"
    says = f"Nothing has been heard from {', '.join(silent)} yet" if silent else heard
    return Task("Hub", done=not silent, says=says, page="hub")


def _devices(row: HomeRow, watch: HomeWatch | None) -> Task:
    if not row.devices:
        return Task("Sensors", done=False, says="No sensors yet", page="devices")
    quiet, all_ = unheard(row, watch), counted(len(row.devices), "sensor")
    says = f"{counted(quiet, 'sensor')} not heard" if quiet else f"{all_}, each of them was heard"
    return Task("Sensors", done=not quiet, says=says, page="devices")


def _contacts(row: HomeRow) -> Task:
    people = counted(len(row.contacts), "contact") if row.contacts else "No contacts yet"
    return Task("Contacts", bool(row.contacts), people, "contacts")


def _escalation(row: HomeRow) -> Task:
    reached = reaches_somebody(row)
    says = "People are called when something happens" if reached else "Nobody is called when something happens"
    return Task("Who is called", reached, says, "escalation")


def _walk(signature: Signature) -> Task:
    if signature.left_out:
        return Task("Walk test", done=True, says="Something of it was left out, with a reason", page="walk")
    says = "Signed" if signature.signed else "Walk test not signed"
    return Task("Walk test", signature.signed, says, "walk")


def _hub_is_heard(name: str, row: HomeRow, watch: HomeWatch | None) -> bool:
    found = watch.view.hubs.get(name) if watch is not None else None
    by_devices = any(one.hub == name and one.last_heard is not None for one in row.devices)
    return by_devices or (found is not None and found.heard is not None)


def _is_heard(address: str, watch: HomeWatch | None) -> bool:
    found = watch.view.devices.get(address) if watch is not None else None
    return found is not None and found.heard is not None
