"""Simulated devices that announce themselves: an ESPHome node, a bridge's sensor, a plug and a remote."""

from collections.abc import Mapping
from random import Random
from typing import Any

import orjson

from devices.instant import Instant
from devices.measurement import Value
from devices.simulation.publish import Published
from devices.simulation.simulator import Can

_NODE = "homeassistant:a0b765123456"
_SENSOR = "homeassistant:0x00124b0022aa0001"
_PLUG = "homeassistant:plug-7c"
_REMOTE = "homeassistant:remote-1"

_WORDS = {"press": "single", "double": "double", "triple": "triple", "long": "hold", "release": "release"}
_TYPES = {
    "press": "button_short_press",
    "double": "button_double_press",
    "triple": "button_triple_press",
    "long": "button_long_press",
    "release": "button_long_release",
}
_PAYLOADS: tuple[tuple[Any, Any], ...] = ((True, False), ("open", "closed"), (22, 23), ("ON", "OFF"), ("1", "0"))
_SHORT = {
    "availability_topic": "avty_t", "device_class": "dev_cla", "unit_of_measurement": "unit_of_meas",
    "state_topic": "stat_t", "value_template": "val_tpl", "unique_id": "uniq_id", "device": "dev", "platform": "p",
    "payload_on": "pl_on", "payload_off": "pl_off", "event_types": "evt_typ", "topic": "t", "payload": "pl",
    "automation_type": "atype", "subtype": "stype", "identifiers": "ids", "manufacturer": "mf", "model": "mdl",
    "components": "cmps", "origin": "o",
}  # fmt: skip


class SimulatedHomeassistant:
    """Announces with long or short keys, one by one or a device at once; payloads, units and templates vary too."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._abbreviated = random.random() < 0.5
        self._at_once = random.random() < 0.5
        self._nested = random.random() < 0.5
        self._fahrenheit = random.random() < 0.5
        self._kilo = random.random() < 0.5
        self._open, self._closed = random.choice(_PAYLOADS)
        self._words = [random.choice(("door", "window", "opening", "garage_door")), random.choice(("°C", "K"))]
        self.can: tuple[Can, ...] = (
            Can(_NODE, "motion"),
            Can(f"{_NODE}/bed_occupied", "presence"),
            Can(_NODE, "temperature", -5, 35, 0.1),
            Can(_NODE, "humidity", 20, 90, 0.5),
            Can(f"{_NODE}/wifi_signal", "rssi", -95, -30),
            Can(f"{_NODE}/pendant", "button", words=("press", "double", "long", "emergency")),
            Can(f"{_SENSOR}/door", "contact"),
            Can(_SENSOR, "temperature", -5, 35, 0.1),
            Can(_SENSOR, "leak"),
            Can(_SENSOR, "battery", 0, 100),
            Can(_SENSOR, "battery_voltage", 2, 3.2, 0.01),
            Can(_SENSOR, "vibration", flags=(True,)),
            Can(_PLUG, "power", 0, 3_000, 1),
            Can(_PLUG, "energy", 0, 900, 0.001),
            Can(f"{_PLUG}/relay_switch", "switch"),
            Can(f"{_REMOTE}/button_1", "button", words=tuple(_TYPES)),
            Can(f"{_REMOTE}/button_2", "button", words=tuple(_TYPES)),
        )

    def introduce(self, at: Instant) -> list[Published]:
        """All announcements, retained, and that the node is up."""
        published = [
            *self._node(at),
            *self._sensor(at),
            *self._plug(at),
            *self._remote(at),
            Published(at, "bed-mat/status", b"online", retained=True),
        ]
        self._random.shuffle(published)
        return published

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """Texts from the node, one JSON for what the sensor says, texts from the plug, a word from the remote."""
        published: list[Published] = []
        together: dict[str, Any] = {}
        for can, value in values.items():
            device, _, part = can.address.partition("/")
            if device == _SENSOR:
                together[can.quantity] = self._in_json(can.quantity, value)
            elif device == _REMOTE:
                word = f"{part[-1]}_{_WORDS[str(value)]}"
                published.append(Published(at, "remote-1/action", word.encode()))
            else:
                published.append(self._text(at, device, part or can.quantity, can.quantity, value))
        if together:
            content = {"readings": together, "battery_state": None} if self._nested else {**together, "update": {}}
            published.append(Published(at, "bridge/hall sensor", orjson.dumps(content)))
        self._random.shuffle(published)
        return published

    # ---------------------------------------------------------------------------------------- what is said

    def _in_json(self, quantity: str, value: Value) -> object:
        if quantity == "contact":
            return self._open if value else self._closed
        if isinstance(value, bool | str):
            return value
        if quantity == "temperature":
            return round(value * 1.8 + 32, 2) if self._fahrenheit else round(value, 2)
        return round(value * 1_000) if quantity == "battery_voltage" else value

    def _text(self, at: Instant, device: str, name: str, quantity: str, value: Value) -> Published:
        component = {"button": "event"}.get(quantity, "binary_sensor" if isinstance(value, bool) else "sensor")
        topic = (
            f"plugs/plug-7c/{name.removesuffix('_switch')}" if device == _PLUG else f"bed-mat/{component}/{name}/state"
        )
        retained = device == _NODE and component != "event" and self._random.random() < 0.3
        return Published(at, topic, self._written(quantity, value), retained)

    def _written(self, quantity: str, value: Value) -> bytes:
        if isinstance(value, str):
            return orjson.dumps({"event_type": "single" if value == "press" else value})
        if isinstance(value, bool):
            return b"ON" if value else b"OFF"
        if quantity == "energy" and not self._kilo:
            value *= 1_000
        elif quantity == "power" and self._kilo:
            value /= 1_000
        elif quantity == "temperature" and self._words[1] == "K":
            value += 273.15
        return f"{value:.3f}".encode()

    # ---------------------------------------------------------------------------------------- what is announced

    def _node(self, at: Instant) -> list[Published]:
        device = {"identifiers": "a0b765123456", "name": "bed-mat", "manufacturer": "Espressif", "model": "esp32dev"}
        listed: list[tuple[str, str, dict[str, Any]]] = [
            ("binary_sensor", "motion", {"device_class": "motion"}),
            ("binary_sensor", "bed_occupied", {"device_class": "occupancy"}),
            ("sensor", "temperature", {"device_class": "temperature", "unit_of_measurement": self._words[1]}),
            ("sensor", "humidity", {"device_class": "humidity", "unit_of_measurement": "%"}),
            ("sensor", "wifi_signal", {"device_class": "signal_strength", "unit_of_measurement": "dBm"}),
            ("event", "pendant", {"event_types": ["single", "double", "long", "emergency"]}),
        ]
        return [
            self._config(at, f"{component}/bed-mat/{name}", {
                **content,
                "state_topic": f"bed-mat/{component}/{name}/state",
                "availability_topic": "bed-mat/status",
                "unique_id": f"ESP{component}{name}",
                "device": device,
            })
            for component, name, content in listed
        ]  # fmt: skip

    def _sensor(self, at: Instant) -> list[Published]:
        where = "value_json.readings" if self._nested else "value_json"
        degrees = "°F" if self._fahrenheit else "°C"
        listed: dict[str, dict[str, Any]] = {
            "door": {
                "platform": "binary_sensor", "device_class": self._words[0], "payload_on": self._open,
                "payload_off": self._closed, "value_template": "{{ IT.contact }}",
            },
            "leak": {
                "platform": "binary_sensor", "device_class": "moisture",
                "value_template": "{{ 'ON' if IT.leak else 'OFF' }}",
            },
            "vibration": {
                "platform": "binary_sensor", "device_class": "vibration", "off_delay": 60, "payload_on": True,
                "payload_off": False, "value_template": "{{ IT['vibration'] }}",
            },
            "temperature": {
                "platform": "sensor", "device_class": "temperature", "unit_of_measurement": degrees,
                "value_template": "{{ IT.temperature | float | round(2) }}",
            },
            "battery": {
                "platform": "sensor", "device_class": "battery", "unit_of_measurement": "%",
                "value_template": "{% if IT.battery is defined %}{{ IT.battery }}{% endif %}",
            },
            "battery_voltage": {
                "platform": "sensor", "device_class": "voltage", "unit_of_measurement": "mV",
                "value_template": "{{ IT.battery_voltage }}",
            },
        }  # fmt: skip
        for content in listed.values():
            content["value_template"] = content["value_template"].replace("IT", where)
        device = {"identifiers": ["0x00124B0022AA0001"], "name": "Hall sensor", "manufacturer": "DIY"}
        shared = {"state_topic": "bridge/hall sensor"}
        if self._at_once:
            content = {"device": device, "origin": {"name": "bridge"}, "components": listed, **shared}
            return [self._config(at, "device/0x00124b0022aa0001", content)]
        return [
            self._config(at, f"{content.pop('platform')}/0x00124b0022aa0001/{name}", {
                **content, **shared, "device": device, "unique_id": f"0x00124b0022aa0001_{name}",
            })
            for name, content in listed.items()
        ]  # fmt: skip

    def _plug(self, at: Instant) -> list[Published]:
        device = {"identifiers": ["plug-7c"], "name": "Kettle plug", "model": "Plug V2"}
        listed: list[tuple[str, str, dict[str, Any]]] = [
            ("sensor", "power", {"device_class": "power", "unit_of_measurement": "kW" if self._kilo else "W"}),
            ("sensor", "energy", {"device_class": "energy", "unit_of_measurement": "kWh" if self._kilo else "Wh"}),
            ("switch", "relay", {"command_topic": "~/relay/set"}),
        ]
        return [
            self._config(at, f"{component}/plug-7c_{name}", {
                **content, "~": "plugs/plug-7c", "state_topic": f"~/{name}", "device": device,
                "unique_id": f"plug-7c_{name}",
            })
            for component, name, content in listed
        ]  # fmt: skip

    def _remote(self, at: Instant) -> list[Published]:
        return [
            self._config(at, f"device_automation/remote-1/{number}_{_WORDS[action]}", {
                "automation_type": "trigger", "topic": "remote-1/action", "payload": f"{number}_{_WORDS[action]}",
                "type": kind, "subtype": f"button_{number}", "device": {"identifiers": ["remote-1"], "name": "Remote"},
            })
            for number in (1, 2)
            for action, kind in _TYPES.items()
        ]  # fmt: skip

    def _config(self, at: Instant, path: str, content: dict[str, Any]) -> Published:
        said = _shortened(content) if self._abbreviated else content
        return Published(at, f"homeassistant/{path}/config", orjson.dumps(said), retained=True)


def _shortened(content: Any) -> Any:  # noqa: ANN401 - JSON is any value
    if not isinstance(content, dict):
        return content
    return {_SHORT.get(key, key): _shortened(value) for key, value in content.items()}
