"""Checking and registering sensors for pages: what is wrong is said beside the field, in words for who installs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from devices.instant import Instant
from devices.measurement import Description
from gateway.database.tables import DeviceRow, HomeRow
from gateway.journal.unregistered import Heard, unregistered
from gateway.model import SightingSummary, parent_address
from gateway.registry import devices
from gateway.registry.devices import Details
from gateway.registry.homes import get_home
from gateway.saying import closest
from gateway.web.installer.devices_suggest import ROLES
from gateway.web.visit import Visit

LONGEST_ADDRESS = 255


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sensor as somebody wants it registered; empty for none."""

    hub: str
    address: str
    room: str = ""
    role: str = ""


async def sightings(visit: Visit) -> list[Heard]:
    """What was heard on this home's hubs and is not registered: those that have a name first, then the last heard."""

    def ask(session: Session) -> tuple[set[str], set[tuple[str, str]]]:
        home = get_home(session, visit.reference)
        return {hub.name for hub in home.hubs}, {(row.hub, row.address) for row in home.devices}

    hubs, registered = await visit.read(ask)
    seen = [one for one in await visit.site.journal.sightings() if one.hub in hubs]
    return sorted(unregistered(seen, registered), key=lambda one: one.whole.name is None)


def problems_of(home: HomeRow, wanted: Wanted) -> dict[str, str]:
    """By field what is wrong with it; nothing of what is fine."""
    found: dict[str, str] = {}
    names = [room.name for room in home.rooms]
    if wanted.hub not in {hub.name for hub in home.hubs}:
        found["hub"] = "Choose one of this home's hubs." if home.hubs else "This home has no hub yet: add it first."
    if why := address_problem(wanted.address):
        found["address"] = why
    if wanted.room and wanted.room not in names:
        found["room"] = unknown("room", wanted.room, names)
    if wanted.role and wanted.role not in ROLES:
        found["role"] = unknown("use", wanted.role, ROLES)
    return found


def address_problem(address: str) -> str | None:
    """Why it cannot be the address of a sensor."""
    if not address:
        return "Give the address of the sensor."
    if len(address) > LONGEST_ADDRESS or not address.isprintable():
        return f"An address has at most {LONGEST_ADDRESS} characters, on one line."
    if ":" not in address:
        return "Begin with how the sensor speaks, such as zigbee2mqtt:0x00158d0001a2b3c4."
    return None


def unknown(what: str, given: str, allowed: Sequence[str]) -> str:
    """That there is no such room or use, and which was meant."""
    close = closest(given.lower(), {one.lower(): one for one in allowed})
    meant = next((one for one in allowed if one.lower() == close), None)
    hint = f"Did you mean {meant}?" if meant else f"It can be {', '.join(allowed)}." if allowed else "Add it first."
    return f"There is no {what} “{given}” here. {hint}"


def find(home: HomeRow, hub: str, address: str) -> DeviceRow | None:
    """The home's registered sensor of that address."""
    return next((row for row in home.devices if (row.hub, row.address) == (hub, address)), None)


def register(
    session: Session, home: HomeRow, wanted: Wanted, seen: Sequence[SightingSummary], now: Instant
) -> DeviceRow:
    """Register a sensor that was checked, with what it told of itself before."""
    details = Details(room=wanted.room or None, role=wanted.role or None)
    row = devices.add_device(session, home.reference, wanted.address, now, hub=wanted.hub, details=details)
    session.flush()
    describe(session, wanted.hub, wanted.address, seen)
    return row


def describe(session: Session, hub: str, address: str, seen: Sequence[SightingSummary]) -> None:
    """Note what a sensor told of itself while nobody had registered it."""
    for one in seen:
        if one.hub == hub and address in {one.address, parent_address(one.address)}:
            told = Description(address, one.name or "", one.maker, one.model, one.quantities)
            devices.describe(session, hub, address, told)


def choices(home: HomeRow) -> Mapping[str, Sequence[tuple[str, str]]]:
    """What may be chosen: rooms, roles and hubs, as (value, text)."""
    return {
        "rooms": [("", "No room: it is worn or carried"), *((room.name, room.name) for room in home.rooms)],
        "roles": [("", "Nothing special: a room's sensor"), *((role, role.replace("-", " ")) for role in ROLES)],
        "hubs": [(hub.name, hub.name) for hub in home.hubs],
    }
