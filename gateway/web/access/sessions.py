"""Signed-in browsers: 30 days, in the database, to be revoked at any time."""

from dataclasses import dataclass

from sqlalchemy import select, update
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
    return SignedIn(row.id, person_of(session, person), row.way, row.seen_at)


def seen(session: Session, number: int, now: Instant) -> None:
    """Note that the session is in use."""
    session.execute(update(SessionRow).where(SessionRow.id == number).values(seen_at=now))
