"""Who may look at the pages of the demonstration: somebody of each role, with a link that works as long as it runs.

A sign-in link of a real gateway works once, for 15 minutes. Here everybody is made up and the pages are on this machine
only, so the links are short, fit for typing, and made to work again whenever they were used.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from devices.instant import DAY, Instant
from gateway.database.access import EVERYWHERE, LinkRow, SessionRow
from gateway.database.engine import Database
from gateway.registry.homefile import HomeFile
from gateway.web.access.enrolment import Given, enrol
from gateway.web.access.secret import digest
from gateway.web.route import ROLES, Role

FAMILY_CONTACT = "Daughter"
_NAMES: dict[Role, str] = {
    "staff": "Sam Carter",
    "supervisor": "Ines Silva",
    "installer": "Tom Fisher",
    "family": "Ann Bennett",
    "administrator": "Pat Jones",
}
_DOES: dict[Role, str] = {
    "staff": "the queue of open alerts, and the homes",
    "supervisor": "the same, and who may come in",
    "installer": "a home being installed: sensors, walk test",
    "family": "how today is, and alerts, as each consent allows",
    "administrator": "everything",
}
_AGAIN_S = 0.5
_LASTS = 365 * DAY


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link for a role, and what it is good for."""

    role: Role
    link: str
    does: str


def invite(session: Session, homes: Sequence[HomeFile], address: str, now: Instant) -> Sequence[Invitation]:
    """Let somebody of each role in. `now`: of the machine's clock."""
    made = []
    family = {
        home.reference: FAMILY_CONTACT for home in homes if any(one.name == FAMILY_CONTACT for one in home.contacts)
    }
    for role in ROLES:
        given = Given(_NAMES[role], f"{role}@example.org", role, (EVERYWHERE,), family if role == "family" else {})
        row = enrol(session, given, None, now)
        row.oidc = f"the demonstration's {role}"  # with such an account nobody is asked to choose a password
        link = LinkRow(digest=digest(role), person=row.id, created_at=now, expires_at=now + _LASTS)
        session.add(link)
        made.append(Invitation(role, f"{address}/sign-in/link/{role}", _DOES[role]))
    return made


class Audience:
    """Whether somebody has signed in: then people at phones leave them time to answer."""

    present = False

    async def follow(self, database: Database) -> None:
        """For ever: look who is there, and make links that were used work again."""
        while True:
            self.present = await database.read(_is_anybody_signed_in) or self.present
            await _mend_links(database)
            await asyncio.sleep(_AGAIN_S)


def _is_anybody_signed_in(session: Session) -> bool:
    return session.scalar(select(SessionRow.id).limit(1)) is not None


async def _mend_links(database: Database) -> None:
    used = select(LinkRow.id).where(LinkRow.used_at.is_not(None), LinkRow.digest.in_([digest(role) for role in ROLES]))
    if numbers := await database.read(lambda session: session.scalars(used).all()):
        mended = update(LinkRow).where(LinkRow.id.in_(numbers)).values(used_at=None)
        await database.run(lambda session: session.execute(mended))
