"""The registry as a Directory, in one query a table: 1,000 homes are read in well under a second."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from gateway.database.revision import revision
from gateway.database.tables import (
    DeviceRow,
    HomeRow,
    HubRow,
    ResidentRow,
    RoomRow,
    RuleRow,
)
from gateway.model import Device, Directory, Home, Hub, Room, Rule
from gateway.registry.options import options_of

_Made = TypeVar("_Made")


def directory(session: Session) -> Directory:
    """All homes as they are now, with the revision they belong to."""
    rooms = _by_home(session.execute(select(RoomRow.home, RoomRow.name, RoomRow.kind).order_by(RoomRow.id)), Room)
    hubs = _by_home(
        session.execute(select(HubRow.home, HubRow.name, HubRow.replay, HubRow.options).order_by(HubRow.name)), _hub
    )
    devices = _by_home(
        session.execute(
            select(
                DeviceRow.home,
                DeviceRow.hub,
                DeviceRow.address,
                DeviceRow.room,
                DeviceRow.role,
                DeviceRow.maker,
                DeviceRow.model,
                DeviceRow.quantities,
                DeviceRow.registered_at,
                DeviceRow.last_heard,
            ).order_by(DeviceRow.id)
        ),
        _device,
    )
    rules = _by_home(
        session.execute(
            select(RuleRow.home, RuleRow.type, RuleRow.parameters, RuleRow.key, RuleRow.route).order_by(RuleRow.id)
        ),
        Rule,
    )
    consenting = consenting_homes(session)
    homes = tuple(
        Home(
            reference=row.reference,
            time_zone=row.time_zone,
            area=row.area,
            occupants=row.occupants,
            mode=row.mode,
            consent=row.reference in consenting,
            rooms=tuple(rooms[row.reference]),
            hubs=tuple(hubs[row.reference]),
            devices=tuple(devices[row.reference]),
            rules=tuple(rules[row.reference]),
            pack=row.pack,
            tested_at=row.tested_at,
        )
        for row in session.execute(
            select(
                HomeRow.reference,
                HomeRow.time_zone,
                HomeRow.area,
                HomeRow.occupants,
                HomeRow.mode,
                HomeRow.pack,
                HomeRow.tested_at,
            ).order_by(HomeRow.reference)
        )
    )
    return Directory(homes, revision(session))


def consenting_homes(session: Session) -> set[str]:
    """References of the homes whose every resident's consent is recorded and stands; none without a resident."""
    stands: dict[str, bool] = {}
    for home, by, at, withdrawn_at in session.execute(
        select(ResidentRow.home, ResidentRow.consent_by, ResidentRow.consent_at, ResidentRow.consent_withdrawn_at)
    ):
        given = bool(by) and at is not None and withdrawn_at is None
        stands[home] = stands.get(home, True) and given
    return {home for home, given in stands.items() if given}


def _hub(name: str, replay: bool, options: dict[str, Any]) -> Hub:
    return Hub(name, replay, options_of(options))


def _device(*columns: Any) -> Device:  # noqa: ANN401 - a database row
    hub, address, room, role, maker, model, quantities, registered_at, last_heard = columns
    return Device(hub, address, room, role, maker, model, tuple(quantities), registered_at, last_heard)


def _by_home(rows: Iterable[Row[Any]], make: Callable[..., _Made]) -> defaultdict[str, list[_Made]]:
    """Rows whose first column is the home's reference, made into what the other columns say."""
    found: defaultdict[str, list[_Made]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(make(*row[1:]))
    return found
