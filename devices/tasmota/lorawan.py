"""LoRaWAN devices of a Tasmota bridge: `LwReceived` (raw bytes, signal) and `LwDecoded` (what a decoder read).

Keys of the decoders in Tasmota's berry/lorawan/decoders/vendors: Dragino LDS02, LHT52, LHT65; MerryIoT DW10; Milesight
WS202, WS301, WS522. A device is named by the key, which holds the end of its DevEUI or the name given to it.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from devices.instant import Instant
from devices.measurement import Measurement, Value
from devices.tasmota.sensors import SENSOR_LIMIT, is_sensor
from devices.values import NUMBERS, Reader, flag, negated, scaled, within

WRAPPERS = ("LwReceived", "LwDecoded")
_CELL = within(0.5, 4.3)
_SOCKETS = {"Open": True, "Close": False}


def _thousandth(quantity: str) -> Reader:
    read = NUMBERS[quantity]

    def read_thousandth(raw: object) -> Value | None:
        value = scaled(raw, 0.001)
        return None if value is None else read(round(value, 6))

    return read_thousandth


def _socket(raw: object) -> bool | None:
    return _SOCKETS.get(raw) if isinstance(raw, str) else None


_FIELDS: dict[str, tuple[str, Callable[[Any], Value | None]]] = {
    "DoorOpen": ("contact", flag),
    "PIR": ("motion", flag),
    "WaterLeak": ("leak", flag),
    "TamperDetect": ("tamper", flag),
    "Installed": ("tamper", negated),
    "BattV": ("battery_voltage", _CELL),
    "BatV": ("battery_voltage", _CELL),
    "Battery": ("battery_voltage", _CELL),
    "Battery_mV": ("battery_voltage", _thousandth("battery_voltage")),
    "Bat_mV": ("battery_voltage", _thousandth("battery_voltage")),
    "Temperature": ("temperature", NUMBERS["temperature"]),
    "Temperature_C": ("temperature", NUMBERS["temperature"]),
    "TempC_SHT": ("temperature", NUMBERS["temperature"]),
    "TempC_Internal": ("temperature", NUMBERS["temperature"]),
    "Humidity": ("humidity", NUMBERS["humidity"]),
    "Hum_SHT": ("humidity", NUMBERS["humidity"]),
    "Hum_Internal": ("humidity", NUMBERS["humidity"]),
    "ILL_lx": ("illuminance", NUMBERS["illuminance"]),
    "Active_Power": ("power", NUMBERS["power"]),
    "Voltage": ("voltage", NUMBERS["voltage"]),
    "Current": ("current", _thousandth("current")),
    "Energy_Sum": ("energy", _thousandth("energy")),
    "Button_State": ("switch", _socket),
    "RSSI": ("rssi", NUMBERS["rssi"]),
}
"""`Battery` is volts here; a number that no cell can have is left out, since a per cent would have to say so."""

_OUTSIDE = ("TempC_External", "TempC_DS")
"""The temperature of a probe on a cable: a part of its own."""


def read(bridge: str, wrapped: object, at: Instant | None, *, retained: bool) -> Iterator[Measurement]:
    """What the devices in an `LwReceived` or `LwDecoded` measured."""
    if not isinstance(wrapped, dict):
        return
    for key, fields in islice(wrapped.items(), SENSOR_LIMIT):
        name = key.strip()
        if not isinstance(fields, dict) or not is_sensor(name):
            continue
        yield from _device(f"{bridge}/{name.lower() if name.startswith('0x') else name}", fields, at, retained=retained)


def _device(address: str, fields: Mapping[str, Any], at: Instant | None, *, retained: bool) -> Iterator[Measurement]:
    seen = set()
    for key, raw in islice(fields.items(), SENSOR_LIMIT):
        field = _FIELDS.get(key)
        if field is not None:
            quantity, read_value = field
            if quantity not in seen and (value := read_value(raw)) is not None:
                seen.add(quantity)
                yield Measurement(address, quantity, value, at)
        elif key in _OUTSIDE:
            if (degrees := NUMBERS["temperature"](raw)) is not None and "outside" not in seen:
                seen.add("outside")
                yield Measurement(f"{address}/External", "temperature", degrees, at)
        elif key == "ButtonPress" and raw is True and not retained:
            yield Measurement(address, "button", "press", at)
