"""What of a batch is new, and what its sightings add up to. Pure; every journal implementation uses it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from gateway.journal.rows import clean
from gateway.model import Delivery, Flag, Lesson, Sighting, SightingSummary, Taken

Known = tuple[bytes, bool]
"""The digest kept for (session, mid), and whether that delivery is settled: the broker has our acknowledgement."""


def fresh(batch: Iterable[Taken], on_record: Callable[[Delivery], Known | None]) -> tuple[list[Taken], int]:
    """The batch less repeated deliveries, and how many those were.

    One that equals a settled delivery is either a new message under the same id or comes from a broker that died and
    forgot our acknowledgement; nobody can tell. So it is kept, as one that may be a repeat.
    """
    kept: list[Taken] = []
    dropped = 0
    here: dict[tuple[str, int], Known] = {}
    for taken in batch:
        delivery = taken.delivery
        if delivery is None:
            kept.append(taken)
            continue
        key = (delivery.session, delivery.mid)
        known = (here.get(key) or on_record(delivery)) if delivery.dup else None
        here[key] = (delivery.digest, False)
        if known is None or known[0] != delivery.digest:
            kept.append(taken)
        elif known[1]:
            kept.append(_perhaps_repeated(taken))
        else:
            dropped += 1
    return kept, dropped


def _perhaps_repeated(taken: Taken) -> Taken:
    return replace(
        taken,
        readings=tuple(replace(one, flags=one.flags | Flag.REPLAYED) for one in taken.readings),
        waiting=tuple(replace(one, flags=one.flags | Flag.REPLAYED) for one in taken.waiting),
    )


def latest_lessons(batch: Iterable[Taken]) -> Sequence[Lesson]:
    """The batch's last lesson under each name of each hub, in the order of learning."""
    found: dict[tuple[str, str], Lesson] = {}
    for taken in batch:
        for lesson in taken.lessons:
            key = clean(lesson.hub), clean(lesson.name)
            found.pop(key, None)
            found[key] = lesson
    return list(found.values())


def summaries(sightings: Iterable[Sighting]) -> Sequence[SightingSummary]:
    """One summary for each unregistered address, in the order first met."""
    found: dict[tuple[str, str], SightingSummary] = {}
    for sighting in sightings:
        hub, address = clean(sighting.hub), clean(sighting.address)
        one = SightingSummary(
            hub, address, tuple(sorted(set(sighting.quantities))), sighting.heard_at, sighting.heard_at,
            0 if sighting.introduced else 1,
            *(None if text is None else clean(text) for text in (sighting.name, sighting.maker, sighting.model)),
        )  # fmt: skip
        earlier = found.get((hub, address))
        found[hub, address] = one if earlier is None else together(earlier, one)
    return list(found.values())


def together(earlier: SightingSummary, later: SightingSummary) -> SightingSummary:
    """Two summaries of one address as one; what the later one names counts. An introduction alone is no hearing."""
    return SightingSummary(
        earlier.hub,
        earlier.address,
        tuple(sorted({*earlier.quantities, *later.quantities})),
        min(earlier.first_heard, later.first_heard),
        max(earlier.last_heard, later.last_heard) if later.count else earlier.last_heard,
        earlier.count + later.count,
        later.name or earlier.name,
        later.maker or earlier.maker,
        later.model or earlier.model,
    )
