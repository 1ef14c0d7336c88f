"""Changes to homes, their rooms, hubs, rules and residents. Each works inside the caller's transaction.

All raise BadInput, which names the fix, and then leave nothing changed.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.database.tables import (
    AlertRow,
    DeviceRow,
    HomeRow,
    HubRow,
    ResidentRow,
    RoomRow,
    RuleRow,
    RuleStatusRow,
    StateRow,
)
from gateway.errors import BadInput
from gateway.model import Mode, Purpose
from gateway.registry import entries
from gateway.registry.homefile import HomeFile, ValidatePack, ValidateRule
from gateway.registry.options import OptionsEntry
from gateway.registry.wording import describe, known_words

MODES: tuple[Mode, ...] = get_args(Mode)
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
FAMILY_PICTURE: Purpose = "daily picture for family"
_Entry = TypeVar("_Entry", bound=BaseModel)


def checked(model: type[_Entry], /, **values: object) -> _Entry:
    """An entry made of a command's arguments, checked like one of a file; BadInput says what is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        lines = describe(error, model, values)
        raise BadInput("; ".join(line.removeprefix("[home]: ") for line in lines)) from error


def get_home(session: Session, reference: str) -> HomeRow:
    """The home's row."""
    home = session.get(HomeRow, reference)
    if home is None:
        known = list(session.scalars(select(HomeRow.reference)))
        raise BadInput(known_words("home", reference, known) + "; see keepwell homes list")
    return home


def add_home(
    session: Session,
    reference: str,
    time_zone: str,
    *,
    area: str | None = None,
    occupants: int = 1,
    live_at: Instant | None = 0,
) -> HomeRow:
    """Register a home with one hub, named after its reference in lower case.

    `live_at`: since when it is in service; None for one that is being installed. It is then paused, so that rules about
    the person wait while sensors are put up; a pendant and smoke call in every mode.
    """
    file = checked(HomeFile, reference=reference, time_zone=time_zone, area=area, occupants=occupants)
    if session.get(HomeRow, reference) is not None:
        raise BadInput(f"home {reference} is registered already; change it with keepwell homes import")
    mode: Mode = "paused" if live_at is None else "at home"
    home = HomeRow(reference=reference, time_zone=time_zone, area=area, occupants=occupants, mode=mode, live_at=live_at)
    session.add(home)
    session.flush()
    add_hub(session, reference, file.hub_names[0])
    return home


def set_mode(session: Session, reference: str, mode: Mode) -> None:
    """At home, away or paused. At home ends an absence that has begun; one that is still to begin stays planned."""
    if mode not in MODES:
        raise BadInput(known_words("mode", mode, MODES))
    home = get_home(session, reference)
    home.mode = mode
    if mode == "at home" and home.away_from is None:
        home.away_until = None


def set_pack(session: Session, reference: str, pack: str | None, validate_pack: ValidatePack | None = None) -> None:
    """The pack of rules that the home's own rules change; None: these alone, or the default pack without any."""
    if pack is not None and validate_pack is not None:
        validate_pack(pack)
    get_home(session, reference).pack = pack


def remove_home(session: Session, reference: str, *, force: bool = False) -> None:
    """Forget a home, its people and what the engine holds of it. Alerts and recorded readings stay where they are.

    While alerts are open it is refused: nobody would be left to be told. `force` removes all the same.
    """
    home = get_home(session, reference)
    unclosed = session.scalar(
        select(func.count()).select_from(AlertRow).where(AlertRow.home == reference, AlertRow.state != "closed")
    )
    if unclosed and not force:
        raise BadInput(f"home {reference} has {unclosed} open alerts: close them first, or use --force")
    for row in (
        *session.scalars(select(RuleStatusRow).where(RuleStatusRow.home == reference)),
        *session.scalars(select(StateRow).where(StateRow.home == reference)),
    ):
        session.delete(row)
    for children in (home.steps, home.devices):  # what points at contacts and hubs goes before them
        children.clear()
        session.flush()
    session.delete(home)
    session.flush()


# ------------------------------------------------------------------------------------------------ rooms and hubs


def add_room(session: Session, reference: str, name: str, kind: str = "unknown") -> None:
    """Add a room, or give the one of that name another kind."""
    entry = checked(entries.RoomEntry, name=name, kind=kind)
    home = get_home(session, reference)
    room = next((room for room in home.rooms if room.name == name), None)
    if room is None:
        home.rooms.append(RoomRow(name=entry.name, kind=entry.kind))
    else:
        room.kind = entry.kind


def remove_room(session: Session, reference: str, name: str) -> None:
    """Remove a room that no device is in."""
    home = get_home(session, reference)
    room = next((room for room in home.rooms if room.name == name), None)
    if room is None:
        raise BadInput(known_words("room", name, [room.name for room in home.rooms]))
    inside = [device.address for device in home.devices if device.room == name]
    if inside:
        raise BadInput(f'room "{name}" still has {", ".join(inside)}: move them first (keepwell devices set --room)')
    home.rooms.remove(room)


def add_hub(session: Session, reference: str, name: str, *, replay: bool = False) -> None:
    """Add a hub, or change whether the one of that name plays a recording. A hub's name is unique everywhere."""
    entry = checked(entries.HubEntry, name=name, replay=replay)
    home = get_home(session, reference)
    hub = session.get(HubRow, name)
    if hub is None:
        home.hubs.append(HubRow(name=entry.name, replay=replay))
        session.flush()
    elif hub.home != reference:
        raise BadInput(f'hub "{name}" belongs to home {hub.home}: hub names are unique, give this one another')
    else:
        hub.replay = replay


def set_hub_options(session: Session, reference: str, name: str, options: OptionsEntry) -> None:
    """Say how a hub of the home is set up; what is at its default is not kept."""
    get_hub(get_home(session, reference), name).options = options.given()


def get_hub(home: HomeRow, name: str) -> HubRow:
    """The home's hub of that name."""
    hub = next((hub for hub in home.hubs if hub.name == name), None)
    if hub is None:
        raise BadInput(known_words("hub", name, [hub.name for hub in home.hubs]))
    return hub


def remove_hub(session: Session, reference: str, name: str) -> None:
    """Remove a hub that no device is on."""
    home = get_home(session, reference)
    hub = get_hub(home, name)
    count = session.scalar(select(func.count()).select_from(DeviceRow).where(DeviceRow.hub == name))
    if count:
        raise BadInput(f'hub "{name}" still has {count} devices: retire them first (keepwell devices retire)')
    home.hubs.remove(hub)


# ------------------------------------------------------------------------------------------------ rules


def set_rule(
    session: Session,
    reference: str,
    rule_type: str,
    parameters: Mapping[str, Any],
    *,
    key: str = "",
    route: str = "default",
    validate_rule: ValidateRule | None = None,
) -> None:
    """Add a rule or replace the one of that type and key.

    In a home that names no pack the first rule takes the default pack's place.
    """
    entry = checked(entries.RuleEntry, **{**parameters, "type": rule_type, "key": key, "route": route})
    home = get_home(session, reference)
    if validate_rule is not None:
        try:
            validate_rule(entry.type, entry.parameters)
        except ValueError as error:
            raise BadInput(f"rule {rule_type}: {error}") from error
    row = next((row for row in home.rules if (row.type, row.key) == (rule_type, key)), None)
    if row is None:
        home.rules.append(RuleRow(type=entry.type, key=entry.key, route=entry.route, parameters=entry.parameters))
    else:
        row.route, row.parameters = entry.route, entry.parameters


def remove_rule(session: Session, reference: str, rule_type: str, key: str = "") -> None:
    """Remove a rule; with the last one gone a home that names no pack gets the default one."""
    home = get_home(session, reference)
    row = next((row for row in home.rules if (row.type, row.key) == (rule_type, key)), None)
    if row is None:
        raise BadInput(known_words("rule", f"{rule_type} {key}".strip(), [row.type for row in home.rules]))
    home.rules.remove(row)


# ------------------------------------------------------------------------------------------------ consent


def record_consent(  # noqa: PLR0913 - a consent has that many sides
    session: Session,
    reference: str,
    resident: str,
    by: str,
    basis: str,
    at: Instant,
    *,
    purposes: Sequence[str] = (),
    review_on: str | None = None,
) -> list[str]:
    """Record a resident's consent to data (the resident is added when new), in place of any earlier one.

    An earlier withdrawal no longer stands. Without `purposes` it is not said what it is for. Contacts who would see
    more than it is for see alerts from now on: their names.
    """
    entry = checked(
        entries.ConsentEntry, by=by, basis=basis, at="2000-01-01", purposes=tuple(purposes), review_on=review_on
    )
    row = _resident(session, reference, resident, add=True)
    row.consent_by, row.consent_basis, row.consent_at, row.consent_withdrawn_at = entry.by, entry.basis, at, None
    row.consent_purposes, row.consent_review_on = list(entry.purposes), entry.review_on
    home = get_home(session, reference)
    narrowed = [contact for contact in home.contacts if sees_too_much(home, contact.sees)]
    for contact in narrowed:
        contact.sees = "alerts"
    return [contact.name for contact in narrowed]


def add_resident(session: Session, reference: str, name: str) -> None:
    """Somebody who lives there too. No data flows until their consent is recorded; known already: nothing changes."""
    _resident(session, reference, name, add=True)


def withdraw_consent(session: Session, reference: str, resident: str, at: Instant) -> None:
    """From now on no data of this home is kept, until consent is recorded anew."""
    row = _resident(session, reference, resident, add=False)
    if row.consent_at is None:
        raise BadInput(f"no consent of {resident} is recorded: there is none to withdraw")
    row.consent_withdrawn_at = at


def consent_problem(home: HomeRow) -> str | None:
    """Why no data may flow, in words; None when consent stands."""
    if not home.residents:
        return "no resident is registered, so no consent is recorded"
    for row in home.residents:
        if row.consent_withdrawn_at is not None:
            return f"{row.name} has withdrawn consent"
        if not row.consent_by or row.consent_at is None:
            return f"the consent of {row.name} is not recorded"
    return None


def purposes(home: HomeRow) -> frozenset[str] | None:
    """What all residents' consents are for; None where one does not say, as older ones do not."""
    given = [frozenset(row.consent_purposes) for row in home.residents if row.consent_at is not None]
    return frozenset.intersection(*given) if given and all(given) else None


def sees_too_much(home: HomeRow, sees: str) -> bool:
    """Whether a contact who sees that would see more than the residents agreed to."""
    agreed = purposes(home)
    return sees != "alerts" and agreed is not None and FAMILY_PICTURE not in agreed


def is_review_due(row: ResidentRow, today: date) -> bool:
    """Whether somebody is to ask the resident again. That stops nothing: data flows until the consent is withdrawn."""
    stands = row.consent_at is not None and row.consent_withdrawn_at is None
    return stands and row.consent_review_on is not None and row.consent_review_on <= today.isoformat()


def _resident(session: Session, reference: str, name: str, *, add: bool) -> ResidentRow:
    home = get_home(session, reference)
    row = next((row for row in home.residents if row.name == name), None)
    if row is None:
        if not add:
            raise BadInput(known_words("resident", name, [row.name for row in home.residents]))
        row = ResidentRow(name=checked(entries.ResidentEntry, name=name).name)
        home.residents.append(row)
    return row
