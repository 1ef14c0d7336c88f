"""Signed-in browsers: 30 days, in the database, to be revoked at any time."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from devices.instant import DAY, HOUR, Instant
from gateway.database.access import PersonRow, SessionRow
from gateway.web.access.people import Person, person_of
from gateway.web.access.secret import digest, new_secret

LASTS = 30 * DAY
SEEN_EVERY = HOUR
"""How fine it is known when a session was used last."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session and whose it is. `seen_at` as last noted."""

    id: int
    person: Person
    way: str
    created_at: Instant
    seen_at: Instant


def begin(session: Session, person: int, way: str, browser: str, now: Instant) -> str:
    """A new session; the secret for its cookie."""
    secret = new_secret()
    row = SessionRow(
        digest=digest(secret), person=person, way=way, browser=browser[:64], created_at=now, seen_at=now,
        expires_at=now + LASTS,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return secret


def find(session: Session, secret: str, now: Instant) -> SignedIn | None:
    """Whose session this is; None for one that is unknown, over or revoked, or whose person may not come in now."""
    found = session.execute(
        select(SessionRow, PersonRow)
        .join(PersonRow, PersonRow.id == SessionRow.person)
        .where(
            SessionRow.digest == digest(secret),
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > now,
            PersonRow.disabled_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        return None
    row, person = found
    return SignedIn(row.id, person_of(session, person), row.way, row.created_at, row.seen_at)


def seen(session: Session, number: int, now: Instant) -> None:
    """Note that the session is in use."""
    session.execute(update(SessionRow).where(SessionRow.id == number).values(seen_at=now))


def of_person(session: Session, person: int, now: Instant) -> Sequence[SessionRow]:
    """Their sessions that are open, the one used last first."""
    return session.scalars(
        select(SessionRow)
        .where(SessionRow.person == person, SessionRow.revoked_at.is_(None), SessionRow.expires_at > now)
        .order_by(SessionRow.seen_at.desc(), SessionRow.id.desc())
    ).all()


def end(session: Session, person: int, now: Instant, *, only: int | None = None, but: int | None = None) -> int:
    """End a person's sessions, `only` the one of this number, or all `but` that; how many."""
    ended = [one for one in of_person(session, person, now) if only in {None, one.id} and one.id != but]
    for one in ended:
        one.revoked_at = now
    session.flush()
    return len(ended)


def sweep(session: Session, now: Instant) -> None:
    """Delete sessions that are over."""
    session.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
