"""A line to the broker that comes and goes: the rules have gaps, though whoever looks finds it connected. Pure."""

from collections import deque
from collections.abc import Sequence

from devices.instant import MINUTE, Instant
from gateway.model import Trouble

LOSSES, WITHIN = 5, 10 * MINUTE


class Line:
    """Counts how often the connection was lost lately."""

    def __init__(self, client_id: str) -> None:
        self._client_id = client_id
        self._lost: deque[Instant] = deque(maxlen=1_000)

    def lost(self, now: Instant) -> None:
        """The connection has ended, and not by our will."""
        self._lost.append(now)

    def troubles(self, now: Instant) -> Sequence[Trouble]:
        """One while it was lost too often within ten minutes."""
        while self._lost and not 0 <= now - self._lost[0] <= WITHIN:
            self._lost.popleft()
        if len(self._lost) < LOSSES:
            return ()
        sentence = (
            f"The connection to the broker was lost {len(self._lost)} times within {WITHIN // MINUTE} minutes: see"
            f" whether another program uses our client id {self._client_id!r}, and look at the line."
        )
        return (Trouble("gateway", "broker line", sentence, self._lost[0]),)
