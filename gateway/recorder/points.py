"""Readings, facts and figures as points of the time-series store, as `schema` says, and readings back from points.

The time is that of the event, in whole milliseconds. Together with measurement and tags it identifies the point; the
journal has seen to it that no two readings share one. Every reading is recorded once, but for two kinds: one that the
broker had *retained* says what was true before, at a time that is only when we asked; and one marked *duplicate* is
recorded already, perhaps under another time.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from devices.instant import MILLISECOND, SECOND, Instant
from devices.measurement import Value
from devices.quantity import QUANTITIES
from gateway.model import HUB_DEVICE, Device, Fact, Flag, Point, Reading
from gateway.recorder.schema import (
    ACTION,
    DEVICE,
    GATEWAY,
    HEALTH,
    HOME,
    LATE,
    MOMENTARY,
    REPLAYED,
    ROLE,
    ROOM,
    UNCERTAIN,
    UNTRUSTED,
    VALUE,
)

_UNRECORDED = Flag.RETAINED | Flag.DUPLICATE
_TRUE = 0.5
_FLAGGED = {REPLAYED: Flag.REPLAYED, MOMENTARY: Flag.MOMENTARY, UNTRUSTED: Flag.UNTRUSTED}


def is_recorded(reading: Reading) -> bool:
    """Whether the store gets this reading."""
    return reading.flags == 0 or not reading.flags & _UNRECORDED


def point(reading: Reading) -> Point:
    """The point of a reading."""
    tags = _tags(reading.home, reading.device or hub_device(reading.hub), reading.room, reading.role)
    fields: dict[str, float | str] = {}
    if isinstance(reading.value, str):
        fields[VALUE] = 1.0
        fields[ACTION] = reading.value
    else:
        fields[VALUE] = float(reading.value)
    if reading.flags != 0:
        fields |= {name: 1.0 for name, flag in _FLAGGED.items() if reading.flags & flag}
        if reading.flags & Flag.LATE:
            fields[LATE] = max(0, reading.received_at - reading.at) / SECOND
    if reading.since is not None:
        fields[UNCERTAIN] = max(0, reading.at - reading.since) / SECOND
    return Point(reading.quantity, tags, fields, _whole(reading.at))


def reading(point: Point, device: Device) -> Reading | None:
    """The reading that a point was made of, bound to `device` as it is registered now; None where there is no value.

    `device` is that of the point, or Device(hub, HUB_DEVICE) for what is said of the hub itself. One that was not late
    counts as received when it happened.
    """
    value, fields, flags = _value(point), point.fields, Flag.NONE
    since, received_at = None, point.at
    if value is None:
        return None
    if len(fields) > 1:
        for name, flag in _FLAGGED.items():
            flags |= flag if fields.get(name) else Flag.NONE
        if isinstance(uncertain_s := fields.get(UNCERTAIN), float):
            since = point.at - round(uncertain_s * SECOND)
            flags |= Flag.QUEUED
        if isinstance(late_s := fields.get(LATE), float):
            received_at += round(late_s * SECOND)
            flags |= Flag.LATE
    address = HUB_DEVICE if device.address == HUB_DEVICE else point.tags[DEVICE]
    return Reading(
        point.tags[HOME], device.hub, address, device.room, device.role, point.measurement, value,
        point.at, received_at, flags, since,
    )  # fmt: skip


def _value(point: Point) -> Value | None:
    value, kind = point.fields.get(VALUE), QUANTITIES[point.measurement].kind
    if not isinstance(value, float):
        return None
    return value >= _TRUE if kind == "bool" else value if kind == "number" else str(point.fields.get(ACTION, "press"))


@lru_cache(maxsize=32_768)
def _tags(home: str, device: str, room: str | None, role: str | None) -> Mapping[str, str]:
    """What tells a device from all others; made once for it."""
    named = {HOME: home, DEVICE: device, ROOM: room, ROLE: role}
    return MappingProxyType({name: text for name, text in named.items() if text})


def hub_device(hub: str) -> str:
    """The device tag of statements about the hub itself (whose `Reading.device` is HUB_DEVICE, empty)."""
    return f"hub:{hub}"


def fact_point(fact: Fact) -> Point:
    """The point of a fact; tags without a value are left out."""
    tags = {name: text for name, text in fact.tags.items() if text} | {HOME: fact.home}
    fields = {name: value if isinstance(value, str) else float(value) for name, value in fact.fields.items()}
    return Point(fact.measurement, tags, fields, _whole(fact.at))


def health_point(gateway: str, figures: Mapping[str, float], at: Instant) -> Point:
    """The gateway's health at a moment."""
    return Point(HEALTH, {GATEWAY: gateway}, {name: float(value) for name, value in figures.items()}, _whole(at))


def _whole(at: Instant) -> Instant:
    return at // MILLISECOND * MILLISECOND
