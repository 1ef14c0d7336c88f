"""One press, one event: Zigbee2MQTT may publish a press as JSON and again as plain text on `/action` and `/click`."""

import re
from collections.abc import Mapping
from typing import Any

from devices.actions import read_action
from devices.instant import SECOND, Instant
from devices.remembering import keep
from devices.values import WORD_LIMIT

COPY_WINDOW = 2 * SECOND
_RING = 5 * SECOND
"""How long an alarm button repeats one press."""
_REMEMBERED = 256

_NOT_PRESSES = re.compile(
    r"none|null|unknown|identify|movement|motion|orientation|static|region_.*|[0-9]+_min_inactivity"
    r"|moving|opening|closing|stopped|auto_lock|schedule_(?:un)?lock",
    re.IGNORECASE,
)
"""Words that devices publish as `action` although nobody pressed anything, beside those of `read_action`."""

_UNSTEADY = frozenset({"linkquality", "last_seen", "elapsed", "update", "device"})
"""Properties that differ from message to message although nothing happened."""


def read_press(raw: object) -> tuple[str | None, str] | None:
    """(part of the device or None, action) of an action's word; None for what is no press."""
    if isinstance(raw, str) and len(raw) <= WORD_LIMIT and _NOT_PRESSES.fullmatch(raw):
        return None
    return read_action(raw)


class RecentPresses:
    """The last press of each device, long enough to know its copies."""

    def __init__(self) -> None:
        self._json: dict[str, tuple[str, Instant | None, set[str]]] = {}
        self._text: dict[str, tuple[str, Instant | None, str]] = {}
        self._ringing: dict[str, tuple[int, Instant | None]] = {}

    def in_json(self, address: str, action: str, at: Instant | None) -> bool:
        """Whether an action in a JSON message is a press of its own: yes, unless its text copy came just before it."""
        text = self._text.pop(address, None)
        keep(self._json, address, (action, at, set()), _REMEMBERED)
        return text is None or text[0] != action or not _close(text[1], at)

    def in_text(self, address: str, action: str, at: Instant | None, topic: str) -> bool:
        """Whether a text on `/action` or `/click` is a press of its own: not when it repeats one within 2 s.

        Where times are not known, one text on each topic is taken for the copy of the JSON press before it.
        """
        pressed = self._json.get(address)
        if pressed is not None and pressed[0] == action:
            copied = pressed[2]
            if _close(pressed[1], at) or ((pressed[1] is None or at is None) and topic not in copied):
                copied.add(topic)
                return False
        text = self._text.get(address)
        if text is not None and text[0] == action and text[2] != topic and _close(text[1], at):
            return False
        keep(self._text, address, (action, at, topic), _REMEMBERED)
        return True

    def rings(self, source: str, payload: Mapping[str, Any], at: Instant | None, *, explained: bool) -> bool:
        """Whether `sos: true` is a press: the bridge repeats it in every message until the button takes it back.

        It is one when it was not so before; and again when nothing else in the message has changed, which would be
        why it was sent: some buttons never take it back, and their next press must not be lost. Within 5 s it is the
        same press, and where there is another reason for the message (`explained`) the one before.
        """
        mark = hash(repr([(key, value) for key, value in payload.items() if key not in _UNSTEADY]))
        before = self._ringing.get(source)
        if before is None:
            keep(self._ringing, source, (mark, at), _REMEMBERED)
            return True
        same_press = at is None or before[1] is None or 0 <= at - before[1] <= _RING
        pressed = mark == before[0] and not same_press and not explained
        self._ringing[source] = (mark, at if pressed else before[1])
        return pressed

    def is_ringing(self, source: str) -> bool:
        """Whether a source's last word was `sos: true`."""
        return source in self._ringing

    def falls_silent(self, source: str) -> None:
        """The button said `sos: false`: the next true is a press."""
        self._ringing.pop(source, None)


def _close(earlier: Instant | None, later: Instant | None) -> bool:
    return earlier is not None and later is not None and 0 <= later - earlier <= COPY_WINDOW
