"""`keepwell backtest`: what the rules would have said about a recording."""

import json
import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from devices.instant import Instant
from gateway.cli.compared import alert_row, could_see, local, show_comparison
from gateway.cli.settings import KeyOption, SetOption, read_settings
from gateway.errors import BadInput
from gateway.localtime import local_instant
from gateway.registry.homefile import load_home
from gateway.replay.backtest import backtest as run_backtest
from gateway.replay.backtest import home_of, read_rules
from gateway.replay.comparing import compared
from gateway.replay.recording import read_recording
from gateway.replay.report import Report
from gateway.replay.trying import candidate


def backtest(
    home: Annotated[
        Path, typer.Option("--home", help="The home file (TOML): rooms, devices, and rules if it has any.")
    ],
    readings: Annotated[Path, typer.Option("--readings", help="The readings file (CSV: at,address,quantity,value).")],
    rules: Annotated[
        Path | None, typer.Option(help="Rules to try instead of the home's own: [[rules]] in TOML.")
    ] = None,
    pack: Annotated[
        str | None, typer.Option(help="A pack of rules in place of the home's own; see keepwell rules packs.")
    ] = None,
    try_: Annotated[
        str | None,
        typer.Option("--try", metavar="TYPE", help="Try a setting of this rule, given with --set, beside the present."),
    ] = None,
    settings: SetOption = None,
    key: KeyOption = "",
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Begin here; the file's start if not given.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="End here; the file's end if not given.")
    ] = None,
    stop_at: Annotated[
        str | None,
        typer.Option(
            "--stop-at",
            metavar="TIME",
            help="Drop what a person causes after TIME, to see when a collapse "
            "at that moment would be noticed. Ends 48 hours later unless --to is given.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Try rules on a recording before you switch them on.

    The answer is which alerts they would have raised, when, and why.

    The same rules as in the running gateway go through the recording in simulated time. Times are ISO 8601; without
    an offset they are the home's local time. A home file without rules gets the default pack. Nothing is sent to
    anybody.
    """  # fmt: skip
    home_file = load_home(home)
    zone = home_file.zone
    recording = read_recording(readings, zone)
    if settings and try_ is None:
        raise BadInput("--set gives a parameter of the rule to be tried: name that with --try")
    named, begins = read_rules(rules) if rules else (), _moment("--from", from_, zone)
    ends, stops = _moment("--to", to, zone), _moment("--stop-at", stop_at, zone)
    tried = None
    if try_ is not None:
        tried = candidate(home_of(home_file, named, pack), try_, read_settings(try_, settings or ()), key)
    began = time.perf_counter()
    report = run_backtest(home_file, recording, rules=named, pack=pack, start=begins, end=ends, stop_at=stops)
    seconds = time.perf_counter() - began
    comparison = None
    if tried is not None:
        other = run_backtest(
            home_file, recording, rules=tried.home.rules, pack=tried.home.pack, start=begins, end=ends, stop_at=stops
        )
        comparison = compared(tried, report, other)
    for address, count in report.unregistered.items():
        Console(stderr=True).print(
            escape(f"{count} readings of {address} were left out: the home file has no such device"), style="yellow"
        )
    if as_json:
        answer = report.to_json(seconds)
        if comparison is not None:
            answer["tried"] = comparison.to_json(time.perf_counter() - began)
        typer.echo(json.dumps(answer))
    elif comparison is not None:
        show_comparison(
            comparison, time.perf_counter() - began, switch_on=f"keepwell rules set --home {report.home.reference}"
        )
    else:
        _print(report, seconds, zone)


def _moment(option: str, text: str | None, zone: ZoneInfo) -> Instant | None:
    try:
        return None if text is None else local_instant(text, zone)
    except ValueError as error:
        raise BadInput(f"{option}: {error}") from error


def _print(report: Report, seconds: float, zone: ZoneInfo) -> None:
    console = Console()
    console.print(
        f"[bold]{escape(report.home.reference)}[/]: {local(report.start, zone)} to {local(report.end, zone)}, "
        f"{report.days:.1f} days, {report.readings:,} readings in {seconds:.1f} s"
    )
    rules = Table("Rule", "Alerts", "A week", "Could see", title="Rules", title_justify="left")
    for rule, per_week in report.per_week().items():
        rules.add_row(rule, str(len(report.of(rule))), f"{per_week:.2f}", could_see(report, rule))
    console.print(rules)
    if not report.alerts:
        console.print("No alerts.")
        return
    alerts = Table("Raised", "Cleared", "Rule", "Priority", "Why", title="Alerts", title_justify="left")
    for alert in report.alerts:
        alerts.add_row(*map(escape, alert_row(alert, zone)))
    console.print(alerts)
