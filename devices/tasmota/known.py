"""What is known of a hub's Tasmota devices: from what they said, and from `tasmota/discovery/<MAC>/config`.

Keys of discovery after hatasmota's const.py and Tasmota's xdrv_12_discovery.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from devices.measurement import Description
from devices.remembering import keep
from devices.tasmota.topics import ROLES, Topics
from devices.values import word

_DEVICES = 2_000
_NAME_LIMIT = 128
_LIST_LIMIT = 64
_RELAYS = (1, 2)
"""`rl`: 1 a relay, 2 a light, 3 one half of a shutter."""
MAKER = "Tasmota"


class Words(NamedTuple):
    """A device's own words: StateText1 and 2 for off and on, StateText4 for hold."""

    states: Mapping[str, bool]
    hold: str


@dataclass(slots=True)
class Known:
    """One device. `words` and `last_will` are None where it has not introduced itself; `sleeps`: DeepSleep is on."""

    sleeps: bool = False
    words: Words | None = None
    last_will: Mapping[str, bool] | None = None
    name: str | None = None
    model: str | None = None
    quantities: dict[str, None] = field(default_factory=dict)


class Devices:
    """The devices of a hub, each by what names it in its topics. The oldest is forgotten beyond some thousand."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._known: dict[str, Known] = {}
        self._by_mac: dict[str, str] = {}
        self._waiting: dict[str, list[str]] = {}

    def get(self, device: str) -> Known:
        """What is known of a device; a new one knows nothing."""
        known = self._known.get(device)
        if known is None:
            known = keep(self._known, device, Known(), _DEVICES)
        return known

    def introduce(self, mac: str, config: Mapping[str, Any]) -> tuple[str, Known] | None:
        """Learn from a device's configuration; None if it does not say what its topics are."""
        topic, full_topic = _text(config.get("t")), _text(config.get("ft")) or "%prefix%/%topic%/"
        if topic is None:
            return None
        prefixes = _words(config.get("tp"), 3) or ROLES
        host = _text(config.get("hn")) or ""
        device = self._topics.device_of(full_topic, (prefixes[0], prefixes[1], prefixes[2]), topic, host, mac.upper())
        if device is None:
            return None
        known = self.get(device)
        keep(self._by_mac, mac, device, _DEVICES)
        known.name = _text(config.get("dn")) or next(iter(_words(config.get("fn"), 1)), None)
        known.model = _text(config.get("md"))
        texts = _words(config.get("state"), 4)
        known.words = Words({texts[0]: False, texts[1]: True}, texts[3]) if texts and texts[0] != texts[1] else None
        offline, online = word(config.get("ofln")), word(config.get("onln"))
        if offline and online and offline != online:
            known.last_will = {offline.strip().lower(): False, online.strip().lower(): True}
        known.sleeps = config.get("dslp") == 1
        known.quantities["online"] = None
        known.quantities["rssi"] = None
        relays = any(one in _RELAYS for one in _numbers(config.get("rl")))
        if relays or any(one >= 0 for one in _numbers(config.get("swc"))):
            known.quantities["switch"] = None
        if any(one > 0 for one in _numbers(config.get("btn"))):
            known.quantities["button"] = None
        if config.get("bat") == 1:
            known.quantities["battery"] = None
        known.quantities.update(dict.fromkeys(self._waiting.pop(mac, ())))
        return device, known

    def promise(self, mac: str, quantities: list[str]) -> tuple[str, Known] | None:
        """Learn what a device's sensors will report; None while it has not introduced itself."""
        device = self._by_mac.get(mac)
        if device is None:
            keep(self._waiting, mac, quantities, _DEVICES)
            return None
        known = self.get(device)
        known.quantities.update(dict.fromkeys(quantities))
        return device, known

    def forget(self, mac: str) -> None:
        """The device no longer introduces itself: its words are the usual ones again."""
        self._waiting.pop(mac, None)
        device = self._by_mac.pop(mac, None)
        if device is not None and (known := self._known.get(device)) is not None:
            known.words = known.last_will = None
            known.sleeps = False


def described(address: str, device: str, known: Known) -> Description:
    """How a device is introduced."""
    return Description(address, known.name or device, MAKER, known.model, tuple(known.quantities))


def _text(raw: object) -> str | None:
    text = raw.strip() if isinstance(raw, str) and len(raw) <= _NAME_LIMIT else None
    return text if text and text.isprintable() else None


def _words(raw: object, least: int) -> tuple[str, ...]:
    """The texts at the head of a list, if there are at least so many of them."""
    found: list[str] = []
    if isinstance(raw, list):
        for one in raw[:_LIST_LIMIT]:
            text = word(one)
            if text is None:
                break
            found.append(text)
    return tuple(found) if len(found) >= least else ()


def _numbers(raw: object) -> list[int]:
    return [one for one in raw[:_LIST_LIMIT] if type(one) is int] if isinstance(raw, list) else []
