"""Hildebrand Glow: in-home display of British smart meters (SMETS2) with local MQTT, and its room sensors.

`glow/<device>/SENSOR/electricitymeter` every 10 s, `/gasmeter` every 30 min, `/glowsensorth1/<sensor>`, and `/STATE`.
The display is `glow:<device>`, the gas meter is its part `/gasmeter`, a room sensor is `glow:<sensor>`. Meter numbers
(`mpan`, `mprn`), supplier and tariff are personal: they are not read, and no text repeats a payload.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from devices import device_time
from devices.convention import Options, ignored
from devices.guide import Guide
from devices.instant import Instant
from devices.measurement import Decoded, Description, Measurement, Message, Rejected, Value
from devices.payload import read_object
from devices.values import NUMBERS, number, to_celsius, word

NAME = "glow"
MAKER = "Hildebrand"
GUIDE = Guide(
    NAME,
    "Hildebrand Glow",
    source="messages in the Home Assistant integration megakid/ha_hildebrand_glow_ihd_mqtt, its issues 6, 10 and 48 "
    "and its fork with room sensors, and in forum threads. No description of the messages by Hildebrand was found; a "
    "last will is documented nowhere and is not read.",
    topics="""`<prefix>/<device>/SENSOR/...` and `<prefix>/<device>/STATE`, with the prefix `glow` unless the hub says
otherwise. The display is `glow:<device>` (its MAC, in lower case), the gas meter `glow:<device>/gasmeter`, a room
sensor (`glowsensorth1`) a device of its own, `glow:<sensor>`. `timestamp` is in UTC and dates the reading.""",
    readings=(
        ("electricity: `power` in kW or W (negative when solar panels feed in)", "power"),
        ("electricity and gas: `energy.import.cumulative` in kWh; 0 is not a reading", "energy"),
        ("room sensor: `temperature`, `humidity`, `battery`, `rssi`, `status` connected",
         "temperature, humidity, battery, rssi, online"),
        ("`STATE`: `han.rssi`, `han.lqi`, and `han.status` other than `joined` (no connection to the meter)",
         "rssi, link_quality, fault"),
    ),
    notes=(
        """Gas readings are energy and never the alarm `gas`. The gas meter reports every half hour: a display that
repeats the same figure in between is healthy.""",
    ),
    ignored="export, the use of the day, week and month, gas in cubic metres, tariffs. Meter numbers and the "
    "supplier's name are never kept.",
    to_set="in the Glow app or on the display: local MQTT with the hub's broker; the topic prefix `glow`.",
    options=("glow_prefix",),
)  # fmt: skip

_METERS = {"electricitymeter": "", "gasmeter": "/gasmeter"}
_TO_WATTS = {"kw": 1000.0, "w": 1.0}
_TO_KWH = {"kwh": 1.0, "wh": 0.001, "mwh": 1000.0}
_MOST_SENSORS = 32
_MOST_DEVICES = 256
_SENSORS = ("humidity", "battery", "rssi")
_STATUS = {"connected": True, "disconnected": False}


class Glow:
    """Reads one hub's displays: holds what each has said so far, to describe it."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time
        self._prefix = options.glow_prefix + "/"
        self._known: dict[str, Description] = {}

    def claims(self, topic: str) -> bool:
        """Whether the topic is below the prefix."""
        return topic.startswith(self._prefix)

    def decode(self, message: Message) -> Decoded:
        """What a display's message means."""
        device, _, path = message.topic[len(self._prefix) :].partition("/")
        kind = path.removeprefix("SENSOR/").partition("/")[0]
        if not device or not path:
            return Decoded(NAME, rejected=Rejected("bad_topic", "the topic names no device or no message"))
        if not message.payload:
            return ignored(NAME, "empty payload: a retained value was cleared")
        if path != "STATE" and (
            not path.startswith("SENSOR/") or not (kind in _METERS or kind.startswith("glowsensor"))
        ):
            return ignored(NAME, "not a message with readings")
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        return self._read(f"{NAME}:{device.lower()}", kind, content, message)

    def _read(self, address: str, kind: str, content: dict[str, Any], message: Message) -> Decoded:
        if kind == "STATE":
            return self._state(address, content, message)
        inner = content.get(kind)
        inner = inner if isinstance(inner, dict) else {}
        if kind in _METERS:
            return self._meter(address, kind, inner, message)
        return self._room_sensors(kind, inner, message)

    def _meter(self, address: str, kind: str, content: dict[str, Any], message: Message) -> Decoded:
        at = self._at(content, message)
        said = []
        if kind == "electricitymeter" and (power := _in_unit(content, ("power", "value"), _TO_WATTS)) is not None:
            said.append(("power", NUMBERS["power"](power)))
        energy = _in_unit(content, ("energy", "import", "cumulative"), _TO_KWH)
        if energy:  # 0 is what a display shows before it has heard from the meter
            said.append(("energy", NUMBERS["energy"](energy)))
        found = _measured(address + _METERS[kind], said, at)
        if not found:
            return ignored(NAME, "a meter's message without a usable reading")
        return Decoded(NAME, found, described=self._describe(address, found))

    def _room_sensors(self, kind: str, content: dict[str, Any], message: Message) -> Decoded:
        found: list[Measurement] = []
        described: list[Description] = []
        for sensor, values in islice(content.items(), _MOST_SENSORS):
            if isinstance(values, dict) and sensor.isascii() and sensor.isalnum() and len(sensor) <= _MOST_SENSORS:
                address = f"{NAME}:{sensor.lower()}"
                mine = _measured(address, list(_room(values)), self._at(values, message))
                if mine:
                    found += mine
                    described += self._describe(address, mine, "Glow room sensor", kind)
        if not found:
            return ignored(NAME, "a room sensor's message without a usable reading")
        return Decoded(NAME, tuple(found), described=tuple(described))

    def _state(self, address: str, content: dict[str, Any], message: Message) -> Decoded:
        network = content.get("han")
        network = network if isinstance(network, dict) else {}
        status = word(network.get("status"))
        found = _measured(
            address,
            [
                ("rssi", NUMBERS["rssi"](network.get("rssi"))),
                ("link_quality", NUMBERS["link_quality"](network.get("lqi"))),
                ("fault", None if status is None else status.lower() != "joined"),
            ],
            self._at(content, message),
        )
        described = self._describe(address, found, model=word(content.get("hardware")))
        if not found and not described:
            return ignored(NAME, "a display's state with nothing that Keepwell measures")
        return Decoded(NAME, found, described=described)

    def _at(self, content: dict[str, Any], message: Message) -> Instant | None:
        at = device_time.from_text(content.get("timestamp"))
        return device_time.plausible(at, message.received_at, trusted=self._trusted)

    def _describe(
        self, address: str, found: tuple[Measurement, ...], name: str = "Glow display", model: str | None = None
    ) -> tuple[Description, ...]:
        """The device's picture so far, if this message changed it."""
        known = self._known.get(address, Description(address, name, MAKER))
        quantities = tuple(sorted({*known.quantities, *(said.quantity for said in found)}))
        now = Description(address, name, MAKER, model or known.model, quantities)
        if now == known or (address not in self._known and len(self._known) >= _MOST_DEVICES):
            return ()
        self._known[address] = now
        return (now,)


def _measured(address: str, said: list[tuple[str, Value | None]], at: Instant | None) -> tuple[Measurement, ...]:
    return tuple(Measurement(address, quantity, value, at) for quantity, value in said if value is not None)


def _in_unit(content: dict[str, Any], path: tuple[str, ...], factors: dict[str, float]) -> float | None:
    """The number at a path, in the canonical unit by the `units` beside it (else the usual, the first of `factors`)."""
    around: Any = content
    for key in path[:-1]:
        around = around.get(key) if isinstance(around, dict) else None
    if not isinstance(around, dict):
        return None
    value = number(around.get(path[-1]))
    units = around.get("units", next(iter(factors)))
    factor = factors.get(units.lower()) if isinstance(units, str) else None
    return None if value is None or factor is None else round(value * factor, 6)


def _room(values: dict[str, Any]) -> Iterator[tuple[str, Value | None]]:
    temperature = values.get("temperature")
    if isinstance(temperature, dict):
        value = number(temperature.get("value"))
        units = temperature.get("units")
        if value is not None and isinstance(units, str) and units.upper().endswith("F"):
            value = to_celsius(value)
        yield "temperature", NUMBERS["temperature"](value)
    for quantity in _SENSORS:
        said = values.get(quantity)
        yield quantity, NUMBERS[quantity](said.get("value")) if isinstance(said, dict) else None
    status = values.get("status")
    yield "online", _STATUS.get(status.lower()) if isinstance(status, str) else None
