"""Simulated 433 MHz sensors as rtl_433 publishes them: each event several times, and in the parts of `/devices` too."""

from collections.abc import Mapping
from random import Random
from typing import Any

import orjson

from devices.instant import SECOND, Instant, rfc3339
from devices.measurement import Value
from devices.simulation.publish import Published
from devices.simulation.simulator import Can

_NEXUS, _COTECH, _AIR = "rtl_433:nexus-th:147:2", "rtl_433:cotech-367959:118", "rtl_433:fineoffset-wh45:53761"
_METER, _LEAK = "rtl_433:esic-emt7110:1075592753", "rtl_433:govee-water:27551"
_KERUI_PIR, _KERUI_DOOR = "rtl_433:kerui-security:840811", "rtl_433:kerui-security:100123"
_REMOTE, _JASCO, _X10 = "rtl_433:chuango-security:720999", "rtl_433:jasco-security:32012", "rtl_433:x10-security:a1b2"
_YALE, _PROOVE, _BELL = "rtl_433:yale-hsa:22136", "rtl_433:proove-security:11034178:3", "rtl_433:elro-db286a:d1c2b3a4"
_SMOKE = "rtl_433:smoke-gs558:12032"

_NUMBERS = {
    "Nexus-TH": ({"id": 147, "channel": 2}, {
        "temperature_C": Can(_NEXUS, "temperature", -40, 60, 0.1),
        "humidity": Can(_NEXUS, "humidity", 0, 100, 1),
        "battery_ok": Can(_NEXUS, "battery_low"),
    }),
    "Cotech-367959": ({"id": 118}, {
        "temperature_F": Can(_COTECH, "temperature", -40, 60, 0.1),
        "light_lux": Can(_COTECH, "illuminance", 0, 120_000, 1),
        "battery_mV": Can(_COTECH, "battery_voltage", 0, 6, 0.001),
    }),
    "Fineoffset-WH45": ({"id": 53761}, {
        "co2_ppm": Can(_AIR, "co2", 400, 5_000, 1),
        "pm2_5_ug_m3": Can(_AIR, "pm25", 0, 900, 0.1),
        "battery_ok": Can(_AIR, "battery", 1, 99, 1),
    }),
    "ESIC-EMT7110": ({"id": 1_075_592_753}, {
        "power_W": Can(_METER, "power", 0, 3_600, 0.1),
        "current_A": Can(_METER, "current", 0, 16, 0.001),
        "voltage_V": Can(_METER, "voltage", 200, 250, 0.1),
        "energy_kWh": Can(_METER, "energy", 0, 9_999, 0.01),
    }),
}  # fmt: skip
"""Model: what names the transmitter, and key to what it reports."""

_DOOR = Can(_KERUI_DOOR, "contact")
_EVENTS: dict[Can, dict[Value, tuple[str, dict[str, Any]]]] = {
    Can(_KERUI_PIR, "motion", flags=(True,)): {
        True: ("Kerui-Security", {"id": 840_811, "cmd": 10, "motion": 1, "state": "motion"}),
    },
    _DOOR: {
        True: ("Kerui-Security", {"id": 100_123, "cmd": 14, "opened": 1, "state": "open"}),
        False: ("Kerui-Security", {"id": 100_123, "cmd": 7, "opened": 0, "state": "close"}),
    },
    Can(_KERUI_DOOR, "tamper", flags=(True,)): {
        True: ("Kerui-Security", {"id": 100_123, "cmd": 11, "tamper": 1, "state": "tamper"}),
    },
    Can(_LEAK, "leak", flags=(True,)): {
        True: ("Govee-Water", {"id": 27_551, "detect_wet": 1, "event": "Water Leak", "leak_num": 1}),
    },
    Can(_JASCO, "contact"): {
        True: ("Jasco-Security", {"id": 32_012, "status": 0, "mic": "CHECKSUM"}),
        False: ("Jasco-Security", {"id": 32_012, "status": 1, "mic": "CHECKSUM"}),
    },
    Can(_YALE, "contact", flags=(True,)): {
        True: ("Yale-HSA", {"id": 22_136, "stype": 172, "state": 16, "event": 1, "mic": "CHECKSUM"}),
    },
    Can(_REMOTE, "button", words=("emergency", "arm", "disarm")): {
        "emergency": ("Chuango-Security", {"id": 720_999, "cmd": "Alarm", "cmd_id": 2}),
        "arm": ("Chuango-Security", {"id": 720_999, "cmd": "Arm", "cmd_id": 8}),
        "disarm": ("Chuango-Security", {"id": 720_999, "cmd": "Disarm", "cmd_id": 1}),
    },
    Can(_X10, "button", words=("emergency",)): {
        "emergency": ("X10-Security", {"id": "a1b2", "event": "KR18 PANIC", "mic": "CRC"}),
    },
    Can(_BELL, "button", words=("press",)): {"press": ("Elro-DB286A", {"id": "d1c2b3a4"})},
    Can(f"{_PROOVE}/2", "switch"): {
        True: ("Proove-Security", {"id": 11_034_178, "channel": 3, "state": "ON", "unit": 2, "group": 0}),
        False: ("Proove-Security", {"id": 11_034_178, "channel": 3, "state": "OFF", "unit": 2, "group": 0}),
    },
    Can(_SMOKE, "smoke", flags=(True,)): {
        True: ("Smoke-GS558", {"id": 12_032, "unit": 11, "learn": 0, "code": "5e016b"}),
    },
}  # fmt: skip
"""What is one transmission of its own: value to model and fields."""


class SimulatedRtl433:
    """Says what it is told to: sensors with numbers in one event each, everything else in an event of its own."""

    def __init__(self, random: Random) -> None:
        self._random = random
        numbers = tuple(can for _, fields in _NUMBERS.values() for can in fields.values())
        self.can: tuple[Can, ...] = (*numbers, *_EVENTS)

    def introduce(self, at: Instant) -> list[Published]:
        """The receiver is there; sensors never introduce themselves."""
        return [Published(at, "rtl_433/pi/availability", b"online", retained=True)]

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """The events that carry these values, each repeated as transmitters do."""
        published: list[Published] = []
        for model, (identity, fields) in _NUMBERS.items():
            said = {key: _number(key, can, values[can]) for key, can in fields.items() if can in values}
            if said:
                published += self._transmit(at, model, identity | said)
        for can, meanings in _EVENTS.items():
            if can in values:
                published += self._transmit(at, *meanings[values[can]])
        return published

    def _transmit(self, at: Instant, model: str, fields: dict[str, Any]) -> list[Published]:
        time = self._random.choice((rfc3339(at)[:19].replace("T", " "), rfc3339(at), str(at // SECOND)))
        event = {"time": time, "model": model, **fields}
        published = []
        for _ in range(self._random.randint(1, 4)):
            heard = {**event, "mod": "ASK", "rssi": -round(self._random.uniform(0.1, 20), 3), "noise": -8.5}
            published.append(Published(at, "rtl_433/pi/events", orjson.dumps(heard)))
            part = f"rtl_433/pi/devices/{model}/{fields['id']}/time"
            published.append(Published(at, part, time.encode()))
        return published


def _number(key: str, can: Can, value: Value) -> Value:
    """The value in the unit of the key."""
    if key == "battery_ok":
        return int(not value) if can.quantity == "battery_low" else round(float(value) / 100, 2)
    if key == "temperature_F":
        return round(float(value) * 1.8 + 32, 2)
    if key == "battery_mV":
        return round(float(value) * 1000)
    return round(float(value), 3)
