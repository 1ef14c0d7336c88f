"""What a decoded Bluetooth advert says (Theengs Decoder 2.5, src/devices/*_json.h: names, units, tables).

`type` is the decoder's kind of device (src/decoder.cpp): THB climate, CTMO contact or motion, BTN button, AIR, PLANT,
ENRG meter, ACTR actuator, WCVR blind, ... A missing field is unknown: adverts are partial.
"""

from itertools import islice
from typing import Any, NamedTuple

from devices.actions import read_action
from devices.measurement import Value
from devices.values import NUMBERS, Reader, flag, number, on_off, to_celsius

_MOST_KEYS = 128


class Said(NamedTuple):
    """One thing that an advert said; `part` is a key of a device with several."""

    quantity: str
    value: Value
    part: str = ""
    momentary: bool = False


_CONTACTS = {"open": True, "timeout not closed": True, "closed": False}
"""SwitchBot's contact sensor; the second is a door that was left open."""

_BUTTONS = {1: "press", 2: "double", 3: "triple", 4: "long", 9: "long", 11: "long", 254: "long"}
"""BTHome's button events as the decoder numbers them: 9 is a long press, 11 a hold (4 and 254 on the air), 0 none."""

_BUTTONS_OF_MODEL = {"NODONNIU": {1: "press", 2: "double", 9: "long", 10: "release", 3: "triple", 4: "4", 5: "5"}}
"""The NodOn Niu counts its presses up to five (NODONNIU_json.h)."""

_NEVER_OVER = frozenset({"MUE4094RT"})
"""Motion sensors whose adverts only ever say true (MUE4094RT_json.h)."""

_FAHRENHEIT = "tempf"


def _contact(raw: object) -> bool | None:
    return _CONTACTS.get(raw.lower()) if isinstance(raw, str) else None


def _state(raw: object) -> bool | None:
    return on_off(raw) if isinstance(raw, str) else None


def _kilowatts(raw: object) -> Value | None:
    value = number(raw)
    return None if value is None else NUMBERS["power"](round(value * 1000, 3))


def _celsius(raw: object) -> Value | None:
    value = number(raw)
    return None if value is None else NUMBERS["temperature"](to_celsius(value))


_AIR: dict[str, tuple[str, Reader]] = {
    "tempc": ("temperature", NUMBERS["temperature"]),
    "tem": ("temperature", NUMBERS["temperature"]),  # OpenMQTTGateway's earlier name for it
    _FAHRENHEIT: ("temperature", _celsius),
    "hum": ("humidity", NUMBERS["humidity"]),
    "pres": ("pressure", NUMBERS["pressure"]),
    "lux": ("illuminance", NUMBERS["illuminance"]),
    "darkness": ("illuminance", NUMBERS["illuminance"]),  # lx, by its table of units
    "co2": ("co2", NUMBERS["co2"]),
    "pm25": ("pm25", NUMBERS["pm25"]),
}
_SENSES: dict[str, tuple[str, Reader]] = {
    "open": ("contact", flag),
    "contact": ("contact", _contact),
    "motion": ("motion", flag),
}
_HEALTH: dict[str, tuple[str, Reader]] = {
    "batt": ("battery", NUMBERS["battery"]),
    "batt_low": ("battery_low", flag),
    "lowbatt": ("battery_low", flag),
    "volt": ("battery_voltage", NUMBERS["battery_voltage"]),
    "rssi": ("rssi", NUMBERS["rssi"]),
}
_ALL = _AIR | _SENSES | _HEALTH

_FIELDS: dict[str, dict[str, tuple[str, Reader]]] = {
    "THB": {**_AIR, **_HEALTH, "open": ("switch", flag)},  # a reed that somebody may have wired to a thermometer
    "BBQ": _HEALTH,  # what is measured is meat
    "WCVR": _HEALTH,  # `open` is per cent, `motion` is the motor, `lightlevel` no lux
    "WIND": _HEALTH,
    "ACTR": {**_HEALTH, "state": ("switch", _state)},
    "ENRG": {**_HEALTH, "avg": ("power", _kilowatts), "sum": ("energy", NUMBERS["energy"])},
}
"""Fields by the decoder's type; for every other type, and where there is none, all of them."""

_UNITS = {"avg": ("avgu", "kW"), "sum": ("sumu", "kWh")}
"""A meter's value counts only in this unit: the same fields may be cubic metres."""

_PRIVATE = {
    "TRACK": "a tracker that somebody carries",
    "RMAC": "a phone or computer whose address changes",
    "BCON": "a beacon, as phones and trackers send them",
    "AUDIO": "somebody's headphones",
    "BODY": "what somebody wears or brushes their teeth with",
    "SCALE": "a scale, whose readings are personal",
    "TIRE": "a tyre of somebody's car",
}
_ENCRYPTED = "an encrypted advert: give the gateway the device's bindkey"
_UNDECODED = "an advert that the gateway could not decode"


def private(content: dict[str, Any]) -> str | None:
    """Why this device is nobody's business (it is somebody's own, or changes its address), if so."""
    kind = content.get("type")
    kind = kind if isinstance(kind, str) else ""
    climate = "tempc" in content or "hum" in content
    if kind in _PRIVATE and not (kind == "BCON" and climate):
        return _PRIVATE[kind]
    if content.get("prmac") is True or "unlocked" in content or isinstance(content.get("presence"), str):
        return _PRIVATE["RMAC"]
    if content.get("track") is True and (not kind or kind == "UNIQ") and not climate:
        return _PRIVATE["TRACK"]
    return _PRIVATE["RMAC"] if number(content.get("mac_type")) == 1 and not _stays(content) else None


def _stays(content: dict[str, Any]) -> bool:
    """Whether a random address is of the kind that stays: its two highest bits are set (Core 5.4, vol 6, B 1.3.2)."""
    address = content.get("id")
    return "model_id" in content and isinstance(address, str) and address[:1] in set("cdefCDEF")


def says(content: dict[str, Any]) -> list[Said]:
    """The states in an advert; no presses."""
    kind = content.get("type")
    fields = _FIELDS.get(kind, _ALL) if isinstance(kind, str) else _ALL
    found: dict[str, Said] = {}
    for key, raw in islice(content.items(), _MOST_KEYS):
        field = fields.get(key)
        if field is None or (key == _FAHRENHEIT and "tempc" in content):
            continue
        if key in _UNITS and content.get(_UNITS[key][0]) != _UNITS[key][1]:
            continue
        quantity, read = field
        value = read(raw)
        if value is not None:
            momentary = quantity == "motion" and value is True and content.get("model_id") in _NEVER_OVER
            found.setdefault(quantity, Said(quantity, value, momentary=momentary))
    return list(found.values())


def presses(content: dict[str, Any]) -> list[Said]:
    """The presses in an advert: of `button`, of `button1` to `button4`, or an `action` in words."""
    model = content.get("model_id")
    actions = _BUTTONS_OF_MODEL.get(model, _BUTTONS) if isinstance(model, str) else _BUTTONS
    found = []
    for part in ("", "1", "2", "3", "4"):
        pressed = number(content.get(f"button{part}"))
        action = actions.get(int(pressed)) if pressed is not None and pressed.is_integer() else None
        if action is not None:
            found.append(Said("button", action, part))
    if (read := read_action(content.get("action"))) is not None:
        found.append(Said("button", read[1], read[0] or ""))
    return found


def nothing_in(content: dict[str, Any], said: list[Said]) -> str | None:
    """Why an advert is not worth telling, if so: the signal of a device that is not known is not."""
    if any(one.quantity != "rssi" for one in said):
        return None
    if "cipher" in content or content.get("encr"):
        return _ENCRYPTED
    if said and "model_id" in content:
        return None
    raw = "servicedata" in content or "manufacturerdata" in content
    return _UNDECODED if raw and "model_id" not in content else "an advert with nothing that Keepwell measures"
