"""What oversight reads in keepwell.db: each function is one transaction's work, and none changes anything."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from devices.instant import DAY, Instant
from gateway.database.tables import (
    AlertRow,
    ContactRow,
    DeviceRow,
    OutboxRow,
    ResidentRow,
    RuleStatusRow,
    StepRow,
)
from gateway.model import ANNOUNCE, GATEWAY_HOME, AlertState, Trouble
from gateway.oversight.audit import Account, OpenAlert, Unreachable, Unsent
from gateway.oversight.ledger import Ledger, resumed

RULES: tuple[str, ...] = get_args(Trouble.__annotations__["rule"])
_UNFINISHED = ("pending", "blocked", "sending")
_SEVERAL = 7
"""Tries of a message take about two minutes."""
_REMEMBERED = 7 * DAY
"""An address that failed longer ago may have been corrected since."""
_DEFAULT_ROUTE = "default"


@dataclass(frozen=True, slots=True)
class Counts:
    """How much stands in the database. Alerts by priority are those that are not closed."""

    alerts_by_priority: Mapping[int, int] = field(default_factory=dict)
    messages_by_state: Mapping[str, int] = field(default_factory=dict)
    rules_by_state: Mapping[str, int] = field(default_factory=dict)


def open_alerts(session: Session) -> int:
    """How many alerts are not closed."""
    return session.scalar(select(func.count()).select_from(AlertRow).where(AlertRow.state != AlertState.CLOSED)) or 0


def account(session: Session, now: Instant) -> Account:
    """Open alerts, unfinished messages, and whom nobody could tell, for the audit."""
    reached = select(OutboxRow.alert).where(OutboxRow.state.in_(("sent", "sending")), OutboxRow.kind == "alert")
    told = set(session.scalars(reached.join(AlertRow, AlertRow.id == OutboxRow.alert)
                               .where(AlertRow.state == AlertState.RAISED)))  # fmt: skip
    alerts = session.execute(
        select(AlertRow.id, AlertRow.priority, AlertRow.state, AlertRow.raised_at, AlertRow.next_step_at,
               AlertRow.snoozed_until)
        .where(AlertRow.state != AlertState.CLOSED)
    )  # fmt: skip
    messages = session.execute(
        select(OutboxRow, AlertRow.subject)
        .join(AlertRow, AlertRow.id == OutboxRow.alert)
        .where(OutboxRow.state.in_(_UNFINISHED))
    )
    return Account(
        alerts=[OpenAlert(priority, state, raised_at, next_step_at, number in told,
                          until if state == AlertState.SNOOZED else None)
                for number, priority, state, raised_at, next_step_at, until in alerts],
        messages=[Unsent(row.state, row.due_at, row.created_at if _is_refused(row, about) else None,
                         row.created_at if _is_held(row) else None)
                  for row, about in messages],
        homes_reaching_nobody=_homes_reaching_nobody(session),
        unreachable=_unreachable(session, now),
    )  # fmt: skip


def _is_held(row: OutboxRow) -> bool:
    """Whether it waits for others of its area. One of priority 3 or 4 waits for an hour of the day as well."""
    return row.state == "pending" and row.gather is not None and row.attempts == 0 and row.priority <= 2


_CALLED = (
    select(StepRow.home, ContactRow.id, ContactRow.name, ContactRow.channels, StepRow.route)
    .join(ContactRow, ContactRow.id == StepRow.contact)
    .order_by(StepRow.home, ContactRow.name)
)


def _homes_reaching_nobody(session: Session) -> Sequence[str]:
    """Homes from which data may flow, with sensors, whose alerts no contact would be told of."""
    reached = {home for home, _, _, channels, route in session.execute(_CALLED)
               if route == _DEFAULT_ROUTE and channels and not _is_resident(channels)}  # fmt: skip
    withdrawn = select(ResidentRow.home).where(
        or_(ResidentRow.consent_at.is_(None), ResidentRow.consent_withdrawn_at.is_not(None))
    )
    watched = select(DeviceRow.home).where(
        DeviceRow.home.in_(select(ResidentRow.home)), DeviceRow.home.not_in(withdrawn)
    )
    return [home for home in session.scalars(watched.distinct().order_by(DeviceRow.home)) if home not in reached]


def _is_resident(channels: Sequence[str]) -> bool:
    """Whoever lives there is not called for an emergency."""
    return any(channel.lower() == ANNOUNCE for channel in channels)


def _unreachable(session: Session, now: Instant) -> Sequence[Unreachable]:
    """Contacts of escalations without an address, and those of which an address failed when it was used last."""
    row = OutboxRow
    last = select(func.max(row.id)).where(
        row.state.in_(("sent", "failed", "blocked")), row.due_at > now - _REMEMBERED, row.kind.in_(("alert", "digest"))
    ).group_by(row.contact, row.channel)  # fmt: skip
    failed = {
        (contact, channel)
        for contact, channel in session.execute(
            select(row.contact, row.channel).where(row.id.in_(last), row.state.in_(("failed", "blocked")))
        )
    }
    called = {number: (home, name, channels) for home, number, name, channels, _ in session.execute(_CALLED)}
    found = []
    for number, (home, name, channels) in called.items():
        if not channels:
            found.append(Unreachable(home, name))
        found += [Unreachable(home, name, one.partition(":")[0]) for one in channels if (number, one) in failed]
    return found


def _is_refused(row: OutboxRow, about: str | None) -> bool:
    """Whether it is a call for help that has been tried in vain.

    One that is not urgent may have waited for the morning, and a first refusal then is nothing yet. What calls about
    refused messages may be refused itself, and must not keep that trouble up.
    """
    enough = 1 if row.priority <= 2 or row.state == "blocked" else _SEVERAL
    return row.kind == "alert" and row.attempts >= enough and (row.home, about) != (GATEWAY_HOME, "messages")


def counts(session: Session) -> Counts:
    """For /metrics."""
    open_alerts = session.scalars(select(AlertRow.priority).where(AlertRow.state != AlertState.CLOSED))
    messages = session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state))
    rules = session.execute(select(RuleStatusRow.state, func.count()).group_by(RuleStatusRow.state))
    return Counts(
        alerts_by_priority=Counter(open_alerts),
        messages_by_state={state: count for state, count in messages},  # noqa: C416 - rows are no pairs to mypy
        rules_by_state={state: count for state, count in rules},  # noqa: C416
    )


def ledger(session: Session, now: Instant) -> Ledger:
    """Of which troubles people were told before this start."""
    rows = session.scalars(select(AlertRow).where(AlertRow.rule.in_(RULES)).order_by(AlertRow.id)).all()
    latest = {(row.home, row.rule, row.subject): row for row in rows}
    over = (AlertState.CLEARED, AlertState.CLOSED)
    return resumed(
        (
            (concern, row.priority, row.event_at, row.raised_at, bool(row.evidence.get("passing", True)))  # type: ignore[misc]
            for concern, row in latest.items()
        ),
        [concern for concern, row in latest.items() if row.state in over],
        now,
    )
