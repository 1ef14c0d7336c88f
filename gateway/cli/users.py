"""`keepwell users`: who may come in to the pages, before anybody has and whenever the pages cannot be used."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from devices.instant import MINUTE, Instant
from gateway.cli.place import ConfigOption, DataOption, JsonOption, Place
from gateway.cli.refusal import PlainGroup
from gateway.cli.shown import show_json, show_line, show_table
from gateway.clock import SystemClock
from gateway.database.access import EVERYWHERE, PersonRow, SessionRow
from gateway.errors import BadInput
from gateway.saying import duration
from gateway.web.access import enrolment
from gateway.web.access.enrolment import Given
from gateway.web.access.links import LASTS, invite
from gateway.web.access.sending import reached_by
from gateway.web.route import ROLES

app = typer.Typer(
    cls=PlainGroup, no_args_is_help=True, help="The people who may sign in to the pages: what they see, and links."
)
EmailArgument = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")]
RoleOption = Annotated[str | None, typer.Option("--role", help=f"One of {', '.join(ROLES)}.")]
AreaOption = Annotated[
    list[str] | None,
    typer.Option("--area", help=f'Give several for several areas; "{EVERYWHERE}" for all. Not for family.'),
]
HomeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--home",
        metavar="REF[=CONTACT]",
        help="A home that they see by name; for family, which contact of it they are. Give several for several homes.",
    ),
]


@app.command()
def add(
    email: EmailArgument,
    name: Annotated[str, typer.Option("--name", help="The person's name, as pages show it.")],
    role: Annotated[str, typer.Option("--role", help=f"One of {', '.join(ROLES)}.")],
    area: AreaOption = None,
    home: HomeOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Let somebody in, and print a link for them. Staff set a password after it; nobody has one beforehand."""
    place, now = Place.find(config, data), SystemClock().now()
    given = Given(name.strip(), enrolment.plain_email(email), role, tuple(area or ()), _homes(home))
    with _open(place, create=True) as session:
        _checked(session, given)
        path = invite(session, enrolment.enrol(session, given, None, now).id, now)
    show_line(f"{given.name} can sign in.")
    _show_link(place, path)


@app.command()
def link(email: EmailArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Print a new link that signs somebody in: once, within 15 minutes."""
    place = Place.find(config, data)
    with _open(place) as session:
        row = _person(session, email)
        if row.disabled_at is not None:
            raise BadInput(f"{row.email} is kept from signing in: `keepwell users enable` lets them in again")
        path = invite(session, row.id, SystemClock().now())
    _show_link(place, path)


@app.command("list")
def list_(json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List everybody who may sign in."""
    now = SystemClock().now()
    with _open(Place.find(config, data)) as session:
        last = select(SessionRow.person, func.max(SessionRow.seen_at).label("at")).group_by(SessionRow.person)
        used = {row.person: row.at for row in session.execute(last)}
        found = [
            {
                "email": row.email,
                "name": row.name,
                "role": row.role,
                "areas": list(row.areas),
                "homes": [one.home for one in row.homes],
                "last_here": _ago(used.get(row.id), now),
                "disabled": row.disabled_at is not None,
            }
            for row in session.scalars(select(PersonRow).order_by(PersonRow.email))
        ]
    if json:
        show_json(found)
        return
    show_table(
        ("e-mail address", "name", "role", "sees", "last here"),
        ((one["email"], one["name"], one["role"], _sees(one), _last_here(one)) for one in found),
        title="Who may sign in",
        empty='Nobody may sign in yet: `keepwell users add EMAIL --name "THE NAME" --role administrator`',
        key="e-mail address",
    )


@app.command("set")
def set_(
    email: EmailArgument,
    name: Annotated[str | None, typer.Option("--name", help="Another name.")] = None,
    new_email: Annotated[str | None, typer.Option("--email", help="Another e-mail address.")] = None,
    role: RoleOption = None,
    area: AreaOption = None,
    home: HomeOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Change somebody. What is not given stays; --area and --home replace all that were given before."""
    if all(given is None for given in (name, new_email, role, area, home)):
        raise BadInput("say what to change: --name, --email, --role, --area or --home")
    with _open(Place.find(config, data)) as session:
        row = _person(session, email)
        given = Given(
            row.name if name is None else name.strip(),
            row.email if new_email is None else enrolment.plain_email(new_email),
            role or row.role,
            tuple(row.areas if area is None else area),
            dict.fromkeys(one.home for one in row.homes) if home is None else _homes(home),
        )
        _checked(session, given, row)
        enrolment.enrol(session, given, row, SystemClock().now())
    show_line(f"{given.email} changed.")


@app.command()
def disable(email: EmailArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Keep somebody from signing in, and sign them out everywhere at once."""
    with _open(Place.find(config, data)) as session:
        row = _person(session, email)
        enrolment.disable(session, row, SystemClock().now())
    show_line(f"{row.email} is signed out, and can no longer sign in.")


@app.command()
def enable(email: EmailArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Let somebody sign in again who was kept from it."""
    with _open(Place.find(config, data)) as session:
        row = _person(session, email)
        enrolment.enable(row)
    show_line(f"{row.email} can sign in again; `keepwell users link` prints a link for them.")


@app.command()
def remove(email: EmailArgument, config: ConfigOption = None, data: DataOption = None) -> None:
    """Forget somebody. What they looked at stays on record."""
    with _open(Place.find(config, data)) as session:
        row = _person(session, email)
        enrolment.remove(session, row)
    show_line(f"{row.email} removed.")


@contextmanager
def _open(place: Place, *, create: bool = False) -> Iterator[Session]:
    if create:
        with place.registry(create=True) as registry, registry.reading() as session:
            yield session
    else:
        with place.database() as database, database.transaction() as session:
            yield session


def _person(session: Session, email: str) -> PersonRow:
    row = enrolment.by_email(session, email)
    if row is None:
        raise BadInput(f"nobody has the address {email}: `keepwell users list` shows who may sign in")
    return row


def _checked(session: Session, given: Given, row: PersonRow | None = None) -> None:
    if problems := enrolment.problems_of(session, given, row):
        raise BadInput("\n".join(f"{field}: {told}" for field, told in problems.items()))


def _homes(given: list[str] | None) -> dict[str, str | None]:
    return enrolment.homes_of("\n".join(given or ()))


def _show_link(place: Place, path: str) -> None:
    show_line(f"Their link works once, within {duration(LASTS)}, on its page's button:")
    show_line(reached_by(place.settings.web) + path)


def _ago(moment: Instant | None, now: Instant) -> str:
    return "never" if moment is None else f"{duration(max(MINUTE, now - moment))} ago"


def _last_here(one: dict[str, object]) -> object:
    return "cannot sign in" if one["disabled"] else one["last_here"]


def _sees(one: dict[str, object]) -> str:
    areas, homes = one["areas"], one["homes"]
    assert isinstance(areas, list)  # noqa: S101 - made above
    assert isinstance(homes, list)  # noqa: S101
    if one["role"] == "administrator" or EVERYWHERE in areas:
        return "all homes"
    return ", ".join([*areas, *homes])
