"""ChirpStack: events of version 4 (chirpstack.io/docs/chirpstack/integrations/events.html) and of version 3.

Version 3 has the same topics (before 3.11 also `.../rx`), its fields at the top level, EUIs in base64 or hex, and the
codec's object as an object or as text (`objectJSON`).
"""

from typing import Any

from devices import device_time
from devices.instant import SECOND, Instant
from devices.lorawan.envelope import (
    Event,
    Identity,
    Joined,
    Status,
    Uplink,
    best_rssi,
    count,
    frame_bytes,
    read_eui,
    read_session,
    text,
)
from devices.measurement import Rejected
from devices.payload import read_object
from devices.values import NUMBERS, number

_OTHERS = {
    "ack": "the network's answer to a downlink",
    "txack": "a gateway's word that a downlink was sent",
    "location": "a position is not measured",
    "integration": "an event of another integration",
}
_CLOCK_APART = 10 * SECOND
"""How far a gateway's clock may be from the network server's before the server's is taken."""
_TIMES_LIMIT = 64


def read(event: str, eui: str | None, content: dict[str, Any]) -> Event:
    """What an event of ChirpStack is; `eui` is the topic's."""
    info = content.get("deviceInfo")
    info = info if isinstance(info, dict) else content
    eui = read_eui(info.get("devEui", info.get("devEUI"))) or eui
    if _is_log(event, content):
        return f"the server's log: {_code(content)}"
    reader = _READERS.get(event)
    if reader is None:
        return _OTHERS.get(event, "an event that is not a measurement")
    identity = Identity(text(info.get("deviceName")), None, text(info.get("deviceProfileName")))
    return NO_EUI if eui is None else reader(eui, identity, content)


NO_EUI = "no EUI"
"""Not a reason to ignore but to reject: neither topic nor message names a device."""


def _is_log(event: str, content: dict[str, Any]) -> bool:
    """Logs have come on other topics too; level INFO and code UNKNOWN are left out of JSON."""
    if event in ("log", "error"):
        return True
    return "object" not in content and "data" not in content and ("level" in content or "code" in content)


def _code(content: dict[str, Any]) -> str:
    """Level and code, which are the server's own words; the description may hold anything."""
    words = [content.get("level", "INFO"), content.get("code", content.get("type", "UNKNOWN"))]
    known = [word for word in words if isinstance(word, str) and len(word) <= 40 and word.replace("_", "").isalpha()]
    told = " ".join(known)
    return f"{told}: the codec failed, see its script" if "UPLINK_CODEC" in told else told


def _uplink(eui: str, identity: Identity, content: dict[str, Any]) -> Event:
    gateways = content.get("rxInfo")
    return Uplink(
        eui,
        identity,
        read_session(content.get("devAddr")),
        count(content.get("fCnt")),
        frame_bytes(content.get("data")),
        text(content.get("deduplicationId")),
        _heard_at(content, gateways),
        best_rssi(gateways),
        _object(content),
    )


def _object(content: dict[str, Any]) -> dict[str, Any] | None:
    """What the codec made: `object`, or `objectJSON` (version 3)."""
    made = content.get("object")
    if isinstance(made, dict):
        return made
    if isinstance(written := content.get("objectJSON"), str) and written.strip() not in ("", "null"):
        read_again = read_object(written.encode("utf-8", "replace"))
        return None if isinstance(read_again, Rejected) else read_again
    return None


def _heard_at(content: dict[str, Any], gateways: object) -> Instant | None:
    """The gateway's time, unless the network server's is more than 10 seconds from it: then a clock is wrong.

    Version 3 has the time only in the gateway's part, and `publishedAt`.
    """
    rows = [row for row in gateways[:_TIMES_LIMIT] if isinstance(row, dict)] if isinstance(gateways, list) else []
    at = device_time.from_text(content.get("time"))
    servers = [time for row in rows if (time := device_time.from_text(row.get("nsTime"))) is not None]
    if servers and (at is None or abs(at - min(servers)) > _CLOCK_APART):
        return min(servers)
    if at is not None:
        return at
    theirs = [time for row in rows if (time := device_time.from_text(row.get("time", row.get("gwTime")))) is not None]
    return min(theirs) if theirs else device_time.from_text(content.get("publishedAt"))


def _status(eui: str, identity: Identity, content: dict[str, Any]) -> Event:
    if content.get("externalPowerSource") is True:
        return "the device runs on mains power and has no battery to report"
    if content.get("batteryLevelUnavailable") is True:
        return "the device could not measure its battery"
    battery = NUMBERS["battery"](content.get("batteryLevel"))
    if battery is None and (old := number(content.get("battery"))) is not None and 1 <= old <= 254:
        battery = round(old / 254 * 100, 1)  # before 3.0: the LoRaWAN scale from 1 to 254
    if not isinstance(battery, float):
        return "a status without the battery's level"
    token = text(content.get("deduplicationId"))
    at = device_time.from_text(content.get("time", content.get("publishedAt")))
    return Status(eui, identity, battery, token, at)


def _joined(eui: str, identity: Identity, _content: dict[str, Any]) -> Event:
    return Joined(eui, identity)


_READERS = {"up": _uplink, "rx": _uplink, "status": _status, "join": _joined}
