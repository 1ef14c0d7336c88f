"""What the lives draw by chance, beyond what `random` has."""

from math import log
from random import Random

from devices.instant import MINUTE, SECOND


def poisson(random: Random, mean: float) -> int:
    """How often something happens that happens `mean` times on average."""
    count, left = 0, random.expovariate(1)
    while left < mean:
        count, left = count + 1, left + random.expovariate(1)
    return count


def lasting(random: Random, median: float, spread: float, least: float, most: float) -> int:
    """A duration, drawn log-normally; given in minutes, returned in microseconds."""
    return int(min(most, max(least, random.lognormvariate(log(median), spread))) * MINUTE)


def seconds(random: Random, least: int, most: int) -> int:
    """A duration of whole seconds, in microseconds."""
    return random.randint(least, most) * SECOND
