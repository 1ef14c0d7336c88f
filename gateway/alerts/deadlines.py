"""Deadlines of calls that are under way, when the machine's clock was put forward or back."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.clock import STEP
from gateway.database.tables import AlertRow, FactRow, OutboxRow, TimelineRow
from gateway.model import AlertState

_BY_DURATION = 2
"""Alerts down to this priority call after so many minutes; the others wait for an hour of the day, which has moved."""


def move(session: Session, by: int) -> None:
    """Move by so many microseconds what is due after a time of waiting.

    That a resident has to answer, somebody else to take it on, or until which it was put off, is always such a time.
    """
    still_open = AlertRow.state != AlertState.CLOSED
    waits = or_(
        AlertRow.priority <= _BY_DURATION,
        AlertRow.answer_by == AlertRow.next_step_at,
        AlertRow.handed_to.is_not(None),
        AlertRow.snoozed_until.is_not(None),
    )
    session.execute(update(AlertRow).where(still_open, waits).values(next_step_at=AlertRow.next_step_at + by))
    moved = (AlertRow.asked_at, AlertRow.answer_by, AlertRow.snoozed_until)
    session.execute(update(AlertRow).where(still_open).values({column: column + by for column in moved}))
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


def next_due(session: Session) -> Instant | None:
    """When the next alert wants a look; None when no alert does."""
    return session.scalar(
        select(AlertRow.next_step_at).where(AlertRow.next_step_at.is_not(None)).order_by(AlertRow.next_step_at).limit(1)
    )


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
