"""`keepwell decode`: what Keepwell makes of MQTT messages, one JSON line in, one JSON line out."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from devices.convention import Options
from devices.decode import HubDecoder, split_hub
from devices.instant import rfc3339
from devices.measurement import Decoded, Measurement
from gateway.cli.capture import read_line
from gateway.cli.hub_options import OptionsOption, read_options

Line = dict[str, Any]


def decode(options: OptionsOption = None) -> None:
    r"""Show what Keepwell reads in MQTT messages given as JSON Lines.

    Each line on standard input is an object such as

        {"topic": "zigbee2mqtt/hall", "payload": "{\"occupancy\": true}"}

    It may have "payload_b64" in place of "payload", "retain": true, and
    "received_at": "2026-01-05T08:30:00Z". Topics may begin with homes/HUB/.
    What a hub told earlier, such as its list of devices, is remembered.

    For each line one line is printed: the measurements found, or why the
    message was rejected or ignored. To watch a broker:

        mosquitto_sub -t '#' -F %j | keepwell decode

    The exit code is always 0. To have a capture told in words, with the
    devices that are in it: keepwell devices explain FILE
    """
    hub_options = read_options(options).to_options()
    try:
        for answer in decode_lines(sys.stdin.buffer, hub_options):
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def decode_lines(lines: Iterable[bytes | str], options: Options | None = None) -> Iterator[Line]:
    """The answer to each line, in order; state is kept per hub, and topics without `homes/<hub>/` share one."""
    decoders: dict[str | None, HubDecoder] = {}
    for line in lines:
        read = read_line(line)
        if isinstance(read, str):
            yield _answer(None, Decoded(None), {"reason": "bad_line", "detail": read})
            continue
        hub, _ = split_hub(read.topic)
        decoder = decoders.get(hub)
        if decoder is None:
            decoder = decoders[hub] = HubDecoder(options)
        decoded = decoder.decode(read)
        yield answer_of(read.topic, decoded)


def answer_of(topic: str, decoded: Decoded) -> Line:
    """What a message means, as JSON."""
    return _answer(topic, decoded, decoded.rejected._asdict() if decoded.rejected else None)


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
