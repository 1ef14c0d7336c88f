"""The outbox as the notifier works it off: each function is one transaction's work."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.database.tables import AlertRow, HubRow, OutboxRow, TimelineRow
from gateway.model import AlertState, Contact, Notice, Priority
from gateway.notify.address import lane, masked, scheme
from gateway.notify.policy import Next

CALLS = ("alert", "digest")
REPEAT = "This message may be a repeat: we do not know whether an earlier one reached you."


@dataclass(frozen=True, slots=True)
class Job:
    """One message to be sent, for one outbox row, or for all digest rows of one contact and channel."""

    rows: tuple[int, ...]
    notice: Notice
    lane: str
    attempts: int


def recover(session: Session, now: Instant) -> int:
    """Rows of which nobody knows whether they were sent are to be sent again, marked; how many."""
    found = session.scalars(select(OutboxRow).where(OutboxRow.state == "sending")).all()
    for row in found:
        row.state, row.may_be_repeat, row.due_at = "pending", True, min(row.due_at, now)
    return len(found)


def next_due(session: Session) -> Instant | None:
    """When the next row wants to be sent."""
    return session.scalar(
        select(OutboxRow.due_at).where(OutboxRow.state.in_(("pending", "blocked"))).order_by(OutboxRow.due_at).limit(1)
    )


def claim(session: Session, now: Instant, free: Callable[[str], int]) -> Sequence[Job]:
    """Mark due rows `sending`, as many as their lanes have room for, the most urgent first, and give them out."""
    due = session.execute(
        select(OutboxRow.id, OutboxRow.channel, OutboxRow.kind, OutboxRow.home, OutboxRow.contact,
               OutboxRow.may_be_repeat)
        .where(OutboxRow.state.in_(("pending", "blocked")), OutboxRow.due_at <= now)
        .order_by(OutboxRow.priority, OutboxRow.due_at, OutboxRow.id)
    ).all()  # fmt: skip
    groups: dict[tuple[Any, ...], list[int]] = {}
    for row in due:
        key = (row.channel, row.home, row.contact, row.may_be_repeat) if row.kind == "digest" else (row.channel, row.id)
        groups.setdefault(key, []).append(row.id)
    room: dict[str, int] = {}
    chosen: list[list[int]] = []
    for key, ids in groups.items():
        name = lane(key[0])
        room.setdefault(name, free(name))
        if room[name] > 0:
            room[name] -= 1
            chosen.append(ids)
    hubs: dict[str, tuple[str, ...]] = {}
    return [_job(session, ids, hubs) for ids in chosen]


def _job(session: Session, ids: list[int], hubs: dict[str, tuple[str, ...]]) -> Job:
    rows = [cast("OutboxRow", session.get(OutboxRow, row)) for row in ids]
    first = rows[0]
    if first.home not in hubs:
        named = session.scalars(select(HubRow.name).where(HubRow.home == first.home).order_by(HubRow.name))
        hubs[first.home] = tuple(named)
    for row in rows:
        row.state = "sending"
        row.attempts += 1
    notice = _notice(session, first, hubs[first.home])
    if len(rows) > 1:
        notice = replace(
            notice,
            title=f"{first.home}: {len(rows)} things to look at",
            body="\n\n".join(f"{row.title}\n{row.body}" for row in rows),
            alert=None,
            rule=None,
            state=None,
            event_at=None,
            raised_at=None,
        )
    if notice.may_be_repeat:
        notice = replace(notice, title=f"{notice.title} (may be a repeat)", body=f"{notice.body}\n{REPEAT}")
    return Job(tuple(ids), notice, lane(first.channel), max(row.attempts for row in rows))


def _notice(session: Session, row: OutboxRow, hubs: tuple[str, ...]) -> Notice:
    alert = session.get(AlertRow, row.alert)
    return Notice(
        message_id=row.message_id,
        kind=cast("Literal['alert', 'cleared', 'accepted', 'closed', 'digest']", row.kind),
        home=row.home,
        hubs=hubs,
        contact=Contact(row.contact, row.contact_name, (row.channel,), row.language),
        channel=row.channel,
        title=row.title,
        body=row.body,
        priority=cast("Priority", row.priority),
        alert=row.alert,
        step=row.step,
        round=row.round,
        rule=alert.rule if alert else None,
        state=alert.state if alert else None,
        may_be_repeat=row.may_be_repeat,
        event_at=alert.event_at if alert else None,
        raised_at=alert.raised_at if alert else None,
    )


def sent(session: Session, job: Job, now: Instant) -> None:
    """It has been accepted for delivery: a known success is never repeated."""
    for row in _rows(session, job):
        row.state, row.finished_at, row.error = "sent", now, None
        _enter(session, row, "told", now, {})
        alert = session.get(AlertRow, row.alert)
        if alert is not None and alert.first_notified_at is None and row.kind in CALLS:
            alert.first_notified_at = now


def not_sent(session: Session, job: Job, decided: Next, why: str, now: Instant) -> bool:
    """It was not accepted. Whether that leaves a step that reaches nobody, whose alert then is due at once.

    A row that was dropped while it was being sent stays dropped.
    """
    moved_on = False
    for row in _rows(session, job):
        if row.state != "sending":
            continue
        known, row.state, row.due_at, row.error = row.error, decided.state, decided.due_at, why
        row.may_be_repeat = row.may_be_repeat or decided.may_be_repeat
        if decided.state == "failed":
            row.finished_at = now
        if decided.state != "pending" and known != why:
            _enter(session, row, "not told", now, {"why": why})
        moved_on = (decided.state != "pending" and _reaches_nobody(session, row, now)) or moved_on
    return moved_on


def _reaches_nobody(session: Session, row: OutboxRow, now: Instant) -> bool:
    """Make the alert due now when every call of its present step has failed or is blocked."""
    session.flush()
    alert = session.get(AlertRow, row.alert)
    if alert is None or row.kind != "alert" or alert.state not in {AlertState.RAISED, AlertState.CLEARED}:
        return False
    if (row.step, row.round) != (alert.step, alert.round):
        return False
    states = session.scalars(
        select(OutboxRow.state).where(
            OutboxRow.alert == row.alert,
            OutboxRow.kind == row.kind,
            OutboxRow.step == row.step,
            OutboxRow.round == row.round,
        )
    )
    if not all(state in {"failed", "blocked"} for state in states):
        return False
    session.execute(
        update(AlertRow).where(AlertRow.id == alert.id, AlertRow.next_step_at > now).values(next_step_at=now)
    )
    return True


def _rows(session: Session, job: Job) -> Sequence[OutboxRow]:
    return session.scalars(select(OutboxRow).where(OutboxRow.id.in_(job.rows)).order_by(OutboxRow.id)).all()


def _enter(session: Session, row: OutboxRow, what: str, now: Instant, detail: Mapping[str, str]) -> None:
    about = {"contact": row.contact_name, "channel": scheme(row.channel), "kind": row.kind, **detail}
    session.add(TimelineRow(alert=row.alert, at=now, what=what, by="keepwell", detail=about))


def describe(notice: Notice) -> dict[str, Any]:
    """What a log line may say of a message: no text, no name, no address."""
    return {"message_id": notice.message_id, "home": notice.home, "kind": notice.kind,
            "channel": masked(notice.channel)}  # fmt: skip
