"""What is usual in one home, as rules and evidence use it."""

from dataclasses import dataclass
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
        return {"low": self.low, "median": self.median, "high": self.high, "most": self.most, "n": self.n}
