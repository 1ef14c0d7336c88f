"""What the commands of remote controls and buttons in a Zigbee2Tasmota message mean.

A command received is `"<cluster>!<command>": "<payload>"` beside a readable name (Tasmota's page Zigbee, "Receiving
Commands"; xdrv_23_zigbee_6_0_commands). What it means depends on the model; the tables are from the converters
ewelink_action, tuya_on_off_action, command_arm, command_emergency and command_panic of zigbee-herdsman-converters.
"""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from devices.actions import ACTIONS, NOT_PRESSES
from devices.values import word

_LOOKED_AT = 128
_COMMAND = re.compile(r"([0-9A-Fa-f]{4})!([0-9A-Fa-f]{2})")
_PLAIN = {"00": "off", "01": "on", "02": "toggle", "40": "off", "41": "on"}
_EWELINK = {"02": "press", "01": "double", "00": "long"}
_MODELS = {"WB01": _EWELINK, "WB-01": _EWELINK, "SNZB-01": _EWELINK, "lumi.remote.b1acn02": {"00": "double"}}
"""Beginning of a model to what its on-off commands mean: SNZB-01 (which calls itself WB01), and WXKG13LM."""
_TUYA = {"00": "press", "01": "double", "02": "long"}
_ARMING = {"00": "disarm", "01": "arm_day_zones", "02": "arm_night_zones", "03": "arm_all_zones"}
_KEYPAD = {"02": "emergency", "03": "fire", "04": "emergency"}
_ARROWS = {
    "ArrowClick": ("arrow_right_click", "arrow_left_click"), "ArrowHold": ("arrow_right_hold", "arrow_left_hold"),
    "ArrowRelease": ("arrow_release", "arrow_release"),
}  # fmt: skip
_REMOTES = frozenset({"0005", "0008", "0102", "0300"})
_NAMES = ("Dimmer", "Shutter", "Hue", "Sat", "Color", "CT", "RecallScene")
"""Beginnings of the readable names of commands that somebody sent by hand."""
_CLICKS = ("Click", "action", "click")
"""The first is of 9.1 and later, which still adds the others."""


def pressed(model: str | None, attributes: Mapping[str, Any]) -> str | None:
    """The action of the one press in a message, None for no press. A keypad's code never comes out of here."""
    for key in _CLICKS:
        if (click := word(attributes.get(key))) is not None:
            return None if click.lower() in NOT_PRESSES else ACTIONS.get(click.lower(), click)
    cube = word(attributes.get("AqaraCube"))
    if cube is not None and cube != "wakeup":
        return f"cube {cube}"
    for key, payload in islice(attributes.items(), _LOOKED_AT):
        found = _COMMAND.fullmatch(key) if len(key) == 7 else None
        if found is not None and (action := _action(model, found[1].upper(), found[2].upper(), payload, attributes)):
            return action
        if key.startswith("GP") and payload is True:
            return "press" if key.startswith("GPShortPress") else key[:40]
    return None


def _action(
    model: str | None, cluster: str, command: str, payload: object, attributes: Mapping[str, Any]
) -> str | None:
    if cluster == "0006":
        return _on_off(model, command, payload)
    if cluster == "0501":
        if command == "00" and isinstance(payload, str):
            return _ARMING.get(payload[:2])  # the rest is the code
        return _KEYPAD.get(command)
    return _by_name(attributes) or f"{cluster}!{command}" if cluster in _REMOTES else None


def _on_off(model: str | None, command: str, payload: object) -> str | None:
    if command == "FD":
        return _TUYA.get(payload) if isinstance(payload, str) else None
    plain = _PLAIN.get(command)
    meanings = next((table for start, table in _MODELS.items() if model is not None and model.startswith(start)), None)
    return plain if meanings is None else meanings.get(command, plain)


def _by_name(attributes: Mapping[str, Any]) -> str | None:
    for key, value in islice(attributes.items(), _LOOKED_AT):
        if key in _ARROWS:
            return _ARROWS[key][1 if value == 1 else 0]
        if key.startswith(_NAMES) and len(key) <= 24:
            return f"{key} {value}" if type(value) is int else key
    return None
