"""Simulated Tasmota devices: a plug, a strip, probes, inputs with words of their own, BLE, LoRaWAN, a Zigbee bridge."""

import math
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import orjson

from devices.instant import Instant, rfc3339
from devices.measurement import Value
from devices.simulation.publish import Published, tasmota_last_will
from devices.simulation.simulator import Can

_PLUG, _STRIP, _ATTIC = "tasmota:kettle", "tasmota:strip", "tasmota:attic/climate"
_DOOR, _BUTTON, _RADAR = "tasmota:haustuer/Switch1", "tasmota:hall/Button2", "tasmota:hall/LD2410S"
_BLE, _LORA = "tasmota:gateway/MJYD2Saabbcc", "tasmota:gateway/0xae3d"
_BLE_DOOR, _BLE_BUTTON = "tasmota:gateway/MCCGQ02-0a0b0c", "tasmota:gateway/bell-1"
_CONTACT, _PIR, _SOCKET = "tasmota:zb/Back door", "tasmota:zb/Landing", "tasmota:zb/0x00124b0022000003"
_REMOTE, _PENDANT, _TILT = "tasmota:zb/Remote", "tasmota:zb/Pendant", "tasmota:zb/Drawer"

_CAN = (
    Can(_PLUG, "online"),
    Can(_PLUG, "switch"),
    Can(_PLUG, "rssi", -90, -30),
    Can(_PLUG, "power", 0, 3000),
    Can(_PLUG, "energy", 0, 900, 0.001),
    Can(_PLUG, "voltage", 220, 250),
    Can(_PLUG, "current", 0, 13, 0.001),
    Can(f"{_STRIP}/1", "power", 0, 2000),
    Can(f"{_STRIP}/2", "power", 0, 2000),
    Can(f"{_STRIP}/2", "switch"),
    Can(f"{_ATTIC}/BME280", "temperature", -20, 45, 0.1),
    Can(f"{_ATTIC}/BME280", "humidity", 0, 100, 0.5),
    Can(f"{_ATTIC}/BME280", "pressure", 950, 1050, 0.5),
    Can(f"{_ATTIC}/DS18B20-1", "temperature", -20, 90, 0.1),
    Can(f"{_ATTIC}/SCD40", "co2", 400, 5000),
    Can(_DOOR, "switch"),
    Can(_BUTTON, "button", words=("press", "double", "triple", "QUAD", "long", "release")),
    Can(_RADAR, "presence"),
    Can(_BLE, "motion"),
    Can(_BLE, "battery", 1, 100),
    Can(_BLE, "illuminance", 0, 100),
    Can(_BLE_DOOR, "contact"),
    Can(_BLE_BUTTON, "button", words=("press", "double", "long")),
    Can(_LORA, "contact"),
    Can(_LORA, "battery_voltage", 2.5, 3.6, 0.001),
    Can(_CONTACT, "contact"),
    Can(_CONTACT, "tamper"),
    Can(_CONTACT, "battery_low"),
    Can(_CONTACT, "battery", 0, 100),
    Can(_CONTACT, "link_quality", 0, 254),
    Can(_PIR, "motion"),
    Can(_PIR, "illuminance", 1, 2000),
    Can(_PIR, "temperature", -20, 45, 0.01),
    Can(_SOCKET, "switch"),
    Can(_SOCKET, "power", 0, 3000),
    Can(_SOCKET, "energy", 0, 900, 0.01),
    Can(_REMOTE, "button", words=("press", "double", "long")),
    Can(_PENDANT, "button", words=("emergency",)),
    Can(_TILT, "vibration", flags=(True,)),
)

_SAID = {"press": "SINGLE", "double": "DOUBLE", "triple": "TRIPLE", "QUAD": "QUAD", "long": "HOLD", "release": "CLEAR"}
_CODES = {"press": 10, "double": 11, "triple": 12, "QUAD": 13, "long": 3, "release": 15}
_METER = {"power": "Power", "energy": "Total", "voltage": "Voltage", "current": "Current"}
_COMMANDS: dict[str, dict[str, Any]] = {
    "press": {"0006!02": "", "Power": 2},
    "double": {"0006!01": "", "Power": 1},
    "long": {"0006!00": "", "Power": 0},
    "emergency": {"0501!02": ""},
}
_SHORT = {_CONTACT: "0x662E", _PIR: "0x2226", _SOCKET: "0x4773", _REMOTE: "0x5E01", _PENDANT: "0x5E02", _TILT: "0x128F"}
_MODELS = {_PIR: "SML001", _SOCKET: "TS011F", _REMOTE: "WB01", _PENDANT: "TS0215A", _TILT: "lumi.vibration.aq1"}
_CLOSED, _OPEN = "ZU", "OFFEN"
_MMHG = 1.333224

Told = Mapping[tuple[str, str], Value]


class SimulatedTasmota:
    """Says each thing in one of the forms that firmware and SetOptions give it, as chance will have it."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.can: tuple[Can, ...] = _CAN
        self._zigbee_form = random.choice((self._wrapped, self._by_name, self._on_its_topic, self._bare, self._flat))

    def introduce(self, at: Instant) -> list[Published]:
        """The door tells its words, topics and sensors, the Zigbee bridge its devices."""
        config = {
            "ip": "192.0.2.9", "dn": "Haustür", "fn": ["Haustür", None], "hn": "haustuer", "mac": "A0B1C2D3E4F5",
            "md": "Generic", "ofln": "Abwesend", "onln": "Anwesend", "state": [_CLOSED, _OPEN, "WECHSEL", "HALTEN"],
            "sw": "13.4.0", "t": "haustuer", "ft": "%prefix%/%topic%/", "tp": ["cmnd", "stat", "tele"],
            "rl": [0, 0], "swc": [1, -1], "btn": [0, 0], "bat": 0, "dslp": 0, "ver": 1,
        }  # fmt: skip
        listed = {"sn": {"Time": rfc3339(at)[:19], "Switch1": _CLOSED}, "ver": 1}
        return [
            _json(at, "tasmota/discovery/A0B1C2D3E4F5/config", config, retained=True),
            _json(at, "tasmota/discovery/A0B1C2D3E4F5/sensors", listed, retained=True),
            tasmota_last_will(at, "zb", online=True),
            *(self._known(at, address) for address in _SHORT),
        ]

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """The messages by which the devices report these values."""
        told = {(can.address, can.quantity): value for can, value in values.items()}
        writers: tuple[Callable[[Instant, Told], Iterator[Published]], ...] = (
            self._plug, self._strip, self._climate, self._inputs, self._gateway, self._bridge
        )  # fmt: skip
        return [published for write in writers for published in write(at, told)]

    def _plug(self, at: Instant, told: Told) -> Iterator[Published]:
        if (online := told.get((_PLUG, "online"))) is not None:
            yield tasmota_last_will(at, "kettle", online=bool(online))
        if (state := told.get((_PLUG, "switch"))) is not None:
            form = self._random.randrange(3)
            if form == 0:
                yield Published(at, "stat/kettle/POWER", _on(state).encode(), self._random.random() < 0.5)
            else:
                yield _json(at, f"{('tele', 'stat')[form - 1]}/kettle/RESULT", {"POWER": _on(state)})
        if (signal := told.get((_PLUG, "rssi"))) is not None:
            yield self._timed(at, "kettle", "STATE", {"UptimeSec": 3610, "Wifi": {"RSSI": 80, "Signal": signal}})
        meter = {key: told[_PLUG, quantity] for quantity, key in _METER.items() if (_PLUG, quantity) in told}
        if meter:
            yield self._sensors(at, "kettle", {"ENERGY": meter})

    def _strip(self, at: Instant, told: Told) -> Iterator[Published]:
        channels = [told.get((f"{_STRIP}/{number}", "power")) for number in (1, 2)]
        if channels != [None, None]:
            yield self._sensors(at, "strip", {"ENERGY": {"Power": channels}})
        if (state := told.get((f"{_STRIP}/2", "switch"))) is not None:
            yield self._timed(at, "strip", "STATE", {"POWER2": _on(state)})

    def _climate(self, at: Instant, told: Told) -> Iterator[Published]:
        """Several probes in one message, perhaps in Fahrenheit and millimetres of mercury; a FullTopic of its own."""
        fahrenheit, mercury = self._random.random() < 0.5, self._random.random() < 0.5
        names = {"temperature": "Temperature", "humidity": "Humidity", "pressure": "Pressure", "co2": "CarbonDioxide"}
        probes: dict[str, dict[str, Any]] = {}
        for (address, quantity), raw in told.items():
            if address.startswith(_ATTIC + "/"):
                value = float(raw)
                if quantity == "temperature" and fahrenheit:
                    value = value * 1.8 + 32
                elif quantity == "pressure" and mercury:
                    value /= _MMHG
                probes.setdefault(address.rpartition("/")[2], {})[names[quantity]] = round(value, 2)
        if probes:
            units = {"TempUnit": "F" if fahrenheit else "C", "PressureUnit": "mmHg" if mercury else "hPa"}
            yield _json(at, "attic/climate/tele/SENSOR", {"Time": rfc3339(at)[:19], **probes, **units})

    def _inputs(self, at: Instant, told: Told) -> Iterator[Published]:
        if (opened := told.get((_DOOR, "switch"))) is not None:
            state = _OPEN if opened else _CLOSED
            if self._random.random() < 0.5:
                yield _json(at, "stat/haustuer/RESULT", {"Switch1": {"Action": state}})
            else:
                yield self._sensors(at, "haustuer", {"Switch1": state})
        if (action := told.get((_BUTTON, "button"))) is not None:
            said = _json(at, "stat/hall/RESULT", {"Button2": {"Action": _SAID[str(action)]}})
            as_topic = said._replace(topic="stat/hall/BUTTON2")
            older = _json(at, "stat/hall/BUTTON2", {"ACTION": _SAID[str(action)]})
            by_rule = Published(at, "stat/hall/BUTTON2", str(_CODES[str(action)]).encode())
            yield from self._random.choice(((said,), (said, as_topic), (as_topic,), (older,), (by_rule,)))
        if (somebody := told.get((_RADAR, "presence"))) is not None:
            people = self._random.choice((2, 3) if somebody else (0, 1))
            yield self._sensors(at, "hall", {"LD2410S": {"Distance": 110.0, "People": people}})

    def _gateway(self, at: Instant, told: Told) -> Iterator[Published]:
        """BLE sensors, now and with the TelePeriod, and a LoRaWAN door."""
        names = {"motion": "PIR", "battery": "Battery", "illuminance": "Illuminance"}
        said = {key: told[_BLE, quantity] for quantity, key in names.items() if (_BLE, quantity) in told}
        if "PIR" in said:
            said["PIR"] = int(said["PIR"])
        if said:
            content = {"Time": rfc3339(at)[:19], "MJYD2Saabbcc": {"mac": "aabbccaabbcc", "NMT": 120, **said}}
            yield _json(at, self._random.choice(("tele", "stat")) + "/gateway/SENSOR", content)
        happened: dict[str, dict[str, Any]] = {}
        if (opened := told.get((_BLE_DOOR, "contact"))) is not None:
            happened["MCCGQ02-0a0b0c"] = {"Door": self._random.choice((0, 2)) if opened else 1, "Events": 4}
        if (action := told.get((_BLE_BUTTON, "button"))) is not None:
            happened["bell"] = {"Button1": ("press", "double", "long").index(str(action)) + 1}
        for name, event in happened.items():
            yield _json(at, "tele/gateway/SENSOR", {name: {**event, "MAC": "A4C1380A0B0C"}})
        door = {"contact": "DoorOpen", "battery_voltage": "BattV"}
        sent = {key: told[_LORA, quantity] for quantity, key in door.items() if (_LORA, quantity) in told}
        if sent:
            decoded = {"LwDecoded": {"0xAE3D": {"Device": "Dragino LDS02", "Node": 1, **sent}}}
            yield _json(at, "tele/gateway/SENSOR", decoded)

    # ------------------------------------------------------------------------------------------- Zigbee2Tasmota

    def _bridge(self, at: Instant, told: Told) -> Iterator[Published]:
        for address in _SHORT:
            said = {quantity: value for (whose, quantity), value in told.items() if whose == address}
            if said:
                yield self._zigbee_form(at, address, {**_attributes(said), "Endpoint": 1})

    def _known(self, at: Instant, address: str) -> Published:
        ieee = "0x00124B002200000" + str(list(_SHORT).index(address) + 1)
        about = {"Device": _SHORT[address], **_name(address), "IEEEAddr": ieee, "Manufacturer": "_TZ3000_x"}
        if address in _MODELS:
            about["ModelId"] = _MODELS[address]
        return _json(at, "tele/zb/SENSOR", {"ZbInfo": {_SHORT[address]: {**about, "LinkQuality": 90}}})

    def _wrapped(self, at: Instant, address: str, said: dict[str, Any]) -> Published:
        content = {"Device": _SHORT[address], **_name(address), **said}
        return _json(
            at, "tele/zb/" + self._random.choice(("SENSOR", "RESULT")), {"ZbReceived": {_SHORT[address]: content}}
        )

    def _by_name(self, at: Instant, address: str, said: dict[str, Any]) -> Published:
        """SetOption83."""
        key = _name(address).get("Name", _SHORT[address])
        return _json(at, "tele/zb/SENSOR", {"ZbReceived": {key: {"Device": _SHORT[address], **_name(address), **said}}})

    def _on_its_topic(self, at: Instant, address: str, said: dict[str, Any]) -> Published:
        """SetOption89."""
        return self._wrapped(at, address, said)._replace(topic=f"tele/zb/{_SHORT[address][2:]}/SENSOR")

    def _bare(self, at: Instant, address: str, said: dict[str, Any]) -> Published:
        """SetOption100."""
        return _json(at, "tele/zb/SENSOR", {_SHORT[address]: {"Device": _SHORT[address], **_name(address), **said}})

    def _flat(self, at: Instant, address: str, said: dict[str, Any]) -> Published:
        """SetOption89, 118 and 119."""
        topic = f"tele/zb/{_SHORT[address][2:]}/ZbReceived"
        return _json(at, topic, {"Device": _SHORT[address], **_name(address), **said})

    # ------------------------------------------------------------------------------------------- forms

    def _timed(self, at: Instant, topic: str, kind: str, content: dict[str, Any]) -> Published:
        return _json(at, f"tele/{topic}/{kind}", {"Time": rfc3339(at)[:19], **content})

    def _sensors(self, at: Instant, topic: str, content: dict[str, Any]) -> Published:
        """By itself, or as the answer to `Status 8` or `Status 10`."""
        timed = {"Time": rfc3339(at)[:19], **content}
        kind = self._random.choice(("tele/{}/SENSOR", "stat/{}/STATUS8", "stat/{}/STATUS10"))
        return _json(at, kind.format(topic), timed if kind.startswith("tele") else {"StatusSNS": timed})


_ATTRIBUTES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "contact": lambda value: {"Contact": int(value)},
    "tamper": lambda value: {"Tamper": int(value)},
    "battery_low": lambda value: {"BatteryLow": int(value)},
    "motion": lambda value: {"Occupancy": int(value)},
    "battery": lambda value: {"BatteryPercentage": value},
    "link_quality": lambda value: {"LinkQuality": value},
    "temperature": lambda value: {"Temperature": value},
    "power": lambda value: {"ActivePower": value},
    "switch": lambda value: {"Power": value},
    "vibration": lambda _: {"AqaraVibrationMode": "tilt"},
    "illuminance": lambda value: {"Illuminance": round(10_000 * math.log10(value) + 1)},
    "energy": lambda value: {"CurrentSummationDelivered": f"0x{round(value * 100):012X}"},
    "button": lambda value: _COMMANDS[value],
}


def _attributes(said: Mapping[str, Value]) -> dict[str, Any]:
    """A Zigbee device's values as the bridge writes them."""
    attributes: dict[str, Any] = {}
    if {"contact", "tamper", "battery_low"} <= set(said):
        status = int(said["contact"]) | int(said["tamper"]) << 2 | int(said["battery_low"]) << 3
        attributes = {"0500<00": f"{status:02X}0000010000", "ZoneStatusChange": status}
    for quantity, value in said.items():
        attributes |= _ATTRIBUTES[quantity](value)
    return attributes


def _name(address: str) -> dict[str, str]:
    name = address.rpartition("/")[2]
    return {} if name.startswith("0x") else {"Name": name}


def _on(state: Value) -> str:
    return "ON" if state else "OFF"


def _json(at: Instant, topic: str, content: dict[str, Any], *, retained: bool = False) -> Published:
    return Published(at, topic, orjson.dumps(content), retained)
