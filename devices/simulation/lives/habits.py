"""How one person lives: the figures that their days are drawn from. The letters name sources, see the package."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Habits:
    """Clock times are minutes after midnight, durations minutes, and what happens now and then is a share of days."""

    kind: str
    wakes: float
    wakes_spread: float
    later_at_weekends: float
    to_bed: float
    to_bed_spread: float
    night_visits: float
    """Mean visits to the bathroom a night."""
    early_bathroom: float
    """Share of mornings with a visit between 05:00 and 06:30, then back to bed."""
    restless: float
    lie_in: float
    nap: Literal["", "bed", "chair"]
    nap_share: float
    seated: float
    """Median minutes of a stay in the chair by day."""
    stillness: float
    """Mean minutes between movements that a sensor across the room can see, while seated."""
    evening_from: float
    bathroom_every: float
    outings: float
    outing: float
    """Outings a day, and median minutes of one."""
    evenings_out: float
    up_late: float
    visitors: float
    overnight_guest: float
    carer_at: tuple[float, ...]
    long_bath: float
    steps_out: float
    """Bin, garden, letter box: out of the door for a few minutes."""
    post: float


def draw_habits(random: Random, kind: str) -> Habits:
    """Somebody of this kind; all else of them is drawn."""
    drawn = Habits(
        kind,
        wakes=random.gauss(7.1 * 60, 40),
        wakes_spread=random.uniform(12, 35),
        later_at_weekends=random.choice((0, 0, 15, 40)),
        to_bed=random.gauss(22.6 * 60, 40),
        to_bed_spread=random.uniform(15, 40),
        night_visits=random.choice((0.3, 0.8, 1.2, 1.6, 2.2)),  # (L)
        early_bathroom=random.choice((0.0, 0.1, 0.25)),
        restless=random.uniform(0.01, 0.06),
        lie_in=0.015,
        nap=random.choice(("", "", "chair", "bed")),
        nap_share=random.uniform(0.15, 0.5),
        seated=random.uniform(25, 45),  # (Y), (B)
        stillness=random.uniform(4.5, 9),  # (R), with fewer sensors
        evening_from=random.uniform(18.5, 20.3) * 60,
        bathroom_every=random.uniform(120, 220),  # (L)
        outings=max(0.1, random.gauss(1.1, 0.5)),  # (D), (S)
        outing=random.uniform(60, 120),
        evenings_out=random.uniform(0.0, 0.06),
        up_late=random.uniform(0.01, 0.04),
        visitors=random.uniform(0.1, 0.45),
        overnight_guest=random.choice((0.0, 0.0, 0.0, 0.02)),
        carer_at=(),
        long_bath=random.choice((0.0, 0.0, 0.1, 0.25)),
        steps_out=random.uniform(0.2, 1.0),
        post=random.uniform(0.0, 0.5),
    )
    return replace(drawn, **_SPECIAL[kind](random.uniform))


_CARE = ((450, 520), (740, 780), (1020, 1060))
"""When carers come, between the first minute and the second."""
_SPECIAL: dict[str, Callable[[Callable[[float, float], float]], dict[str, Any]]] = {
    "early riser": lambda some: {"wakes": some(312, 372), "to_bed": some(1242, 1320)},
    "late riser": lambda some: {"wakes": some(516, 576), "to_bed": some(1416, 1494), "wakes_spread": some(25, 45)},
    "naps in bed": lambda some: {"nap": "bed", "nap_share": some(0.7, 0.95)},
    "naps in a chair": lambda some: {"nap": "chair", "nap_share": some(0.7, 0.95)},
    "television": lambda some: {"stillness": some(8, 13), "evening_from": some(1050, 1128), "seated": some(45, 70)},
    "reader": lambda some: {"stillness": some(12, 18), "seated": some(45, 75)},
    "very active": lambda some: {"stillness": some(3.5, 5), "seated": some(10, 18), "outings": some(1.8, 2.8),
                                 "nap": ""},
    "early bathroom": lambda some: {"early_bathroom": some(0.6, 0.9), "wakes": some(444, 516)},
    "stays in": lambda some: {"outings": some(0.02, 0.15), "steps_out": some(0.05, 0.3), "seated": some(40, 65)},
    "poor sleeper": lambda some: {"restless": some(0.25, 0.5), "night_visits": some(2.2, 3.4), "lie_in": 0.06,
                                  "nap_share": 0.6},
    "sociable": lambda some: {"visitors": some(0.6, 1), "outings": some(1.4, 2), "evenings_out": some(0.1, 0.2),
                              "up_late": some(0.05, 0.1)},
    "cared for": lambda some: {"carer_at": tuple(some(*each) for each in _CARE[: int(some(1, 4))]),
                               "outings": some(0.05, 0.4), "nap": "chair", "stillness": some(7, 12)},
}  # fmt: skip
"""What is special about them. All of it is (A), within what is published."""
KINDS = tuple(_SPECIAL)
