"""Who asks, and whether they may. A token in the header Authorization is the only way in; cookies are not looked at."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, HTTPException, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.model import GATEWAY_HOME
from gateway.web.access import looks
from gateway.web.access.limits import host
from gateway.web.access.people import Person
from gateway.web.api import tokens
from gateway.web.guard import home_in_sight
from gateway.web.route import Role
from gateway.web.site import Site

Result = TypeVar("Result")
MOST_ALERTS = 2**31 - 1
_BEARER = HTTPBearer(
    auto_error=False, description="A token that an administrator made on the page Tokens, or with keepwell tokens make."
)
_COME_IN = "Send a token that is good: Authorization: Bearer TOKEN. An administrator makes one on the page Tokens."


@dataclass(frozen=True, slots=True)
class Caller:
    """A request with a good token."""

    site: Site
    token: tokens.Token

    @property
    def person(self) -> Person:
        """In whose name it asks."""
        return self.token.person

    @property
    def now(self) -> Instant:
        """The time at the homes."""
        return self.site.now()

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Ask the database."""
        return await self.site.database.read(work)

    async def looks_at(self, what: str, *homes: str | None) -> None:
        """Put on record that personal data of these homes is looked at; before it is answered."""
        person, now = self.person, self.site.wall.now()
        async with self.site.turn:
            await self.site.database.run(lambda session: looks.note_each(session, person, homes, what, now))


async def caller(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Caller:
    """HTTPException 401 without a good token, 429 where bad ones came too often, or a good one too fast."""
    site: Site = request.app.state.site
    now = site.wall.now()
    secret = "" if given is None else given.credentials
    found = await site.database.read(lambda session: tokens.find(session, secret, now)) if secret else None
    if found is None:
        if secret:
            site.limits.take("wrong token by host", host(request))
        raise HTTPException(401, _COME_IN, {"WWW-Authenticate": "Bearer"})
    site.limits.take("token", str(found.id))
    if found.used_at is None or now - found.used_at > tokens.USED_EVERY:
        async with site.turn:
            await site.database.run(lambda session: tokens.used(session, found.id, now))
    return Caller(site, found)


Asking = Annotated[Caller, Depends(caller)]


def only(roles: frozenset[Role]) -> Callable[[Caller], Coroutine[Any, Any, None]]:
    """What lets these roles through; HTTPException 403."""

    async def check(asking: Asking) -> None:
        if asking.person.role not in roles:
            raise HTTPException(403, "This is not for the role of your token.")

    return check


async def home(
    asking: Asking, home: Annotated[str, Path(max_length=64, description="Its reference.", examples=["ELM-12"])]
) -> str:
    """The home of the path, where the token's sight reaches; HTTPException 404."""
    person = asking.person
    found = await asking.read(lambda session: home_in_sight(session, person, home, None))
    if found is None or found == GATEWAY_HOME:
        raise HTTPException(404, "There is no such home, or it is not for this token to see.")
    return found


async def alert(
    asking: Asking, alert: Annotated[int, Path(ge=1, le=MOST_ALERTS, description="Its number.", examples=[12])]
) -> int:
    """The alert of the path, of a home where the token's sight reaches; HTTPException 404."""
    person = asking.person
    if await asking.read(lambda session: home_in_sight(session, person, None, alert)) is None:
        raise HTTPException(404, "There is no such alert, or it is not for this token to see.")
    return alert


OfHome = Annotated[str, Depends(home)]
OfAlert = Annotated[int, Depends(alert)]
