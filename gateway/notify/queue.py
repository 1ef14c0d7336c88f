"""The outbox as the notifier works it off: each function is one transaction's work."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from devices.instant import Instant, parse_rfc3339
from gateway.database.tables import AlertRow, HomeRow, HubRow, OutboxRow, TimelineRow
from gateway.languages.forms import Reader
from gateway.model import GATEWAY_HOME, AlertState, Contact, Notice, Priority
from gateway.notify.address import lane, masked, scheme
from gateway.notify.answer import Link, no_link, with_link
from gateway.notify.policy import Next
from gateway.notify.together import Bundle, Due, Told, bundles, text
from gateway.speech import fragment, say, sentence

CALLS = ("alert", "digest")
_AT_A_TIME = 500
_CALLING = frozenset({AlertState.RAISED, AlertState.CLEARED, AlertState.ACCEPTED})
"""States in which somebody may be called; who is to take on what another accepted, alone."""


@dataclass(frozen=True, slots=True)
class Job:
    """One message to be sent, for one outbox row or for all that goes out with it: a digest, or one of many homes."""

    rows: tuple[int, ...]
    notice: Notice
    lane: str
    attempts: int
    of_homes: bool = False


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


def claim(session: Session, now: Instant, free: Callable[[str], int], link: Link = no_link) -> Sequence[Job]:
    """Mark due rows `sending`, as many as their lanes have room for, the most urgent first, and give them out.

    What is about equipment goes after what is about people and homes of the same priority. Priority 1 has lanes of its
    own, so that no number of other messages keeps it waiting. `link`: where a call can be answered.
    """
    due = session.execute(
        select(*(getattr(OutboxRow, name) for name in Due.__dataclass_fields__))
        .join(AlertRow, AlertRow.id == OutboxRow.alert)
        .where(OutboxRow.state.in_(("pending", "blocked")), OutboxRow.due_at <= now)
        .order_by(OutboxRow.priority, AlertRow.concerns == "equipment", OutboxRow.due_at, OutboxRow.id)
    )
    room: dict[str, int] = {}
    chosen: list[tuple[str, Bundle]] = []
    for bundle in bundles([Due(*row) for row in due]):
        first = bundle.rows[0]
        name = lane(first.channel) + (" at once" if first.priority == 1 else "")
        room.setdefault(name, free(name))
        if room[name] > 0:
            room[name] -= 1
            chosen.append((name, bundle))
    hubs: dict[str, tuple[str, ...]] = {}
    return [_job(session, bundle, name, hubs, now, link) for name, bundle in chosen]


def _job(
    session: Session, bundle: Bundle, name: str, hubs: dict[str, tuple[str, ...]], now: Instant, link: Link
) -> Job:
    rows = _rows(session, [row.id for row in bundle.rows])
    first = rows[0]
    whole = (bundle.rows[0].part_of or first.id) if bundle.of_homes else None
    for row in rows:
        row.state = "sending"
        row.attempts += 1
        row.part_of = whole
    if first.home not in hubs:
        named = session.scalars(select(HubRow.name).where(HubRow.home == first.home).order_by(HubRow.name))
        hubs[first.home] = tuple(named)
    reader = Reader(ZoneInfo("UTC"), now, first.language)
    notice = _notice(session, first, hubs[first.home])
    if whole is not None:
        notice = with_link(_about_homes(session, notice, rows, whole, now), link, reader)
    elif len(rows) > 1:
        each = [with_link(_notice(session, row, hubs[first.home]), link, reader) for row in rows]
        notice = _about_several(
            notice,
            f"{first.home}: {fragment(say('message.digest', count=len(rows)), reader)}",
            "\n\n".join(f"{one.title}\n{one.body}" for one in each),
        )
    else:
        notice = with_link(notice, link, reader)
    if notice.may_be_repeat:
        mark, repeat = (fragment(say(f"message.{key}"), reader) for key in ("mark_repeat", "repeat"))
        notice = replace(notice, title=f"{notice.title} ({mark})", body=f"{notice.body}\n{sentence(repeat)}")
    return Job(
        tuple(row.id for row in rows), notice, name, max(row.attempts for row in rows), of_homes=whole is not None
    )


def _about_several(notice: Notice, title: str, body: str) -> Notice:
    return replace(notice, title=title, body=body, alert=None, rule=None, state=None, event_at=None, raised_at=None)


def _about_homes(session: Session, notice: Notice, rows: Sequence[OutboxRow], whole: int, now: Instant) -> Notice:
    """One message for many homes. Its identity is that of the row that led it when it was tried first."""
    alerts = {
        alert.id: alert
        for some in _batched([row.alert for row in rows])
        for alert in session.scalars(select(AlertRow).where(AlertRow.id.in_(some)))
    }
    told = [_told(session, row, alerts[row.alert]) for row in rows]
    area = rows[0].gather or ""
    title, body = text(told, notice.kind, area, notice.channel, _zone(session, told[0].home), now,
                       rows[0].language)  # fmt: skip
    led = session.get(OutboxRow, whole)
    return replace(
        _about_several(notice, title, body),
        message_id=led.message_id if led else notice.message_id,
        home=area or "several homes",
        hubs=(),
        priority=cast("Priority", min(row.priority for row in rows)),
    )


def _told(session: Session, row: OutboxRow, alert: AlertRow) -> Told:
    about = session.get(AlertRow, alert.evidence.get("alert", 0)) if row.home == GATEWAY_HOME else alert
    home, rule = (row.home, alert.rule) if about is None else (about.home, about.rule)
    heard = alert.evidence.get("last_heard")
    since = parse_rfc3339(heard) if isinstance(heard, str) else None
    return Told(home, alert.rule, rule, alert.event_at if since is None else since, row.round, row.body,
                alert.accepted_by, alert.outcome)  # fmt: skip


def _zone(session: Session, home: str) -> ZoneInfo:
    try:
        return ZoneInfo(session.scalar(select(HomeRow.time_zone).where(HomeRow.reference == home)) or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _notice(session: Session, row: OutboxRow, hubs: tuple[str, ...]) -> Notice:
    alert = session.get(AlertRow, row.alert)
    return Notice(
        message_id=row.message_id,
        kind=cast("Literal['alert', 'cleared', 'accepted', 'snoozed', 'closed', 'digest']", row.kind),
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
        answer_by=alert.answer_by if alert and row.kind == "alert" and row.step == 0 else None,
    )


def sent(session: Session, job: Job, now: Instant) -> None:
    """It has been accepted for delivery: a known success is never repeated."""
    rows = _rows(session, job.rows)
    about = {"homes": len({row.home for row in rows})} if job.of_homes else {}
    for row in rows:
        row.state, row.finished_at, row.error = "sent", now, None
        _enter(session, row, "told", now, about)
    called = [row.alert for row in rows if row.kind in CALLS]
    for some in _batched(called):
        session.execute(
            update(AlertRow)
            .where(AlertRow.id.in_(some), AlertRow.first_notified_at.is_(None))
            .values(first_notified_at=now)
        )


def not_sent(session: Session, job: Job, decided: Next, why: str, now: Instant) -> bool:
    """It was not accepted. Whether that leaves a step that reaches nobody, whose alert then is due at once.

    A row that was dropped while it was being sent stays dropped.
    """
    moved_on = False
    for row in _rows(session, job.rows):
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
    if alert is None or row.kind != "alert" or alert.state not in _CALLING:
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


def _rows(session: Session, numbers: Sequence[int]) -> Sequence[OutboxRow]:
    return [
        row
        for some in _batched(sorted(numbers))
        for row in session.scalars(select(OutboxRow).where(OutboxRow.id.in_(some)).order_by(OutboxRow.id))
    ]


def _batched(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """A few hundred at a time: a statement may name only so many values."""
    return (numbers[start : start + _AT_A_TIME] for start in range(0, len(numbers), _AT_A_TIME))


def _enter(session: Session, row: OutboxRow, what: str, now: Instant, detail: Mapping[str, Any]) -> None:
    about = {"contact": row.contact_name, "channel": scheme(row.channel), "kind": row.kind, **detail}
    session.add(TimelineRow(alert=row.alert, at=now, what=what, by="keepwell", detail=about))


def describe(notice: Notice) -> dict[str, Any]:
    """What a log line may say of a message: no text, no name, no address."""
    return {"message_id": notice.message_id, "home": notice.home, "kind": notice.kind,
            "channel": masked(notice.channel)}  # fmt: skip
