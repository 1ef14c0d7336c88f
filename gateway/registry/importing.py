"""A home file into the registry and out again.

A section that the file has is the whole truth: what it does not list is removed. A section that it lacks stays as it
is registered, so that a file of rooms and devices never takes the contacts or the consent away. What is known by its
name or address already keeps its id, its date of registration, when it was last heard, and its recorded consent; what a
consent is for and what a contact sees stay as they are where the file does not say, as older files do not. A home that
is new is in service at once.
"""

from typing import cast

from sqlalchemy.orm import Session

from devices.instant import Instant, rfc3339
from gateway.database.tables import ContactRow, DeviceRow, HomeRow, HubRow, ResidentRow, RoomRow, RuleRow
from gateway.errors import BadInput
from gateway.model import Sees
from gateway.registry import contacts, entries
from gateway.registry.homefile import HomeFile
from gateway.registry.homes import get_home, sees_too_much


def import_home(session: Session, file: HomeFile, now: Instant) -> bool:
    """Create or update the home of that reference; whether it is new. Raises BadInput and then changes nothing."""
    home = session.get(HomeRow, file.reference)
    created = home is None
    if home is None:
        home = HomeRow(
            reference=file.reference, time_zone=file.time_zone, mode="at home", occupants=file.occupants, live_at=now
        )
        session.add(home)
        session.flush()
    _about(home, file)
    given = file.model_fields_set
    if "rooms" in given:
        _rooms(home, file)
    _new_hubs(session, home, file)
    if "devices" in given:
        _devices(home, file, now)
    session.flush()
    if "hubs" in given:
        _old_hubs(home, file)
    _check_references(home)
    if "residents" in given:
        _residents(home, file)
    _people(session, home, file)
    _check_sees(home)
    if "rules" in given:
        _rules(home, file)
    session.flush()
    return created


def export_home(session: Session, reference: str) -> HomeFile:
    """The registered home as a file; its times are in UTC."""
    home = get_home(session, reference)
    sections: dict[str, object] = {
        "rooms": [entries.RoomEntry.model_validate({"name": row.name, "kind": row.kind}) for row in home.rooms],
        "hubs": [
            entries.HubEntry.model_validate({"name": row.name, "replay": row.replay, "options": row.options})
            for row in home.hubs
        ],
        "devices": [_device_entry(row) for row in home.devices],
        "residents": [_resident_entry(row) for row in home.residents],
        "contacts": [
            entries.ContactEntry(
                name=row.name,
                channels=tuple(row.channels),
                language=row.language,
                quiet_hours=row.quiet_hours,
                phone=row.phone,
                sees=cast("Sees", row.sees),
            )
            for row in home.contacts
        ],
        "escalation": [
            entries.StepEntry.model_validate(
                {
                    "route": route,
                    "contacts": tuple(person.name for person in step.contacts),
                    "wait": step.wait_s,
                    "hours": step.hours,
                    "days": step.days,
                }
            )
            for route, steps in contacts.escalations(home).items()
            for step in steps
        ],
        "rules": [
            entries.RuleEntry.model_validate({**row.parameters, "type": row.type, "key": row.key, "route": row.route})
            for row in home.rules
        ],
    }
    return HomeFile.model_validate(
        {
            "reference": home.reference,
            "time_zone": home.time_zone,
            "area": home.area,
            "occupants": home.occupants,
            "mode": home.mode,
            "pack": home.pack,
            **{name: tuple(rows) for name, rows in sections.items() if isinstance(rows, list) and rows},
        }
    )


def _about(home: HomeRow, file: HomeFile) -> None:
    home.time_zone = file.time_zone
    if "occupants" in file.model_fields_set:
        home.occupants = file.occupants
    if "area" in file.model_fields_set:
        home.area = file.area
    if "pack" in file.model_fields_set:
        home.pack = file.pack
    home.mode = file.mode or home.mode


def _rooms(home: HomeRow, file: HomeFile) -> None:
    present = {row.name: row for row in home.rooms}
    wanted = {entry.name for entry in file.rooms}
    for entry in file.rooms:
        if entry.name in present:
            present[entry.name].kind = entry.kind
        else:
            home.rooms.append(RoomRow(name=entry.name, kind=entry.kind))
    home.rooms[:] = [row for row in home.rooms if row.name in wanted]


def _new_hubs(session: Session, home: HomeRow, file: HomeFile) -> None:
    """Add hubs before devices name them; a home that has hubs keeps them when the file gives none."""
    present = {row.name: row for row in home.hubs}
    wanted = {hub.name: hub for hub in file.hubs}
    if not wanted and not present:
        wanted = {file.hub_names[0]: entries.HubEntry(name=file.hub_names[0])}
    for name, hub in wanted.items():
        if name in present:
            present[name].replay, present[name].options = hub.replay, hub.options.given()
            continue
        other = session.get(HubRow, name)
        if other is not None:
            raise BadInput(
                f'hub "{name}" belongs to home {other.home}: hub names are unique, give this home its own [[home.hubs]]'
            )
        home.hubs.append(HubRow(name=name, replay=hub.replay, options=hub.options.given()))
    session.flush()


def _devices(home: HomeRow, file: HomeFile, now: Instant) -> None:
    hubs = [row.name for row in home.hubs]
    present = {(row.hub, row.address): row for row in home.devices}
    wanted = set()
    for entry in file.devices:
        hub = entry.hub or (file.hub_names[0] if file.hubs or len(hubs) != 1 else hubs[0])
        if hub not in hubs:
            raise BadInput(
                f"device {entry.address}: home {home.reference} has the hubs {', '.join(hubs)}; add hub = one of them"
            )
        wanted.add((hub, entry.address))
        row = present.get((hub, entry.address))
        if row is None:
            row = DeviceRow(hub=hub, address=entry.address, quantities=[], registered_at=now, last_heard=None)
            home.devices.append(row)
        row.room, row.role = entry.room, entry.role
        row.maker, row.model = entry.maker or row.maker, entry.model or row.model
        if entry.quantities:
            row.quantities = list(entry.quantities)
        if entry.last_heard is not None:
            row.last_heard = max(file.instant(entry.last_heard), row.last_heard or 0)
    home.devices[:] = [row for row in home.devices if (row.hub, row.address) in wanted]


def _old_hubs(home: HomeRow, file: HomeFile) -> None:
    wanted = set(file.hub_names)
    for row in [row for row in home.hubs if row.name not in wanted]:
        left = [device.address for device in home.devices if device.hub == row.name]
        if left:
            raise BadInput(f'hub "{row.name}" is not in the file but still has {", ".join(left)}: list it or them too')
        home.hubs.remove(row)


def _check_references(home: HomeRow) -> None:
    rooms = {row.name for row in home.rooms}
    for row in home.devices:
        if row.room is not None and row.room not in rooms:
            raise BadInput(f'device {row.address} is registered in room "{row.room}", which the file no longer has')


def _residents(home: HomeRow, file: HomeFile) -> None:
    present = {row.name: row for row in home.residents}
    wanted = {entry.name for entry in file.residents}
    for entry in file.residents:
        row = present.get(entry.name)
        if row is None:
            row = ResidentRow(name=entry.name)
            home.residents.append(row)
        if entry.consent is None:
            continue
        at = file.instant(entry.consent.at)
        withdrawn_at = file.instant(entry.consent.withdrawn_at) if entry.consent.withdrawn_at else None
        if withdrawn_at is None and row.consent_withdrawn_at is not None and at <= row.consent_withdrawn_at:
            withdrawn_at = row.consent_withdrawn_at  # an older file does not undo a withdrawal
        row.consent_by, row.consent_basis = entry.consent.by, entry.consent.basis
        row.consent_at, row.consent_withdrawn_at = at, withdrawn_at
        if "purposes" in entry.consent.model_fields_set:
            row.consent_purposes = list(entry.consent.purposes)
        if "review_on" in entry.consent.model_fields_set:
            row.consent_review_on = entry.consent.review_on
    home.residents[:] = [row for row in home.residents if row.name in wanted]


def _people(session: Session, home: HomeRow, file: HomeFile) -> None:
    if "contacts" in file.model_fields_set:
        _contacts(session, home, file)
    if "escalation" in file.model_fields_set:
        _escalation(session, home, file)


def _contacts(session: Session, home: HomeRow, file: HomeFile) -> None:
    present = {row.name: row for row in home.contacts}
    wanted = {entry.name for entry in file.contacts}
    for name in set(present) - wanted:
        contacts.remove_contact(session, home.reference, name)
    for entry in file.contacts:
        row = present.get(entry.name)
        if row is None:
            row = ContactRow(name=entry.name)
            home.contacts.append(row)
        row.channels, row.language, row.quiet_hours = list(entry.channels), entry.language, entry.quiet_hours
        row.phone = entry.phone
        if "sees" in entry.model_fields_set:
            row.sees = entry.sees
    session.flush()


def _check_sees(home: HomeRow) -> None:
    for row in home.contacts:
        if sees_too_much(home, row.sees):
            raise BadInput(
                f'contact "{row.name}" sees "{row.sees}", and the residents did not agree to "daily picture for'
                ' family": add it to purposes if they do, or write sees = "alerts"'
            )


def _escalation(session: Session, home: HomeRow, file: HomeFile) -> None:
    routes = dict.fromkeys([*(row.route for row in home.steps), *(step.route for step in file.escalation)])
    for route in routes:
        contacts.set_escalation(
            session, home.reference, route, [step for step in file.escalation if step.route == route]
        )


def _rules(home: HomeRow, file: HomeFile) -> None:
    present = {(row.type, row.key): row for row in home.rules}
    wanted = {(entry.type, entry.key) for entry in file.rules}
    for entry in file.rules:
        row = present.get((entry.type, entry.key))
        if row is None:
            row = RuleRow(type=entry.type, key=entry.key)
            home.rules.append(row)
        row.route, row.parameters = entry.route, entry.parameters
    home.rules[:] = [row for row in home.rules if (row.type, row.key) in wanted]


def _device_entry(row: DeviceRow) -> entries.DeviceEntry:
    return entries.DeviceEntry.model_validate(
        {
            "address": row.address,
            "room": row.room,
            "role": row.role,
            "hub": row.hub,
            "maker": row.maker,
            "model": row.model,
            "quantities": tuple(row.quantities),
            "last_heard": None if row.last_heard is None else rfc3339(row.last_heard),
        }
    )


def _resident_entry(row: ResidentRow) -> entries.ResidentEntry:
    if row.consent_at is None or not row.consent_by:
        return entries.ResidentEntry(name=row.name)
    return entries.ResidentEntry(
        name=row.name,
        consent=entries.ConsentEntry(
            by=row.consent_by,
            basis=row.consent_basis or "not said",
            at=rfc3339(row.consent_at),
            withdrawn_at=None if row.consent_withdrawn_at is None else rfc3339(row.consent_withdrawn_at),
            purposes=tuple(row.consent_purposes),
            review_on=row.consent_review_on,
        ),
    )
