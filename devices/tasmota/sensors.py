"""Named sensors of a Tasmota message, each a part of its device, and the meter.

Keys after the FUNC_JSON_APPEND output of Tasmota's xsns_* and xnrg_* sources, units after hatasmota's sensor.py; those
of temperatures and pressures stand in the message: TempUnit, PressureUnit.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from devices.instant import Instant
from devices.measurement import Measurement, Value
from devices.values import CONTROL, NUMBERS, Reader, flag, number, to_celsius

SENSOR_LIMIT = 128
"""Sensors in one message, and characters of a sensor's name, that are looked at."""
_INNER_LIMIT = 32
"""Sensors of one bus (DS18x20 of old firmware), analog inputs."""

METER = {"Power": "power", "Total": "energy", "Voltage": "voltage", "Current": "current"}
_TRANSFORMER = {"Power": "power", "Energy": "energy", "Voltage": "voltage", "Current": "current"}
"""ANALOG's CTEnergy, a current transformer (xsns_02_analog)."""

NAMED: dict[str, str] = {
    "Temperature": "temperature",
    "Humidity": "humidity",
    "Pressure": "pressure",
    "Illuminance": "illuminance",
    "CarbonDioxide": "co2",
    "CO2": "co2",
    "TVOC": "voc",
    "PM2.5": "pm25",
    "PM2_5": "pm25",
    "Battery": "battery",
    "BatteryPercentage": "battery",
    "RSSI": "rssi",
}
"""`CO2` is that of TuyaSNS, `PM2_5` that of an SPS30, `BatteryPercentage` that of a MAX17043."""

_SOMEBODY = {0: False, 1: False, 2: True, 3: True}


def _people(raw: object) -> bool | None:
    return _SOMEBODY.get(raw) if type(raw) is int else None


_OTHERS: dict[str, tuple[str, str, Reader]] = {
    "PIR": ("", "motion", flag),
    "Motion": ("", "motion", flag),
    "Leak": ("", "leak", flag),
    "Occupancy": ("", "presence", flag),
    "People": ("LD2410S", "presence", _people),
    "Voltage": ("MAX1704", "battery_voltage", NUMBERS["battery_voltage"]),
    "Ambient": ("APDS9960", "illuminance", NUMBERS["illuminance"]),
}
"""Key to the sensors that it is read of, by the beginning of their names: PIR and Leak are of Xiaomi's BLE sensors
(xsns_62_esp32_mi), Motion of these and of an LD2402 radar; an LD2410S counts 0, 1 for nobody, 2, 3 for somebody."""

_DOOR = {0: True, 1: False, 2: True}
"""Door of a Xiaomi MCCGQ02HL as it is on the air (event 0x1019): open, closed, left open. Tasmota passes it on."""
_CLICKS = {1: "press", 2: "double", 3: "long"}
_BUTTONS = {f"Button{number}": number for number in range(16)}

_BOXED = "device_temperature"
_TO_HPA = {"mmHg": 1.333224, "inHg": 33.86389}

_NOT_READ = ("IBEACON", "PN532", "RC522", "RDM6300", "Zb", "Lw")
"""Trackers and cards tell who is there."""


def read(address: str, content: Mapping[str, Any], at: Instant | None) -> Iterator[Measurement]:
    """What the named sensors and the meter in a message measured."""
    metered = isinstance(content.get("ENERGY"), dict)
    for key, raw in islice(content.items(), SENSOR_LIMIT):
        if not isinstance(raw, dict):
            if key == "BatteryPercentage" and (value := NUMBERS["battery"](raw)) is not None:
                yield Measurement(address, "battery", value, at)
        elif key == "ENERGY":
            yield from _meter(address, raw, METER, at)
        elif key == "Wifi":
            if (value := NUMBERS["rssi"](raw.get("Signal"))) is not None:
                yield Measurement(address, "rssi", value, at)
        elif is_sensor(key):
            boxed = key == "ESP32" or (metered and key == "ANALOG")  # the meter's or the chip's own warmth
            yield from one(f"{address}/{key}", key, raw, content, at, boxed=boxed)
            for inner, values in islice(raw.items(), _INNER_LIMIT):
                if isinstance(values, dict) and is_sensor(inner) and inner != "CTEnergy":
                    yield from one(f"{address}/{key}-{inner}", inner, values, content, at)


def is_sensor(name: str) -> bool:
    """Whether this may be the name of a sensor that is read, and so of a part."""
    return bool(name) and len(name) <= SENSOR_LIMIT and not (
        "/" in name or name.startswith(_NOT_READ) or CONTROL.search(name)
    )  # fmt: skip


def one(
    part: str,
    name: str,
    sensor: Mapping[str, Any],
    around: Mapping[str, Any],
    at: Instant | None,
    *,
    boxed: bool = False,
) -> Iterator[Measurement]:
    """One sensor's values; the units stand `around` it, in the message. `boxed`: its warmth is that of the box."""
    seen = set()
    for key, quantity in NAMED.items():
        if key in sensor and quantity not in seen and (value := _value(quantity, sensor[key], around)) is not None:
            seen.add(quantity)
            yield Measurement(part, _BOXED if boxed and quantity == "temperature" else quantity, value, at)
    for key, (kind, quantity, read_value) in _OTHERS.items():
        if key in sensor and name.startswith(kind) and (said := read_value(sensor[key])) is not None:
            yield Measurement(part, quantity, said, at)
    if name.startswith("ANALOG"):
        yield from _analog(part, sensor, around, at, boxed=boxed)
    if "MAC" in sensor and type(door := sensor.get("Door")) is int and door in _DOOR:
        yield Measurement(part, "contact", _DOOR[door], at)


def presses(address: str, content: Mapping[str, Any], at: Instant | None, *, triggered: bool) -> Iterator[Measurement]:
    """Presses of the BLE sensors in a message.

    `triggered`: it is sent because something happened (MI32ShowTriggeredSensors), so a `Btn` is not the last one again.
    """
    for key, sensor in islice(content.items(), SENSOR_LIMIT):
        if isinstance(sensor, dict) and is_sensor(key):
            yield from one_pressed(f"{address}/{key}", sensor, at, triggered=triggered)


def one_pressed(part: str, sensor: Mapping[str, Any], at: Instant | None, *, triggered: bool) -> Iterator[Measurement]:
    """Presses of one BLE sensor. Its `Button1` is only there when it was pressed (xsns_62_esp32_mi)."""
    if "MAC" in sensor:
        for key, raw in islice(sensor.items(), _INNER_LIMIT):
            number = _BUTTONS.get(key)
            if number is not None and type(raw) is int and raw in _CLICKS:
                yield Measurement(f"{part}-{number}" if number else part, "button", _CLICKS[raw], at)
    if triggered and type(code := sensor.get("Btn")) is int and 0 <= code <= 0xFF:
        yield Measurement(part, "button", f"button {code}", at)


def _analog(
    part: str, sensor: Mapping[str, Any], around: Mapping[str, Any], at: Instant | None, *, boxed: bool
) -> Iterator[Measurement]:
    """Analog inputs of several: Temperature2 is of the part ANALOG2."""
    for key, raw in islice(sensor.items(), _INNER_LIMIT):
        kind = key.rstrip("0123456789")
        index = key[len(kind) :][:4]
        if kind == "CTEnergy" and isinstance(raw, dict):
            yield from _meter(part + index, raw, _TRANSFORMER, at)
        elif (
            index and kind in ("Temperature", "Illuminance") and (value := _value(NAMED[kind], raw, around)) is not None
        ):
            quantity = _BOXED if boxed and kind == "Temperature" else NAMED[kind]
            yield Measurement(part + index, quantity, value, at)


def _meter(
    address: str, meter: Mapping[str, Any], keys: Mapping[str, str], at: Instant | None
) -> Iterator[Measurement]:
    """A meter's values; lists are channels, numbered from 1 as the relays are."""
    for key, quantity in keys.items():
        raw = meter.get(key)
        read_number = NUMBERS[quantity]
        if isinstance(raw, list):
            for channel, each in enumerate(raw[:16], 1):
                if (value := read_number(each)) is not None:
                    yield Measurement(f"{address}/{channel}", quantity, value, at)
        elif (value := read_number(raw)) is not None:
            yield Measurement(address, quantity, value, at)


def _value(quantity: str, raw: object, around: Mapping[str, Any]) -> Value | None:
    value = number(raw)
    if value is None:
        return None
    if quantity == "temperature" and around.get("TempUnit") == "F":
        value = to_celsius(value)
    elif quantity == "pressure" and isinstance(unit := around.get("PressureUnit"), str):
        value = round(value * _TO_HPA.get(unit, 1.0), 2)
    return NUMBERS[quantity](value)


def promised(content: Mapping[str, Any]) -> list[str]:
    """The quantities that a device's sensors will report, from the message that lists them; values may be missing."""
    found: dict[str, None] = {}
    for key, raw in islice(content.items(), SENSOR_LIMIT):
        if isinstance(raw, str) and key.startswith("Switch"):
            found["switch"] = None
        if not isinstance(raw, dict):
            continue
        if key == "ENERGY":
            found.update({METER[name]: None for name in raw if name in METER})
        elif is_sensor(key):
            for name in islice(raw, SENSOR_LIMIT):
                kind, quantity, _ = _OTHERS.get(name) or ("", NAMED.get(name), None)
                if quantity is not None and key.startswith(kind):
                    found[_BOXED if key == "ESP32" and quantity == "temperature" else quantity] = None
    return list(found)
