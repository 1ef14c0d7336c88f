"""How much of the time each rule could see: shares of the day armed, degraded and blind, told as facts."""

from collections.abc import Sequence
from typing import Any

from devices.instant import Instant
from gateway.model import Fact, RuleState


class Coverage:
    """Of one home. `changed` at every change of what a rule can see; `close` at the end of the day."""

    def changed(self, rule: str, state: RuleState, at: Instant) -> None:
        """From `at` on the rule is in this state."""

    def close(self, home: str, area: str | None, end: Instant) -> Sequence[Fact]:
        """The day's facts, and a new day begins at `end`."""
        return ()

    def to_state(self) -> Any:  # noqa: ANN401 - JSON
        """For the hot state: short."""
        return None

    def from_state(self, state: Any) -> None:  # noqa: ANN401 - JSON
        """What `to_state` gave."""
