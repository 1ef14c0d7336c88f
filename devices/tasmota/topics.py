"""Whose a Tasmota topic is: FullTopic, prefixes and Topic are free, and `tasmota/discovery` tells them.

Tokens and the order of prefixes after Tasmota's MQTT page and GetTopic_P of support_command/xdrv_02_9_mqtt: a FullTopic
holds `%prefix%`, `%topic%`, `%hostname%` and `%id%` (the MAC, its last six digits in newer builds) and ends in a slash.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from devices.remembering import keep

ROLES = ("cmnd", "stat", "tele")
_KIND = re.compile(r"[A-Z][A-Z0-9_]{0,40}|Zb(?:Received|Info|State|Status[0-9]?)")
"""Tasmota writes the last segment in capitals, but for the wrapper that SetOption118 puts there. Lower case is a rule's
or somebody else's topic, such as that of a device of Home Assistant's discovery."""
_SURE = re.compile(r"LWT|SENSOR|STATE|RESULT|STATUS[0-9]{0,2}|INFO[1-3]|POWER[0-9]{0,2}|(?:BUTTON|SWITCH)[0-9]{1,2}T?")
"""Where a FullTopic has no `%prefix%`, only these tell Tasmota's topics from others."""
_TOKEN = re.compile(r"(%prefix%|%topic%|%hostname%|%id%)")
_REMEMBERED = 4_096
_LONGEST = 256
"""Characters of a topic that is remembered; Tasmota's have at most 100."""
BLE = "tasmota_ble"
"""With MI32Option6 1 a BLE sensor has the topic tele/tasmota_ble/<alias, or kind and MAC> of its own."""


class Place(NamedTuple):
    """`device`: what names it in the topic; `role`: cmnd, stat or tele; `kind`: the last segment."""

    device: str
    role: str
    kind: str


class Topics:
    """Tells a hub's Tasmota topics from others. Keeps the answers, and what discovery told of FullTopics."""

    def __init__(self, full_topic: str, prefixes: tuple[str, str, str]) -> None:
        self._roles: Mapping[str, str] = dict(zip(prefixes, ROLES, strict=True))
        self._words = frozenset(prefixes)
        self._template = _pattern(full_topic, prefixes) if full_topic else None
        self._told: dict[str, tuple[str, str, bool]] = {}
        self._kept: dict[str, tuple[str, str, bool] | None] = {}

    def find(self, topic: str) -> Place | None:
        """The place of a topic; None if it is not Tasmota's."""
        cut = topic.rfind("/") + 1
        base, kind = topic[:cut], topic[cut:]
        if base in self._kept:
            found = self._kept[base]
        else:
            found = self._look(base)
            if cut <= _LONGEST:
                if len(self._kept) >= _REMEMBERED:
                    self._kept.clear()
                self._kept[base] = found
        if found is None:
            return None
        device, role, sure = found
        if role != "cmnd" and not (_KIND if sure else _SURE).fullmatch(kind) and not device.endswith(BLE):
            return None
        return Place(device, role, kind)

    def device_of(self, full_topic: str, prefixes: tuple[str, str, str], topic: str, host: str, mac: str) -> str | None:
        """What names a device that discovery tells of, in its own messages; None if that cannot be known.

        From now on its topics are known, whatever they look like.
        """
        written = full_topic if full_topic.endswith("/") else full_topic + "/"
        sure = "%prefix%" in written
        device: str | None = None
        for identity in (mac[-6:], mac):
            bases = [_filled(written, prefix, topic, host, identity) for prefix in prefixes]
            for base, role in zip(bases, ROLES, strict=True):
                found = self._look(base)
                if found is None:
                    found = (topic, role, sure)
                    keep(self._told, base, found if sure else (topic, "tele", False), _REMEMBERED)
                    self._kept.clear()
                if role == "tele" and device is None:
                    device = found[0]
            if "%id%" not in written:
                break
        return device or None

    def _look(self, base: str) -> tuple[str, str, bool] | None:
        """(device, role, whether its prefix shows that it is Tasmota's) of a topic up to its last slash."""
        told = self._told.get(base)
        if told is not None:
            return told
        if self._template is not None and (match := self._template.fullmatch(base)) is not None:
            parts = match.groupdict()
            device = parts.get("topic") or parts.get("hostname") or parts.get("id")
            if device:
                prefix = parts.get("prefix")
                return device, "tele" if prefix is None else self._roles[prefix], prefix is not None
        segments = base[:-1].split("/")
        if self._words.isdisjoint(segments):
            return None
        place = next(place for place, segment in enumerate(segments) if segment in self._words)
        role = self._roles[segments.pop(place)]
        return "/".join(segments), role, True


def _filled(full_topic: str, prefix: str, topic: str, host: str, identity: str) -> str:
    for token, value in (("%prefix%", prefix), ("%topic%", topic), ("%hostname%", host), ("%id%", identity)):
        full_topic = full_topic.replace(token, value)
    return full_topic.replace("#", "").replace("//", "/")


def _pattern(full_topic: str, prefixes: Iterable[str]) -> re.Pattern[str]:
    """A FullTopic as a pattern of the topics up to their last slash. A Zigbee bridge adds a segment to %topic%."""
    groups = {"%prefix%": "|".join(map(re.escape, prefixes)), "%topic%": ".+?", "%hostname%": "[^/]+", "%id%": "[^/]+"}
    seen: set[str] = set()
    parts = []
    for part in _TOKEN.split(full_topic if full_topic.endswith("/") else full_topic + "/"):
        if part not in groups:
            parts.append(re.escape(part))
        elif part in seen:
            parts.append(f"(?P={part.strip('%')})")
        else:
            seen.add(part)
            parts.append(f"(?P<{part.strip('%')}>{groups[part]})")
    return re.compile("".join(parts))
