"""What the topics of Shelly's first generation mean: one plain text each, below `shellies/<id>/`.

Topics, words and units: shelly-api-docs.shelly.cloud/gen1 (MQTT of each device), held against ioBroker.shelly and
ha-shellies-discovery. A sensor that is missing or broken says 999 or -999, or -1, and 0 % of humidity.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from devices.instant import Instant
from devices.measurement import Measurement, Value
from devices.values import NUMBERS, Reader, flag, number, to_celsius

ASLEEP = ("shellyht", "shellydw", "shellyflood", "shellysmoke", "shellybutton")
"""Ids of models that connect only to report; Motion, Sense and TRV stay connected."""

ASLEEP_MODELS = frozenset({"SHHT-1", "SHDW-1", "SHDW-2", "SHWT-1", "SHSM-01", "SHSM-02", "SHBTN-1", "SHBTN-2"})
"""The same by the `model` of an announcement, for ids that were chosen by hand."""

ACTIONS: dict[str, str] = {
    "S": "press", "SS": "double", "SSS": "triple", "L": "long", "SL": "short_long", "LS": "long_short",
}  # fmt: skip
"""Letters of `input_event`: how often short, how often long."""


class Topic(NamedTuple):
    """How the text on one topic is read. `unknown` are words by which the device says that it does not know."""

    quantity: str
    read: Reader
    unknown: frozenset[str] = frozenset()


def _words(meanings: Mapping[str, bool]) -> Reader:
    return lambda raw: meanings.get(raw.lower()) if isinstance(raw, str) else None


def _per(quantity: str, divisor: float) -> Reader:
    """A number in another unit, to the sixth digit."""
    read = NUMBERS[quantity]

    def scaled(raw: object) -> Value | None:
        value = number(raw)
        return None if value is None else read(round(value / divisor, 6))

    return scaled


def _plain(quantity: str) -> Topic:
    return Topic(quantity, NUMBERS[quantity])


_UNKNOWN = frozenset({"unknown", "-1", ""})
_SWITCH = _words({"on": True, "off": False, "1": True, "0": False, "true": True, "false": False})
_YES = Topic("", _SWITCH, _UNKNOWN)
_WATT_MINUTES = Topic("energy", _per("energy", 60_000))
_CONSUMPTION = {"power": _plain("power"), "energy": _WATT_MINUTES}
_LIGHT = {"": Topic("switch", _SWITCH, _UNKNOWN), **_CONSUMPTION}

SENSOR: dict[str, Topic] = {
    "state": Topic("contact", _words({"open": True, "close": False, "closed": False}), _UNKNOWN),
    "flood": _YES._replace(quantity="leak"),
    "smoke": _YES._replace(quantity="smoke"),
    "motion": _YES._replace(quantity="motion"),
    "vibration": _YES._replace(quantity="vibration"),
    "gas": Topic("gas", _words({"none": False, "mild": True, "heavy": True}), _UNKNOWN | {"test"}),
    "operation": Topic("fault", _words({"normal": False, "fault": True}), _UNKNOWN | {"warmup"}),
    "lux": _plain("illuminance"),
    "temperature": _plain("temperature"),
    "humidity": _plain("humidity"),
    "battery": _plain("battery"),
}
"""`sensor/<name>`. Not measured: tilt, illumination in words, concentration, self_test, error, act_reasons, charger."""

CHANNEL: dict[str, dict[str, Topic]] = {
    "relay": {
        "": Topic("switch", _SWITCH, _UNKNOWN | {"overpower"}),
        **_CONSUMPTION,
        "voltage": _plain("voltage"),
        "current": _plain("current"),
    },
    "light": _LIGHT,
    "color": _LIGHT,
    "white": _LIGHT,
    "roller": _CONSUMPTION,
    "emeter": {
        **_CONSUMPTION,
        "voltage": _plain("voltage"),
        "current": _plain("current"),
        "total": Topic("energy", _per("energy", 1_000)),
    },
    "input": {"": Topic("switch", _SWITCH, _UNKNOWN)},
    "longpush": {"": Topic("switch", _SWITCH, _UNKNOWN)},
    "ext_switch": {"": Topic("switch", _SWITCH, _UNKNOWN)},
    "ext_temperature": {"": _plain("temperature")},
    "ext_humidity": {"": _plain("humidity")},
    "adc": {"": _plain("voltage")},
}
"""`<kind>/<n>` and `<kind>/<n>/<what>`. The energy of an emeter counts from its last start, `total` for ever."""

DEVICE: dict[str, Topic] = {
    "temperature": _plain("device_temperature"),
    "voltage": _plain("voltage"),
    "overtemperature": Topic("fault", _SWITCH, _UNKNOWN),
    "overload": Topic("fault", _SWITCH, _UNKNOWN),
    "loaderror": Topic("fault", _SWITCH, _UNKNOWN),
}
"""Topics of the device as a whole. The box also tells its temperature in Fahrenheit, on `temperature_f`."""

KINDS = frozenset(
    {
        *("sensor", "relay", "light", "emeter", "input", "input_event", "longpush", "ext_switch", "ext_temperature"),
        *("ext_temperature_f", "ext_humidity", "ext_temperatures", "ext_humidities", "adc", "color", "white", "roller"),
        *("thermostat", "valve", "command", "online", "announce", "info", "status", "temperature", "temperature_f"),
        *("temperature_status", "voltage", "overtemperature", "overload", "loaderror", "totalworktime", "settings"),
    }
)
"""First segment after a device's id, which may have slashes where it was chosen by hand."""


def channel_part(kind: str, channel: str, what: str) -> str:
    """The part that a channel is: none for the first relay; probes on the add-on go by their number."""
    if kind == "relay" and channel in ("", "0"):
        return ""
    if kind.startswith("ext_"):
        return f"ext:{channel}" if kind != "ext_switch" else f"ext_switch:{channel}"
    if kind == "emeter" and what == "energy":
        return f"emeter:{channel}-since-start"
    return f"{kind}:{channel}" if channel else kind


def read_text(text: str, topic: Topic, *, fahrenheit: bool) -> Value | None:
    """The value of a text, turned into Celsius where it is in Fahrenheit; None where it has none."""
    if not fahrenheit:
        return topic.read(text)
    degrees = number(text)
    return None if degrees is None else topic.read(to_celsius(degrees))


def is_missing(text: str, topic: Topic) -> bool:
    """Whether the device says that it has no value: a word for it, or a number that no sensor measures."""
    if text.lower() in topic.unknown:
        return True
    value = number(text)
    return value is not None and (topic.read(text) is None or (value == 0 and topic.quantity == "humidity"))


# ----------------------------------------------------------------------------------------------- JSON


def status(address: str, content: Mapping[str, Any], at: Instant | None) -> Iterator[Measurement]:
    """`status` of a Motion or TRV and `info` of any device: flat numbers, or objects with a `value`.

    A sensor's `tmp` names its `units`; that of a relay, which is of the box, does not.
    """
    sensor = content.get("sensor")
    sensor = sensor if isinstance(sensor, dict) else content
    if sensor.get("is_valid") is False:
        sensor = {}
    moved = flag(sensor.get("motion"))
    if moved is not None and (moved or sensor.get("active") is not False):
        yield Measurement(address, "motion", moved, at)
    if isinstance(state := sensor.get("state"), str) and (opened := SENSOR["state"].read(state)) is not None:
        yield Measurement(address, "contact", opened, at)
    accelerated = content.get("accel")
    shaken = sensor.get("vibration", accelerated.get("vibration") if isinstance(accelerated, dict) else None)
    for quantity, raw in (
        ("vibration", shaken),
        ("leak", content.get("flood")),
        ("smoke", content.get("smoke")),
    ):
        if (happens := flag(raw)) is not None:
            yield Measurement(address, quantity, happens, at)
    detector = content.get("gas_sensor")
    if isinstance(detector, dict) and (leaks := SENSOR["gas"].read(detector.get("alarm_state"))) is not None:
        yield Measurement(address, "gas", leaks, at)
    for key, quantity in (("lux", "illuminance"), ("bat", "battery"), ("hum", "humidity")):
        if (value := _number(content.get(key), quantity)) is not None:
            yield Measurement(address, quantity, value, at)
    warmth = content.get("tmp")
    if (degrees := _degrees(warmth)) is not None:
        of_the_room = isinstance(warmth, dict) and "units" in warmth
        yield Measurement(address, "temperature" if of_the_room else "device_temperature", degrees, at)
    yield from _inside(address, content, at)


def _inside(address: str, content: Mapping[str, Any], at: Instant | None) -> Iterator[Measurement]:
    """Radiator valves and the Wi-Fi's signal."""
    valves = content.get("thermostats")
    if isinstance(valves, list) and valves and isinstance(valves[0], dict):
        degrees = _degrees(valves[0].get("tmp"))
        if degrees is not None:
            yield Measurement(address, "temperature", degrees, at)
    wireless = content.get("wifi_sta")
    if isinstance(wireless, dict) and (signal := NUMBERS["rssi"](wireless.get("rssi"))):
        yield Measurement(address, "rssi", signal, at)


def _number(raw: object, quantity: str) -> Value | None:
    """A number, or the `value` of an object that does not say that it is invalid."""
    if isinstance(raw, dict):
        if raw.get("is_valid") is False:
            return None
        raw = raw.get("value")
    value = NUMBERS[quantity](raw)
    return None if value == 0 and quantity == "humidity" else value


def _degrees(raw: object) -> Value | None:
    """`{tC}`, or `{value, units}` in C or F."""
    if not isinstance(raw, dict) or raw.get("is_valid") is False:
        return None
    value = number(raw.get("tC", raw.get("value")))
    if value is None:
        return None
    if "tC" not in raw and raw.get("units") == "F":
        value = to_celsius(value)
    return NUMBERS["temperature"](value)


def probes(address: str, kind: str, content: Mapping[str, Any]) -> Iterator[Measurement]:
    """`ext_temperatures` and `ext_humidities`: `{"0": {hwID, tC, tF}}`, by the number of the probe."""
    quantity, key = ("temperature", "tC") if kind == "ext_temperatures" else ("humidity", "hum")
    for name in list(content)[:16]:
        probe = content[name]
        value = _degrees(probe) if quantity == "temperature" else _number(_inner(probe, key), quantity)
        if value is not None and name.isascii() and name.isalnum() and len(name) <= 16:
            yield Measurement(f"{address}/ext:{name}", quantity, value)


def _inner(probe: object, key: str) -> object:
    return probe.get(key, probe.get("value")) if isinstance(probe, dict) else None
