"""The record of who looked at whose data."""

from collections.abc import Collection

from sqlalchemy import delete, insert, or_, select, update
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
    note_each(session, person, [home], what, now)


def note_each(session: Session, person: Person, homes: Collection[str | None], what: str, now: Instant) -> None:
    """The same of several homes, in three statements: alerts wait for the database meanwhile."""
    named = LookRow.home.in_([home for home in homes if home is not None])
    of_these = or_(named, LookRow.home.is_(None)) if None in homes else named
    recent = (
        select(LookRow.home, LookRow.id)
        .where(of_these, LookRow.at > now - TOGETHER, LookRow.what == what, LookRow.who == person.name,
               LookRow.person.is_(None) if person.id is None else LookRow.person == person.id)
        .order_by(LookRow.at)
    )  # fmt: skip
    known = {row.home: row.id for row in session.execute(recent)}
    if known:
        again = update(LookRow).where(LookRow.id.in_(known.values()))
        session.execute(again.values(last_at=now, times=LookRow.times + 1))
    look = {"at": now, "last_at": now, "times": 1, "who": person.name, "person": person.id, "role": person.role,
            "what": what}  # fmt: skip
    if new := [look | {"home": home} for home in homes if home not in known]:
        session.execute(insert(LookRow), new)


def prune_looks(session: Session, now: Instant) -> int:
    """Delete what is older than KEPT; how many."""
    return session.execute(delete(LookRow).where(LookRow.last_at < now - KEPT)).rowcount  # type: ignore[attr-defined,no-any-return]
