"""What keepwell.db holds of a home, each kind as a file that people can read."""

import zlib
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import Instant, rfc3339
from gateway.alerts import queries, timeline
from gateway.alerts.alert import Alert
from gateway.database.access import LookRow, PersonHomeRow, PersonRow, WalkRow
from gateway.database.tables import AlertRow, BaselineRow, HomeRow, ResidentRow, RuleStatusRow, StateRow
from gateway.errors import BadInput
from gateway.notify.address import scheme
from gateway.registry import importing
from gateway.registry.homefile import dump_home
from gateway.watch.routine.routine import Routine
from gateway.web.admin.looks import table

_INSTANTS = range(10**15, 10**16)
"""Whole numbers of these are instants, from 2001 on: no count or reading comes near them."""
_INDENTED = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS


class File(NamedTuple):
    """The text of a file, and of how many things it tells."""

    text: str
    rows: int


def files(session: Session, home: HomeRow, resident: int | None) -> dict[str, File]:
    """By name. `resident`: of the others who live there nothing; BadInput when nobody of that number does."""
    reference = home.reference
    residents = [row for row in home.residents if resident in {None, row.id}]
    if resident is not None and not residents:
        raise BadInput("Nobody of that number lives there")
    alerts = session.scalars(select(AlertRow).where(AlertRow.home == reference).order_by(AlertRow.id)).all()
    family = session.execute(
        select(PersonRow.name, PersonRow.role)
        .join(PersonHomeRow, PersonHomeRow.person == PersonRow.id)
        .where(PersonHomeRow.home == reference)
        .order_by(PersonRow.name)
    ).all()
    walks = session.scalars(select(WalkRow).where(WalkRow.home == reference).order_by(WalkRow.id)).all()
    seen = session.scalars(select(LookRow).where(LookRow.home == reference).order_by(LookRow.id)).all()
    rules = session.scalars(select(RuleStatusRow).where(RuleStatusRow.home == reference)).all()
    file = importing.export_home(session, reference)
    registered = file.model_copy(update={"residents": (), "contacts": (), "escalation": ()})
    baseline, state = session.get(BaselineRow, reference), session.get(StateRow, reference)
    routine = Routine()
    routine.restore(b"" if baseline is None else baseline.data)
    return {
        "home.toml": File(dump_home(registered), 1),
        "residents.json": _listed([_resident(row) for row in residents]),
        "contacts.json": _listed([_contact(row, file.escalation) for row in home.contacts]),
        "family.json": _listed([{"name": name, "role": role} for name, role in family]),
        "alerts.json": _listed([_alert(session, row) for row in alerts]),
        "walk-tests.json": _listed([_columns(row) for row in walks]),
        "looks.csv": File(table(seen), len(seen)),
        "rules.json": _listed([_columns(row) for row in rules]),
        "learned.json": _listed([{"day": day.isoformat(), **told} for day, told in sorted(routine.told().items())]),
        "in-hand.json": File(plain_json(_state(state)), 0 if state is None else 1),
    }


def names(of: Mapping[str, File]) -> str:
    """Of the residents in these files."""
    return ", ".join(str(one["name"]) for one in orjson.loads(of["residents.json"].text))


def plain_json(value: object) -> str:
    """As indented JSON."""
    return orjson.dumps(plain(value), option=_INDENTED).decode()


def plain_line(value: object) -> bytes:
    """As JSON on one line."""
    return orjson.dumps(plain(value), option=orjson.OPT_NON_STR_KEYS)


def plain(value: Any) -> Any:  # noqa: ANN401 - anything that is kept
    """What JSON can say: instants as times, bytes as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    is_instant = type(value) is int and value in _INSTANTS
    return rfc3339(value) if is_instant else value


def _listed(found: list[dict[str, Any]]) -> File:
    return File(plain_json(found), len(found))


def _columns(row: Any) -> dict[str, Any]:  # noqa: ANN401 - any table's row
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def _resident(row: ResidentRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "consent": {
            "given_by": row.consent_by,
            "how": row.consent_basis,
            "at": _time(row.consent_at),
            "withdrawn_at": _time(row.consent_withdrawn_at),
            "for": row.consent_purposes,
            "to_be_asked_again_on": row.consent_review_on,
        },
    }


def _contact(row: Any, escalation: Any) -> dict[str, Any]:  # noqa: ANN401 - a contact's row, entries of a home file
    return {
        "name": row.name,
        "told_by": [scheme(channel) for channel in row.channels],
        "told_in_steps": [number for number, step in enumerate(escalation, 1) if row.name in step.contacts],
        "language": row.language,
        "quiet_hours": row.quiet_hours,
        "sees": row.sees,
    }


def _alert(session: Session, row: AlertRow) -> dict[str, Any]:
    told = [
        {"at": _time(entry.at), "what": entry.what, "by": entry.by, "text": timeline.sentence(entry)}
        for entry in queries.timeline(session, row.id)
    ]
    sent = [plain(message) for message in queries.messages(session, row.id)]
    return {**plain(Alert.of(row)), "timeline": told, "messages": sent}


def _state(row: StateRow | None) -> Any:  # noqa: ANN401 - JSON
    return None if row is None else orjson.loads(zlib.decompress(row.state))


def _time(at: Instant | None) -> str | None:
    return None if at is None else rfc3339(at)
