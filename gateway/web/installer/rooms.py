"""The rooms of a home: the usual ones by ticking, others by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.orm import Session
from starlette.responses import Response

from gateway.database.tables import HomeRow
from gateway.model import RoomKind
from gateway.registry import entries, homes
from gateway.saying import counted
from gateway.web.visit import Visit

_PAGE = "installer/rooms.html"
USUAL: Mapping[str, RoomKind] = {
    "bedroom": "bedroom",
    "bathroom": "bathroom",
    "kitchen": "kitchen",
    "living room": "living",
    "hall": "hall",
    "dining room": "dining",
    "toilet": "bathroom",
    "bedroom 2": "bedroom",
    "landing": "hall",
    "office": "office",
    "garden": "outside",
}
KINDS: Mapping[RoomKind, str] = {
    "bedroom": "Bedroom",
    "bathroom": "Bathroom or toilet",
    "kitchen": "Kitchen",
    "living": "Living room",
    "dining": "Dining room",
    "hall": "Hall or landing",
    "entrance": "Entrance",
    "office": "Office or workroom",
    "outside": "Outside",
    "other": "Another room",
    "unknown": "Not known",
}
OWN = (1, 2)
"""Rooms with names of their own that one form adds."""
_NAME: TypeAdapter[str] = TypeAdapter(entries.Name)


@dataclass(frozen=True, slots=True)
class RoomShown:
    """A room that is registered. `sensors`: how many are in it."""

    number: int
    name: str
    kind: str
    sensors: int


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the page shows of a home."""

    being_installed: bool
    rooms: Sequence[RoomShown]

    @property
    def usual(self) -> Sequence[str]:
        """Those that are not there yet."""
        there = {one.name.lower() for one in self.rooms}
        return [name for name in USUAL if name not in there]


async def rooms_form(visit: Visit) -> Response:
    """The rooms, and the form for more."""
    return _shown(visit, await _look(visit), {})


async def save_rooms(visit: Visit) -> Response:
    """Add what was ticked and named, and take up other kinds. A room that went meanwhile is let be."""
    reference, found = visit.reference, await _look(visit)
    problems = _problems(visit, found)
    if problems:
        return _shown(visit, found, problems)
    ticked = [name for name in visit.form.getlist("rooms") if name in USUAL]
    own = {visit.typed(f"own_name_{one}"): visit.typed(f"own_kind_{one}") for one in OWN}
    kinds = {room.number: visit.typed(f"kind_{room.number}") for room in found.rooms}

    def save(session: Session) -> None:
        for row in homes.get_home(session, reference).rooms:
            if kinds.get(row.id) in KINDS:
                row.kind = kinds[row.id]
        for name in ticked:
            homes.add_room(session, reference, str(name), USUAL[str(name)])
        for name, kind in own.items():
            if name:
                homes.add_room(session, reference, name, kind)

    await visit.change(save)
    onward = found.being_installed and visit.typed("onward") == "hub"
    return visit.go(f"/homes/{reference}/{'hub' if onward else 'rooms'}", "saved")


async def remove_room(visit: Visit) -> Response:
    """Remove a room that no sensor is in; one that is gone already is gone."""
    reference, number = visit.reference, visit.typed("room")

    def remove(session: Session) -> str | None:
        home = homes.get_home(session, reference)
        row = next((row for row in home.rooms if str(row.id) == number), None)
        inside = sum(device.room == row.name for device in home.devices) if row is not None else 0
        if row is not None and not inside:
            homes.remove_room(session, reference, row.name)
        if row is None or not inside:
            return None
        there, them = ("is", "it") if inside == 1 else ("are", "them")
        return f"{counted(inside, 'sensor')} {there} in the {row.name}. Move {them} first."

    told = await visit.change(remove)
    if told is not None:
        return _shown(visit, await _look(visit), {"": told})
    return visit.go(f"/homes/{reference}/rooms", "room-removed")


async def _look(visit: Visit) -> Rooms:
    reference = visit.reference
    return await visit.read(lambda session: _rooms(homes.get_home(session, reference)))


def _rooms(home: HomeRow) -> Rooms:
    sensors = [device.room for device in home.devices]
    return Rooms(
        home.live_at is None, [RoomShown(row.id, row.name, row.kind, sensors.count(row.name)) for row in home.rooms]
    )


def _shown(visit: Visit, found: Rooms, problems: Mapping[str, str]) -> Response:
    typed = {name: visit.typed(name) for name in visit.form}
    shown: dict[str, Any] = {
        "reference": visit.reference, "found": found, "kinds": list(KINDS.items()), "own": OWN,
        "ticked": visit.form.getlist("rooms"), "typed": typed,
    }  # fmt: skip
    return visit.again(_PAGE, problems, **shown) if problems else visit.page(_PAGE, **shown)


def _problems(visit: Visit, found: Rooms) -> dict[str, str]:
    problems = {}
    there = {one.name.lower() for one in found.rooms} | {str(one) for one in visit.form.getlist("rooms")}
    for one in OWN:
        name = visit.typed(f"own_name_{one}")
        if not name:
            continue
        try:
            _NAME.validate_python(name)
        except ValueError:
            problems[f"own_name_{one}"] = "Write the name of the room in at most 64 letters."
        if name.lower() in there:
            problems[f"own_name_{one}"] = f"There is a {name} already. Give this room another name."
        if visit.typed(f"own_kind_{one}") not in KINDS:
            problems[f"own_kind_{one}"] = "Choose what kind of room it is."
        there.add(name.lower())
    return problems
