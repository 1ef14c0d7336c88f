"""The command line: every command in one table, and the one place where trouble becomes a sentence."""

import sys

import typer
from rich.console import Console
from rich.markup import escape

from gateway.cli import alerts, contacts, devices, homes
from gateway.cli.backtest import backtest
from gateway.cli.check import check
from gateway.cli.decode import decode
from gateway.cli.demo import demo
from gateway.cli.replay import replay
from gateway.cli.run import run
from gateway.cli.status import status
from gateway.errors import KeepwellError

app = typer.Typer(
    name="keepwell",
    help="Keepwell: sensors in a home become readings, alerts and messages to people who help.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (demo, run, check, decode, replay, backtest, status):
    app.command()(command)
for group_name, group in (("homes", homes), ("devices", devices), ("contacts", contacts), ("alerts", alerts)):
    app.add_typer(group.app, name=group_name)


def main() -> None:
    """Run the command; trouble of ours is one sentence on standard error and exit code 2."""
    try:
        app()
    except KeepwellError as error:
        Console(stderr=True, soft_wrap=True).print(escape(str(error)), style="red", highlight=False)
        sys.exit(2)


if __name__ == "__main__":
    main()
