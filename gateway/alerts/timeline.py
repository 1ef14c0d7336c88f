"""What an alert's timeline keeps, and how it reads: one sentence an entry."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.alerts.alert import Entry, Message
from gateway.alerts.escalation import Look
from gateway.database.tables import AlertRow, TimelineRow
from gateway.model import Contact, Verdict

KEEPWELL = "keepwell"
SPOKEN = ("raised", "triggered")
_NEWS = {
    "alert": "{contact} was called by {channel}",
    "digest": "{contact} was told by {channel}, in the digest",
    "cleared": "{contact} was told by {channel} that it cleared",
    "accepted": "{contact} was told by {channel} that it was accepted",
    "closed": "{contact} was told by {channel} that it was closed",
}
_SENTENCES = {
    "raised": "Raised with priority {priority}: {explanation}",
    "triggered": "Seen again, with priority {priority}: {explanation}",
    "cleared": "Cleared: {explanation}",
    "accepted": "{by} accepted it",
    "closed": '{by} closed it, outcome "{outcome}"{note}',
    "note": "{by} noted: {text}",
    "not told": "{contact} could not be told by {channel}: {why}",
    "reaches nobody": "Nobody was reached: {why}",
}
_KINDS = {"alert": "the call", "digest": "the digest", "cleared": "the news that it cleared",
          "accepted": "the news that it was accepted", "closed": "the news that it was closed"}  # fmt: skip


# -------------------------------------------------------------------------------------------- what is kept


def seen(verdict: Verdict) -> dict[str, Any]:
    """What a rule concluded. A clear has no priority of its own: it ends the alert's."""
    said: dict[str, Any] = {"at": verdict.at, "explanation": verdict.explanation}
    return said if verdict.kind == "clear" else said | {"priority": verdict.priority}


def who(decided: Look, people: Sequence[Contact]) -> dict[str, Any]:
    """Who was called in which step."""
    return {"step": decided.number, "round": decided.round, "contacts": [contact.name for contact in people]}


def evidence(verdict: Verdict) -> dict[str, Any]:
    """As plain JSON; a value that is none becomes its text, as evidence is no reason to lose an alert."""
    plain: dict[str, Any] = json.loads(json.dumps(verdict.evidence.to_json(), default=str))
    return plain


def spoken(session: Session, row: AlertRow) -> tuple[Instant, Instant]:
    """(of when the present explanation speaks, when the present event was noticed)."""
    entries = session.execute(
        select(TimelineRow.at, TimelineRow.detail)
        .where(TimelineRow.alert == row.id, TimelineRow.what.in_(SPOKEN))
        .order_by(TimelineRow.id)
    ).all()
    if not entries:
        return row.event_at, row.raised_at
    noticed_at = next((at for at, detail in entries if detail.get("at") == row.event_at), row.raised_at)
    return entries[-1].detail.get("at", row.event_at), noticed_at


# -------------------------------------------------------------------------------------------- how it reads


def sentence(entry: Entry) -> str:
    """The entry as a person tells it, without its time."""
    by = "Keepwell" if entry.by == KEEPWELL else entry.by
    if entry.what == "called":
        return _called(entry.detail)
    told = _NEWS.get(str(entry.detail.get("kind")), "{contact} was told by {channel}")
    note = f": {entry.detail['note']}" if entry.detail.get("note") else ""
    words = told if entry.what == "told" else _SENTENCES.get(entry.what, "{by}: {what}")
    text = words.format_map(_Known({**entry.detail, "by": by, "what": entry.what, "note": note}))
    return text if text.endswith((".", "!", "?")) else f"{text}."


def waiting(message: Message) -> str:
    """What has not gone out yet, and why not."""
    what = f"to {message.contact} by {message.channel}, {_KINDS.get(message.kind, 'a message')}"
    if message.state == "sending":
        return f"Going out now {what}."
    why = f" ({message.error})" if message.error else ""
    if message.state == "blocked":
        return f"Waits until a setting is fixed: {what}{why}."
    return f"Still to go out {what}{why}."


def times(number: int) -> str:
    """`once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def listed(names: Sequence[str]) -> str:
    """`Ann`, `Ann and Bob`, `Ann, Bob and Cleo`."""
    if len(names) < 2:
        return "".join(names) or "nobody"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `11th`."""
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


class _Known(dict[str, Any]):
    """Details by name; one that an entry of an older version lacks is a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"


def _called(detail: Mapping[str, Any]) -> str:
    again = f", for the {ordinal(detail['round'])} time round" if detail.get("round", 1) > 1 else ""
    return f"Keepwell calls {listed(detail.get('contacts', ()))}: step {detail.get('step')}{again}."
