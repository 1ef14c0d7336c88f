"""`keepwell status`: how the gateway and every home are doing."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from devices.instant import MINUTE, Instant, parse_rfc3339
from gateway.cli.heard import unregistered
from gateway.cli.place import ConfigOption, DataOption, JsonOption, Place
from gateway.cli.shown import show_json
from gateway.clock import SystemClock
from gateway.database.tables import AlertRow, CursorRow, HomeRow, OutboxRow, RuleStatusRow
from gateway.journal.view import JournalView
from gateway.model import GATEWAY_HOME, AlertState
from gateway.parts import is_running, told_health
from gateway.saying import counted

Json = dict[str, object]


def status(config: ConfigOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show whether the gateway runs, and how each home is watched.

    Also: whether it reaches broker and store, what waits in its journal, open alerts, and what each home's rules can
    see.
    """
    place = Place.find(config, data)
    strangers = len(unregistered(place))
    with place.registry() as registry, registry.reading() as session:
        watched = session.get(CursorRow, "watch")
        found: Json = {
            "running": is_running(place.data),
            "health": told_health(place.data) or None,
            "journal": _journal(place, watched.offset if watched else 0, strangers),
            "outbox": _outbox(session),
            "homes": _homes(session),
            "gateway_alerts": _of_the_gateway(session),
        }
    if as_json:
        show_json(found)
    else:
        _print(found)


def _journal(place: Place, watched: int, strangers: int) -> Json:
    path = place.data / "journal.db"
    if not path.exists():
        return {}
    with JournalView(path) as journal:
        cursors = journal.cursors()
        end = cursors["end"]
        return {
            **journal.counts(),
            "unregistered": strangers,
            "to_watch": end - watched,
            "to_record": end - cursors.get("recorder", 0),
        }


def _outbox(session: Session) -> Json:
    rows = session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state))
    return {state: count for state, count in rows}  # noqa: C416 - rows are not pairs to mypy


def _homes(session: Session) -> Sequence[Json]:
    alerts = Counter(session.scalars(select(AlertRow.home).where(AlertRow.state != AlertState.CLOSED)))
    rules: dict[str, dict[str, list[str]]] = {}
    for row in session.scalars(select(RuleStatusRow).order_by(RuleStatusRow.rule)):
        rules.setdefault(row.home, {}).setdefault(row.state, []).append(row.rule)
    return [
        {"home": home.reference, "mode": home.mode, "open_alerts": alerts[home.reference],
         "rules": rules.get(home.reference, {})}
        for home in session.scalars(select(HomeRow).order_by(HomeRow.reference))
    ]  # fmt: skip


def _of_the_gateway(session: Session) -> Sequence[Json]:
    """Open alerts about the gateway itself, the latest last."""
    rows = session.scalars(
        select(AlertRow)
        .where(AlertRow.home == GATEWAY_HOME, AlertRow.state != AlertState.CLOSED)
        .order_by(AlertRow.raised_at)
    )
    return [{"alert": row.id, "state": row.state, "about": row.subject, "explanation": row.explanation}
            for row in rows]  # fmt: skip


def _print(found: Json) -> None:
    console = Console(highlight=False)
    console.print("The gateway is [green]running[/]." if found["running"] else "The gateway is [red]not running[/].")
    if found["running"]:
        for line in _health(found["health"], SystemClock().now()):
            console.print(line, soft_wrap=True)
    alerts = found["gateway_alerts"]
    for alert in alerts if isinstance(alerts, list) else ():
        console.print(f"Alert {alert['alert']} about Keepwell itself, {alert['state']}: {escape(alert['explanation'])}",
                      soft_wrap=True)  # fmt: skip
    journal, outbox = found["journal"], found["outbox"]
    if isinstance(journal, dict) and journal:
        console.print(
            f"Journal: {counted(journal['entries'], 'reading')}; {journal['to_watch']:,} not watched yet, "
            f"{journal['to_record']:,} not recorded yet; {counted(journal['quarantined'], 'message')} could not be "
            f"read; {counted(journal['unregistered'], 'unregistered device')} heard",
            soft_wrap=True,
        )
        if journal["waiting"]:
            console.print(
                f"Waiting: {counted(journal['waiting'], 'reading')} of devices whose address is not known yet; "
                "see keepwell devices heard",
                soft_wrap=True,
            )
    if isinstance(outbox, dict):
        told = ", ".join(f"{count:,} {state}" for state, count in outbox.items()) or "none"
        console.print(f"Messages: {told}")
    table = Table("Home", "Mode", "Open alerts", "Armed", "Degraded", "Blind")
    homes = found["homes"]
    for home in homes if isinstance(homes, list) else ():
        rules = home["rules"]
        table.add_row(
            escape(home["home"]), home["mode"], str(home["open_alerts"]),
            counted(len(rules.get("armed", ())), "rule"),
            *(", ".join(rules.get(state, ())) for state in ("degraded", "blind")),
        )  # fmt: skip
    console.print(table)


def _health(health: object, now: Instant) -> Iterator[str]:
    """Whether broker and store are reached, as the running gateway tells it every 10 s."""
    told = health if isinstance(health, dict) else {}
    at = told.get("at")
    told_at = parse_rfc3339(at) if isinstance(at, str) else None
    if told_at is None or now - told_at > MINUTE:
        yield "Broker and store: [yellow]not known[/], as the gateway has told nothing in the last minute."
        return
    if told.get("connected"):
        behind = ", taking in what it had kept for us" if told.get("draining") else ""
        yield f"Broker: [green]connected[/]{behind}"
    else:
        yield f"Broker: [red]not reached[/] ({escape(str(told.get('broker') or 'connecting'))})"
    problem = told.get("store")
    yield f"Store: [red]trouble[/] ({escape(str(problem))})" if problem else "Store: [green]all well[/]"
    for sentence in told.get("troubles") or ():
        yield f"[red]Trouble[/]: {escape(str(sentence))}"
