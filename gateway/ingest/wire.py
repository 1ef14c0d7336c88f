"""MQTT 3.1.1 and 5 as bytes, as far as a subscriber needs it. Pure: no socket, no clock.

Sources: OASIS MQTT 3.1.1 and 5.0, chapters 2 and 3. We subscribe at QoS 1,
but a kept session may still hold QoS 2 messages of one who had it before us; those are answered in their own way.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple


class Kind(IntEnum):
    """The packet type, the upper half of the first byte."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREL = 6
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14


class Malformed(Exception):  # noqa: N818 - names what the bytes are
    """The other side sent what is not MQTT; the connection cannot go on."""


class Packet(NamedTuple):
    """One PUBLISH as it came over the wire. `topic` is None when it is not valid UTF-8."""

    topic: str | None
    payload: bytes
    qos: int
    retained: bool
    dup: bool
    mid: int


class Connected(NamedTuple):
    """CONNACK. `session_expiry_s` and `keepalive_s` are what an MQTT 5 broker put in place of ours."""

    present: bool
    code: int
    session_expiry_s: int | None = None
    keepalive_s: int | None = None


PING = b"\xc0\x00"

_SIZES = {0x01: 1, 0x02: 4, 0x11: 4, 0x13: 2, 0x17: 1, 0x18: 4, 0x19: 1, 0x21: 2, 0x22: 2, 0x23: 2, 0x24: 1, 0x25: 1,
          0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1}  # fmt: skip
_TEXTS = frozenset({0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F})
_PAIR, _NUMBER = 0x26, 0x0B
"""Properties by identifier (MQTT 5, table 2-4): those of a fixed size, texts and binary data, the others."""


# ------------------------------------------------------------------------------------------------ what we send


def connect(
    client_id: str,
    *,
    level: int,
    clean: bool,
    keepalive_s: int,
    session_expiry_s: int,
    username: str | None,
    password: str | None,
) -> bytes:
    """CONNECT; `level` 4 is MQTT 3.1.1, 5 is MQTT 5. `clean`: clean_session or clean_start."""
    flags = (clean << 1) | ((password is not None) << 6) | ((username is not None) << 7)
    head = _text("MQTT") + bytes((level, flags)) + keepalive_s.to_bytes(2, "big")
    if level == 5:
        properties = b"\x11" + session_expiry_s.to_bytes(4, "big")
        head += _length(len(properties)) + properties
    login = [text for text in (username, password) if text is not None]
    return _packet(Kind.CONNECT << 4, head + _text(client_id) + b"".join(_text(text) for text in login))


def subscribe(mid: int, filters: Sequence[str], *, level: int) -> bytes:
    """SUBSCRIBE to all filters at exactly QoS 1."""
    body = b"".join(_text(one) + b"\x01" for one in filters)
    return _packet((Kind.SUBSCRIBE << 4) | 2, _identified(mid, level) + body)


def unsubscribe(mid: int, filters: Sequence[str], *, level: int) -> bytes:
    """UNSUBSCRIBE."""
    return _packet((Kind.UNSUBSCRIBE << 4) | 2, _identified(mid, level) + b"".join(_text(one) for one in filters))


def publish(mid: int, topic: str, payload: bytes, *, level: int) -> bytes:
    """PUBLISH at QoS 1."""
    none = b"\x00" if level == 5 else b""
    return _packet((Kind.PUBLISH << 4) | 2, _text(topic) + mid.to_bytes(2, "big") + none + payload)


def acknowledge(mid: int, qos: int = 1) -> bytes:
    """PUBACK, or PUBREC for a message of QoS 2: success."""
    return (b"\x40\x02" if qos == 1 else b"\x50\x02") + mid.to_bytes(2, "big")


def complete(mid: bytes) -> bytes:
    """PUBCOMP, the answer to PUBREL, which ends a delivery of QoS 2."""
    return b"\x70\x02" + mid


def disconnect(*, level: int) -> bytes:
    """DISCONNECT; the session stays as CONNECT asked."""
    return b"\xe0\x02\x00\x00" if level == 5 else b"\xe0\x00"


def _packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + _length(len(body)) + body


def _identified(mid: int, level: int) -> bytes:
    return mid.to_bytes(2, "big") + (b"\x00" if level == 5 else b"")


def _text(text: str) -> bytes:
    raw = text.encode()
    if len(raw) > 0xFFFF:
        raise ValueError(f"a text of {len(raw)} bytes does not fit into MQTT: 65,535 at most")
    return len(raw).to_bytes(2, "big") + raw


def _length(number: int) -> bytes:
    """A variable byte integer."""
    out = bytearray()
    while True:
        number, low = divmod(number, 128)
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


# ------------------------------------------------------------------------------------------------ what we are sent


def bounds(data: bytes, start: int) -> tuple[int, int] | None:
    """Where the body of the packet at `start` begins and ends; None while its length has not arrived whole.

    The end may lie beyond the data. Raises Malformed.
    """
    length = shift = 0
    for position in range(start + 1, min(start + 5, len(data))):
        byte = data[position]
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            return position + 1, position + 1 + length
        shift += 7
    if len(data) - start >= 5:
        raise Malformed("a remaining length of more than four bytes")
    return None


def published(first: int, data: bytes, start: int, stop: int, *, level: int) -> Packet:
    """The PUBLISH whose body is data[start:stop]. Raises Malformed."""
    topic_end = start + 2 + ((data[start] << 8) | data[start + 1]) if stop - start >= 2 else stop + 1
    qos = (first >> 1) & 3
    at, mid = topic_end, 0
    if qos == 3:
        raise Malformed("a QoS of 3")
    if qos:
        at += 2
        mid = (data[topic_end] << 8) | data[topic_end + 1] if at <= stop else 0
    if level == 5 and at < stop:
        length, at = _varint(data, at, stop)
        at += length
    if at > stop:
        raise Malformed("a PUBLISH shorter than its parts")
    raw = data[start + 2 : topic_end]
    try:
        topic: str | None = raw.decode()
    except UnicodeDecodeError:
        topic = None
    return Packet(topic, data[at:stop], qos, bool(first & 1), bool(first & 8), mid)


def connected(body: bytes, *, level: int) -> Connected:
    """CONNACK. Raises Malformed."""
    if len(body) < 2:
        raise Malformed("a CONNACK of less than two bytes")
    found = _properties(body, 2) if level == 5 and len(body) > 2 else {}
    return Connected(bool(body[0] & 1), body[1], found.get(0x11), found.get(0x13))


def granted(body: bytes, *, level: int) -> tuple[int, list[int]]:
    """The packet identifier of a SUBACK or UNSUBACK, and its codes. Raises Malformed."""
    if len(body) < 2:
        raise Malformed("an answer without its identifier")
    at = 2
    if level == 5:
        length, at = _varint(body, at, len(body))
        at += length
    return int.from_bytes(body[:2], "big"), list(body[at:])


def farewell(body: bytes) -> int:
    """The reason code of an MQTT 5 DISCONNECT."""
    return body[0] if body else 0


def _varint(data: bytes, at: int, stop: int) -> tuple[int, int]:
    value = shift = 0
    for position in range(at, min(at + 4, stop)):
        byte = data[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position + 1
        shift += 7
    raise Malformed("a length that does not end")


def _properties(data: bytes, at: int) -> dict[int, int]:
    """The numbers among the properties that begin at `at`, by identifier."""
    length, at = _varint(data, at, len(data))
    stop = at + length
    if stop > len(data):
        raise Malformed("properties longer than their packet")
    found: dict[int, int] = {}
    while at < stop:
        identifier, at = data[at], at + 1
        if identifier in _SIZES:
            found[identifier] = int.from_bytes(data[at : at + _SIZES[identifier]], "big")
            at += _SIZES[identifier]
        elif identifier in _TEXTS:
            at += 2 + int.from_bytes(data[at : at + 2], "big")
        elif identifier == _PAIR:
            at += 2 + int.from_bytes(data[at : at + 2], "big")
            at += 2 + int.from_bytes(data[at : at + 2], "big")
        elif identifier == _NUMBER:
            _, at = _varint(data, at, stop)
        else:
            raise Malformed(f"a property {identifier:#x} that there is not")
    return found
