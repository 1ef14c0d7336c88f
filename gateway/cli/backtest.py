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

from devices.instant import Instant, to_datetime
from gateway.errors import BadInput
from gateway.localtime import local_instant
from gateway.registry.homefile import load_home
from gateway.replay.backtest import Report, read_rules
from gateway.replay.backtest import backtest as run_backtest
from gateway.replay.recording import read_recording


def backtest(
    home: Annotated[
        Path, typer.Option("--home", help="The home file (TOML): rooms, devices, and rules if it has any.")
    ],
    readings: Annotated[Path, typer.Option("--readings", help="The readings file (CSV: at,address,quantity,value).")],
    rules: Annotated[
        Path | None, typer.Option(help="Rules to try instead of the home's own: [[rules]] in TOML.")
    ] = None,
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
    began = time.perf_counter()
    report = run_backtest(
        home_file,
        recording,
        rules=read_rules(rules) if rules else (),
        start=_moment("--from", from_, zone),
        end=_moment("--to", to, zone),
        stop_at=_moment("--stop-at", stop_at, zone),
    )
    seconds = time.perf_counter() - began
    for address, count in report.unregistered.items():
        Console(stderr=True).print(
            escape(f"{count} readings of {address} were left out: the home file has no such device"), style="yellow"
        )
    if as_json:
        typer.echo(json.dumps(report.to_json(seconds)))
    else:
        _print(report, seconds, zone)


def _moment(option: str, text: str | None, zone: ZoneInfo) -> Instant | None:
    try:
        return None if text is None else local_instant(text, zone)
    except ValueError as error:
        raise BadInput(f"{option}: {error}") from error


def _print(report: Report, seconds: float, zone: ZoneInfo) -> None:
    console = Console()

    def local(moment: Instant) -> str:
        return f"{to_datetime(moment).astimezone(zone):%a %d %b %Y %H:%M}"

    console.print(
        f"[bold]{escape(report.home.reference)}[/]: {local(report.start)} to {local(report.end)}, "
        f"{report.days:.1f} days, {report.readings:,} readings in {seconds:.1f} s"
    )
    rules = Table("Rule", "Alerts", "A week", "Could see", title="Rules", title_justify="left")
    for rule, share in report.armed.items():
        count = sum(alert.verdict.rule == rule for alert in report.alerts)
        rules.add_row(rule, str(count), f"{report.per_week()[rule]:.2f}", f"{share:.0%} of the time")
    console.print(rules)
    if not report.alerts:
        console.print("No alerts.")
        return
    alerts = Table("Raised", "Cleared", "Rule", "Priority", "Why", title="Alerts", title_justify="left")
    for alert in report.alerts:
        cleared = local(alert.cleared_at) if alert.cleared_at is not None else "not cleared"
        verdict = alert.verdict
        alerts.add_row(local(verdict.at), cleared, verdict.rule, str(verdict.priority), escape(verdict.explanation))
    console.print(alerts)
