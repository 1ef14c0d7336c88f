"""A home's sensor that is heard under another home's topic. Pure; nothing is kept of what it said.

MQTT does not tell who published, so the evidence is in what is said: an address that no two devices in the world share,
registered at one hub and heard under another. Names that somebody chose (`hall-pir`, `tasmota:boiler`, a friendly name)
may well be the same in two homes and prove nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from devices.instant import DAY, Instant
from gateway.model import Directory, Trouble, parent_address

PASSES_AFTER = DAY
"""What was heard last so long ago is not named any more; the next time is news."""
_ADDRESSES = 32
"""Remembered of one hub; more say no more."""
_STRANGERS = 32
"""Hubs registered nowhere that are remembered: anybody can make up names where a broker lets them."""
_NAMED = 3

_IEEE = re.compile(r"zigbee2mqtt:0x[0-9a-f]{16}")
_TASMOTA = re.compile(r"tasmota:(?:.*/)?tasmota_[0-9A-F]{6}")
"""Its default topic: the last three bytes of the MAC address."""
_HARDWARE = re.compile(
    r"[a-z0-9_]+:(?:.*[^0-9A-Za-z])?(?P<digits>(?:0x)?(?:[0-9A-Fa-f]{16}|[0-9A-Fa-f]{12})|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})"
    r"(?:[^0-9A-Za-z].*)?"
)
"""A MAC address or an EUI-64 somewhere in an address of any other convention."""
_STRANGE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(slots=True)
class _Heard:
    """What was heard under one hub's topic: address to the hub that it is registered at."""

    registered: bool
    home: str
    since: Instant
    last: Instant
    owners: dict[str, str] = field(default_factory=dict)


class Misdirected:
    """Told of every address that is not registered under the hub it was heard under; remembers a bounded number."""

    def __init__(self) -> None:
        self._heard: dict[str, _Heard] = {}
        self._directory: Directory | None = None
        self._owners: Mapping[str, tuple[str, str]] = {}

    def note(self, directory: Directory, hub: str, addresses: Iterable[str], now: Instant) -> bool:
        """Whether one of the addresses, heard under `hub`, is a device of another home."""
        if directory is not self._directory:
            self._directory, self._owners = directory, _unique(directory)
        found = False
        for address in addresses:
            owner = self._owners.get(address) or self._owners.get(parent_address(address) or "")
            if owner is None or directory.find(hub, address) is not None:
                continue
            entry = directory.hubs.get(hub)
            if entry is None or entry[0].reference != owner[1]:
                self._remember(hub, "" if entry is None else entry[0].reference, address, owner[0], now)
                found = True
        return found

    def troubles(self, now: Instant) -> Sequence[Trouble]:
        """One for each hub under whose topic other homes' devices were heard in the last day.

        Only a person ends it: this memory is lost with a restart, and a sensor that moved may be silent for hours.
        """
        for hub in [hub for hub, heard in self._heard.items() if now - heard.last > PASSES_AFTER]:
            del self._heard[hub]
        return [
            Trouble("misdirected", _plain(hub), self._sentence(hub, heard), heard.since, passing=False)
            for hub, heard in self._heard.items()
        ]

    def _remember(self, hub: str, home: str, address: str, owner: str, now: Instant) -> None:
        heard = self._heard.get(hub)
        if heard is None:
            if not home and sum(not one.registered for one in self._heard.values()) >= _STRANGERS:
                return
            heard = self._heard[hub] = _Heard(bool(home), home, now, now)
        heard.last = max(heard.last, now)
        if address in heard.owners or len(heard.owners) < _ADDRESSES:
            heard.owners[address] = owner

    def _sentence(self, hub: str, heard: _Heard) -> str:
        name = _plain(hub)
        whose = f"home {heard.home}" if heard.registered else "no registered home"
        hubs = list(dict.fromkeys(heard.owners.values()))
        told = ", ".join(f"{one} (home {self._home_of(one)})" for one in hubs[:_NAMED])
        more = f" and {len(hubs) - _NAMED} more" if len(hubs) > _NAMED else ""
        address = next(iter(heard.owners))
        others = f" and {len(heard.owners) - 1} more" if len(heard.owners) > 1 else ""
        return (
            f"{address}{others} of hub {told}{more} is heard under homes/{name}/, the topic of {whose}; nothing of it"
            f" was kept as a reading. If it moved house, retire it there (keepwell devices retire) and register it here"
            f" (keepwell devices add), or take it off the list of hub {name}'s own bridge if it moved away. If it did"
            f" not, something speaks under a name that is not its own: look at the bridge's prefix on the hub, give hub"
            f" {name} a new secret (keepwell hubs rotate {name}), and see that strangers cannot publish (keepwell"
            " check)"
        )

    def _home_of(self, hub: str) -> str:
        entry = None if self._directory is None else self._directory.hubs.get(hub)
        return "none any more" if entry is None else entry[0].reference


def is_unique(address: str) -> bool:
    """Whether no two devices in the world have this address."""
    if ":name:" in address:
        return False
    if _IEEE.fullmatch(address) or _TASMOTA.fullmatch(address):
        return True
    found = _HARDWARE.fullmatch(address)
    # all decimal, it may as well be a counter or a date
    return found is not None and not found["digits"].removeprefix("0x").isdecimal()


def _unique(directory: Directory) -> Mapping[str, tuple[str, str]]:
    """Address to (hub, home) of all registered devices that no other device can be taken for."""
    return {
        device.address: (device.hub, home.reference)
        for home in directory.homes.values()
        for device in home.devices
        if is_unique(device.address)
    }


def _plain(hub: str) -> str:
    """A hub's name as it may stand in a sentence: what a topic holds is anybody's to choose."""
    return _STRANGE.sub("?", hub)
