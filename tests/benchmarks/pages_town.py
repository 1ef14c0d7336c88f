"""What the pages are about in the benchmark: the town, its areas, people, consents, and weeks of a lived home."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from devices.instant import DAY, HOUR, MINUTE, Instant
from gateway.clock import SystemClock
from gateway.config import Settings
from gateway.database.access import PersonHomeRow, PersonRow
from gateway.database.engine import Database
from gateway.database.tables import ContactRow, HomeRow, ResidentRow
from gateway.model import Reading
from gateway.recorder.opening import open_store
from gateway.recorder.points import point
from gateway.web.access import sessions
from gateway.web.api import tokens
from gateway.web.route import ROLES, Role
from tests.benchmarks import town

LIVED, INSTALLED = 0, 1
"""By number: the home whose days are recorded, and the one that is being installed."""
_AREAS = 20
_DAYS = 14
_EVERY = 10 * MINUTE
_PURPOSES = ["alerts", "daily picture for family", "care planning"]


@dataclass(frozen=True, slots=True)
class Keys:
    """The cookie's secret of somebody of each role, and a token of the API."""

    sessions: Mapping[Role, str]
    token: str


def furnish(data: Path, homes: int) -> Keys:
    """The town's homes with areas and consents, somebody of the family for each, and one person of every other role."""
    town.register(data, homes)
    database = Database.open(data)
    try:
        with database.transaction() as session:
            keys = _people(session, homes)
    finally:
        database.close()
    asyncio.run(_live(data))
    return keys


def _people(session: Session, homes: int) -> Keys:
    now = SystemClock().now()
    session.execute(update(ResidentRow).values(consent_purposes=_PURPOSES))
    session.execute(update(ContactRow).values(sees="rooms", phone="01632 960123"))
    contacts = {row.home: row.id for row in session.execute(select(ContactRow.home, ContactRow.id))}
    for number in range(homes):
        home = session.get_one(HomeRow, town.hub(number).upper())
        home.area = f"Area {number % _AREAS}"
        if number == INSTALLED:
            home.live_at, home.mode = None, "paused"
        session.add(_person(f"family-{number}", "family", now, {home.reference: contacts[home.reference]}))
    for role in ROLES:
        if role != "family":
            session.add(_person(role, role, now))
    session.flush()
    numbers = {role: f"{role}-{LIVED}@example.org" if role == "family" else f"{role}@example.org" for role in ROLES}
    found = {
        role: sessions.begin(session, _number(session, email), "link", "bench", now) for role, email in numbers.items()
    }
    return Keys(found, tokens.make(session, "bench", "administrator", (), "bench", None, now))


def _number(session: Session, email: str) -> int:
    return session.scalars(select(PersonRow.id).where(PersonRow.email == email)).one()


def _person(name: str, role: Role, now: Instant, homes: Mapping[str, int] | None = None) -> PersonRow:
    row = PersonRow(name=name, email=f"{name}@example.org", role=role, created_at=now)
    row.areas = [] if role in {"family", "administrator"} else ["*"]
    row.homes = [PersonHomeRow(home=home, contact=contact) for home, contact in (homes or {}).items()]
    return row


async def _live(data: Path) -> None:
    """Days of one home, as its gateway would have recorded them."""
    store = await open_store(Settings(data=data))
    try:
        batch = [point(reading) for reading in _days(SystemClock().now())]
        for start in range(0, len(batch), 5_000):
            await store.write(batch[start : start + 5_000])
    finally:
        await store.close()


def _days(now: Instant) -> Iterator[Reading]:
    """Somewhere every ten minutes by day, in bed by night; the temperature every half hour."""
    hub = town.hub(LIVED)
    for step in range(_DAYS * DAY // _EVERY):
        at = now - _DAYS * DAY + step * _EVERY
        awake = 7 <= at // HOUR % 24 < 22
        address, room = town.motion(LIVED, step if awake else 3)
        if awake or step % 12 == 0:
            yield Reading(hub.upper(), hub, address, room, None, "motion", True, at, at)
            yield Reading(hub.upper(), hub, address, room, None, "motion", False, at + MINUTE, at + MINUTE)
        if step % 3 == 0:
            warm = town.address(LIVED, 9)
            yield Reading(hub.upper(), hub, warm, "kitchen", None, "temperature", 19.5 + step % 4 / 2, at, at)
