"""Tokens for programs: shown once, kept as a digest, for a role and areas, until they end or are revoked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import DAY, HOUR, Instant
from gateway.database.access import TokenRow
from gateway.errors import BadInput
from gateway.web.access.people import Person
from gateway.web.access.secret import digest, new_secret
from gateway.web.route import Role

ROLES: tuple[Role, ...] = ("staff", "supervisor", "installer", "administrator")
"""Family have homes and not areas, so no token stands in for them."""
LONGEST = 3 * 365 * DAY
USED_EVERY = HOUR
"""How fine it is known when a token was used last."""
_PREFIX = "kw_"
"""So that secret scanners and people see what it is."""
_NAME = 64


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is good, and in whose name it asks."""

    id: int
    person: Person
    expires_at: Instant | None
    used_at: Instant | None


def make(
    session: Session, name: str, role: Role, areas: Sequence[str], by: str, expires_at: Instant | None, now: Instant
) -> str:
    """A new token: its secret, which nobody can ask for again. BadInput when its name or its areas will not do."""
    if not name or len(name) > _NAME or not name.isprintable() or name.casefold() == "keepwell":
        raise BadInput(f"Give it a name of 1 to {_NAME} characters that says what it is for")
    if any(row.name == name for row in listed(session) if row.revoked_at is None):
        raise BadInput(f"There is a token named {name} already: the record of looks could not tell them apart")
    if role not in ROLES:
        raise BadInput("Choose a role: staff, supervisor, installer or administrator")
    if role != "administrator" and not areas:
        raise BadInput("Say which areas it sees, or * for all homes")
    secret = f"{_PREFIX}{new_secret()}"
    session.add(
        TokenRow(
            digest=digest(secret), name=name, role=role, areas=[] if role == "administrator" else list(areas),
            created_at=now, created_by=by, expires_at=expires_at,
        )
    )  # fmt: skip
    session.flush()
    return secret


def find(session: Session, secret: str, now: Instant) -> Token | None:
    """The token of that secret; None for one that is unknown, over or revoked."""
    row = session.scalar(select(TokenRow).where(TokenRow.digest == digest(secret), TokenRow.revoked_at.is_(None)))
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    person = Person(None, row.name, cast("Role", row.role), tuple(row.areas))
    return Token(row.id, person, row.expires_at, row.used_at)


def used(session: Session, number: int, now: Instant) -> None:
    """Note that it is in use."""
    row = session.get(TokenRow, number)
    if row is not None:
        row.used_at = now


def listed(session: Session) -> Sequence[TokenRow]:
    """All tokens, those that are good first, then the latest first."""
    return session.scalars(select(TokenRow).order_by(TokenRow.revoked_at.is_not(None), TokenRow.id.desc())).all()


def revoke(session: Session, number: int, now: Instant) -> bool:
    """It is good for nothing from now on; whether there was such a token."""
    row = session.get(TokenRow, number)
    if row is None or row.revoked_at is not None:
        return False
    row.revoked_at = now
    return True
