"""Changes to a home's devices. Each works inside the caller's transaction; BadInput names the fix."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import Instant
from devices.measurement import Description
from gateway.database.tables import AlertRow, DeviceRow, HomeRow
from gateway.errors import BadInput
from gateway.model import AlertState
from gateway.registry import entries
from gateway.registry.homes import checked, get_home
from gateway.registry.wording import known_words

UNCHANGED = "\x00unchanged"
"""Stands for "leave it as it is", where None means "none"."""


@dataclass(frozen=True, slots=True)
class Details:
    """What is said of a device besides its address; UNCHANGED leaves a field as it is."""

    room: str | None = UNCHANGED
    role: str | None = UNCHANGED
    maker: str | None = UNCHANGED
    model: str | None = UNCHANGED

    def given(self) -> dict[str, str | None]:
        """The fields that are to change."""
        fields = {"room": self.room, "role": self.role, "maker": self.maker, "model": self.model}
        return {name: value for name, value in fields.items() if value != UNCHANGED}


def add_device(
    session: Session,
    reference: str,
    address: str,
    now: Instant,
    *,
    hub: str | None = None,
    details: Details = Details(),
    quantities: tuple[str, ...] = (),
) -> DeviceRow:
    """Register a device. `hub` may be left out in a home with one hub."""
    home = get_home(session, reference)
    entry = checked(entries.DeviceEntry, address=address, hub=hub, quantities=quantities, **details.given())
    _check_room(home, entry.room)
    name = _hub_name(home, hub)
    taken = _find(session, name, address)
    if taken is not None:
        raise BadInput(f"{address} on hub {name} is registered in home {taken.home} already")
    row = DeviceRow(
        hub=name,
        address=entry.address,
        room=entry.room,
        role=entry.role,
        maker=entry.maker,
        model=entry.model,
        quantities=list(entry.quantities),
        registered_at=now,
        last_heard=None,
    )
    home.devices.append(row)
    return row


def set_device(session: Session, reference: str, address: str, details: Details, *, hub: str | None = None) -> None:
    """Change room, role, maker or model."""
    home = get_home(session, reference)
    row = get_device(home, address, hub)
    given = details.given()
    checked(entries.DeviceEntry, address=address, **given)
    if "room" in given:
        _check_room(home, given["room"])
    for name, value in given.items():
        setattr(row, name, value)


def replace_device(
    session: Session, reference: str, address: str, by: str, now: Instant, *, hub: str | None = None
) -> None:
    """Another sensor takes the place, room and role of this one, and says whose place it took.

    `former` gets {address, maker, model, registered_at, until} of it. Recorded readings stay under the address that
    they came from. What is known of the new one is what it tells itself.
    """
    home = get_home(session, reference)
    row = get_device(home, address, hub)
    checked(entries.DeviceEntry, address=by)
    taken = _find(session, row.hub, by)
    if taken is not None:
        raise BadInput(f"{by} on hub {row.hub} is registered in home {taken.home} already: retire that entry first")
    old = {"address": row.address, "maker": row.maker, "model": row.model, "registered_at": row.registered_at}
    row.former = [*row.former, old | {"until": now}]
    row.address, row.registered_at, row.last_heard = by, now, None
    row.maker, row.model, row.quantities = None, None, []


def retire_device(session: Session, reference: str, address: str, *, hub: str | None = None) -> None:
    """Forget a device: it is watched no longer. Its recorded readings stay."""
    home = get_home(session, reference)
    home.devices.remove(get_device(home, address, hub))
    session.flush()


def resolve_address(session: Session, hub: str, named: str, address: str) -> bool:
    """Re-key a device registered by friendly name to its stable address; whether there was one.

    Was the stable address registered too, then that entry stays and takes over the room and role it lacked.
    """
    row = _find(session, hub, named)
    if row is None or named == address:
        return False
    stable = _find(session, hub, address)
    if stable is None:
        row.address = address
        return True
    stable.room, stable.role = stable.room or row.room, stable.role or row.role
    session.delete(row)
    return True


def describe(session: Session, hub: str, address: str, description: Description) -> bool:
    """Note what a registered device tells of itself: quantities, and maker and model where nobody gave any."""
    row = _find(session, hub, address)
    if row is None:
        return False
    known = [row.maker, row.model, list(row.quantities)]
    row.maker, row.model = told_of(row.maker, description.maker), told_of(row.model, description.model)
    row.quantities = list(dict.fromkeys([*row.quantities, *description.quantities]))
    return known != [row.maker, row.model, row.quantities]


def told_of(known: str | None, told: str | None) -> str | None:
    """Maker or model: what is known, else what the device says, in so far as that can be kept."""
    return known or "".join(letter for letter in (told or "")[:128] if letter.isprintable()).strip() or None


def get_device(home: HomeRow, address: str, hub: str | None = None) -> DeviceRow:
    """The home's device of that address; with the same address on two hubs, the hub must be said."""
    found = [row for row in home.devices if row.address == address and hub in {None, row.hub}]
    if not found:
        raise BadInput(
            known_words("device", address, [row.address for row in home.devices])
            + f"; see keepwell devices list {home.reference}"
        )
    if len(found) > 1:
        raise BadInput(f"{address} is on several hubs: add --hub, one of {', '.join(row.hub for row in found)}")
    return found[0]


def open_alerts_about(session: Session, reference: str, address: str) -> list[tuple[int, str]]:
    """(number, rule) of the home's open alerts about a device. Some are about one quantity of it: `smoke ADDRESS`."""
    rows = session.execute(
        select(AlertRow.id, AlertRow.rule, AlertRow.subject)
        .where(AlertRow.home == reference, AlertRow.state != AlertState.CLOSED)
        .order_by(AlertRow.id)
    )
    return [(number, rule) for number, rule, subject in rows if address in {subject, subject.partition(" ")[2]}]


def registered_addresses(session: Session) -> set[tuple[str, str]]:
    """(hub, address) of every registered device."""
    return {(row.hub, row.address) for row in session.execute(select(DeviceRow.hub, DeviceRow.address))}


def _find(session: Session, hub: str, address: str) -> DeviceRow | None:
    return session.scalar(select(DeviceRow).where(DeviceRow.hub == hub, DeviceRow.address == address))


def _hub_name(home: HomeRow, hub: str | None) -> str:
    names = [row.name for row in home.hubs]
    if hub is None and len(names) == 1:
        return names[0]
    if hub is None:
        known = ", ".join(names) or "none yet"
        raise BadInput(f"home {home.reference} has {len(names)} hubs: add --hub, one of {known}")
    if hub not in names:
        raise BadInput(known_words("hub", hub, names) + f"; add it with keepwell homes hub {home.reference} {hub}")
    return hub


def _check_room(home: HomeRow, room: str | None) -> None:
    names = [row.name for row in home.rooms]
    if room is not None and room not in names:
        raise BadInput(
            known_words("room", room, names) + f"; add it with keepwell homes room {home.reference} {room} --kind …"
        )
