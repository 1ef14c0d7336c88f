"""`keepwell decode`: what Keepwell makes of MQTT messages, one JSON line in, one JSON line out."""

import base64
import binascii
import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from devices.decode import HubDecoder, split_hub
from devices.instant import parse_rfc3339, rfc3339
from devices.measurement import Decoded, Measurement, Message

Line = dict[str, Any]


def decode() -> None:
    r"""Show what Keepwell reads in MQTT messages given as JSON Lines.

    Each line on standard input is an object such as

        {"topic": "zigbee2mqtt/hall", "payload": "{\"occupancy\": true}"}

    It may have "payload_b64" in place of "payload", "retain": true, and
    "received_at": "2026-01-05T08:30:00Z". Topics may begin with homes/HUB/.
    What a hub told earlier, such as its list of devices, is remembered.

    For each line one line is printed: the measurements found, or why the
    message was rejected or ignored. To watch a broker:

        mosquitto_sub -t '#' -F %j | keepwell decode

    The exit code is always 0.
    """
    try:
        for answer in decode_lines(sys.stdin.buffer):
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def decode_lines(lines: Iterable[bytes | str]) -> Iterator[Line]:
    """The answer to each line, in order; state is kept per hub, and topics without `homes/<hub>/` share one."""
    decoders: dict[str | None, HubDecoder] = {}
    for line in lines:
        read = _read_line(line)
        if isinstance(read, str):
            yield _answer(None, Decoded(None), {"reason": "bad_line", "detail": read})
            continue
        hub, _ = split_hub(read.topic)
        decoder = decoders.get(hub)
        if decoder is None:
            decoder = decoders[hub] = HubDecoder()
        decoded = decoder.decode(read)
        yield _answer(read.topic, decoded, decoded.rejected._asdict() if decoded.rejected else None)


def _read_line(line: bytes | str) -> Message | str:
    """The message of an input line, or what is wrong with the line."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return "the line is not JSON"
    if not isinstance(content, dict):
        return "the line is not a JSON object"
    topic, payload, encoded = content.get("topic"), content.get("payload"), content.get("payload_b64")
    if not isinstance(topic, str):
        return '"topic" is missing or not a text'
    if isinstance(encoded, str):
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return '"payload_b64" is not base64'
    elif isinstance(payload, str):
        data = payload.encode("utf-8", "surrogatepass")
    else:
        return '"payload" or "payload_b64" is missing or not a text'
    received_at = content.get("received_at", content.get("tst"))  # tst: as mosquitto_sub -F %j writes it
    return Message(
        topic,
        data,
        retained=content.get("retain") in (True, 1),
        received_at=parse_rfc3339(received_at) if isinstance(received_at, str) else None,
    )


def _answer(topic: str | None, decoded: Decoded, rejected: dict[str, Any] | None) -> Line:
    return {
        "topic": topic,
        "convention": decoded.convention,
        "measurements": [_plain(measurement) for measurement in decoded.measurements],
        "rejected": rejected,
        "ignored": decoded.ignored,
    }


def _plain(measurement: Measurement) -> Line:
    return {
        "address": measurement.address,
        "quantity": measurement.quantity,
        "value": measurement.value,
        "unit": measurement.unit,
        "at": None if measurement.at is None else rfc3339(measurement.at),
    }
