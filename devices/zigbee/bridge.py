"""What Zigbee2MQTT's bridge says of itself and its devices, on the topics below `<base>/bridge/`."""

from typing import Any

from devices.convention import ignored
from devices.instant import SECOND, Instant
from devices.measurement import Decoded, Description, Measurement, Message, Rejected
from devices.payload import INVENTORY_LIMIT, read_json, read_object
from devices.zigbee.inventory import PREFIX, Inventory, address_of

NAME = "zigbee2mqtt"
BRIDGE = PREFIX + "bridge"
"""Address of the bridge on the hub's own base, which reports `online`. Another's is `zigbee2mqtt:<base>:bridge`."""

REPLAY_WINDOW = 10 * SECOND
"""How long after its start the bridge may be sending cached states."""

_MOST_TOPICS = 4_000
_CLEARED = "empty payload: the bridge cleared a retained topic"
_OWN_EVENT = "an event of the bridge's own"
_ONLINE = {b"online": True, b"offline": False}
_JOINS = frozenset({"device_joined", "device_announce", "device_interview"})
_WHY = {
    "logging": "the bridge's logging is never read: it quotes messages",
    "log": "the bridge's log is never read: it quotes messages",
    "health": "the bridge's health is about itself",
    "request": "a command to the bridge",
    "config": "a command to the bridge, or its settings",
}


class Bridge:
    """One bridge by its base topic: its inventory, and whether it is re-sending what it remembers.

    `taught`: its base is known because it was heard, so its state is a lesson, and its address holds the base.
    """

    def __init__(self, base: str, *, taught: bool) -> None:
        self.prefix = base + "/"
        self.inventory = Inventory()
        self._address = f"{PREFIX}{base}:bridge" if taught else BRIDGE
        self._taught = taught
        self._starting = False
        self._since: Instant | None = None
        self._re_sent: set[str] = set()

    def replays(self, message: Message) -> bool:
        """Whether a device's message may be a cached state: after its `bridge/state` the bridge sends all it has.

        That is so for 10 s; where times are not known, of the first message on each topic.
        """
        if not self._starting:
            return False
        at = message.received_at
        if self._since is not None and at is not None:
            if at - self._since > REPLAY_WINDOW:
                self._starting = False
            return 0 <= at - self._since <= REPLAY_WINDOW
        if message.topic in self._re_sent or len(self._re_sent) >= _MOST_TOPICS:
            return False
        self._re_sent.add(message.topic)
        return True

    def decode(self, path: str, message: Message) -> Decoded:
        """A message on `<base>/bridge/<path>`."""
        match path:
            case "state":
                return self._state(message)
            case "devices":
                return self._devices(message)
            case "groups":
                return self._groups(message)
            case "event":
                return self._event(message)
            case "response/device/rename" | "response/device/remove":
                return self._response(path, message)
        kind = path.partition("/")[0]
        return ignored(NAME, _WHY.get(kind) or f"bridge/{kind[:40]} tells of no measurement")

    def _state(self, message: Message) -> Decoded:
        lesson = message.topic if self._taught else None
        if not message.payload:
            return Decoded(NAME, ignored=_CLEARED, lesson=lesson)
        online = read_online(message.payload)
        if isinstance(online, Rejected):
            return Decoded(NAME, rejected=online)
        if not online:
            self._starting = False
        elif not message.retained:
            self._starting, self._since, self._re_sent = True, message.received_at, set()
        return Decoded(NAME, (Measurement(self._address, "online", online),), hub_online=online, lesson=lesson)

    def _devices(self, message: Message) -> Decoded:
        if not message.payload:
            self.inventory.replace([])
            return Decoded(NAME, ignored=_CLEARED, lesson=message.topic)
        content = read_json(message.payload, INVENTORY_LIMIT)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        if not isinstance(content, list):
            return Decoded(NAME, rejected=Rejected("bad_inventory", "expected a list of devices"))
        described = self.inventory.replace(content)
        why = None if described else "an inventory without devices"
        return Decoded(NAME, described=described, ignored=why, lesson=message.topic)

    def _groups(self, message: Message) -> Decoded:
        content: object = []
        if message.payload:
            content = read_json(message.payload, INVENTORY_LIMIT)
            if isinstance(content, Rejected):
                return Decoded(NAME, rejected=content)
            if not isinstance(content, list):
                return Decoded(NAME, rejected=Rejected("bad_inventory", "expected a list of groups"))
        self.inventory.replace_groups(content if isinstance(content, list) else [])
        why = "the names of the bridge's groups, which repeat what their members say" if message.payload else _CLEARED
        return Decoded(NAME, ignored=why, lesson=message.topic)

    def _event(self, message: Message) -> Decoded:
        """A device that joins or announces itself tells its name, address and, once interviewed, its model."""
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        data, kind = content.get("data"), content.get("type")
        if not isinstance(data, dict) or not isinstance(kind, str):
            return ignored(NAME, _OWN_EVENT)
        if kind == "device_leave":
            return _left(address_of(data.get("ieee_address")))
        return _introduced(self.inventory.introduce(data) if kind in _JOINS else None)

    def _response(self, path: str, message: Message) -> Decoded:
        """A device has got another name, or was taken off the network."""
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            return Decoded(NAME, rejected=content)
        data: Any = content.get("data")
        if content.get("status") != "ok" or not isinstance(data, dict):
            return ignored(NAME, "a request to the bridge that failed")
        if path.endswith("rename"):
            return _introduced(self.inventory.rename(data.get("from"), data.get("to")))
        named = data.get("id")
        profile = self.inventory.profile(named) if isinstance(named, str) else None
        return _left(None if profile is None else profile.address)


def read_online(payload: bytes) -> bool | Rejected:
    """`online` or `offline`, plain (before 1.17) or as `{"state": ...}`."""
    if (plain := _ONLINE.get(payload[:16].strip())) is not None:
        return plain
    content = read_object(payload)
    if isinstance(content, Rejected):
        return content
    state = content.get("state")
    online = _ONLINE.get(state.encode("utf-8", "replace")) if isinstance(state, str) else None
    return Rejected("bad_value", "the state is neither online nor offline") if online is None else online


def _introduced(description: Description | None) -> Decoded:
    return ignored(NAME, _OWN_EVENT) if description is None else Decoded(NAME, described=(description,))


def _left(address: str | None) -> Decoded:
    """A device that has left is not reachable any more."""
    if address is None:
        return ignored(NAME, "a device that Keepwell does not know has left")
    return Decoded(NAME, (Measurement(address, "online", False),))
