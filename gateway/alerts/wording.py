"""What people read, in their language: plain, kind words about what was seen. Pure.

A home is named by its reference, nobody by name except contacts who were told or acted; nothing here says what might
be wrong with anybody. The texts stand in gateway/languages.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from devices.instant import MINUTE, Instant
from gateway.alerts.alert import Alert
from gateway.alerts.causes import OF_TROUBLES
from gateway.languages import FIRST, tables
from gateway.languages.forms import Reader
from gateway.speech import Phrase, fragment, from_json, is_known, say, sentence, worded

LATE_AFTER = 2 * MINUTE
_NOTICED_LATE_AFTER = 5 * MINUTE
_WITH_A_COMMAND_LINE = frozenset({"console", "mqtt", "list"})
_HAZARDS = ("smoke", "heat_alarm", "co", "gas", "leak", "fall")


@dataclass(frozen=True, slots=True)
class Text:
    """A title that says it all, and a body that says more."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call as one reader gets it: by `channel`, in escalation step `step`, after the people `told` before.

    The explanation was true at `explained_at`; that the event had come was noticed at `noticed_at`.
    """

    step: int
    explained_at: Instant
    noticed_at: Instant
    told: tuple[str, ...]
    channel: str


def headline(alert: Alert, language: str = FIRST) -> str:
    """The concern in a few words, such as `pendant pressed`."""
    return fragment(_headline(alert), Reader(ZoneInfo("UTC"), 0, language))


def raised(alert: Alert, call: Call, zone: ZoneInfo, now: Instant, language: str = FIRST) -> Text:
    """The call for help: what, when, who has been told, and what to do."""
    reader = Reader(zone, now, language)
    late = _late(alert, call)
    marks = [*_again(alert), *([say("message.mark_delayed", by=late[0])] if late else []), *_possible_repeat(alert)]
    said = from_json(alert.evidence.get("said"))
    lines = [explained(alert.explanation, said, reader)]
    repeated = call.step > 1 or alert.round > 1
    stale = repeated and now - call.explained_at > LATE_AFTER
    after = []
    if stale:
        after.append(say("message.was_so", at=call.explained_at, ago=now - call.explained_at))
    if late:
        after.append(say(f"message.{late[1]}", event=alert.event_at, at=late[2]))
    elif not stale or call.explained_at != alert.event_at:
        after.append(say("message.event", event=alert.event_at))
    if _possible_repeat(alert):
        after.append(say("message.check_all_the_same"))
    after += _sensors(alert)
    if call.told:
        after.append(say("message.told_before", names=", ".join(call.told)))
    lines += [worded([one], zone, now, language) for one in after]
    return Text(_title(alert, reader, marks=marks), "\n".join([*lines, _answer(alert, call.channel, reader)]))


def accepted(alert: Alert, zone: ZoneInfo, now: Instant, language: str = FIRST) -> Text:
    """Somebody has taken it on."""
    reader = Reader(zone, now, language)
    told = say("message.accepted_by", by=alert.accepted_by, at=alert.accepted_at or now)
    return Text(_title(alert, reader, "accepted"), worded([told, say("message.no_more_calls")], zone, now, language))


def cleared(
    alert: Alert,
    zone: ZoneInfo,
    now: Instant,
    explanation: str,
    language: str = FIRST,
    *,
    said: Iterable[Phrase] = (),
) -> Text:
    """The sensors say that it is over. `said`: what `explanation` says in English."""
    reader = Reader(zone, now, language)
    lines = [
        explained(explanation, tuple(said), reader),
        worded([say("message.cleared_at", at=alert.cleared_at or now)], zone, now, language),
    ]
    if alert.calling:
        lines.append(worded([say("message.still_calling")], zone, now, language))
    return Text(_title(alert, reader, "cleared"), "\n".join(lines))


def closed(alert: Alert, zone: ZoneInfo, now: Instant, by: str, language: str = FIRST) -> Text:
    """A person has ended it."""
    reader = Reader(zone, now, language)
    told = say("message.closed_by", by=by, at=alert.closed_at or now)
    outcome = say(f"outcome.{str(alert.outcome).replace(' ', '_')}")
    return Text(_title(alert, reader, "closed"), worded([told, outcome], zone, now, language))


def ended(alert: Alert, zone: ZoneInfo, now: Instant, why: str, language: str = FIRST) -> Text:
    """Keepwell has ended it, as nothing could clear it any more. `why` is a text of the table `ended`, in English."""
    reader = Reader(zone, now, language)
    reason = next((say(f"ended.{name}") for name, text in tables(FIRST)["ended"].items() if text == why), None)
    words = why if reason is None else fragment(reason, reader)
    told = say("message.ended", at=alert.closed_at or now, why=words)
    return Text(
        _title(alert, reader, "closed"), worded([told, say("message.no_more_calls_at_all")], zone, now, language)
    )


def explained(explanation: str, said: tuple[Phrase, ...], reader: Reader) -> str:
    """What was `said`, as this reader understands it now; the English `explanation` where there are no phrases."""
    if said and all(is_known(one) for one in said):
        return " ".join(sentence(fragment(one, reader)) for one in said)
    return explanation


def _headline(alert: Alert) -> Phrase:
    parts = alert.subject.replace(":", " ").replace("/", " ").split()
    key = alert.rule
    if alert.rule == "hazard":
        key = next((f"hazard_{quantity}" for quantity in _HAZARDS if quantity in parts), key)
    elif alert.rule == "temperature" and parts[-1:] in (["low"], ["high"]):
        key = f"temperature_{parts[-1]}"
    title = say(f"title.{key}")
    return title if is_known(title) else say("title.of_its_own", words=alert.rule.replace("_", " "))


def _title(alert: Alert, reader: Reader, state: str | None = None, marks: Iterable[Phrase] = ()) -> str:
    """Such as `ELM-12: pendant pressed (2 times now)`, `ELM-12: cleared, pendant pressed`, `TEST ELM-12: closed, …`."""
    words = [fragment(one, reader) for one in ([say(f"message.{state}")] if state else []) + [_headline(alert)]]
    marked = ", ".join(fragment(mark, reader) for mark in marks)
    test = fragment(say("test.title"), reader) + " " if alert.evidence.get("test") else ""
    return f"{test}{alert.home}: {', '.join(words)}" + (f" ({marked})" if marked else "")


def _again(alert: Alert) -> list[Phrase]:
    if alert.occurrences > 1:
        return [say("message.mark_again", count=alert.occurrences)]
    return [say("message.mark_waiting")] if alert.round > 1 else []


def _late(alert: Alert, call: Call) -> tuple[int, str, Instant] | None:
    """(by how much, how it was late, when it came), or None when we knew in good time.

    A trouble of ours is told once it has lasted, and says itself since when.
    """
    received_at = alert.received_at or alert.event_at
    if received_at - alert.event_at > LATE_AFTER:
        return received_at - alert.event_at, "reached_us_late", received_at
    if alert.rule in OF_TROUBLES:
        return None
    if call.noticed_at - alert.event_at > _NOTICED_LATE_AFTER:
        return call.noticed_at - alert.event_at, "noticed_late", call.noticed_at
    return None


def _answer(alert: Alert, channel: str, reader: Reader) -> str:
    if channel.partition(":")[0].lower() in _WITH_A_COMMAND_LINE:
        return fragment(say("message.accept_with", command=f"keepwell alerts accept {alert.id} --by NAME"), reader)
    return sentence(fragment(say("message.tell_the_team"), reader))


def _possible_repeat(alert: Alert) -> list[Phrase]:
    return [say("message.mark_repeat")] if alert.evidence.get("possible_repeat") else []


def _sensors(alert: Alert) -> list[Phrase]:
    total = alert.evidence.get("sensors_total")
    silent = alert.evidence.get("silent") or ()
    return [say("message.not_all_seen", count=len(silent), total=total)] if total and silent else []
