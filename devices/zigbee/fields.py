"""Which property of a Zigbee2MQTT payload is which quantity, by the names that zigbee-herdsman-converters exposes.

Properties that are not in the table are not measured: settings, tests, update states, and `action_code` (a PIN).
Words and polarities are those of zigbee-herdsman-converters 26 (lib/exposes, lib/modernExtend and the devices' files).
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from devices.measurement import Value
from devices.values import NUMBERS, Reader, flag, number, on_off, strict_flag, to_celsius

Payload = Mapping[str, Any]
Special = Callable[[Any, Payload, bool | None], tuple[str, Value] | None]


class Field(NamedTuple):
    """How one property is read: its quantity, its reader, the part of the device that it belongs to, and `special`.

    `special` (raw, payload, whether the device has a battery or None) answers (quantity, value) where the meaning
    hangs on the rest of the message.
    """

    quantity: str
    read: Reader
    part: str | None = None
    special: Special | None = None


# ------------------------------------------------------------------------------------------------ readers


def words(meanings: Mapping[str, bool]) -> Reader:
    """A reader of texts, whatever their case."""
    return lambda raw: meanings.get(raw.lower()) if isinstance(raw, str) else None


_HOLDS = {
    **dict.fromkeys(("on", "yes", "detected", "alarm", "occupied", "presence", "leak"), True),
    **dict.fromkeys(("off", "no", "not_detected", "normal", "none", "clear", "unoccupied", "dry"), False),
}
"""Words for a condition that holds, or does not."""
_OPEN = {"open": True, "opened": True, "close": False, "closed": False, "on": False, "off": True}
"""Words of a `contact`. ON is closed, as true is (PushOk)."""
_BATTERY = {"low": True, "medium": False, "middle": False, "high": False, "normal": False, "full": False}
_OWON = dict.fromkeys(("unoccupied", "occupied", "sitting", "on_the_bed", "low_posture"), False) | {"falling": True}
"""`status` of OWON's FDS315."""
_TUYA = {"none": False, "fall": True}
"""`fall_down_status`; `maybe_fall` says neither."""
_HEIMAN = {"normal": False, "fall_alarm": True}
"""`fall_status`; `fall_warning` and `unknown` say neither."""
_RADAR = {"none": False} | dict.fromkeys(
    ("presence", "motion", "stationary", "peaceful", "small_movement", "large_movement"), True
)
"""`presence_state` of Tuya's radars."""
_DOOR = {"open": True, "closed": False, "tilted": True, "error_forced_open": True}
"""`door_state` of a lock, `opening_state` of a window handle."""


def holds(raw: object) -> bool | None:
    """Whether a condition holds: true or false, 1 or 0, or a word for it."""
    if raw is True or raw is False:
        return raw
    value = flag(raw)
    return _HOLDS.get(raw.lower()) if value is None and isinstance(raw, str) else value


def _contact(raw: object) -> bool | None:
    """True for open, out of Zigbee2MQTT's true for closed."""
    value = flag(raw)
    if value is not None:
        return not value
    return _OPEN.get(raw.lower()) if isinstance(raw, str) else None


def _battery_low(raw: object) -> bool | None:
    value = flag(raw)
    return _BATTERY.get(raw.lower()) if value is None and isinstance(raw, str) else value


def _mains_connected(raw: object) -> bool | None:
    return None if not isinstance(raw, bool) else not raw


def _pressure(raw: object) -> float | None:
    """Hectopascal. Half of the sensors give kilopascal (101.3), which no pressure in hectopascal can be."""
    value = number(raw)
    return None if value is None else NUMBERS["pressure"](value * 10 if 30 <= value <= 120 else value)  # type: ignore[return-value]


def _battery_volts(raw: object) -> float | None:
    """Volts, out of millivolts where the number is too large for volts."""
    volts = number(raw)
    return None if volts is None else NUMBERS["battery_voltage"](volts / 1000 if volts > 100 else volts)  # type: ignore[return-value]


# ------------------------------------------------------------------------------------------------ in company


def _unless(main: str, quantity: str, read: Reader) -> Field:
    """A second name of what `main` says: used where `main` is not beside it."""

    def special(raw: Any, payload: Payload, _battery: bool | None) -> tuple[str, Value] | None:  # noqa: ANN401
        if payload.get(main) is not None:
            return None
        value = read(raw)
        return None if value is None else (quantity, value)

    return Field(quantity, read, special=special)


def _temperature(raw: object, payload: Payload, _battery: bool | None) -> tuple[str, Value] | None:
    """Of the room, except beside a plug's meter (`state` with `power` or `energy`): that is the plug's own."""
    degrees = number(raw)
    if degrees is None:
        return None
    scale = payload.get("temperature_scale")
    if isinstance(scale, str) and scale.strip("° ").lower() in {"f", "fahrenheit"}:
        degrees = to_celsius(degrees)
    metered = "state" in payload and ("power" in payload or "energy" in payload or "consumption" in payload)
    if metered and payload.get("device_temperature") is not None:
        return None
    quantity = "device_temperature" if metered else "temperature"
    value = NUMBERS[quantity](degrees)
    return None if value is None else (quantity, value)


def _local_temperature(raw: object, payload: Payload, battery: bool | None) -> tuple[str, Value] | None:
    """A thermostat's; `temperature` beside it wins."""
    if payload.get("temperature") is not None:
        return None
    found = _temperature(raw, {"temperature_scale": payload.get("temperature_scale")}, battery)
    return None if found is None else ("temperature", found[1])


def _illuminance(raw: object, payload: Payload, _battery: bool | None) -> tuple[str, Value] | None:
    """Lux, except where `illuminance_lux` is beside it (Zigbee2MQTT 1.x): then it is the raw code."""
    if "illuminance_lux" in payload:
        return None
    value = NUMBERS["illuminance"](raw)
    return None if value is None else ("illuminance", value)


def _voltage(raw: object, payload: Payload, battery: bool | None) -> tuple[str, Value] | None:
    """Mains volts, or a battery's millivolts: by the inventory, else by `battery` beside it or by its size."""
    volts = number(raw)
    if volts is None:
        return None
    if battery is None:
        battery = "battery" in payload
    if not battery and volts <= 1000:
        value = NUMBERS["voltage"](volts)
        return None if value is None else ("voltage", value)
    value = None if "battery_voltage" in payload else _battery_volts(volts)
    return None if value is None else ("battery_voltage", value)


# ------------------------------------------------------------------------------------------------ the table


def _plain(quantity: str) -> Field:
    return Field(quantity, NUMBERS[quantity])


PARTS = (
    *("left", "right", "center", "top", "bottom", "top_left", "top_right", "center_left", "center_right"),
    *("bottom_left", "bottom_right", "up", "down", "a", "b", "c", "usb", "wall", "relay"),
    *("phase_a", "phase_b", "phase_c"),
    *(str(n) for n in range(1, 25)),
    *(f"l{n}" for n in range(1, 17)),
    *(f"ep{n}" for n in range(1, 9)),
    *(f"row_{n}" for n in range(1, 5)),
)
"""Endings by which a property names the part of the device it belongs to: `state_left`, `contact_1`."""

DIVISIBLE: dict[str, Field] = {
    "occupancy": Field("motion", holds),
    "presence": Field("presence", holds),
    "contact": Field("contact", _contact),
    "state": Field("switch", on_off),
    "water_leak": Field("leak", holds),
    "smoke": Field("smoke", holds),
    "vibration": Field("vibration", strict_flag),
    "temperature": Field("temperature", NUMBERS["temperature"], special=_temperature),
    "local_temperature": Field("temperature", NUMBERS["temperature"], special=_local_temperature),
    "humidity": _plain("humidity"),
    "illuminance": Field("illuminance", NUMBERS["illuminance"], special=_illuminance),
    "power": _plain("power"),
    "energy": _plain("energy"),
    "current": _plain("current"),
    "voltage": Field("voltage", NUMBERS["voltage"], special=_voltage),
    "battery": _plain("battery"),
    "battery_low": Field("battery_low", _battery_low),
}
"""Properties that may carry the name of an endpoint."""


def _of_part(name: str, part: str) -> Field:
    """The field of a part; a part's thermostat does not look at the whole device's `temperature`."""
    return DIVISIBLE[name]._replace(part=part, special=None if name == "local_temperature" else DIVISIBLE[name].special)


FIELDS: dict[str, Field] = {
    **{f"{name}_{part}": _of_part(name, part) for name in DIVISIBLE for part in PARTS},
    **DIVISIBLE,
    "pir_detection": _unless("occupancy", "motion", holds),
    "presence_state": _unless("presence", "presence", words(_RADAR)),
    "carbon_monoxide": Field("co", holds),
    "gas": Field("gas", strict_flag),
    "tamper": Field("tamper", holds),
    "battery_state": _unless("battery_low", "battery_low", words(_BATTERY)),
    "battery_level": _unless("battery_low", "battery_low", words(_BATTERY)),
    "status": Field("fall", words(_OWON)),
    "fall_down_status": Field("fall", words(_TUYA)),
    "fall_status": Field("fall", words(_HEIMAN)),
    "smoke_state": _unless("smoke", "smoke", words(_HOLDS)),
    "co_state": _unless("carbon_monoxide", "co", words(_HOLDS)),
    "door_state": _unless("contact", "contact", words(_DOOR)),
    "opening_state": _unless("contact", "contact", words(_DOOR)),
    "fault": Field("fault", strict_flag),
    "mains_power_connected": Field("mains_failure", _mains_connected),
    "power_outage": Field("mains_failure", words({"outage_detected": True, "power_ok": False})),
    "device_temperature": _plain("device_temperature"),
    "pressure": Field("pressure", _pressure),
    "illuminance_lux": _plain("illuminance"),
    "co2": _plain("co2"),
    "voc": _plain("voc"),
    "pm25": _plain("pm25"),
    "consumption": _unless("energy", "energy", NUMBERS["energy"]),
    "battery_voltage": Field("battery_voltage", _battery_volts),
    "linkquality": _plain("link_quality"),
    # two alarms of one zone; the second is often random, and of a CO alarm it means that somebody cooks
    "occupancy_alarm_1": Field("motion", holds),
    "occupancy_alarm_2": Field("motion", holds, "alarm_2"),
    "contact_alarm_1": Field("contact", _contact),
    "contact_alarm_2": Field("contact", _contact, "alarm_2"),
    "smoke_alarm_1": Field("smoke", holds),
    "carbon_monoxide_alarm_1": Field("co", holds),
    "gas_alarm_1": Field("gas", strict_flag),
    "water_leak_alarm_1": Field("leak", holds),
}  # fmt: skip
"""Property to how it is read. `action`, `click` and `sos` are presses, read by the convention itself."""

PRESSES = frozenset({"action", "click", "sos", "sos_alarm"})

Find = Callable[[str], Field | None]


class Profile(NamedTuple):
    """What is known of one device and decoding needs.

    `battery_powered` None: unknown. `find` gives the field of a property, where the inventory tells other units, words
    or parts than usual.
    """

    address: str
    battery_powered: bool | None = None
    find: Find = FIELDS.get
