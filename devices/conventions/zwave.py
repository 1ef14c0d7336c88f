"""Z-Wave JS UI (https://zwave-js.github.io/zwave-js-ui/): one topic for each value of each node.

`zwave/[location/]<node>/<class>/<endpoint>/<property>[/<key>]`, by numbers or by names. A node's address comes from the
topic alone, so that it never changes: `zwave:<node id>` where the topic has the id (also as `nodeID_<id>`), else
`zwave:<location>.<name>`. Endpoints other than the main one, and values that would otherwise be told apart by nothing,
are parts: `zwave:5/1`, `zwave:5/scene_2`.
"""

from collections.abc import Hashable
from typing import Any, NamedTuple

from devices import device_time
from devices.convention import Options, ignored
from devices.duplicates import Recent
from devices.instant import DAY, MILLISECOND, SECOND, Instant
from devices.measurement import Decoded, Description, Measurement, Message, Rejected
from devices.payload import read_json
from devices.remembering import keep
from devices.values import CONTROL, number
from devices.zwave.guide import GUIDE
from devices.zwave.notifications import Told
from devices.zwave.topics import PREFIX, NodeTopic, ValueTopic, read_topic
from devices.zwave.values import HELD, Press, Read, meaning

__all__ = ["GUIDE", "Zwave"]

NAME = "zwave"
BRIDGE = PREFIX + "bridge"
REPLAY_WINDOW = 30 * SECOND
"""How long after it became ready the driver may be publishing what it had cached."""
HELD_WINDOW = 58 * SECOND
"""A key that is held down says so again every 55 seconds, or far more often (Central Scene, slowRefresh)."""

_CACHE = 4_000
_REMEMBERED = 1_000
_TEXT_LIMIT = 200
_CLEARED = (b"", b'""')
_STATES = {
    "alive": True, "awake": True, "asleep": True, "dead": False, "true": True, "false": False, "online": True,
    "offline": False,
}  # fmt: skip


class Entry(NamedTuple):
    """What one topic means: the node, the part's address before `part`, and what to do with the payload."""

    node: str
    states: tuple[tuple[str, str, Read], ...] = ()
    """(address, quantity, reader)."""
    press: Press | None = None
    told: Told | None = None
    address: str = ""
    """Of the press or event."""
    endpoint: int = 0
    what: str = ""
    """`status`, `nodeinfo` or `lastActive` of a node, `driver` or `client` of the bridge."""
    why: str = ""
    """Why the topic is left alone, if it is."""


class Zwave:
    """Reads one hub's Z-Wave JS UI: holds what topics mean, recent presses, and what each node was seen to report."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time
        self._prefix = options.zwave_prefix + "/"
        self._entries: dict[str, Entry] = {}
        self._recent = Recent(7 * DAY)
        self._held: dict[str, Instant | None] = {}
        self._known: dict[str, dict[str, None]] = {}
        self._process = True
        self._driver = True
        self._ready_since: Instant | None = None

    def claims(self, topic: str) -> bool:
        """Whether the topic is under the prefix."""
        return topic.startswith(self._prefix)

    def decode(self, message: Message) -> Decoded:
        """What a message of the bridge or of a node means."""
        path = message.topic[len(self._prefix) :]
        entry = self._entries.get(path) or self._learn(path)
        if entry.why:
            return ignored(NAME, entry.why)
        if entry.told is not None:
            return self._event(entry, entry.told, path, message)
        if message.payload in _CLEARED:
            return ignored(NAME, "empty payload: a retained value was cleared")
        content = read_json(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        if entry.states:
            return self._state(entry, content, message)
        return self._other(entry, path, content, message)

    def _learn(self, path: str) -> Entry:
        return keep(self._entries, path, _entry(path), _CACHE)

    def _other(self, entry: Entry, path: str, content: Any, message: Message) -> Decoded:  # noqa: ANN401
        if entry.press is not None:
            return self._press(entry, entry.press, path, content, message)
        if entry.what == "nodeinfo":
            return self._describe(entry.node, content)
        if entry.what == "lastActive":
            return self._last_active(entry.node, content, message)
        if entry.what == "status":
            return self._status(entry.node, content, message)
        return self._bridge(content, message, driver=entry.what == "driver")

    # ------------------------------------------------------------------------------------------- values

    def _state(self, entry: Entry, content: Any, message: Message) -> Decoded:  # noqa: ANN401
        raw, unit, sent = _unpacked(content)
        if raw is None:
            return ignored(NAME, "the message has no value")
        at = self._time(sent, message)
        found = []
        for address, quantity, read in entry.states:
            value = read(raw, unit)
            if value is not None:
                found.append(Measurement(address, quantity, value, at))
                self._note(entry.node, quantity)
        if not found:
            return ignored(NAME, "a value that says nothing, or cannot be used")
        since, now = self._ready_since, message.received_at
        replayed = since is not None and now is not None and 0 <= now - since <= REPLAY_WINDOW
        return Decoded(NAME, tuple(found), replayed=replayed)

    def _press(self, entry: Entry, press: Press, path: str, content: Any, message: Message) -> Decoded:  # noqa: ANN401
        raw, _, sent = _unpacked(content)
        value = number(raw)
        if value is None:
            return ignored(NAME, "no press: its value is taken back after a second")
        address, action = entry.address, press.words.get(int(value)) if value.is_integer() else None
        if not press.words and value.is_integer() and 1 <= value <= 255:
            address, action = _part(entry.node, entry.endpoint, f"scene_{int(value)}"), "press"
        if action is None:
            return ignored(NAME, "a press of a kind that is not known")
        if message.retained:
            return ignored(NAME, "a retained press is an old one")
        if self._is_copy((path, action), sent, message):
            return ignored(NAME, "a copy of a press that was read already")
        at = self._time(sent, message)
        if self._still_held(address, action, message.received_at if at is None else at):
            return ignored(NAME, "the key is still held down")
        self._note(entry.node, "button")
        return Decoded(NAME, (Measurement(address, "button", action, at, _identity(sent)),))

    def _event(self, entry: Entry, told: Told, path: str, message: Message) -> Decoded:
        """An event says all by coming; what it carries may be a code that was typed, and is not looked at."""
        content = read_json(message.payload) if message.payload else None
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        if message.retained:
            return ignored(NAME, "a retained event is an old one")
        sent = content.get("time") if isinstance(content, dict) else None
        if self._is_copy(path, sent, message):
            return ignored(NAME, "a copy of an event that was read already")
        self._note(entry.node, told.quantity)
        momentary = told.quantity not in {"button", "online"}
        at = self._time(sent, message)
        return Decoded(NAME, (Measurement(entry.address, told.quantity, told.value, at, _identity(sent), momentary),))

    def _is_copy(self, what: Hashable, sent: object, message: Message) -> bool:
        """Whether this was said with this time already; never where there is no time."""
        identity = _identity(sent)
        return identity is not None and self._recent.is_copy((what, identity), message.received_at)

    def _still_held(self, address: str, action: str, now: Instant | None) -> bool:
        if action != HELD:
            self._held.pop(address, None)
            return False
        still = address in self._held
        since = self._held.pop(address, None)
        keep(self._held, address, now, _REMEMBERED)
        return still and (since is None or now is None or abs(now - since) <= HELD_WINDOW)

    def _time(self, sent: object, message: Message) -> Instant | None:
        if sent is None:
            return None
        at = device_time.from_text_or_epoch_ms(sent)
        return device_time.plausible(at, message.received_at, trusted=self._trusted)

    def _note(self, node: str, quantity: str) -> None:
        known = self._known.get(node)
        if known is None:
            known = keep(self._known, node, {}, _REMEMBERED)
        known[quantity] = None

    # ------------------------------------------------------------------------------------------- nodes and bridge

    def _last_active(self, node: str, content: Any, message: Message) -> Decoded:  # noqa: ANN401
        heard = _unpacked(content)[0]
        if heard is None or message.retained:
            return ignored(NAME, "when the node was last heard, which is no news")
        return Decoded(NAME, (Measurement(node, "online", True, self._time(heard, message)),))

    def _status(self, node: str, content: Any, message: Message) -> Decoded:  # noqa: ANN401
        raw, _, sent = _unpacked(content)
        status = content.get("status", raw) if isinstance(content, dict) else raw
        if isinstance(status, str) and status.lower() == "unknown":
            return ignored(NAME, "the bridge does not know yet whether the node is reachable")
        online = _STATES.get(status.lower()) if isinstance(status, str) else raw
        if not isinstance(online, bool):
            return Decoded(NAME, rejected=Rejected("bad_value", "not a state that a node of Z-Wave JS can have"))
        return Decoded(NAME, (Measurement(node, "online", online, self._time(sent, message)),))

    def _describe(self, node: str, content: Any) -> Decoded:  # noqa: ANN401
        if not isinstance(content, dict):
            return Decoded(NAME, rejected=Rejected("not_an_object", "expected what is known of a node as an object"))
        if content.get("isControllerNode") is True:
            return ignored(NAME, "the Z-Wave stick itself")
        model = _text(content.get("productLabel"))
        name = _text(content.get("name")) or _text(content.get("productDescription")) or model or node
        described = Description(node, name, _text(content.get("manufacturer")), model, tuple(self._known.get(node, ())))
        return Decoded(NAME, described=(described,))

    def _bridge(self, content: Any, message: Message, *, driver: bool) -> Decoded:  # noqa: ANN401
        """The process and its driver of the stick: one that is down is as deaf as the other."""
        raw = _unpacked(content)[0]
        online = _STATES.get(raw.lower()) if isinstance(raw, str) else raw
        if not isinstance(online, bool):
            return Decoded(NAME, rejected=Rejected("bad_value", "the state is neither true nor false"))
        if not driver:
            self._process = online
        else:
            self._driver = online
            if not message.retained:
                self._ready_since = message.received_at if online else None
        both = self._process and self._driver
        return Decoded(NAME, (Measurement(BRIDGE, "online", both),), hub_online=both)


def _entry(path: str) -> Entry:
    if (special := _not_of_a_node(path)) is not None:
        return special
    topic = read_topic(path)
    if topic is None:
        return Entry("", why="a topic that was configured by hand: what it means cannot be known")
    return Entry(topic.node, what=topic.what) if isinstance(topic, NodeTopic) else _value_entry(topic)


def _value_entry(topic: ValueTopic) -> Entry:
    node, endpoint = topic.node, topic.endpoint
    means = meaning(topic)
    if isinstance(means, str):
        return Entry(node, why=means)
    if isinstance(means, Press):
        return Entry(node, press=means, address=_part(node, endpoint, means.part), endpoint=endpoint)
    if isinstance(means, Told):
        return Entry(node, told=means, address=_part(node, endpoint, means.part))
    return Entry(node, tuple((_part(node, endpoint, state.part), state.quantity, state.read) for state in means))


def _not_of_a_node(path: str) -> Entry | None:
    """What the bridge says of itself, and what is said to it; None for all that may be of a node."""
    if path == "set" or path.endswith("/set"):
        return Entry("", why="a command to a device")
    if path == "driver/status":
        return Entry("", what="driver")
    if path.startswith("_CLIENTS/"):
        if path.endswith("/status") and path.count("/") > 1 and "/api/" not in path:
            return Entry("", what="client")
        return Entry("", why="the bridge's own version, or an answer to a request")
    if path.startswith("_EVENTS"):
        return Entry("", why="an event of the bridge; what it is about has a topic of its own")
    return None


def _part(node: str, endpoint: int, part: str) -> str:
    """The address of a part: endpoint 0 is the device itself."""
    if endpoint:
        part = f"{endpoint}_{part}" if part else str(endpoint)
    return f"{node}/{part}" if part else node


def _unpacked(content: Any) -> tuple[Any, str | None, object]:  # noqa: ANN401
    """(value, unit, time) out of a payload of any of the three types."""
    if not isinstance(content, dict):
        return content, None, None
    unit = content.get("unit")
    sent = content.get("time")
    if sent is None:
        sent = content.get("lastUpdate")
    return content.get("value"), unit if isinstance(unit, str) else None, sent


def _identity(sent: object) -> str | None:
    """The time of a press or event in whole milliseconds, which tells it from others of its device."""
    milliseconds = number(sent)
    if milliseconds is None or not 0 < milliseconds < device_time.LATEST / MILLISECOND:
        return None
    return str(int(milliseconds))


def _text(raw: object) -> str | None:
    """A name fit to be kept."""
    if isinstance(raw, str) and 0 < len(raw) <= _TEXT_LIMIT and not CONTROL.search(raw):
        return raw
    return None
