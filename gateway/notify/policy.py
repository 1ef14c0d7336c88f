"""The one place that decides when a message is tried again. Channels only say whether that makes sense."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from devices.instant import SECOND, Instant
from gateway.errors import FixConfiguration, GiveUp, TryLater

_LONGEST_WAIT_S = {1: 60.0, 2: 120.0, 3: 900.0, 4: 3600.0}
_FIRST_WAIT_S = 2.0
_BLOCKED_WAIT_S = 300.0
_NEWS_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a message whose sending did not succeed; `due_at` for the states that try again."""

    state: Literal["pending", "blocked", "failed"]
    due_at: Instant
    may_be_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """Waits double from 2 s to a cap by priority, with jitter; a wish of the other side is honoured.

    `chance` gives a number from 0 to 1. `lane_width` messages at a time go to one address's server.
    """

    timeout_s: float = 30.0
    lane_width: int = 4
    chance: Callable[[], float] = random.random

    def decide(self, error: Exception, *, attempts: int, priority: int, call: bool, now: Instant) -> Next:
        """After the `attempts`-th attempt ended in `error`.

        A `call` for help is tried until somebody accepts; other news grows old and is given up in the end.
        """
        if isinstance(error, GiveUp) or (not call and attempts >= _NEWS_ATTEMPTS):
            return Next("failed", now)
        if isinstance(error, FixConfiguration):
            return Next("blocked", now + self._jittered(_BLOCKED_WAIT_S))
        unknown = not isinstance(error, TryLater)
        longest = _LONGEST_WAIT_S.get(priority, _LONGEST_WAIT_S[4])
        wait_s = min(longest, _FIRST_WAIT_S * 2.0 ** min(attempts - 1, 30))
        wait = self._jittered(wait_s)
        if isinstance(error, TryLater) and error.after_s is not None:
            wait = max(wait, int(error.after_s * SECOND))
        return Next("pending", now + wait, may_be_repeat=unknown)

    def _jittered(self, wait_s: float) -> Instant:
        return int(wait_s * (0.75 + 0.5 * self.chance()) * SECOND)
