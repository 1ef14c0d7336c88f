"""The record of who looked at whose data."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from devices.instant import DAY, MINUTE, Instant
from gateway.database.access import LookRow
from gateway.web.access.people import Person

TOGETHER = 15 * MINUTE
"""Looks of one person at one thing within this are one entry with a count: pages ask for themselves again."""

KEPT = 2 * 365 * DAY
"""How long the record is kept: long enough to answer for a complaint, which may come late, and no longer."""


def note(session: Session, person: Person, home: str | None, what: str, now: Instant) -> None:
    """Keep that `person` looked at `what` of `home`: `today`, `alert 12`, `contacts`."""
    row = session.scalar(
        select(LookRow)
        .where(LookRow.home == home, LookRow.at > now - TOGETHER, LookRow.what == what, LookRow.who == person.name,
               LookRow.person.is_(None) if person.id is None else LookRow.person == person.id)
        .order_by(LookRow.at.desc())
        .limit(1)
    )  # fmt: skip
    if row is not None:
        row.last_at, row.times = now, row.times + 1
        return
    session.add(
        LookRow(at=now, last_at=now, times=1, who=person.name, person=person.id, role=person.role, home=home, what=what)
    )


def prune_looks(session: Session, now: Instant) -> int:
    """Delete what is older than KEPT; how many."""
    return session.execute(delete(LookRow).where(LookRow.last_at < now - KEPT)).rowcount  # type: ignore[attr-defined,no-any-return]
