"""Why an alert was raised, in plain words: what was seen, which sensors it rests on, and what is usual in this home."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devices.instant import Instant, parse_rfc3339
from devices.quantity import QUANTITIES
from gateway.alerts.alert import Alert
from gateway.languages.forms import FORMS, Reader, in_room
from gateway.model import Home, parent_address
from gateway.saying import clock_time, counted
from gateway.watch.wording import device_name, in_words

_UNITS = {"Cel": "°C", "%": "%", "W": "W"}
_YES_NO = {
    "contact": ("open", "closed"),
    "bed": ("occupied", "empty"),
    "chair": ("occupied", "empty"),
    "presence": ("somebody there", "nobody there"),
    "motion": ("movement", "no movement"),
    "usage": ("in use", "not in use"),
}
_USUAL = {"not_up": "usual_clock", "not_to_bed": "usual_clock", "appliance_unused": "usual_clock",
          "routine_inactivity": "usual_duration", "inactivity": "usual_duration"}  # fmt: skip
_LEFT_OUT = frozenset({"readings", "sensors_healthy", "sensors_total", "silent", "usual", "said", "before_ageing",
                       "passing", "alert", "home", "last_device"})  # fmt: skip
_NAMES = {
    "last_activity": "Last activity",
    "last_movement": "Last movement",
    "last_heard": "Last heard",
    "last_room": "Last seen in",
    "whereabouts": "Whereabouts",
    "expected_by": "Expected by",
    "limit_min": "Limit, in minutes",
    "limit_h": "Limit, in hours",
    "possible_repeat": "May be a repeat of an earlier press",
    "at_night": "By night",
    "assumed": "Assumed",
    "weak_sign": "A single sign since, which may be false",
}
_WHEREABOUTS = {"home": "at home", "out": "out", "unknown": "not known"}


@dataclass(frozen=True, slots=True)
class Basis:
    """What an alert rests on. `sensors`: a sentence, empty where none is named; `facts`: (what, value)."""

    readings: Sequence[str]
    sensors: str
    facts: Sequence[tuple[str, str]]


def basis(alert: Alert, home: Home | None, reader: Reader) -> Basis:
    """The evidence of an alert as people read it. What an older version wrote is told as well as it can be."""
    said = alert.evidence
    names = {} if home is None else {device.address: device_name(device) for device in home.devices}
    readings = [_reading(one, names, reader) for one in _list(said.get("readings")) if isinstance(one, Mapping)]
    return Basis(readings, _sensors(said, names), list(_facts(alert, reader)))


def _sensors(said: Mapping[str, Any], names: Mapping[str, str]) -> str:
    total, healthy = said.get("sensors_total"), said.get("sensors_healthy")
    if not isinstance(total, int) or not isinstance(healthy, int) or not total:
        return ""
    silent = [_named(str(address), names) for address in _list(said.get("silent"))]
    if not silent:
        return "It rests on one sensor, which is heard." if total == 1 else f"All {total} sensors behind it are heard."
    seen = f"{healthy} of the {counted(total, 'sensor')} behind it {'is' if healthy == 1 else 'are'} heard"
    return f"{seen}; not heard: {in_words(silent)}."


def _reading(one: Mapping[str, Any], names: Mapping[str, str], reader: Reader) -> str:
    at, quantity, value = parse_rfc3339(str(one.get("at", ""))), str(one.get("quantity", "")), one.get("value")
    who = _named(str(one.get("device", "")), names)
    return f"{who}: {_value(quantity, value)}, {_clock(at, reader)}"


def _value(quantity: str, value: object) -> str:
    words = quantity.replace("_", " ")
    if isinstance(value, bool):
        yes, no = _YES_NO.get(quantity, (words, f"no {words}"))
        return yes if value else no
    if isinstance(value, int | float):
        unit = QUANTITIES[quantity].unit if quantity in QUANTITIES else None
        return f"{words} {value:.10g} {_UNITS.get(unit or '', unit or '')}".rstrip()
    return f"{words} {value}"


def _facts(alert: Alert, reader: Reader) -> Iterator[tuple[str, str]]:
    usual = alert.evidence.get("usual")
    if isinstance(usual, Mapping) and {"low", "high", "n"} <= usual.keys():
        yield "Usual in this home", FORMS[_USUAL.get(alert.rule, "usual")](dict(usual), reader)
    for name, value in alert.evidence.items():
        if name in _LEFT_OUT or value in (None, False, "") or isinstance(value, dict):
            continue
        yield _NAMES.get(name, name.replace("_", " ").capitalize()), _plain(name, value, reader)


def _plain(name: str, value: object, reader: Reader) -> str:
    if name == "whereabouts":
        return _WHEREABOUTS.get(str(value), str(value))
    if name == "last_room":
        return in_room(str(value), reader).removeprefix("in ")
    if value is True:
        return "yes"
    if isinstance(value, list):
        return ", ".join(_plain("", one, reader) for one in value) or "none"
    at = parse_rfc3339(str(value)) if isinstance(value, str) else None
    return str(value) if at is None else _clock(at, reader)


def _named(address: str, names: Mapping[str, str]) -> str:
    return names.get(address) or names.get(parent_address(address) or "") or address or "a sensor"


def _clock(at: Instant | None, reader: Reader) -> str:
    return "at an unknown time" if at is None else clock_time(at, reader.now, reader.zone)


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
