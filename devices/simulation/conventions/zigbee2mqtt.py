"""Simulated devices of Zigbee2MQTT: JSON states, one text for each property, presses with their copies, parts."""

from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

import orjson

from devices.instant import MILLISECOND, SECOND, Instant, rfc3339
from devices.measurement import Value
from devices.quantity import QUANTITIES
from devices.simulation.publish import Published, zigbee2mqtt_bridge
from devices.simulation.simulator import Can

_PRESSES = {
    "press": ("single", "press"),
    "double": ("double",),
    "triple": ("triple",),
    "long": ("hold", "long"),
    "release": ("release", "hold_release"),
    "emergency": ("emergency", "panic", "sos"),
}
"""Canonical action to the words by which devices say it."""


class _Says(NamedTuple):
    """One property of a device: what it measures, how it is exposed, and the range of its values.

    `factor` makes the published number out of the canonical one; `words` are the published ones for False and True.
    """

    property: str
    quantity: str
    part: str | None = None
    unit: str | None = None
    low: float = 0
    high: float = 0
    step: float = 1
    factor: float = 1
    words: tuple[Any, Any] = (False, True)


class _Device(NamedTuple):
    """A device with what it says; `actions` are its buttons' canonical words, for each of its parts."""

    name: str
    ieee_address: str
    vendor: str
    model: str
    says: tuple[_Says, ...]
    actions: Mapping[str | None, tuple[str, ...]] = {}
    power_source: str = "Battery"

    @property
    def address(self) -> str:
        return f"zigbee2mqtt:{self.ieee_address}"


_BATTERY = _Says("battery", "battery", unit="%", high=100, step=0.5)
_VOLTS = _Says("voltage", "battery_voltage", unit="mV", low=2, high=3.3, step=0.001, factor=1000)
_LINK = _Says("linkquality", "link_quality", unit="lqi", high=255)
_WARM = _Says("temperature", "temperature", unit="°C", low=-20, high=60, step=0.01)
_LOW = _Says("battery_low", "battery_low")
_MAINS = "Mains (single phase)"


def _devices(random: Random) -> tuple[_Device, ...]:
    """The devices of this home; what they are called and in which unit they speak differs from home to home."""
    pressure = _Says("pressure", "pressure", unit="hPa", low=900, high=1080, step=0.1)
    if random.random() < 0.5:
        pressure = pressure._replace(unit="kPa", factor=0.1)
    battery_low = random.choice((_LOW, _Says("battery_state", "battery_low", words=("high", "low"))))
    fall = random.choice((
        _Says("status", "fall", words=("on_the_bed", "falling")),
        _Says("fall_status", "fall", words=("normal", "fall_alarm")),
        _Says("fall_down_status", "fall", words=("none", "fall")),
    ))  # fmt: skip
    contact = random.choice((_Says("contact", "contact", words=(True, False)),
                             _Says("contact", "contact", words=("closed", "open"))))  # fmt: skip
    lux = _Says(random.choice(("illuminance", "illuminance_lux")), "illuminance", unit="lx", high=1_000)
    return (
        _Device("hall/pir", "0x00158d0001a2b3c4", "Aqara", "RTCGQ11LM",
                (_Says("occupancy", "motion"), lux, _BATTERY, _VOLTS, _LINK)),
        _Device("porte d'entrée", "0x00158d0001a2b3c5", "Aqara", "MCCGQ11LM",
                (contact, _Says("tamper", "tamper"), battery_low, _LINK)),
        _Device("living room/climate", "0xa4c1380000000003", "Heiman", "HS2AQ-EM",
                (_WARM, _Says("humidity", "humidity", unit="%", high=100, step=0.1), pressure,
                 _Says("co2", "co2", unit="ppm", low=400, high=5_000), _Says("voc", "voc", unit="ppb", high=2_000),
                 _Says("pm25", "pm25", unit="µg/m³", high=500)), power_source=_MAINS),
        _Device("kitchen/heat", "0x0015bc0000000004", "Develco", "HESZB-120",
                (_Says("smoke", "heat_alarm"), _WARM, _Says("fault", "fault"))),
        _Device("alarm", "0x00212e0000000005", "Halo Smart Labs", "HALO",
                (_Says("smoke", "smoke"), _Says("carbon_monoxide", "co"), _Says("gas", "gas"),
                 _Says("water_leak", "leak"), _Says("vibration", "vibration"),
                 _Says("mains_power_connected", "mains_failure", words=(True, False))), power_source=_MAINS),
        _Device("pendant", "0xa4c1380000000006", "Tuya", "TS0215A_sos", (_BATTERY,), {None: ("emergency",)}),
        _Device("remote", "0x00158d0001a2b3c7", "Aqara", "WXKG02LM_rev2", (_BATTERY, _VOLTS),
                {"left": ("press", "double", "long"), "right": ("press", "double", "triple", "release")}),
        _Device("kettle", "0x00158d0001a2b3c8", "Aqara", "SP-EUC01",
                (_Says("state", "switch", words=("OFF", "ON")),
                 _Says("power", "power", unit="W", high=3_000, step=0.1),
                 _Says("energy", "energy", unit="kWh", high=10_000, step=0.01),
                 _Says("current", "current", unit="mA", high=16, step=0.001, factor=1000),
                 _Says("voltage", "voltage", unit="V", low=200, high=250, step=0.1),
                 _Says("device_temperature", "device_temperature", unit="°C", high=80)), power_source=_MAINS),
        _Device("two gang", "0xa4c1380000000009", "Tuya", "TS0012",
                tuple(_Says(f"state_{part}", "switch", part, words=("OFF", "ON")) for part in ("left", "right")),
                power_source=_MAINS),
        _Device("bedroom/radar", "0x54ef440000000010", "Aqara", "PS-S04D",
                (_Says("presence", "presence"), _Says("pir_detection", "motion"), fall), power_source=_MAINS),
        _Device("bed strap", "0xa4c1380000000011", "Tuya", "TS0601_bed_presence_sensor", (_Says("occupancy", "bed"),)),
    )  # fmt: skip


class SimulatedZigbee2mqtt:
    """A bridge with a dozen devices, of one base topic and one kind of output."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._base = random.choice(("zigbee2mqtt", "zigbee2mqtt", "home/annexe/z2m"))
        self._as_attributes = random.random() < 0.3
        self._last_seen = random.choice(("disable", "ISO_8601", "ISO_8601_local", "epoch"))
        self._devices = _devices(random)
        self.can: tuple[Can, ...] = tuple(can for device in self._devices for can in _abilities(device))

    def introduce(self, at: Instant) -> list[Published]:
        """The bridge's state and its list of devices and groups, all retained."""
        coordinator = {"ieee_address": "0x00124b00deadbeef", "friendly_name": "Coordinator", "type": "Coordinator"}
        group = {"id": 1, "friendly_name": "living room", "members": [], "scenes": []}
        return [
            zigbee2mqtt_bridge(at, online=True, base=self._base),
            self._published(at, "bridge/devices", [coordinator, *map(_entry, self._devices)], retained=True),
            self._published(at, "bridge/groups", [group], retained=True),
        ]

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """Each device's state, its availability, and a message for each press."""
        said: list[Published] = []
        for device in self._devices:
            mine = {(can.address, can.quantity): value for can, value in values.items()}
            state = {
                says.property: _raw(says, mine[key])
                for says in device.says
                if (key := (_address(device, says.part), says.quantity)) in mine
            }
            if state:
                said += self._state(at, device, state)
            if (online := mine.get((device.address, "online"))) is not None:
                word = "online" if online else "offline"
                body = self._random.choice(({"state": word}, word))
                said.append(self._published(at, f"{device.name}/availability", body, retained=True))
            for part in device.actions:
                if (action := mine.get((_address(device, part), "button"))) is not None:
                    said += self._press(at, device, part, str(action))
        return said

    def _state(self, at: Instant, device: _Device, state: dict[str, Any]) -> list[Published]:
        """As JSON, with what else stands in real messages; or a text for each property."""
        if self._as_attributes:
            return [self._published(at, f"{device.name}/{name}", _text(raw)) for name, raw in state.items()]
        extra: dict[str, Any] = {"test": False, "update": {"state": "idle", "installed_version": 4099}, "action": None}
        extra["device"] = {"friendlyName": device.name, "ieeeAddr": device.ieee_address, "model": device.model}
        chosen = {name: extra[name] for name in extra if self._random.random() < 0.3}
        return [self._published(at, device.name, {**chosen, **state, **self._time(at)})]

    def _time(self, at: Instant) -> dict[str, Any]:
        match self._last_seen:
            case "ISO_8601":
                return {"last_seen": rfc3339(at)}
            case "ISO_8601_local":
                return {"last_seen": f"{rfc3339(at + 3_600 * SECOND).removesuffix('Z')}+01:00"}
            case "epoch":
                return {"last_seen": at // MILLISECOND}
        return {}

    def _press(self, at: Instant, device: _Device, part: str | None, action: str) -> list[Published]:
        """A press as JSON and its copy as text, and then, in old bridges, an empty one."""
        word = self._random.choice(_PRESSES[action])
        if part is not None:
            word = f"{word}_{part}" if self._random.random() < 0.5 else f"{part}_{word}"
        copy = self._published(at + 40 * MILLISECOND, f"{device.name}/action", word)
        if self._as_attributes:
            return [copy]
        said = [self._published(at, device.name, {"action": word, **self._time(at)})]
        if self._random.random() < 0.5:
            said += [copy, self._published(at + 50 * MILLISECOND, device.name, {"action": ""})]
        return said

    def _published(self, at: Instant, path: str, body: object, *, retained: bool = False) -> Published:
        payload = body.encode() if isinstance(body, str) else orjson.dumps(body)
        return Published(at, f"{self._base}/{path}", payload, retained)


def _abilities(device: _Device) -> list[Can]:
    can = [Can(_address(device, says.part), says.quantity, says.low, says.high, says.step) for says in device.says]
    can += [Can(_address(device, part), "button", words=words) for part, words in device.actions.items()]
    return [*can, Can(device.address, "online")]


def _address(device: _Device, part: str | None) -> str:
    return f"{device.address}/{part}" if part else device.address


def _raw(says: _Says, value: Value) -> Any:  # noqa: ANN401 - any scalar of JSON
    """What the device publishes for a value."""
    if isinstance(value, bool):
        return says.words[value]
    return round(float(value) * says.factor, 4)


def _text(raw: object) -> str:
    """A scalar as attribute output writes it."""
    return raw if isinstance(raw, str) else orjson.dumps(raw).decode()


def _entry(device: _Device) -> dict[str, Any]:
    """The device in the bridge's list."""
    exposes: list[dict[str, Any]] = [_expose(says) for says in device.says]
    if device.actions:
        exposes.append({"name": "action", "property": "action", "type": "enum", "access": 1, "values": []})
    return {
        "ieee_address": device.ieee_address,
        "friendly_name": device.name,
        "type": "EndDevice" if device.power_source == "Battery" else "Router",
        "power_source": device.power_source,
        "supported": True,
        "disabled": False,
        "interview_completed": True,
        "definition": {"model": device.model, "vendor": device.vendor, "exposes": exposes, "options": []},
    }


def _expose(says: _Says) -> dict[str, Any]:
    expose: dict[str, Any] = {"name": says.property, "property": says.property, "access": 1}
    if QUANTITIES[says.quantity].kind == "number":
        return {**expose, "type": "numeric", "unit": says.unit}
    off, on = says.words
    if isinstance(on, str) and says.quantity not in ("switch", "contact"):
        return {**expose, "type": "enum", "values": [off, on]}
    return {**expose, "type": "binary", "value_on": on, "value_off": off}
