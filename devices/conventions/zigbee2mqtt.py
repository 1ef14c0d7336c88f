"""Zigbee2MQTT (https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html): states by friendly name.

A device's address is `zigbee2mqtt:<ieee address>`, and `zigbee2mqtt:name:<friendly name>` until the bridge's inventory
(`bridge/devices`, retained) is known; a part of a device is `<address>/left`. Names may hold slashes, so topics are
resolved against the inventory, the longest name first. States come as JSON, or (advanced.output) one plain text for
each property on `<friendly name>/<property>`, or both.
"""

from typing import Any

from devices import device_time
from devices.convention import Options, ignored
from devices.instant import SECOND, Instant
from devices.measurement import Decoded, Measurement, Message, Rejected
from devices.payload import read_json
from devices.values import number
from devices.zigbee.bridge import BRIDGE, Bridge, read_online
from devices.zigbee.fields import DIVISIBLE, PARTS, PRESSES, Profile
from devices.zigbee.guide import GUIDE
from devices.zigbee.inventory import NAMED
from devices.zigbee.presses import RecentPresses, read_press

__all__ = ["BRIDGE", "GUIDE", "Zigbee2mqtt"]

NAME = GUIDE.name

_COMMANDS = ("set", "get")
_MOST_BASES = 8
_SIGNS_OF_A_BRIDGE = ("/bridge/state", "/bridge/devices")
_PARTS = frozenset(PARTS)
_RANG = ("sos", "sos_alarm")
_RETAINED = "a retained press is an old one"
_COPY = "a copy of a press that was read from its JSON message"
_FIRST_MILLISECONDS = 100_000_000_000
"""A smaller count since 1970 is one of seconds: as milliseconds it would be before March 1973."""


class Zigbee2mqtt:
    """Reads one hub's Zigbee2MQTT: holds the inventory of each bridge, what it re-sends, and the last presses."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time
        self._bridges = [Bridge(options.zigbee2mqtt_base, taught=False)]
        self._prefixes: tuple[str, ...] = (self._bridges[0].prefix,)
        self._presses = RecentPresses()

    def claims(self, topic: str) -> bool:
        """Whether the topic is under a known base, or is the `bridge/state` or inventory of another."""
        return topic.startswith(self._prefixes) or topic.endswith(_SIGNS_OF_A_BRIDGE)

    def decode(self, message: Message) -> Decoded:
        """What the message of a bridge or a device means."""
        topic = message.topic
        for bridge in self._bridges:
            if topic.startswith(bridge.prefix):
                path = topic[len(bridge.prefix) :]
                if path.endswith(_SIGNS_OF_A_BRIDGE) and (decoded := self._another(message)) is not None:
                    return decoded
                return self._under(bridge, path, message)
        return self._another(message) or ignored(None, f"no convention claims topic {topic[:120]!r}")

    def address_of(self, named: str) -> str | None:
        """The stable address for one by friendly name (`zigbee2mqtt:name:...`, with or without a part), if known."""
        if not named.startswith(NAMED):
            return None
        for bridge in self._bridges:
            name, tail = bridge.inventory.split(named.removeprefix(NAMED))
            profile = bridge.inventory.profile(name)
            if profile is not None and "/" not in tail:
                return f"{profile.address}/{tail}" if tail else profile.address
        return None

    def _another(self, message: Message) -> Decoded | None:
        """Another base topic is believed once its bridge has said something that only a bridge says."""
        base, _, path = message.topic.rpartition("/bridge/")
        if not base or len(self._bridges) >= _MOST_BASES:
            return None
        bridge = Bridge(base, taught=True)
        decoded = bridge.decode(path, message)
        if decoded.hub_online is None and not decoded.described:
            return None
        self._bridges = sorted([*self._bridges, bridge], key=lambda one: -len(one.prefix))
        self._prefixes = tuple(one.prefix for one in self._bridges)
        return decoded

    def _under(self, bridge: Bridge, path: str, message: Message) -> Decoded:
        inventory, tail = bridge.inventory, ""
        profile = inventory.named(path)
        if profile is None:
            if not path:
                return Decoded(NAME, rejected=Rejected("bad_topic", "the topic names no device"))
            if path.startswith("bridge/"):
                return bridge.decode(path.removeprefix("bridge/"), message)
            path, tail = inventory.split(path)
            profile = inventory.profile(path)
        if (why := _no_reading(tail, message.payload, is_group=inventory.is_group(path))) is not None:
            return ignored(NAME, why)
        if tail == "availability":
            return _availability(profile or Profile(NAMED + path), message, replayed=bridge.replays(message))
        return self._device(bridge, path, tail, profile, message)

    def _device(self, bridge: Bridge, name: str, tail: str, profile: Profile | None, message: Message) -> Decoded:
        """A JSON state, or one property as plain text."""
        content = read_json(message.payload)
        if isinstance(content, dict):
            if tail in _PARTS:  # a part's state once more, for Home Assistant's lights and covers
                content = {f"{key}_{tail}": content[key] for key in DIVISIBLE if key in content}
            elif tail:  # a device that the inventory does not list yet
                name, profile = f"{name}/{tail}", None
            return self._state(bridge, name, profile, content, message)
        if isinstance(content, Rejected):
            if content.reason != "not_json" or message.payload.lstrip()[:1] in (b"{", b"["):
                return Decoded(NAME, rejected=content)
            content = None
        if content is None:  # plain text, where `none` is a word and no null
            content = message.payload.decode("utf-8", "replace")
        if not tail and profile is None:
            name, _, tail = name.rpartition("/")
            profile = bridge.inventory.profile(name)
        if not tail or not name or isinstance(content, list):
            return Decoded(NAME, rejected=Rejected("not_an_object", "expected a device's state as a JSON object"))
        return self._property(bridge, name, tail, profile or Profile(NAMED + name), content, message)

    def _property(
        self, bridge: Bridge, name: str, tail: str, profile: Profile, content: object, message: Message
    ) -> Decoded:
        if tail == "action_code":
            return ignored(NAME, "a keypad's code is never read")
        if tail in PRESSES:
            return self._press_text(bridge, profile, tail, content, message)
        if tail == "device-ieeeAddr":
            bridge.inventory.learn(name, content)
            return ignored(NAME, "the device's address, which is noted")
        if profile.find(tail) is None:
            return ignored(NAME, "a property that is not measured")
        return self._state(bridge, name, profile, {tail: content}, message)

    def _press_text(self, bridge: Bridge, profile: Profile, tail: str, content: object, message: Message) -> Decoded:
        replayed, address = bridge.replays(message), profile.address
        press: tuple[str | None, str] | None
        if tail in _RANG:
            if self._presses.is_ringing(f"{address} {tail}"):
                return ignored(NAME, _COPY)
            rings = self._rings(f"{address} {tail} text", tail, {tail: content}, message, explained=replayed)
            press = (None, "emergency") if rings else None
        elif message.retained:
            return ignored(NAME, _RETAINED)
        else:
            text = message.payload.decode("utf-8", "replace")
            press = read_press(text)
            if press is not None and not self._presses.in_text(address, text, message.received_at, tail):
                return ignored(NAME, _COPY)
        if press is None:
            return ignored(NAME, "no press")
        return Decoded(NAME, (Measurement(_part(address, press[0]), "button", press[1]),), replayed=replayed)

    def _state(
        self, bridge: Bridge, name: str, profile: Profile | None, payload: dict[str, Any], message: Message
    ) -> Decoded:
        if profile is None or "device" in payload:
            profile = _learned(bridge, name, payload) or profile or Profile(NAMED + name)
        at = payload.get("last_seen")
        if at is not None:
            at = device_time.plausible(_last_seen(at), message.received_at, trusted=self._trusted)
        address, battery_powered, find = profile
        measurements = []
        for key, raw in payload.items():
            field = find(key)
            if field is None or raw is None:
                continue
            quantity, read, part, special = field
            if special is None:
                value = read(raw)
            elif (found := special(raw, payload, battery_powered)) is None:
                continue
            else:
                quantity, value = found
            if value is None:
                continue
            measurements.append(Measurement(f"{address}/{part}" if part else address, quantity, value, at))
        replayed = bridge.replays(message)
        if not PRESSES.isdisjoint(payload):
            measurements += self._presses_in(address, payload, at, message, replayed=replayed)
        if not measurements:
            return ignored(NAME, _why_nothing(payload, message))
        return Decoded(NAME, tuple(measurements), replayed=replayed)

    def _presses_in(
        self, address: str, payload: dict[str, Any], at: Instant | None, message: Message, *, replayed: bool
    ) -> list[Measurement]:
        """The press in a state: one at most, whether it is called action, click (before 1.17) or sos."""
        raw = payload.get("action") or payload.get("click")
        press = read_press(raw) if isinstance(raw, str) else None
        explained = replayed or press is not None
        rang = [key for key in _RANG if self._rings(f"{address} {key}", key, payload, message, explained=explained)]
        if message.retained:
            return []
        new = press is not None and isinstance(raw, str) and self._presses.in_json(address, raw, message.received_at)
        if rang and (press is None or press[1] != "emergency"):
            return [Measurement(address, "button", "emergency", at)]
        if press is not None and new:
            return [Measurement(_part(address, press[0]), "button", press[1], at)]
        if raw == "vibration" and "vibration" not in payload:
            return [Measurement(address, "vibration", True, at, momentary=True)]
        return []

    def _rings(self, source: str, key: str, payload: dict[str, Any], message: Message, *, explained: bool) -> bool:
        """Whether an alarm button's `sos` is a press of its own; what is retained is only noted.

        `explained`: there is another reason for the message than the button: the bridge's start, or another action.
        """
        said = payload.get(key)
        if said is False:
            self._presses.falls_silent(source)
        if said is not True:
            return False
        explained = explained or message.retained
        return self._presses.rings(source, payload, message.received_at, explained=explained) and not message.retained


def _learned(bridge: Bridge, name: str, payload: dict[str, Any]) -> Profile | None:
    """The device, by the address that the message brings along (mqtt.include_device_information), else by its name."""
    device = payload.get("device")
    found = None
    if isinstance(device, dict):
        found = bridge.inventory.learn(name, device.get("ieeeAddr"), device.get("model") or device.get("modelId"))
    return found or bridge.inventory.profile(name)


def _availability(profile: Profile, message: Message, *, replayed: bool) -> Decoded:
    online = read_online(message.payload)
    if isinstance(online, Rejected):
        return Decoded(NAME, rejected=online)
    return Decoded(NAME, (Measurement(profile.address, "online", online),), replayed=replayed)


def _last_seen(raw: object) -> Instant | None:
    """When the device was heard: a text with a zone, or a count of milliseconds (or seconds) since 1970."""
    count = number(raw)
    if count is not None and 0 < count < _FIRST_MILLISECONDS:
        return round(count * SECOND)
    return device_time.from_text_or_epoch_ms(raw)


def _no_reading(tail: str, payload: bytes, *, is_group: bool) -> str | None:
    """Why a message on a device's topic, or below it, is not to be read at all, if so."""
    if tail.endswith("action_code"):
        return "a keypad's code is never read"
    if tail and any(segment in _COMMANDS for segment in tail.split("/")):
        return "a command to a device"
    if not payload:
        return "empty payload: the bridge cleared a retained topic, or a property has no value"
    return "a group: it repeats what its members say" if is_group else None


def _why_nothing(payload: dict[str, Any], message: Message) -> str:
    if read_press(payload.get("action")) is not None:
        return _RETAINED if message.retained else "a copy of a press that was told just before"
    return "no property in it that Keepwell measures has a usable value"


def _part(address: str, part: str | None) -> str:
    return f"{address}/{part}" if part else address
