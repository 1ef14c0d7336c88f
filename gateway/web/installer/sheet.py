"""The page of one sensor: what it is, how it is, and its room and role to change."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from devices.codes import Unreadable, meant, read
from gateway.database.tables import DeviceRow, HomeRow
from gateway.model import Device
from gateway.registry import devices as registry
from gateway.registry.devices import Details
from gateway.registry.homes import get_home
from gateway.web.installer import devices_registering as registering
from gateway.web.installer.devices_dependents import lost, rule_words
from gateway.web.installer.devices_health import health, place, plain, title
from gateway.web.installer.devices_registering import Wanted
from gateway.web.installer.walk_record import device_of
from gateway.web.visit import NO_PROBLEMS, Visit


@dataclass(frozen=True, slots=True)
class _Sheet:
    home: HomeRow
    row: DeviceRow
    device: Device
    zone: ZoneInfo


async def device(visit: Visit) -> Response:
    """The page."""
    return await _page(visit, NO_PROBLEMS)


async def change(visit: Visit) -> Response:
    """Another room or role."""
    room, role, number = visit.typed("room"), visit.typed("role"), _number(visit)

    def work(session: Session) -> dict[str, str]:
        sheet = _sheet(session, visit.reference, number)
        wanted = Wanted(sheet.row.hub, sheet.row.address, room, role)
        found = registering.problems_of(sheet.home, wanted)
        if not found:
            details = Details(room=room or None, role=role or None)
            registry.set_device(session, visit.reference, sheet.row.address, details, hub=sheet.row.hub)
        return found

    if problems := await visit.change(work):
        return await _page(visit, problems)
    visit.site.live.tell(visit.reference)
    return visit.go(f"/homes/{visit.reference}/devices/{number}", "saved")


async def replacement(visit: Visit) -> Response:
    """Which sensor takes its place."""
    return await _replacement(visit, NO_PROBLEMS)


async def replace(visit: Visit) -> Response:
    """Another sensor takes its place, room and role."""
    number, now = _number(visit), visit.now
    seen = await visit.site.journal.sightings()
    address, why = await _by(visit)

    def work(session: Session) -> dict[str, str]:
        sheet = _sheet(session, visit.reference, number)
        taken = registering.find(sheet.home, sheet.row.hub, address)
        if taken is not None:
            if taken.id == number:
                return {"code": "This is the sensor that is there now."}
            what = title(device_of(taken)).lower()
            return {"code": f"That sensor is in this home already, as {what}. Take it out first."}
        registry.replace_device(session, visit.reference, sheet.row.address, address, now, hub=sheet.row.hub)
        session.flush()
        registering.describe(session, sheet.row.hub, address, seen)
        return {}

    problems = {"code": why} if why else await visit.change(work)
    if problems:
        return await _replacement(visit, problems)
    visit.site.live.tell(visit.reference)
    return visit.go(f"/homes/{visit.reference}/devices/{number}", "device-replaced")


async def retirement(visit: Visit) -> Response:
    """What it would mean to take it out."""
    number = _number(visit)
    sheet = await visit.read(lambda session: _sheet(session, visit.reference, number))
    watch = visit.site.homes().get(visit.reference)
    about = await visit.read(
        lambda session: registry.open_alerts_about(session, visit.reference, sheet.row.address)
    )  # fmt: skip
    return visit.page(
        "installer/device_retire.html",
        sheet=sheet,
        title=title(sheet.device),
        place=place(sheet.device),
        lost=None if watch is None else lost(watch, sheet.device),
        alerts=[(alert, rule_words(rule)) for alert, rule in about],
    )


async def retire(visit: Visit) -> Response:
    """Take it out: it is watched no longer."""
    number = _number(visit)

    def work(session: Session) -> None:
        sheet = _sheet(session, visit.reference, number)
        registry.retire_device(session, visit.reference, sheet.row.address, hub=sheet.row.hub)

    await visit.change(work)
    visit.site.live.tell(visit.reference)
    return visit.go(f"/homes/{visit.reference}/devices", "device-retired")


async def _by(visit: Visit) -> tuple[str, str]:
    """(address that was chosen or typed, or why it is none)."""
    typed = visit.typed("code")
    if not typed:
        chosen = visit.typed("address")
        return chosen, registering.address_problem(chosen) or "" if chosen else "Choose a sensor, or type its code."
    try:
        found = read(typed)
    except Unreadable as why:
        return "", str(why)
    strangers = [one.whole.address for one in await registering.sightings(visit)]
    sheet = await visit.read(lambda session: _sheet(session, visit.reference, _number(visit)))
    speaks = sheet.row.address.partition(":")[0] + ":"
    addresses = meant(found, strangers) or [one for one in found.addresses if one.startswith(speaks)]
    addresses = addresses or found.addresses
    if len(addresses) != 1:
        return "", "Wake the new sensor, for example by its button: once it is heard you can choose it here."
    return addresses[0], registering.address_problem(addresses[0]) or ""


async def _page(visit: Visit, problems: Any) -> Response:  # noqa: ANN401
    await visit.looks_at("sensors")
    number = _number(visit)
    sheet = await visit.read(lambda session: _sheet(session, visit.reference, number))
    live = sheet.home.live_at is not None
    watch = visit.site.homes().get(visit.reference)
    how = health(sheet.device, watch, visit.now, sheet.zone, exact=not live or visit.person.role != "installer")
    told = watch.view.devices.get(sheet.device.address) if watch is not None and not live else None
    about = await visit.read(
        lambda session: registry.open_alerts_about(session, visit.reference, sheet.row.address)
    )  # fmt: skip
    values: dict[str, Any] = {
        "sheet": sheet,
        "title": title(sheet.device),
        "health": how,
        "reports": ", ".join(plain(name) for name in sheet.row.quantities) or "not known yet",
        "said": [] if told is None else [(plain(name), *value) for name, value in told.values.items()],
        "alerts": [(alert, rule_words(rule)) for alert, rule in about],
        "room": visit.typed("room") if problems else sheet.row.room or "",
        "role": visit.typed("role") if problems else sheet.row.role or "",
        **registering.choices(sheet.home),
    }
    return visit.page("installer/device.html", 422 if problems else 200, problems=problems, **values)


async def _replacement(visit: Visit, problems: Any) -> Response:  # noqa: ANN401
    number = _number(visit)
    sheet = await visit.read(lambda session: _sheet(session, visit.reference, number))
    heard = [one.whole for one in await registering.sightings(visit) if one.whole.hub == sheet.row.hub]
    options = [(one.address, " ".join(filter(None, (one.name, one.maker, one.model, one.address)))) for one in heard]
    values: dict[str, Any] = {
        "sheet": sheet,
        "title": title(sheet.device),
        "place": place(sheet.device),
        "options": options,
    }
    return visit.page("installer/device_replace.html", 422 if problems else 200, problems=problems, **values)


def _number(visit: Visit) -> int:
    return int(visit.request.path_params["device"])


def _sheet(session: Session, reference: str, number: int) -> _Sheet:
    home = get_home(session, reference)
    row = next((row for row in home.devices if row.id == number), None)
    if row is None:
        raise HTTPException(404)
    _ = home.rooms, home.hubs
    return _Sheet(home, row, device_of(row), ZoneInfo(home.time_zone))
