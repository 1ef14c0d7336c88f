"""What restored files must forget and skip, because the gateway went on after the backup was taken.

Between the backup and its loss it gave out numbers, sent messages and acknowledged deliveries that the files know
nothing of. See docs/decisions/012.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from gateway.alerts.outbox import UNFINISHED
from gateway.backup.archive import JOURNAL
from gateway.database.engine import Database
from gateway.database.tables import AlertRow, ContactRow, CursorRow, FactRow, OutboxRow
from gateway.errors import BadInput
from gateway.journal.file import open_file
from gateway.model import AlertState

NUMBERS_SKIPPED = 100_000
"""Of alerts and contacts: links and Message-IDs that are with people must never mean something else."""
ROUNDS_SKIPPED = 1_000
"""Of alerts that were open: the identity of a message has the round in it."""
OFFSETS_SKIPPED = 1_000_000_000
"""Of the journal."""
_WATCH = "watch"


def carry_on(folder: Path, *, history_left_out: bool) -> None:
    """Make the files in `folder` fit for a gateway to go on with. BadInput when they are damaged or too new."""
    database = Database.open(folder)
    try:
        with database.transaction() as session:
            _doubt_messages(session)
            _skip_numbers(session)
            cursor = session.get(CursorRow, _WATCH)
            watched = cursor.offset if cursor else 0
            facts = session.scalar(select(func.max(FactRow.id))) or 0
            if (folder / JOURNAL).exists():
                skipped_to = _journal(folder / JOURNAL, watched, facts, history_left_out=history_left_out)
                if cursor is not None and skipped_to is not None:
                    cursor.offset = skipped_to
    finally:
        database.close()


def _doubt_messages(session: Session) -> None:
    """What was still to be sent may have been sent since."""
    session.execute(update(OutboxRow).where(OutboxRow.state.in_(UNFINISHED)).values(may_be_repeat=True))


def _skip_numbers(session: Session) -> None:
    """Numbers that were given out since are not given out again."""
    for table in (AlertRow, ContactRow):
        name = table.__tablename__
        found = session.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": name}).scalar()
        session.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
        session.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"),
            {"name": name, "last": (found or 0) + NUMBERS_SKIPPED},
        )
    still_open = select(AlertRow.id).where(AlertRow.state != AlertState.CLOSED)
    session.execute(
        update(OutboxRow).where(OutboxRow.alert.in_(still_open)).values(round=OutboxRow.round + ROUNDS_SKIPPED)
    )
    session.execute(
        update(AlertRow).where(AlertRow.state != AlertState.CLOSED).values(round=AlertRow.round + ROUNDS_SKIPPED)
    )


def _journal(path: Path, watched: int, facts: int, *, history_left_out: bool) -> int | None:
    """Make the journal agree with keepwell.db; the new cursor of watch where that had read everything, else None."""
    connection, damaged = open_file(path, watched)
    with closing(connection):
        if damaged is not None:
            raise BadInput("the journal in the backup is damaged: give another backup")
        connection.execute("BEGIN IMMEDIATE")
        # A delivery of then and one of now may have the same number and content, and be two presses.
        connection.execute("DELETE FROM delivery")
        if history_left_out:
            connection.execute("DELETE FROM reader WHERE name LIKE 'recorder%'")
        _lower(connection, "name = 'watch'", watched)
        _lower(connection, "name LIKE 'recorder.facts%'", facts)
        last = int(connection.execute('SELECT coalesce(max("offset"), 0) FROM entry').fetchone()[0])
        (used,) = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entry'").fetchone()
        end = used + OFFSETS_SKIPPED
        connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'entry'", (end,))
        # Who has read everything has nothing left to read: without this it would seem a billion entries behind.
        done = "name NOT LIKE 'recorder.facts%' AND \"offset\" >= ?"
        connection.execute(f'UPDATE reader SET "offset" = ? WHERE {done}', (end, last))  # noqa: S608
        connection.execute("COMMIT")
    return end if watched >= last else None


def _lower(connection: sqlite3.Connection, which: str, most: int) -> None:
    """keepwell.db was copied first, so a cursor of the journal may be ahead of it."""
    connection.execute(f'UPDATE reader SET "offset" = min("offset", ?) WHERE {which}', (most,))  # noqa: S608
