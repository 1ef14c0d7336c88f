"""What a device would publish for what it measured: topics and payloads in the forms that real bridges use.

Each writer is the inverse of decoding: reading its messages gives the measurements back.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from devices.instant import Instant, rfc3339
from devices.measurement import Value
from devices.quantity import QUANTITIES


class Published(NamedTuple):
    """One message as a home's hub publishes it; `topic` is without `homes/<hub>/`."""

    at: Instant
    topic: str
    payload: bytes
    retained: bool = False


class SimulatedDevice(NamedTuple):
    """One device of a simulated home, with what an installer would register. `address` is what decoding gives.

    `quantities` are those it reports; `check_in_s` how often it does so when nothing happens.
    """

    address: str
    name: str
    room: str
    role: str | None
    maker: str
    model: str
    quantities: tuple[str, ...]
    check_in_s: int


ZIGBEE_PROPERTIES = {
    "motion": "occupancy", "presence": "presence", "contact": "contact", "leak": "water_leak", "smoke": "smoke",
    "co": "carbon_monoxide", "gas": "gas", "tamper": "tamper", "vibration": "vibration", "battery_low": "battery_low",
    "temperature": "temperature", "humidity": "humidity", "pressure": "pressure", "illuminance": "illuminance",
    "co2": "co2", "voc": "voc", "pm25": "pm25", "battery": "battery", "battery_voltage": "voltage",
    "link_quality": "linkquality", "device_temperature": "device_temperature", "button": "action", "switch": "state",
    "power": "power", "energy": "energy", "current": "current", "voltage": "voltage",
}  # fmt: skip
"""Quantity to the property by which Zigbee2MQTT publishes it."""

_UNITS = {"temperature": "°C", "humidity": "%", "battery": "%", "battery_voltage": "mV", "illuminance": "lx"}
_TYPES = {"bool": "binary", "number": "numeric", "action": "enum"}


def zigbee2mqtt_state(
    at: Instant, name: str, values: Mapping[str, Value], *, last_seen: bool = False, base: str = "zigbee2mqtt"
) -> Published:
    """A device's whole state as JSON. `contact` is turned round, a battery's volts become millivolts."""
    payload: dict[str, Any] = {}
    for quantity, value in values.items():
        payload[ZIGBEE_PROPERTIES[quantity]] = _zigbee_value(quantity, value)
    if last_seen:
        payload["last_seen"] = rfc3339(at)
    return Published(at, f"{base}/{name}", orjson.dumps(payload))


def _zigbee_value(quantity: str, value: Value) -> Value:
    if quantity == "contact":
        return not value
    if quantity == "switch":
        return "ON" if value else "OFF"
    if quantity == "battery_voltage":
        return round(float(value) * 1000)
    return value


def zigbee2mqtt_text(at: Instant, name: str, tail: str, text: str, *, base: str = "zigbee2mqtt") -> Published:
    """Plain text on a topic below the device's, such as the copy of a press on `/action`."""
    return Published(at, f"{base}/{name}/{tail}", text.encode())


def zigbee2mqtt_bridge(at: Instant, *, online: bool, base: str = "zigbee2mqtt") -> Published:
    """The bridge's own state, retained."""
    return Published(at, f"{base}/bridge/state", orjson.dumps({"state": "online" if online else "offline"}), True)


def zigbee2mqtt_inventory(at: Instant, devices: Sequence[SimulatedDevice], *, base: str = "zigbee2mqtt") -> Published:
    """The bridge's list of its devices, retained; devices of other conventions are left out."""
    coordinator = {"ieee_address": "0x00124b00deadbeef", "friendly_name": "Coordinator", "type": "Coordinator"}
    entries = [_entry(device) for device in devices if device.address.startswith("zigbee2mqtt:0x")]
    return Published(at, f"{base}/bridge/devices", orjson.dumps([coordinator, *entries]), True)


def _entry(device: SimulatedDevice) -> dict[str, Any]:
    exposes = [
        {
            "name": ZIGBEE_PROPERTIES[quantity],
            "property": ZIGBEE_PROPERTIES[quantity],
            "type": _TYPES[QUANTITIES[quantity].kind],
            "access": 1,
            **({"unit": _UNITS[quantity]} if quantity in _UNITS else {}),
        }
        for quantity in device.quantities
    ]
    return {
        "ieee_address": device.address.removeprefix("zigbee2mqtt:"),
        "friendly_name": device.name,
        "type": "EndDevice",
        "power_source": "Battery",
        "model_id": device.model,
        "manufacturer": device.maker,
        "supported": True,
        "disabled": False,
        "interview_completed": True,
        "definition": {"model": device.model, "vendor": device.maker, "exposes": exposes, "options": []},
    }


def tasmota_last_will(at: Instant, topic: str, *, online: bool) -> Published:
    """A Tasmota device's connection state, retained."""
    return Published(at, f"tele/{topic}/LWT", b"Online" if online else b"Offline", True)


def tasmota_state(at: Instant, topic: str, *, switch: bool, rssi: float) -> Published:
    """The state that comes with every TelePeriod."""
    payload = {
        "Time": rfc3339(at)[:19],
        "UptimeSec": 3610,
        "POWER": "ON" if switch else "OFF",
        "Wifi": {"AP": 1, "RSSI": min(100, max(0, round(2 * (rssi + 100)))), "Signal": round(rssi)},
    }
    return Published(at, f"tele/{topic}/STATE", orjson.dumps(payload))


def tasmota_energy(
    at: Instant, topic: str, *, power: float, energy: float, voltage: float, current: float
) -> Published:
    """A plug's meter: W, kWh, V, A."""
    meter = {"Total": energy, "Power": power, "Voltage": voltage, "Current": current, "Factor": 0.99}
    payload = {"Time": rfc3339(at)[:19], "ENERGY": meter}
    return Published(at, f"tele/{topic}/SENSOR", orjson.dumps(payload))


def keepwell_value(
    at: Instant, address: str, quantity: str, value: Value, *, dated: bool = True, identity: str | None = None
) -> Published:
    """One value in Keepwell's own convention, with its time unless `dated` is False."""
    payload: dict[str, Any] = {"value": value}
    if dated:
        payload["at"] = rfc3339(at)
    if identity is not None:
        payload["id"] = identity
    return Published(at, f"keepwell/{address}/{quantity}", orjson.dumps(payload))
