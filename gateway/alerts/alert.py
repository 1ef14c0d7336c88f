"""What an alert, its timeline and its notifications look like to whoever reads them. Values, read afresh each time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from devices.instant import Instant
from gateway.database.tables import AlertRow, OutboxRow, TimelineRow
from gateway.model import AlertState, Concerns, Priority


@dataclass(frozen=True, slots=True)
class Alert:
    """One concern per (home, rule, subject). `accepted_*` belong to the present round of calls, `raised_at` to all.

    `subject` is the device, room or quantity that it is about, "" for the home as a whole. The resident was asked at
    `asked_at` and can answer until `answer_by`, which lies in the past where they are not asked. `unanswered` counts
    whole rounds of calls since `round_at`.
    """

    id: int
    home: str
    rule: str
    subject: str
    concerns: Concerns
    priority: Priority
    route: str
    state: AlertState
    explanation: str
    evidence: Mapping[str, Any]
    event_at: Instant
    received_at: Instant | None
    raised_at: Instant
    first_notified_at: Instant | None
    accepted_at: Instant | None
    accepted_by: str | None
    cleared_at: Instant | None
    closed_at: Instant | None
    outcome: str | None
    occurrences: int
    round: int
    round_at: Instant
    step: int
    next_step_at: Instant | None
    asked_at: Instant | None = None
    answer_by: Instant | None = None
    snoozed_until: Instant | None = None
    handed_to: str | None = None
    unanswered: int = 0

    @property
    def calling(self) -> bool:
        """Whether people are still to be called: nobody has accepted, and it is raised or an emergency."""
        if self.state is AlertState.RAISED:
            return True
        return self.state is AlertState.CLEARED and self.priority == 1 and self.accepted_at is None

    @classmethod
    def of(cls, row: AlertRow) -> "Alert":
        """The value of a row."""
        values = {name: getattr(row, name) for name in cls.__dataclass_fields__}
        return cls(**values | {"state": AlertState(row.state), "evidence": dict(row.evidence)})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an alert's timeline: what happened and who did it (`keepwell` for the gateway itself)."""

    at: Instant
    what: str
    by: str
    detail: Mapping[str, Any]

    @classmethod
    def of(cls, row: TimelineRow) -> "Entry":
        """The value of a row."""
        return cls(row.at, row.what, row.by, dict(row.detail))


@dataclass(frozen=True, slots=True)
class Message:
    """A notification as the outbox holds it. `channel` is only the scheme: the rest of an address may be secret."""

    kind: str
    step: int
    round: int
    contact: str
    channel: str
    title: str
    state: str
    attempts: int
    due_at: Instant
    finished_at: Instant | None
    error: str | None
    may_be_repeat: bool

    @classmethod
    def of(cls, row: OutboxRow) -> "Message":
        """The value of a row."""
        names = {"contact": row.contact_name, "channel": row.channel.partition(":")[0]}
        rest = {name: getattr(row, name) for name in cls.__dataclass_fields__ if name not in names}
        return cls(**cast("dict[str, Any]", names | rest))
