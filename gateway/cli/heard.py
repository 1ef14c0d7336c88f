"""Devices that were heard and are registered nowhere, as the gateway's journal tells of them."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from gateway.cli.place import Place
from gateway.journal.file import open_for_reading
from gateway.journal.seen import together
from gateway.journal.view import JournalView, waiting
from gateway.model import SightingSummary, parent_address
from gateway.registry import devices, picture

_BRIDGE = ":bridge"


class Heard(NamedTuple):
    """An unregistered device, and those of its parts that were heard by themselves."""

    whole: SightingSummary
    parts: tuple[str, ...]


def all_sightings(data: Path) -> Sequence[SightingSummary]:
    """What the gateway's journal says; nothing where no gateway has run yet."""
    if not (data / "journal.db").exists():
        return ()
    with JournalView(data / "journal.db") as journal:
        return journal.sightings()


def unregistered(place: Place) -> list[Heard]:
    """Devices with their parts, the last heard first; without bridges and what was registered after it was heard.

    A part is one whose device was heard too: the names of some devices hold a slash (`tasmota:attic/boiler`).
    """
    with place.registry() as registry, registry.reading() as session:
        known = devices.registered_addresses(session)
    sightings = all_sightings(place.data)
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


def waiting_for_names(place: Place) -> Iterator[tuple[str, list[str], int]]:
    """Each hub with measurements of devices whose address is not known yet, their names, and how many."""
    if not (place.data / "journal.db").exists():
        return
    with place.registry() as registry, registry.reading() as session:
        hubs = sorted(picture.directory(session).hubs)
    with closing(open_for_reading(place.data / "journal.db")) as journal:
        for hub in hubs:
            found = waiting(journal, hub)
            if found:
                yield hub, sorted({one.measurement.address for one in found}), len(found)
