"""Simulated devices of Z-Wave JS UI: either form of topics, each of the three payload types, with and without rooms."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, NamedTuple

import orjson

from devices.instant import MILLISECOND, Instant
from devices.measurement import Value
from devices.simulation.publish import Published
from devices.simulation.simulator import Can
from devices.zwave.topics import CLASSES
from devices.zwave.values import SCENES

_NAMES = {number: name for name, number in CLASSES.items()}
_SCENE_CODES = {word: code for code, word in SCENES.items()}
_EVENT = "event"
"""In place of a unit: the value says all by coming, and carries nothing."""

Form = tuple[int, str, str, Any, str | None]
"""(command class, property, key, value, unit) of one way to say something."""


class Node(NamedTuple):
    """One simulated node."""

    id: int
    name: str
    room: str


class Saying(NamedTuple):
    """How a node says one quantity; one of the forms is chosen each time."""

    node: Node
    endpoint: int
    can: Can
    forms: Callable[[Any], list[Form]]


MOTION = Node(5, "Hall_PIR", "Hall")
DOOR = Node(7, "Front_door", "")
CLIMATE = Node(14, "Climate", "Living_Room")
PLUG = Node(15, "Kettle", "Kitchen")
REMOTE = Node(31, "Remote", "Flat/Upstairs")
PENDANT = Node(32, "Pendant", "")
SMOKE = Node(11, "Smoke_alarm", "Kitchen")


def _motion(value: Any) -> list[Form]:  # noqa: ANN401
    state = (113, "Home_Security", "Motion_sensor_status")
    return [(*state, 8 if value else 0, None), (*state, 7 if value else 0, None), (48, "Motion", "", value, None)]


def _contact(value: Any) -> list[Form]:  # noqa: ANN401
    simple, full = (113, "Access_Control", "Door_state_simple"), (113, "Access_Control", "Door_state")
    states = [(*simple, 22, None), (*full, 5632, None), (*full, 5633, None)] if value else [(*simple, 23, None)]
    return [*states, (48, "Door-Window", "", value, None)]


def _temperature(value: Any) -> list[Form]:  # noqa: ANN401
    return [(49, "Air_temperature", "", round(value, 3), "°C")]


def _fahrenheit(value: Any) -> list[Form]:  # noqa: ANN401
    """For hubs that publish units."""
    return [(49, "Air_temperature", "", round(value * 1.8 + 32, 3), "°F")]


def _simple(command_class: int, name: str, key: str = "", unit: str | None = None) -> Callable[[Any], list[Form]]:
    return lambda value: [(command_class, name, key, round(value, 6) if isinstance(value, float) else value, unit)]


def _coded(name: str, key: str, true: int, false: int = 0) -> Callable[[Any], list[Form]]:
    return lambda value: [(113, name, key, true if value else false, None)]


class SimulatedZwave:
    """A home with a handful of nodes. How its bridge is set up is drawn once."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._named = random.random() < 0.5
        self._payload = random.choice(("time", "value id", "value"))
        self._rooms = random.random() < 0.5
        temperature = _fahrenheit if self._payload == "value id" and random.random() < 0.5 else _temperature
        self._sayings = {saying.can: saying for saying in self._nodes(temperature)}
        self.can: tuple[Can, ...] = tuple(self._sayings)

    def introduce(self, at: Instant) -> list[Published]:
        """The bridge is online and its driver ready; each node is alive and tells what it is."""
        milliseconds = at // MILLISECOND
        published = [
            Published(at, "zwave/_CLIENTS/ZWAVE_GATEWAY-home/version", b'{"value":"9.9.1"}', True),
            Published(at, "zwave/_CLIENTS/ZWAVE_GATEWAY-home/status", _json({"value": True, "time": milliseconds})),
            Published(at, "zwave/driver/status", b"true"),
        ]
        for node in (MOTION, DOOR, CLIMATE, PLUG, REMOTE, PENDANT, SMOKE):
            info = {
                "id": node.id,
                "name": node.name,
                "loc": node.room,
                "manufacturer": "Maker",
                "productLabel": "ZW100",
            }
            published.append(Published(at, f"zwave/{self._path(node)}/nodeinfo", _json(info), True))
        return published

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """One message for each value; a press is taken back a second later."""
        published = []
        for can, value in values.items():
            saying = self._sayings[can]
            if can.quantity == "online":
                published.append(self._status(at, saying.node, alive=bool(value)))
                continue
            form = self._random.choice(saying.forms(value))
            published.append(self._value(at, saying, form))
            if form[0] == 91:
                published.append(self._value(at + 1_000 * MILLISECOND, saying, (*form[:3], None, None)))
        return published

    def _nodes(self, temperature: Callable[[Any], list[Form]]) -> list[Saying]:
        def saying(
            node: Node,
            quantity: str,
            forms: Callable[[Any], list[Form]],
            part: str = "",
            endpoint: int = 0,
            **can: Any,  # noqa: ANN401 - what a Can takes
        ) -> Saying:
            address = f"{self._address(node)}/{part}" if part else self._address(node)
            return Saying(node, endpoint, Can(address, quantity, **can), forms)

        return [
            saying(MOTION, "motion", _motion),
            saying(MOTION, "tamper", _coded("Home_Security", "Cover_status", 3)),
            saying(MOTION, "battery", _simple(128, "level"), high=100),
            saying(MOTION, "battery_low", _simple(128, "isLow")),
            saying(MOTION, "illuminance", _simple(49, "Illuminance", unit="Lux"), high=1_000),
            saying(MOTION, "online", _simple(0, "")),
            saying(DOOR, "contact", _contact),
            saying(CLIMATE, "temperature", temperature, low=-10, high=40, step=0.1),
            saying(CLIMATE, "humidity", _simple(49, "Humidity", unit="%"), high=100),
            saying(CLIMATE, "co2", _simple(49, "Carbon_dioxide_CO_level", unit="ppm"), low=400, high=5_000),
            saying(PLUG, "switch", _simple(37, "currentValue")),
            saying(PLUG, "switch", _simple(37, "currentValue"), "1", 1),
            saying(PLUG, "power", _simple(50, "value", "66049", "W"), high=3_000, step=0.1),
            saying(PLUG, "energy", _simple(50, "value", "65537", "kWh"), high=900, step=0.01),
            saying(PLUG, "voltage", _simple(50, "value", "66561", "V"), low=200, high=250, step=0.1),
            saying(REMOTE, "button", lambda word: [(91, "scene", "002", _SCENE_CODES[word], None)], "scene_2",
                   words=tuple(_SCENE_CODES)),
            saying(PENDANT, "button", lambda _: [(113, "Emergency_Alarm", "Contact_medical_service", None, _EVENT)],
                   words=("emergency",)),
            saying(PENDANT, "fall", lambda _: [(113, "Home_Health", "Fall_detected", None, _EVENT)], flags=(True,)),
            saying(SMOKE, "smoke", _coded("Smoke_Alarm", "Sensor_status", 2)),
            saying(SMOKE, "heat_alarm", _coded("Heat_Alarm", "Heat_sensor_status", 2)),
            saying(SMOKE, "mains_failure", _coded("Power_Management", "Mains_status", 2, 3)),
        ]  # fmt: skip

    def _path(self, node: Node) -> str:
        place = node.name if self._named else str(node.id)
        return f"{node.room}/{place}" if self._rooms and node.room else place

    def _address(self, node: Node) -> str:
        return "zwave:" + (self._path(node).replace("/", ".") if self._named else str(node.id))

    def _value(self, at: Instant, saying: Saying, form: Form) -> Published:
        command_class, name, key, value, unit = form
        if self._named:
            middle = f"{_NAMES[command_class]}/endpoint_{saying.endpoint}"
        else:
            middle = f"{command_class}/{saying.endpoint}"
        topic = f"zwave/{self._path(saying.node)}/{middle}/{name}" + (f"/{key}" if key else "")
        milliseconds = at // MILLISECOND
        content: dict[str, Any] = {"time": milliseconds}
        if self._payload == "value":
            return Published(at, topic, b"" if value is None else _json(value))
        if self._payload == "value id" and unit != _EVENT:
            content = {
                "id": f"{saying.node.id}-{command_class}-{saying.endpoint}-{name}", "nodeId": saying.node.id,
                "commandClass": command_class, "endpoint": saying.endpoint, "property": name,
                "lastUpdate": milliseconds, **({"unit": unit} if unit else {}),
            }  # fmt: skip
        if value is not None:
            content["value"] = value
        return Published(at, topic, _json(content))

    def _status(self, at: Instant, node: Node, *, alive: bool) -> Published:
        topic = f"zwave/{self._path(node)}/status"
        if self._payload == "value":
            return Published(at, topic, _json(alive), True)
        status = self._random.choice(("Alive", "Awake", "Asleep")) if alive else "Dead"
        return Published(at, topic, _json({"time": at // MILLISECOND, "value": alive, "status": status}), True)


def _json(content: object) -> bytes:
    return orjson.dumps(content)
