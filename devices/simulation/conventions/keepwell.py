"""Simulated devices of the convention keepwell: not written yet."""

from collections.abc import Mapping
from random import Random

from devices.instant import Instant
from devices.measurement import Value
from devices.simulation.publish import Published
from devices.simulation.simulator import Can


class SimulatedKeepwell:
    """Says nothing yet."""

    def __init__(self, random: Random) -> None:  # noqa: ARG002
        self.can: tuple[Can, ...] = ()

    def introduce(self, at: Instant) -> list[Published]:  # noqa: ARG002
        """Nothing yet."""
        return []

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:  # noqa: ARG002
        """Nothing yet."""
        return []
