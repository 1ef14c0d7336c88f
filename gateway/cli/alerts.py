"""`keepwell alerts`: see what is open, accept it, close it, and read what was done about it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec
from zoneinfo import ZoneInfo

import typer

from devices.instant import Instant, rfc3339, to_datetime
from gateway.alerts import timeline, wording
from gateway.alerts.alert import Alert
from gateway.alerts.desk import OUTCOMES, AlertDesk
from gateway.alerts.lifecycle import NotPossible
from gateway.alerts.people import zone_and_area
from gateway.cli.alert_reports import audit_alerts, show_outcomes
from gateway.cli.place import ConfigOption, DataOption, Place
from gateway.cli.refusal import PlainGroup
from gateway.cli.shown import show_json, show_line, show_table
from gateway.clock import SystemClock
from gateway.database.engine import Database
from gateway.errors import BadInput
from gateway.model import AlertState
from gateway.saying import clock_time, counted, parse_duration

app = typer.Typer(
    name="alerts",
    cls=PlainGroup,
    no_args_is_help=True,
    help="See open alerts, accept them, close them, and read their history.",
)

app.command("audit")(audit_alerts)
app.command("outcomes")(show_outcomes)

ByOption = Annotated[str, typer.Option("--by", help="Who does this; it is kept in the alert's history.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept in the alert's history.")]
Number = Annotated[int, typer.Argument(help="The alert's number, as keepwell alerts list shows it.", metavar="ID")]
OneOrArea = Annotated[
    int | None,
    typer.Argument(help="The alert's number, as keepwell alerts list shows it; none with --area.", metavar="[ID]"),
]
AreaOption = Annotated[str | None, typer.Option("--area", help='Homes of this area; "" for those without one.')]
RuleOption = Annotated[str | None, typer.Option("--rule", help="Alerts of this rule, such as hub_silent.")]
_MOST = 100_000
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
    with place.database() as database:
        yield AlertDesk(database, place.settings.alerts), database


@app.command("list")
@_waited_for
async def list_alerts(
    *,
    home: Annotated[str | None, typer.Option(help="Only this home, such as ELM-12.")] = None,
    area: AreaOption = None,
    rule: RuleOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Closed alerts too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, times in UTC.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List open alerts, the most urgent first."""
    with _opened(config, data) as (desk, database):
        found = await desk.alerts(home=home, area=area, rule=rule, closed=everything, limit=_MOST)
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
async def accept_alert(
    alert: OneOrArea = None,
    *,
    by: ByOption,
    area: AreaOption = None,
    rule: RuleOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take an alert on, or all of one rule in an area: nobody else is called for it now."""
    with _opened(config, data) as (desk, _):
        if _is_area(alert, area, rule):
            await _each(desk, area, rule, lambda number: desk.accept(number, by, SystemClock().now()), "taken on")
            return
        found = await desk.accept(alert or 0, by, SystemClock().now())
        show_line(f"Alert {alert} is yours, {found.accepted_by}. Close it when it is done: keepwell alerts close.")


@app.command("hand-over")
@_waited_for
async def hand_over_alert(
    alert: Number,
    *,
    by: ByOption,
    to: Annotated[str, typer.Option("--to", help="Who is to take it on: a contact of the home.")],
    reason: ReasonOption,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Ask somebody else to take on what you accepted. They are told; if they do not accept it, all are called again."""
    with _opened(config, data) as (desk, database):
        found = await desk.hand_over(alert, by, to, reason, SystemClock().now())
        until = _when(found.next_step_at or 0, await _zone(database, found.home))
        show_line(f"{found.handed_to} is asked to take on alert {alert} by {until}; until then it is still yours.")


@app.command("snooze")
@_waited_for
async def snooze_alert(
    alert: Number,
    *,
    by: ByOption,
    for_: Annotated[str, typer.Option("--for", help="How long, such as 45min or 2h.")],
    reason: ReasonOption,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Put an alert off: nobody is called for it meanwhile, unless it becomes more urgent. Then it calls again."""
    try:
        lasting = parse_duration(for_)
    except ValueError as error:
        raise BadInput(f"--for: {error}") from error
    with _opened(config, data) as (desk, database):
        now = SystemClock().now()
        found = await desk.snooze(alert, by, now + lasting, reason, now)
        until = _when(found.snoozed_until or 0, await _zone(database, found.home))
        show_line(f"Alert {alert} is put off until {until}. Then it calls again from the first step.")


@app.command("close")
@_waited_for
async def close_alert(
    alert: OneOrArea = None,
    *,
    by: ByOption,
    outcome: Annotated[str, typer.Option(help=f"What it was: {', '.join(OUTCOMES)}.")],
    note: Annotated[str | None, typer.Option(help="Anything that others should know.")] = None,
    area: AreaOption = None,
    rule: RuleOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """End an alert, or all of one rule in an area, and say what it was."""
    with _opened(config, data) as (desk, _):
        if _is_area(alert, area, rule):
            await _each(
                desk, area, rule, lambda number: desk.close(number, by, outcome, note, SystemClock().now()), "closed"
            )
            return
        await desk.close(alert or 0, by, outcome, note, SystemClock().now())
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


def _is_area(alert: int | None, area: str | None, rule: str | None) -> bool:
    """Whether all alerts of a rule in an area are meant. BadInput unless that or one alert is named."""
    if alert is not None and area is None and rule is None:
        return False
    if alert is None and area is not None and rule is not None:
        return True
    raise BadInput("say which: the number of one alert, or --area AREA and --rule RULE for all of them")


async def _each(
    desk: AlertDesk, area: str | None, rule: str | None, act: Callable[[int], Awaitable[Alert]], done: str
) -> None:
    """Each in a transaction of its own, so that a gateway that is running gets on with calls between them."""
    found = sorted(await desk.alerts(area=area, rule=rule, limit=_MOST), key=lambda alert: alert.id)
    if not found:
        raise BadInput(f"no alert of the rule {rule} is open in {area or 'homes without an area'}")
    count = 0
    for alert in found:
        try:
            await act(alert.id)
        except NotPossible as why:
            show_line(f"Alert {alert.id}, {alert.home}: {why}.")
        else:
            count += 1
            show_line(f"Alert {alert.id}, {alert.home}: {done}.")
    show_line(f"{count:,} of {counted(len(found), 'alert')} {done}.")


async def _zone(database: Database, home: str) -> ZoneInfo:
    return (await database.run(lambda session: zone_and_area(session, home)))[0]


def _plain(alert: Alert) -> dict[str, Any]:
    def at(moment: Instant | None) -> str | None:
        return None if moment is None else rfc3339(moment)

    values = {name: getattr(alert, name) for name in Alert.__dataclass_fields__}
    moments = {name for name in values if name.endswith("_at")} | {"answer_by", "snoozed_until"}
    values |= {name: at(values[name]) for name in moments}
    return values | {"state": alert.state.value}


def _when(moment: Instant, zone: ZoneInfo) -> str:
    """Such as `2026-01-12 10:00 GMT`: homes of one list may lie in several zones."""
    return f"{to_datetime(moment).astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _standing(alert: Alert) -> str:
    """How it stands, in a sentence or two."""
    state = f"closed, outcome {alert.outcome}" if alert.outcome else str(alert.state)
    by = f" by {alert.accepted_by}" if alert.state is AlertState.ACCEPTED else ""
    by += f", who asks {alert.handed_to} to take it on" if alert.handed_to else ""
    calls = f" The calls are in their {timeline.ordinal(alert.round)} round." if alert.round > 1 else ""
    return f"It is {state}{by}, and was seen {timeline.times(alert.occurrences)}.{calls}"
