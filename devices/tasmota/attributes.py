"""What the attributes of a Zigbee2Tasmota message are, for one Zigbee device.

Names, scales and zone types after Tasmota's xdrv_23_zigbee_5_1_attributes, 5_2_converters, 2_devices and 6_0_commands:
Contact is bit 0 of an IAS zone, so 1 is open; Tamper, BatteryLow, Failure and MainsFault are only published when true.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from devices.measurement import Value
from devices.tasmota.commands import pressed
from devices.values import NUMBERS, flag, number, within

ATTRIBUTE_LIMIT = 64


class Said(NamedTuple):
    """One thing that a device said, of a `part` of it or (empty) of the device itself."""

    quantity: str
    value: Value
    part: str = ""
    momentary: bool = False


@dataclass(slots=True)
class Zigbee:
    """What is known of one Zigbee device. `called`: the short address that it was first heard by, if by nothing better.

    `troubled`: the faults that it reported and that are not over.
    """

    name: str | None = None
    called: str | None = None
    ieee: str | None = None
    model: str | None = None
    maker: str | None = None
    zone: int | None = None
    quantities: dict[str, None] = field(default_factory=dict)
    unreachable: bool = False
    troubled: set[str] = field(default_factory=set)


_HEX = re.compile(r"0[xX][0-9a-fA-F]{1,16}")
_RAW_ZONE = re.compile(r"[0-9a-fA-F]{4,16}")
_DIRECT_LUX = ("lumi.sensor_motion", "TS0601", "TS0225")
"""Models whose Illuminance is lux already, not 10,000 log10(lx) + 1 (zigbee-herdsman-converters: RTCGQ11LM, Tuya)."""
_CANNOT_BE_A_LOGARITHM = 1_000
"""Up to here an unknown model's Illuminance is taken for lux: as a logarithm it would be the dark, 1 to 1.3 lx."""
_MOST_AMPERES = 63
"""More is a count whose divisor the bridge had not read."""


def _energy(raw: object) -> float | None:
    """A counter of 48 bits is written as a hexadecimal text."""
    if isinstance(raw, str) and _HEX.fullmatch(raw):
        raw = int(raw, 16)
    return number(raw)


_FIELDS: dict[str, tuple[str, Callable[[Any], Value | None]]] = {
    "Occupancy": ("motion", flag),
    "Contact": ("contact", flag),
    "Fire": ("smoke", flag),
    "Water": ("leak", flag),
    "CO": ("co", flag),
    "Movement": ("vibration", flag),
    "CIE": ("switch", flag),
    "Tamper": ("tamper", flag),
    "BatteryLow": ("battery_low", flag),
    "Failure": ("fault", flag),
    "MainsFault": ("mains_failure", flag),
    "Temperature": ("temperature", NUMBERS["temperature"]),
    "LocalTemperature": ("temperature", NUMBERS["temperature"]),
    "CurrentTemperature": ("device_temperature", NUMBERS["device_temperature"]),
    "AqaraTemperature": ("device_temperature", NUMBERS["device_temperature"]),
    "Humidity": ("humidity", NUMBERS["humidity"]),
    "Pressure": ("pressure", NUMBERS["pressure"]),
    "CO2": ("co2", within(100, 100_000)),
    "BatteryPercentage": ("battery", NUMBERS["battery"]),
    "Battery": ("battery", NUMBERS["battery"]),
    "BatteryVoltage": ("battery_voltage", NUMBERS["battery_voltage"]),
    "Voltage": ("battery_voltage", NUMBERS["battery_voltage"]),
    "LinkQuality": ("link_quality", NUMBERS["link_quality"]),
    "RMSVoltage": ("voltage", NUMBERS["voltage"]),
    "RMSCurrent": ("current", within(0, _MOST_AMPERES)),
    "ActivePower": ("power", NUMBERS["power"]),
}
_ALARMS = frozenset({"Occupancy", "Contact", "Fire", "Water", "CO", "Movement", "CIE"})
_CALLS = frozenset({"PersonalAlarm", "Panic", "PersonalAlarm2", "Panic2"})
_TYPED = _ALARMS | _CALLS | {"GlassBreak"}
"""What the bridge makes of a zone's first bit when it knows the zone's type."""

_ZONES = {0x0D: "motion", 0x15: "contact", 0x28: "smoke", 0x2A: "leak", 0x2B: "co", 0x2D: "vibration"}
_CALLING_ZONES = frozenset({0x2C, 0x10F, 0x115, 0x21D})
_MODELS = {
    "lumi.sensor_wleak": 0x2A, "lumi.sensor_magnet": 0x15, "lumi.sensor_motion": 0x0D, "lumi.sensor_smoke": 0x28,
    "lumi.vibration": 0x2D,
}  # fmt: skip
"""Zone type of models that the bridge does not ask for it (zigbee-herdsman-converters)."""
_MAGNETS = "lumi.sensor_magnet"
_VIBRATIONS = frozenset({"vibrate", "tilt", "drop"})
_POWERS = ("Power", *(f"Power{endpoint}" for endpoint in range(2, 9)))
"""Those with a number by SetOption101."""
_COUNTERS = ("EnergyTotal", "CurrentSummationDelivered")


def read(device: Zigbee, attributes: Mapping[str, Any]) -> Iterator[Said]:
    """Everything that one message says of a device; the same quantity of the same part once only."""
    told: set[tuple[str, str]] = set()
    endpoint = attributes.get("Endpoint")
    part = str(endpoint) if type(endpoint) is int and 1 < endpoint <= 240 else ""
    for said in (*_simple(attributes), *_special(device, attributes, part), *_presses(device, attributes, part)):
        if (said.quantity, said.part) not in told:
            told.add((said.quantity, said.part))
            yield said


def _simple(attributes: Mapping[str, Any]) -> Iterator[Said]:
    for key, raw in islice(attributes.items(), ATTRIBUTE_LIMIT):
        found = _FIELDS.get(key)
        part, momentary = "", False
        if found is None and key[-1:].isdecimal() and (found := _FIELDS.get(key.rstrip("0123456789"))) is not None:
            part = key[len(key.rstrip("0123456789")) :][:3]  # SetOption101, or a zone's second alarm
            momentary = key.rstrip("0123456789") in _ALARMS
        if found is not None and (value := found[1](raw)) is not None and not (momentary and value is False):
            yield Said(found[0], value, part, momentary)


def _special(device: Zigbee, attributes: Mapping[str, Any], part: str) -> Iterator[Said]:
    yield from _powers(device, attributes, part)
    if (lux := _lux(device, attributes.get("Illuminance"))) is not None:
        yield Said("illuminance", lux)
    for key in _COUNTERS:
        if key in attributes and (energy := _kilowatt_hours(device, key, attributes[key])) is not None:
            yield Said("energy", energy)
            break
    if isinstance(mode := attributes.get("AqaraVibrationMode"), str) and mode in _VIBRATIONS:
        yield Said("vibration", True, momentary=True)
    if "0006!42" in attributes:  # "on, and off by itself after a while" is what motion sensors send to lights
        yield Said("motion", True, momentary=True)
    status = _zone_status(attributes)
    if status is not None:
        yield from _zone(device, status, attributes)
    yield from _reached(device, attributes.get("Reachable"))


def _reached(device: Zigbee, raw: object) -> Iterator[Said]:
    """Only false is ever published; whoever speaks again is reachable (Z_Unreachable, Z_Devices::deviceWasReached)."""
    reachable = flag(raw)
    if reachable is None and not device.unreachable:
        return
    device.unreachable = reachable is False
    yield Said("online", reachable is not False)


def _powers(device: Zigbee, attributes: Mapping[str, Any], part: str) -> Iterator[Said]:
    """On and off of a plug or lamp. Beside a command received, `Power` is what somebody pressed."""
    if any(key.startswith("0006!") for key in islice(attributes, ATTRIBUTE_LIMIT)):
        return
    magnet = (device.model or "").startswith(_MAGNETS)
    for key in _POWERS:
        if key in attributes and (state := flag(attributes[key])) is not None:
            yield Said("contact", state) if magnet else Said("switch", state, key[len("Power") :] or part)


def _zone_status(attributes: Mapping[str, Any]) -> int | None:
    for key in ("ZoneStatusChange", "ZoneStatus"):
        status = attributes.get(key)
        if type(status) is int and 0 <= status <= 0xFFFF:
            return status
    for key in ("0500<00", "0500!00", "0500?00"):  # before 8.5 there was nothing but the payload, low byte first
        raw = attributes.get(key)
        if isinstance(raw, str) and _RAW_ZONE.fullmatch(raw):
            return int(raw[2:4] + raw[:2], 16)
    return None


def _zone(device: Zigbee, status: int, attributes: Mapping[str, Any]) -> Iterator[Said]:
    """The bits of an IAS zone's status (ZCL 8.2.2.2.1.3); its first has a meaning only by the zone's type."""
    if _TYPED.isdisjoint(attributes):
        zone = device.zone
        if zone is None:
            zone = next((zone for model, zone in _MODELS.items() if (device.model or "").startswith(model)), None)
        if zone not in _CALLING_ZONES:
            yield Said(_ZONES.get(zone or 0, "switch"), bool(status & 1))
    yield Said("tamper", bool(status & 4))
    yield Said("battery_low", bool(status & 8))
    for quantity, bit in (("fault", 0x40), ("mains_failure", 0x80)):
        if status & bit:
            device.troubled.add(quantity)
            yield Said(quantity, True)
        elif quantity in device.troubled:
            device.troubled.discard(quantity)
            yield Said(quantity, False)


def _presses(device: Zigbee, attributes: Mapping[str, Any], part: str) -> Iterator[Said]:
    """The press in a message: a call for help, else a button or a remote control's command.

    Each message with a call is one, since some pendants never say that it is over.
    """
    if _calling(device, attributes):
        yield Said("button", "emergency")
    elif (action := pressed(device.model, attributes)) is not None:
        yield Said("button", action, part)


def _calling(device: Zigbee, attributes: Mapping[str, Any]) -> bool:
    if any(flag(attributes.get(name)) for name in _CALLS):
        return True
    status = _zone_status(attributes) if device.zone in _CALLING_ZONES else None
    return status is not None and bool(status & 3)


def _lux(device: Zigbee, raw: object) -> Value | None:
    value = number(raw)
    if value is None or value < 0:
        return None
    if device.model is None:
        return value if value <= _CANNOT_BE_A_LOGARITHM else None
    if device.model.startswith(_DIRECT_LUX):
        return NUMBERS["illuminance"](value)
    return round(math.pow(10, (value - 1) / 10_000), 1) if 0 < value < 0xFFFF else 0.0 if value == 0 else None


def _kilowatt_hours(device: Zigbee, key: str, raw: object) -> Value | None:
    """EnergyTotal is Tasmota's total, in kWh; the raw counter of the meter is only read where its unit is known."""
    value = _energy(raw)
    if value is None:
        return None
    tuya = (device.maker or "").startswith("_TZ") or (device.model or "").startswith("TS0")
    if tuya and value.is_integer():
        return NUMBERS["energy"](value / 100)
    return NUMBERS["energy"](value) if key == "EnergyTotal" else None


def promised(attributes: Mapping[str, Any]) -> list[str]:
    """The quantities of a device's last known values, for its description."""
    found = [_FIELDS[key][0] for key in islice(attributes, ATTRIBUTE_LIMIT) if key in _FIELDS]
    for key, quantity in (("Illuminance", "illuminance"), ("Power", "switch")):
        if key in attributes:
            found.append(quantity)
    zone = _ZONES.get(attributes["ZoneType"]) if type(attributes.get("ZoneType")) is int else None
    return list(dict.fromkeys([*found, zone] if zone else found))
