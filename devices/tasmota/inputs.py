"""Relays, switches and buttons of a Tasmota device. A lone relay is the device itself, the others are parts of it.

Words after Tasmota's page Buttons-and-Switches and its support_button_v4 and support_switch_v4: a button says SINGLE,
DOUBLE, TRIPLE, QUAD, PENTA, CLEAR or StateText4 (HOLD); rules know the same as 10 to 15, with 2 for TOGGLE, 3 for HOLD.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from devices.actions import ACTIONS
from devices.instant import SECOND, Instant
from devices.measurement import Measurement
from devices.remembering import keep
from devices.tasmota.known import Known
from devices.tasmota.sensors import SENSOR_LIMIT, is_sensor
from devices.values import on_off, word

_NUMBERED = re.compile(r"(POWER|Switch|SWITCH|Button|BUTTON)([0-9]{0,2})T?")
_ACTIONS = ("Action", "ACTION", "TRIG", "STATE")
"""By firmware: 9.2 and later, 8, 9.0 and 7."""
_CODES = {2: "TOGGLE", 3: "HOLD", 10: "SINGLE", 11: "DOUBLE", 12: "TRIPLE", 13: "QUAD", 14: "PENTA", 15: "CLEAR"}
_STATES = {"1": True, "0": False, "true": True, "false": False}
_TOGGLED = "toggle"
_NOT_SWITCHES = frozenset({"Time", "TempUnit", "PressureUnit", "SpeedUnit"})
COPY_WINDOW = 2 * SECOND
_REMEMBERED = 256


def numbered(key: str) -> tuple[str, str] | None:
    """(`Power`, `Switch` or `Button`, its number or nothing) of a key; None for any other key."""
    found = _NUMBERED.fullmatch(key)
    return None if found is None else (found[1].capitalize(), found[2])


def read(
    address: str, known: Known, content: Mapping[str, Any], at: Instant | None, *, sensing: bool
) -> Iterator[Measurement]:
    """Relays and switches in a message; in one with sensors (`sensing`) a switch may have a name (SwitchText)."""
    for key, raw in islice(content.items(), SENSOR_LIMIT):
        found = numbered(key)
        if found is None:
            if _named(key, raw, sensing=sensing) and (state := _state(known, _said(raw))) is not None:
                yield Measurement(f"{address}/{key}", "switch", state, at)
            continue
        what, number = found
        if what == "Button" or (state := _state(known, _said(raw))) is None:
            continue
        part = number if what == "Power" else f"Switch{number or '1'}"
        yield Measurement(f"{address}/{part}" if part else address, "switch", state, at)


def presses(address: str, known: Known, content: Mapping[str, Any], at: Instant | None) -> Iterator[Measurement]:
    """Presses of buttons in a message."""
    for key, raw in islice(content.items(), SENSOR_LIMIT):
        found = numbered(key)
        if found is None or found[0] != "Button":
            continue
        said = _said(raw)
        action = _CODES.get(said) if isinstance(said, int) and not isinstance(said, bool) else word(said)
        if action is None:
            continue
        if known.words is not None and action == known.words.hold:
            action = "HOLD"
        lowered = action.lower()
        action = "press" if lowered == _TOGGLED else ACTIONS.get(lowered, action)
        yield Measurement(f"{address}/Button{found[1]}", "button", action, at)


def _said(raw: object) -> object:
    if isinstance(raw, dict):
        return next((raw[key] for key in _ACTIONS if key in raw), None)
    return raw


def _named(key: str, raw: object, *, sensing: bool) -> bool:
    """Whether this is a switch with a name: `{"Front door": {"Action": "ON"}}`, or `"Front door": "ON"` by sensors."""
    if isinstance(raw, dict):
        return len(raw) == 1 and "Action" in raw and is_sensor(key)
    return sensing and isinstance(raw, str) and key not in _NOT_SWITCHES and is_sensor(key)


def _state(known: Known, said: object) -> bool | None:
    """On or off: in the device's own words (StateText) if they are known, else ON and OFF, 1 and 0."""
    if isinstance(said, bool):
        return said
    text = str(said) if isinstance(said, int) and said in (0, 1) else said
    if not isinstance(text, str):
        return None
    if known.words is not None and text in known.words.states:
        return known.words.states[text]
    return _STATES.get(text.lower(), on_off(text))


class Presses:
    """The last press of each button, long enough to know its copy: SetOption4 may make two messages of one press."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[object, Instant | None, str]] = {}

    def is_copy(self, press: Measurement, at: Instant | None, kind: str) -> bool:
        """Whether the press was told just before in the other kind of message."""
        last = self._last.pop(press.address, None)
        if last is not None and last[0] == press.value and last[2] != kind:
            told = last[1]
            if told is None or at is None or 0 <= at - told <= COPY_WINDOW:
                return True
        keep(self._last, press.address, (press.value, at, kind), _REMEMBERED)
        return False
