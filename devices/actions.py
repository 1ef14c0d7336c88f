"""What the many words for a button's use mean: press, double, triple, long, release, emergency, cancel."""

import re

from devices.values import word

ACTIONS: dict[str, str] = {
    "press": "press", "single": "press", "single_click": "press", "click": "press", "single_press": "press",
    "double": "double", "double_click": "double", "double_press": "double",
    "triple": "triple", "triple_click": "triple", "triple_press": "triple",
    "long": "long", "hold": "long", "long_press": "long", "long_click": "long",
    "release": "release", "hold_release": "release", "long_release": "release", "clear": "release",
    "pressed": "press", "short_press": "press", "held": "long", "released": "release",
    "press_release": "release", "short_release": "release",
    "emergency": "emergency", "sos": "emergency", "panic": "emergency",
    "cancel": "cancel",
}  # fmt: skip
"""A device's word, in lower case, to the canonical action. Any other word stays the device's own."""

NOT_PRESSES = frozenset({"vibration", "tilt", "drop"})
"""What vibration sensors publish as `action`: something moved, nobody pressed."""

_PART = r"[0-9]{1,2}|left|right|both|center|centre|top|bottom|up|down|(?:button_|l|ep)[0-9]{1,2}"
_PREFIXED = re.compile(rf"({_PART})_([a-z_]+)")
_SUFFIXED = re.compile(rf"([a-z_]+?)_({_PART})")


def read_action(raw: object) -> tuple[str | None, str] | None:
    """(part of the device or None, action) for an action's word; None for no press at all.

    `1_single` and `single_left` name a part of the device, but only where the other half is a known word: then the
    part becomes a sub-unit and the action is canonical. Every other word stays whole, as the device wrote it.
    """
    text = word(raw)
    if text is None:
        return None
    lowered = text.lower()
    if lowered in NOT_PRESSES:
        return None
    known = ACTIONS.get(lowered)
    if known is not None:
        return None, known
    if (found := _PREFIXED.fullmatch(lowered)) and (known := ACTIONS.get(found[2])):
        return found[1], known
    if (found := _SUFFIXED.fullmatch(lowered)) and (known := ACTIONS.get(found[1])):
        return found[2], known
    return None, text
