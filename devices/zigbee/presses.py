"""One press, one event: Zigbee2MQTT may publish a press as JSON and again as plain text on `/action` and `/click`."""

from typing import TypeVar

from devices.instant import SECOND, Instant

COPY_WINDOW = 2 * SECOND
_REMEMBERED = 256

T = TypeVar("T")


class RecentPresses:
    """The last press of each device, long enough to know its copies."""

    def __init__(self) -> None:
        self._json: dict[str, tuple[str, Instant | None, set[str]]] = {}
        self._text: dict[str, tuple[str, Instant | None, str]] = {}

    def in_json(self, address: str, action: str, at: Instant | None) -> bool:
        """Whether an action in a JSON message is a press of its own: yes, unless its text copy came just before it."""
        text = self._text.pop(address, None)
        _keep(self._json, address, (action, at, set()))
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
        _keep(self._text, address, (action, at, topic))
        return True


def _close(earlier: Instant | None, later: Instant | None) -> bool:
    return earlier is not None and later is not None and 0 <= later - earlier <= COPY_WINDOW


def _keep(table: dict[str, T], key: str, value: T) -> None:
    table.pop(key, None)
    if len(table) >= _REMEMBERED:
        table.pop(next(iter(table)))
    table[key] = value
