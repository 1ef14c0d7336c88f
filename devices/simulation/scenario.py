"""What may depart from an ordinary day. `SimulatedHome.instant` gives the instant of a home's wall time."""

from dataclasses import dataclass
from datetime import date, time

from devices.instant import Instant


@dataclass(frozen=True, slots=True)
class MissedMorning:
    """The resident stays in bed on this local date until the local time `until`, without stirring after 03:00."""

    date: date
    until: time = time(13)


@dataclass(frozen=True, slots=True)
class DoorLeftOpen:
    """The front door opens and is not closed for so many minutes, whatever else happens at it."""

    at: Instant
    minutes: int


@dataclass(frozen=True, slots=True)
class PendantPress:
    """The pendant is pressed."""

    at: Instant
    action: str = "emergency"


@dataclass(frozen=True, slots=True)
class SmokeAlarm:
    """The smoke alarm sounds for so many minutes."""

    at: Instant
    minutes: int = 3


@dataclass(frozen=True, slots=True)
class Silent:
    """A device (by its name) publishes nothing in this stretch; an open end is None."""

    device: str
    start: Instant | None = None
    end: Instant | None = None


@dataclass(frozen=True, slots=True)
class HubSilent:
    """The whole hub publishes nothing in this stretch."""

    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class BatteryFalls:
    """A device's battery is at `percent` from then on."""

    device: str
    at: Instant
    percent: float


Override = MissedMorning | DoorLeftOpen | PendantPress | SmokeAlarm | Silent | HubSilent | BatteryFalls
