"""The nine devices of a simulated home: their state, and what each says when something happens to it."""

import math
from random import Random

from devices.instant import DAY, MILLISECOND, Instant
from devices.measurement import Value
from devices.simulation import publish
from devices.simulation.day import BATHROOM, BEDROOM, HALL, KITCHEN, LIVING
from devices.simulation.publish import Published, SimulatedDevice

DOOR, PENDANT, SMOKE, KETTLE = "front door", "pendant", "smoke alarm", "kettle"

_AQARA = ("motion", "illuminance", "battery", "battery_voltage", "link_quality")
_FRIENT = ("motion", "illuminance", "temperature", "battery", "link_quality")
_TABLE: tuple[tuple[str, str, str | None, str, str, tuple[str, ...], int], ...] = (
    ("hall/motion", HALL, None, "Aqara", "RTCGQ11LM", _AQARA, 3300),
    ("kitchen/motion", KITCHEN, None, "Aqara", "RTCGQ11LM", _AQARA, 3300),
    ("bathroom/motion", BATHROOM, None, "Aqara", "RTCGQ11LM", _AQARA, 3300),
    ("bedroom/motion", BEDROOM, None, "Frient", "MOSZB-140", _FRIENT, 1500),
    ("living room/motion", LIVING, None, "Frient", "MOSZB-140", _FRIENT, 1500),
    (DOOR, HALL, "front-door", "Aqara", "MCCGQ11LM", ("contact", "battery", "battery_voltage", "link_quality"), 3300),
    (PENDANT, LIVING, "pendant", "Tuya", "TS0215A_sos", ("button", "battery", "link_quality"), 4 * 3600),
    (
        SMOKE,
        HALL,
        None,
        "Frient",
        "SMSZB-120",
        ("smoke", "battery_low", "temperature", "battery", "link_quality"),
        1500,
    ),
)
"""(friendly name, room, role, maker, model, quantities, check-in in seconds) of the Zigbee devices."""

_SENSOR_OF_ROOM = {room: name for name, room, _, _, _, quantities, _ in _TABLE if "motion" in quantities}
_KETTLE_QUANTITIES = ("switch", "power", "energy", "voltage", "current", "rssi", "online")
_DARK = {HALL: 4, BATHROOM: 2}


def _first_state(quantities: tuple[str, ...], random: Random) -> dict[str, Value]:
    """A device as it was left yesterday."""
    state: dict[str, Value] = {}
    for quantity in quantities:
        match quantity:
            case "motion" | "contact" | "smoke" | "battery_low":
                state[quantity] = False
            case "illuminance":
                state[quantity] = 0
            case "temperature":
                state[quantity] = 20.5
            case "battery":
                state[quantity] = random.randint(62, 100)
            case "battery_voltage":
                state[quantity] = random.randint(2960, 3060) / 1000
            case "link_quality":
                state[quantity] = random.randint(60, 200)
    return state


class Equipment:
    """The state of every device. Each event appends to what was said; `said` takes it away."""

    def __init__(self, seed: str) -> None:
        random = Random(f"{seed}:equipment")  # noqa: S311 - a story, not a secret
        self.devices = (
            *(SimulatedDevice(f"zigbee2mqtt:0x00158d00{random.getrandbits(32):08x}", *row) for row in _TABLE),
            SimulatedDevice(
                f"tasmota:{KETTLE}", KETTLE, KITCHEN, "kettle", "Tasmota", "ENERGY plug", _KETTLE_QUANTITIES, 300
            ),
        )
        self._states = {name: _first_state(quantities, random) for name, *_, quantities, _ in _TABLE}
        self._warmth = random.uniform(-0.8, 0.8)
        self._energy = round(random.uniform(3, 90), 3)
        self._power = 0.0
        self._said: list[tuple[str | None, Published]] = []

    def said(self) -> list[tuple[str | None, Published]]:
        """(device's name or None for the bridge, message) for all that was said since the last call."""
        said, self._said = self._said, []
        return said

    def announce(self, at: Instant) -> list[tuple[str | None, Published]]:
        """What a subscriber gets first: retained states of the bridge and the plug, the list of devices."""
        return [
            (None, publish.zigbee2mqtt_bridge(at, online=True)),
            (None, publish.zigbee2mqtt_inventory(at, self.devices)),
            (KETTLE, publish.tasmota_last_will(at, KETTLE, online=True)),
        ]

    def motion(self, at: Instant, room: str, *, seen: bool) -> None:
        """A room's PIR sees movement, or has seen none for a while."""
        name = _SENSOR_OF_ROOM[room]
        if seen:
            self._states[name]["illuminance"] = _light(at, room)
        self._set(at, name, "motion", seen)

    def door(self, at: Instant, *, is_open: bool) -> None:
        """The front door opens or closes; nothing is said when it is so already."""
        if self._states[DOOR]["contact"] is not is_open:
            self._set(at, DOOR, "contact", is_open)

    def press(self, at: Instant, action: str) -> None:
        """The pendant is pressed: the JSON message, and its copy as plain text."""
        self._said.append(
            (PENDANT, publish.zigbee2mqtt_state(at, PENDANT, {"button": action, **self._states[PENDANT]}))
        )
        self._said.append((PENDANT, publish.zigbee2mqtt_text(at + 40 * MILLISECOND, PENDANT, "action", action)))

    def smoke(self, at: Instant, *, present: bool) -> None:
        """The smoke alarm sounds or falls silent."""
        self._set(at, SMOKE, "smoke", present)

    def battery(self, at: Instant, name: str, percent: float) -> None:
        """A battery is found at this charge."""
        self._set(at, name, "battery", percent)

    def kettle(self, at: Instant, *, is_on: bool) -> None:
        """The kettle draws its 2 kW, or has boiled."""
        self._power = 2010.0 if is_on else 0.0
        if not is_on:
            self._energy = round(self._energy + 0.1, 3)
        self._meter(at)

    def report(self, at: Instant, name: str, random: Random) -> None:
        """A device checks in: its whole state again, with fresh temperature and light."""
        if name == KETTLE:
            self._said.append((KETTLE, publish.tasmota_state(at, KETTLE, switch=True, rssi=-random.randint(52, 64))))
            self._meter(at)
            return
        state = self._states[name]
        if "temperature" in state:
            swing = math.sin(2 * math.pi * (at % DAY / DAY - 0.375))  # warmest in the afternoon
            state["temperature"] = round(20.6 + self._warmth + 0.9 * swing + random.uniform(-0.1, 0.1), 2)
        if "illuminance" in state:
            state["illuminance"] = _light(at, name.partition("/")[0])
        self._say(at, name)

    def _meter(self, at: Instant) -> None:
        current = round(self._power / 231, 3)
        energy = publish.tasmota_energy(
            at, KETTLE, power=self._power, energy=self._energy, voltage=231, current=current
        )
        self._said.append((KETTLE, energy))

    def _set(self, at: Instant, name: str, quantity: str, value: Value) -> None:
        self._states[name][quantity] = value
        self._say(at, name)

    def _say(self, at: Instant, name: str) -> None:
        self._said.append((name, publish.zigbee2mqtt_state(at, name, self._states[name])))


def _light(at: Instant, room: str) -> int:
    """Lux in a room, by the sun."""
    sun = max(0.0, math.sin(2 * math.pi * (at % DAY / DAY - 0.28)))
    return round(sun * 400) // _DARK.get(room, 1) + 3
