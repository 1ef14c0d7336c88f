"""What people, dashboards and the recorder ask of alerts: each function is one transaction's work."""

from collections.abc import Iterator, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.alerts import facts
from gateway.alerts.alert import Alert, Entry, Message
from gateway.database.tables import AlertRow, FactRow, HomeRow, OutboxRow, RuleStatusRow, TimelineRow
from gateway.model import AlertState, Fact, RuleState, RuleStatus


def alerts(
    session: Session,
    *,
    home: str | None,
    closed: bool,
    limit: int,
    area: str | None = None,
    rule: str | None = None,
) -> Sequence[Alert]:
    """Alerts, the most urgent and then the latest first; the closed ones too where asked for.

    `area` "": of homes without one.
    """
    query = select(AlertRow).order_by(AlertRow.priority, AlertRow.raised_at.desc()).limit(limit)
    if home is not None:
        query = query.where(AlertRow.home == home)
    if area is not None:
        query = query.where(AlertRow.home.in_(select(HomeRow.reference).where(func.coalesce(HomeRow.area, "") == area)))
    if rule is not None:
        query = query.where(AlertRow.rule == rule)
    if not closed:
        query = query.where(AlertRow.state != AlertState.CLOSED)
    return [Alert.of(row) for row in session.scalars(query)]


def timeline(session: Session, alert: int) -> Sequence[Entry]:
    """Everything that happened to an alert, in order."""
    query = select(TimelineRow).where(TimelineRow.alert == alert).order_by(TimelineRow.id)
    return [Entry.of(row) for row in session.scalars(query)]


def messages(session: Session, alert: int) -> Sequence[Message]:
    """Every notification of it and how it fared, in order."""
    query = select(OutboxRow).where(OutboxRow.alert == alert).order_by(OutboxRow.id)
    return [Message.of(row) for row in session.scalars(query)]


def restated(session: Session, now: Instant) -> Sequence[Fact]:
    """All open alerts and all rule states, as dashboards want them every minute."""
    areas = {row.reference: row.area for row in session.execute(select(HomeRow.reference, HomeRow.area))}
    still_open = select(AlertRow).where(AlertRow.state != AlertState.CLOSED)
    told = [facts.still_open(Alert.of(row), areas.get(row.home), now) for row in session.scalars(still_open)]
    return told + [facts.rule_state(one, areas[one.home], now) for one in _statuses(session) if one.home in areas]


def _statuses(session: Session) -> Iterator[RuleStatus]:
    row = RuleStatusRow
    for home, rule, state, reason, since in session.execute(
        select(row.home, row.rule, row.state, row.reason, row.since)
    ):
        yield RuleStatus(home, rule, RuleState(state), reason, since)


def facts_after(session: Session, after: int, limit: int) -> Sequence[tuple[int, Fact]]:
    """Up to `limit` facts with an id above `after`, in order."""
    query = select(FactRow).where(FactRow.id > after).order_by(FactRow.id).limit(limit)
    return [(row.id, Fact(row.measurement, row.home, row.tags, row.fields, row.at)) for row in session.scalars(query)]


def prune_facts(session: Session, up_to: int) -> int:
    """Delete facts up to this id, but never the last one: its id must not be given out again. How many."""
    last = session.scalar(select(FactRow.id).order_by(FactRow.id.desc()).limit(1)) or 0
    doomed = session.scalars(select(FactRow.id).where(FactRow.id <= up_to, FactRow.id < last)).all()
    session.execute(delete(FactRow).where(FactRow.id <= up_to, FactRow.id < last))
    return len(doomed)
