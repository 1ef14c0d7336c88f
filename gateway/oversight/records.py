"""What oversight reads in keepwell.db: each function is one transaction's work, and none changes anything."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.database.tables import AlertRow, OutboxRow, RuleStatusRow
from gateway.model import GATEWAY_HOME, AlertState, Trouble
from gateway.oversight.audit import Account, OpenAlert, Unsent
from gateway.oversight.ledger import Ledger, resumed

RULES: tuple[str, ...] = get_args(Trouble.__annotations__["rule"])
_UNFINISHED = ("pending", "blocked", "sending")
_SEVERAL = 7
"""Tries of a message take about two minutes."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much stands in the database. Alerts by priority are those that are not closed."""

    alerts_by_priority: Mapping[int, int] = field(default_factory=dict)
    messages_by_state: Mapping[str, int] = field(default_factory=dict)
    rules_by_state: Mapping[str, int] = field(default_factory=dict)


def open_alerts(session: Session) -> int:
    """How many alerts are not closed."""
    return session.scalar(select(func.count()).select_from(AlertRow).where(AlertRow.state != AlertState.CLOSED)) or 0


def account(session: Session) -> Account:
    """Open alerts and unfinished messages, for the audit."""
    reached = select(OutboxRow.alert).where(OutboxRow.state.in_(("sent", "sending")), OutboxRow.kind == "alert")
    told = set(session.scalars(reached.join(AlertRow, AlertRow.id == OutboxRow.alert)
                               .where(AlertRow.state == AlertState.RAISED)))  # fmt: skip
    alerts = session.execute(
        select(AlertRow.id, AlertRow.priority, AlertRow.state, AlertRow.raised_at, AlertRow.next_step_at)
        .where(AlertRow.state != AlertState.CLOSED)
    )  # fmt: skip
    messages = session.execute(
        select(OutboxRow, AlertRow.subject)
        .join(AlertRow, AlertRow.id == OutboxRow.alert)
        .where(OutboxRow.state.in_(_UNFINISHED))
    )
    return Account(
        alerts=[OpenAlert(priority, state, raised_at, next_step_at, number in told)
                for number, priority, state, raised_at, next_step_at in alerts],
        messages=[Unsent(row.state, row.due_at, row.created_at if _is_refused(row, about) else None)
                  for row, about in messages],
    )  # fmt: skip


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
