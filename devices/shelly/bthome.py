"""BTHome, version 2: what a Bluetooth sensor's objects mean, by object id and by the names that scripts give them.

Object ids and their units: bthome.io/format, held against bthome-ble. Names: Shelly's own scripts for BLU devices
(github.com/ALLTERCO/shelly-script-examples). Button codes: both, and shelly-api-docs.shelly.cloud/docs-ble.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from devices.instant import Instant
from devices.measurement import Measurement, Value
from devices.values import NUMBERS, Reader, flag, number

BUTTON = 0x3A
"""Object id of a button; its value is a code of `PRESSES`."""

PRESSES: dict[int, str] = {
    1: "press", 2: "double", 3: "triple", 4: "long", 5: "long_double", 6: "long_triple", 0x80: "long", 0xFE: "long",
}  # fmt: skip
"""A button's code to the action; 0 is no press. 0xFE is the hold of firmware before 1.0.20, 0x80 of later ones."""

_SEVERAL = 16
"""Values of one kind that a packet may have. Real remotes have four buttons."""


class Meaning(NamedTuple):
    """The quantity of an object, and the reader of its value (already scaled to BTHome's unit)."""

    quantity: str
    read: Reader


def _rounded(quantity: str) -> Meaning:
    """Scripts multiply by 0.1 and publish 22.400000000000002."""
    read = NUMBERS[quantity]

    def rounded(raw: object) -> Value | None:
        value = number(raw)
        return None if value is None else read(round(value, 4))

    return Meaning(quantity, rounded)


_TEMPERATURE, _HUMIDITY, _CONTACT = _rounded("temperature"), _rounded("humidity"), Meaning("contact", flag)

OBJECTS: dict[int, Meaning] = {
    0x01: _rounded("battery"),
    0x02: _TEMPERATURE,
    0x03: _HUMIDITY,
    0x04: _rounded("pressure"),
    0x05: _rounded("illuminance"),
    0x0A: _rounded("energy"),
    0x0B: _rounded("power"),
    0x0C: _rounded("battery_voltage"),
    0x0D: _rounded("pm25"),
    0x0F: Meaning("switch", flag),
    0x11: _CONTACT,
    0x12: _rounded("co2"),
    0x15: Meaning("battery_low", flag),
    0x17: Meaning("co", flag),
    0x1A: _CONTACT,
    0x1B: _CONTACT,
    0x1C: Meaning("gas", flag),
    0x1D: Meaning("heat_alarm", flag),
    0x20: Meaning("leak", flag),
    0x21: Meaning("motion", flag),
    0x23: Meaning("presence", flag),
    0x25: Meaning("presence", flag),
    0x26: Meaning("fault", flag),
    0x29: Meaning("smoke", flag),
    0x2B: Meaning("tamper", flag),
    0x2C: Meaning("vibration", flag),
    0x2D: _CONTACT,
    0x2E: _HUMIDITY,
    0x43: _rounded("current"),
    0x45: _TEMPERATURE,
    0x4A: _rounded("voltage"),
    0x4D: _rounded("energy"),
    0x57: _TEMPERATURE,
    0x58: _TEMPERATURE,
    0x5C: _rounded("power"),
    0x5D: _rounded("current"),
}
"""Object id to what it means. Others are not measured: light, lock, sound, rotation, distance, counts, raw bytes ...

0x0C, in millivolts up to 65 V, is what battery devices say of their battery; 0x4A, in tenths of a volt, is the mains.
"""

WEATHER = frozenset({0x44, 0x46, 0x5E, 0x5F})
"""Wind, ultraviolet and rain: beside these, 0x20 (moisture) is rain on a weather station and no leak."""

NAMES: dict[str, Meaning] = {
    "battery": OBJECTS[0x01],
    "temperature": _TEMPERATURE,
    "humidity": _HUMIDITY,
    "illuminance": OBJECTS[0x05],
    "pressure": OBJECTS[0x04],
    "atm. pressure": OBJECTS[0x04],
    "co2": OBJECTS[0x12],
    "motion": OBJECTS[0x21],
    "occupancy": OBJECTS[0x23],
    "presence": OBJECTS[0x25],
    "window": _CONTACT,
    "door": _CONTACT,
    "opening": _CONTACT,
    "garage_door": _CONTACT,
    "smoke": OBJECTS[0x29],
    "carbon_monoxide": OBJECTS[0x17],
    "tamper": OBJECTS[0x2B],
    "vibration": OBJECTS[0x2C],
    "battery_low": OBJECTS[0x15],
    "rssi": _rounded("rssi"),
}
"""Key in the object that a script publishes to what it means. `raining`, `light`, `rotation` and the like are not."""

_MAC = frozenset("0123456789abcdef")


def mac_of(raw: object) -> str | None:
    """A Bluetooth address as twelve small hexadecimal digits: from `7C:C6:B6:6F:48:ED`, with or without the colons."""
    if not isinstance(raw, str) or len(raw) not in (12, 17):
        return None
    digits = raw.lower().replace(":", "").replace("-", "")
    return digits if len(digits) == 12 and _MAC.issuperset(digits) else None


def part(address: str, index: int) -> str:
    """The first of several buttons (or probes) is the device itself; the next are its parts 2, 3, 4."""
    return address if index == 0 else f"{address}{'-' if '/' in address else '/'}{index + 1}"


def states(address: str, packet: Mapping[str, Any], at: Instant | None) -> Iterator[Measurement]:
    """What a packet with named objects says, buttons apart; several of one kind come as a list."""
    for key, meaning in NAMES.items():
        raw = packet.get(key)
        if raw is None:
            continue
        for index, each in enumerate(raw[:_SEVERAL] if isinstance(raw, list) else (raw,)):
            if (value := meaning.read(each)) is not None:
                yield Measurement(part(address, index), meaning.quantity, value, at)


def presses(raw: object) -> Iterator[tuple[int, str]]:
    """(which button from 0, action) for the code of a button, or for the list of codes of several."""
    for index, code in enumerate(islice(raw, _SEVERAL) if isinstance(raw, list) else (raw,)):
        if type(code) is int and (action := PRESSES.get(code)) is not None:
            yield index, action
