"""Simulated Shelly devices of Gen2 and later, and BLU sensors behind a gateway and heard by a script.

They use all their ways at random: what changed, everything, a topic for each component, degrees of one kind.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import orjson

from devices.instant import SECOND, Instant
from devices.measurement import Value
from devices.simulation.publish import Published
from devices.simulation.simulator import Can

CLIMATE, SMOKE, PLUG = "shellyplusht-c049ef8b6d6c", "shellyplussmoke-a8032abe54dc", "shellyplus1pm-a8032abe54dd"
INPUTS, METER, ZONES = "shellyi4g3-54320455c858", "shellypro3em-fce8c0d96f48", "shellypresence-aabbccddee01"
FLOOD, RELAYS, GATEWAY = "shellyfloodg4-98a31675c1a4", "shellypro2pm-ec6260977960", "shellyblugwg3-543204519264"
PREFIXES = {CLIMATE: "shellies/ht-bedroom", PLUG: "home/Küche/kettle"}
"""Prefixes given by hand; the others are the device's id."""

DOOR, MOTION, ROOM, PENDANT, REMOTE = "7cc6b6624138", "bc026ec3a85a", "fc4d6a38e2f2", "b43522fe56e5", "3c2ef5bacb9e"
"""Bluetooth addresses: the first three are components of the gateway, the others are heard by a script."""

_EVENTS = {"press": "single_push", "double": "double_push", "triple": "triple_push", "long": "long_push"}
_CODES = {"press": 1, "double": 2, "triple": 3, "long": 4}
_WORDS = tuple(_EVENTS)


def _numeric(address: str, quantity: str, low: float, high: float, step: float) -> Can:
    return Can(f"shelly:{address}", quantity, low, high, step)


def _flag(address: str, quantity: str) -> Can:
    return Can(f"shelly:{address}", quantity)


def _wh(kwh: Value) -> float:
    return round(float(kwh) * 1_000, 3)


def _same(value: Value) -> Value:
    return round(value, 4) if isinstance(value, float) else value


Where = tuple[str, tuple[str, ...], Callable[[Value], Value]]
"""The device that publishes a value, the path to it in a status, and what is published for it."""

_STATES: dict[Can, Where] = {
    _numeric(CLIMATE, "temperature", -20, 45, 0.1): (CLIMATE, ("temperature:0", "tC"), _same),
    _numeric(CLIMATE, "humidity", 0, 100, 0.1): (CLIMATE, ("humidity:0", "rh"), _same),
    _numeric(CLIMATE, "battery", 0, 100, 1): (CLIMATE, ("devicepower:0", "battery", "percent"), _same),
    _numeric(CLIMATE, "battery_voltage", 3, 6, 0.01): (CLIMATE, ("devicepower:0", "battery", "V"), _same),
    _numeric(CLIMATE, "rssi", -95, -30, 1): (CLIMATE, ("wifi", "rssi"), _same),
    _flag(SMOKE, "smoke"): (SMOKE, ("smoke:0", "alarm"), _same),
    _flag(FLOOD, "leak"): (FLOOD, ("flood:0", "alarm"), _same),
    _flag(PLUG, "switch"): (PLUG, ("switch:0", "output"), _same),
    _numeric(PLUG, "power", 0, 3_000, 0.1): (PLUG, ("switch:0", "apower"), _same),
    _numeric(PLUG, "energy", 0, 9_000, 0.001): (PLUG, ("switch:0", "aenergy", "total"), _wh),
    _numeric(PLUG, "voltage", 200, 250, 0.1): (PLUG, ("switch:0", "voltage"), _same),
    _numeric(PLUG, "current", 0, 13, 0.001): (PLUG, ("switch:0", "current"), _same),
    _numeric(PLUG, "device_temperature", 10, 90, 0.1): (PLUG, ("switch:0", "temperature", "tC"), _same),
    _flag(f"{RELAYS}/switch:1", "switch"): (RELAYS, ("switch:1", "output"), _same),
    _flag(f"{INPUTS}/input:1", "switch"): (INPUTS, ("input:1", "state"), _same),
    _numeric(METER, "power", -9_000, 20_000, 0.1): (METER, ("em:0", "total_act_power"), _same),
    _numeric(METER, "energy", 0, 90_000, 0.001): (METER, ("emdata:0", "total_act"), _wh),
    _numeric(f"{METER}/em:0-b", "power", -3_000, 9_000, 0.1): (METER, ("em:0", "b_act_power"), _same),
    _numeric(METER, "device_temperature", 10, 90, 0.1): (METER, ("temperature:0", "tC"), _same),
    _flag(f"{ZONES}/presencezone:200", "presence"): (ZONES, ("presencezone:200", "value"), _same),
    _numeric(ZONES, "illuminance", 0, 9_000, 1): (ZONES, ("illuminance:0", "lux"), _same),
    _flag(DOOR, "contact"): (GATEWAY, ("bthomesensor:200", "value"), _same),
    _flag(MOTION, "motion"): (GATEWAY, ("bthomesensor:201", "value"), _same),
    _numeric(ROOM, "temperature", -20, 45, 0.1): (GATEWAY, ("bthomesensor:202", "value"), _same),
    _numeric(DOOR, "battery", 0, 100, 1): (GATEWAY, ("bthomedevice:200", "battery"), _same),
    _numeric(DOOR, "rssi", -95, -30, 1): (GATEWAY, ("bthomedevice:200", "rssi"), _same),
}
_SENSORS = ((200, DOOR, 45), (201, MOTION, 33), (202, ROOM, 69))
_BUTTONS = {
    Can(f"shelly:{INPUTS}/input:0", "button", words=_WORDS): (INPUTS, "input:0", 0),
    Can(f"shelly:{REMOTE}/2", "button", words=_WORDS): (GATEWAY, "bthomedevice:210", 1),
}
_PACKETS = {
    Can(f"shelly:{PENDANT}", "button", words=_WORDS): "button",
    _numeric(PENDANT, "battery", 0, 100, 1): "battery",
}
_ONLINE = Can(f"shelly:{PLUG}", "online")


class SimulatedShelly:
    """A few devices of one home; `random` chooses how they say it."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._packet_id = random.randrange(256)
        self.can: tuple[Can, ...] = (*_STATES, *_BUTTONS, *_PACKETS, _ONLINE)

    def introduce(self, at: Instant) -> list[Published]:
        """Notifications that teach the prefixes, and the gateway's answer to Shelly.GetComponents."""
        said = [_notification(at, device, "NotifyStatus", {"sys": {"cfg_rev": 13}}) for device in PREFIXES]
        components = [
            {"key": f"bthomesensor:{n}", "config": {"id": n, "addr": _colons(mac), "obj_id": kind, "idx": 0}}
            for n, mac, kind in _SENSORS
        ]
        components += [
            {"key": f"bthomedevice:{n}", "config": {"id": n, "addr": _colons(mac), "name": None}, "attrs": {"flags": 0}}
            for n, mac in ((200, DOOR), (210, REMOTE))
        ]
        result = {"components": components, "cfg_rev": 3, "offset": 0, "total": len(components)}
        answer = {"id": 1, "src": GATEWAY, "dst": "ask", "result": result}
        return [*said, Published(at, "ask/rpc", orjson.dumps(answer))]

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """The messages by which the devices report these values."""
        statuses: dict[str, dict[str, Any]] = {}
        said: list[Published] = []
        for can, value in values.items():
            if can in _STATES:
                device, path, published = _STATES[can]
                _put(statuses.setdefault(device, {}), path, published(value))
            elif can in _BUTTONS:
                said.append(self._press(at, *_BUTTONS[can], str(value)))
            elif can == _ONLINE:
                topic = f"{_prefix(PLUG)}/online"
                said.append(Published(at, topic, b"true" if value else b"false", retained=True))
        for device, status in statuses.items():
            said += self._status(at, device, status)
        heard = {_PACKETS[can]: value for can, value in values.items() if can in _PACKETS}
        return said + self._packets(at, heard) if heard else said

    def _status(self, at: Instant, device: str, status: dict[str, Any]) -> list[Published]:
        """As what changed, as everything, or component by component."""
        for key, component in status.items():
            if ":" in key:
                component["id"] = int(key.partition(":")[2])
            if key.startswith("bthome"):
                component["last_updated_ts"] = at // SECOND
            if key.startswith("temperature") and self._random.random() < 0.3:
                component["tF"] = round(component["tC"] * 1.8 + 32, 2)
                component["tC"] = None
        way = self._random.choice(("NotifyStatus", "NotifyFullStatus", "topics"))
        if way == "topics":
            return [
                Published(at, f"{_prefix(device)}/status/{key}", orjson.dumps(component))
                for key, component in status.items()
            ]
        return [_notification(at, device, way, {**status, "cloud": {"connected": False}})]

    def _press(self, at: Instant, device: str, key: str, index: int, action: str) -> Published:
        event = {"component": key, "id": int(key.partition(":")[2]), "event": _EVENTS[action], "ts": at / SECOND}
        if device == GATEWAY:
            event["idx"] = index
        events = [event]
        if self._random.random() < 0.3:
            events.insert(0, {**event, "event": "btn_up"})
        return _notification(at, device, "NotifyEvent", {"events": events})

    def _packets(self, at: Instant, heard: Mapping[str, Value]) -> list[Published]:
        """A packet of the pendant: as an event of a script, heard twice, or on a topic of its own."""
        self._packet_id = (self._packet_id + 1) % 256
        packet: dict[str, Any] = {"encryption": False, "BTHome_version": 2, "pid": self._packet_id}
        for key, value in heard.items():
            packet[key] = _CODES[str(value)] if key == "button" else _same(value)
        mac = _colons(PENDANT)
        way = self._random.choice(("event", "topic", "service data"))
        if way == "event":
            event = {"component": "script:1", "id": 1, "event": "shelly-blu", "data": {**packet, "address": mac}}
            told = {"events": [{**event, "ts": at / SECOND}]}
            return [_notification(at, device, "NotifyEvent", told) for device in (RELAYS, METER)]
        if way == "topic":
            return [Published(at, f"shelly-blu/events/{mac}", orjson.dumps({**packet, "address": mac}))]
        return [Published(at, mac, orjson.dumps({"addr": mac, "local_name": "", "service_data": packet}))]


def _prefix(device: str) -> str:
    return PREFIXES.get(device, device)


def _colons(mac: str) -> str:
    return ":".join(mac[place : place + 2] for place in range(0, 12, 2))


def _put(status: dict[str, Any], path: tuple[str, ...], value: Value) -> None:
    for key in path[:-1]:
        status = status.setdefault(key, {})
    status[path[-1]] = value


def _notification(at: Instant, device: str, method: str, params: Mapping[str, Any]) -> Published:
    prefix = _prefix(device)
    frame = {"src": device, "dst": f"{prefix}/events", "method": method, "params": {"ts": at / SECOND, **params}}
    return Published(at, f"{prefix}/events/rpc", orjson.dumps(frame))
