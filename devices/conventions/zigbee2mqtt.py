"""Zigbee2MQTT (https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html): JSON states by friendly name.

A device's address is `zigbee2mqtt:<ieee address>`, and `zigbee2mqtt:name:<friendly name>` until the bridge's inventory
(`bridge/devices`, retained) is known; a part of a device is `<address>/left`. Names may hold slashes, so topics are
resolved against the inventory, the longest name first.
"""

from typing import Any

from devices import device_time
from devices.actions import read_action
from devices.convention import Options, ignored
from devices.guide import Guide
from devices.instant import SECOND, Instant
from devices.measurement import Decoded, Measurement, Message, Rejected
from devices.payload import INVENTORY_LIMIT, read_json, read_object
from devices.values import scaled
from devices.zigbee.fields import FIELDS, PRESSES, Profile
from devices.zigbee.inventory import NAMED, PREFIX, Inventory, read_entry
from devices.zigbee.presses import RecentPresses

NAME = "zigbee2mqtt"
GUIDE = Guide(NAME, "Zigbee2MQTT", "", "", (), "", "")
BRIDGE = PREFIX + "bridge"
"""Address of the bridge itself, which reports `online`."""

REPLAY_WINDOW = 10 * SECOND
"""How long after its start the bridge may be sending cached states."""

_CLEARED = "empty payload: the bridge cleared a retained topic"
_COMMANDS = ("set", "get")
_BASES_LIMIT = 8
_SIGNS_OF_A_BRIDGE = ("/bridge/state", "/bridge/devices")
_ONLINE = {"online": True, "offline": False}


class Zigbee2mqtt:
    """Reads one hub's Zigbee2MQTT: holds the inventory, when the bridge came online, and the last presses."""

    def __init__(self, options: Options) -> None:
        self._trusted = options.trust_device_time
        self._inventories = {options.zigbee2mqtt_base: Inventory()}
        self._prefixes: tuple[str, ...] = (options.zigbee2mqtt_base + "/",)
        self._online_since: Instant | None = None
        self._presses = RecentPresses()

    def claims(self, topic: str) -> bool:
        """Whether the topic is under a known base, or is the `bridge/state` or inventory of another."""
        return topic.startswith(self._prefixes) or topic.endswith(_SIGNS_OF_A_BRIDGE)

    def decode(self, message: Message) -> Decoded:
        """What the message of a bridge or a device means."""
        topic = message.topic
        for base, inventory in self._inventories.items():
            if topic.startswith(base + "/"):
                return self._under(inventory, topic[len(base) + 1 :], message)
        return self._unknown_base(topic.rsplit("/bridge/", 1)[0], message)

    def address_of(self, named: str) -> str | None:
        """The stable address for one by friendly name (`zigbee2mqtt:name:...`, with or without a part), if known."""
        if not named.startswith(NAMED):
            return None
        for inventory in self._inventories.values():
            name, tail = _split(inventory, named.removeprefix(NAMED))
            profile = inventory.profile(name)
            if profile is not None and "/" not in tail:
                return f"{profile.address}/{tail}" if tail else profile.address
        return None

    def _unknown_base(self, base: str, message: Message) -> Decoded:
        """Another base topic is believed once its bridge has said something that only a bridge says."""
        inventory = Inventory()
        if not base:
            return ignored(None, "no convention claims a topic that begins with a slash")
        decoded = self._under(inventory, message.topic[len(base) + 1 :], message)
        if decoded.hub_online is None and not decoded.described:
            return ignored(None, f"no convention claims topic {base[:80]!r}/bridge/...")
        if len(self._inventories) < _BASES_LIMIT:
            self._inventories[base] = inventory
            self._prefixes = (*self._prefixes, base + "/")
        return decoded

    def _under(self, inventory: Inventory, path: str, message: Message) -> Decoded:
        if not path:
            return Decoded(NAME, rejected=Rejected("bad_topic", "the topic names no device"))
        if path.startswith("bridge/"):
            return self._bridge(inventory, path.removeprefix("bridge/"), message)
        name, tail = _split(inventory, path)
        if (why := _no_reading(tail, path, message.payload)) is not None:
            return ignored(NAME, why)
        if tail == "availability":
            return self._availability(inventory, name, message)
        return self._device(inventory, name, tail, message)

    # ------------------------------------------------------------------------------------------- the bridge

    def _bridge(self, inventory: Inventory, path: str, message: Message) -> Decoded:
        if path == "state":
            return self._bridge_state(message)
        if path == "devices":
            return _inventory(inventory, message)
        if path == "event":
            return _event(inventory, message)
        return ignored(NAME, f"the bridge's {path.partition('/')[0][:40]} is not a measurement")

    def _bridge_state(self, message: Message) -> Decoded:
        if not message.payload:
            return ignored(NAME, _CLEARED)
        online = _read_online(message.payload)
        if isinstance(online, Rejected):
            return Decoded(NAME, rejected=online)
        if not online:
            self._online_since = None
        elif not message.retained:
            self._online_since = message.received_at
        return Decoded(NAME, measurements=(Measurement(BRIDGE, "online", online),), hub_online=online)

    def _in_replay(self, received_at: Instant | None) -> bool:
        since = self._online_since
        return since is not None and received_at is not None and 0 <= received_at - since <= REPLAY_WINDOW

    # ------------------------------------------------------------------------------------------- devices

    def _availability(self, inventory: Inventory, name: str, message: Message) -> Decoded:
        online = _read_online(message.payload)
        if isinstance(online, Rejected):
            return Decoded(NAME, rejected=online)
        address = _profile(inventory, name).address
        return Decoded(NAME, (Measurement(address, "online", online),), replayed=self._in_replay(message.received_at))

    def _device(self, inventory: Inventory, name: str, tail: str, message: Message) -> Decoded:
        """A JSON state, or (attribute output) one property as plain text under the device's topic."""
        content = read_json(message.payload)
        if isinstance(content, dict):
            name = f"{name}/{tail}" if tail else name  # a device that the inventory does not list yet
            return self._state(inventory, name, content, message)
        if isinstance(content, Rejected):
            if content.reason != "not_json" or message.payload.lstrip()[:1] in (b"{", b"["):
                return Decoded(NAME, rejected=content)
            content = message.payload.decode("utf-8", "replace")
        if not tail:
            name, _, tail = name.rpartition("/")
            if not name or not (tail in FIELDS or tail in PRESSES):
                return Decoded(NAME, rejected=Rejected("not_an_object", "expected a device's state as a JSON object"))
        if tail in PRESSES:
            return self._press_text(_profile(inventory, name), tail, content, message)
        if tail not in FIELDS:
            return ignored(NAME, "a property that is not measured")
        return self._state(inventory, name, {tail: content}, message)

    def _press_text(self, profile: Profile, topic: str, content: object, message: Message) -> Decoded:
        press: tuple[str | None, str] | None = None
        if topic != "sos":
            press = read_action(content)
        elif content is True:
            press = (None, "emergency")
        if press is None:
            return ignored(NAME, "no press")
        if isinstance(content, str) and not self._presses.in_text(profile.address, content, message.received_at, topic):
            return ignored(NAME, "a copy of a press that was read from its JSON message")
        measurement = Measurement(_part(profile, press[0]), "button", press[1])
        return Decoded(NAME, (measurement,), replayed=self._in_replay(message.received_at))

    def _state(self, inventory: Inventory, name: str, payload: dict[str, Any], message: Message) -> Decoded:
        device = payload.get("device")
        profile = inventory.learn(name, device.get("ieeeAddr")) if isinstance(device, dict) else None
        if profile is None:
            profile = _profile(inventory, name)
        at = payload.get("last_seen")
        if at is not None:
            at = device_time.from_text_or_epoch_ms(at)
            at = device_time.plausible(at, message.received_at, trusted=self._trusted)
        address, _, factors = profile
        measurements = []
        for key, raw in payload.items():
            field = FIELDS.get(key)
            if field is None or raw is None:
                continue
            quantity, read, part, special = field
            if factors and key in factors:
                raw = scaled(raw, factors[key])  # noqa: PLW2901 - the same value in the canonical unit
            if special is None:
                value = read(raw)
            elif (found := special(raw, payload, profile)) is None:
                continue
            else:
                quantity, value = found
            if value is None:
                continue
            measurements.append(Measurement(f"{address}/{part}" if part else address, quantity, value, at))
        measurements.extend(self._presses_in(profile, payload, at, message))
        if not measurements:
            return ignored(NAME, "no property in it that Keepwell measures has a usable value")
        return Decoded(NAME, tuple(measurements), replayed=self._in_replay(message.received_at))

    def _presses_in(
        self, profile: Profile, payload: dict[str, Any], at: Instant | None, message: Message
    ) -> list[Measurement]:
        """The press in a state: one at most, whether it is called action, click (before 1.17) or sos."""
        raw = payload.get("action") or payload.get("click")
        press = read_action(raw) if raw else None
        if press is not None and isinstance(raw, str):
            if self._presses.in_json(profile.address, raw, message.received_at):
                return [Measurement(_part(profile, press[0]), "button", press[1], at)]
        elif payload.get("sos") is True:
            return [Measurement(profile.address, "button", "emergency", at)]
        return []


def _split(inventory: Inventory, path: str) -> tuple[str, str]:
    """(friendly name, rest) of a topic below the base: the longest name in the inventory, else by known ends."""
    if "/" not in path or inventory.profile(path) is not None:
        return path, ""
    cut = path.rfind("/")
    while cut > 0:
        if inventory.profile(path[:cut]) is not None:
            return path[:cut], path[cut + 1 :]
        cut = path.rfind("/", 0, cut)
    segments = path.split("/")
    for place, segment in enumerate(segments[1:], 1):
        if segment in _COMMANDS:
            return "/".join(segments[:place]), "/".join(segments[place:])
    if segments[-1] == "availability":
        return "/".join(segments[:-1]), "availability"
    return path, ""


def _no_reading(tail: str, path: str, payload: bytes) -> str | None:
    """Why a message on a device's topic is not to be read at all, if so."""
    if any(segment in _COMMANDS for segment in tail.split("/")):
        return "a command to a device"
    if not payload:
        return _CLEARED
    if path.endswith("/action_code"):
        return "a keypad's code is never read"
    return None


def _profile(inventory: Inventory, name: str) -> Profile:
    return inventory.profile(name) or Profile(NAMED + name)


def _part(profile: Profile, part: str | None) -> str:
    return f"{profile.address}/{part}" if part else profile.address


def _read_online(payload: bytes) -> bool | Rejected:
    """`online` or `offline`, plain (before 1.17) or as `{"state": ...}`."""
    if (plain := _ONLINE.get(payload[:16].decode("latin-1"))) is not None:
        return plain
    content = read_object(payload)
    if isinstance(content, Rejected):
        return content
    state = content.get("state")
    online = _ONLINE.get(state) if isinstance(state, str) else None
    return Rejected("bad_value", "the state is neither online nor offline") if online is None else online


def _inventory(inventory: Inventory, message: Message) -> Decoded:
    if not message.payload:
        return ignored(NAME, _CLEARED)
    content = read_json(message.payload, INVENTORY_LIMIT)
    if isinstance(content, Rejected):
        return Decoded(NAME, rejected=content)
    if not isinstance(content, list):
        return Decoded(NAME, rejected=Rejected("bad_inventory", "expected a list of devices"))
    described = inventory.replace(content)
    return Decoded(NAME, described=described) if described else ignored(NAME, "an inventory without devices")


def _event(inventory: Inventory, message: Message) -> Decoded:
    """A device that joins or announces itself tells its name, address and, once interviewed, its model."""
    content = read_object(message.payload)
    if isinstance(content, Rejected):
        return Decoded(NAME, rejected=content)
    data = content.get("data")
    if content.get("type") not in ("device_joined", "device_announce", "device_interview") or not isinstance(
        data, dict
    ):
        return ignored(NAME, "an event of the bridge's own")
    read = read_entry(data)
    if read is None:
        return ignored(NAME, "an event of the bridge's own")
    inventory.learn(read[0].name, data.get("ieee_address"))
    return Decoded(NAME, described=(read[0],))
