"""What keepwell.db holds of one home or of one who lives there, and its deletion, within the caller's transaction."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.database.access import LookRow, PersonHomeRow, PersonRow, WalkRow
from gateway.database.engine import Database
from gateway.database.revision import raise_revision
from gateway.database.tables import (
    AlertRow,
    Base,
    BaselineRow,
    ContactRow,
    DeviceRow,
    FactRow,
    HomeRow,
    HubRow,
    OutboxRow,
    ResidentRow,
    RoomRow,
    RuleRow,
    RuleStatusRow,
    StateRow,
    StepRow,
    TimelineRow,
)
from gateway.errors import BadInput
from gateway.model import GATEWAY_HOME
from gateway.registry.homes import get_home

_REWRITTEN_UP_TO = 16 * 1024 * 1024
"""Bytes; alerts wait meanwhile, see journal/erase.py."""
_ROOM = 2.2
SOMEBODY = "somebody of the family"
"""In the record of looks, in place of the name of one who saw this home alone."""
KEPT: Mapping[str, str] = {
    "look": "that somebody looked is kept for two years; of the family the names go",
    "reader_cursor": "no home's",
    "revision": "no home's",
    "session": "goes with its person",
    "sign_in_link": "goes with its person",
    "api_token": "no home's",
}
"""Tables that hold nothing of a home, or keep it."""


def _rows(home: str) -> Mapping[type[Base], ColumnElement[bool]]:
    """Everything of a home, what stands on something else before that."""
    alerts = select(AlertRow.id).where(AlertRow.home == home)
    return {
        TimelineRow: TimelineRow.alert.in_(alerts),
        OutboxRow: OutboxRow.alert.in_(alerts) | (OutboxRow.home == home),
        AlertRow: AlertRow.home == home,
        FactRow: FactRow.home == home,
        RuleStatusRow: RuleStatusRow.home == home,
        StateRow: StateRow.home == home,
        BaselineRow: BaselineRow.home == home,
        WalkRow: WalkRow.home == home,
        PersonRow: PersonRow.id.in_(_only_here(home)),
        PersonHomeRow: PersonHomeRow.home == home,
        StepRow: StepRow.home == home,
        ContactRow: ContactRow.home == home,
        DeviceRow: DeviceRow.home == home,
        RuleRow: RuleRow.home == home,
        HubRow: HubRow.home == home,
        RoomRow: RoomRow.home == home,
        ResidentRow: ResidentRow.home == home,
        HomeRow: HomeRow.reference == home,
    }


def _only_here(home: str) -> Select[Any]:
    """Family who see no other home, so that nothing is left for them to sign in for."""
    elsewhere = select(PersonHomeRow.person).where(PersonHomeRow.home != home)
    return (
        select(PersonHomeRow.person)
        .join(PersonRow, PersonRow.id == PersonHomeRow.person)
        .where(PersonHomeRow.home == home, PersonRow.role == "family", PersonHomeRow.person.not_in(elsewhere))
    )


def held(session: Session, home: str) -> dict[str, int]:
    """How many rows there are of it, by table."""
    return {
        table.__tablename__: session.scalar(select(func.count()).select_from(table).where(condition)) or 0
        for table, condition in _rows(home).items()
    }


def hubs_of(session: Session, home: str) -> list[str]:
    """The names under which its hubs publish."""
    return list(session.scalars(select(HubRow.name).where(HubRow.home == home).order_by(HubRow.name)))


def open_alerts(session: Session, home: str) -> list[int]:
    """Numbers of its alerts about people or the home that are not closed: somebody may be seeing to them.

    Faults of equipment are not among them, as sensors that nobody needs any more fall silent.
    """
    waiting = (AlertRow.home == home) & (AlertRow.state != "closed") & (AlertRow.concerns != "equipment")
    return list(session.scalars(select(AlertRow.id).where(waiting).order_by(AlertRow.id)))


def stop(session: Session, home: str, now: Instant) -> None:
    """Nothing of it is kept from now on: every consent that stands is withdrawn."""
    for row in get_home(session, home).residents:
        if row.consent_withdrawn_at is None:
            row.consent_withdrawn_at = now
    raise_revision(session)


def is_quiet(session: Session, home: str) -> bool:
    """Whether the rules have forgotten it: with their state goes, in one transaction, all else that they still say."""
    return session.get(StateRow, home) is None


def erase(session: Session, home: str) -> None:
    """Delete all that `held` counts. BadInput while alerts of `open_alerts` are open."""
    if waiting := open_alerts(session, home):
        raise BadInput(f"alert {waiting[0]} of {home} is open: close it first")
    gone = list(session.scalars(_only_here(home)))
    session.execute(update(LookRow).where(LookRow.person.in_(gone)).values(who=SOMEBODY, person=None))
    _keep_last_fact(session, home)
    messages = select(OutboxRow.id).where(OutboxRow.home == home)
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.part_of.in_(messages), OutboxRow.home != home)
        .values(part_of=None)
        .execution_options(synchronize_session=False)
    )
    for table, condition in _rows(home).items():
        session.execute(delete(table).where(condition).execution_options(synchronize_session=False))
    raise_revision(session)


def erase_resident(session: Session, home: str, resident: int) -> str:
    """Delete the record of one of several who live there; their name. What the home's sensors said stays."""
    registered = get_home(session, home)
    row = next((one for one in registered.residents if one.id == resident), None)
    if row is None:
        raise BadInput("Nobody of that number lives there")
    if len(registered.residents) == 1:
        raise BadInput("Nobody else lives there: erase the home as a whole")
    name = row.name
    registered.residents.remove(row)
    session.flush()
    raise_revision(session)
    return name


def _keep_last_fact(session: Session, home: str) -> None:
    """The number of the last fact must not be given out again, so that one is emptied of its home."""
    last = session.scalar(select(FactRow).order_by(FactRow.id.desc()).limit(1))
    if last is not None and last.home == home:
        last.measurement, last.home = "gateway_rejected", GATEWAY_HOME
        last.tags, last.fields = {"reason": "erased"}, {"count": 0.0}
        session.flush()


def rewrite(database: Database) -> bool:
    """Write keepwell.db anew, so that no copy is left in what it does not use; whether it was small enough for that.

    Others wait for some seconds at most meanwhile.
    """
    path = Path(database.engine.url.database or "")
    if database.engine.dialect.name != "sqlite" or path.stat().st_size > _REWRITTEN_UP_TO:
        return False
    if shutil.disk_usage(path.parent).free < _ROOM * path.stat().st_size:
        return False
    connection = database.engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM")
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()
    return True
