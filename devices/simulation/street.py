"""A street of simulated homes, told together on one time line."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from devices.instant import Instant
from devices.simulation.home import SimulatedHome
from devices.simulation.publish import Published
from devices.simulation.scenario import Override

_TREES = ("ELM", "OAK", "ASH", "FIR", "YEW", "BAY", "FIG", "PINE", "BIRCH", "MAPLE", "ROWAN", "HAZEL")


def street(homes: int = 3, *, seed: int = 0, time_zone: str = "Europe/London") -> tuple[SimulatedHome, ...]:
    """So many homes of one area: ELM-1 with hub `elm-1`, OAK-2 with hub `oak-2`, and so on."""
    references = [f"{_TREES[place % len(_TREES)]}-{place + 1}" for place in range(homes)]
    return tuple(
        SimulatedHome(reference, reference.lower(), time_zone, seed=seed, area="Garden Street")
        for reference in references
    )


def play(
    homes: Sequence[SimulatedHome],
    first: date,
    last: date,
    overrides: Mapping[str, Sequence[Override]] | None = None,
    *,
    since: Instant | None = None,
) -> Iterator[Published]:
    """All homes' messages in order of time, topics with `homes/<hub>/`. `overrides` by home reference."""
    told = (
        _under_hub(home, home.messages(first, last, (overrides or {}).get(home.reference, ()), since=since))
        for home in homes
    )
    return heapq.merge(*told, key=lambda published: published.at)


def _under_hub(home: SimulatedHome, messages: Iterator[Published]) -> Iterator[Published]:
    for message in messages:
        yield message._replace(topic=f"homes/{home.hub}/{message.topic}")
