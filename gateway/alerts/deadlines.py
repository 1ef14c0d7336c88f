"""Deadlines of calls that are under way, when the machine's clock was put forward or back."""

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.clock import STEP
from gateway.database.tables import AlertRow, FactRow, OutboxRow, TimelineRow
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


def due(session: Session, now: Instant) -> Sequence[int]:
    """The alerts that want a look by now, the most urgent first."""
    return session.scalars(
        select(AlertRow.id).where(AlertRow.next_step_at <= now).order_by(AlertRow.priority, AlertRow.next_step_at)
    ).all()


def catch_up(session: Session, now: Instant) -> int:
    """At a start: where this database has seen a later time than `now`, the clock was put back while we were away.

    Deadlines move with it; by how much they did.
    """
    seen = (AlertRow.raised_at, TimelineRow.at, OutboxRow.created_at, FactRow.at)
    last = max(session.scalar(select(func.max(column))) or 0 for column in seen)
    if last <= now + STEP:
        return 0
    move(session, now - last)
    return now - last
