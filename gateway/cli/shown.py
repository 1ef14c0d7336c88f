"""How commands show things: a table on a terminal, plain lines with tabs elsewhere, JSON for scripts."""

import json
import sys
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from devices.instant import Instant, to_datetime

_ANY_WIDTH = 10_000


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", empty: str = "", key: str = ""
) -> None:
    """Print rows; `empty` is said when there are none.

    `key`: the column that people copy from. Where the terminal is too narrow for the table each row becomes a few lines
    that begin with it, so that it is never cut.
    """
    listed = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not listed:
        print(empty)
    elif sys.stdout.isatty():
        table = Table(title=title or None, title_justify="left")
        for column in columns:
            table.add_column(column)
        for row in listed:
            table.add_row(*(Text(cell) for cell in row))
        console = Console()
        if key and console.measure(table, options=console.options.update(width=_ANY_WIDTH)).maximum > console.width:
            _show_rows(console, columns, listed, title, columns.index(key))
        else:
            console.print(table)
    else:
        for row in [list(columns), *listed]:
            print("\t".join(row))


def _show_rows(console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str, key: int) -> None:
    console.print(Text(title, style="italic"))
    for row in rows:
        console.print(Text(row[key], style="bold"), soft_wrap=True)
        rest = (
            f"{name} {cell}" for at, (name, cell) in enumerate(zip(columns, row, strict=True)) if cell and at != key
        )
        console.print(Padding(Text("; ".join(rest)), (0, 0, 0, 2)))


def show_json(value: object) -> None:
    """Print JSON that people can read too."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def show_line(text: str) -> None:
    """Print one line as it is."""
    print(text)


def local_text(instant: Instant | None, zone: ZoneInfo) -> str:
    """A time as the home's clock shows it, to the minute; `never` for none."""
    return "never" if instant is None else f"{to_datetime(instant).astimezone(zone):%Y-%m-%d %H:%M}"
