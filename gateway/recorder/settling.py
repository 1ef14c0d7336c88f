"""Which confirmed points a store may still lose, and from where to write again. Pure; times are seconds of one clock.

A store may confirm a write and lose it in a power cut: VictoriaMetrics keeps 10 s in memory. What was confirmed for
`rewrite_s` is settled. After a failure everything that is not settled is written again, in order; so too at a start,
since the machine may have lost its power with us on it.
"""

from collections import deque
from dataclasses import dataclass

_GRAIN_S = 5.0
_MOST_REWINDS = 20


@dataclass(slots=True)
class _Stretch:
    """Confirmations of a few seconds: when the first and the last of them came, and up to which offset."""

    began: float
    ended: float
    offset: int


class Settling:
    """Follows the confirmations of one stream of points."""

    def __init__(self, settled: int, rewrite_s: float = 60.0) -> None:
        self.settled = settled
        """Everything up to this offset is safe."""
        self._rewrite_s = rewrite_s
        self._stretches: deque[_Stretch] = deque()
        self._furthest = settled
        self._rewinds = 0

    def confirmed(self, offset: int, now: float) -> None:
        """The store has confirmed everything up to `offset`."""
        self._furthest = max(self._furthest, offset)
        if self._stretches and now - self._stretches[-1].began < _GRAIN_S:
            self._stretches[-1].ended, self._stretches[-1].offset = now, offset
        else:
            self._stretches.append(_Stretch(now, now, offset))

    def settle(self, now: float) -> None:
        """Move `settled` on as far as time allows."""
        while self._stretches and now - self._stretches[0].ended >= self._rewrite_s:
            self.settled = max(self.settled, self._stretches.popleft().offset)
            self._rewinds = 0

    def rewind(self, now: float) -> int:
        """The store has failed: the offset after which to write again.

        A store that fails again and again within `rewrite_s` would have us write the same for ever; after twenty times
        what it has confirmed counts as settled.
        """
        self.settle(now)
        if self._stretches:
            self._stretches.clear()
            self._rewinds += 1
            if self._rewinds > _MOST_REWINDS:
                self.settled = self._furthest
                self._rewinds = 0
        return self.settled
