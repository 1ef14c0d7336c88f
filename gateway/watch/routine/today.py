"""The day that is under way, from 05:00 to 05:00 local time: a few sums in the hot state, closed into the routine."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from devices.instant import Instant

if TYPE_CHECKING:
    from gateway.watch.view import HomeView, Seen


class Today:
    """What has happened so far today. `begin` when a day begins; `take` each reading that proves activity."""

    def __init__(self) -> None:
        self.begin(0)

    def begin(self, start: Instant) -> None:
        """Forget what was; the day began at `start`."""
        self.start = start
        self.left_out: str | None = None
        """Why the day teaches nothing: away, gone all night, not heard for hours; None for an ordinary day."""

    def leave_out(self, why: str) -> None:
        """This day is not like others."""
        self.left_out = self.left_out or why

    def take(self, seen: "Seen", view: "HomeView") -> None:
        """A reading that proves activity, or one of the temperature. Called thousands of times a day: cheap."""

    def take_temperature(self, reading: object) -> None:
        """A temperature of room air. Cheap."""

    def to_state(self) -> Sequence[Any]:
        """JSON values, for the hot state: below 200 bytes."""
        return [self.start, self.left_out]

    def from_state(self, state: Sequence[Any]) -> None:
        """What `to_state` gave."""
        self.start, self.left_out = state
