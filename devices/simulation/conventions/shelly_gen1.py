"""Simulated Shelly devices of the first generation: one topic for each value, presses with their count."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import orjson

from devices.instant import SECOND, Instant
from devices.measurement import Value
from devices.simulation.publish import Published
from devices.simulation.simulator import Can

DOOR, CLIMATE, BUTTON = "shellydw2-73BFAC", "shellyht-CA969F", "shellybutton1-E8DB84ACF3CD"
MOTION, PLUG, METER = "shellymotion2-8CF6811074B3", "shellyplug-s-7AECF4", "shellyem3-1234567890AB"
SMOKE, FLOOD, GAS, PROBES = "shellysmoke-AABBCC", "shellyflood-ABE866", "shellygas-7C87CEBCECE4", "shelly1-328900"

_LETTERS = {"press": "S", "double": "SS", "triple": "SSS", "long": "L"}


def _address(device: str, part: str = "") -> str:
    return f"shelly_gen1:{device.lower()}" + (f"/{part}" if part else "")


def _numeric(device: str, quantity: str, low: float, high: float, step: float, part: str = "") -> Can:
    return Can(_address(device, part), quantity, low, high, step)


def _text(places: int, factor: float = 1) -> Callable[[Value], str]:
    return lambda value: f"{float(value) * factor:.{places}f}"


def _word(yes: str, no: str) -> Callable[[Value], str]:
    return lambda value: yes if value else no


_TRUE = _word("true", "false")
_TEXTS: dict[Can, tuple[str, Callable[[Value], str]]] = {
    Can(_address(DOOR), "contact"): (f"{DOOR}/sensor/state", _word("open", "close")),
    Can(_address(DOOR), "vibration"): (f"{DOOR}/sensor/vibration", _word("1", "0")),
    _numeric(DOOR, "illuminance", 0, 9_000, 1): (f"{DOOR}/sensor/lux", _text(0)),
    _numeric(DOOR, "battery", 0, 100, 1): (f"{DOOR}/sensor/battery", _text(0)),
    _numeric(CLIMATE, "temperature", -20, 45, 0.01): (f"{CLIMATE}/sensor/temperature", _text(2)),
    _numeric(CLIMATE, "humidity", 1, 100, 0.5): (f"{CLIMATE}/sensor/humidity", _text(1)),
    Can(_address(SMOKE), "smoke"): (f"{SMOKE}/sensor/smoke", _TRUE),
    Can(_address(FLOOD), "leak"): (f"{FLOOD}/sensor/flood", _TRUE),
    Can(_address(GAS), "gas"): (f"{GAS}/sensor/gas", _word("mild", "none")),
    Can(_address(PLUG), "switch"): (f"{PLUG}/relay/0", _word("on", "off")),
    _numeric(PLUG, "power", 0, 2_500, 0.01): (f"{PLUG}/relay/0/power", _text(2)),
    _numeric(PLUG, "energy", 0, 9_000, 0.001): (f"{PLUG}/relay/0/energy", _text(0, 60_000)),
    _numeric(PLUG, "device_temperature", 10, 90, 0.01): (f"{PLUG}/temperature", _text(2)),
    Can(_address(PLUG), "online"): (f"{PLUG}/online", _TRUE),
    _numeric(METER, "power", -9_000, 9_000, 0.01, "emeter:2"): (f"{METER}/emeter/2/power", _text(2)),
    _numeric(METER, "energy", 0, 90_000, 0.001, "emeter:2"): (f"{METER}/emeter/2/total", _text(1, 1_000)),
    _numeric(METER, "voltage", 200, 250, 0.01, "emeter:2"): (f"{METER}/emeter/2/voltage", _text(2)),
    _numeric(METER, "current", 0, 60, 0.01, "emeter:2"): (f"{METER}/emeter/2/current", _text(2)),
    _numeric(PROBES, "temperature", -20, 90, 0.01, "ext:0"): (f"{PROBES}/ext_temperature/0", _text(2)),
    Can(_address(PROBES, "input:0"), "switch"): (f"{PROBES}/input/0", _word("1", "0")),
}
_MOTION: dict[Can, str] = {
    Can(_address(MOTION), "motion"): "motion",
    Can(_address(MOTION), "vibration"): "vibration",
    _numeric(MOTION, "illuminance", 0, 9_000, 1): "lux",
    _numeric(MOTION, "battery", 0, 100, 1): "bat",
    _numeric(MOTION, "temperature", -20, 45, 0.1): "tmp",
}
_PRESS = Can(_address(BUTTON, "input:0"), "button", words=tuple(_LETTERS))


class SimulatedShellyGen1:
    """A few devices of one home; `random` chooses how they say it."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._count = random.randrange(100)
        self.can: tuple[Can, ...] = (*_TEXTS, *_MOTION, _PRESS)

    def introduce(self, at: Instant) -> list[Published]:
        """Each announces itself, on its own topic or on that for all; the last press is retained."""
        said = [
            Published(
                at,
                f"shellies/{device}/announce" if self._random.random() < 0.5 else "shellies/announce",
                orjson.dumps({"id": device, "mac": "98CDAC73BFAC", "ip": "192.168.1.9", "new_fw": False}),
            )
            for device in (DOOR, CLIMATE, BUTTON, MOTION, PLUG)
        ]
        return [*said, self._event(at, "S", retained=True)]

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """The messages by which the devices report these values."""
        said = []
        moved: dict[str, Value] = {}
        for can, value in values.items():
            if can in _TEXTS:
                topic, text = _TEXTS[can]
                said.append(Published(at, f"shellies/{topic}", text(value).encode()))
            elif can in _MOTION:
                moved[_MOTION[can]] = value
            else:
                self._count += 1
                said += [self._event(at, _LETTERS[str(value)])] * self._random.choice((1, 2))
        return [*said, self._status(at, moved)] if moved else said

    def _event(self, at: Instant, letters: str, *, retained: bool = False) -> Published:
        event = {"event": letters, "event_cnt": self._count}
        return Published(at, f"shellies/{BUTTON}/input_event/0", orjson.dumps(event), retained)

    def _status(self, at: Instant, moved: Mapping[str, Value]) -> Published:
        """A Motion 2 says it flat on `status`, in objects on `info`."""
        content: dict[str, Any] = {
            key: round(value, 2) if isinstance(value, float) else value for key, value in moved.items()
        }
        if "tmp" in content:
            content["tmp"] = self._degrees(content["tmp"])
        if self._random.random() < 0.5:
            return Published(at, f"shellies/{MOTION}/status", orjson.dumps({**content, "timestamp": at // SECOND}))
        sensor: dict[str, Any] = {key: content.pop(key) for key in ("motion", "vibration") if key in content}
        for key in ("lux", "bat"):
            if key in content:
                content[key] = {"value": content[key], "is_valid": True}
        sensor["active"] = True
        content.update(sensor=sensor, unixtime=at // SECOND, mac="8CF6811074B3")
        return Published(at, f"shellies/{MOTION}/info", orjson.dumps(content))

    def _degrees(self, celsius: float) -> dict[str, Any]:
        if self._random.random() < 0.5:
            return {"value": celsius, "units": "C", "is_valid": True}
        return {"value": round(celsius * 1.8 + 32, 2), "units": "F", "is_valid": True}
