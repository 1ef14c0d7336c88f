"""How commands show things: a table on a terminal, plain lines with tabs elsewhere, JSON for scripts."""

import json
import sys
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from devices.instant import Instant, to_datetime


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", empty: str = "") -> None:
    """Print rows; `empty` is said when there are none."""
    listed = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not listed:
        print(empty)
    elif sys.stdout.isatty():
        table = Table(title=title or None, title_justify="left")
        for column in columns:
            table.add_column(column)
        for row in listed:
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)
    else:
        for row in [list(columns), *listed]:
            print("\t".join(row))


def show_json(value: object) -> None:
    """Print JSON that people can read too."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def show_line(text: str) -> None:
    """Print one line as it is."""
    print(text)


def local_text(instant: Instant | None, zone: ZoneInfo) -> str:
    """A time as the home's clock shows it, to the minute; `never` for none."""
    return "never" if instant is None else f"{to_datetime(instant).astimezone(zone):%Y-%m-%d %H:%M}"
