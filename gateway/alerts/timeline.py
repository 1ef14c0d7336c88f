"""What an alert's timeline keeps, and how it reads: one sentence an entry."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.alerts.alert import Entry, Message
from gateway.database.tables import AlertRow, TimelineRow
from gateway.model import Verdict
from gateway.saying import counted, duration
from gateway.speech import to_json

KEEPWELL = "keepwell"
SPOKEN = ("raised", "triggered", "aged")
_NEWS = {
    "alert": "{contact} was called by {channel}",
    "digest": "{contact} was told by {channel}, in the digest",
    "cleared": "{contact} was told by {channel} that it cleared",
    "accepted": "{contact} was told by {channel} that it was accepted",
    "snoozed": "{contact} was told by {channel} that it was put off",
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
    "asked": "Keepwell asks at home whether all is well, and waits {lasting} for an answer",
    "answered": "Whoever was asked at home pressed the button: all is well",
    "answered late": "The button at home was pressed, too late to stop the calls",
    "handed over": "{by} asks {to} to take it on within {lasting}: {reason}",
    "snoozed": "{by} put it off for {lasting}: {reason}",
    "called again": "The calls begin again: {why}",
    "last resort": "Keepwell calls the last resort: {why}",
    "aged": "Nobody has repaired it for {age}, so it has priority {priority} now",
}
_KINDS = {
    "alert": "the call",
    "digest": "the digest",
    "cleared": "the news that it cleared",
    "accepted": "the news that it was accepted",
    "snoozed": "the news that it was put off",
    "closed": "the news that it was closed",
}


# -------------------------------------------------------------------------------------------- what is kept


def seen(verdict: Verdict) -> dict[str, Any]:
    """What a rule concluded. A clear has no priority of its own: it ends the alert's."""
    said: dict[str, Any] = {"at": verdict.at, "explanation": verdict.explanation}
    return said if verdict.kind == "clear" else said | {"priority": verdict.priority}


def evidence(verdict: Verdict) -> dict[str, Any]:
    """As plain JSON; a value that is none becomes its text, as evidence is no reason to lose an alert."""
    said = {"said": to_json(verdict.said)} if verdict.said else {}
    plain: dict[str, Any] = json.loads(json.dumps(verdict.evidence.to_json() | said, default=str))
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
    lasting = duration(entry.detail.get("until", entry.at) - entry.at)
    age = duration(entry.at - entry.detail.get("since", entry.at))
    known = {**entry.detail, "by": by, "what": entry.what, "note": note, "lasting": lasting, "age": age}
    text = words.format_map(_Known(known))
    if entry.what == "told" and entry.detail.get("homes"):
        text += f", in one message about {counted(entry.detail['homes'], 'home')}"
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
