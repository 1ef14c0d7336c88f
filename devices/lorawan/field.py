"""How one key of a codec's object is read."""

import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from devices.instant import Instant
from devices.lorawan.words import fold, opening, state
from devices.measurement import Value
from devices.values import NUMBERS, Reader, number, to_celsius


class Reading(NamedTuple):
    """One value of a device: `part` of it ("" for the device itself), `at` its own time where it is not the frame's."""

    quantity: str
    value: Value
    part: str = ""
    momentary: bool = False
    at: Instant | None = None


class Payload(NamedTuple):
    """What a codec gave: `fields` by folded key, the `model` in capitals ("" unknown), what is `known` of the device.

    `known` are the quantities it has reported before; `emergency`: whatever is pressed on it is a call for help.
    """

    fields: Mapping[str, Any]
    model: str = ""
    known: AbstractSet[str] = frozenset()
    emergency: bool = False


Special = Callable[[Any, Payload], Iterable[Reading]]


class Field(NamedTuple):
    """One key: `read` gives the value of `quantity`; or `special` all that it means, where that hangs on the rest."""

    quantity: str
    read: Reader
    part: str = ""
    special: Special | None = None
    momentary: bool = False


Keys = dict[str, Field]


def _nothing(_raw: object) -> None:
    return None


NOTHING = Field("", _nothing, special=lambda _raw, _payload: ())
"""A key that means nothing here, whatever it means elsewhere."""

_MEASURED = re.compile(r"\s{0,4}([+-]?[0-9]{1,12}(?:[.,][0-9]{1,9})?)\s{0,4}([^0-9]{0,12})")

FAHRENHEIT = "f"
UNITS: dict[str, dict[str, float]] = {
    "temperature": {"": 1, "c": 1, "degc": 1, "celsius": 1, "degreec": 1, "grad": 1, FAHRENHEIT: 1, "degf": 1,
                    "fahrenheit": 1},
    "humidity": {"": 1, "rh": 1, "percent": 1},
    "battery": {"": 1, "percent": 1},
    "battery_voltage": {"": 1, "v": 1, "volt": 1, "volts": 1, "mv": 0.001},
    "voltage": {"": 1, "v": 1, "volt": 1, "volts": 1, "mv": 0.001},
    "current": {"": 1, "a": 1, "ma": 0.001},
    "power": {"": 1, "w": 1, "watt": 1, "watts": 1, "kw": 1_000, "mw": 0.001},
    "energy": {"kwh": 1, "": 1, "wh": 0.001, "mwh": 1_000},
    "pressure": {"": 1, "hpa": 1, "mbar": 1, "mb": 1, "pa": 0.01, "kpa": 10},
    "illuminance": {"": 1, "lx": 1, "lux": 1},
    "co2": {"": 1, "ppm": 1},
    "voc": {"": 1, "ppb": 1, "ppm": 1_000},
    "pm25": {"": 1, "ugm3": 1, "µgm3": 1, "μgm3": 1, "ugm": 1},
    "rssi": {"": 1, "dbm": 1},
}  # fmt: skip
"""Unit (folded, so a mere % is "") to the factor that makes the quantity canonical; °F is converted besides."""
UNITS["device_temperature"] = UNITS["temperature"]
_FAHRENHEIT = frozenset({FAHRENHEIT, "degf", "fahrenheit"})


def in_unit(value: float, quantity: str, unit: str) -> float | None:
    """A number in a folded unit as the canonical one; None for a unit that the quantity does not have."""
    factor = UNITS.get(quantity, {}).get(unit)
    if factor is None:
        return None
    if unit in _FAHRENHEIT and UNITS[quantity] is UNITS["temperature"]:
        return to_celsius(value)
    return value if factor == 1 else round(value * factor, 6)


def numeric(quantity: str, factor: float = 1.0, unit: str = "") -> Reader:
    """A reader of a number, or of a text such as `3.384 V` or `21,5 °C`, within the bounds of the quantity.

    A bare number is in `unit`, and then in `factor` of it; a text's own unit goes first.
    """
    bounds = NUMBERS[quantity]

    def read(raw: object) -> Value | None:
        value = number(raw)
        if value is not None:
            if factor != 1.0:
                value = round(value * factor, 6)
            if unit:
                value = in_unit(value, quantity, unit)
        elif isinstance(raw, str) and len(raw) <= 32 and (found := _MEASURED.fullmatch(raw)):
            value = in_unit(float(found[1].replace(",", ".")), quantity, fold(found[2]) or unit)
        return bounds(value)

    return read


def measure(quantity: str, part: str = "", factor: float = 1.0, unit: str = "") -> Field:
    """A number of the device or of a part of it."""
    return Field(quantity, numeric(quantity, factor, unit), part)


def flagged(quantity: str, part: str = "", *, inverted: bool = False) -> Field:
    """A two-valued quantity."""
    return Field(quantity, state(quantity, inverted=inverted), part)


def door(part: str = "", *, true_is_open: bool | None = None) -> Field:
    """A door or window: by words, and by true and false where it is known which is open."""
    return Field("contact", opening(true_is_open=true_is_open), part)


def meant(special: Special, quantity: str = "") -> Field:
    """A key whose meaning hangs on the rest of the object."""
    return Field(quantity, _nothing, special=special)


PRESSES = {
    "short": "press", "shortpress": "press", "single": "press", "singlepress": "press", "singleclick": "press",
    "press": "press", "pressed": "press", "click": "press", "pressonce": "press", "buttonpressed": "press",
    "long": "long", "longpress": "long", "hold": "long", "longclick": "long", "pressandhold": "long",
    "double": "double", "doublepress": "double", "doubleclick": "double",
    "triple": "triple", "triplepress": "triple", "tripleclick": "triple",
    "release": "release", "released": "release",
    "sos": "emergency", "emergency": "emergency", "panic": "emergency", "help": "emergency", "alarm": "emergency",
}  # fmt: skip
"""Folded word of a button to the canonical action. Others are settings or states and not presses."""


def press(codes: Mapping[int, str], part: str = "") -> Field:
    """A button's event: a word, or one of the maker's `codes`."""

    def read(raw: object, payload: Payload) -> Iterable[Reading]:
        if isinstance(raw, str):
            action = PRESSES.get(fold(raw)) if len(raw) <= 32 else None
        elif isinstance(raw, bool):
            action = codes.get(1) if raw else None
        else:
            value = number(raw)
            action = codes.get(int(value)) if value is not None and value == int(value) else None
        if action is not None:
            yield Reading("button", "emergency" if payload.emergency else action, part)

    return meant(read, "button")
