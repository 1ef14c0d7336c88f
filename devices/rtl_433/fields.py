"""Fields that mean the same in every decoder of rtl_433 (docs/DATA_FORMAT.md and `data_make` in src/devices/*.c)."""

from typing import Any, NamedTuple

from devices.measurement import Value
from devices.values import NUMBERS, Reader, flag, number, to_celsius


class Said(NamedTuple):
    """One thing that a transmitter said; `part` names the unit of it that is meant, where it has several."""

    quantity: str
    value: Value
    part: str = ""
    momentary: bool = False


class Field(NamedTuple):
    """How a field is read; `unless` is the field that says the same better, `momentary` an event that never ends."""

    quantity: str
    read: Reader
    part: str = ""
    unless: str = ""
    momentary: bool = False


def _scaled(quantity: str, factor: float) -> Reader:
    bounded = NUMBERS[quantity]

    def read(raw: object) -> Value | None:
        value = number(raw)
        return None if value is None else bounded(round(value * factor, 6))

    return read


def _fahrenheit(raw: object) -> Value | None:
    value = number(raw)
    return None if value is None else NUMBERS["temperature"](to_celsius(value))


def seen(raw: object) -> bool | None:
    """Movement: 1, true, or one of the words that configuration files of rtl_433 give it; `alive` is none."""
    if isinstance(raw, str):
        return {"motion": True, "true": True, "1": True, "false": False, "0": False}.get(raw.lower())
    return flag(raw)


def _number_flag(raw: object) -> bool | None:
    """1 or 0, also as text; `preheated` and other words of a boiler's `water` are none."""
    value = number(raw)
    return flag(value) if value is not None else flag(raw)


def _closed(raw: object) -> bool | None:
    value = _number_flag(raw)
    return None if value is None else not value


def _low(raw: object) -> bool | None:
    """`battery` of releases before 2020 is OK or LOW; a number there is of unknown meaning."""
    return {"low": True, "ok": False}.get(raw.lower()) if isinstance(raw, str) else None


def _plain(quantity: str, *keys: str) -> dict[str, Field]:
    return {key: Field(quantity, NUMBERS[quantity]) for key in keys}


FIELDS: dict[str, Field] = {
    "temperature_C": Field("temperature", NUMBERS["temperature"]),
    "temperature_F": Field("temperature", _fahrenheit, unless="temperature_C"),
    **{f"temperature_{n}_C": Field("temperature", NUMBERS["temperature"], str(n)) for n in range(1, 5)},
    **{f"temperature_{n}_F": Field("temperature", _fahrenheit, str(n), f"temperature_{n}_C") for n in range(1, 5)},
    **_plain("humidity", "humidity"),
    "humidity_1": Field("humidity", NUMBERS["humidity"], "1"),
    "humidity_2": Field("humidity", NUMBERS["humidity"], "2"),
    **_plain("pressure", "pressure_hPa"),
    "pressure_kPa": Field("pressure", _scaled("pressure", 10), unless="pressure_hPa"),
    "pressure_inHg": Field("pressure", _scaled("pressure", 33.86389), unless="pressure_hPa"),
    **_plain("illuminance", "light_lux"),
    "lux": Field("illuminance", NUMBERS["illuminance"], unless="light_lux"),
    "light_klx": Field("illuminance", _scaled("illuminance", 1000), unless="light_lux"),
    **_plain("co2", "co2_ppm"),
    **_plain("pm25", "pm2_5_ug_m3"),
    **_plain("power", "power_W"),
    "effect": Field("power", NUMBERS["power"], unless="power_W"),
    **{f"power{n}_W": Field("power", NUMBERS["power"], str(n)) for n in range(4)},
    **_plain("energy", "energy_kWh"),
    "total_kWh": Field("energy", NUMBERS["energy"], unless="energy_kWh"),
    "cumulative_kWh": Field("energy", NUMBERS["energy"], unless="energy_kWh"),
    **_plain("current", "current_A"),
    **{f"current_{n}_A": Field("current", NUMBERS["current"], str(n)) for n in range(1, 4)},
    **_plain("voltage", "voltage_V"),
    **_plain("battery_voltage", "battery_V"),
    "battery_mV": Field("battery_voltage", _scaled("battery_voltage", 0.001), unless="battery_V"),
    "battery": Field("battery_low", _low, unless="battery_ok"),
    "battery_low": Field("battery_low", _number_flag, unless="battery_ok"),
    "contact_open": Field("contact", _number_flag),
    "opened": Field("contact", _number_flag, unless="contact_open"),
    "closed": Field("contact", _closed, unless="contact_open"),
    "motion": Field("motion", seen, momentary=True),
    "tamper": Field("tamper", _number_flag),
    "leak_detected": Field("leak", _number_flag),
    "detect_wet": Field("leak", _number_flag),
    "water": Field("leak", _number_flag),
}
"""Key to its meaning. `alarm`, `event`, `state`, `button`, `switch` and `leak` differ from decoder to decoder."""

_STATES: dict[str, tuple[str, Value]] = {
    "open": ("contact", True), "opened": ("contact", True), "closed": ("contact", False), "close": ("contact", False),
    "motion": ("motion", True), "pir": ("motion", True), "tamper": ("tamper", True), "water": ("leak", True),
    "battery": ("battery_low", True), "battery_low": ("battery_low", True), "low battery": ("battery_low", True),
    "sos": ("button", "emergency"), "panic": ("button", "emergency"),
}  # fmt: skip
_ENDLESS = frozenset({"motion", "tamper", "leak"})


def battery_level(raw: object) -> Said | None:
    """`battery_ok`, from 0 to 1: 0 is low and 1 is good, between them it is a level."""
    value = number(raw)
    if value is None or not 0 <= value <= 1:
        return None
    if value in (0, 1):
        return Said("battery_low", value == 0)
    return Said("battery", round(value * 100, 1))


def in_words(raw: object) -> Said | None:
    """A `state` or `event` that is a plain word, as decoders and configuration files of rtl_433 write it."""
    found = _STATES.get(raw.lower()) if isinstance(raw, str) else None
    if found is None:
        return None
    quantity, value = found
    return Said(quantity, value, momentary=quantity in _ENDLESS)


def common(content: dict[str, Any], key: str, raw: object) -> Said | None:
    """What a field says, whatever the model."""
    if key == "battery_ok":
        return battery_level(raw)
    field = FIELDS.get(key)
    if field is None or (field.unless and field.unless in content):
        return None
    value = field.read(raw)
    if value is None:
        return None
    return Said(field.quantity, value, field.part, field.momentary and value is True)
