"""What the simulator of a convention is: a few devices that say what they are told to, as real ones would."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from devices.instant import Instant
from devices.measurement import Value
from devices.simulation.publish import Published


class Can(NamedTuple):
    """One thing that a simulated device can report, and what its convention can carry of it.

    Numbers lie from `low` to `high` in steps of `step`, in the canonical unit; `words` are the actions of a button;
    `flags` are the values of a two-valued quantity, (True,) where nothing ever says that it is over.
    """

    address: str
    quantity: str
    low: float = 0
    high: float = 0
    step: float = 1
    words: tuple[str, ...] = ()
    flags: tuple[bool, ...] = (False, True)


class Simulator(Protocol):
    """Simulated devices of one convention. Decoding what it publishes gives what it was told to say, and no more."""

    can: tuple[Can, ...]

    def introduce(self, at: Instant) -> list[Published]:
        """What it announces when it starts (its bridge is online, a list of devices); no measurement of `can`."""
        ...

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """The messages by which its devices report these values, which are keys of `can`."""
        ...
