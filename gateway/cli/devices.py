"""`keepwell devices`: which sensors a home has, and which are heard but not registered."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from devices.instant import rfc3339
from gateway.cli.place import ConfigOption, DataOption, JsonOption, Place
from gateway.cli.refusal import PlainGroup
from gateway.cli.shown import local_text, show_json, show_line, show_table
from gateway.clock import SystemClock
from gateway.errors import BadInput
from gateway.model import Home, SightingSummary
from gateway.registry import devices, homes
from gateway.registry.devices import UNCHANGED, Details

app = typer.Typer(
    cls=PlainGroup, no_args_is_help=True, help="The sensors of each home, and those that are heard but not registered."
)
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


@app.command("list")
def list_(home: HomeArgument, json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List a home's sensors: address, room, role and when each was last heard."""
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
        ("hub", "address", "room", "role", "model", "last heard"),
        ((one.hub, one.address, one.room, one.role, one.model, local_text(one.last_heard, zone)) for one in rows),
        title=f"Devices of {home}",
        empty=f"{home} has no devices yet: see keepwell devices heard",
    )


@app.command()
def heard(json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List sensors that were heard but are registered nowhere. What they measured was not kept."""
    place = Place.find(config, data)
    sightings = _unregistered(place, _sightings(place.data))
    if json:
        show_json(
            [
                asdict(one) | {"first_heard": rfc3339(one.first_heard), "last_heard": rfc3339(one.last_heard)}
                for one in sightings
            ]
        )
        return
    show_table(
        ("hub", "address", "name", "model", "quantities", "last heard (UTC)", "times"),
        (
            (
                one.hub,
                one.address,
                one.name,
                " ".join(word for word in (one.maker, one.model) if word),
                ", ".join(one.quantities),
                rfc3339(one.last_heard),
                one.count,
            )
            for one in sightings
        ),
        title="Heard but not registered",
        empty="Nothing unregistered has been heard.",
    )


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
    """Register a sensor. From then on its readings are kept, once the home's residents have consented."""
    details = Details(room or None, role or None, maker or None, model or None)
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        row = devices.add_device(session, home, address, SystemClock().now(), hub=hub, details=details)
        on = row.hub
    show_line(f"{address} registered in {home} on hub {on}.")


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
    """Change a sensor's room, role, maker or model; what is not given stays."""
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
    """Put another sensor in a sensor's place; it takes over room and role."""
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
    """Take a sensor out of a home: nobody watches it any more. Its recorded readings stay."""
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        devices.retire_device(session, home, address, hub=hub)
    show_line(f"{address} retired.")


def _sightings(data: Path) -> Sequence[SightingSummary]:
    """What the gateway's journal says; nothing where no gateway has run yet."""
    from gateway.journal.view import JournalView

    if not (data / "journal.db").exists():
        return ()
    with JournalView(data / "journal.db") as journal:
        return journal.sightings()


def _unregistered(place: Place, sightings: Sequence[SightingSummary]) -> list[SightingSummary]:
    """Without those that were registered after they were heard."""
    with place.registry() as registry, registry.reading() as session:
        known = devices.registered_addresses(session)
    return [one for one in sightings if (one.hub, one.address) not in known]
