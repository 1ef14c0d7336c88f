"""What a Z-Wave value means, by its command class, property and key (value ids of zwave-js, packages/cc/src/cc).

Units come with the value only where Z-Wave JS UI publishes entire value ids; without one the first scale of the
Z-Wave specification is taken: degrees Celsius, lux, kPa, watts, volts; ppm for VOC and ug/m3 for particles.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from devices.measurement import Value
from devices.values import NUMBERS, number, to_celsius
from devices.zwave.notifications import ENTRY_CONTROL, EVENTS, STATES, Rule, Told
from devices.zwave.topics import ValueTopic

Read = Callable[[Any, str | None], Value | None]
"""(value, its unit) to what it says, None for nothing."""


class State(NamedTuple):
    """A value that says how something is."""

    quantity: str
    read: Read
    part: str = ""


class Press(NamedTuple):
    """A value that is a press while it is there. `words`: value to action; empty: the value is a scene's number."""

    words: Mapping[int, str]
    part: str = ""


Meaning = tuple[State, ...] | Press | Told | str
"""States, a press, an event that says all by coming at all, or the reason why the value is left alone."""

SCENES = {0: "press", 1: "release", 2: "long", 3: "double", 4: "triple", 5: "quadruple", 6: "quintuple"}
"""CentralSceneKeys: pressed, released, held down, pressed 2 to 5 times."""

HELD = "long"
"""The action that is repeated for as long as the key is held down."""

_LUX = {"Lux": 1.0, "lux": 1.0, "lx": 1.0}
_SENSORS: dict[str, tuple[str, Mapping[str, float | None], float]] = {
    "airtemperature": ("temperature", {"°C": 1, "C": 1, "°F": None, "F": None}, 1),
    "humidity": ("humidity", {"%": 1}, 1),
    "illuminance": ("illuminance", _LUX, 1),
    "luminance": ("illuminance", _LUX, 1),
    "power": ("power", {"W": 1, "kW": 1000, "Btu/h": 0.29307107}, 1),
    "current": ("current", {"A": 1, "mA": 0.001}, 1),
    "atmosphericpressure": ("pressure", {"kPa": 10, "hPa": 1, "mbar": 1, "inHg": 33.86389}, 10),
    "barometricpressure": ("pressure", {"kPa": 10, "hPa": 1, "mbar": 1, "inHg": 33.86389}, 10),
    "carbondioxidecolevel": ("co2", {"ppm": 1}, 1),  # the small 2 of the sign for it is lost in topics
    "carbondioxideco2level": ("co2", {"ppm": 1}, 1),
    "volatileorganiccompoundlevel": ("voc", {"ppm": 1000, "ppb": 1}, 1000),
    "particulatematter25": ("pm25", {"µg/m³": 1, "μg/m³": 1, "ug/m3": 1}, 1),
}
"""Multilevel Sensor: plain name to (quantity, factor by unit, factor without a unit). None: Fahrenheit."""

_NOT_THE_ROOM = frozenset({
    "dewpoint", "watertemperature", "soiltemperature", "targettemperature", "boilerwatertemperature",
    "domestichotwaterdhwtemperature", "outsidetemperature", "exhausttemperature", "returnairtemperature",
    "supplyairtemperature", "condensercoiltemperature", "evaporatorcoiltemperature", "liquidlinetemperature",
    "dischargelinetemperature", "defrosttemperature",
})  # fmt: skip

_LEAST_MAINS = 60
"""Volts: what a Voltage sensor reports below may be a battery, an input or a transformer's low side."""

_BINARY = {
    "smoke": "smoke", "co": "co", "heat": "heat_alarm", "water": "leak", "tamper": "tamper", "doorwindow": "contact",
    "motion": "motion",
}  # fmt: skip
_GENERIC_BINARY = frozenset({"any", "generalpurpose", "aux", "tilt", "glassbreak"})
_SENSOR_ALARMS = {"1": "smoke", "2": "co", "4": "heat_alarm", "5": "leak"}
_METERS = {0: "energy", 2: "power", 4: "voltage", 5: "current"}
"""Electric meter: scale to quantity, in kWh, W, V, A."""
_METER_NAMES = {"kwh": 0, "w": 2, "v": 4, "a": 5}
_RATES = {0: "", 1: "", 2: "produced"}

_LEFT_ALONE = {
    67: "a thermostat's set point is not a temperature",
    99: "the code of a lock is never read",
    112: "a setting of the device",
}


def meaning(topic: ValueTopic) -> Meaning:
    """What the value of a topic means."""
    read = _CLASSES.get(topic.command_class)
    if read is None:
        return _LEFT_ALONE.get(topic.command_class, "a Z-Wave command class that says nothing that Keepwell measures")
    return read(topic.name, topic.key)


# ----------------------------------------------------------------------------------------------- readers


def _above_zero(raw: Any, _unit: str | None) -> Value | None:  # noqa: ANN401
    """A level from 0 to 99, or 255 for on; 254 is unknown."""
    value = number(raw)
    return None if value is None or not 0 <= value <= 255 or value == 254 else value > 0


def _on(raw: Any, unit: str | None) -> Value | None:  # noqa: ANN401
    return raw if isinstance(raw, bool) else _above_zero(raw, unit)


def _one_of(rule: Rule) -> Read:
    table = dict.fromkeys(rule.false, False) | dict.fromkeys(rule.true, True)

    def read(raw: Any, _unit: str | None) -> Value | None:  # noqa: ANN401
        value = number(raw)
        return None if value is None else table.get(value)  # type: ignore[call-overload]

    return read


def _word(words: Mapping[str, bool]) -> Read:
    return lambda raw, _unit: words.get(raw.lower()) if isinstance(raw, str) else None


def _measured(quantity: str, factors: Mapping[str, float | None], default: float) -> Read:
    within = NUMBERS[quantity]

    def read(raw: Any, unit: str | None) -> Value | None:  # noqa: ANN401
        value = number(raw)
        if value is None:
            return None
        factor: float | None = default
        if unit:
            if unit not in factors:
                return None
            factor = factors[unit]
        return within(to_celsius(value) if factor is None else value if factor == 1 else round(value * factor, 6))

    return read


def _battery(raw: Any, _unit: str | None) -> Value | None:  # noqa: ANN401
    return NUMBERS["battery"](raw)


def _battery_code(raw: Any, _unit: str | None) -> Value | None:  # noqa: ANN401
    """255 instead of a level is the device's warning."""
    return True if number(raw) == 255 else None


def _volts(raw: Any, unit: str | None) -> Value | None:  # noqa: ANN401
    value = _measured("voltage", {"V": 1, "mV": 0.001}, 1)(raw, unit)
    return value if isinstance(value, float) and value >= _LEAST_MAINS else None


def _signal(raw: Any, unit: str | None) -> Value | None:  # noqa: ANN401
    """dBm, which are below zero; per cent are something else."""
    value = NUMBERS["rssi"](raw)
    return value if isinstance(value, float) and value < 0 and unit in {None, "", "dBm"} else None


_BARRIER = _one_of(Rule("contact", frozenset({252, 253, 254, 255}), frozenset({0})))
_DOOR = _word({"open": True, "closed": False})
_REPLACE = _word({"no": False, "soon": True, "now": True})


# ----------------------------------------------------------------------------------------------- command classes


def _basic(name: str, _key: str) -> Meaning:
    if name in {"event", "currentvalue"}:
        return (State("switch", _on, "basic"),)
    return "a set point of a switch, or how long it takes"


def _switch(name: str, _key: str) -> Meaning:
    if name == "currentvalue":
        return (State("switch", _on),)
    return "a set point of a switch, or how long it takes"


def _scene_activation(name: str, _key: str) -> Meaning:
    return Press({}) if name == "sceneid" else "how long a scene takes"


def _sensor_binary(name: str, _key: str) -> Meaning:
    if (quantity := _BINARY.get(name)) is not None:
        return (State(quantity, _on),)
    if name in _GENERIC_BINARY:
        return (State("switch", _on, name),)
    return "a sensor of a kind that Keepwell does not measure"


def _sensor_multilevel(name: str, _key: str) -> Meaning:
    if name == "voltage":
        return (State("voltage", _volts),)
    if name == "rfsignalstrength":
        return (State("rssi", _signal),)
    if (sensor := _SENSORS.get(name)) is not None:
        return (State(sensor[0], _measured(*sensor)),)
    if name in _NOT_THE_ROOM:
        return "a temperature that is not the room's"
    return "a sensor of a kind that Keepwell does not measure"


def _meter(name: str, key: str) -> Meaning:
    """The key has meter type, scale and rate in a byte each (65537 is kWh consumed); older topics have its name."""
    meter = _METER_KEYS.get(key) if name == "value" else _METER_KEYS.get(name)
    if meter is None:
        return "not a reading of an electric meter"
    quantity, part = meter
    return (State(quantity, _measured(quantity, {"kWh": 1, "W": 1, "V": 1, "A": 1}, 1), part),)


def _meter_keys() -> dict[str, tuple[str, str]]:
    keys: dict[str, tuple[str, str]] = {}
    for scale, quantity in _METERS.items():
        for rate, part in _RATES.items():
            keys[str(1 << 16 | scale << 8 | rate)] = (quantity, part)
    for unit, scale in _METER_NAMES.items():
        for rate_name, part in (("", ""), ("consumed", ""), ("produced", "produced")):
            keys[f"electric{unit}{rate_name}"] = (_METERS[scale], part)
    return keys


_METER_KEYS = _meter_keys()


def _central_scene(name: str, key: str) -> Meaning:
    if name == "scene" and key:
        return Press(SCENES, f"scene_{key.lstrip('0') or '0'}")
    return "a setting of a remote control"


def _door_lock(name: str, _key: str) -> Meaning:
    return (State("contact", _DOOR),) if name == "doorstatus" else "what a lock does is not measured"


def _barrier(name: str, _key: str) -> Meaning:
    return (State("contact", _BARRIER),) if name == "currentstate" else "not the state of the door"


def _notification(name: str, key: str) -> Meaning:
    if (rules := STATES.get((name, key))) is not None:
        return tuple(State(rule.quantity, _one_of(rule), rule.part) for rule in rules)
    if (told := EVENTS.get((name, key))) is not None:
        return told
    if name in {"alarmtype", "alarmlevel"}:
        return "an alarm in the maker's own numbers"
    if key in {"alarmstatus", "teststatus"}:
        return "a test, or an alarm that was silenced, is no alarm"
    return "a notification that says nothing that Keepwell measures"


def _entry_control(name: str, _key: str) -> Meaning:
    return ENTRY_CONTROL.get(name, "what was typed on a keypad is never read")


def _power_source(name: str, _key: str) -> Meaning:
    if name == "level":
        return (State("battery", _battery), State("battery_low", _battery_code))
    if name == "islow":
        return (State("battery_low", _on),)
    if name == "batterylow":
        return (State("battery_low", _REPLACE),)
    return "a battery's state that Keepwell does not measure"


def _sensor_alarm(name: str, key: str) -> Meaning:
    quantity = _SENSOR_ALARMS.get(key) if name == "state" else None
    return (State(quantity, _on),) if quantity else "an alarm of a kind that Keepwell does not measure"


_CLASSES: dict[int, Callable[[str, str], Meaning]] = {
    32: _basic,
    37: _switch,
    38: _switch,
    43: _scene_activation,
    48: _sensor_binary,
    49: _sensor_multilevel,
    50: _meter,
    91: _central_scene,
    98: _door_lock,
    102: _barrier,
    111: _entry_control,
    113: _notification,
    128: _power_source,
    156: _sensor_alarm,
}
