"""Readings and their neighbours as database rows."""

from collections.abc import Sequence
from typing import Any

from devices.measurement import Measurement, Value
from gateway.journal.limits import PAYLOAD_KEPT
from gateway.model import Delivery, Flag, Journaled, Lesson, Quarantined, Reading, Waiting
from gateway.multirow import Row

ENTRY = (
    "home",
    "hub",
    "device",
    "room",
    "role",
    "quantity",
    "value",
    "at",
    "received_at",
    "flags",
    "since",
    "identity",
)
QUARANTINED = ("hub", "topic", "convention", "reason", "detail", "size", "digest", "received_at", "payload")
WAITING = ("hub", "address", "quantity", "value", "at", "identity", "received_at", "flags")
LESSON = ("hub", "name", "topic", "payload")
SIGHTING = ("hub", "address", "quantities", "first_heard", "last_heard", "count", "name", "maker", "model")


def value_text(value: Value) -> str:
    """The value as kept: type and every bit of it survive."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return '"' + clean(value) if isinstance(value, str) else repr(float(value))


def value_of(text: str) -> Value:
    """The value that `value_text` wrote."""
    if text[0] == '"':
        return text[1:]
    return text == "true" if text in {"true", "false"} else float(text)


def clean(text: str) -> str:
    """The text, with a question mark for what UTF-8 cannot say (half a surrogate pair, from a JSON escape)."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


def _clean(text: str | None) -> str | None:
    return None if text is None else clean(text)


def entry_row(reading: Reading) -> Row:
    """A reading as a row of ENTRY."""
    return (
        reading.home, reading.hub, clean(reading.device), reading.room, reading.role, reading.quantity,
        value_text(reading.value), reading.at, reading.received_at, int(reading.flags), reading.since,
        _clean(reading.identity),
    )  # fmt: skip


_FLAGS = {number: Flag(number) for number in range(2 * max(Flag))}


def journaled(row: Sequence[Any]) -> Journaled:
    """An offset followed by a row of ENTRY, as an entry."""
    offset, home, hub, device, room, role, quantity, value, at, received_at, flags, since, identity = row
    return Journaled(
        offset,
        Reading(home, hub, device, room, role, quantity, value_of(value), at, received_at,
                _FLAGS[flags] if flags in _FLAGS else Flag(flags), since, identity),
    )  # fmt: skip


def delivery_row(delivery: Delivery) -> Row:
    """A delivery as (session, mid, digest)."""
    return delivery.session, delivery.mid, delivery.digest


def quarantined_row(message: Quarantined) -> Row:
    """A message that could not be read as a row of QUARANTINED; of a long payload its beginning."""
    payload = None if message.payload is None else message.payload[:PAYLOAD_KEPT]
    return (
        _clean(message.hub), clean(message.topic), message.convention, message.reason, clean(message.detail),
        message.size, message.digest, message.received_at, payload,
    )  # fmt: skip


def waiting_row(waiting: Waiting) -> Row:
    """A waiting measurement as a row of WAITING."""
    said = waiting.measurement
    return (
        waiting.hub, clean(said.address), said.quantity, value_text(said.value), said.at, _clean(said.identity),
        waiting.received_at, int(waiting.flags),
    )  # fmt: skip


def waiting_of(row: Sequence[Any]) -> Waiting:
    """An id followed by a row of WAITING."""
    number, hub, address, quantity, value, at, identity, received_at, flags = row
    known = Flag(flags)
    said = Measurement(address, quantity, value_of(value), at, identity, momentary=Flag.MOMENTARY in known)
    return Waiting(hub, said, received_at, known, id=number)


def lesson_row(lesson: Lesson) -> Row:
    """A lesson as a row of LESSON."""
    return clean(lesson.hub), clean(lesson.name), clean(lesson.topic), lesson.payload
