"""Away and holiday: when a home is set to away, and when it is at home again."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from devices.instant import DAY, Instant
from gateway.database.engine import Database
from gateway.database.tables import HomeRow
from gateway.localtime import local_instant
from gateway.registry.registry import SqlRegistry
from gateway.web.family.relation import Relation
from gateway.web.site import Site

LONGEST = 366 * DAY


@dataclass(frozen=True, slots=True)
class Absence:
    """A home's mode and what is planned. `begins` None: nothing is still to begin."""

    mode: str
    begins: Instant | None
    ends: Instant | None


def followed(before: Absence, now: Instant) -> Absence:
    """The absence as it is at `now`: it begins once and ends once, and a home that is paused stays so. Pure.

    What somebody sets by hand in between stands: a home that was set to at home while the absence lasts is not sent
    away again.
    """
    if before.ends is not None and before.ends <= now:
        return Absence("at home" if before.mode == "away" else before.mode, None, None)
    if before.begins is not None and before.begins <= now and before.mode != "paused":
        return Absence("away", None, before.ends)
    return before


async def follow_absences(site: Site) -> None:
    """Once a minute: set homes in service to away when an absence begins, and to at home when it is over."""
    await follow(site.database, site.registry, site.now())


async def follow(database: Database, registry: SqlRegistry, now: Instant) -> None:
    """The same for who has no pages: an absence that was planned ends, whether they are served or not."""
    if await database.read(lambda session: _changed(session, now)):
        await registry.change(lambda session: _follow(session, now))


def _follow(session: Session, now: Instant) -> None:
    for row, after in _changed(session, now):
        _set(row, after)


def _changed(session: Session, now: Instant) -> list[tuple[HomeRow, Absence]]:
    planned = select(HomeRow).where(
        HomeRow.live_at.is_not(None), or_(HomeRow.away_from.is_not(None), HomeRow.away_until.is_not(None))
    )
    found = [(row, _of(row)) for row in session.scalars(planned)]
    return [(row, after) for row, before in found if (after := followed(before, now)) != before]


def _of(row: HomeRow) -> Absence:
    return Absence(row.mode, row.away_from, row.away_until)


def _set(row: HomeRow, after: Absence) -> None:
    row.mode, row.away_from, row.away_until = after.mode, after.begins, after.ends


# ------------------------------------------------------------------------------------------------ what families say


def planned(known: Relation, begins: str, ends: str, now: Instant) -> tuple[Absence | None, dict[str, str]]:
    """The absence that was typed, both times by the home's clock, or what is wrong with it by field.

    Without a beginning it begins now; without an end it lasts until somebody says that they are back.
    """
    problems: dict[str, str] = {}
    first, last = _typed(known, "away_from", begins, problems), _typed(known, "away_until", ends, problems)
    if problems:
        return None, problems
    if last is not None and last <= max(now, first or now):
        return None, {"away_until": "This is not after it begins, or is over already. When will they be back?"}
    if max(first or 0, last or 0) > now + LONGEST:
        name = "away_until" if last is not None and last > now + LONGEST else "away_from"
        return None, {name: "This is more than a year away. Please give a nearer day."}
    begun = first is None or first <= now
    return Absence("away" if begun else known.mode, None if begun else first, last), {}


def set_absence(session: Session, home: str, wanted: Absence) -> bool:
    """Set a home's mode and plan; False, and nothing is changed, where it is paused or still being set up."""
    row = session.get(HomeRow, home)
    if row is None or row.live_at is None or row.mode == "paused":
        return False
    _set(row, wanted)
    return True


def _typed(known: Relation, name: str, text: str, problems: dict[str, str]) -> Instant | None:
    if not text:
        return None
    try:
        return local_instant(text, known.zone)
    except ValueError:
        problems[name] = "This is no day and time. Write it like 2026-01-20T14:30."
        return None
