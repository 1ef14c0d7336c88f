"""Devices that were heard and are registered nowhere, as the gateway's journal tells of them."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from gateway.cli.place import Place
from gateway.journal.file import open_for_reading
from gateway.journal.unregistered import Heard
from gateway.journal.unregistered import unregistered as journal_unregistered
from gateway.journal.view import JournalView, waiting
from gateway.model import SightingSummary
from gateway.registry import devices, picture


def all_sightings(data: Path) -> Sequence[SightingSummary]:
    """What the gateway's journal says; nothing where no gateway has run yet."""
    if not (data / "journal.db").exists():
        return ()
    with JournalView(data / "journal.db") as journal:
        return journal.sightings()


def unregistered(place: Place) -> list[Heard]:
    """Devices with their parts, the last heard first; without bridges and what was registered after it was heard."""
    with place.registry() as registry, registry.reading() as session:
        known = devices.registered_addresses(session)
    return journal_unregistered(all_sightings(place.data), known)


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
