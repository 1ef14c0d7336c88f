"""`keepwell homes`: register homes, take them out as files, say who lives there and whether they consent."""

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.consent import consent
from gateway.cli.contacts import concealed
from gateway.cli.home_pack import pack
from gateway.cli.hub_options import OptionsOption, option_rows, read_options, with_enocean, with_settings
from gateway.cli.place import ConfigOption, DataOption, JsonOption, Place
from gateway.cli.refusal import PlainGroup
from gateway.cli.shown import local_text, show_json, show_line, show_table
from gateway.cli.whole_home import details, summary
from gateway.clock import SystemClock
from gateway.errors import BadInput
from gateway.model import Mode
from gateway.registry import contacts, homes, picture
from gateway.registry.entries import duration_text
from gateway.registry.homefile import dump_home, load_home
from gateway.registry.options import OptionsEntry, options_given
from gateway.registry.wording import known_words
from gateway.saying import counted

app = typer.Typer(
    cls=PlainGroup, no_args_is_help=True, help="The homes that Keepwell looks after: rooms, hubs, people, consent."
)
HomeArgument = Annotated[str, typer.Argument(metavar="HOME", help="The home's reference, such as ELM-12.")]
app.command()(pack)
app.command()(consent)
_MODES: dict[str, Mode] = {
    "home": "at home",
    "at-home": "at home",
    "at home": "at home",
    "away": "away",
    "paused": "paused",
}


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A home file (TOML), as `keepwell homes export` writes.")
    ],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Register the home in FILE, or bring a registered one up to date.

    What the file lists replaces what was registered in that section; a section that it leaves out stays. Importing the
    same file again changes nothing. The data directory is made when it is new.
    """
    with Place.find(config, data).registry(create=True) as registry:
        read = load_home(file, registry.validate_rule, registry.validate_channel, registry.validate_pack)
        result = registry.import_home(read, SystemClock().now())
        with registry.reading() as session:
            home = homes.get_home(session, read.reference)
            hubs = ", ".join(hub.name for hub in home.hubs)
            rooms, sensors = counted(len(home.rooms), "room"), counted(len(home.devices), "device")
            show_line(f"{home.reference} {result}: {rooms}, {sensors}, hub {hubs}.")
            problem = homes.consent_problem(home)
            reached = bool(home.steps)
    if problem:
        show_line(
            f"Nothing that its sensors say is kept yet: {problem}. Record it with"
            f" keepwell homes consent {read.reference} --resident NAME --by WHO --basis HOW"
        )
    if not reached:
        show_line(
            "Nobody is told of its alerts yet: see keepwell contacts add --help and keepwell contacts escalation --help"
        )


@app.command()
def export(
    home: HomeArgument,
    output: Annotated[Path | None, typer.Option("--output", help="Write to this file, readable by you alone.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print a home as a home file. It holds people's names and their channels' passwords: keep it safe."""
    with Place.find(config, data).registry() as registry:
        text = dump_home(registry.export_home(home))
    if output is None:
        show_line(text.rstrip("\n"))
        return
    try:
        with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise BadInput(f"{output} cannot be written: {error}") from error
    show_line(f"{home} written to {output}.")


@app.command("list")
def list_(json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List all homes, and whether their data may flow."""
    with Place.find(config, data).registry() as registry, registry.reading() as session:
        found = list(picture.directory(session).homes.values())
    if json:
        show_json([summary(home) for home in found])
        return
    show_table(
        ("home", "area", "mode", "consent", "hubs", "rooms", "devices"),
        (
            (
                home.reference,
                home.area,
                home.mode,
                "yes" if home.consent else "no",
                ", ".join(hub.name for hub in home.hubs),
                len(home.rooms),
                len(home.devices),
            )
            for home in found
        ),
        title="Homes",
        empty="No home is registered yet: keepwell homes import FILE",
    )


@app.command()
def show(home: HomeArgument, json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """Show one home whole: rooms, sensors, people, rules."""
    with Place.find(config, data).registry() as registry, registry.reading() as session:
        row = homes.get_home(session, home)
        shown = picture.directory(session).homes[home]
        whole = summary(shown) | details(shown, row)
        residents = [
            (
                one.name,
                one.consent_by,
                one.consent_basis,
                "" if one.consent_at is None else local_text(one.consent_at, shown.zone),
                "" if one.consent_withdrawn_at is None else local_text(one.consent_withdrawn_at, shown.zone),
                ", ".join(one.consent_purposes) or "not said",
                one.consent_review_on,
            )
            for one in row.residents
        ]
        people = [(one.name, one.channels, one.language, one.quiet_hours, one.sees) for one in row.contacts]
    if json:
        show_json(whole)
        return
    show_line(f"{home}: {shown.area or 'no area'}, {shown.time_zone}, {shown.mode}, {shown.occupants} living there")
    if shown.pack is not None:
        show_line(f"Pack of rules: {shown.pack}")
    show_line("Data may flow." if shown.consent else f"No data flows: {whole['consent_problem']}.")
    show_table(
        ("hub", "plays a recording", "options"),
        (
            (one.name, "yes" if one.replay else "no", ", ".join(options_given(one.options)) or "all at their defaults")
            for one in shown.hubs
        ),
    )
    show_table(("room", "kind"), ((room.name, room.kind) for room in shown.rooms), empty="No rooms.")
    show_table(
        ("device", "room", "role", "last heard"),
        ((one.address, one.room, one.role, local_text(one.last_heard, shown.zone)) for one in shown.devices),
        empty="No devices.",
    )
    show_table(
        ("resident", "consent by", "basis", "at", "withdrawn", "for", "review on"),
        residents,
        empty=f"No residents: keepwell homes consent {home} --resident NAME --by WHO --basis HOW",
    )
    show_table(
        ("contact", "channels", "language", "quiet hours", "sees"),
        ((name, ", ".join(map(concealed, channels)), *others) for name, channels, *others in people),
        empty=f"No contacts: keepwell contacts add {home} NAME --channel …",
    )
    show_table(
        ("route", "step", "told", "then waits"),
        (
            (route, step.position, ", ".join(person.name for person in step.contacts), duration_text(step.wait_s))
            for route, steps in contacts.escalations(row).items()
            for step in steps
        ),
        empty="Nobody is told of alerts: keepwell contacts escalation",
    )
    show_table(
        ("rule", "key", "route", "parameters"),
        ((rule.type, rule.key, rule.route, dict(rule.parameters)) for rule in shown.rules),
        empty="The default rules." if shown.pack is None else "No rules of its own beside its pack.",
    )


@app.command()
def add(
    home: HomeArgument,
    time_zone: Annotated[str, typer.Option("--time-zone", help="IANA name, such as Europe/Lisbon.")],
    area: Annotated[str | None, typer.Option("--area", help="Street or district, to group homes by.")] = None,
    occupants: Annotated[int, typer.Option("--occupants", help="How many people live there.")] = 1,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Register a home without a file. It gets one hub, named after its reference in lower case."""
    with Place.find(config, data).registry(create=True) as registry, registry.changing() as session:
        homes.add_home(session, home, time_zone, area=area, occupants=occupants)
    show_line(f"{home} registered; its hub publishes under homes/{home.lower()}/.")


@app.command()
def mode(
    home: HomeArgument,
    mode: Annotated[str, typer.Argument(metavar="MODE", help="home, away or paused.")],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Say that everybody is away, or back home, or that rules pause. A pendant or smoke is raised in every mode."""
    wanted = _MODES.get(mode.lower())
    if wanted is None:
        raise BadInput(known_words("mode", mode, ("home", "away", "paused")))
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        homes.set_mode(session, home, wanted)
    show_line(f"{home} is now {wanted}.")


@app.command()
def room(
    home: HomeArgument,
    name: Annotated[str, typer.Argument(metavar="ROOM", help="The room's name; never a person's.")],
    kind: Annotated[
        str, typer.Option("--kind", help="bedroom, bathroom, kitchen, living, hall, entrance …")
    ] = "unknown",
    remove: Annotated[bool, typer.Option("--remove", help="Remove the room.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add a room, change its kind, or remove it."""
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        if remove:
            homes.remove_room(session, home, name)
        else:
            homes.add_room(session, home, name, kind)
    show_line(f"Room {name} of {home} {'removed' if remove else f'is a {kind} room'}.")


@app.command()
def hub(
    home: HomeArgument,
    name: Annotated[str, typer.Argument(metavar="HUB", help="As in its topics: homes/HUB/…")],
    replay: Annotated[bool, typer.Option("--replay", help="It plays a recording: trust its times.")] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set an option, such as zigbee2mqtt_base=z2m; KEY= resets it."),
    ] = None,
    options: OptionsOption = None,
    enocean_file: Annotated[
        Path | None,
        typer.Option("--enocean-file", metavar="FILE", help="Take its EnOcean sensors from enocean-mqtt's own file."),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Show its options and change nothing.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the hub.")] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add a hub, say how it is set up, or remove it.

    Options say where its conventions depart from their defaults; docs/devices.md tells what each is for. --options
    replaces all of them, --set changes single ones.
    A running gateway takes them up within seconds.
    """
    place = Place.find(config, data)
    if show:
        with place.registry() as registry, registry.reading() as session:
            _show_options(OptionsEntry.model_validate(homes.get_hub(homes.get_home(session, home), name).options), json)
        return
    changes = bool(settings) or options is not None or enocean_file is not None
    with place.registry() as registry, registry.changing() as session:
        if remove:
            homes.remove_hub(session, home, name)
        elif not changes or replay or all(one.name != name for one in homes.get_home(session, home).hubs):
            homes.add_hub(session, home, name, replay=replay)
        if changes and not remove:
            row = homes.get_hub(homes.get_home(session, home), name)
            entry = OptionsEntry.model_validate(row.options) if options is None else read_options(options)
            entry = entry if enocean_file is None else with_enocean(entry, enocean_file)
            entry = with_settings(entry, settings or ())
            homes.set_hub_options(session, home, name, entry)
    show_line(f"Hub {name} of {home} {'removed' if remove else 'set up' if changes else 'registered'}.")
    if changes and not remove:
        for option, value, default in option_rows(entry):
            if not default:
                show_line(f"  {option} = {value}")


def _show_options(options: OptionsEntry, json: bool) -> None:
    if json:
        show_json(options.model_dump(mode="json"))
    else:
        show_table(("option", "value", ""), option_rows(options))


@app.command()
def remove(
    home: HomeArgument,
    force: Annotated[bool, typer.Option("--force", help="Even while alerts are open: nobody will be told.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Forget a home, its sensors and its people. Recorded readings and past alerts stay where they are."""
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        homes.remove_home(session, home, force=force)
    show_line(f"{home} removed.")
