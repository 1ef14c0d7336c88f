"""What people, dashboards and the recorder ask of alerts: each function is one transaction's work."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy import and_, case, delete, func, or_, select
from sqlalchemy.orm import Session

from devices.instant import DAY, Instant
from gateway.alerts import facts
from gateway.alerts.alert import Alert, Entry, Message
from gateway.alerts.homestate import Seen, home_state
from gateway.database.tables import (
    AlertRow,
    FactRow,
    HomeRow,
    HubRow,
    OutboxRow,
    ResidentRow,
    RuleStatusRow,
    TimelineRow,
)
from gateway.model import AlertState, Fact, RuleState, RuleStatus

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
_RESULTS = {"pending": "waiting", "sending": "waiting"}


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


def restated(session: Session, now: Instant) -> tuple[Sequence[Fact], Sequence[Seen]]:
    """What dashboards want every minute of open alerts and of messages; and all homes, for `homes_restated`."""
    alerts_of, hubs_of = defaultdict(list), defaultdict(list)
    for row in session.scalars(select(AlertRow).where(AlertRow.state != AlertState.CLOSED)):
        alerts_of[row.home].append(Alert.of(row))
    for home, hub in session.execute(select(HubRow.home, HubRow.name)):
        hubs_of[home].append(hub)
    consenting = set(_consenting(session))
    homes = [
        Seen(home, area, home in consenting, alerts_of.get(home, ()), hubs_of.get(home, ()))
        for home, area in session.execute(select(HomeRow.reference, HomeRow.area).order_by(HomeRow.reference))
    ]
    areas = {seen.home: seen.area for seen in homes}
    told = [facts.still_open(one, areas.get(home), now) for home, some in alerts_of.items() for one in some]
    return [*told, *_notifications(session, now)], homes


def homes_restated(session: Session, homes: Sequence[Seen], now: Instant) -> Sequence[Fact]:
    """Of some homes, in order of their references and none left out between them: states of rules, and how each is."""
    row, statuses_of = RuleStatusRow, defaultdict(list)
    for home, rule, state, reason, since in session.execute(
        select(row.home, row.rule, row.state, row.reason, row.since)
        .where(row.home.between(homes[0].home, homes[-1].home))
    ):  # fmt: skip
        statuses_of[home].append(RuleStatus(home, rule, RuleState(state), reason, since))
    told: list[Fact] = []
    for seen in homes:
        statuses = statuses_of.get(seen.home, ())
        told += [facts.rule_state(status, seen.area, now) for status in statuses]
        if seen.consents:
            told.append(home_state(seen, statuses, now))
    return told


def _consenting(session: Session) -> Sequence[str]:
    """References of homes with residents all of whose consents are recorded and stand."""
    row = ResidentRow
    stands = and_(row.consent_by.is_not(None), row.consent_by != "", row.consent_at.is_not(None),
                  row.consent_withdrawn_at.is_(None))  # fmt: skip
    return session.scalars(select(row.home).group_by(row.home).having(func.min(case((stands, 1), else_=0)) == 1)).all()


def _notifications(session: Session, now: Instant) -> Sequence[Fact]:
    """Messages that were due within 24 h, and those that still wait. `ix_outbox_due` finds both."""
    row = OutboxRow
    finished = and_(row.state.in_(("sent", "failed", "dropped")), row.due_at > now - DAY)
    late = or_(row.attempts > 0, row.due_at <= now)
    oldest = func.min(case((late, row.created_at)))
    counts: Counter[tuple[str, str]] = Counter()
    since: dict[tuple[str, str], Instant] = {}
    for channel, state, number, created_at in session.execute(
        select(row.channel, row.state, func.count(), oldest)
        .where(or_(finished, row.state.in_(("pending", "sending", "blocked"))))
        .group_by(row.channel, row.state)
    ):
        key = kind_of_channel(channel), _RESULTS.get(state, state)
        counts[key] += number
        if key[1] in {"waiting", "blocked"} and created_at is not None:
            since[key] = min(created_at, since.get(key, created_at))
    return facts.notifications(counts, since, now)


def kind_of_channel(address: str) -> str:
    """`mailto` of `mailto://...`: nothing else of an address may be told."""
    found = _SCHEME.match(address.lower())
    return found[1] if found else "other"


def facts_after(session: Session, after: int, limit: int) -> Sequence[tuple[int, Fact]]:
    """Up to `limit` facts with an id above `after`, in order."""
    query = select(FactRow).where(FactRow.id > after).order_by(FactRow.id).limit(limit)
    return [(row.id, Fact(row.measurement, row.home, row.tags, row.fields, row.at)) for row in session.scalars(query)]


def facts_kept(session: Session) -> int:
    """About how many facts wait for the recorder or to be deleted."""
    oldest, latest = select(func.min(FactRow.id)).scalar_subquery(), select(func.max(FactRow.id)).scalar_subquery()
    return session.scalar(select(latest - oldest)) or 0


def prune_facts(session: Session, up_to: int, limit: int) -> int:
    """Delete at most `limit` facts up to this id, but never the last one: its id must not be given out again."""
    last = session.scalar(select(func.max(FactRow.id))) or 0
    doomed = session.scalars(
        select(FactRow.id).where(FactRow.id <= up_to, FactRow.id < last).order_by(FactRow.id).limit(limit)
    ).all()
    if doomed:
        session.execute(delete(FactRow).where(FactRow.id <= doomed[-1]))
    return len(doomed)
