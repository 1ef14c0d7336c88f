"""An alert as families read it: what happened, why we think so, who knows, and what can be done. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from devices.instant import Instant
from gateway.alerts.alert import Alert, Entry, Message
from gateway.alerts.timeline import KEEPWELL, listed
from gateway.alerts.wording import explained, headline
from gateway.languages.forms import Reader
from gateway.model import AlertState
from gateway.saying import clock_time, counted
from gateway.speech import from_json, sentence

CALLING = "I am calling"
"""The note of whoever takes it on by telephone."""
ENDINGS: Mapping[str, str] = {
    "genuine": "help was needed",
    "false": "it was a false alarm",
    "test": "it was a test",
    "no one reached": "no one was reached",
    "other": "it was something else",
}
_CALLS = ("alert", "digest")
_WAYS = {"mailto": "e-mail", "mailtos": "e-mail", "tgram": "Telegram", "pover": "Pushover", "ntfy": "ntfy",
         "ntfys": "ntfy", "console": "the screen of who runs Keepwell"}  # fmt: skip
_AT_HOME = "announce"
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_STEPS: Mapping[str, str] = {
    "raised": "It was raised.",
    "triggered": "It was seen again.",
    "cleared": "The sensors say that it is over.",
    "accepted": "{by} accepted it.",
    "asked": "Keepwell asked at home whether all is well.",
    "answered": "Whoever was asked at home pressed the button: all is well.",
    "answered late": "The button at home was pressed, too late to stop the calls.",
    "handed over": "{by} asked {to} to take it on.",
    "snoozed": "{by} put it off.",
    "called again": "The calls began again.",
    "closed": "{by} ended it: {ending}.",
}
"""Of what others write in words of their own, nothing is shown here but that somebody calls."""

Answer = Literal["accept", "calling", "well"]


@dataclass(frozen=True, slots=True)
class Told:
    """One contact and how far their calls have got; `at` where one got there."""

    name: str
    how: str
    at: Instant | None


@dataclass(frozen=True, slots=True)
class Concern:
    """`kind` and `badge` are its state in a word, `state` in a sentence or two; `can` what may be answered now."""

    alert: Alert
    what: str
    happened: str
    why: Sequence[str]
    told: Sequence[Told]
    steps: Sequence[tuple[Instant, str]]
    kind: str
    badge: str
    state: str
    can: Collection[Answer]

    @property
    def test(self) -> bool:
        """Whether nobody needs help: somebody tries whether calls come through."""
        return bool(self.alert.evidence.get("test"))

    @property
    def open(self) -> bool:
        """Whether nobody has ended it."""
        return self.alert.state is not AlertState.CLOSED

    @property
    def about_people(self) -> bool:
        """Or about the home or its equipment."""
        return self.alert.concerns == "person"


def concern(
    alert: Alert, entries: Sequence[Entry], messages: Sequence[Message], zone: ZoneInfo, now: Instant, me: str
) -> Concern:
    """The alert for the contact of the name `me`."""
    happened, why = _explained(alert, zone, now)
    kind, badge, state = standing(alert, entries, zone, now, me)
    what = headline(alert)
    return Concern(
        alert=alert,
        what=what[:1].upper() + what[1:],
        happened=happened,
        why=why,
        told=_told(messages, zone, now),
        steps=[(entry.at, text) for entry in entries if (text := _step(entry)) is not None],
        kind=kind,
        badge=badge,
        state=state,
        can=_can(alert, me),
    )


def standing(alert: Alert, entries: Sequence[Entry], zone: ZoneInfo, now: Instant, me: str) -> tuple[str, str, str]:
    """(kind of badge, its words, a sentence or two): how far it has come."""

    def at(moment: Instant | None) -> str:
        return "a time that is not known" if moment is None else clock_time(moment, now, zone)

    if alert.state is AlertState.CLOSED:
        by = next((one.by for one in reversed(entries) if one.what == "closed"), KEEPWELL)
        who, ending = ("Keepwell", "nothing more was seen") if by == KEEPWELL else (by, _ending(alert.outcome))
        return "good", "ended", f"{who} ended this at {at(alert.closed_at)}: {ending}. You need do nothing."
    if alert.state is AlertState.SNOOZED:
        by = next((one.by for one in reversed(entries) if one.what == "snoozed"), "Somebody")
        told = f"{by} has put this off until {at(alert.snoozed_until)}."
        return "info", "put off", f"{told} Unless it gets worse, nobody is called before then."
    if alert.state is AlertState.ACCEPTED:
        return _accepted(alert, at(alert.accepted_at), at(alert.next_step_at) if alert.next_step_at else "", me)
    if alert.state is AlertState.CLEARED:
        over = f"The sensors say since {at(alert.cleared_at)} that this is over."
        by = "" if alert.accepted_at is None else f" {alert.accepted_by} accepted it at {at(alert.accepted_at)}."
        wait = " Nobody has accepted it yet, so we go on calling." if alert.calling else " You need do nothing."
        return ("warn" if alert.calling else "good"), "over", over + by + wait
    if alert.step == 0 and alert.answer_by is not None and alert.answer_by > now:
        asked = f"We are asking at home whether all is well, until {at(alert.answer_by)}. Then we call people."
        return "warn", "asking at home", asked
    waits = alert.next_step_at is not None and alert.next_step_at > now
    further = f" If nobody does by {at(alert.next_step_at)}, we go on calling." if waits else ""
    kind = {1: "alarm", 2: "alarm", 3: "warn"}.get(alert.priority, "info")
    return kind, "not accepted yet", f"Nobody has accepted this yet.{further}"


def _accepted(alert: Alert, at: str, again: str, me: str) -> tuple[str, str, str]:
    """`again`: when the calls begin again if nobody ends it, empty for never."""
    if alert.handed_to == me:
        return "warn", "asked of you", f"{alert.accepted_by} asks you to take this on. Please accept it."
    if alert.handed_to:
        return "warn", "asked", f"{alert.accepted_by} has asked {alert.handed_to} to take this on."
    if alert.accepted_by == me:
        until = (
            f" until {again}. Say before then how it ended, or we call again" if again else ". Say below how it ended"
        )
        return "info", "yours", f"You accepted this at {at}, so nobody else is called{until}."
    told = f"{alert.accepted_by} accepted this at {at}; you need do nothing. If you know how it ended, say so below."
    return "info", "accepted", f"{told} If nobody does by {again}, we call again." if again else told


def _can(alert: Alert, me: str) -> Collection[Answer]:
    if alert.state is AlertState.CLOSED:
        return ()
    taken = alert.state is not AlertState.SNOOZED and alert.accepted_by is not None
    if alert.state is AlertState.ACCEPTED and alert.handed_to == me:
        taken = False
    return ("calling", "well") if taken else ("accept", "calling", "well")


# ------------------------------------------------------------------------------------------------ words


def _explained(alert: Alert, zone: ZoneInfo, now: Instant) -> tuple[str, Sequence[str]]:
    """What happened, in a sentence; and in others what that rests on."""
    text = explained(alert.explanation, from_json(alert.evidence.get("said")), Reader(zone, now))
    sentences = [one for one in _SENTENCES.split(text) if one]
    happened, why = (sentences[0], sentences[1:]) if sentences else (sentence(headline(alert)), [])
    total, silent = alert.evidence.get("sensors_total"), alert.evidence.get("silent") or ()
    if total and silent:
        why = [*why, f"We cannot see everything: {len(silent)} of {counted(total, 'sensor')} cannot be heard."]
    return happened, why


def _told(messages: Sequence[Message], zone: ZoneInfo, now: Instant) -> Sequence[Told]:
    """Everybody whom its calls are for, in order."""
    of: dict[str, list[Message]] = {}
    for message in messages:
        if message.kind in _CALLS and message.channel not in {_AT_HOME, "mqtt"}:
            of.setdefault(message.contact, []).append(message)
    return [told for name, some in of.items() if (told := _reached(name, some, zone, now)) is not None]


def _reached(name: str, messages: Sequence[Message], zone: ZoneInfo, now: Instant) -> Told | None:
    sent = [one for one in messages if one.state == "sent" and one.finished_at is not None]
    if sent:
        first = min(one.finished_at or now for one in sent)
        ways = listed(list(dict.fromkeys(_WAYS.get(one.channel, "a message") for one in sent)))
        return Told(name, f"at {clock_time(first, now, zone)} by {ways}", first)
    waiting = [one for one in messages if one.state in {"pending", "sending"}]
    if waiting:
        due = min(one.due_at for one in waiting)
        return Told(name, "is being told now" if due <= now else f"will be told at {clock_time(due, now, zone)}", None)
    if any(one.state in {"failed", "blocked"} for one in messages):
        return Told(name, "could not be reached", None)
    return None


def _step(entry: Entry) -> str | None:
    if entry.what == "note":
        return f"{entry.by} is calling." if entry.detail.get("text") == CALLING else None
    text = _STEPS.get(entry.what)
    if text is None:
        return None
    if entry.what == "closed" and entry.by == KEEPWELL:
        return "Keepwell ended it, as nothing more was seen."
    return text.format(by=entry.by, to=entry.detail.get("to", "somebody"), ending=_ending(entry.detail.get("outcome")))


def _ending(outcome: object) -> str:
    return ENDINGS.get(str(outcome), "it was not said what it was")
