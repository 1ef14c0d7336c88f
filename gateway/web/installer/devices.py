"""The sensors of a home: those that were heard and are not registered, and those that are, by room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.codes import Code, Unreadable, meant, read
from gateway.database.tables import HomeRow
from gateway.journal.unregistered import Heard
from gateway.model import Device, Room
from gateway.registry.homes import consent_problem, get_home
from gateway.web.installer import devices_registering as registering
from gateway.web.installer.devices_health import Health, health, plain, title
from gateway.web.installer.devices_registering import Wanted
from gateway.web.installer.devices_suggest import role_of, room_of
from gateway.web.installer.walk_record import device_of, rooms_of
from gateway.web.visit import NO_PROBLEMS, Visit

SHOWN = 30
"""Of unregistered sensors; a receiver for many bands hears those of the neighbours too."""
_HIDDEN = frozenset({"battery", "battery_voltage", "link_quality", "rssi", "online", "device_temperature", "voltage"})


@dataclass(frozen=True, slots=True)
class Stranger:
    """An unregistered sensor, with the room and role that its name suggests."""

    heard: Heard
    reports: str
    room: str | None
    role: str | None

    @property
    def one_tap(self) -> bool:
        """Whether its place is clear."""
        return self.room is not None or self.role in {"pendant", "pull-cord"}


@dataclass(frozen=True, slots=True)
class Line:
    """A registered sensor on the list."""

    number: int
    device: Device
    title: str
    health: Health


@dataclass(frozen=True, slots=True)
class _Known:
    zone: ZoneInfo
    rooms: Sequence[Room]
    lines: Sequence[tuple[int, Device]]
    consent: str | None
    live: bool
    hubs: Sequence[str]


async def devices(visit: Visit) -> Response:
    """The list."""
    return await _list(visit)


async def register(visit: Visit) -> Response:
    """One tap, or the form: a sensor gets its room and role."""
    wanted = Wanted(visit.typed("hub"), visit.typed("address"), visit.typed("room"), visit.typed("role"))
    seen, now = await visit.site.journal.sightings(), visit.now

    def work(session: Session) -> tuple[str, dict[str, str]]:
        home = get_home(session, visit.reference)
        if found := registering.problems_of(home, wanted):
            return "", found
        if (row := registering.find(home, wanted.hub, wanted.address)) is None:
            registering.register(session, home, wanted, seen, now)
            return "device-added", {}
        same = (row.room or "", row.role or "") == (wanted.room, wanted.role)
        return "device-added" if same else "device-was-there", {}

    done, problems = await visit.change(work)
    if problems:
        return await _form(visit, wanted, problems)
    visit.site.live.tell(visit.reference)
    return visit.go(f"/homes/{visit.reference}/devices", done)


async def new_device(visit: Visit) -> Response:
    """The form for one sensor, with what its name suggests."""
    hub, address = visit.asked("hub"), visit.asked("address")
    home = await _home(visit)
    rooms = rooms_of(home)
    one = next((one for one in await registering.sightings(visit) if (one.whole.hub, one.whole.address)
                == (hub, address)), None)  # fmt: skip
    role = role_of(one) if one else None
    room = room_of(one.whole.name if one else None, role, rooms)
    hub = hub or (home.hubs[0].name if len(home.hubs) == 1 else "")
    return await _form(visit, Wanted(hub, address, room or "", role or ""), {})


async def code(visit: Visit) -> Response:
    """What is printed on a sensor: to the form for it, or to its own page where it is registered."""
    try:
        found = read(visit.typed("code"))
    except Unreadable as why:
        return await _list(visit, {"code": str(why)})
    home, heard = await _home(visit), await registering.sightings(visit)
    here = {row.address: row.id for row in home.devices}
    if registered := meant(found, here):
        return visit.go(f"/homes/{visit.reference}/devices/{here[registered[0]]}", "device-was-there")
    strangers = {one.whole.address: one.whole.hub for one in heard}
    places = [(strangers[address], address) for address in meant(found, strangers)]
    hub = home.hubs[0].name if len(home.hubs) == 1 else ""
    places = places or [(hub, address) for address in _likely(found, home)]
    if not places:
        return await _list(visit, {"code": _not_heard(found)})
    if len(places) > 1:
        return visit.page("installer/device_code.html", kind=found.kind, meanings=places)
    query = urlencode({"hub": places[0][0], "address": places[0][1]} | ({"secret": "1"} if found.secret else {}))
    return visit.go(f"/homes/{visit.reference}/devices/new?{query}")


def _likely(found: Code, home: HomeRow) -> Sequence[str]:
    """Of what it can mean, the sorts that this home's sensors speak already; else all."""
    spoken = {row.address.partition(":")[0] for row in home.devices}
    return [one for one in found.addresses if one.partition(":")[0] in spoken] or found.addresses


def _not_heard(found: Code) -> str:
    return (
        f"This is {found.kind}, and no sensor with it was heard on this home's hubs yet. Wake the sensor, for example"
        " by its button: once it is heard it appears on this page by itself."
    )


async def _list(visit: Visit, problems: Mapping[str, str] = NO_PROBLEMS) -> Response:
    await visit.looks_at("sensors")
    known, heard = (
        await visit.read(lambda session: _known(session, visit.reference)),
        await registering.sightings(visit),
    )
    watch = visit.site.homes().get(visit.reference)
    exact = not known.live or visit.person.role != "installer"
    by_room: dict[str | None, list[Line]] = {}
    for number, device in sorted(known.lines, key=lambda one: (one[1].room is None, one[1].room or "", one[0])):
        how = health(device, watch, visit.now, known.zone, exact=exact)
        by_room.setdefault(device.room, []).append(Line(number, device, title(device), how))
    values: dict[str, Any] = {
        "zone": known.zone,
        "strangers": [_stranger(one, known.rooms) for one in heard[:SHOWN]],
        "more": max(0, len(heard) - SHOWN),
        "by_room": by_room,
        "rooms": known.rooms,
        "consent": known.consent,
        "hubs": known.hubs,
    }
    return visit.page("installer/devices.html", 422 if problems else 200, problems=problems, **values)


def _stranger(heard: Heard, rooms: Sequence[Room]) -> Stranger:
    role = role_of(heard)
    told = ", ".join(plain(name) for name in heard.whole.quantities if name not in _HIDDEN)
    return Stranger(heard, told, room_of(heard.whole.name, role, rooms), role)


async def _form(visit: Visit, wanted: Wanted, problems: dict[str, str]) -> Response:
    home = await _home(visit)
    values: dict[str, Any] = {"wanted": wanted, "secret": visit.asked("secret") == "1", **registering.choices(home)}
    return visit.page("installer/device_new.html", 422 if problems else 200, problems=problems, **values)


async def _home(visit: Visit) -> HomeRow:
    def ask(session: Session) -> HomeRow:
        home = get_home(session, visit.reference)
        _ = home.rooms, home.hubs, home.devices
        return home

    return await visit.read(ask)


def _known(session: Session, reference: str) -> _Known:
    home = get_home(session, reference)
    return _Known(
        ZoneInfo(home.time_zone),
        rooms_of(home),
        [(row.id, device_of(row)) for row in home.devices],
        consent_problem(home),
        home.live_at is not None,
        [hub.name for hub in home.hubs],
    )
