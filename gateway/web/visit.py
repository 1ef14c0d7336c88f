"""One request to a page: who asks, what they typed, and what a page may do with the site."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy.orm import Session
from starlette.background import BackgroundTasks
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from devices.instant import Instant
from gateway.web.access import looks
from gateway.web.access.people import Person
from gateway.web.access.secret import signature
from gateway.web.rendering import render
from gateway.web.site import Site

Result = TypeVar("Result")
NO_PROBLEMS: Mapping[str, str] = {}


@dataclass(slots=True)
class Visit:
    """`home` and `alert` are those of the path; whoever asks may see them, or the page is not reached.

    `form` holds what was typed, empty for a GET. `session` is the number of the browser's session, for CSRF and lists.
    `afterwards` is done once the answer has been sent.
    """

    site: Site
    request: Request
    signed_in: Person | None = None
    session: int | None = None
    home: str | None = None
    alert: int | None = None
    form: FormData = field(default_factory=FormData)
    afterwards: BackgroundTasks = field(default_factory=BackgroundTasks)

    @property
    def person(self) -> Person:
        """Who asks; only on routes that want somebody signed in."""
        if self.signed_in is None:
            raise HTTPException(401)
        return self.signed_in

    @property
    def reference(self) -> str:
        """The home of the path."""
        if self.home is None:
            raise HTTPException(404)
        return self.home

    @property
    def now(self) -> Instant:
        """The time at the homes."""
        return self.site.now()

    def typed(self, name: str) -> str:
        """What was typed into a field, without spaces at its ends; empty for nothing."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def asked(self, name: str) -> str:
        """What stands in the address behind the question mark."""
        return self.request.query_params.get(name, "").strip()

    # ---------------------------------------------------------------------------------------- the database

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Ask the database."""
        return await self.site.database.read(work)

    async def change(self, work: Callable[[Session], Result]) -> Result:
        """Change the registry; BadInput changes nothing. The gateway takes it up within 2 s."""
        async with self.site.turn:
            return await self.site.registry.change(work)

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """Change what is not the registry: sessions, links, the record of looks."""
        async with self.site.turn:
            return await self.site.database.run(work)

    async def looks_at(self, what: str, home: str | None = None) -> None:
        """Put on record that personal data is looked at; before it is shown. `home`: that of the path unless given."""
        person, now, where = self.person, self.site.wall.now(), home or self.home
        await self.write(lambda session: looks.note(session, person, where, what, now))

    # ---------------------------------------------------------------------------------------- answers

    @property
    def csrf(self) -> str:
        """What every form of a signed-in page carries in its field `csrf`."""
        return "" if self.session is None else signature(self.site.key, "csrf", str(self.session))

    def page(
        self,
        template: str,
        status: int = 200,
        *,
        problems: Mapping[str, str] = NO_PROBLEMS,
        **values: Any,  # noqa: ANN401
    ) -> HTMLResponse:
        """The page made of a template. `problems`: by field what is wrong, `""` for what is not one field's."""
        return HTMLResponse(render(template, visit=self, problems=problems, **values), status)

    def again(self, template: str, problems: Mapping[str, str], **values: Any) -> HTMLResponse:  # noqa: ANN401
        """The same form with what was typed and what is wrong beside the fields."""
        return self.page(template, 422, problems=problems, **values)

    def go(self, path: str, said: str = "") -> RedirectResponse:
        """On to another page, after something was done. `said` is a key of SAID that it shows: never free text."""
        return RedirectResponse(f"{path}{'&' if '?' in path else '?'}done={said}" if said else path, 303)


def local_path(path: str, otherwise: str = "/") -> str:
    """A path of our own, as `next` may name one; `otherwise` for anything that could lead away."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\"))  # browsers take both for another server
    return path if ours and not any(ord(letter) < 32 for letter in path) else otherwise
