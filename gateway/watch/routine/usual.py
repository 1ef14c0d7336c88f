"""What is usual in one home, as rules and evidence use it, and how it is worked out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Usual:
    """Recency-weighted 5th, 50th and 95th percentile and the greatest value of `n` days.

    The unit is that of what was asked for: minutes, minutes after the local midnight, or a count.
    """

    low: float
    median: float
    high: float
    most: float
    n: int

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary, for evidence."""
        return asdict(self)


def quantile(weighted: Sequence[tuple[float, float]], share: float) -> float:
    """The weighted empirical quantile of (value, weight > 0), at least one of them, in any order.

    The k-th of the sorted values stands at (S_k - w_k / 2) / S_n, S_k being the sum of the first k weights; between two
    it is interpolated, outside the first and the last it is that one. With equal weights this is definition 5 of
    Hyndman and Fan (1996), "Sample quantiles in statistical packages", The American Statistician 50(4).
    """
    ordered = sorted(weighted)
    wanted = share * sum(weight for _, weight in ordered)
    passed, before, place_before = 0.0, ordered[0][0], 0.0
    for value, weight in ordered:
        place = passed + weight / 2
        if place >= wanted:
            if place_before >= place or passed == 0.0:
                return value
            return before + (value - before) * (wanted - place_before) / (place - place_before)
        passed += weight
        before, place_before = value, place
    return ordered[-1][0]


def usual(weighted: Sequence[tuple[float, float]]) -> Usual:
    """What is usual of one (value, weight) a day, to a tenth."""
    low, median, high = (round(quantile(weighted, share), 1) for share in (0.05, 0.5, 0.95))
    return Usual(low, median, high, round(max(value for value, _ in weighted), 1), len(weighted))
