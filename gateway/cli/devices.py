"""`keepwell devices`: which sensors a home has, and which are heard but not registered."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from devices.catalogue import suggested_role
from devices.instant import rfc3339
from devices.measurement import Description
from gateway.cli.explain import explain
from gateway.cli.heard import all_sightings, unregistered, waiting_for_names
from gateway.cli.place import ConfigOption, DataOption, JsonOption, Place
from gateway.cli.refusal import PlainGroup
from gateway.cli.shown import local_text, show_json, show_line, show_table
from gateway.clock import SystemClock
from gateway.errors import BadInput
from gateway.model import Home, Quarantined, parent_address
from gateway.registry import devices, homes
from gateway.registry.devices import UNCHANGED, Details
from gateway.saying import closest, counted

app = typer.Typer(
    cls=PlainGroup, no_args_is_help=True, help="The sensors of each home, and those that are heard but not registered."
)
app.command()(explain)
HomeArgument = Annotated[str, typer.Argument(metavar="HOME", help="The home's reference, such as ELM-12.")]
AddressArgument = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="As `keepwell devices heard` shows it: zigbee2mqtt:0x00158d0001a2b3c4.")
]
HubOption = Annotated[str | None, typer.Option("--hub", help="Which hub it is on, where a home has several.")]
RoomOption = Annotated[str | None, typer.Option("--room", help='One of the home\'s rooms; "" for none.')]
RoleOption = Annotated[
    str | None, typer.Option("--role", help='What it watches: front-door, bed, kettle, pendant …; "" for none.')
]
MakerOption = Annotated[str | None, typer.Option("--maker", help="Who made it.")]
ModelOption = Annotated[str | None, typer.Option("--model", help="Its model, as printed on it.")]

UTC = ZoneInfo("UTC")


@app.command("list")
def list_(home: HomeArgument, json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List a home's sensors, and when each was last heard."""
    with Place.find(config, data).registry() as registry, registry.reading() as session:
        row = homes.get_home(session, home)
        rows = list(row.devices)
        zone = Home(home, row.time_zone).zone
    if json:
        show_json(
            [
                {
                    "hub": one.hub,
                    "address": one.address,
                    "room": one.room,
                    "role": one.role,
                    "maker": one.maker,
                    "model": one.model,
                    "quantities": one.quantities,
                    "registered_at": rfc3339(one.registered_at),
                    "last_heard": None if one.last_heard is None else rfc3339(one.last_heard),
                }
                for one in rows
            ]
        )
        return
    show_table(
        ("hub", "address", "room", "role", "maker", "model", "quantities", "last heard"),
        (
            (one.hub, one.address, one.room, one.role, one.maker, one.model, ", ".join(one.quantities),
             local_text(one.last_heard, zone))
            for one in rows
        ),
        title=f"Devices of {home}",
        key="address",
        empty=f"{home} has no devices yet: see keepwell devices heard",
    )  # fmt: skip


@app.command()
def heard(
    hub: Annotated[str | None, typer.Option("--hub", help="Only those on this hub.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the last heard first.")] = 100,
    json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List sensors that were heard but are registered nowhere. What they measured was not kept.

    With --json all of them are listed.
    """
    place = Place.find(config, data)
    found = unregistered(place)
    if json:
        show_json(
            [
                dataclasses.asdict(one)
                | {
                    "parts": list(parts),
                    "first_heard": rfc3339(one.first_heard),
                    "last_heard": rfc3339(one.last_heard),
                    "suggested_role": suggested_role(one.model, one.quantities, one.name),
                }
                for one, parts in found
            ]
        )
        return
    found = [one for one in found if hub in {None, one.whole.hub}]
    show_table(
        ("hub", "address", "name", "maker", "model", "quantities", "role?", "last heard (UTC)", "times"),
        (
            (
                one.hub,
                one.address,
                one.name,
                one.maker,
                one.model,
                ", ".join(one.quantities),
                suggested_role(one.model, one.quantities, one.name),
                local_text(one.last_heard if one.count else None, UTC),
                one.count,
            )
            for one, _ in found[:limit]
        ),
        title="Heard but not registered",
        empty="Nothing unregistered has been heard.",
        key="address",
    )
    if len(found) > limit:
        show_line(f"{counted(len(found) - limit, 'device')} more, heard before these: --limit {len(found)} shows all.")
    for on, names, count in waiting_for_names(place):
        show_line(
            f"{counted(count, 'reading')} on hub {on} waiting until the hub says which sensor is meant by"
            f" {', '.join(names)}. For Zigbee2MQTT: has its bridge/devices arrived, and is the name in it?"
        )


@app.command()
def unreadable(
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the latest first.")] = 50,
    payload: Annotated[
        bool, typer.Option("--payload", help="Show what the messages held, where that was kept. It is private.")
    ] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List messages that could not be read, and why. What they held is shown with --payload only."""
    found = _quarantine(Place.find(config, data).data, limit)
    if json:
        show_json([_unread(one, payload=payload) for one in found])
        return
    show_table(
        ("when (UTC)", "hub", "topic", "reason", "detail", "size", *(("payload",) if payload else ())),
        (
            (rfc3339(one.received_at), one.hub, one.topic, one.reason, one.detail, one.size,
             *((_text_of(one.payload),) if payload else ()))
            for one in found
        ),
        title="Could not be read",
        empty="Every message could be read.",
    )  # fmt: skip


@app.command()
def add(
    home: HomeArgument,
    address: AddressArgument,
    room: RoomOption = None,
    role: RoleOption = None,
    hub: HubOption = None,
    maker: MakerOption = None,
    model: ModelOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Register a sensor. From then on its readings are kept, once the home's residents have consented.

    What it told of itself while it was not registered is noted: maker, model, and what it measures.
    """
    details = Details(room or None, role or None, maker or None, model or None)
    place = Place.find(config, data)
    seen = all_sightings(place.data)
    told_of = False
    with place.registry() as registry, registry.changing() as session:
        row = devices.add_device(session, home, address, SystemClock().now(), hub=hub, details=details)
        on, name = row.hub, None
        session.flush()
        for one in seen:
            if one.hub == on and address in {one.address, parent_address(one.address)}:
                told_of, name = True, one.name or name
                told = Description(address, one.name or "", one.maker, one.model, one.quantities)
                devices.describe(session, on, address, told)
        hint = None if role else suggested_role(row.model, tuple(row.quantities), name)
    show_line(f"{address} registered in {home} on hub {on}.")
    if hint:
        show_line(f"It may be a {hint}: keepwell devices set {home} {address} --role {hint}")
    if seen and not told_of:
        close = closest(address, {one.address for one in seen if one.hub == on})
        show_line(
            f"Nothing has been heard from it so far{f'; did you mean {close}?' if close else '.'}"
            " See keepwell devices heard."
        )


@app.command("set")
def set_(
    home: HomeArgument,
    address: AddressArgument,
    room: RoomOption = None,
    role: RoleOption = None,
    hub: HubOption = None,
    maker: MakerOption = None,
    model: ModelOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Change a sensor: room, role, maker or model. What is not given stays."""
    details = Details(*(UNCHANGED if value is None else (value or None) for value in (room, role, maker, model)))
    if not details.given():
        raise BadInput("say what to change: --room, --role, --maker or --model")
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        devices.set_device(session, home, address, details, hub=hub)
    show_line(f"{address} changed.")


@app.command()
def replace(
    home: HomeArgument,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The address of the sensor that is taken away.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The address of the one that takes its place.")],
    hub: HubOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Put another sensor in a sensor's place. It takes over room and role."""
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        devices.replace_device(session, home, old, new, SystemClock().now(), hub=hub)
    show_line(f"{new} is now in the place of {old}.")


@app.command()
def retire(
    home: HomeArgument,
    address: AddressArgument,
    hub: HubOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take a sensor out of a home. Nobody watches it any more; its recorded readings stay, and so do open alerts."""
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        devices.retire_device(session, home, address, hub=hub)
        left = devices.open_alerts_about(session, home, address)
    show_line(f"{address} retired.")
    for alert, rule in left:
        show_line(f"Alert {alert} ({rule}) about it stays open: keepwell alerts show {alert}")


def _quarantine(data: Path, limit: int) -> Sequence[Quarantined]:
    """The latest messages that could not be read; none where no gateway has run yet."""
    from gateway.journal.view import JournalView

    if not (data / "journal.db").exists():
        return ()
    with JournalView(data / "journal.db") as journal:
        return journal.quarantine(limit)


def _unread(one: Quarantined, *, payload: bool) -> dict[str, object]:
    about: dict[str, object] = {
        "at": rfc3339(one.received_at),
        "hub": one.hub,
        "topic": one.topic,
        "convention": one.convention,
        "reason": one.reason,
        "detail": one.detail,
        "size": one.size,
    }
    return about | {"payload": _text_of(one.payload)} if payload else about


def _text_of(payload: bytes | None) -> str | None:
    """A payload as text that no terminal takes for commands; None where it was not kept."""
    return (
        None
        if payload is None
        else "".join(
            letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"
            for letter in payload.decode("utf-8", "replace")
        )
    )
