"""The walk test on the phone: every sensor in turn, the way out, the pendants, and the signature under it."""

import contextlib
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from devices.instant import Instant
from gateway.alerts import testing
from gateway.alerts.lifecycle import NotPossible
from gateway.database.access import WalkRow
from gateway.database.tables import HomeRow
from gateway.model import EXTERIOR_DOORS, PENDANTS, Device
from gateway.registry.homes import consent_problem, get_home
from gateway.watch.home import HomeWatch
from gateway.web.installer import walk_progress as progress
from gateway.web.installer import walk_record as record
from gateway.web.installer.checklist import reaches_somebody
from gateway.web.installer.devices_health import LOW_BATTERY, Health, health, place
from gateway.web.installer.walk_record import PendantTest
from gateway.web.visit import NO_PROBLEMS, Visit

LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class Line:
    """A sensor on the walk. `seen_at`: when it fired in this walk, or None."""

    device: Device
    title: str
    todo: str
    seen_at: Instant | None
    before_at: Instant | None
    """When an earlier walk that is signed saw it."""
    health: Health
    pendant: PendantTest | None


@dataclass(frozen=True, slots=True)
class _Walk:
    """What the page shows of the database."""

    home: HomeRow
    zone: ZoneInfo
    row: WalkRow | None
    lines: list[tuple[Device, PendantTest | None]]
    signed: list[WalkRow]
    consent: str | None
    reaches: bool


async def walk(visit: Visit) -> Response:
    """The page."""
    return await _page(visit, NO_PROBLEMS)


async def begin(visit: Visit) -> Response:
    """Begin, or walk with who has begun already."""
    name, now, watch = visit.person.name, visit.now, visit.site.homes().get(visit.reference)

    def work(session: Session) -> None:
        known: progress.Seen = {}
        for device in record.devices_of(get_home(session, visit.reference)):
            told = watch.view.devices.get(device.address) if watch is not None else None
            for quantity, (value, _) in (told.values if told is not None else {}).items():
                known = progress.knows(known, device, quantity, value)
        record.begin(session, visit.reference, name, now, known)

    await visit.write(work)
    return _again(visit)


async def stop(visit: Visit) -> Response:
    """Break it off: what was seen in it is forgotten."""

    def work(session: Session) -> None:
        row = _open(session, visit)
        if row is not None:
            session.delete(row)

    await visit.write(work)
    return _again(visit, "walk-stopped")


async def leave(visit: Visit) -> Response:
    """Begin the exit test: now the door."""
    name, now = visit.person.name, visit.now

    def work(session: Session) -> None:
        row = _wanted(session, visit)
        row.seen = dict(progress.begin_exit(row.seen, name, now))

    await visit.write(work)
    return _again(visit)


async def test_pendant(visit: Visit) -> Response:
    """For five minutes the next press of a pendant is a test."""
    key, name, now = visit.typed("device"), visit.person.name, visit.now

    def work(session: Session) -> str:
        row, home = _wanted(session, visit), get_home(session, visit.reference)
        device = next((one for one in record.devices_of(home) if progress.key(one) == key), None)
        if device is None or device.role not in PENDANTS:
            return "Choose one of this home's pendants."
        if not reaches_somebody(home):
            return "Nobody would be called. Say first who is called when something happens."
        busy = row.pendant is not None and row.pendant != device.address and now <= (row.pendant_until or 0)
        if busy:
            return "Another pendant is being tested. Finish or end that test first."
        if record.open_call(session, visit.reference, device.address):
            return "There is an open call for help from it. See to that first: a test may not hide it."
        if testing.emergency(session, visit.reference):
            return (
                "People are being called to this home for something else, such as the smoke alarm that you tried. Once"
                " one of them has accepted, begin again: a test may not hide it."
            )
        testing.begin(row, device.address, name, now)
        return ""

    if why := await visit.write(work):
        return await _page(visit, {"": why})
    return _again(visit)


async def end_pendant_test(visit: Visit) -> Response:
    """End a test that waits: every press is real again, and a test alert that nobody accepted is closed."""
    key, name = visit.typed("device"), visit.person.name

    def work(session: Session) -> int | None:
        row = _wanted(session, visit)
        device = next((one for one in record.devices_of(get_home(session, visit.reference))
                       if progress.key(one) == key), None)  # fmt: skip
        if device is None:
            return None
        stands = record.pendant_test(session, row, device, visit.now)
        if row.pendant == device.address:
            testing.end(row)
        return stands.alert if stands.state == "calling" else None

    alert = await visit.write(work)
    if alert is not None:
        with contextlib.suppress(NotPossible):  # accepted, or pressed again, at this very moment: the page tells
            await visit.site.desk.end_test(alert, name, visit.now)
    return _again(visit)


async def sign(visit: Visit) -> Response:
    """Sign what was seen. From then on it stays as it is."""
    name, now, watch = visit.typed("name"), visit.now, visit.site.homes().get(visit.reference)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return await _page(visit, {"name": "Type your name: with it you say that this is what you saw."})

    def work(session: Session) -> int | str:
        row = _open(session, visit)
        if row is None:
            signed = record.signed_walks(session, visit.reference)
            return signed[0].id if signed else "No walk test is going on. Begin one."
        devices = record.devices_of(get_home(session, visit.reference))
        if not devices:
            return "There is no sensor to walk yet. Add the sensors first."
        if row.pendant is not None and now <= (row.pendant_until or 0):
            return "A pendant test still waits for its press. Finish or end it first."
        row.seen = row.seen | {"sheet": record.sheet(session, row, devices, levels(devices, watch), now)}
        testing.end(row)
        row.signed_at, row.signed_by = now, name
        return row.id

    signed = await visit.write(work)
    if isinstance(signed, str):
        return await _page(visit, {"": signed})
    visit.site.live.tell(visit.reference)
    return visit.go(f"/homes/{visit.reference}/walk/{signed}", "walk-signed")


async def walked(visit: Visit) -> Response:
    """A signed walk test, to be printed."""
    await visit.looks_at("walk test")
    number = int(visit.request.path_params["walk"])

    def ask(session: Session) -> tuple[WalkRow, str, str | None]:
        row, home = session.get(WalkRow, number), get_home(session, visit.reference)
        if row is None or row.home != visit.reference or "sheet" not in row.seen:
            raise HTTPException(404)
        return row, home.time_zone, home.area

    row, zone, area = await visit.read(ask)
    return visit.page(
        "installer/walk_sheet.html",
        walk=row,
        sheet=row.seen["sheet"],
        lines=row.seen["sheet"]["devices"],
        zone=ZoneInfo(zone),
        area=area,
        live=row.seen.get("live"),
        low=LOW_BATTERY,
    )


def levels(devices: list[Device], watch: HomeWatch | None) -> dict[str, dict[str, Any]]:
    """By address what each sensor said last of its battery and its signal."""
    found = {}
    for device in devices:
        how = health(device, watch, 0, ZoneInfo("UTC"))
        found[device.address] = {"battery": how.battery, "battery_low": how.battery_low, "signal": how.signal}
    return found


async def _page(visit: Visit, problems: Any) -> Response:  # noqa: ANN401
    await visit.looks_at("walk test")
    known = await visit.read(lambda session: _known(session, visit))
    watch = visit.site.homes().get(visit.reference)
    earlier = {line["key"]: line["seen_at"] for row in reversed(known.signed)
               for line in row.seen["sheet"]["devices"] if line["seen_at"]}  # fmt: skip
    seen = known.row.seen if known.row is not None else {}
    lines = []
    for device, pendant in known.lines:
        name = progress.key(device)
        before = earlier.get(name)
        lines.append(
            Line(
                device,
                place(device),
                progress.HOW[progress.kind(device)],
                seen.get("devices", {}).get(name, {}).get("at"),
                before if before is not None and before >= device.registered_at else None,
                health(device, watch, visit.now, known.zone, exact=known.row is not None or known.home.live_at is None),
                pendant,
            )
        )
    return visit.page(
        "installer/walk.html",
        422 if problems else 200,
        problems=problems,
        walk=known.row,
        zone=known.zone,
        lines=lines,
        unseen=[one for one in lines if one.seen_at is None],
        left=progress.exit_of(seen),
        has_door=any(device.role in EXTERIOR_DOORS for device, _ in known.lines),
        signed=known.signed,
        consent=known.consent,
        reaches=known.reaches,
        live=known.home.live_at is not None,
        told=await _told(visit, lines),
        key=progress.key,
    )


async def _told(visit: Visit, lines: list[Line]) -> dict[int, list[str]]:
    """By number of a test alert who has been called for it."""
    alerts = [one.pendant.alert for one in lines if one.pendant is not None and one.pendant.alert is not None]
    return {
        alert: list(dict.fromkeys(one.contact for one in await visit.site.desk.messages(alert) if one.kind == "alert"))
        for alert in alerts
    }


def _known(session: Session, visit: Visit) -> _Walk:
    home = get_home(session, visit.reference)
    row = record.open_walk(session, visit.reference, visit.now)
    devices = record.devices_of(home)
    tests = {
        progress.key(one): record.pendant_test(session, row, one, visit.now)
        for one in devices
        if one.role in PENDANTS and row is not None
    }
    return _Walk(
        home,
        ZoneInfo(home.time_zone),
        row,
        [(one, tests.get(progress.key(one))) for one in devices],
        [one for one in record.signed_walks(session, visit.reference) if "sheet" in one.seen],
        consent_problem(home),
        reaches_somebody(home),
    )


def _open(session: Session, visit: Visit) -> WalkRow | None:
    return record.open_walk(session, visit.reference, visit.now)


def _wanted(session: Session, visit: Visit) -> WalkRow:
    row = _open(session, visit)
    if row is None:
        raise HTTPException(409, "No walk test is going on: it was signed, or is too long ago. Begin a new one.")
    return row


def _again(visit: Visit, said: str = "") -> Response:
    visit.site.live.tell(visit.reference)
    return visit.go(f"/homes/{visit.reference}/walk", said)
