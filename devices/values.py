"""Reading one field of a payload. Every reader answers None for what it cannot use; that field is then left out."""

import math
import re
from collections.abc import Callable
from typing import Any

from devices.measurement import Value

Reader = Callable[[Any], Value | None]

WORD_LIMIT = 64
"""Characters that an action's name or an event's id may have."""

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Characters that no name may hold: controls, and halves of characters."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")
_FLAGS = {"true": True, "false": False}
_SWITCHES = {"ON": True, "OFF": False}


def number(raw: object) -> float | None:
    """A finite float from a JSON number or a numeric text; never from true, false, a list, or a word such as `nan`."""
    kind = type(raw)
    if kind is float:
        return raw if math.isfinite(raw) else None  # type: ignore[arg-type,return-value]
    if kind is int:
        try:
            return float(raw)  # type: ignore[arg-type]
        except OverflowError:
            return None
    if kind is str and _NUMBER.fullmatch(raw):  # type: ignore[call-overload]
        value = float(raw)  # type: ignore[arg-type]
        return value if math.isfinite(value) else None
    return None


def strict_flag(raw: object) -> bool | None:
    """True or false and nothing else: a numeric `gas` or `vibration` is a meter, not an alarm."""
    return raw if isinstance(raw, bool) else None


def flag(raw: object) -> bool | None:
    """True or false, as such, as 1 or 0, or as the texts `true` or `false`."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int | float):
        return bool(raw) if raw in (0, 1) else None
    return _FLAGS.get(raw.lower()) if isinstance(raw, str) else None


def negated(raw: object) -> bool | None:
    """The opposite of `flag`: Zigbee2MQTT's `contact` is true for closed."""
    value = flag(raw)
    return None if value is None else not value


def on_off(raw: object) -> bool | None:
    """ON or OFF. OPEN and CLOSE belong to blinds and mean nothing here."""
    return _SWITCHES.get(raw.upper()) if isinstance(raw, str) else None


def word(raw: object) -> str | None:
    """A short text without control characters."""
    if isinstance(raw, str) and 0 < len(raw) <= WORD_LIMIT and not CONTROL.search(raw):
        return raw
    return None


def within(low: float, high: float) -> Reader:
    """A reader of numbers between two bounds: outside them stands a dead probe or an `invalid` code."""

    def read(raw: object) -> float | None:
        value = number(raw)
        return value if value is not None and low <= value <= high else None

    return read


NUMBERS: dict[str, Reader] = {
    "temperature": within(-60, 125),  # a dead DS18B20 says -127, an invalid Zigbee value -327.68
    "device_temperature": within(-60, 200),
    "humidity": within(0, 110),
    "pressure": within(300, 1200),
    "illuminance": within(0, 250_000),
    "co2": within(0, 100_000),
    "voc": within(0, 1_000_000),
    "pm25": within(0, 100_000),
    "power": within(-100_000, 100_000),
    "energy": within(-10_000_000, 10_000_000),
    "current": within(-1_000, 1_000),
    "voltage": within(0, 1_000),
    "battery_voltage": within(0, 60),
    "battery": within(0, 100),
    "link_quality": within(0, 255),
    "rssi": within(-200, 30),
}
"""For each number quantity, in its canonical unit, a reader with the bounds of what a home's sensor can mean."""


def scaled(raw: object, factor: float) -> float | None:
    """A number in another unit."""
    value = number(raw)
    return None if value is None else value * factor


def to_celsius(fahrenheit: float) -> float:
    """Degrees Celsius, to the hundredth."""
    return round((fahrenheit - 32) / 1.8, 2)
