"""What of a batch is new, and what its sightings add up to. Pure; every journal implementation uses it."""

from collections.abc import Callable, Iterable, Sequence

from gateway.journal.rows import clean
from gateway.model import Delivery, Sighting, SightingSummary, Taken


def fresh(batch: Iterable[Taken], on_record: Callable[[Delivery], bytes | None]) -> tuple[list[Taken], int]:
    """The batch less repeated deliveries, and how many those were. `on_record`: digest kept for (session, mid)."""
    kept: list[Taken] = []
    dropped = 0
    here: dict[tuple[str, int], bytes] = {}
    for taken in batch:
        delivery = taken.delivery
        if delivery is not None:
            key = (delivery.session, delivery.mid)
            if delivery.dup and (here.get(key) or on_record(delivery)) == delivery.digest:
                dropped += 1
                continue
            here[key] = delivery.digest
        kept.append(taken)
    return kept, dropped


def summaries(sightings: Iterable[Sighting]) -> Sequence[SightingSummary]:
    """One summary for each unregistered address, in the order first met."""
    found: dict[tuple[str, str], SightingSummary] = {}
    for sighting in sightings:
        hub, address = clean(sighting.hub), clean(sighting.address)
        one = SightingSummary(
            hub, address, tuple(sorted(set(sighting.quantities))), sighting.heard_at, sighting.heard_at, 1,
            *(None if text is None else clean(text) for text in (sighting.name, sighting.maker, sighting.model)),
        )  # fmt: skip
        earlier = found.get((hub, address))
        found[hub, address] = one if earlier is None else together(earlier, one)
    return list(found.values())


def together(earlier: SightingSummary, later: SightingSummary) -> SightingSummary:
    """Two summaries of one address as one; what the later one names counts."""
    return SightingSummary(
        earlier.hub,
        earlier.address,
        tuple(sorted({*earlier.quantities, *later.quantities})),
        min(earlier.first_heard, later.first_heard),
        max(earlier.last_heard, later.last_heard),
        earlier.count + later.count,
        later.name or earlier.name,
        later.maker or earlier.maker,
        later.model or earlier.model,
    )
