"""`keepwell contacts`: who is told of a home's alerts, by which channels, in which order."""

import re
from typing import Annotated, cast

import typer

from gateway.alerts.duty import DAYS
from gateway.cli.place import ConfigOption, DataOption, JsonOption, Place
from gateway.cli.refusal import PlainGroup
from gateway.cli.shown import show_json, show_line, show_table
from gateway.errors import BadInput
from gateway.model import Sees, Step
from gateway.registry import contacts, homes
from gateway.registry.entries import StepEntry, duration_text

app = typer.Typer(
    cls=PlainGroup, no_args_is_help=True, help="Who is told of a home's alerts: people, channels, and in which order."
)
HomeArgument = Annotated[str, typer.Argument(metavar="HOME", help="The home's reference, such as ELM-12.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The contact's name, as alerts will show it.")]
ChannelOption = Annotated[
    list[str] | None,
    typer.Option(
        "--channel",
        help="How to reach them; give several in order of choice. console: prints, mqtt: publishes, announce: asks the"
        " resident at home, anything else is an Apprise URL such as mailto://user:password@example.org or ntfy://topic.",
    ),
]
LanguageOption = Annotated[str | None, typer.Option("--language", help="The language of messages: en, de …")]
QuietOption = Annotated[
    str | None,
    typer.Option("--quiet-hours", help='No messages that can wait, such as 22:00-07:00; "" for none.'),
]
SeesOption = Annotated[
    str | None,
    typer.Option(
        "--sees", help='What the residents let them see on pages: rooms, "up and about", or alerts. Default: alerts.'
    ),
]
_DAY = f"(?:{'|'.join(DAYS)})"
_SPAN = f"{_DAY}(?:-{_DAY})?"
_STEP = re.compile(
    rf"(?P<told>.*?\S)(?:\s+(?P<days>{_SPAN}(?:,{_SPAN})*))?"
    r"(?:\s+(?P<hours>\d{1,2}:\d\d-\d{1,2}:\d\d))?\s*",
    re.IGNORECASE,
)
RevealOption = Annotated[bool, typer.Option("--reveal", help="Show channels whole, with the passwords in them.")]


@app.command("list")
def list_(
    home: HomeArgument,
    reveal: RevealOption = False,
    json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List a home's contacts and the steps in which they are told."""
    with Place.find(config, data).registry() as registry, registry.reading() as session:
        row = homes.get_home(session, home)
        people = [(contacts.contact(one), one.sees) for one in row.contacts]
        routes = contacts.escalations(row)
    shown = {one.name: [channel if reveal else concealed(channel) for channel in one.channels] for one, _ in people}
    if json:
        show_json(
            {
                "contacts": [
                    {
                        "name": one.name,
                        "channels": shown[one.name],
                        "language": one.language,
                        "quiet_hours": one.quiet_hours,
                        "sees": sees,
                    }
                    for one, sees in people
                ],
                "escalation": {route: [_step(step) for step in steps] for route, steps in routes.items()},
            }
        )
        return
    show_table(
        ("contact", "channels", "language", "quiet hours", "sees"),
        ((one.name, ", ".join(shown[one.name]), one.language, one.quiet_hours, sees) for one, sees in people),
        title=f"Contacts of {home}",
        empty=f"{home} has no contacts yet: keepwell contacts add {home} NAME --channel …",
    )
    _show_routes(home, routes)


@app.command()
def add(
    home: HomeArgument,
    name: NameArgument,
    channel: ChannelOption = None,
    language: LanguageOption = None,
    quiet_hours: QuietOption = None,
    sees: SeesOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Register somebody to reach. They are told of alerts once they stand in an escalation."""
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        contacts.add_contact(
            session,
            home,
            name,
            channel or (),
            language=language or "en",
            quiet_hours=quiet_hours or None,
            sees=cast("Sees", sees or "alerts"),
            validate_channel=registry.validate_channel,
        )
    show_line(f'{name} registered. Next: keepwell contacts escalation {home} --step "{name}:5min"')


@app.command("set")
def set_(
    home: HomeArgument,
    name: NameArgument,
    channel: ChannelOption = None,
    language: LanguageOption = None,
    quiet_hours: QuietOption = None,
    sees: SeesOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Change how a contact is reached, or what they see. What is not given stays."""
    changes: dict[str, object] = {}
    if channel:
        changes["channels"] = tuple(channel)
    if language is not None:
        changes["language"] = language
    if quiet_hours is not None:
        changes["quiet_hours"] = quiet_hours or None
    if sees is not None:
        changes["sees"] = sees
    if not changes:
        raise BadInput("say what to change: --channel, --language, --quiet-hours or --sees")
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        contacts.set_contact(session, home, name, validate_channel=registry.validate_channel, **changes)
    show_line(f"{name} changed.")


@app.command()
def remove(home: HomeArgument, name: NameArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Forget a contact; they are taken out of every escalation."""
    with Place.find(config, data).registry() as registry, registry.changing() as session:
        emptied = contacts.remove_contact(session, home, name)
    show_line(f"{name} removed.")
    for route in emptied:
        show_line(f'Careful: nobody is left on route "{route}": keepwell contacts escalation {home} --route {route} …')


@app.command()
def escalation(
    home: HomeArgument,
    step: Annotated[
        list[str] | None,
        typer.Option(
            "--step",
            metavar="NAMES:WAIT",
            help="Who is told together, and how long until the next step: Anna,Ben:5min. Give each step in order. With"
            ' hours and days when they are on duty: "Office:5min mon-fri 08:00-18:00".',
        ),
    ] = None,
    route: Annotated[str, typer.Option("--route", help="A route of its own, such as fire.")] = "default",
    clear: Annotated[bool, typer.Option("--clear", help="Take the route away.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Say who is told of alerts, and in which order. Without --step: show it.

    One step after the other is told, until somebody accepts. A step that is not on duty is passed over; where none
    is, all are told.

    keepwell contacts escalation ELM-12 --step "Anna:5min" --step "Ben,Care line:10min"
    """
    if step and clear:
        raise BadInput("give --step or --clear, not both")
    place = Place.find(config, data)
    with place.registry() as registry:
        if step or clear:
            with registry.changing() as session:
                contacts.set_escalation(session, home, route, [read_step(text) for text in step or ()])
        with registry.reading() as session:
            routes = contacts.escalations(homes.get_home(session, home))
    _show_routes(home, routes)


def read_step(text: str) -> StepEntry:
    """A step written as `Anna,Ben:5min`, maybe with days and hours of duty: `Office:5min mon-fri,sun 08:00-18:00`."""
    found = _STEP.fullmatch(text)
    names, _, wait = ("", "", "") if found is None else found["told"].rpartition(":")
    if found is None or not names:
        raise BadInput(f'"{text}" is no step: write who is told and how long until the next step, as in Anna,Ben:5min; '
                       "after it may come days such as mon-fri and hours such as 08:00-18:00")  # fmt: skip
    return homes.checked(
        StepEntry,
        contacts=tuple(name.strip() for name in names.split(",")),
        wait=wait.strip(),
        days=_days(found["days"]) if found["days"] else (),
        hours=found["hours"],
    )


def _days(text: str) -> tuple[str, ...]:
    """`mon-wed,sat` is mon, tue, wed and sat; a span may go on over the end of the week."""
    names = []
    for span in text.lower().split(","):
        first, _, last = span.partition("-")
        start, end = DAYS.index(first), DAYS.index(last or first)
        names += [DAYS[number % 7] for number in range(start, (end if end >= start else end + 7) + 1)]
    return tuple(dict.fromkeys(names))


def concealed(channel: str) -> str:
    """A channel without what may be a password: its kind only."""
    kind, _, rest = channel.partition(":")
    return f"{kind}://…" if rest else channel


def _step(step: Step) -> dict[str, object]:
    return {
        "contacts": [one.name for one in step.contacts],
        "wait_s": step.wait_s,
        "hours": step.hours,
        "days": list(step.days),
    }


def _duty(step: Step) -> str:
    return " ".join(part for part in (",".join(step.days), step.hours) if part) or "always"


def _show_routes(home: str, routes: dict[str, tuple[Step, ...]]) -> None:
    show_table(
        ("route", "step", "told", "then waits", "on duty"),
        (
            (route, step.position, told, duration_text(step.wait_s), _duty(step))
            for route, steps in routes.items()
            for step in steps
            for told in [", ".join(one.name for one in step.contacts)]
        ),
        title=f"Escalation of {home}",
        empty=f'Nobody is told of alerts of {home} yet: keepwell contacts escalation {home} --step "NAME:5min"',
    )
