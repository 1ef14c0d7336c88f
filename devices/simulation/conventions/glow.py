"""A simulated Hildebrand Glow display with its two meters and a room sensor."""

from collections.abc import Mapping
from random import Random
from typing import Any

import orjson

from devices.instant import Instant, rfc3339
from devices.measurement import Value
from devices.simulation.publish import Published
from devices.simulation.simulator import Can

_DISPLAY, _ROOM = "glow:a1b2c3d4e5f6", "glow:040d0000abcd"
_TOPIC = "glow/A1B2C3D4E5F6/"
_POWER = Can(_DISPLAY, "power", -3_000, 9_000, 1)
_ENERGY = Can(_DISPLAY, "energy", 1, 90_000, 0.001)
_GAS = Can(f"{_DISPLAY}/gasmeter", "energy", 1, 90_000, 0.001)
_STATE = {
    "rssi": Can(_DISPLAY, "rssi", -90, -30, 1),
    "lqi": Can(_DISPLAY, "link_quality", 0, 255, 1),
    "status": Can(_DISPLAY, "fault"),
}
_SENSOR = {
    "temperature": (Can(_ROOM, "temperature", -10, 40, 0.01), "°C"),
    "humidity": (Can(_ROOM, "humidity", 0, 100, 1), "%"),
    "battery": (Can(_ROOM, "battery", 0, 100, 1), "%"),
    "rssi": (Can(_ROOM, "rssi", -95, -30, 1), "dBm"),
}
_CONNECTED = Can(_ROOM, "online")


class SimulatedGlow:
    """Says what it is told to, a message for each meter; the day's use and the tariff stand beside, as they do."""

    def __init__(self, random: Random) -> None:
        self._random = random
        sensor = tuple(can for can, _ in _SENSOR.values())
        self.can: tuple[Can, ...] = (_POWER, _ENERGY, _GAS, *_STATE.values(), *sensor, _CONNECTED)

    def introduce(self, at: Instant) -> list[Published]:
        """Its hardware and version."""
        return [_published(at, "STATE", {"software": "v1.8.13", "hardware": "GLOW-IHD-01-1v4-SMETS2", "han": {}})]

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """The messages that carry these values."""
        published = []
        if _POWER in values or _ENERGY in values:
            meter: dict[str, Any] = {"timestamp": rfc3339(at), "energy": self._energy(values.get(_ENERGY), "mpan")}
            if _POWER in values:
                meter["power"] = self._either(float(values[_POWER]), ("kW", 0.001), ("W", 1))
            published.append(_published(at, "SENSOR/electricitymeter", {"electricitymeter": meter}))
        if _GAS in values:
            meter = {"timestamp": rfc3339(at), "energy": self._energy(values[_GAS], "mprn")}
            published.append(_published(at, "SENSOR/gasmeter", {"gasmeter": meter}))
        network = {key: values[can] for key, can in _STATE.items() if can in values}
        if "status" in network:
            network["status"] = self._random.choice(("joining", "service discovery")) if network["status"] else "joined"
        if network:
            published.append(_published(at, "STATE", {"timestamp": rfc3339(at), "han": network}))
        return published + self._room(at, values)

    def _room(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        said: dict[str, Any] = {
            key: {"value": values[can], "units": units} for key, (can, units) in _SENSOR.items() if can in values
        }
        if _CONNECTED in values:
            said["status"] = "connected" if values[_CONNECTED] else "disconnected"
        if not said:
            return []
        content = {"glowsensorth1": {"040D0000ABCD": {"timestamp": rfc3339(at), **said, "customname": ""}}}
        return [_published(at, "SENSOR/glowsensorth1/040D0000ABCD", content)]

    def _energy(self, cumulative: Value | None, identifier: str) -> dict[str, Any]:
        """Nothing to say is 0, as before the display has heard from the meter."""
        said = self._either(float(cumulative or 0), ("kWh", 1), ("Wh", 1000), key="cumulative")
        return {"export": {"cumulative": 0, "units": "kWh"}, "import": {**said, "day": 2.5, identifier: "---"}}

    def _either(self, value: float, *units: tuple[str, float], key: str = "value") -> dict[str, Any]:
        name, factor = self._random.choice(units)
        return {key: round(value * factor, 6), "units": name}


def _published(at: Instant, topic: str, content: dict[str, Any]) -> Published:
    return Published(at, _TOPIC + topic, orjson.dumps(content))
