"""Simulated Homie devices: one of version 5 that describes itself, one of version 4 with a topic for each attribute."""

from collections.abc import Mapping
from random import Random

import orjson

from devices.instant import Instant
from devices.measurement import Value
from devices.quantity import QUANTITIES
from devices.simulation.publish import Published
from devices.simulation.simulator import Can

_FIVE: tuple[tuple[str, str, dict[str, object], Can], ...] = (
    ("move", "state", {"datatype": "boolean"}, Can("", "motion")),
    ("pad", "bed", {"datatype": "boolean"}, Can("", "bed")),
    ("air", "temperature", {"datatype": "float", "unit": "°F"}, Can("", "temperature", -20, 40, 0.1)),
    ("air", "humidity", {"datatype": "integer", "unit": "%"}, Can("", "humidity", 0, 100)),
    ("door", "state", {"datatype": "enum", "format": "OPEN,CLOSED"}, Can("", "contact")),
    ("bell", "button", {"datatype": "enum", "format": "press,long", "retained": False},
     Can("", "button", words=("press", "long"))),
)  # fmt: skip
_NODE_TYPES = {"move": "motion"}
_FOUR: tuple[tuple[str, str, dict[str, str], Can], ...] = (
    ("sink", "leak", {"$datatype": "boolean"}, Can("", "leak")),
    ("meter", "power", {"$datatype": "float", "$unit": "kW"}, Can("", "power", 0, 3_000, 1)),
    ("meter", "energy", {"$datatype": "float", "$unit": "Wh"}, Can("", "energy", 0, 900, 0.01)),
    ("meter", "voltage", {"$datatype": "float"}, Can("", "voltage", 200, 260, 0.1)),
)


class SimulatedHomie:
    """A multi-sensor and a meter with a leak probe."""

    def __init__(self, random: Random) -> None:
        self._five = f"multi-{random.getrandbits(24):06x}"
        self._four = f"meter-{random.getrandbits(24):06x}"
        self._topics: dict[Can, tuple[str, dict[str, object]]] = {}
        for node, name, about, can in _FIVE:
            self._add(f"homie/5/{self._five}", self._five, node, name, dict(about), can)
        for node, name, attributes, can in _FOUR:
            about = {key.removeprefix("$"): value for key, value in attributes.items()}
            self._add(f"homie/{self._four}", self._four, node, name, dict(about), can)
        self.can = tuple(self._topics)

    def _add(self, root: str, device: str, node: str, name: str, about: dict[str, object], can: Can) -> None:
        plain = name in (can.quantity, "state")
        part = node if plain else f"{node}.{name}"
        self._topics[can._replace(address=f"homie:{device}/{part}")] = f"{root}/{node}/{name}", about

    def introduce(self, at: Instant) -> list[Published]:
        """The description of the one, the attributes of the other, and that both are starting."""
        nodes: dict[str, dict[str, object]] = {}
        for node, name, about, _ in _FIVE:
            found = nodes.setdefault(node, {"name": node, "type": _NODE_TYPES.get(node, ""), "properties": {}})
            properties = found["properties"]
            assert isinstance(properties, dict)  # noqa: S101 - made two lines above
            properties[name] = {"name": name, **about}
        description = {"homie": "5.0", "version": 1, "name": "Multi", "nodes": nodes}
        five, four = f"homie/5/{self._five}", f"homie/{self._four}"
        said = [
            (f"{five}/$state", b"init"),
            (f"{five}/$description", orjson.dumps(description)),
            (f"{four}/$homie", b"4.0.0"),
            (f"{four}/$name", b"Meter"),
            (f"{four}/$state", b"init"),
        ]
        for node, name, attributes, _ in _FOUR:
            said += [(f"{four}/{node}/{name}/{key}", value.encode()) for key, value in attributes.items()]
        return [Published(at, topic, payload, retained=True) for topic, payload in said]

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """One message for each value, retained by the broker unless it is a press."""
        said = []
        for can, value in values.items():
            topic, about = self._topics[can]
            said.append(Published(at, topic, _text(can, value, about).encode()))
        return said


def _text(can: Can, value: Value, about: dict[str, object]) -> str:
    if QUANTITIES[can.quantity].kind == "number":
        number = float(value)
        factor = {"kW": 0.001, "Wh": 1000}.get(str(about.get("unit")), 1)
        number = number * 1.8 + 32 if about.get("unit") == "°F" else number * factor
        return str(round(number)) if about.get("datatype") == "integer" else f"{number:.6g}"
    if can.quantity == "contact":
        return "OPEN" if value else "CLOSED"
    return str(value).lower()
