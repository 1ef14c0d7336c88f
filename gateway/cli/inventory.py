"""What a capture tells of the devices in it, and of the hubs that passed them on. Bounded, whatever its size."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from devices.catalogue import suggested_role
from devices.instant import Instant, rfc3339
from devices.measurement import Decoded, Message
from gateway.model import parent_address
from gateway.saying import counted

_MOST_DEVICES = 20_000
_MOST_KINDS = 500
_SHOWN = 20
_HOLDS_A_DIGIT = re.compile(r"[^/]*\d[^/]*")
_BRIDGE, _NAMED = ":bridge", ":name:"

_Key = tuple[str | None, str]
"""Hub and address."""


@dataclass(slots=True)
class Found:
    """A device that would be offered for registration. `times`: messages that it said something in."""

    hub: str | None
    address: str
    name: str | None = None
    maker: str | None = None
    model: str | None = None
    quantities: dict[str, None] = field(default_factory=dict)
    parts: dict[str, None] = field(default_factory=dict)
    times: int = 0
    first_heard: Instant | None = None
    last_heard: Instant | None = None
    untrusted: bool = False

    @property
    def role(self) -> str | None:
        """The role to offer."""
        return suggested_role(self.model, tuple(self.quantities), self.name)

    def take_in(self, other: "Found") -> None:
        """The other is the same device under another address."""
        self.name, self.maker, self.model = (
            self.name or other.name,
            self.maker or other.maker,
            self.model or other.model,
        )
        self.quantities |= other.quantities
        self.parts |= other.parts
        self.times += other.times
        self.untrusted = self.untrusted or other.untrusted
        heard = [one for one in (self.first_heard, other.first_heard, self.last_heard, other.last_heard) if one]
        self.first_heard, self.last_heard = min(heard, default=None), max(heard, default=None)

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "hub": self.hub,
            "address": self.address,
            "name": self.name,
            "maker": self.maker,
            "model": self.model,
            "quantities": list(self.quantities),
            "parts": list(self.parts),
            "suggested_role": self.role,
            "times": self.times,
            "first_heard": None if self.first_heard is None else rfc3339(self.first_heard),
            "last_heard": None if self.last_heard is None else rfc3339(self.last_heard),
            "untrusted": self.untrusted,
        }


@dataclass(slots=True)
class HubNotes:
    """What is to be said of a hub. Counters hold the first few hundred kinds, and the rest as one."""

    messages: int = 0
    unclaimed: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    ignored: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    bridges: dict[str, bool] = field(default_factory=dict)

    def note(self, rest: str, decoded: Decoded) -> None:
        """Count a message; `rest` is its topic without the hub."""
        self.messages += 1
        if decoded.convention is None and decoded.ignored is not None:
            kind = _count(self.unclaimed, _HOLDS_A_DIGIT.sub("+", rest))
            self.examples.setdefault(kind, rest)
        elif decoded.ignored is not None:
            _count(self.ignored, f"{decoded.convention}: {decoded.ignored}")
        elif decoded.rejected is not None:
            _count(self.rejected, f"{decoded.convention}: {decoded.rejected.reason}")
        for said in decoded.measurements:
            if said.quantity == "online" and said.address.endswith(_BRIDGE) and len(self.bridges) < _MOST_KINDS:
                self.bridges[said.address] = said.value is True

    def to_json(self) -> dict[str, Any]:
        """For scripts, the most frequent first."""
        return {
            "messages": self.messages,
            "unclaimed": [
                {"topics": kind, "count": count, "example": self.examples.get(kind)}
                for kind, count in self.unclaimed.most_common(_SHOWN)
            ],
            "ignored": dict(self.ignored.most_common(_SHOWN)),
            "rejected": dict(self.rejected.most_common(_SHOWN)),
            "bridges_offline": [name for name, online in self.bridges.items() if not online],
        }


class Inventory:
    """Devices and hubs as a capture tells of them."""

    def __init__(self) -> None:
        self.hubs: dict[str | None, HubNotes] = {}
        self._found: dict[_Key, Found] = {}
        self._parts: dict[_Key, Found] = {}
        self._themselves: set[_Key] = set()
        """Addresses that something was said of; of a part alone, the device that it seems to be of may be none."""

    def note(self, hub: str | None, rest: str, message: Message, decoded: Decoded) -> None:
        """Take in what a message said; `rest` is its topic without the hub."""
        if hub in self.hubs or len(self.hubs) < _MOST_KINDS:
            self.hubs.setdefault(hub, HubNotes()).note(rest, decoded)
        heard: set[int] = set()
        for said in decoded.measurements:
            for found in self._at(hub, said.address):
                found.quantities[said.quantity] = None
                found.untrusted = decoded.untrusted
                if id(found) not in heard and not (said.quantity == "online" and said.value is False):
                    heard.add(id(found))
                    found.times += 1
                    if message.received_at is not None:
                        found.first_heard = found.first_heard or message.received_at
                        found.last_heard = message.received_at
        for one in decoded.described:
            for found in self._at(hub, one.address):
                found.quantities |= dict.fromkeys(one.quantities)
                if found.address == one.address or found.name is None:
                    found.name = one.name or found.name
                found.maker, found.model = one.maker or found.maker, one.model or found.model

    def devices(self, address_of: Callable[[str | None, str], str | None]) -> list[Found]:
        """All devices, those by friendly name under the address that is known by now; by hub and address."""
        known: dict[_Key, Found] = {}
        for (hub, address), found in self._whole().items():
            found.address = address_of(hub, address) or address
            known.setdefault((hub, found.address), found)
            if known[hub, found.address] is not found:
                known[hub, found.address].take_in(found)
        return sorted(known.values(), key=lambda one: (one.hub or "", one.address))

    def _whole(self) -> dict[_Key, Found]:
        """Devices, and parts of what is none: the names of some devices hold a slash (`tasmota:attic/boiler`)."""
        whole = {key: found for key, found in self._found.items() if key in self._themselves}
        for (hub, address), found in self._parts.items():
            if (hub, parent_address(address)) in self._themselves:
                continue
            if (same := whole.setdefault((hub, address), found)) is not found:  # a name with a slash that has parts too
                most = max(same.times, found.times)
                same.take_in(found)
                same.times = most
        return whole

    def _at(self, hub: str | None, address: str) -> list[Found]:
        """The device that this is of, and the part itself; none for a bridge, and beyond what can be held."""
        if address.endswith(_BRIDGE):
            return []
        device = parent_address(address) or address
        places = [(self._found, device)] if device == address else [(self._found, device), (self._parts, address)]
        found = [one for table, name in places if (one := _kept(table, hub, name)) is not None]
        if found:
            self._themselves.add((hub, address))
        if device != address and found and len(found[0].parts) < _MOST_KINDS:
            found[0].parts[address[len(device) + 1 :]] = None
        return found


def _kept(table: dict[_Key, Found], hub: str | None, address: str) -> Found | None:
    found = table.get((hub, address))
    if found is None and len(table) < _MOST_DEVICES:
        found = table[hub, address] = Found(hub, address, address.partition(_NAMED)[2] or None)
    return found


def notes_in_words(notes: HubNotes) -> Iterator[str]:
    """A line for each thing that an installer should look at."""
    for name, online in notes.bridges.items():
        if not online:
            yield f"{name} is offline: what hangs on it is not heard"
    for kind, count in notes.rejected.most_common(_SHOWN):
        yield f"{counted(count, 'message')} could not be read: {kind}"
    for kind, count in notes.ignored.most_common(_SHOWN):
        yield f"{counted(count, 'message')} left alone: {kind}"
    for kind, count in notes.unclaimed.most_common(_SHOWN):
        yield f"{counted(count, 'message')} that nobody reads: {kind} (such as {notes.examples.get(kind, kind)})"


def _count(counter: Counter[str], kind: str) -> str:
    kind = kind if kind in counter or len(counter) < _MOST_KINDS else "others"
    counter[kind] += 1
    return kind
