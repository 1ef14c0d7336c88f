"""The Things Stack v3: https://www.thethingsindustries.com/docs/integrations/data-formats/ and its MQTT server.

A message may be wrapped: in `data` (the event `as.up.data.forward`), or in `result` (the storage integration).
"""

from typing import Any

from devices import device_time
from devices.lorawan.envelope import (
    NAME_LIMIT,
    Event,
    Identity,
    Joined,
    Uplink,
    best_rssi,
    count,
    frame_bytes,
    read_eui,
    read_session,
    text,
)
from devices.values import NUMBERS

_OTHERS = {
    "down": "a downlink, or what became of it",
    "location": "a position is not measured",
    "service": "data of another service",
}


def read(kind: str, device_id: str, application: str, content: dict[str, Any]) -> Event:
    """What a message of The Things Stack is; `kind` is the topic's: up, join, down, location or service."""
    if kind in _OTHERS:
        return _OTHERS[kind]
    for wrapper in ("data", "result"):
        inner = content.get(wrapper)
        if isinstance(inner, dict) and ("end_device_ids" in inner or "uplink_message" in inner):
            content = inner
    if content.get("simulated") is True:
        return "a simulated uplink, made by hand in the console"
    ids = content.get("end_device_ids")
    ids = ids if isinstance(ids, dict) else {}
    named = text(ids.get("device_id")) or device_id
    eui = read_eui(ids.get("dev_eui")) or read_eui(named.removeprefix("eui-"))
    identity = Identity(named)
    eui = eui or f"{named}@{application[:NAME_LIMIT]}".lower()
    if "join_accept" in content or kind == "join":
        return Joined(eui, identity)
    for key in ("uplink_message", "uplink_normalized"):
        if isinstance(uplink := content.get(key), dict):
            return _uplink(eui, identity, read_session(ids.get("dev_addr")), content, uplink)
    return "a message without an uplink"


def _uplink(
    eui: str, identity: Identity, session: str | None, content: dict[str, Any], uplink: dict[str, Any]
) -> Event:
    version = uplink.get("version_ids")
    if isinstance(version, dict):
        identity = identity._replace(maker=text(version.get("brand_id")), model=text(version.get("model_id")))
    made = uplink.get("decoded_payload")
    at = device_time.from_text(content.get("received_at"))
    if at is None:
        at = device_time.from_text(uplink.get("received_at"))
    known = uplink.get("last_battery_percentage")
    percent = NUMBERS["battery"](known.get("value", 0)) if isinstance(known, dict) else None
    battery = None
    if isinstance(percent, float) and isinstance(known, dict):
        battery = (round(percent, 2), device_time.from_text(known.get("received_at")))
    return Uplink(
        eui,
        identity,
        session,
        count(uplink.get("f_cnt")),
        frame_bytes(uplink.get("frm_payload")),
        None,
        at,
        best_rssi(uplink.get("rx_metadata")),
        made if isinstance(made, dict) else None,
        uplink.get("normalized_payload"),
        battery,
    )
