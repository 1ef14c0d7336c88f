"""Who may come in: adding and changing people, by whom and how far. Each works inside the caller's transaction."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.alerts.timeline import KEEPWELL
from gateway.database.access import EVERYWHERE, PersonHomeRow, PersonRow
from gateway.database.tables import ContactRow, HomeRow
from gateway.errors import BadInput
from gateway.web.access import links, sessions
from gateway.web.access.people import Person
from gateway.web.route import ROLES, SUPERVISORS

LED: tuple[str, ...] = ("staff", "installer", "family")
"""Whom a supervisor adds and changes."""
LONGEST_NAME, LONGEST_EMAIL = 128, 255
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.ASCII | re.IGNORECASE)
"""As browsers judge it (HTML Living Standard, valid e-mail address)."""
_HOME = re.compile(r"\s*([^=\s]+)\s*(?:=\s*(.*\S))?\s*")


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of a person. `homes`: by reference, as which contact, None for nobody or whoever has their name."""

    name: str
    email: str
    role: str
    areas: tuple[str, ...] = ()
    homes: Mapping[str, str | None] = field(default_factory=dict)


def plain_email(typed: str) -> str:
    """As it is kept."""
    return typed.strip().lower()


def email_problem(email: str) -> str | None:
    """What is wrong with an e-mail address, as a sentence."""
    if not _EMAIL.fullmatch(email) or len(email) > LONGEST_EMAIL:
        return "Write an e-mail address such as ann@example.org."
    return None


def name_problem(name: str) -> str | None:
    """What is wrong with a name, as a sentence."""
    if not name:
        return "Write the name."
    if not name.isprintable():
        return "Write the name on one line."
    if name.casefold() == KEEPWELL:
        return "Keepwell itself goes by this name. Write another one."
    return f"Write at most {LONGEST_NAME} letters." if len(name) > LONGEST_NAME else None


def homes_of(text: str) -> dict[str, str | None]:
    """Of lines such as `ELM-12` or `ELM-12 = Ann`."""
    found = (_HOME.fullmatch(line) for line in text.splitlines() if line.strip())
    return {match[1]: match[2] for match in found if match is not None}


def by_email(session: Session, email: str) -> PersonRow | None:
    """Who has this address."""
    return session.scalar(select(PersonRow).where(PersonRow.email == plain_email(email)))


def problems_of(
    session: Session, given: Given, row: PersonRow | None = None, by: Person | None = None
) -> dict[str, str]:
    """By field what keeps a person from being so. `row`: who is changed; `by`: who asks, None for the command line."""
    found = {
        "name": name_problem(given.name),
        "email": email_problem(given.email) or _taken(session, given.email, row),
        "role": _role_problem(session, given.role, row, by),
        "areas": _areas_problem(given, by),
        "homes": _homes_problem(session, given, by),
    }
    return {name: told for name, told in found.items() if told}


def enrol(session: Session, given: Given, row: PersonRow | None, now: Instant) -> PersonRow:
    """Add a person, or change the one of `row`, as `problems_of` found nothing against."""
    if row is None:
        row = PersonRow(created_at=now)
        session.add(row)
    if row.id is not None and row.email != given.email:
        links.void(session, row.id)
    row.name, row.email, row.role = given.name, given.email, given.role
    row.areas = [] if given.role in {"family", "administrator"} else list(given.areas)
    if given.role == "family":
        row.password = row.oidc = None
    homes = {} if given.role == "administrator" else given.homes
    for gone in [one for one in row.homes if one.home not in homes]:
        row.homes.remove(gone)
    there = {one.home: one for one in row.homes}
    for home, name in homes.items():
        one = there.get(home)
        if one is None:
            one = PersonHomeRow(home=home)
            row.homes.append(one)
        named = name or (given.name if one.contact is None else None)
        if given.role == "family" and named:
            one.contact = session.scalar(select(ContactRow.id).where(ContactRow.home == home, ContactRow.name == named))
    session.flush()
    return row


def in_reach(by: Person, other: Person, areas: Mapping[str, str | None]) -> bool:
    """Whether `by` may change `other`: administrators all, supervisors those who see nothing beyond what they do.

    So whoever sees homes of two areas is changed by an administrator, or a supervisor of both. `areas`: of homes.
    """
    if by.role == "administrator":
        return True
    if by.role not in SUPERVISORS or other.role not in LED or not (other.areas or other.homes):
        return False
    return _within(by, other.areas) and all(by.may_see(home, areas.get(home)) for home in other.homes)


def areas_of(session: Session) -> Mapping[str, str | None]:
    """The area of each home."""
    return {row.reference: row.area for row in session.execute(select(HomeRow.reference, HomeRow.area))}


def disable(session: Session, row: PersonRow, now: Instant) -> None:
    """They are out at once, and their links are void. BadInput for the last administrator."""
    _keep_one(session, row)
    row.disabled_at = row.disabled_at or now
    sessions.end(session, row.id, now)
    links.void(session, row.id)


def enable(row: PersonRow) -> None:
    """They may come in again."""
    row.disabled_at = None


def remove(session: Session, row: PersonRow) -> None:
    """Forget a person; what they looked at stays on record. BadInput for the last administrator."""
    _keep_one(session, row)
    session.delete(row)
    session.flush()


def is_last_administrator(session: Session, row: PersonRow) -> bool:
    """Whether nobody could administer without them."""
    others = select(func.count()).where(
        PersonRow.role == "administrator", PersonRow.disabled_at.is_(None), PersonRow.id != row.id
    )
    return row.role == "administrator" and row.disabled_at is None and not session.scalar(others)


def _keep_one(session: Session, row: PersonRow) -> None:
    if is_last_administrator(session, row):
        raise BadInput("This is the last administrator: make somebody else one first")


def _taken(session: Session, email: str, row: PersonRow | None) -> str | None:
    other = by_email(session, email)
    return "Somebody has this address already." if other is not None and other is not row else None


def _role_problem(session: Session, role: str, row: PersonRow | None, by: Person | None) -> str | None:
    allowed = LED if by is not None and by.role != "administrator" else ROLES
    if role not in allowed:
        return "Choose one of these: " + ", ".join(allowed) + "."
    if row is not None and role != row.role and row.id is not None and is_last_administrator(session, row):
        return "This is the last administrator: make somebody else one first."
    return None


def _areas_problem(given: Given, by: Person | None) -> str | None:
    if given.role in {"family", "administrator"}:
        return None
    if not given.areas and not given.homes:
        return "Choose at least one area, or name homes."
    if any(len(area) > 64 for area in given.areas):
        return "Write at most 64 letters for an area."
    if by is not None and not _within(by, given.areas):
        return "Choose among your own areas."
    return None


def _homes_problem(session: Session, given: Given, by: Person | None) -> str | None:
    if given.role == "administrator":
        return None
    if given.role == "family" and not given.homes:
        return "Family see homes by name: write at least one reference, such as ELM-12."
    for home, contact in given.homes.items():
        row = session.get(HomeRow, home)
        if row is None or (by is not None and not by.may_see(home, row.area)):
            return f"There is no home {home[:64]}."
        if contact and given.role == "family" and contact not in {one.name for one in row.contacts}:
            return f"Home {home} has no contact of the name that you wrote: give a contact's name as it is there."
    return None


def _within(by: Person, areas: tuple[str, ...]) -> bool:
    return by.everywhere or (EVERYWHERE not in areas and set(areas) <= set(by.areas))
