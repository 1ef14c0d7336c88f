"""How a command says no: one red line on standard error and exit code 2, never a traceback."""

from typing import Any

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup

from gateway.errors import KeepwellError


class PlainGroup(TyperGroup):
    """A group of commands (`typer.Typer(cls=PlainGroup)`) whose KeepwellErrors are told in plain words."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - Click's own types, which Typer brings along
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeepwellError as error:
            refuse(error)


def refuse(error: KeepwellError) -> None:
    """Say what is wrong and end with exit code 2."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(Text(str(error), style="red"))
    raise typer.Exit(2) from error
