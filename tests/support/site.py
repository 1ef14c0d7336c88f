"""A site to visit without a browser and without a network: real database, desk and engine, on a clock that stands."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from sqlalchemy import select

from devices.instant import Instant, parse_rfc3339
from gateway.alerts.desk import AlertDesk
from gateway.clock import ManualClock
from gateway.config import Settings
from gateway.database.access import PersonHomeRow, PersonRow, SessionRow
from gateway.database.engine import Database
from gateway.database.tables import ContactRow
from gateway.journal.memory import MemoryJournal
from gateway.model import Directory, Notice
from gateway.recorder.memory import MemoryStore
from gateway.registry.homefile import HomeFile
from gateway.registry.registry import SqlRegistry
from gateway.validators import check_channel, check_pack, check_rule
from gateway.watch.service import Watch
from gateway.web.access import sessions
from gateway.web.access.secret import digest, signature
from gateway.web.application import application
from gateway.web.guard import cookie_name
from gateway.web.route import Role
from gateway.web.site import Site

NOON: Instant = parse_rfc3339("2026-01-12T12:00:00Z") or 0
ORIGIN = "http://care.test"
_NOWHERE: Mapping[str, str | None] = MappingProxyType({})


class Told:
    """A channel for every address: keeps what is sent."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def handles(self, address: str) -> bool:
        return True

    async def send(self, notice: Notice) -> None:
        self.notices.append(notice)


class VisitedSite:
    """A site with what tests do to it. `site` is what the pages get."""

    def __init__(self, data: Path, **web: Any) -> None:
        self.clock, self.wall = ManualClock(NOON), ManualClock(NOON)
        self.settings = Settings(data=data, web={"address": ORIGIN, **web})
        self.database = Database.open(data)
        self.registry = SqlRegistry(self.database, check_rule, check_channel, check_pack)
        self.desk = AlertDesk(self.database, self.settings.alerts)
        self.journal = MemoryJournal()
        self.store = MemoryStore()
        self.channel = Told()
        self.directory = Directory()
        self.watch = Watch(self.journal, self.desk, self.clock)
        self.site = Site(
            settings=self.settings,
            database=self.database,
            registry=self.registry,
            desk=self.desk,
            journal=self.journal,
            store=self.store,
            channels=(self.channel,),
            clock=self.clock,
            key=b"k" * 32,
            directory=lambda: self.directory,
            homes=lambda: self.watch.engine.homes(),  # noqa: PLW0108 - after a resume it is another engine
            wall=self.wall,
        )
        self.application = application(self.site)

    @property
    def now(self) -> Instant:
        """The time at the homes."""
        return self.clock.now()

    def registers(self, reference: str, **about: Any) -> None:
        """Register a home that consents, with whatever else of a home file is given."""
        consent = {"by": "Rose", "basis": "written", "at": "2026-01-01"}
        home = {"reference": reference, "time_zone": "Europe/London"}
        home |= {"residents": [{"name": "Rose", "consent": consent}]} | about
        self.registry.import_home(HomeFile.model_validate(home), self.now)

    async def takes_up(self) -> None:
        """The gateway follows the registry, and takes in what its journal holds."""
        self.directory = await self.registry.directory()
        self.watch.use(self.directory)
        await self.watch.turn()

    def person(
        self,
        role: Role,
        *,
        name: str = "",
        areas: Collection[str] = ("*",),
        homes: Mapping[str, str | None] = _NOWHERE,
    ) -> int:
        """Somebody who may come in, by number. `homes`: by reference, the name of the contact that they are."""
        name = name or role.capitalize()
        with self.database.transaction() as session:
            row = PersonRow(name=name, email=f"{name.lower().replace(' ', '.')}@example.org", role=role)
            row.areas = [] if role in {"family", "administrator"} else list(areas)
            row.created_at = self.wall.now()
            for home, contact in homes.items():
                wanted = select(ContactRow.id).where(ContactRow.home == home, ContactRow.name == contact)
                row.homes.append(PersonHomeRow(home=home, contact=session.scalar(wanted)))
            session.add(row)
            session.flush()
            return row.id

    def visitor(self, role: Role | None = None, person: int | None = None, **about: Any) -> httpx.AsyncClient:
        """A browser without scripts: signed in as a person by number, as somebody new of that role, or not at all."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.application, raise_app_exceptions=False),
            base_url=ORIGIN,
            headers={"origin": ORIGIN},
        )
        if role is not None:
            person = self.person(role, **about)
        if person is not None:
            with self.database.transaction() as session:
                secret = sessions.begin(session, person, "link", "test", self.wall.now())
            client.cookies.set(cookie_name(self.site), secret)
        return client

    async def sends(self, client: httpx.AsyncClient, path: str, /, **fields: object) -> httpx.Response:
        """Send a form as a page of this visitor's session would, with the token that its forms carry."""
        return await client.post(path, data={"csrf": self.csrf(client), **fields})

    def csrf(self, client: httpx.AsyncClient) -> str:
        """What the forms of this visitor's pages carry; empty for one who is not signed in."""
        secret = client.cookies.get(cookie_name(self.site))
        if secret is None:
            return ""
        with self.database.transaction() as session:
            number = session.scalar(select(SessionRow.id).where(SessionRow.digest == digest(secret)))
        return signature(self.site.key, "csrf", str(number))

    async def close(self) -> None:
        """Release the files."""
        await self.journal.close()
        self.database.close()


@asynccontextmanager
async def opened(data: Path, **web: Any) -> AsyncIterator[VisitedSite]:
    """A site for one test."""
    made = VisitedSite(data, **web)
    try:
        yield made
    finally:
        await made.close()
