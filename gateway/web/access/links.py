"""Links that sign somebody in: for 15 minutes, once, by the button of the page that they open."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from devices.instant import MINUTE, Instant
from gateway.database.access import LinkRow, PersonRow
from gateway.web.access.secret import digest, new_secret

LASTS = 15 * MINUTE


def invite(session: Session, person: int, now: Instant) -> str:
    """A new link for a person by number: its path, `/sign-in/link/...`. `now`: of the wall clock."""
    return f"/sign-in/link/{_new(session, person, now)}"


def invite_first(session: Session, now: Instant) -> str | None:
    """A new link that makes the first administrator, in place of any before it; None where there is somebody."""
    session.execute(delete(LinkRow).where(LinkRow.person.is_(None)))
    if anybody(session):
        return None
    return f"/sign-in/first/{_new(session, None, now)}"


def anybody(session: Session) -> bool:
    """Whether anybody at all may come in."""
    return session.scalar(select(PersonRow.id).limit(1)) is not None


def works(session: Session, secret: str, now: Instant, *, first: bool = False) -> bool:
    """Whether the link could be used now; changes nothing. `first`: it is to make the first administrator."""
    found = session.execute(
        select(LinkRow.person)
        .outerjoin(PersonRow, PersonRow.id == LinkRow.person)
        .where(
            LinkRow.digest == digest(secret),
            LinkRow.used_at.is_(None),
            LinkRow.expires_at > now,
            PersonRow.disabled_at.is_(None),
        )
    ).one_or_none()
    return found is not None and (found.person is None) == first and not (first and anybody(session))


def use(session: Session, secret: str, now: Instant, *, first: bool = False) -> bool:
    """Use the link up; whether it worked. Of two at once one does."""
    if not works(session, secret, now, first=first):
        return False
    session.execute(update(LinkRow).where(LinkRow.digest == digest(secret)).values(used_at=now))
    return True


def whose(session: Session, secret: str) -> int | None:
    """The person of a link, used up or not."""
    return session.scalar(select(LinkRow.person).where(LinkRow.digest == digest(secret)))


def void(session: Session, person: int) -> None:
    """The links of this person no longer work."""
    session.execute(delete(LinkRow).where(LinkRow.person == person))


def sweep(session: Session, now: Instant) -> None:
    """Delete links that are over."""
    session.execute(delete(LinkRow).where(LinkRow.expires_at <= now))


def _new(session: Session, person: int | None, now: Instant) -> str:
    secret = new_secret()
    session.add(LinkRow(digest=digest(secret), person=person, created_at=now, expires_at=now + LASTS))
    session.flush()
    return secret
