"""Says that this machine's clock was put forward or back."""

from collections.abc import Sequence

from gateway.clock import Steps
from gateway.model import Trouble
from gateway.saying import duration


class ClockWatch:
    """Call `look` every few seconds."""

    def __init__(self, steps: Steps | None = None) -> None:
        self._steps = steps or Steps()
        self._last: Trouble | None = None
        self.steps = 0
        """How often the clock was put forward or back since the start."""

    def look(self) -> None:
        """Compare how far both have gone since the last look."""
        by = self._steps.look()
        if not by:
            return
        self.steps += 1
        way = "forward" if by > 0 else "back"
        self._last = Trouble(
            rule="gateway",
            subject="clock",
            sentence=f"This machine's clock went {way} by {duration(abs(by))}: times noted before that may be off by "
            "as much. It was set, or the machine slept; see that it keeps time with a time server.",
            since=self._steps.wall(),
            passing=False,
        )

    def troubles(self) -> Sequence[Trouble]:
        """The last step, if there was any."""
        return () if self._last is None else (self._last,)
