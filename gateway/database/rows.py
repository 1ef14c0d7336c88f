"""Many rows in one statement, understood by SQLite and PostgreSQL alike.

One statement is one step of the driver, whatever the number of rows; a row at a time, Python's sqlite3 gives the
interpreter lock away at each and waits for it up to 5 ms beside a busy event loop (see gateway/multirow.py).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from gateway.multirow import in_chunks


def run_over(session: Session, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run `statement`, in which `{rows}` stands for `VALUES (...), (...)`, over all rows, in pieces."""
    for chunk in in_chunks(rows):
        values = {f"v{number}": value for number, value in enumerate(value for row in chunk for value in row)}
        session.execute(_clause(statement, len(chunk[0]), len(chunk)), values)


@lru_cache(maxsize=128)
def _clause(statement: str, columns: int, rows: int) -> TextClause:
    marks = [[f":v{row * columns + column}" for column in range(columns)] for row in range(rows)]
    return text(statement.format(rows="VALUES " + ", ".join(f"({', '.join(row)})" for row in marks)))
