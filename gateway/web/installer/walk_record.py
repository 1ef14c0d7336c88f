"""Walk tests in the database: the open one of a home, those that are signed, and what they prove together."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.alerts import testing
from gateway.database.access import WalkRow
from gateway.database.tables import AlertRow, DeviceRow, HomeRow
from gateway.model import EXTERIOR_DOORS, PENDANTS, AlertState, Device, Room
from gateway.web.installer import walk_progress as progress
from gateway.web.installer.devices_health import place
from gateway.web.installer.walk_progress import Seen, exit_of, key


def open_walk(session: Session, home: str, now: Instant) -> WalkRow | None:
    """The walk test that is going on there."""
    row = session.scalar(select(WalkRow).where(WalkRow.home == home, WalkRow.signed_at.is_(None)))
    return row if row is not None and now - row.started_at < progress.LASTS else None


def open_homes(session: Session) -> set[str]:
    """Homes with a walk test that is not signed."""
    return set(session.scalars(select(WalkRow.home).where(WalkRow.signed_at.is_(None))))


def signed_walks(session: Session, home: str) -> Sequence[WalkRow]:
    """All that are signed, the latest first."""
    query = select(WalkRow).where(WalkRow.home == home, WalkRow.signed_at.is_not(None)).order_by(WalkRow.id.desc())
    return session.scalars(query).all()


def begin(session: Session, home: str, by: str, now: Instant, known: Seen) -> WalkRow:
    """The walk test that is going on, or a new one: two who begin at once walk together."""
    row = open_walk(session, home, now)
    if row is not None:
        return row
    for stale in session.scalars(select(WalkRow).where(WalkRow.home == home, WalkRow.signed_at.is_(None))):
        session.delete(stale)
    session.flush()
    row = WalkRow(home=home, started_at=now, started_by=by, seen=dict(known))
    session.add(row)
    session.flush()
    return row


def devices_of(home: HomeRow) -> list[Device]:
    """As they are registered now, by room."""
    rows = sorted(home.devices, key=lambda row: (row.room or "~", row.role or "~", row.address))
    return [device_of(row) for row in rows]


def device_of(row: DeviceRow) -> Device:
    """The value of a row."""
    return Device(row.hub, row.address, row.room, row.role, row.maker, row.model, tuple(row.quantities),  # type: ignore[arg-type]
                  row.registered_at, row.last_heard)  # fmt: skip


def rooms_of(home: HomeRow) -> list[Room]:
    """The home's rooms."""
    return [Room(row.name, row.kind) for row in home.rooms]  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ pendant tests


@dataclass(frozen=True, slots=True)
class PendantTest:
    """How the test of a pendant stands. `until`: the press is awaited; `alert`: what it became."""

    state: str
    """not begun, awaited, over, calling, accepted, real or ended."""
    until: Instant | None = None
    alert: int | None = None
    at: Instant | None = None
    accepted_by: str | None = None
    accepted_at: Instant | None = None


def pendant_test(session: Session, walk: WalkRow, device: Device, now: Instant) -> PendantTest:
    """Of this pendant, in this walk."""
    if walk.pendant == device.address and walk.pendant_until is not None:
        return PendantTest("awaited" if now <= walk.pendant_until else "over", walk.pendant_until)
    tested = walk.seen.get("pendants", {}).get(device.address)
    row = session.get(AlertRow, tested["alert"]) if tested is not None else None
    if tested is None or row is None or tested["at"] < device.registered_at:
        return PendantTest("not begun")
    about = (None, row.id, tested["at"], row.accepted_by, row.accepted_at)
    if testing.tester(row.evidence) is None:
        return PendantTest("real", *about)
    if row.outcome is None:
        return PendantTest("calling", *about)
    return PendantTest("accepted" if row.outcome == "test" and row.accepted_at is not None else "ended", *about)


def open_call(session: Session, home: str, address: str) -> bool:
    """Whether an alert of this pendant is open, which a press would add to."""
    found = select(AlertRow.id).where(AlertRow.home == home, AlertRow.rule == "pendant", AlertRow.subject == address,
                                      AlertRow.state != AlertState.CLOSED)  # fmt: skip
    return session.scalar(found) is not None


# ------------------------------------------------------------------------------------------------ what is proven


@dataclass(frozen=True, slots=True)
class Proven:
    """What signed walk tests show of a home as it is registered now. Devices by key."""

    unseen: Sequence[Device]
    """Sensors that no signed walk has seen at their present address."""
    exit_wanted: bool
    exit_passed: bool
    untested: Sequence[Device]
    """Pendants of which no test alert was accepted."""
    signed: bool


def proven(walks: Iterable[WalkRow], devices: Collection[Device]) -> Proven:
    """All signed walks together: for one sensor more nobody has to walk the whole home again."""
    sheets = [sheet for walk in walks if (sheet := walk.seen.get("sheet")) is not None]
    lines = {line["key"]: line for sheet in reversed(sheets) for line in sheet["devices"] if line["seen_at"]}
    accepted = {line["key"] for sheet in sheets for line in sheet["devices"] if line.get("accepted_at")}

    def is_seen(device: Device) -> bool:
        line = lines.get(key(device))
        return line is not None and bool(line["seen_at"] >= device.registered_at)

    return Proven(
        unseen=[device for device in devices if not is_seen(device)],
        exit_wanted=any(device.role in EXTERIOR_DOORS for device in devices),
        exit_passed=any(sheet["exit"]["state"] == "passed" for sheet in sheets),
        untested=[device for device in devices if device.role in PENDANTS and key(device) not in accepted],
        signed=bool(sheets),
    )


def sheet(session: Session, walk: WalkRow, devices: Sequence[Device], levels: Seen, now: Instant) -> dict[str, Any]:
    """What is signed: it stays as it is, whatever becomes of the devices. `levels`: by address what each said last."""
    lines = []
    for device in devices:
        seen = walk.seen.get("devices", {}).get(key(device), {})
        line = {
            "key": key(device), "title": place(device), "address": device.address,
            "room": device.room, "role": device.role, "maker": device.maker,
            "model": device.model, "kind": progress.kind(device),
            "seen_at": seen.get("at"), "what": seen.get("what"), **levels.get(device.address, {}),
        }  # fmt: skip
        if device.role in PENDANTS:
            tested = pendant_test(session, walk, device, now)
            line |= {"pendant": tested.state, "pressed_at": tested.at}
            if tested.state == "accepted":
                line |= {"accepted_by": tested.accepted_by, "accepted_at": tested.accepted_at}
        lines.append(line)
    left = exit_of(walk.seen)
    return {"devices": lines, "exit": {"state": left.state, "at": left.at, "room": left.room}}
