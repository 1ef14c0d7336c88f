"""Homes: lists, one whole, how today goes; devices heard, registered and retired."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.alerts.alert import Alert
from gateway.database.tables import AlertRow, DeviceRow, HomeRow, HubRow, RuleStatusRow
from gateway.errors import BadInput
from gateway.registry import devices
from gateway.registry.picture import consenting_homes
from gateway.watch.home import HomeWatch
from gateway.web.api import models
from gateway.web.api.alerts import Refused, in_sight, summary
from gateway.web.api.caller import Asking, OfHome
from gateway.web.api.models import moment, moment_or_none

_LISTED = 1_000


async def me(asking: Asking) -> models.Me:
    """In whose name this token asks, and what it sees."""
    person = asking.person
    return models.Me(
        name=person.name,
        role=person.role,
        areas=list(person.areas),
        expires=moment_or_none(asking.token.expires_at),
    )


async def homes(
    asking: Asking,
    area: Annotated[str | None, Query(max_length=64, description="Of this area.")] = None,
    after: Annotated[str, Query(max_length=64, description="References after this one, for the next page.")] = "",
    limit: Annotated[int, Query(ge=1, le=_LISTED)] = _LISTED,
) -> list[models.HomeSummary]:
    """Homes that the token sees, in the order of their references."""

    def work(session: Session) -> list[models.HomeSummary]:
        query = select(HomeRow).where(asking.person.sight(), HomeRow.reference > after)
        query = query.order_by(HomeRow.reference).limit(limit)
        rows = session.scalars(query if area is None else query.where(HomeRow.area == area)).all()
        return _summaries(session, asking, rows)

    return await asking.read(work)


async def home(asking: Asking, home: OfHome) -> models.Home:
    """One home: rooms, devices and their health, what its rules can see, open alerts."""
    watch = asking.site.homes().get(home)
    now = asking.now

    def work(session: Session) -> models.Home:
        row = session.get_one(HomeRow, home)
        exact = row.live_at is None or asking.person.role != "installer"
        alerts = session.scalars(
            select(AlertRow)
            .where(AlertRow.home == home, AlertRow.state != "closed", in_sight(asking.person))
            .order_by(AlertRow.priority, AlertRow.id)
        )
        rules = session.scalars(select(RuleStatusRow).where(RuleStatusRow.home == home).order_by(RuleStatusRow.rule))
        return models.Home(
            **_summaries(session, asking, [row])[0].model_dump(),
            rooms=[models.Room.model_validate({"name": room.name, "kind": room.kind}) for room in row.rooms],
            devices=[_device(device, watch, now, exact=exact) for device in row.devices],
            rules=[
                models.RuleState(rule=one.rule, state=one.state, reason=one.reason, since=moment(one.since))
                for one in rules
            ],
            alerts=[summary(Alert.of(one)) for one in alerts],
        )

    whole = await asking.read(work)
    await asking.looks_at("home", home)
    return whole


async def sightings(
    asking: Asking,
    home: Annotated[str | None, Query(max_length=64, description="Of this home.")] = None,
) -> list[models.Sighting]:
    """Devices that hubs of these homes have heard and nobody has registered, the latest first. No values are kept."""

    def owners(session: Session) -> tuple[dict[str, str], set[tuple[str, str]]]:
        query = select(HubRow.name, HubRow.home).join(HomeRow, HomeRow.reference == HubRow.home)
        hubs = {row.name: row.home for row in session.execute(query.where(asking.person.sight()))}
        return hubs, devices.registered_addresses(session)

    hubs, registered = await asking.read(owners)
    seen = [one for one in await asking.site.journal.sightings() if one.hub in hubs]
    return [
        models.Sighting(
            home=hubs[one.hub],
            hub=one.hub,
            address=one.address,
            quantities=list(one.quantities),
            first_heard=moment(one.first_heard),
            last_heard=moment(one.last_heard),
            count=one.count,
            name=one.name,
            maker=one.maker,
            model=one.model,
        )
        for one in seen
        if home in {None, hubs[one.hub]} and (one.hub, one.address) not in registered
    ]


async def add_device(asking: Asking, home: OfHome, device: models.NewDevice) -> models.Device:
    """Register a device. What it says from then on is kept, and the rules rely on it."""
    given = devices.Details(room=device.room, role=device.role, maker=device.maker, model=device.model)

    def work(session: Session) -> models.Device:
        row = session.get_one(HomeRow, home)
        hub = _hub(row, device.hub)
        if device.room is not None and device.room not in {room.name for room in row.rooms}:
            raise Refused("The home has no room of that name.", "room")
        if (hub, device.address) in devices.registered_addresses(session):
            raise Refused("A device of that address is registered on that hub already.", "address")
        try:
            made = devices.add_device(session, home, device.address, asking.now, hub=hub, details=given)
        except BadInput as error:
            raise Refused("The address, maker or model holds what cannot be kept.", "address") from error
        session.flush()
        return _device(made, None, asking.now)

    async with asking.site.turn:
        made = await asking.site.registry.change(work)
    asking.site.live.tell(home)
    return made


async def retire_device(asking: Asking, home: OfHome, device: models.DeviceName) -> None:
    """Take a device out of the home: nobody watches it any more. Its readings stay."""

    def work(session: Session) -> None:
        row = session.get_one(HomeRow, home)
        found = [one for one in row.devices if one.address == device.address and device.hub in {None, one.hub}]
        if not found:
            raise Refused("The home has no device of that address.", "address")
        if len(found) > 1:
            raise Refused("Two hubs know that address: say which.", "hub")
        devices.retire_device(session, home, device.address, hub=found[0].hub)

    async with asking.site.turn:
        await asking.site.registry.change(work)
    asking.site.live.tell(home)


def _hub(row: HomeRow, hub: str | None) -> str:
    names = [one.name for one in row.hubs]
    if hub is None and len(names) == 1:
        return names[0]
    if hub not in names:
        raise Refused("Say on which hub of the home it is." if hub is None else "The home has no such hub.", "hub")
    return hub


def _summaries(session: Session, asking: Asking, rows: Sequence[HomeRow]) -> list[models.HomeSummary]:
    consenting = consenting_homes(session)
    waiting = {
        home: (count, urgent)
        for home, count, urgent in session.execute(
            select(AlertRow.home, func.count(), func.min(AlertRow.priority))
            .where(AlertRow.state != "closed", in_sight(asking.person))
            .group_by(AlertRow.home)
        )
    }
    return [_summary(row, row.reference in consenting, *waiting.get(row.reference, (0, None))) for row in rows]


def _summary(row: HomeRow, consent: bool, count: int, urgent: int | None) -> models.HomeSummary:
    return models.HomeSummary.model_validate(
        {
            "home": row.reference,
            "area": row.area,
            "time_zone": row.time_zone,
            "mode": row.mode,
            "consent": consent,
            "in_service_since": moment_or_none(row.live_at),
            "open_alerts": count,
            "most_urgent": urgent,
        }
    )


def _device(row: DeviceRow, watch: HomeWatch | None, now: Instant, *, exact: bool = True) -> models.Device:
    """Not `exact`: when it was heard is not told, as that tells when somebody moved."""
    known = watch.view.devices.get(row.address) if watch is not None else None
    levels = {} if known is None else known.levels
    heard = max((at for at in (row.last_heard, known.heard if known else None) if at is not None), default=None)
    return models.Device.model_validate(
        {
            "hub": row.hub,
            "address": row.address,
            "room": row.room,
            "role": row.role,
            "maker": row.maker,
            "model": row.model,
            "registered": moment(row.registered_at),
            "last_heard": moment_or_none(min(heard, now) if heard is not None and exact else None),
            "health": _health(row.address, watch, heard),
            **{name: levels.get(name) for name in ("battery", "link_quality", "rssi")},
        }
    )


def _health(address: str, watch: HomeWatch | None, heard: Instant | None) -> models.Health:
    if watch is None:
        return "not watched"
    if address in watch.view.stuck:
        return "stuck"
    if heard is None:
        return "never heard"
    return "silent" if address in watch.view.silent else "heard"
