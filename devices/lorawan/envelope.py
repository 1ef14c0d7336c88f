"""What both network servers say of a device and its frame, in one form."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from devices.instant import Instant
from devices.values import CONTROL, NUMBERS, number

NAME_LIMIT = 64
_GATEWAYS_LIMIT = 64
_FRAME_LIMIT = 512
_EUI = re.compile(r"[0-9a-fA-F]{16}")
_GROUPED = re.compile(r"[0-9a-fA-F]{2}(?:[-:][0-9a-fA-F]{2}){7}")


class Identity(NamedTuple):
    """Names of a device: its own, its maker's and its model, as the network server has them."""

    name: str | None = None
    maker: str | None = None
    model: str | None = None


class Uplink(NamedTuple):
    """A frame of a device. `heard_at` is when the network heard it, believable or not.

    `session` (the device's address on the network) and `frame` (its count) name it, `data` are its bytes as text,
    `token` is the server's own id of it. `content` is what the codec made of it, None without a codec; `standard` The
    Things Stack's normalised payload. `battery` is what the server knows of that besides, in per cent, with its time.
    """

    eui: str
    identity: Identity
    session: str | None
    frame: int
    data: str | None
    token: str | None
    heard_at: Instant | None
    rssi: float | None
    content: Mapping[str, Any] | None
    standard: Any = None
    battery: tuple[float, Instant | None] | None = None


class Joined(NamedTuple):
    """A device that joined the network: its frames are counted from 0 again."""

    eui: str
    identity: Identity


class Status(NamedTuple):
    """A device's answer to the network's question for its battery: per cent."""

    eui: str
    identity: Identity
    battery: float
    token: str | None
    heard_at: Instant | None


Event = Uplink | Joined | Status | str
"""What a message is; a text is the reason why it is ignored."""


def read_eui(raw: object) -> str | None:
    """A device's EUI as 16 small hex digits, from hex, hex in pairs, or (ChirpStack v3) base64."""
    if not isinstance(raw, str) or len(raw) > NAME_LIMIT:
        return None
    if _EUI.fullmatch(raw):
        return raw.lower()
    if _GROUPED.fullmatch(raw):
        return raw.replace("-", "").replace(":", "").lower()
    return _from_base64(raw, 8)


def read_session(raw: object) -> str | None:
    """A device address of 4 bytes in hex or base64, as 8 small hex digits."""
    if not isinstance(raw, str) or not 0 < len(raw) <= NAME_LIMIT:
        return None
    if re.fullmatch(r"[0-9a-fA-F]{8}", raw):
        return raw.lower()
    return _from_base64(raw, 4)


def _from_base64(raw: str, size: int) -> str | None:
    try:
        octets = base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        return None
    return octets.hex() if len(octets) == size else None


def text(raw: object) -> str | None:
    """A name, cut to a bearable length; None for none."""
    if isinstance(raw, str) and raw and not CONTROL.search(raw[:NAME_LIMIT]):
        return raw[:NAME_LIMIT]
    return None


def frame_bytes(raw: object) -> str | None:
    """A frame's bytes as the text that they came in, to know it by."""
    return raw if isinstance(raw, str) and 0 < len(raw) <= _FRAME_LIMIT else None


def count(raw: object) -> int:
    """A frame count; both servers leave a 0 out."""
    value = None if isinstance(raw, bool) else number(raw)
    return int(value) if value is not None and 0 <= value < 2**32 else 0


def best_rssi(gateways: object) -> float | None:
    """Signal strength at the gateway that heard it best."""
    best: float | None = None
    for gateway in gateways[:_GATEWAYS_LIMIT] if isinstance(gateways, list) else ():
        value = NUMBERS["rssi"](gateway.get("rssi")) if isinstance(gateway, dict) else None
        if isinstance(value, float) and (best is None or value > best):
            best = value
    return best
