"""Tasmota (https://tasmota.github.io/docs/MQTT/): `tele/<topic>/SENSOR` and its kin, whatever the FullTopic is.

`tele`, `stat` or `cmnd` is a whole segment somewhere, the last segment is the kind of message, and what is left names
the device: `tasmota:<what is left>`. Each named sensor is a part of it, as in `tasmota:boiler/DS18B20-1`.
"""

import re
from collections.abc import Iterator
from typing import Any

from devices import device_time
from devices.actions import ACTIONS
from devices.convention import Options, ignored
from devices.guide import Guide
from devices.instant import Instant
from devices.measurement import Decoded, Measurement, Message, Rejected, Value
from devices.payload import read_json, read_object
from devices.values import CONTROL, NUMBERS, number, on_off, to_celsius, word

NAME = "tasmota"
GUIDE = Guide(NAME, "Tasmota and Zigbee2Tasmota", "", "", (), "", "")
_PREFIXES = frozenset({"tele", "stat", "cmnd"})
_NUMBERED = re.compile(r"(POWER|Switch|SWITCH|Button|BUTTON)([0-9]{0,2})")
_SENSOR_LIMIT = 64
_REMEMBERED = 1_000

_ENERGY = {"Power": "power", "Total": "energy", "Voltage": "voltage", "Current": "current"}
_SENSOR = {
    "Temperature": "temperature",
    "Humidity": "humidity",
    "Pressure": "pressure",
    "Illuminance": "illuminance",
    "CarbonDioxide": "co2",
    "TVOC": "voc",
    "PM2.5": "pm25",
    "Battery": "battery",
    "RSSI": "rssi",
}
_TO_HPA = {"mmHg": 1.333224, "inHg": 33.86389}
_SOMEBODY = {0: False, 1: False, 2: True, 3: True}
"""`People` of an LD2410S (xsns_102_ld2410s): 0 and 1 nobody, 2 and 3 somebody."""

_LWT = {"online": True, "offline": False}
_READ = re.compile(r"SENSOR|STATE|RESULT|STATUS[0-9]*|POWER[0-9]*|BUTTON[0-9]+|SWITCH[0-9]+")


class Tasmota:
    """Reads one hub's Tasmota devices: holds which have several switches and the LWT words of translated builds."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time
        self._several_switches: set[str] = set()
        self._lwt = dict(_LWT)

    def claims(self, topic: str) -> bool:
        """Whether `tele`, `stat` or `cmnd` is a segment before the last, or the topic is under `tasmota/discovery`."""
        return not _PREFIXES.isdisjoint(topic.split("/")[:-1]) or topic.startswith("tasmota/discovery/")

    def decode(self, message: Message) -> Decoded:
        """What a device's message means."""
        if message.topic.startswith("tasmota/discovery/"):
            return self._discovery(message)
        segments = message.topic.split("/")
        place = next(place for place, segment in enumerate(segments) if segment in _PREFIXES)
        prefix, kind = segments.pop(place), segments.pop()
        device = "/".join(segments)
        if prefix == "cmnd":
            return ignored(NAME, "a command to a device")
        if not device or not kind:
            return Decoded(NAME, rejected=Rejected("bad_topic", "the topic names no device"))
        return self._from_device(f"{NAME}:{device}", kind, message)

    def _from_device(self, address: str, kind: str, message: Message) -> Decoded:
        if not message.payload:
            return ignored(NAME, "empty payload: a retained value was cleared")
        if kind == "LWT":
            return self._last_will(address, message.payload)
        if not _READ.fullmatch(kind):
            return ignored(NAME, f"{kind[:40]} is not a message with measurements")
        return self._reading(address, kind, message)

    def _reading(self, address: str, kind: str, message: Message) -> Decoded:
        content = read_json(message.payload)
        if isinstance(content, Rejected) and kind.startswith("POWER"):
            content = {kind: message.payload[:16].decode("latin-1")}
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        if not isinstance(content, dict):
            return Decoded(NAME, rejected=Rejected("not_an_object", "expected a JSON object"))
        if kind.startswith(("BUTTON", "SWITCH")):
            content = {kind: content}
        for wrapper in ("StatusSNS", "StatusSTS"):
            if isinstance(inner := content.get(wrapper), dict):
                content = {**content, **inner}
        at = device_time.from_text(content.get("Time"))
        at = device_time.plausible(at, message.received_at, trusted=self._trusted)
        found = tuple(self._measurements(address, content, at))
        if found:
            return Decoded(NAME, found)
        if "ZbReceived" in content:
            return ignored(NAME, "a Zigbee2Tasmota message, which Keepwell does not read: use Zigbee2MQTT")
        return ignored(NAME, "nothing in it that Keepwell measures has a usable value")

    def _measurements(self, address: str, content: dict[str, Any], at: Instant | None) -> Iterator[Measurement]:
        if sum(key.startswith("Switch") for key in content) > 1 and len(self._several_switches) < _REMEMBERED:
            self._several_switches.add(address)
        for key, raw in content.items():
            if key == "ENERGY" and isinstance(raw, dict):
                yield from _energy(address, raw, at)
            elif key == "Wifi" and isinstance(raw, dict):
                if (signal := NUMBERS["rssi"](raw.get("Signal"))) is not None:
                    yield Measurement(address, "rssi", signal, at)
            elif (numbered := _NUMBERED.fullmatch(key)) is not None:
                yield from self._input(address, numbered[1].capitalize(), numbered[2], raw, at)
            elif isinstance(raw, dict):
                yield from _sensor(address, key, raw, content, at)

    def _input(self, address: str, what: str, index: str, raw: object, at: Instant | None) -> Iterator[Measurement]:
        """A relay (POWER), a switch input or a button, numbered where there are several."""
        word_ = raw
        if isinstance(raw, dict):
            word_ = raw.get("Action", raw.get("ACTION"))
        if what == "Button":
            action = word(word_)
            if action is not None:
                yield Measurement(f"{address}/Button{index}", "button", ACTIONS.get(action.lower(), action), at)
            return
        state = on_off(word_)
        if state is None:
            return
        if what == "Power":
            yield Measurement(f"{address}/{index}" if index else address, "switch", state, at)
            return
        if index not in ("", "1") and len(self._several_switches) < _REMEMBERED:
            self._several_switches.add(address)
        part = address in self._several_switches
        yield Measurement(f"{address}/Switch{index}" if part else address, "switch", state, at)

    def _last_will(self, address: str, payload: bytes) -> Decoded:
        online = self._lwt.get(payload[:64].decode("utf-8", "replace").strip().lower())
        if online is None:
            return Decoded(NAME, rejected=Rejected("bad_value", "the last will is neither Online nor Offline"))
        return Decoded(NAME, (Measurement(address, "online", online),))

    def _discovery(self, message: Message) -> Decoded:
        """Learn a translated build's words for Online and Offline; there is no reading in a discovery message."""
        if message.topic.endswith("/config") and message.payload:
            content = read_object(message.payload)
            if isinstance(content, Rejected):
                return Decoded(NAME, rejected=content)
            for key, online in (("onln", True), ("ofln", False)):
                text = word(content.get(key))
                if text is not None and len(self._lwt) < _SENSOR_LIMIT:
                    self._lwt.setdefault(text.strip().lower(), online)
        return ignored(NAME, "a discovery message holds no measurement")


def _energy(address: str, energy: dict[str, Any], at: Instant | None) -> Iterator[Measurement]:
    """A meter's values; lists are channels, numbered from 1 as the relays are."""
    for key, quantity in _ENERGY.items():
        raw = energy.get(key)
        read = NUMBERS[quantity]
        if isinstance(raw, list):
            for channel, each in enumerate(raw[:16], 1):
                if (value := read(each)) is not None:
                    yield Measurement(f"{address}/{channel}", quantity, value, at)
        elif (value := read(raw)) is not None:
            yield Measurement(address, quantity, value, at)


def _sensor(
    address: str, name: str, sensor: dict[str, Any], around: dict[str, Any], at: Instant | None
) -> Iterator[Measurement]:
    """One named sensor: a part of the device. Units stand beside it, in the message."""
    if not name or "/" in name or len(name) > _SENSOR_LIMIT or CONTROL.search(name) or "Device" in sensor:
        return  # "Device": Zigbee2Tasmota's short address, which changes
    part = f"{address}/{name}"
    for key, quantity in _SENSOR.items():
        if (value := _sensor_value(name, quantity, sensor.get(key), around)) is not None:
            yield Measurement(part, "device_temperature" if _is_chip(name, quantity) else quantity, value, at)
    if name == "LD2410S" and isinstance(people := sensor.get("People"), int) and people in _SOMEBODY:
        yield Measurement(part, "presence", _SOMEBODY[people], at)


def _is_chip(name: str, quantity: str) -> bool:
    return name == "ESP32" and quantity == "temperature"


def _sensor_value(name: str, quantity: str, raw: object, around: dict[str, Any]) -> Value | None:
    value = number(raw)
    if value is None:
        return None
    if quantity == "temperature" and around.get("TempUnit") == "F":
        value = to_celsius(value)
    if quantity == "pressure" and isinstance(unit := around.get("PressureUnit"), str):
        value = round(value * _TO_HPA.get(unit, 1.0), 2)
    return NUMBERS["device_temperature" if _is_chip(name, quantity) else quantity](value)
