"""`keepwell tokens`: what programs send to the JSON API."""

from typing import Annotated

import typer

from devices.instant import DAY, Instant, rfc3339
from gateway.cli.place import ConfigOption, DataOption, JsonOption, Place
from gateway.cli.refusal import PlainGroup
from gateway.cli.shown import show_json, show_line, show_table
from gateway.clock import SystemClock
from gateway.errors import BadInput
from gateway.registry.wording import known_words
from gateway.web.api import tokens

app = typer.Typer(cls=PlainGroup, no_args_is_help=True, help="Tokens, by which programs ask the JSON API at /api.")
BY = "command line"


@app.command()
def make(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for; it stands in the record of looks.")],
    role: Annotated[str, typer.Option("--role", help="staff, supervisor, installer or administrator.")] = "staff",
    area: Annotated[
        list[str] | None, typer.Option("--area", help="An area that it sees; * for all homes. May be repeated.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=1095, help="How long it lasts.")] = 365,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Make a token and print it, this once."""
    wanted = next((one for one in tokens.ROLES if one == role), None)
    if wanted is None:
        raise BadInput(known_words("role", role, tokens.ROLES))
    now = SystemClock().now()
    with Place.find(config, data).database() as database, database.transaction() as session:
        secret = tokens.make(session, name, wanted, area or (), BY, now + days * DAY, now)
    show_line(secret)


@app.command("list")
def list_(json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """List all tokens. The tokens themselves are not kept, so none is shown."""
    with Place.find(config, data).database() as database, database.transaction() as session:
        found = [
            {
                "number": row.id,
                "name": row.name,
                "role": row.role,
                "areas": "all" if row.role == "administrator" else ", ".join(row.areas),
                "made_by": row.created_by,
                "ends": _time(row.expires_at),
                "last_used": _time(row.used_at),
                "revoked": _time(row.revoked_at),
            }
            for row in tokens.listed(session)
        ]
    if json:
        show_json(found)
        return
    columns = ("number", "name", "role", "areas", "made_by", "ends", "last_used", "revoked")
    show_table(
        [column.replace("_", " ") for column in columns],
        ([row[column] for column in columns] for row in found),
        title="Tokens",
        empty="There are none yet: keepwell tokens make NAME --role ROLE --area AREA",
    )


@app.command()
def revoke(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As keepwell tokens list shows it.")],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Revoke a token: nothing can be asked with it any more, from this moment."""
    with Place.find(config, data).database() as database, database.transaction() as session:
        if not tokens.revoke(session, number, SystemClock().now()):
            raise BadInput(f"there is no token {number} that is good: see keepwell tokens list")
    show_line(f"Token {number} is revoked.")


def _time(at: Instant | None) -> str | None:
    return None if at is None else rfc3339(at)[:16]
