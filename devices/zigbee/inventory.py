"""What a Zigbee2MQTT bridge tells of its devices and groups: names, stable addresses, and what each can report."""

import re
from itertools import islice
from typing import Any

from devices.measurement import Description
from devices.values import CONTROL
from devices.zigbee.exposes import find_of, read_exposes
from devices.zigbee.fields import Profile

PREFIX = "zigbee2mqtt:"
NAMED = "zigbee2mqtt:name:"

_IEEE = re.compile(r"0[xX][0-9a-fA-F]{16}")
_NAME_LIMIT = 200
_MOST_DEVICES = 2_000
_MOST_LEARNED = 4_000
_MOST_FORMER = 1_000
_COMMANDS = ("set", "get")


class Inventory:
    """The devices and groups of one bridge, by friendly name."""

    def __init__(self) -> None:
        self._profiles: dict[str, Profile] = {}
        self._former: dict[str, Profile] = {}
        self._descriptions: dict[str, Description] = {}
        self._by_address: dict[str, Profile] = {}
        self._groups: frozenset[str] = frozenset()

    def named(self, name: str) -> Profile | None:
        """What is known of the device that has this name now."""
        return self._profiles.get(name)

    def profile(self, name: str) -> Profile | None:
        """What is known of the device of this name; None for a name not heard of."""
        found = self._profiles.get(name)
        if found is None:
            found = self._former.get(name)
            if found is None and _IEEE.fullmatch(name):  # the name a device has until somebody gives it one
                address = PREFIX + name.lower()
                return self._by_address.get(address) or Profile(address)
        return found

    def is_group(self, name: str) -> bool:
        """Whether the bridge lists a group of this name, and no device."""
        return name in self._groups and name not in self._profiles

    def split(self, path: str) -> tuple[str, str]:
        """(friendly name, rest) of a topic below the base: the longest name known, else by known ends."""
        if "/" not in path or self._knows(path):
            return path, ""
        cut = path.rfind("/")
        while cut > 0:
            if self._knows(path[:cut]):
                return path[:cut], path[cut + 1 :]
            cut = path.rfind("/", 0, cut)
        segments = path.split("/")
        for place, segment in enumerate(segments[1:], 1):
            if segment in _COMMANDS:
                return "/".join(segments[:place]), "/".join(segments[place:])
        if segments[-1] == "availability":
            return "/".join(segments[:-1]), "availability"
        return path, ""

    def learn(self, name: str, ieee_address: object, model: object = None) -> Profile | None:
        """Note the stable address that came with a message or an event; the profile, None if it is no address."""
        address = address_of(ieee_address)
        if address is None:
            return None
        known = self._profiles.get(name)
        if known is not None and known.address == address:
            return known
        profile = self._by_address.get(address) or Profile(address, find=find_of(_text(model)))
        self._call(name, profile)
        return profile

    def introduce(self, entry: dict[str, Any]) -> Description | None:
        """Take in what an event tells of one device; its whole picture as far as it is known."""
        read = read_entry(entry)
        if read is None:
            return None
        description, profile = read
        known = self._descriptions.get(description.address)
        if description.model is None and known is not None:  # the event tells no more than the name
            description, profile = known._replace(name=description.name), self._by_address[profile.address]
        self._keep(description, profile)
        return description

    def rename(self, before: object, after: object) -> Description | None:
        """A device has another name from now on; None where no device was known by the old one."""
        if not isinstance(before, str) or (name := _text(after)) is None or (profile := self.profile(before)) is None:
            return None
        if self._profiles.pop(before, None) is not None:
            self._remember_former({before: profile})
        known = self._descriptions.get(profile.address) or Description(profile.address, name)
        self._keep(known._replace(name=name), profile)
        return self._descriptions[profile.address]

    def replace(self, entries: list[Any]) -> tuple[Description, ...]:
        """Take over a complete `bridge/devices` list; what its readable entries describe, without the coordinator.

        Names that are not in it any more still mean what they meant, until another device gets them: messages that
        were queued before a rename come under the old name.
        """
        before, self._profiles = self._profiles, {}
        self._descriptions, self._by_address = {}, {}
        described = []
        for entry in islice(entries, _MOST_DEVICES):
            read = read_entry(entry)
            if read is not None:
                self._keep(*read)
                if entry.get("disabled") is not True:  # nothing is heard of one that is
                    described.append(read[0])
        self._remember_former(before)
        return tuple(described)

    def replace_groups(self, entries: list[Any]) -> int:
        """Take over a complete `bridge/groups` list; how many groups it names."""
        names = (
            _text(entry.get("friendly_name")) for entry in islice(entries, _MOST_DEVICES) if isinstance(entry, dict)
        )
        self._groups = frozenset(name for name in names if name is not None)
        return len(self._groups)

    def _knows(self, name: str) -> bool:
        return name in self._groups or self.profile(name) is not None

    def _keep(self, description: Description, profile: Profile) -> None:
        self._descriptions[profile.address] = description
        self._by_address[profile.address] = profile
        for table in (self._descriptions, self._by_address):
            _shrink(table, _MOST_LEARNED)
        self._call(description.name, profile)

    def _call(self, name: str, profile: Profile) -> None:
        self._profiles[name] = profile
        self._former.pop(name, None)
        _shrink(self._profiles, _MOST_LEARNED)

    def _remember_former(self, names: dict[str, Profile]) -> None:
        self._former |= {name: profile for name, profile in names.items() if name not in self._profiles}
        _shrink(self._former, _MOST_FORMER)
        for name in self._former.keys() & self._profiles.keys():
            del self._former[name]


def address_of(ieee_address: object) -> str | None:
    """The address of a device; None for what is no IEEE address."""
    if isinstance(ieee_address, str) and _IEEE.fullmatch(ieee_address):
        return PREFIX + ieee_address.lower()
    return None


def read_entry(entry: object) -> tuple[Description, Profile] | None:
    """One device of the inventory; None for the coordinator and for what has no address."""
    if not isinstance(entry, dict) or entry.get("type") == "Coordinator":
        return None
    address = address_of(entry.get("ieee_address"))
    if address is None:
        return None
    definition = entry.get("definition")
    if not isinstance(definition, dict):
        definition = {}
    source = entry.get("power_source")
    battery_powered = "battery" in source.lower() if isinstance(source, str) and source != "Unknown" else None
    model = _text(definition.get("model")) or _text(entry.get("model_id"))
    quantities, find = read_exposes(definition.get("exposes"), model, battery_powered)
    description = Description(
        address,
        _text(entry.get("friendly_name")) or address.removeprefix(PREFIX),
        _text(definition.get("vendor")) or _text(entry.get("manufacturer")),
        model,
        quantities,
    )
    return description, Profile(address, True if "battery_voltage" in quantities else battery_powered, find)


def _shrink(table: dict[str, Any], most: int) -> None:
    """Forget the oldest."""
    while len(table) > most:
        del table[next(iter(table))]


def _text(raw: object) -> str | None:
    """A name fit to be kept."""
    if isinstance(raw, str) and 0 < len(raw) <= _NAME_LIMIT and not CONTROL.search(raw):
        return raw
    return None
