"""What a class and a unit of an announced entity mean: the quantity, and the number in its canonical unit.

Classes and units are those of homeassistant/components/sensor/const.py and binary_sensor/__init__.py.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from devices.measurement import Value
from devices.values import NUMBERS, number, to_celsius

BINARY = {
    "motion": "motion",
    "occupancy": "presence",
    "presence": "presence",
    "door": "contact",
    "window": "contact",
    "opening": "contact",
    "garage_door": "contact",
    "moisture": "leak",
    "smoke": "smoke",
    "carbon_monoxide": "co",
    "gas": "gas",
    "vibration": "vibration",
    "tamper": "tamper",
    "battery": "battery_low",
}
"""Class of a binary sensor to what its ON means. Every other class, and none at all, is a `switch` without a role:
`connectivity` may be that of a cloud, and `problem` that of anything."""

_NUMBER = {
    "temperature": "temperature",
    "humidity": "humidity",
    "illuminance": "illuminance",
    "power": "power",
    "energy": "energy",
    "voltage": "voltage",
    "current": "current",
    "battery": "battery",
    "signal_strength": "rssi",
    "carbon_dioxide": "co2",
    "pressure": "pressure",
    "atmospheric_pressure": "pressure",
    "pm25": "pm25",
    "volatile_organic_compounds_parts": "voc",
}
_BY_UNIT = {
    "°C": "temperature", "°F": "temperature", "lx": "illuminance", "W": "power", "kW": "power", "kWh": "energy",
    "Wh": "energy", "MWh": "energy", "dBm": "rssi", "hPa": "pressure", "mbar": "pressure", "lqi": "link_quality",
    "V": "voltage", "mV": "voltage", "A": "current", "mA": "current",
}  # fmt: skip
"""What a number without a class measures, where its unit leaves no doubt."""

_UNITS = {
    "temperature": {"°C": 1.0, "K": 1.0, "°F": 1.0},
    "humidity": {"%": 1.0},
    "illuminance": {"lx": 1.0, "klx": 1_000.0},
    "power": {"W": 1.0, "kW": 1_000.0, "MW": 1e6, "mW": 0.001},
    "energy": {
        "kWh": 1.0, "Wh": 0.001, "mWh": 1e-6, "MWh": 1_000.0, "GWh": 1e6,
        "J": 1 / 3_600_000, "kJ": 1 / 3_600, "MJ": 1 / 3.6, "GJ": 1_000 / 3.6,
    },
    "voltage": {"V": 1.0, "mV": 0.001, "kV": 1_000.0},
    "current": {"A": 1.0, "mA": 0.001},
    "battery": {"%": 1.0},
    "rssi": {"dBm": 1.0},
    "link_quality": {"lqi": 1.0},
    "co2": {"ppm": 1.0},
    "pressure": {
        "hPa": 1.0, "mbar": 1.0, "Pa": 0.01, "kPa": 10.0, "bar": 1_000.0, "cbar": 10.0, "inHg": 33.86389,
        "mmHg": 1.333224, "psi": 68.947573,
    },
    "pm25": {"ug/m3": 1.0, "mg/m3": 1_000.0},
    "voc": {"ppb": 1.0, "ppm": 1_000.0},
}  # fmt: skip
"""Units of each quantity, and what a number in it is multiplied by."""

_WITHOUT_UNIT = frozenset({"temperature", "humidity", "illuminance", "power", "battery", "rssi", "co2", "pm25"})
"""Quantities for which a missing unit is taken to be the canonical one."""

_SPELLINGS = {
    "℃": "°C", "C": "°C", "°c": "°C", "degC": "°C", "℉": "°F", "F": "°F", "°f": "°F", "degF": "°F", "%RH": "%",
    "%rh": "%", "µg/m³": "ug/m3", "μg/m³": "ug/m3", "ug/m³": "ug/m3", "µg/m3": "ug/m3", "μg/m3": "ug/m3",
    "mg/m³": "mg/m3",
    "Lux": "lx", "lux": "lx", "Watt": "W", "Watts": "W", "w": "W", "kw": "kW", "KW": "kW", "kwh": "kWh", "KWh": "kWh",
    "KWH": "kWh", "wh": "Wh", "v": "V", "mv": "mV", "a": "A", "ma": "mA", "hpa": "hPa", "LQI": "lqi", "dBM": "dBm",
    "dbm": "dBm",
}  # fmt: skip
"""Other ways in which units are written."""

_NO_READING = frozenset({
    "target", "setpoint", "setting", "desired", "limit", "threshold", "calibration", "offset", "correction", "min",
    "max", "minimum", "maximum", "dew", "dewpoint", "feels", "apparent", "chill", "index", "soil", "yesterday", "rated",
    "nominal", "reactive", "forecast", "settemp", "seltemp", "selected", "moisture",
})  # fmt: skip
"""Words in a name by which a number is not what its class says: a setting, a limit, another quantity."""
_SHARE = frozenset({"today", "daily", "day", "week", "weekly", "month", "monthly", "year", "yearly"})
"""Words in a name by which an energy is that of a while, not the meter's."""
_BOX = frozenset({
    "cpu", "chip", "soc", "esp", "esp32", "esp8266", "board", "mcu", "internal", "core", "processor", "pcb", "heatsink",
    "inverter",
})  # fmt: skip
_OF_BOX = re.compile(r"device[ _-]?temp")
_OF_BATTERY = re.compile(r"batt?(?:ery)?|vbatt?|batv")


class Meaning(NamedTuple):
    """A quantity, and how a rendered text becomes its value (None if it cannot)."""

    quantity: str
    read: Callable[[str], Value | None]


def number_meaning(kind: object, unit: object, name: str, *, diagnostic: bool) -> Meaning | str:
    """What a `sensor` measures, or why nothing: by class, else by a unit that leaves no doubt."""
    written = unit.strip() if isinstance(unit, str) else ""
    written = _SPELLINGS.get(written, written)
    quantity = _NUMBER.get(kind.lower()) if isinstance(kind, str) and kind else _BY_UNIT.get(written)
    if quantity is None:
        return "a sensor of a kind that Keepwell does not measure"
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    if words & _NO_READING or (quantity == "energy" and words & _SHARE):
        return "a setting, a limit or a share by its name, not a reading"
    if quantity in ("battery", "voltage") and written in _UNITS["voltage"]:
        of_battery = quantity == "battery" or written == "mV" or any(map(_OF_BATTERY.fullmatch, words))
        quantity = "battery_voltage" if of_battery else "voltage"
    if quantity == "rssi" and written == "dB" and words & {"wifi", "wlan"}:
        written = "dBm"  # as ESPHome wrote it before 2021; of others, dB is a ratio
    factor = _UNITS["voltage" if quantity == "battery_voltage" else quantity].get(written)
    if factor is None and not written and quantity in _WITHOUT_UNIT:
        factor = 1.0
    if factor is None:
        return "a unit that Keepwell does not convert"
    if quantity == "temperature":
        if diagnostic or words & _BOX or _OF_BOX.search(name.lower()):
            quantity = "device_temperature"
        return Meaning(quantity, _temperature(quantity, written))
    return Meaning(quantity, _scaled(quantity, factor))


def _scaled(quantity: str, factor: float) -> Callable[[str], Value | None]:
    within = NUMBERS[quantity]

    def read(text: str) -> Value | None:
        value = number(text)
        if value is None or factor == 1.0:
            return within(value)
        return within(round(value * factor, 6))

    return read


def _temperature(quantity: str, unit: str) -> Callable[[str], Value | None]:
    within = NUMBERS[quantity]

    def read(text: str) -> Value | None:
        value = number(text)
        if value is None:
            return None
        if unit == "°F":
            value = to_celsius(value)
        elif unit == "K":
            value = round(value - 273.15, 2)
        return within(value)

    return read
