"""The command line: every command in one table, and the one place where trouble becomes a sentence."""

import sys
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from importlib.metadata import version as installed_version
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from gateway.cli import alerts, contacts, devices, homes, hubs, residents, rules, tls, tokens, users
from gateway.cli.backtest import backtest
from gateway.cli.backup import backup, restore
from gateway.cli.check import check
from gateway.cli.decode import decode
from gateway.cli.demo import demo
from gateway.cli.replay import replay
from gateway.cli.run import run
from gateway.cli.shown import show_line
from gateway.cli.status import status
from gateway.errors import FixConfiguration, KeepwellError

app = typer.Typer(
    name="keepwell",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(short_help="Watch a street of simulated homes live.")(demo)
for command in (run, check, decode, replay, backtest, status, backup, restore):
    app.command()(command)
for group_name, group, short_help in (
    ("homes", homes, "The homes that Keepwell looks after."),
    ("devices", devices, "The sensors of each home, and those not registered yet."),
    ("contacts", contacts, "Who is told of a home's alerts, and in which order."),
    ("rules", rules, "What watches over a home, and what another setting would have raised."),
    ("alerts", alerts, "See open alerts, accept them, close them."),
    ("hubs", hubs, "Each hub's own account on the broker."),
    ("users", users, "The people who may sign in to the pages."),
    ("tokens", tokens, "What programs send to the JSON API."),
    ("residents", residents, "All that is kept of a home as one file, and its erasure."),
    ("tls", tls, "Certificates for the broker, the gateway and every hub."),
):
    app.add_typer(group.app, name=group_name, short_help=short_help)


def add_commands(to: typer.Typer, found: Iterable[EntryPoint]) -> None:
    """Commands of packages that stand on the gateway. One that cannot be loaded says so, and stops no other."""
    for entry in sorted(found, key=lambda entry: entry.name):
        try:
            to.add_typer(entry.load(), name=entry.name)
        except Exception as error:  # noqa: BLE001 - somebody else's package; `run` has to work all the same
            to.command(entry.name, help="Cannot be loaded.")(_broken(entry, error))


def _broken(entry: EntryPoint, error: Exception) -> Callable[[], None]:
    def tell() -> None:
        raise FixConfiguration(f"keepwell {entry.name} cannot be loaded from {entry.value}: {error}") from error

    return tell


def _tell_version(asked: bool) -> None:
    if asked:
        show_line(f"keepwell {installed_version('keepwell')}")
        raise typer.Exit


@app.callback()
def about(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show which Keepwell this is.", is_eager=True, callback=_tell_version),
    ] = False,
) -> None:
    """Keepwell: sensors in a home become readings, alerts and messages to people who help."""


add_commands(app, entry_points(group="keepwell.commands"))


def main() -> None:
    """Run the command; trouble of ours is one sentence on standard error and exit code 2."""
    try:
        app()
    except KeepwellError as error:
        Console(stderr=True, soft_wrap=True).print(escape(str(error)), style="red", highlight=False)
        sys.exit(2)


if __name__ == "__main__":
    main()
