"""Simulated LoRaWAN devices: of three makers, heard through ChirpStack (v4 and v3) and The Things Stack."""

import base64
from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

import orjson

from devices.instant import SECOND, Instant, rfc3339
from devices.measurement import Value
from devices.simulation.publish import Published
from devices.simulation.simulator import Can

_DOOR, _BUTTON, _PIR, _LEAK, _SMOKE, _CLIMATE, _STRIP = (f"24e124000000000{n}" for n in range(1, 8))


def _can(eui: str, quantity: str, low: float = 0, high: float = 0, step: float = 1, part: str = "") -> Can:
    return Can(f"lorawan:{eui}{part}", quantity, low, high, step)


class _Device(NamedTuple):
    """A device: its profile, its maker's and its model's id, and which codecs may read it."""

    profile: str
    brand: str
    model: str
    can: tuple[Can, ...]


_DEVICES = {
    _DOOR: _Device("Milesight WS301", "milesight-iot", "ws301", (
        _can(_DOOR, "contact"), _can(_DOOR, "tamper"), _can(_DOOR, "battery", 0, 100),
    )),
    _BUTTON: _Device("WS101", "milesight-iot", "ws101", (
        Can(f"lorawan:{_BUTTON}", "button", words=("press", "long", "double")), _can(_BUTTON, "battery", 0, 100),
    )),
    _PIR: _Device("WS202", "milesight-iot", "ws202", (_can(_PIR, "motion"), _can(_PIR, "battery", 0, 100))),
    _LEAK: _Device("Dragino LWL02", "dragino", "lwl02", (
        _can(_LEAK, "leak"), _can(_LEAK, "battery_voltage", 2, 3.6, 0.001),
    )),
    _SMOKE: _Device("Netvox RA02A", "netvox", "ra02a", (
        _can(_SMOKE, "smoke"), _can(_SMOKE, "heat_alarm"), _can(_SMOKE, "temperature", -20, 60, 0.1),
    )),
    _CLIMATE: _Device("Dragino LHT65N", "dragino", "lht65n", (
        _can(_CLIMATE, "temperature", -20, 50, 0.01), _can(_CLIMATE, "humidity", 0, 100, 0.1),
        _can(_CLIMATE, "temperature", -20, 50, 0.01, "/probe"), _can(_CLIMATE, "battery_voltage", 2, 3.6, 0.001),
    )),
    _STRIP: _Device("Sensative Strips", "sensative", "strips", (
        _can(_STRIP, "leak"), _can(_STRIP, "temperature", -20, 50, 0.1), _can(_STRIP, "battery", 0, 100),
    )),
}  # fmt: skip

_PRESSED = {
    "press": ("short press", "short", 1),
    "long": ("long press", "long", 2),
    "double": ("double press", "double", 3),
}


class SimulatedLorawan:
    """Sends each device's values as its codec would give them, by the network server that the random chooses."""

    can: tuple[Can, ...] = tuple(can for device in _DEVICES.values() for can in device.can)

    def __init__(self, random: Random) -> None:
        self._random = random
        self._frame = random.choice((0, 1, 900))

    def introduce(self, at: Instant) -> list[Published]:
        """A join of each device."""
        return [self._event(at, eui, "join", {"devAddr": "00189440"}) for eui in _DEVICES]

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """One frame of each device that has something to say, sometimes delivered twice."""
        published = []
        for eui, device in _DEVICES.items():
            said = {
                ("probe " if can.address.endswith("/probe") else "") + can.quantity: values[can]
                for can in device.can
                if can in values
            }
            if said:
                self._frame += 1
                frame = self._sent(at, eui, _CODECS[eui](said, self._random))
                published += [frame] * self._random.choice((1, 1, 2))
        return published

    def _sent(self, at: Instant, eui: str, made: dict[str, Any]) -> Published:
        server = self._random.choice((self._chirpstack, self._chirpstack_3, self._the_things_stack))
        return server(at, eui, made)

    def _chirpstack(self, at: Instant, eui: str, made: dict[str, Any]) -> Published:
        if self._random.random() < 0.2 and set(made) == {"battery"} and made["battery"] > 0:
            return self._event(at, eui, "status", {"margin": 10, "batteryLevel": made["battery"]})
        content = {
            "devAddr": "00189440",
            "fPort": 85,
            "data": "AQ==",
            "object": made,
            "txInfo": {"frequency": 868100000},
        }
        if self._frame:
            content["fCnt"] = self._frame
        return self._event(at, eui, "up", content)

    def _event(self, at: Instant, eui: str, event: str, content: dict[str, Any]) -> Published:
        info = {"deviceProfileName": _DEVICES[eui].profile, "deviceName": f"sensor {eui[-1]}", "devEui": eui}
        payload = {"deduplicationId": f"{at}", "time": rfc3339(at), "deviceInfo": info, **content}
        prefix = self._random.choice(("", "", "eu868/"))
        return Published(at, f"{prefix}application/17c82e96/device/{eui}/event/{event}", orjson.dumps(payload))

    def _chirpstack_3(self, at: Instant, eui: str, made: dict[str, Any]) -> Published:
        content: dict[str, Any] = {
            "applicationID": "7",
            "deviceName": f"sensor {eui[-1]}",
            "deviceProfileName": _DEVICES[eui].profile,
            "devEUI": base64.b64encode(bytes.fromhex(eui)).decode(),
            "devAddr": "ABiUQA==",
            "fCnt": self._frame,
            "fPort": 85,
            "data": "AQ==",
            "publishedAt": rfc3339(at),
        }
        if self._random.random() < 0.5:
            return Published(
                at,
                f"application/7/device/{eui}/event/up",
                orjson.dumps({**content, "objectJSON": orjson.dumps(made).decode()}),
            )
        return Published(at, f"application/7/device/{eui}/rx", orjson.dumps({**content, "devEUI": eui, "object": made}))

    def _the_things_stack(self, at: Instant, eui: str, made: dict[str, Any]) -> Published:
        device = _DEVICES[eui]
        uplink: dict[str, Any] = {
            "f_port": 85,
            "f_cnt": self._frame,
            "frm_payload": "AQ==",
            "decoded_payload": made,
            "version_ids": {"brand_id": device.brand, "model_id": device.model},
        }
        normalised = _normalised(device.brand, made)
        if normalised and self._random.random() < 0.5:
            uplink["normalized_payload"] = [normalised]
        content: dict[str, Any] = {
            "end_device_ids": {"device_id": f"eui-{eui}", "dev_eui": eui.upper(), "dev_addr": "00189440"},
            "received_at": rfc3339(at + SECOND // 8).replace("Z", "123Z"),
            "uplink_message": uplink,
        }
        if self._random.random() < 0.3:
            content = {"name": "as.up.data.forward", "data": content}
        application = self._random.choice(("homes@ttn", "homes"))
        return Published(at, f"v3/{application}/devices/eui-{eui}/up", orjson.dumps(content))


def _normalised(brand: str, made: Mapping[str, Any]) -> dict[str, Any]:
    """What the repository's normaliser makes of it; Milesight's puts the per cent where volts belong."""
    standard: dict[str, Any] = {}
    if "TempC_SHT" in made:
        standard["air"] = {"temperature": made["TempC_SHT"], "location": "indoor"}
    if brand == "milesight-iot" and "battery" in made:
        standard["battery"] = made["battery"]
    if "door" in made:
        standard["action"] = {"contactState": made["door"].upper()}
    if made.get("WATER_LEAK_STATUS"):
        standard["water"] = {"leak": True}  # of the text NO LEAK too
    return standard


def _door(said: Mapping[str, Any], random: Random) -> dict[str, Any]:
    made: dict[str, Any] = {}
    newer = random.random() < 0.5
    if "contact" in said:
        made["magnet_status" if newer else "door"] = random.choice(("open",)) if said["contact"] else "close"
    if "tamper" in said and newer:
        made["tamper_status"] = "uninstalled" if said["tamper"] else "installed"
    elif "tamper" in said:
        made["install"] = "no" if said["tamper"] else "yes"
    if "battery" in said:
        made["battery"] = said["battery"]
    return made


def _button(said: Mapping[str, Any], random: Random) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "button" in said:
        own, short, raw = _PRESSED[said["button"]]
        made |= random.choice((
            {"button_event": {"status": own, "msgid": random.randrange(900_000)}},
            {"button_event": {"status": raw, "msgid": random.randrange(900_000)}},
            {"button": short},
        ))  # fmt: skip
    if "battery" in said:
        made["battery"] = said["battery"]
    return made


def _pir(said: Mapping[str, Any], random: Random) -> dict[str, Any]:
    made: dict[str, Any] = {"daylight": "dark"}
    if "motion" in said:
        made["pir"] = random.choice(("trigger", 1)) if said["motion"] else random.choice(("normal", 0))
    if "battery" in said:
        made["battery"] = said["battery"]
    return made


def _leak(said: Mapping[str, Any], random: Random) -> dict[str, Any]:
    made: dict[str, Any] = {"MOD": random.choice((2, 3))}
    if made["MOD"] == 3:
        made |= {"DOOR_OPEN_STATUS": 1, "ALARM": 0}
    if "leak" in said:
        made["WATER_LEAK_STATUS"] = random.choice((1, "LEAK")) if said["leak"] else random.choice((0, "NO LEAK"))
    if "battery_voltage" in said:
        made["BAT_V"] = round(said["battery_voltage"], 3)
    return made


def _smoke(said: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    made: dict[str, Any] = {"Device": "RA02A"}
    names = {"smoke": "FireAlarm", "heat_alarm": "HighTempAlarm"}
    made |= {name: "Alarm" if said[key] else "No Alarm" for key, name in names.items() if key in said}
    if "temperature" in said:
        made["Temp"] = round(said["temperature"], 1)
    return made


def _climate(said: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    names = {
        "temperature": "TempC_SHT",
        "humidity": "Hum_SHT",
        "probe temperature": "TempC_DS",
        "battery_voltage": "BatV",
    }
    return {name: round(said[key], 3) for key, name in names.items() if key in said} | {
        "Ext_sensor": "Temperature Sensor"
    }


def _strip(said: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    made: dict[str, Any] = {"historySeqNr": 12}
    if "leak" in said:
        made["floodAlarm"] = {"value": said["leak"]}
    if "temperature" in said:
        made["temperature"] = {"value": round(said["temperature"], 1), "unit": "°C"}
    if "battery" in said:
        made["battery"] = said["battery"]
    return made


_CODECS = {
    _DOOR: _door, _BUTTON: _button, _PIR: _pir, _LEAK: _leak, _SMOKE: _smoke, _CLIMATE: _climate, _STRIP: _strip,
}  # fmt: skip
