"""Which property of a Zigbee2MQTT payload is which quantity, by the names that zigbee-herdsman-converters exposes.

Properties that are not in the table are not measured: settings, tests, update states, and `action_code` (a PIN).
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from devices.measurement import Value
from devices.values import NUMBERS, Reader, flag, negated, number, on_off, strict_flag, to_celsius

Payload = Mapping[str, Any]


class Profile(NamedTuple):
    """What the bridge's inventory tells of one device and decoding needs.

    `battery_powered` None: unknown. `factors` convert properties whose unit is not the canonical one.
    """

    address: str
    battery_powered: bool | None = None
    factors: Mapping[str, float] = {}


class Field(NamedTuple):
    """How one property is read: its quantity, its reader, the part of the device that it belongs to, and `special`.

    `special` (raw, payload, profile) answers (quantity, value) where the meaning hangs on the rest of the message.
    """

    quantity: str
    read: Reader
    part: str | None = None
    special: Callable[[Any, Payload, Profile], tuple[str, Value] | None] | None = None


def _words(meanings: Mapping[str, bool]) -> Reader:
    return lambda raw: meanings.get(raw.lower()) if isinstance(raw, str) else None


_BATTERY = {"low": True, "medium": False, "high": False}
_OWON = dict.fromkeys(("unoccupied", "occupied", "sitting", "on_the_bed", "low_posture"), False) | {"falling": True}
"""`status` of OWON's FDS315."""
_TUYA = {"none": False, "fall": True}
"""`fall_down_status`; `maybe_fall` says neither."""
_HEIMAN = {"normal": False, "fall_alarm": True}
"""`fall_status`; `fall_warning` and `unknown` say neither."""


def _temperature(raw: object, payload: Payload, _profile: Profile) -> tuple[str, Value] | None:
    """Of the room, except beside a plug's meter (`state` with `power` or `energy`): that is the plug's own."""
    degrees = number(raw)
    if degrees is None:
        return None
    scale = payload.get("temperature_scale")
    if isinstance(scale, str) and scale.strip("° ").lower() in {"f", "fahrenheit"}:
        degrees = to_celsius(degrees)
    metered = "state" in payload and ("power" in payload or "energy" in payload or "consumption" in payload)
    if metered and payload.get("device_temperature") is not None:
        return None
    quantity = "device_temperature" if metered else "temperature"
    value = NUMBERS[quantity](degrees)
    return None if value is None else (quantity, value)


def _local_temperature(raw: object, payload: Payload, profile: Profile) -> tuple[str, Value] | None:
    """A thermostat's; `temperature` beside it wins."""
    if payload.get("temperature") is not None:
        return None
    found = _temperature(raw, payload, profile)
    return None if found is None else ("temperature", found[1])


def _illuminance(raw: object, payload: Payload, _profile: Profile) -> tuple[str, Value] | None:
    """Lux, except where `illuminance_lux` is beside it (Zigbee2MQTT 1.x): then it is the raw code."""
    if "illuminance_lux" in payload:
        return None
    value = NUMBERS["illuminance"](raw)
    return None if value is None else ("illuminance", value)


def _consumption(raw: object, payload: Payload, _profile: Profile) -> tuple[str, Value] | None:
    """The old name of `energy`."""
    if payload.get("energy") is not None:
        return None
    value = NUMBERS["energy"](raw)
    return None if value is None else ("energy", value)


def _pir(raw: object, payload: Payload, _profile: Profile) -> tuple[str, Value] | None:
    """A mmWave sensor's own PIR; `occupancy` beside it wins."""
    value = flag(raw)
    return None if value is None or payload.get("occupancy") is not None else ("motion", value)


def _voltage(raw: object, payload: Payload, profile: Profile) -> tuple[str, Value] | None:
    """Mains volts, or a battery's millivolts: by the inventory, else by `battery` beside it or by its size."""
    volts = number(raw)
    if volts is None:
        return None
    battery = profile.battery_powered
    if battery is None:
        battery = "battery" in payload
    if not battery and volts <= 1000:
        value = NUMBERS["voltage"](volts)
        return None if value is None else ("voltage", value)
    value = NUMBERS["battery_voltage"](volts / 1000 if volts > 100 else volts)
    return None if value is None else ("battery_voltage", value)


def _plain(quantity: str) -> Field:
    return Field(quantity, NUMBERS[quantity])


_ENDPOINTS = (
    *("left", "right", "center", "top", "bottom", "top_left", "top_right", "center_left", "center_right"),
    *("bottom_left", "bottom_right", "up", "down", "a", "b", "usb", "wall", "relay", "phase_a", "phase_b", "phase_c"),
    *(str(n) for n in range(1, 25)),
    *(f"l{n}" for n in range(1, 13)),
    *(f"ep{n}" for n in range(1, 9)),
    *(f"row_{n}" for n in range(1, 5)),
)
"""Endings by which a property names the part of the device it belongs to: `state_left`, `contact_1`."""

_DIVISIBLE: dict[str, Field] = {
    "occupancy": Field("motion", flag),
    "presence": Field("presence", flag),
    "contact": Field("contact", negated),
    "state": Field("switch", on_off),
    "water_leak": Field("leak", flag),
    "smoke": Field("smoke", flag),
    "vibration": Field("vibration", strict_flag),
    "temperature": Field("temperature", NUMBERS["temperature"], special=_temperature),
    "humidity": _plain("humidity"),
    "power": _plain("power"),
    "energy": _plain("energy"),
    "current": _plain("current"),
    "voltage": Field("voltage", NUMBERS["voltage"], special=_voltage),
}
"""Properties that may carry the name of an endpoint."""

FIELDS: dict[str, Field] = {
    **{
        f"{name}_{part}": field._replace(part=part) for name, field in _DIVISIBLE.items() for part in _ENDPOINTS
    },
    **_DIVISIBLE,
    "pir_detection": Field("motion", flag, special=_pir),
    "carbon_monoxide": Field("co", flag),
    "gas": Field("gas", strict_flag),
    "tamper": Field("tamper", flag),
    "battery_low": Field("battery_low", flag),
    "battery_state": Field("battery_low", _words(_BATTERY)),
    "status": Field("fall", _words(_OWON)),
    "fall_down_status": Field("fall", _words(_TUYA)),
    "fall_status": Field("fall", _words(_HEIMAN)),
    "local_temperature": Field("temperature", NUMBERS["temperature"], special=_local_temperature),
    "device_temperature": _plain("device_temperature"),
    "pressure": _plain("pressure"),
    "illuminance": Field("illuminance", NUMBERS["illuminance"], special=_illuminance),
    "illuminance_lux": _plain("illuminance"),
    "co2": _plain("co2"),
    "voc": _plain("voc"),
    "pm25": _plain("pm25"),
    "consumption": Field("energy", NUMBERS["energy"], special=_consumption),
    "battery": _plain("battery"),
    "linkquality": _plain("link_quality"),
}  # fmt: skip
"""Property to how it is read. `action`, `click` and `sos` are presses, read by the convention itself."""

PRESSES = frozenset({"action", "click", "sos"})

FACTORS: dict[tuple[str, str], float] = {
    ("energy", "Wh"): 0.001,
    ("power", "kW"): 1000,
    ("power", "mW"): 0.001,
    ("current", "mA"): 0.001,
    ("pressure", "kPa"): 10,
    ("pressure", "Pa"): 0.01,
    ("voc", "ppm"): 1000,
}
"""(quantity, unit in the inventory) to the factor that makes it canonical."""
