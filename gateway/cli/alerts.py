"""`keepwell alerts`: see what is open, accept it, close it, and read what was done about it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.exc import DatabaseError

from devices.instant import Instant, rfc3339, to_datetime
from gateway.alerts import timeline, wording
from gateway.alerts.alert import Alert
from gateway.alerts.desk import OUTCOMES, AlertDesk
from gateway.alerts.people import zone_and_area
from gateway.cli.place import ConfigOption, DataOption, Place
from gateway.cli.refusal import PlainGroup
from gateway.cli.shown import show_json, show_line, show_table
from gateway.clock import SystemClock
from gateway.database.engine import Database
from gateway.errors import BadInput, TryLater
from gateway.model import AlertState
from gateway.saying import clock_time

app = typer.Typer(
    name="alerts",
    cls=PlainGroup,
    no_args_is_help=True,
    help="See open alerts, accept them, close them, and read their history.",
)

ByOption = Annotated[str, typer.Option("--by", help="Who does this; it is kept in the alert's history.")]
Number = Annotated[int, typer.Argument(help="The alert's number, as keepwell alerts list shows it.", metavar="ID")]
Parameters = ParamSpec("Parameters")


def _waited_for(function: Callable[Parameters, Awaitable[None]]) -> Callable[Parameters, None]:
    """The command as Typer wants it: not async."""

    @wraps(function)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        async def whole() -> None:
            await function(*args, **kwargs)

        asyncio.run(whole())

    return run


@contextmanager
def _opened(config: Path | None, data: Path | None) -> Iterator[tuple[AlertDesk, Database]]:
    place = Place.find(config, data)
    path = place.data / "keepwell.db"
    if not path.is_file():
        raise BadInput(f"there is no Keepwell data in {place.data}: give another --data, or --config keepwell.toml")
    database = Database.open(place.data)
    try:
        yield AlertDesk(database, place.settings.alerts), database
    except DatabaseError as error:
        raise TryLater(f"{path}: {error.orig}; try again in a moment") from error
    finally:
        database.close()


@app.command("list")
@_waited_for
async def list_alerts(
    *,
    home: Annotated[str | None, typer.Option(help="Only this home, such as ELM-12.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Closed alerts too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, times in UTC.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List open alerts, the most urgent first."""
    with _opened(config, data) as (desk, database):
        found = await desk.alerts(home=home, closed=everything)
        if as_json:
            show_json([_plain(alert) for alert in found])
            return
        rows = [
            (
                alert.id,
                alert.priority,
                alert.home,
                wording.headline(alert),
                alert.outcome or alert.state.value,
                _when(alert.event_at, await _zone(database, alert.home)),
                alert.accepted_by or "",
            )
            for alert in found
        ]
        columns = ("ID", "Priority", "Home", "What", "State", "Since, at the home", "Accepted by")
        show_table(columns, rows, empty="No alerts." if everything else "No open alerts.")


@app.command("show")
@_waited_for
async def show_alert(
    alert: Number,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, times in UTC.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Show one alert: why it was raised, who was told, and who did what."""
    with _opened(config, data) as (desk, database):
        found = await desk.alert(alert)
        entries, messages = await desk.timeline(alert), await desk.messages(alert)
        if as_json:
            story = [
                {"at": rfc3339(entry.at), "what": entry.what, "by": entry.by, "detail": entry.detail}
                for entry in entries
            ]
            told = [
                {"to": one.contact, "channel": one.channel, "kind": one.kind, "step": one.step, "round": one.round,
                 "state": one.state, "attempts": one.attempts, "error": one.error}
                for one in messages
            ]  # fmt: skip
            show_json(_plain(found) | {"timeline": story, "messages": told})
            return
        zone, now = await _zone(database, found.home), SystemClock().now()
        show_line(f"{found.home}: {wording.headline(found)} (alert {found.id}, priority {found.priority})")
        show_line(f"{found.explanation}\n{_standing(found)} Times are those of {zone.key}.\n")
        for entry in entries:
            show_line(f"{clock_time(entry.at, now, zone)}  {timeline.sentence(entry)}")
        for one in messages:
            if one.state in {"pending", "blocked", "sending"}:
                show_line(f"{clock_time(one.due_at, now, zone)}  {timeline.waiting(one)}")


@app.command("accept")
@_waited_for
async def accept_alert(alert: Number, *, by: ByOption, config: ConfigOption = None, data: DataOption = None) -> None:
    """Take an alert on: nobody else is called for it now."""
    with _opened(config, data) as (desk, _):
        found = await desk.accept(alert, by, SystemClock().now())
        show_line(f"Alert {alert} is yours, {found.accepted_by}. Close it when it is done: keepwell alerts close.")


@app.command("close")
@_waited_for
async def close_alert(
    alert: Number,
    *,
    by: ByOption,
    outcome: Annotated[str, typer.Option(help=f"What it was: {', '.join(OUTCOMES)}.")],
    note: Annotated[str | None, typer.Option(help="Anything that others should know.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """End an alert and say what it was."""
    with _opened(config, data) as (desk, _):
        await desk.close(alert, by, outcome, note, SystemClock().now())
        show_line(f"Alert {alert} is closed: {outcome}.")


@app.command("note")
@_waited_for
async def note_on_alert(
    alert: Number,
    text: Annotated[str, typer.Argument(help="What others should know.")],
    *,
    by: ByOption,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Add a note to an alert's history."""
    with _opened(config, data) as (desk, _):
        await desk.note(alert, by, text, SystemClock().now())
        show_line(f"Noted on alert {alert}.")


async def _zone(database: Database, home: str) -> ZoneInfo:
    return (await database.run(lambda session: zone_and_area(session, home)))[0]


def _plain(alert: Alert) -> dict[str, Any]:
    def at(moment: Instant | None) -> str | None:
        return None if moment is None else rfc3339(moment)

    values = {name: getattr(alert, name) for name in Alert.__dataclass_fields__}
    values |= {name: at(value) for name, value in values.items() if name.endswith("_at")}
    return values | {"state": alert.state.value}


def _when(moment: Instant, zone: ZoneInfo) -> str:
    """Such as `2026-01-12 10:00 GMT`: homes of one list may lie in several zones."""
    return f"{to_datetime(moment).astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _standing(alert: Alert) -> str:
    """How it stands, in a sentence or two."""
    state = f"closed, outcome {alert.outcome}" if alert.outcome else str(alert.state)
    by = f" by {alert.accepted_by}" if alert.state is AlertState.ACCEPTED else ""
    calls = f" The calls are in their {timeline.ordinal(alert.round)} round." if alert.round > 1 else ""
    return f"It is {state}{by}, and was seen {timeline.times(alert.occurrences)}.{calls}"
