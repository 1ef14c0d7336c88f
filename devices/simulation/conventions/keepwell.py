"""Simulated devices of Keepwell's own convention: one value a message, in canonical units, dated or not."""

from collections.abc import Mapping
from random import Random

from devices.instant import Instant
from devices.measurement import Value
from devices.simulation.publish import Published, keepwell_value
from devices.simulation.simulator import Can


class SimulatedKeepwell:
    """A board in the hall, and a recording of a bathroom."""

    def __init__(self, random: Random) -> None:
        board = f"board:{random.getrandbits(24):06x}"
        self._random = random
        self._told = 0
        self.can: tuple[Can, ...] = (
            Can(board, "motion"),
            Can(board, "temperature", -20, 40, 0.1),
            Can(board, "button", words=("press", "emergency", "cancel")),
            Can(f"{board}/mat", "bed"),
            Can("bathroom", "leak"),
            Can("bathroom", "illuminance", 0, 2_000, 0.5),
        )

    def introduce(self, at: Instant) -> list[Published]:  # noqa: ARG002 - the convention announces nothing
        """Nothing: this convention has no announcements."""
        return []

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """One message for each value; some have a time of their own, some an id."""
        said = []
        for can, value in values.items():
            self._told += 1
            identity = f"boot-{self._told}" if self._random.random() < 0.5 else None
            dated = self._random.random() < 0.5
            said.append(keepwell_value(at, can.address, can.quantity, value, dated=dated, identity=identity))
        return said
