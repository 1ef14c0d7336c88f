"""What a Homie property means: by its id, by its node where the id says nothing, or by its unit.

Homie has no list of meanings (homieiot.github.io/specification), so this table is ours. Anything that could be read two
ways, such as a boolean `contact`, is a generic switch.
"""

from collections.abc import Mapping
from typing import NamedTuple

from devices.actions import ACTIONS
from devices.measurement import Value
from devices.values import NUMBERS, number, to_celsius, word


class Property(NamedTuple):
    """What a device says of one property. Empty texts: not said."""

    datatype: str = ""
    unit: str = ""
    format: str = ""
    retained: bool = True
    settable: bool = False


class Meaning(NamedTuple):
    """The quantity of a property; `inverted`: true means the opposite; `own`: its id is not the quantity's name."""

    quantity: str
    inverted: bool = False
    own: bool = False


_FLAGS: dict[str, Meaning] = {
    **dict.fromkeys(("motion", "movement", "pir", "motiondetected", "motionsensor"), Meaning("motion")),
    **dict.fromkeys(("presence", "occupancy", "occupied"), Meaning("presence")),
    **dict.fromkeys(("open", "opened", "isopen", "opening"), Meaning("contact")),
    **dict.fromkeys(("closed", "isclosed"), Meaning("contact", inverted=True)),
    **dict.fromkeys(("leak", "waterleak", "water", "flood", "moisture"), Meaning("leak")),
    **dict.fromkeys(("smoke", "smokealarm", "smokedetected"), Meaning("smoke")),
    **dict.fromkeys(("co", "carbonmonoxide", "coalarm"), Meaning("co")),
    **dict.fromkeys(("gas", "gasalarm"), Meaning("gas")),
    **dict.fromkeys(("heatalarm",), Meaning("heat_alarm")),
    **dict.fromkeys(("fall", "falldetected"), Meaning("fall")),
    **dict.fromkeys(("tamper", "tampered"), Meaning("tamper")),
    **dict.fromkeys(("vibration", "vibrating"), Meaning("vibration")),
    **dict.fromkeys(("batterylow", "lowbattery", "lowbat"), Meaning("battery_low")),
    **dict.fromkeys(("bed", "bedoccupied", "bedoccupancy"), Meaning("bed")),
    **dict.fromkeys(("chair", "chairoccupied", "chairoccupancy"), Meaning("chair")),
}
"""Id of a boolean property, without hyphens."""

_NUMBERS: dict[str, str] = {
    **dict.fromkeys(("temperature", "temp", "roomtemperature", "currenttemperature"), "temperature"),
    **dict.fromkeys(("humidity", "relativehumidity", "hum"), "humidity"),
    **dict.fromkeys(("illuminance", "lux", "luminance", "lightlevel", "brightnesslux"), "illuminance"),
    **dict.fromkeys(("co2", "carbondioxide"), "co2"),
    **dict.fromkeys(("voc", "tvoc"), "voc"),
    **dict.fromkeys(("pm25", "pm2p5"), "pm25"),
    **dict.fromkeys(("pressure", "airpressure", "barometricpressure"), "pressure"),
    **dict.fromkeys(("power", "activepower"), "power"),
    **dict.fromkeys(("energy", "energytotal", "totalenergy"), "energy"),
    **dict.fromkeys(("voltage",), "voltage"),
    **dict.fromkeys(("current",), "current"),
    **dict.fromkeys(("battery", "batterylevel", "batterypercent", "batterypercentage"), "battery"),
    **dict.fromkeys(("batteryvoltage",), "battery_voltage"),
    **dict.fromkeys(("rssi",), "rssi"),
    **dict.fromkeys(("linkquality", "lqi"), "link_quality"),
    **dict.fromkeys(("cputemperature", "cputemp", "devicetemperature", "chiptemperature"), "device_temperature"),
}
"""Id of an integer or float property, without hyphens."""

_BUTTONS = frozenset(
    {"button", "action", "press", "pressed", "click", "event", "pendant", "sos", "panic", "bell", "doorbell"}
)
_CONTACTS = frozenset({"contact", "door", "window", "state", "status", "value", "opening", "open"})
_GENERIC = frozenset(
    {
        *("state", "value", "status", "detected", "active", "alarm", "reading", "measurement", "sensor"),
        *("degrees", "percentage", "percent", "level"),
    }
)
"""Ids that say nothing: the type or the id of their node does."""

_UNITS: dict[str, tuple[str, float]] = {
    "°C": ("temperature", 1), "°F": ("temperature", 1), "lx": ("illuminance", 1), "lux": ("illuminance", 1),
    "W": ("power", 1), "kW": ("power", 1000), "kWh": ("energy", 1), "Wh": ("energy", 0.001), "V": ("voltage", 1),
    "mV": ("voltage", 0.001), "A": ("current", 1), "mA": ("current", 0.001), "hPa": ("pressure", 1),
    "mbar": ("pressure", 1), "Pa": ("pressure", 0.01), "kPa": ("pressure", 10), "dBm": ("rssi", 1),
}  # fmt: skip
"""Unit to the quantity that it tells by itself, and the factor to the canonical unit."""
_OPEN = {"open": True, "opened": True, "closed": False, "close": False}
_PRESSED = {
    "pressed": "press", "short_pressed": "press", "short-pressed": "press", "short": "press",
    "double_pressed": "double", "double-pressed": "double", "long_pressed": "long", "long-pressed": "long",
    "released": "release",
}  # fmt: skip
"""Words of openHAB's trigger channels on Homie (openhab.org/addons/bindings/homie), beside those of all buttons."""


def meaning(node: str, node_type: str, name: str, about: Property) -> Meaning | None:
    """What a property stands for; None where nobody can say. A number that can be set is a wish, no measurement."""
    plain = _plain(name)
    told = _told(plain, node, node_type, about)
    return told and told._replace(own=plain not in _GENERIC and plain != _plain(told.quantity))


def _told(plain: str, node: str, node_type: str, about: Property) -> Meaning | None:
    candidates = [plain]
    if plain in _GENERIC:
        candidates += [_plain(node_type), _plain(node), f"{_plain(node)}{plain}"]
    kind = about.datatype
    for candidate in candidates:
        if kind in ("boolean", "enum") and (found := _flag(candidate, about)) is not None:
            return found
        if kind in ("integer", "float") and not about.settable and candidate in _NUMBERS:
            return Meaning(_NUMBERS[candidate])
    if kind in ("integer", "float") and not about.settable and about.unit in _UNITS:
        return Meaning(_UNITS[about.unit][0])
    return Meaning("switch") if kind == "boolean" else None


def as_published(about: Property, text: str) -> Property:
    """The property with the data type that its value has, where the device has told none or merely `string`."""
    if about.datatype not in ("", "string"):
        return about
    if text in ("true", "false"):
        return about._replace(datatype="boolean")
    if number(text) is not None:
        return about._replace(datatype="float")
    return about._replace(datatype="enum", format=about.format or text)


def _flag(candidate: str, about: Property) -> Meaning | None:
    if candidate in _BUTTONS and (about.datatype == "enum" or not about.retained):
        return Meaning("button")
    if about.datatype == "enum":
        words = {part.strip().lower() for part in about.format.split(",")[:32]}
        return Meaning("contact") if candidate in _CONTACTS and words & {"open", "opened"} else None
    return _FLAGS.get(candidate)


def read(text: str, told: Meaning, about: Property) -> Value | None:
    """The canonical value of a payload; None where it cannot be one."""
    quantity = told.quantity
    if quantity == "button":
        return _action(text, about)
    if (numbers := NUMBERS.get(quantity)) is not None:
        value = number(text)
        if value is None:
            return None
        unit, factor = _UNITS.get(about.unit, ("", 1))
        if about.unit == "°F":
            value = to_celsius(value)
        elif unit and unit.removeprefix("battery_") == quantity.removeprefix("battery_"):
            value = round(value * factor, 6)
        return numbers(value)
    if text in ("true", "false"):  # the convention has no other words
        return (text == "true") is not told.inverted
    return _OPEN.get(text.strip().lower()) if quantity == "contact" else None


def _action(text: str, about: Property) -> str | None:
    if about.datatype == "boolean" or text in ("true", "false"):
        return "press" if text == "true" else None
    said = word(text.strip())
    if said is None:
        return None
    lowered = said.lower()
    return _PRESSED.get(lowered) or ACTIONS.get(lowered, said)


def _plain(name: str) -> str:
    return name[:64].lower().replace("-", "").replace("_", "").replace(" ", "")


def property_of(raw: Mapping[str, object]) -> Property:
    """What a Homie 5 description says of a property."""
    return Property(
        _text(raw.get("datatype")),
        _text(raw.get("unit")),
        _text(raw.get("format")),
        raw.get("retained") is not False,
        raw.get("settable") is True,
    )


def _text(raw: object) -> str:
    return raw[:256] if isinstance(raw, str) else ""
