"""Whether a daily measure has changed from one month to the next, by a test that one odd day cannot sway."""

from collections import Counter
from collections.abc import Sequence
from math import erfc, sqrt
from statistics import median

from gateway.watch.routine.day import is_weekend

Days = Sequence[tuple[int, float]]
"""(number of the day, value), each day once, in order."""
_MOST_ALIKE = 0.9
_LEAST = 8


def spans(days: Days, number: int, length: int, least: int) -> tuple[Days, Days] | None:
    """Of the `length` days before the day `number` and of as many before those: (before, after).

    None where fewer than `least` of either are known.
    """
    after = [one for one in days if number - length <= one[0] < number]
    before = [one for one in days if number - 2 * length <= one[0] < number - length]
    return (before, after) if min(len(before), len(after)) >= least else None


def chance_of_change(before: Days, after: Days, *, up: bool) -> float:
    """`chance_of_rise`, or where not `up` that of a fall, with weekends level."""
    level = levelled([*before, *after])
    early, late = level[: len(before)], level[len(before) :]
    return chance_of_rise(early, late) if up else chance_of_rise(late, early)


def chance_of_rise(before: Days, after: Days) -> float:
    """How probable it is that `after` would lie so much above `before` if nothing had changed; 1.0 without data.

    The U test of Mann and Whitney (1947), "On a test of whether one of two random variables is stochastically larger
    than the other", Annals of Mathematical Statistics 18(1), one-sided, by its normal approximation with the correction
    for ties and for continuity, which holds from about ten values a side on. Days are not independent of each other:
    the variance is raised by (1 + r) / (1 - r), r being how much a day is like the day before it (Bayley and Hammersley
    1946, "The effective number of independent observations in an autocorrelated time series", Supplement to the Journal
    of the Royal Statistical Society 8(2), for a correlation that falls off geometrically).
    """
    n, m = len(before), len(after)
    values = [value for _, value in (*before, *after)]
    if not n or not m:
        return 1.0
    ranks = _ranks(values)
    above = sum(ranks[n:]) - m * (m + 1) / 2
    ties = sum(count**3 - count for count in Counter(values).values())
    total = n + m
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    alike = likeness(before, after)
    variance *= (1 + alike) / (1 - alike)
    if variance <= 0:
        return 1.0
    return float(0.5 * erfc((above - n * m / 2 - 0.5) / sqrt(2 * variance)))


def levelled(days: Days) -> Days:
    """The same with weekends brought level with weekdays by their medians, lest weeks hide what months show."""
    sides: tuple[list[float], list[float]] = ([], [])
    for number, value in days:
        sides[is_weekend(number)].append(value)
    if not all(sides):
        return days
    apart = median(sides[True]) - median(sides[False])
    return [(number, value - apart * is_weekend(number)) for number, value in days]


def likeness(*spans: Days) -> float:
    """How much each day is like the one before it, from 0 to 0.9: the correlation of what departs from the medians.

    Corrected for what a short span hides of it, -(1 + 4 r) / n: Marriott and Pope (1954), "Bias in the estimation of
    autocorrelations", Biometrika 41(3-4).
    """
    products = squares = 0.0
    pairs = count = 0
    for span in spans:
        middle = median([value for _, value in span])
        departs = {number: value - middle for number, value in span}
        squares += sum(departure**2 for departure in departs.values())
        count += len(departs)
        for number, departure in departs.items():
            if number + 1 in departs:
                products += departure * departs[number + 1]
                pairs += 1
    if not pairs or squares <= 0:
        return 0.0
    length = max(count / len(spans), _LEAST)
    found = (length * (products / pairs) / (squares / count) + 1) / (length - 4)
    return min(max(0.0, found), _MOST_ALIKE)


def _ranks(values: Sequence[float]) -> list[float]:
    """From 1; equal values share the mean of theirs."""
    counts = Counter(values)
    rank, place = {}, 0
    for value in sorted(counts):
        rank[value] = place + (counts[value] + 1) / 2
        place += counts[value]
    return [rank[value] for value in values]
