"""Captured MQTT messages, a line each: JSON Lines, or what mosquitto_sub prints.

`mosquitto_sub -F %j` writes JSON with a time such as `2026-01-05T09:30:00.000000Z+0100`, which is local time with its
offset and a Z too many; `-v` beside it changes nothing. With `-F %J` the payload is JSON inside the JSON. `-v` alone
writes topic, space and payload. (Tried with Mosquitto 2.0.)
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from devices.instant import Instant, parse_rfc3339
from devices.measurement import Message

LONGEST = 64 * 1024 * 1024
"""Bytes of a line; longer ones are passed over."""
_ONE_Z_TOO_MANY = re.compile(r"Z(?=[+-]\d\d:?\d\d$)")
_TOPIC_AND_JSON = re.compile(r"([^\[{]{1,1024}?) ([\[{].*)", re.DOTALL)
_EMPTY = "(null)"
"""What mosquitto_sub -v writes for an empty payload."""


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream, one at a time, whatever its size; of one that is too long an empty line is left."""
    while line := stream.readline(LONGEST):
        if len(line) < LONGEST or line.endswith(b"\n"):
            yield line
            continue
        while (rest := stream.readline(LONGEST)) and not rest.endswith(b"\n"):
            pass
        yield b""


def read_line(line: bytes | str) -> Message | str:
    """The message of a JSON line, or what is wrong with the line."""
    text, valid = _text(line)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return "the line is not JSON"
    if not isinstance(content, dict):
        return "the line is not a JSON object"
    return _message(content, valid=valid)


def read_captured(line: bytes | str) -> Message | str:
    """As `read_line`, and what else mosquitto_sub writes: JSON within JSON, a topic before it, topic and payload."""
    text, valid = _text(line)
    text = text.strip("\r\n")
    content = _object(text)
    if content is not None:
        return _message(content, valid=valid, nested=True)
    split = _TOPIC_AND_JSON.fullmatch(text)
    if split is not None:
        content = _object(split[2])
        if content is not None and "topic" in content and "payload" in content:
            return _message(content, valid=valid, nested=True)
        if content is not None or _is_json(split[2]):
            return Message(split[1], _bytes(split[2], valid=valid))
    topic, _, payload = text.partition(" ")
    if "/" not in topic or topic.startswith(("{", "[")):
        return "the line is neither JSON nor a topic with its payload"
    return Message(topic, b"" if payload == _EMPTY else _bytes(payload, valid=valid))


def _message(content: dict[str, Any], *, valid: bool, nested: bool = False) -> Message | str:
    topic, payload, encoded = content.get("topic"), content.get("payload"), content.get("payload_b64")
    if not isinstance(topic, str):
        return '"topic" is missing or not a text'
    if isinstance(encoded, str):
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return '"payload_b64" is not base64'
    elif isinstance(payload, str):
        data = _bytes(payload, valid=valid)
    elif nested and "payload" in content:
        data = b"" if payload is None else json.dumps(payload).encode()
    else:
        return '"payload" or "payload_b64" is missing or not a text'
    if payload == "" and isinstance(size := content.get("payloadlen"), int) and size > 0:
        return "the payload begins with a zero byte, and mosquitto_sub leaves out what follows one"
    return Message(topic, data, content.get("retain") in (True, 1), _received_at(content))


def _received_at(content: dict[str, Any]) -> Instant | None:
    text = content.get("received_at", content.get("tst"))  # tst: as mosquitto_sub -F %j writes it
    return parse_rfc3339(_ONE_Z_TOO_MANY.sub("", text)) if isinstance(text, str) else None


def _text(line: bytes | str) -> tuple[str, bool]:
    """The line as text, and whether it was UTF-8: where not, its bytes stand in it as Python escapes them."""
    if isinstance(line, str):
        return line, True
    try:
        return line.decode(), True
    except UnicodeDecodeError:
        return line.decode(errors="surrogateescape"), False


def _bytes(text: str, *, valid: bool) -> bytes:
    if not valid:
        try:
            return text.encode(errors="surrogateescape")
        except UnicodeEncodeError:
            pass
    return text.encode("utf-8", "surrogatepass")


def _object(text: str) -> dict[str, Any] | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
