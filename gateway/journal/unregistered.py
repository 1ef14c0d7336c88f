"""Devices that were heard and are registered nowhere, each with its parts. Pure."""

import dataclasses
from collections.abc import Collection, Sequence
from typing import NamedTuple

from gateway.journal.seen import together
from gateway.model import SightingSummary, parent_address

_BRIDGE = ":bridge"


class Heard(NamedTuple):
    """An unregistered device, and those of its parts that were heard by themselves."""

    whole: SightingSummary
    parts: tuple[str, ...]


def unregistered(sightings: Sequence[SightingSummary], registered: Collection[tuple[str, str]]) -> list[Heard]:
    """Devices with their parts, the last heard first; without bridges and what was registered after it was heard.

    `registered`: (hub, address). A part is one whose device was heard too: the names of some devices hold a slash
    (`tasmota:attic/boiler`).
    """
    known = set(registered)
    heard = {(one.hub, one.address) for one in sightings} | known
    found: dict[tuple[str, str], Heard] = {}
    for one in sightings:
        parent = parent_address(one.address)
        device = parent if parent is not None and (one.hub, parent) in heard else one.address
        if device.endswith(_BRIDGE) or {(one.hub, one.address), (one.hub, device)} & known:
            continue
        part = () if device == one.address else (one.address[len(device) + 1 :],)
        whole = dataclasses.replace(one, address=device)
        if (earlier := found.get((one.hub, device))) is not None:
            named, other = (whole, earlier.whole) if device == one.address else (earlier.whole, whole)
            # one message may tell of several parts, so it was heard as often as the part that was heard most
            whole = dataclasses.replace(together(other, named), count=max(other.count, named.count))
        found[one.hub, device] = Heard(whole, (*(() if earlier is None else earlier.parts), *part))
    return sorted(found.values(), key=lambda heard: -heard.whole.last_heard)
