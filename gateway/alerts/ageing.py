"""Faults of equipment that nobody repairs grow: a reported fault must age and escalate (FIELD, rules 17 and 19).

A coroner's case: a fault was reported and stayed unrepaired for six days. So what was told once in a digest is told
every day after a week, and calls by the escalation after a while more.
"""

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from devices.instant import DAY, Instant
from devices.quantity import SAFETY
from gateway.alerts.docket import Docket
from gateway.alerts.escalation import Hours
from gateway.config import AlertSettings
from gateway.database.tables import AlertRow, DeviceRow, TimelineRow
from gateway.localtime import within
from gateway.model import GATEWAY_HOME, PENDANTS, AlertState, Priority, parent_address
from gateway.speech import from_json, say, to_json, worded

_TASKS = ("noisy_rule", "untested")
"""What is to be done some day, and no fault."""
_TABLE = "ageing"
_log = structlog.get_logger("keepwell.alerts")


def target(first: int, open_for: Instant, *, safety: bool, settings: AlertSettings) -> Priority:
    """The priority that a fault which began with `first` has after `open_for`: never more urgent than 2."""
    tells = int(settings.fault_grows_days * DAY) if first == 4 else 0
    calls = tells + int((settings.safety_fault_grows_days if safety else settings.fault_grows_days) * DAY)
    if open_for >= calls:
        return 2
    return 3 if open_for >= tells else 4


def grow(docket: Docket) -> int:
    """Let all faults grow that have been open for long enough, in waking hours of their homes; how many did.

    One that was put off is left alone until then; one that somebody accepted and has not repaired is not.
    """
    grown = 0
    for row in _candidates(docket):
        try:
            with docket.session.begin_nested():
                grown += _grow(docket, row)
        except OperationalError:  # the database itself: it is all done again
            raise
        except Exception:  # noqa: BLE001 - the next look tries again; other faults must not wait for it
            _log.exception("fault_did_not_grow", alert=row.id, home=row.home, rule=row.rule)
    return grown


def _candidates(docket: Docket) -> list[AlertRow]:
    settings = docket.settings
    soonest = int(min(settings.fault_grows_days, settings.safety_fault_grows_days) * DAY)
    query = select(AlertRow).where(
        AlertRow.state.in_((AlertState.RAISED, AlertState.ACCEPTED)),
        AlertRow.concerns == "equipment",
        AlertRow.priority > 2,
        AlertRow.raised_at <= docket.now - soonest,
        AlertRow.home != GATEWAY_HOME,
        AlertRow.rule.not_in(_TASKS),
    )
    return list(docket.session.scalars(query.order_by(AlertRow.id)))


def _grow(docket: Docket, row: AlertRow) -> bool:
    hours = Hours.of(docket.settings, docket.registered.zone_and_area(row.home)[0])
    if not within(docket.now, hours.zone, hours.waking):
        return False
    open_for = docket.now - row.raised_at
    safety = _is_safety(docket.session, row.home, row.subject)
    priority = target(_first_priority(docket.session, row), open_for, safety=safety, settings=docket.settings)
    if priority >= row.priority:
        return False
    before = [phrase for phrase in from_json(row.evidence.get("said")) if not phrase.key.startswith(f"{_TABLE}.")]
    said = [*before, say(f"{_TABLE}.open", lasting=open_for // DAY * DAY)]
    first = "" if before else f"{row.evidence.get('before_ageing', row.explanation)} "
    evidence = dict(row.evidence) | (
        {"said": to_json(said)} if before else {"before_ageing": row.evidence.get("before_ageing", row.explanation)}
    )
    docket.grow(row, priority, first + worded(said, hours.zone, docket.now), evidence)
    return True


def _first_priority(session: Session, row: AlertRow) -> int:
    detail = session.scalar(
        select(TimelineRow.detail)
        .where(TimelineRow.alert == row.id, TimelineRow.what == "raised")
        .order_by(TimelineRow.id)
        .limit(1)
    )
    return int((detail or {}).get("priority", row.priority))


def _is_safety(session: Session, home: str, subject: str) -> bool:
    """Whether it is about a pendant, or about a sensor of what kills: its faults must not wait as long."""
    addresses = [address for address in (subject, parent_address(subject)) if address]
    found = session.execute(
        select(DeviceRow.role, DeviceRow.quantities).where(DeviceRow.home == home, DeviceRow.address.in_(addresses))
    )
    return any(role in PENDANTS or not SAFETY.isdisjoint(quantities) for role, quantities in found)
