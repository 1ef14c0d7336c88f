"""Deadlines of calls that are under way, when the machine's clock was put forward or back."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.database.tables import AlertRow, OutboxRow
from gateway.model import AlertState

_BY_DURATION = 2
"""Alerts down to this priority call after so many minutes; the others wait for an hour of the day, which has moved."""


def move(session: Session, by: int) -> None:
    """Move by so many microseconds what is due after a time of waiting."""
    session.execute(
        update(AlertRow)
        .where(
            AlertRow.state != AlertState.CLOSED,
            AlertRow.next_step_at.is_not(None),
            AlertRow.priority <= _BY_DURATION,
        )
        .values(next_step_at=AlertRow.next_step_at + by)
    )
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.state.in_(("pending", "blocked")), OutboxRow.priority <= _BY_DURATION)
        .values(due_at=OutboxRow.due_at + by)
    )
