"""What goes wrong with sensors and hubs, and what the equipment says by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant
from devices.simulation.lives.diary import Span
from devices.simulation.lives.draws import poisson
from devices.simulation.lives.dwelling import Dwelling, Sensor
from devices.simulation.lives.sensing import Said

LOST = 0.002
"""Share of messages that never arrive, as most conventions publish at QoS 0 (A)."""


@dataclass(frozen=True, slots=True)
class Faults:
    """`silent`: flat battery or out of reach. `stuck`: movement without end. `misfires`: seen where nobody is.

    `hub_tells`: its bridge says that the hub is offline; else it is just silent.
    """

    silent: tuple[tuple[str, Span], ...]
    stuck: tuple[tuple[str, Span], ...]
    hub_offline: tuple[Span, ...]
    hub_tells: bool
    misfires: tuple[tuple[Instant, str], ...]


def draw_faults(random: Random, dwelling: Dwelling, start: Instant, end: Instant) -> Faults:
    """Faults of so long a time. Rates are (A), save that of lone firings (R), see the package."""
    weeks = (end - start) / (7 * DAY)
    sensing = [sensor for sensor in dwelling.sensors if sensor.room is not None]
    motion = [sensor for sensor in sensing if "motion" in sensor.quantities]
    silent = [(random.choice(sensing).address, _span(random, start, end, 12 * HOUR, 8 * DAY))
              for _ in range(poisson(random, 0.06 * weeks))]  # fmt: skip
    holding = [sensor for sensor in motion if sensor.hold]
    stuck = [(random.choice(holding).address, _span(random, start, end, 3 * HOUR, 2 * DAY))
             for _ in range(poisson(random, 0.04 * weeks)) if holding]  # fmt: skip
    offline = [_span(random, start, end, 20 * MINUTE, 14 * HOUR) for _ in range(poisson(random, 0.12 * weeks))]
    a_day = random.uniform(0.05, 0.2) * len(motion)
    misfires = [(random.randint(start, end), random.choice(motion).address)
                for _ in range(poisson(random, a_day * 7 * weeks)) if motion]  # fmt: skip
    return Faults(tuple(silent), tuple(stuck), tuple(sorted(offline)), random.random() < 0.5, tuple(sorted(misfires)))


def _span(random: Random, start: Instant, end: Instant, least: int, most: int) -> Span:
    at = random.randint(start, end)
    return Span(at, at + random.randint(least, most))


def check_ins(dwelling: Dwelling, random: Random, start: Instant, end: Instant) -> Iterator[Said]:
    """Every device says hourly that it is there; some tell the temperature instead."""
    for sensor in dwelling.sensors:
        at = start + random.randint(0, 3_600) * SECOND
        while at < end:
            if "temperature" in sensor.quantities:
                yield Said(at, sensor.address, "temperature", round(random.uniform(19.5, 21.5), 1), False)
            else:
                yield Said(at, sensor.address, "link_quality", float(random.randint(60, 180)), False)
            at += random.randint(3_300, 3_700) * SECOND


def with_faults(said: Iterable[Said], faults: Faults, dwelling: Dwelling, random: Random) -> list[Said]:
    """What truly arrives, in order of time."""
    found = [*said, *_misfired(faults, dwelling)]
    found.sort(key=lambda one: one.at)
    found = _stuck(found, faults)
    spans: dict[str, list[Span]] = {}
    for address, span in faults.silent:
        spans.setdefault(address, []).append(span)
    return [
        one
        for one in found
        if not _in(one.at, faults.hub_offline)
        and not _in(one.at, spans.get(one.address, ()))
        and random.random() >= LOST
    ]


def _in(at: Instant, spans: Iterable[Span]) -> bool:
    return any(span.start <= at < span.end for span in spans)


def _misfired(faults: Faults, dwelling: Dwelling) -> Iterator[Said]:
    sensors: dict[str, Sensor] = {sensor.address: sensor for sensor in dwelling.sensors}
    for at, address in faults.misfires:
        yield Said(at, address, "motion", True, False)
        if sensors[address].hold:
            yield Said(at + sensors[address].hold, address, "motion", False, False)


def _stuck(found: list[Said], faults: Faults) -> list[Said]:
    """A stuck sensor says true, and nothing more of movement until it is freed."""
    for address, span in faults.stuck:
        found = [
            one for one in found if not (one.address == address and one.quantity == "motion" and _in(one.at, (span,)))
        ]
        found += [Said(span.start, address, "motion", True, False), Said(span.end, address, "motion", False, False)]
    found.sort(key=lambda one: one.at)
    return found
