"""`keepwell homes consent`: whose data may flow, by whose word, and what for."""

from typing import Annotated

import typer

from devices.instant import Instant
from gateway.cli.place import ConfigOption, DataOption, Place
from gateway.cli.shown import show_line
from gateway.clock import SystemClock
from gateway.database.tables import HomeRow
from gateway.errors import BadInput
from gateway.localtime import local_instant
from gateway.model import Home
from gateway.registry import homes


def consent(
    home: Annotated[str, typer.Argument(metavar="HOME", help="The home's reference, such as ELM-12.")],
    resident: Annotated[str, typer.Option("--resident", help="Who lives there.")],
    by: Annotated[str | None, typer.Option("--by", help="Who gave the consent: the resident, an attorney …")] = None,
    basis: Annotated[str | None, typer.Option("--basis", help="How: signed form, power of attorney …")] = None,
    at: Annotated[str | None, typer.Option("--at", help="When, in the home's local time. Default: now.")] = None,
    purpose: Annotated[
        list[str] | None,
        typer.Option("--purpose", help=f"What it is for; give each: {', '.join(homes.PURPOSES)}."),
    ] = None,
    review_on: Annotated[
        str | None, typer.Option("--review-on", help="The day, such as 2027-01-31, from which on to ask again.")
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="The resident withdraws the consent.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Record a resident's consent to data, or its withdrawal. Data flows once every resident has consented.

    It takes the place of an earlier consent whole: say again what it is for and when to ask again. A day to ask again
    that is past stops no data; pages remind of it.
    """
    narrowed: list[str] = []
    with Place.find(config, data).registry() as registry:
        with registry.changing() as session:
            row = homes.get_home(session, home)
            moment = SystemClock().now() if at is None else _moment(at, row)
            if withdraw:
                homes.withdraw_consent(session, home, resident, moment)
            elif by is None or basis is None:
                raise BadInput("say who gave the consent and how: --by and --basis")
            else:
                narrowed = homes.record_consent(
                    session, home, resident, by, basis, moment, purposes=purpose or (), review_on=review_on
                )
        with registry.reading() as session:
            problem = homes.consent_problem(homes.get_home(session, home))
    show_line(f"Recorded. Data of {home} may flow." if problem is None else f"Recorded. No data flows: {problem}.")
    for name in narrowed:
        show_line(f"{name} sees alerts only from now on: the consent is not for a daily picture for family.")


def _moment(text: str, row: HomeRow) -> Instant:
    try:
        return local_instant(text, Home(row.reference, row.time_zone).zone)
    except ValueError as error:
        raise BadInput(f"--at: {error}") from error
