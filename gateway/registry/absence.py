"""Away and holiday: when a home is set to away, and when it is at home again."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.database.engine import Database
from gateway.database.tables import HomeRow
from gateway.registry.registry import SqlRegistry


@dataclass(frozen=True, slots=True)
class Absence:
    """A home's mode and what is planned. `begins` None: nothing is still to begin."""

    mode: str
    begins: Instant | None
    ends: Instant | None


def followed(before: Absence, now: Instant) -> Absence:
    """The absence as it is at `now`: it begins once and ends once, and a home that is paused stays so. Pure.

    What somebody sets by hand in between stands: a home that was set to at home while the absence lasts, also after it
    was paused, is not sent away again.
    """
    if before.ends is not None and before.ends <= now:
        return Absence("at home" if before.mode == "away" else before.mode, None, None)
    if before.begins is not None and before.begins <= now:
        return Absence("paused" if before.mode == "paused" else "away", None, before.ends)
    return before


async def follow_absences(database: Database, registry: SqlRegistry, now: Instant) -> None:
    """Once a minute: set homes in service to away when an absence begins, and to at home when it is over."""
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


def set_absence(session: Session, home: str, wanted: Absence) -> bool:
    """Set a home's mode and plan; False, and nothing is changed, where it is paused or still being set up."""
    row = session.get(HomeRow, home)
    if row is None or row.live_at is None or row.mode == "paused":
        return False
    _set(row, wanted)
    return True
