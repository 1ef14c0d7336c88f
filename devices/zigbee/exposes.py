"""What the inventory's `exposes` say of a device: its quantities, and which properties are read in a way of their own.

(https://www.zigbee2mqtt.io/guide/usage/exposes.html) A property is read differently from the table where its unit, its
words or its type are others, where its endpoint has a name that nobody could foresee, or where the model says that the
name is not what it seems.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from devices.quantity import QUANTITIES
from devices.values import CONTROL, NUMBERS, Reader, number, scaled, strict_flag, to_celsius
from devices.zigbee.fields import DIVISIBLE, FIELDS, PRESSES, Field, Find, holds, words

_MOST_LEAVES = 500
_DEPTH_LIMIT = 6
_LONGEST_PART = 32
_SETTABLE = 2

_HEAT = {"smoke": Field("heat_alarm", holds)}
_RADAR = {"occupancy": Field("presence", holds)}
MODELS: dict[str, Mapping[str, Field]] = {
    **dict.fromkeys(("HESZB-120", "94431"), _HEAT),  # Frient's heat alarm: zone type fire, so its converter says smoke
    "HM-5HA-E": {"alarm": Field("heat_alarm", strict_flag)},  # Heiman's heat alarm
    **dict.fromkeys(("SNZB-06P", "SNZB-06P24", "MG1_5RZ", "MG3-5RZ", "HS8OS-EF1-3.0", "HE300_ZB", "ES1ZZ(TY)"), _RADAR),
    **dict.fromkeys(
        ("NAS-PS09B2", "ZY_HPS01", "MTD085-ZB", "TS0601_motion_sensor", "3RPS01083Z", "HS2FD-EF1-3.0"), _RADAR
    ),
    "TS0601_bed_presence_sensor": {"occupancy": Field("bed", holds)},
    "ZG-210Z": {"pressure_state": Field("bed", words({"none": False, "sit": True, "sedentary": True}))},
    "C3007": {"pressure": Field("switch", strict_flag)},  # a pressure pad: what lies on it, the role tells
}
"""Model, as the inventory names it, to properties that mean something else there: radars that say `occupancy`, pads."""

_UNITS: dict[str, Mapping[str, float]] = {
    "temperature": {"°C": 1, "℃": 1, "ºC": 1, "C": 1},
    "device_temperature": {"°C": 1, "℃": 1, "ºC": 1, "C": 1},
    "humidity": {"%": 1},
    "battery": {"%": 1},
    "illuminance": {"lx": 1, "lux": 1},
    "pressure": {"hPa": 1, "mbar": 1, "kPa": 10, "Pa": 0.01},
    "co2": {"ppm": 1},
    "voc": {"ppb": 1, "ppm": 1000},
    "pm25": {"µg/m³": 1, "μg/m³": 1, "ug/m3": 1, "µg/m3": 1},
    "power": {"W": 1, "kW": 1000, "mW": 0.001},
    "energy": {"kWh": 1, "Wh": 0.001, "MWh": 1000},
    "current": {"A": 1, "mA": 0.001},
}
"""Unit of an exposed property to the factor that makes it canonical. A unit that is not here cannot be used."""
_FAHRENHEIT = frozenset({"°F", "℉", "ºF", "F"})

_NUMBER_OF_ITS_OWN = frozenset({"voltage", "battery_voltage", "link_quality"})
"""Quantities whose readers see to the unit themselves."""


class _Overlay(dict[str, Field | None]):
    """Fields of one device that are not as in the table; None: not measured there."""

    def __missing__(self, name: str) -> Field | None:
        return FIELDS.get(name)


def find_of(model: str | None) -> Find:
    """How the properties of a model are found where nothing but the model is known."""
    known = MODELS.get(model) if model else None
    return FIELDS.get if known is None else _Overlay(known).__getitem__


def read_exposes(exposes: object, model: str | None, battery_powered: bool | None) -> tuple[tuple[str, ...], Find]:
    """(quantities that the device can report, how its properties are found)."""
    overlay = _Overlay(MODELS.get(model or "", {}))
    quantities: dict[str, None] = {}
    names: set[str] = set()
    for expose in islice(_leaves(exposes, 0), _MOST_LEAVES):
        name = expose.get("property", expose.get("name"))
        if not isinstance(name, str):
            continue
        names.add(name)
        if name in PRESSES:
            quantities["button"] = None
            continue
        field = overlay[name] or _divided(expose, name)
        if field is None:
            continue
        field = _as_exposed(field, expose)
        if field is None or field != FIELDS.get(name):
            overlay[name] = field
        if field is not None:
            quantities[_quantity(field, expose, battery_powered)] = None
    if "illuminance_lux" in names:  # Zigbee2MQTT 1.x: the other one is the raw code
        overlay["illuminance"] = None
    return tuple(quantities), overlay.__getitem__ if overlay else FIELDS.get


def _quantity(field: Field, expose: Mapping[str, Any], battery_powered: bool | None) -> str:
    if field.quantity == "voltage" and (expose.get("unit") == "mV" or battery_powered):
        return "battery_voltage"
    return field.quantity


def _divided(expose: Mapping[str, Any], name: str) -> Field | None:
    """The field of a part whose endpoint has a name that is not among the usual."""
    endpoint, stem = expose.get("endpoint"), expose.get("name")
    if not isinstance(endpoint, str) or not isinstance(stem, str) or name != f"{stem}_{endpoint}":
        return None
    if not 0 < len(endpoint) <= _LONGEST_PART or "/" in endpoint or CONTROL.search(endpoint):
        return None
    field = DIVISIBLE.get(stem)
    return None if field is None else field._replace(part=endpoint)


def _as_exposed(field: Field, expose: Mapping[str, Any]) -> Field | None:
    """The field as this device publishes it; None where it is something else under the same name."""
    kind, quantity = expose.get("type"), field.quantity
    if QUANTITIES[quantity].kind == "number":
        return _in_unit(field, expose.get("unit")) if kind in ("numeric", None) else _pad(field, kind)
    if kind == "numeric":
        return None
    if kind == "enum":
        return _enum(field, expose.get("values"))
    on, off = expose.get("value_on"), expose.get("value_off")
    if not isinstance(on, str) or not isinstance(off, str) or field.read(on) is not None:
        return field
    if quantity == "switch" or _settable(expose):
        return None  # LOCK and UNLOCK, OPEN and CLOSE; ON and OFF of a setting
    return field._replace(read=words({off.lower(): False, on.lower(): True}), special=None)


def _in_unit(field: Field, unit: object) -> Field | None:
    """The field read in its unit."""
    quantity = field.quantity
    if not isinstance(unit, str) or not unit or quantity in _NUMBER_OF_ITS_OWN:
        return field
    if unit in _FAHRENHEIT and quantity.endswith("temperature"):
        return field._replace(read=_converted(quantity, to_celsius), special=None)
    factor = _UNITS.get(quantity, {}).get(unit)
    if factor is None:
        return None
    return field if factor == 1 else field._replace(read=_scaled(quantity, factor), special=None)


def _scaled(quantity: str, factor: float) -> Reader:
    read = NUMBERS[quantity]
    return lambda raw: read(scaled(raw, factor))


def _converted(quantity: str, convert: Callable[[float], float]) -> Reader:
    read = NUMBERS[quantity]

    def converted(raw: object) -> Any:  # noqa: ANN401 - as the reader
        value = number(raw)
        return None if value is None else read(convert(value))

    return converted


def _pad(field: Field, kind: object) -> Field | None:
    """A true or false by the name of a number: only `pressure` of a pad or a mat is one."""
    return Field("switch", strict_flag, field.part) if kind == "binary" and field.quantity == "pressure" else None


def _enum(field: Field, values: object) -> Field | None:
    """A list of words for a condition, where one of them says something: of a fall, that there was one."""
    if not isinstance(values, list):
        return None if field is FIELDS["status"] else field
    meanings = {field.read(word) for word in islice(values, 32)}
    return field if True in meanings or (False in meanings and field.quantity != "fall") else None


def _settable(expose: Mapping[str, Any]) -> bool:
    access = expose.get("access", 1)
    return isinstance(access, int) and bool(access & _SETTABLE)


def _leaves(exposes: object, depth: int) -> Iterator[dict[str, Any]]:
    """Every published property, out of switches, lights and climates too."""
    if not isinstance(exposes, list) or depth > _DEPTH_LIMIT:
        return
    for expose in exposes:
        if not isinstance(expose, dict):
            continue
        if "features" in expose:
            if expose.get("type") != "composite":
                yield from _leaves(expose["features"], depth + 1)
            continue
        access = expose.get("access", 1)
        if isinstance(access, int) and access & 1:
            yield expose
