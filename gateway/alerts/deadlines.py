"""Deadlines of calls that are under way, when the machine's clock was put forward or back."""

from collections.abc import Sequence

from sqlalchemy import and_, false, func, not_, or_, select, update
from sqlalchemy.orm import Session

from devices.instant import DAY, HOUR, Instant
from gateway.alerts import testing
from gateway.clock import STEP
from gateway.database.tables import AlertRow, FactRow, OutboxRow, TimelineRow
from gateway.model import AlertState

_BY_DURATION = 2
"""Alerts down to this priority call after so many minutes; the others wait for an hour of the day, which has moved."""
_HELD_AT_MOST = HOUR
"""What waits for others of its area, or to be tried again, does so for less than this: a time of waiting as well."""


def move(session: Session, by: int) -> None:
    """Move by so many microseconds what is due after a time of waiting.

    That a resident has to answer, somebody else to take it on, until which it was put off, or for which it has to stay
    clear, is always such a time. What waits for an hour of the day goes back by whole days only, where the clock did:
    a clock that was a year ahead must not keep it for a year.

    Of a pendant test nobody can say any more when it is over, so it is over now.
    """
    testing.end_all(session)
    days = -(-by // DAY) * DAY if by < 0 else 0
    still_open = AlertRow.state != AlertState.CLOSED
    waits = or_(
        AlertRow.priority <= _BY_DURATION,
        AlertRow.answer_by == AlertRow.next_step_at,
        AlertRow.handed_to.is_not(None),
        AlertRow.snoozed_until.is_not(None),
        AlertRow.state == AlertState.CLEARED,
    )
    if days:
        session.execute(
            update(AlertRow).where(still_open, not_(func.coalesce(waits, false())))
            .values(next_step_at=AlertRow.next_step_at + days)
        )  # fmt: skip
    session.execute(update(AlertRow).where(still_open, waits).values(next_step_at=AlertRow.next_step_at + by))
    moved = (AlertRow.asked_at, AlertRow.answer_by, AlertRow.snoozed_until)
    session.execute(update(AlertRow).where(still_open).values({column: column + by for column in moved}))
    unsent = OutboxRow.state.in_(("pending", "blocked"))
    held = or_(
        OutboxRow.priority <= _BY_DURATION,
        OutboxRow.attempts > 0,
        and_(OutboxRow.gather.is_not(None), OutboxRow.due_at - OutboxRow.created_at < _HELD_AT_MOST),
    )
    if days:
        session.execute(update(OutboxRow).where(unsent, not_(held)).values(due_at=OutboxRow.due_at + days))
    session.execute(update(OutboxRow).where(unsent, held).values(due_at=OutboxRow.due_at + by))


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
