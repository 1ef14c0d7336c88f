"""Who can be told of a home's alerts, how they are reached, what they see, and whether they may sign in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.database.access import PersonHomeRow, PersonRow
from gateway.database.tables import ContactRow, HomeRow
from gateway.errors import BadInput
from gateway.languages import known as languages
from gateway.registry import contacts, entries, homes
from gateway.web.access.invite import invite_family
from gateway.web.access.secret import same, signature
from gateway.web.installer import checklist, ways
from gateway.web.installer.consent import SEES
from gateway.web.visit import Visit

_LIST, _PAGE = "installer/contacts.html", "installer/contacts_one.html"
_NAME: TypeAdapter[str] = TypeAdapter(entries.PersonName)
_LANGUAGES: Mapping[str, str] = {"en": "English", "de": "German"}
_CHANGED = (
    "Somebody else changed this contact in the meantime. What you typed is still here: look at it, and save it again if"
    " it is right."
)


@dataclass(frozen=True, slots=True)
class Person:
    """A contact of the home, without the secrets of their addresses. `signs_in`: by which e-mail address."""

    number: int
    name: str
    ways: Sequence[str]
    phone: str
    language: str
    quiet_hours: str | None
    sees: str
    signs_in: str | None
    is_called: bool


@dataclass(frozen=True, slots=True)
class People:
    """What the list shows of a home. `reached`: whether an emergency would call anybody."""

    being_installed: bool
    people: Sequence[Person]
    reached: bool
    for_family: bool
    """Whether residents agreed that family sees more than alerts, or it was never said."""


async def contacts_list(visit: Visit) -> Response:
    """The contacts, and the form for another."""
    await visit.looks_at("contacts")
    return await _listed(visit, {})


async def add_contact(visit: Visit) -> Response:
    """Add a contact, and go on to what else there is to say of them."""
    reference, people = visit.reference, await _look(visit)
    changes, problems = await _checked(visit, people, ())
    if any(one.name == changes.get("name") for one in people.people):
        problems["name"] = "There is a contact of this name already. Give this one another name."
    if problems:
        return await _listed(visit, problems)

    def add(session: Session) -> int:
        return contacts.add_contact(session, reference, **changes).id

    try:
        number = await visit.change(add)
    except BadInput:  # the same form sent twice
        return visit.go(f"/homes/{reference}/contacts", "contact-there")
    return visit.go(f"/homes/{reference}/contacts/{number}", "contact-added")


async def contact_form(visit: Visit) -> Response:
    """One contact."""
    await visit.looks_at("contacts")
    return await _one(visit, {})


async def change_contact(visit: Visit) -> Response:
    """Change a contact; what is left empty of their addresses stays as it is."""
    reference, number, people = visit.reference, _number(visit), await _look(visit)
    row = await visit.read(lambda session: _row(session, reference, number))
    changes, problems = await _checked(visit, people, row.channels)
    if any(one.name == changes.get("name") and one.number != number for one in people.people):
        problems["name"] = "There is a contact of this name already. Give this one another name."
    if not same(visit.typed("was"), _state(visit, row)):
        problems.setdefault("", _CHANGED)
    if problems:
        return await _one(visit, problems)
    name = changes.pop("name")
    try:
        await visit.change(
            lambda session: contacts.set_contact(
                session, reference, _row(session, reference, number).name, new_name=name, **changes
            )
        )
    except BadInput:
        return await _one(visit, {"": _CHANGED})
    return visit.go(f"/homes/{reference}/contacts", "saved")


async def remove_contact(visit: Visit) -> Response:
    """Forget a contact; not the last one whom a home in service calls."""
    reference, number = visit.reference, _number(visit)
    if not visit.typed("sure_removed"):
        return await _one(visit, {"sure_removed": "Tick this first: they are called no more, and see nothing."})

    def remove(session: Session) -> None:
        home = homes.get_home(session, reference)
        before = checklist.reaches_somebody(home)
        contacts.remove_contact(session, reference, _row(session, reference, number).name)
        if home.live_at is not None and before and not checklist.reaches_somebody(home):
            raise BadInput("Nobody else is called for this home: add somebody to who is called first")

    try:
        await visit.change(remove)
    except BadInput as error:
        return await _one(visit, {"sure_removed": f"{error}."})
    return visit.go(f"/homes/{reference}/contacts", "contact-removed")


async def let_sign_in(visit: Visit) -> Response:
    """Send a contact a link by which they sign in; from then on they ask for links themselves."""
    reference, number = visit.reference, _number(visit)
    await visit.read(lambda session: _row(session, reference, number))
    try:
        await invite_family(visit, reference, number, visit.typed("email"))
    except BadInput as error:
        return await _one(visit, {"email": f"{error}."})
    return visit.go(f"/homes/{reference}/contacts/{number}", "contact-invited")


async def stop_sign_in(visit: Visit) -> Response:
    """From now on a contact sees nothing of this home; they are called as before."""
    reference, number = visit.reference, _number(visit)

    def stop(session: Session) -> None:
        _row(session, reference, number)
        session.execute(delete(PersonHomeRow).where(PersonHomeRow.contact == number, PersonHomeRow.home == reference))

    await visit.write(stop)
    return visit.go(f"/homes/{reference}/contacts/{number}", "contact-stopped")


# ------------------------------------------------------------------------------------------------ what is shown


async def _listed(visit: Visit, problems: Mapping[str, str]) -> Response:
    found = await _look(visit)
    shown = {"found": found, **_form(visit, ())}
    return visit.again(_LIST, problems, **shown) if problems else visit.page(_LIST, **shown)


async def _one(visit: Visit, problems: Mapping[str, str]) -> Response:
    reference, number, found = visit.reference, _number(visit), await _look(visit)
    row = await visit.read(lambda session: _row(session, reference, number))
    person = next(one for one in found.people if one.number == number)
    shown = {"found": found, "person": person, "was": _state(visit, row), **_form(visit, row.channels, row)}
    return visit.again(_PAGE, problems, **shown) if problems else visit.page(_PAGE, **shown)


def _form(visit: Visit, channels: Sequence[str], row: ContactRow | None = None) -> dict[str, Any]:
    """What the fields hold: what was typed, else what is kept."""
    quiet_from, _, quiet_until = ((row.quiet_hours or "") if row is not None else "").partition("-")
    value = {
        "name": row.name if row is not None else "",
        "phone": (row.phone or "") if row is not None else "",
        "language": row.language if row is not None else "en",
        "sees": row.sees if row is not None else "alerts",
        "quiet_from": quiet_from,
        "quiet_until": "00:00" if quiet_until == "24:00" else quiet_until,
        "email": "",
    }
    value |= {name: visit.typed(name) for name in value if name in visit.form}
    spoken = {code: _LANGUAGES.get(code, code) for code in sorted(languages(), key=lambda code: (code != "en", code))}
    spoken.setdefault(value["language"], value["language"])
    return {
        "reference": visit.reference, "value": value, "lines": ways.lines(visit, channels),
        "kinds": ways.kinds(visit.site), "sees": SEES, "languages": list(spoken.items()),
    }  # fmt: skip


async def _look(visit: Visit) -> People:
    reference = visit.reference
    return await visit.read(lambda session: _people(session, homes.get_home(session, reference)))


def _people(session: Session, home: HomeRow) -> People:
    rows = session.execute(
        select(PersonHomeRow.contact, PersonRow.email)
        .join(PersonRow, PersonRow.id == PersonHomeRow.person)
        .where(PersonHomeRow.home == home.reference, PersonRow.disabled_at.is_(None))
    )
    signs_in = {contact: email for contact, email in rows if contact is not None}
    called = {step.contact for step in home.steps}
    people = [
        Person(
            row.id, row.name, [ways.named(channel) for channel in row.channels], row.phone or "", row.language,
            row.quiet_hours, row.sees, signs_in.get(row.id), row.id in called,
        )
        for row in home.contacts
    ]  # fmt: skip
    return People(
        home.live_at is None, people, checklist.reaches_somebody(home), not homes.sees_too_much(home, "rooms")
    )


# ------------------------------------------------------------------------------------------------ what was typed


async def _checked(visit: Visit, people: People, channels: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What is to be registered, and by field what is wrong with it."""
    problems = {}
    addresses, told = await ways.typed(visit, channels)
    quiet_hours, quiet = _quiet(visit)
    phone = visit.typed("phone")
    if not _is(_NAME, visit.typed("name")):
        problems["name"] = "Write their name, in at most 128 letters."
    problems |= told | quiet
    if phone and not _is_phone(phone):
        problems["phone"] = "Write the number like 01632 960123 or +44 1632 960123."
    if visit.typed("language") not in {*languages(), *(one.language for one in people.people)}:
        problems["language"] = "Choose the language of their messages."
    if visit.typed("sees") not in dict(SEES):
        problems["sees"] = "Choose what they may see."
    elif visit.typed("sees") != "alerts" and not people.for_family:
        problems["sees"] = (
            "The residents' consent is not for a daily picture for family. Choose alerts only, or record their consent"
            " anew if they agree."
        )
    changes = {
        "name": visit.typed("name"), "channels": tuple(addresses), "language": visit.typed("language"),
        "quiet_hours": quiet_hours, "phone": phone or None, "sees": visit.typed("sees"),
    }  # fmt: skip
    return changes, problems


def _quiet(visit: Visit) -> tuple[str | None, dict[str, str]]:
    start, end = visit.typed("quiet_from"), visit.typed("quiet_until")
    if not start and not end:
        return None, {}
    try:
        entry = entries.ContactEntry(name="x", channels=("console:",), quiet_hours=f"{start}-{end}")
    except ValueError:
        field = "quiet_from" if not start else "quiet_until"
        return None, {field: "Give two different times, such as 22:00 and 07:00, or leave both empty."}
    return entry.quiet_hours, {}


def _is(form: TypeAdapter[str], text: str) -> bool:
    try:
        form.validate_python(text)
    except ValueError:
        return False
    return True


def _is_phone(text: str) -> bool:
    try:
        entries.ContactEntry(name="x", channels=("console:",), phone=text)
    except ValueError:
        return False
    return True


def _number(visit: Visit) -> int:
    return int(visit.request.path_params["contact"])


def _row(session: Session, reference: str, number: int) -> ContactRow:
    row = session.get(ContactRow, number)
    if row is None or row.home != reference:
        raise HTTPException(404, "This contact is not there, or not any more. Go back and look at the contacts.")
    return row


def _state(visit: Visit, row: ContactRow) -> str:
    """By which a form knows that the contact is still as it showed; nothing can be read from it."""
    parts = [row.name, *row.channels, row.language, str(row.quiet_hours), str(row.phone), row.sees]
    return signature(visit.site.key, "contact", str(row.id), *parts)
