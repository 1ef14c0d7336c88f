"""The golden samples: files of messages in the order in which one hub sends them, and what each means.

A file has `about`, `source`, `messages`, and `options` where the hub is set up in a way of its own. A message has
`topic`, one of `payload` (text), `json` and `hex`, `retain` and `received_at` where they matter, and `expect`.
"""

import json
from pathlib import Path
from typing import Any

import devices
from devices.decode import HubDecoder, Options
from devices.instant import parse_rfc3339
from devices.measurement import Message

FILES = sorted((Path(devices.__file__).parent / "samples").glob("*/*.json"))


def messages(path: Path) -> list[dict[str, Any]]:
    """The samples of a file."""
    return list(json.loads(path.read_text())["messages"])


def payload(sample: dict[str, Any]) -> bytes:
    """What was published."""
    if "hex" in sample:
        return bytes.fromhex(sample["hex"])
    return str(sample["payload"] if "payload" in sample else json.dumps(sample["json"], ensure_ascii=False)).encode()


def message(sample: dict[str, Any]) -> Message:
    """The sample as it is handed to the decoder."""
    received_at = sample.get("received_at")
    return Message(
        sample["topic"],
        payload(sample),
        sample.get("retain", False),
        parse_rfc3339(received_at) if received_at else None,
    )


def decoder(path: Path) -> HubDecoder:
    """A decoder of the hub whose messages the file has."""
    options = json.loads(path.read_text()).get("options", {})
    return HubDecoder(Options(**{key: tuple(one) if isinstance(one, list) else one for key, one in options.items()}))
