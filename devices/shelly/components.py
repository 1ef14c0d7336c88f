"""What a component of a Gen2, Gen3 or Gen4 device says of itself, whole or only what changed.

Fields, units and errors: shelly-api-docs.shelly.cloud/gen2 (Components), held against Home Assistant's `shelly`.
Energy is in watt-hours, temperature in degrees of both kinds.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from devices.instant import Instant
from devices.measurement import Measurement, Value
from devices.values import NUMBERS, Reader, flag, number, to_celsius

Status = Mapping[str, Any]


class Field(NamedTuple):
    """One key of a status: its quantity, its reader, and the ending of the part that it belongs to (a phase)."""

    key: str
    quantity: str
    read: Reader
    ending: str = ""


class Component(NamedTuple):
    """How a component is read. `own_part`: even the first one is a part of its device; `name`: what the part is called.

    `errors_on_device`: the device has one purpose, so a fault of the component is one of the device.
    """

    fields: tuple[Field, ...] = ()
    own_part: bool = False
    name: str = ""
    errors_on_device: bool = False


ERRORS = frozenset(
    {
        *("overtemp", "overpower", "overvoltage", "undervoltage", "overcurrent", "cable_unplugged", "read"),
        *("out_of_range", "power_meter_failure", "not_calibrated", "key_missing_or_bad", "decrypt_failed"),
        *("parse_failed", "obstruction", "safety_switch", "sensor_failure"),
    }
)
"""Words in `errors` that are documented for a component and tell of something broken."""


def _within(key: str, read: Reader) -> Reader:
    """A reader of one key of a nested object, such as `aenergy: {total}`."""
    return lambda raw: read(raw.get(key)) if isinstance(raw, dict) else None


def kwh(raw: object) -> float | None:
    """Kilowatt-hours of a meter reading in watt-hours."""
    value = number(raw)
    read = NUMBERS["energy"](round(value / 1000, 6)) if value is not None else None
    return read if isinstance(read, float) else None


def degrees(status: object, quantity: str = "temperature") -> Value | None:
    """Degrees Celsius of `{tC, tF}`, either of which may be missing or null."""
    if not isinstance(status, dict):
        return None
    celsius = number(status.get("tC"))
    if celsius is None and (fahrenheit := number(status.get("tF"))) is not None:
        celsius = to_celsius(fahrenheit)
    return None if celsius is None else NUMBERS[quantity](celsius)


def _somebody(raw: object) -> bool | None:
    """Whether any of the counted objects is there."""
    count = number(raw)
    return None if count is None or count < 0 else count > 0


def _plain(key: str, quantity: str, ending: str = "") -> Field:
    return Field(key, quantity, NUMBERS[quantity], ending)


_OUTPUT = Field("output", "switch", flag)
_METER = (
    _plain("apower", "power"),
    Field("aenergy", "energy", _within("total", kwh)),
    _plain("voltage", "voltage"),
    _plain("current", "current"),
    Field("temperature", "device_temperature", lambda raw: degrees(raw, "device_temperature")),
)
_PHASES = tuple(
    _plain(f"{phase}_{key}", quantity, f"-{phase}")
    for phase in "abc"
    for key, quantity in (("act_power", "power"), ("voltage", "voltage"), ("current", "current"))
)
_LIGHT = Component((_OUTPUT, *_METER), own_part=True)
_COUNT = Field("num_objects", "presence", _somebody)
_BATTERY = (
    Field("battery", "battery", _within("percent", NUMBERS["battery"])),
    Field("battery", "battery_voltage", _within("V", NUMBERS["battery_voltage"])),
)
_NOTHING = Component()

COMPONENTS: dict[str, Component] = {
    "switch": Component((_OUTPUT, *_METER)),
    "pm1": Component(_METER),
    "cb": Component((_OUTPUT, *_METER)),
    "light": _LIGHT, "rgb": _LIGHT, "rgbw": _LIGHT, "cct": _LIGHT, "rgbcct": _LIGHT,
    "cover": Component(_METER, own_part=True),
    "em": Component((_plain("total_act_power", "power"), _plain("total_current", "current"), *_PHASES)),
    "emdata": Component(
        (Field("total_act", "energy", kwh), *(Field(f"{p}_total_act_energy", "energy", kwh, f"-{p}") for p in "abc")),
        name="em",
    ),
    "em1": Component(
        (_plain("act_power", "power"), _plain("voltage", "voltage"), _plain("current", "current")), own_part=True
    ),
    "em1data": Component((Field("total_act_energy", "energy", kwh),), own_part=True, name="em1"),
    "input": Component((Field("state", "switch", flag),), own_part=True),
    "temperature": _NOTHING,
    "humidity": Component((_plain("rh", "humidity"),)),
    "illuminance": Component((_plain("lux", "illuminance"),)),
    "voltmeter": Component((_plain("voltage", "voltage"),), own_part=True),
    "devicepower": Component(_BATTERY),
    "smoke": Component((Field("alarm", "smoke", flag),), errors_on_device=True),
    "flood": Component((Field("alarm", "leak", flag),), errors_on_device=True),
    "presence": Component((_COUNT,)),
    "presencezone": Component(own_part=True),
    "occupancy": _NOTHING,
    "wifi": _NOTHING,
}  # fmt: skip
"""Component to how its status is read. Those without fields are read by functions of their own."""

NUMBERED = frozenset(COMPONENTS) - {"wifi"} | {
    *("script", "bthomedevice", "bthomesensor", "bthomecontrol", "blutrv", "thermostat", "boolean", "number", "text"),
    *("enum", "button", "group", "object", "service", "cury", "camera", "camerazone", "lora", "trv", "schedule"),
}
"""Components that `<prefix>/status/<component>:<n>` may name: the closed list by which such a topic is known."""

UNNUMBERED = frozenset(
    {
        *("sys", "wifi", "eth", "mqtt", "cloud", "ble", "ws", "matter", "zigbee", "knx", "modbus", "blugw", "bthome"),
        *("presence", "ht_ui", "plugs_ui", "plugpm_ui", "ui", "wd_ui", "voltmeter", "rpc"),
    }
)
"""Names of `<prefix>/status/<name>`; `rpc` is a whole status, as the discovery script of bieniu publishes it."""

CABINET = ("shellypro", "shelly3em", "shellyem")
"""Models in a fuse box: what their `temperature:0` measures is the box."""


def read_component(
    device: str, name: str, number_: str, status: Status, at: Instant | None, *, cabinet: bool
) -> Iterator[Measurement]:
    """What the component `name:number_` of the device (an address) says; '' for a component without a number."""
    component = COMPONENTS[name]
    called = f"{component.name or name}:{number_}" if number_ else name
    part = f"{device}/{called}"
    address = device if number_ in ("", "0") and not component.own_part else part
    for key, quantity, read, ending in component.fields:
        raw = status.get(key)
        if raw is not None and (value := read(raw)) is not None:
            yield Measurement(part + ending if ending else address, quantity, value, at)
    special = _SPECIAL.get(name)
    if special is not None and (found := special(status, cabinet and address == device)) is not None:
        yield Measurement(address, *found, at)
    if "errors" in status and (faulty := broken(status["errors"])) is not None:
        yield Measurement(device if component.errors_on_device else part, "fault", faulty, at)


def broken(errors: object) -> bool | None:
    """Whether `errors` names something broken: an empty list, or null once they are gone, says no."""
    if errors is None or errors == []:
        return False
    if not isinstance(errors, list):
        return None
    words = (each.partition(":")[0] for each in errors[:16] if isinstance(each, str))
    return True if not ERRORS.isdisjoint(words) else None


def _temperature(status: Status, in_a_box: bool) -> tuple[str, Value] | None:
    quantity = "device_temperature" if in_a_box else "temperature"
    value = degrees(status, quantity)
    return None if value is None else (quantity, value)


def _wifi(status: Status, _in_a_box: bool) -> tuple[str, Value] | None:
    """0 is what a device on a cable says."""
    value = NUMBERS["rssi"](status.get("rssi"))
    return ("rssi", value) if value else None


def _zone(status: Status, _in_a_box: bool) -> tuple[str, Value] | None:
    """Firmwares call it `value` or `state`."""
    for key in ("value", "state", "occupied", "occupancy"):
        if (value := flag(status.get(key))) is not None:
            return "presence", value
    return None


_SPECIAL: dict[str, Callable[[Status, bool], tuple[str, Value] | None]] = {
    "temperature": _temperature,
    "wifi": _wifi,
    "presencezone": _zone,
    "occupancy": _zone,
}
