"""Simulated Bluetooth sensors as two Theengs gateways publish them: partial adverts, copies of the numbered ones."""

from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

import orjson

from devices.instant import Instant
from devices.measurement import Value
from devices.simulation.publish import Published
from devices.simulation.simulator import Can

_GATEWAYS = ("TheengsGateway", "OMG_ESP32_BLE")
_WORDS = ("press", "double", "triple", "long")
_CODES = {"press": 1, "double": 2, "triple": 3}


class _Device(NamedTuple):
    """What names it in its adverts, key to what it reports, and whether its adverts carry a packet number."""

    mac: str
    about: dict[str, Any]
    keys: dict[str, Can]
    numbered: bool = False


def _device(
    mac: str, brand: str, model: str, model_id: str, kind: str, *, numbered: bool = False, **keys: Can
) -> _Device:
    address = f"theengs:{mac.lower()}"
    named = {
        key: can._replace(address=f"{address}/{key[-1]}" if key[:-1] == "button" else address)
        for key, can in keys.items()
    }
    about = {"brand": brand, "model": model, "model_id": model_id, "type": kind}
    return _Device(mac, about, named, numbered)


_BATTERY = Can("", "battery", 0, 100, 1)
_RSSI = Can("", "rssi", -99, -30, 1)
_TEMPERATURE = Can("", "temperature", -20, 50, 0.1)
_HUMIDITY = Can("", "humidity", 0, 100, 0.1)
_LUX = Can("", "illuminance", 0, 80_000, 1)
_BUTTON = Can("", "button", words=_WORDS)

_DEVICES = (
    _device("A4C138112233", "Xiaomi", "Mi Jia round", "LYWSDCGQ", "THB",
            tempc=_TEMPERATURE, hum=_HUMIDITY, batt=_BATTERY, rssi=_RSSI),
    _device("D0D8C4001122", "Tilt", "Brewing Hydro- Thermometer", "TILT", "THBX", tempf=_TEMPERATURE),
    _device("582D34AA0001", "ClearGrass/Qingping", "Thermo-Hygrometer CO2 Detector", "CGP22C", "AIR",
            co2=Can("", "co2", 400, 5_000, 1), pm25=Can("", "pm25", 0, 900, 1),
            pres=Can("", "pressure", 900, 1_100, 0.1)),
    _device("E0798D000001", "SwitchBot", "Contact Sensor", "W120150X", "CTMO",
            contact=Can("", "contact"), motion=Can("", "motion"), batt=_BATTERY),
    _device("582D34112255", "Qingping", "Motion & Light", "CGPR1", "CTMO", lux=_LUX, motion=Can("", "motion")),
    _device("3C2EF5000001", "Shelly", "ShellyBLU Door/Window", "SBDW-002C", "CTMO", numbered=True,
            open=Can("", "contact"), lux=_LUX, batt=_BATTERY),
    _device("3C2EF5AA0001", "Shelly", "ShellyBLU Button1", "SBBT-002C", "BTN", numbered=True,
            button=_BUTTON, batt=_BATTERY),
    _device("3C2EF5AA0002", "Shelly", "ShellyBLU Switch4", "SBBT-004CEU/US", "BTN", numbered=True,
            button1=_BUTTON, button2=_BUTTON, button3=_BUTTON, button4=_BUTTON),
    _device("D0F018000001", "iNode", "Energy Meter", "INEM", "ENRG",
            avg=Can("", "power", 0, 9_000, 1), sum=Can("", "energy", 0, 9_000, 0.001), lowbatt=Can("", "battery_low")),
    _device("E0798D000004", "SwitchBot", "Bot", "X1", "ACTR", state=Can("", "switch")),
    _device("A4C13800AA01", "Sensor Easy", "SE RHT", "SE_RHT", "THB", volt=Can("", "battery_voltage", 1.5, 3.6, 0.001)),
)  # fmt: skip


class SimulatedTheengs:
    """Says what it is told to: one advert a device, heard by one gateway or two, in parts where devices do that."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._packet = random.randrange(256)
        self.can: tuple[Can, ...] = tuple(can for device in _DEVICES for can in device.keys.values())

    def introduce(self, at: Instant) -> list[Published]:
        """The gateways are there; a neighbour's phone is heard, too."""
        phone = {"id": "54:94:5E:9F:64:C4", "mac_type": 1, "rssi": -74, "manufacturerdata": "4c0010060319247bbc68"}
        return [Published(at, f"home/{gateway}/LWT", b"online", retained=True) for gateway in _GATEWAYS] + [
            Published(at, "home/TheengsGateway/BTtoMQTT/54945E9F64C4", orjson.dumps(phone))
        ]

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """The adverts that carry these values."""
        published: list[Published] = []
        for device in _DEVICES:
            said = {key: self._spell(key, values[can]) for key, can in device.keys.items() if can in values}
            if not said:
                continue
            if device.about["type"] == "THB" and self._random.random() < 0.5:
                for key, value in said.items():  # a quantity an advert, as Xiaomi's do
                    published += self._publish(at, device, {key: value})
            else:
                published += self._publish(at, device, said)
        return published

    def _publish(self, at: Instant, device: _Device, said: dict[str, Any]) -> list[Published]:
        octets = [device.mac[place : place + 2] for place in range(0, 12, 2)]
        content = {"id": ":".join(octets), **device.about, **said}
        if "tempc" in said:
            content["tempf"] = round(float(said["tempc"]) * 1.8 + 32, 3)
        content |= {unit: name for key, unit, name in (("avg", "avgu", "kW"), ("sum", "sumu", "kWh")) if key in said}
        heard_by = [self._random.choice(_GATEWAYS)]
        if device.numbered:
            self._packet = (self._packet + 1) % 256
            content["packet"] = self._packet
            heard_by = list(_GATEWAYS)
        payload = orjson.dumps(content)
        return [Published(at, f"home/{gateway}/BTtoMQTT/{device.mac}", payload) for gateway in heard_by]

    def _spell(self, key: str, value: Value) -> Value:
        """The value as the advert has it."""
        if key == "contact":
            return self._random.choice(("open", "timeout not closed")) if value else "closed"
        if key == "state":
            return "on" if value else "off"
        if key.startswith("button"):
            return _CODES.get(str(value)) or self._random.choice((9, 11))
        if key == "hum" and self._random.random() < 0.5:
            return f"{float(value):.1f}"
        if key == "tempf":
            return round(float(value) * 1.8 + 32, 2)
        return round(float(value) / 1000, 3) if key == "avg" else value
