"""Building blocks of rule parameters: durations as people write them, and what every rule has in common."""

import re
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant
from gateway.localtime import local_date, parse_window, within
from gateway.model import Home, Priority

_UNITS = {"s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_duration(value: Any) -> int:  # noqa: ANN401 - whatever the file holds
    """Microseconds from "2 h", "45 min", "30 s", "3 d" or a number of seconds; ValueError names the forms."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        return round(value * SECOND)
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|min|h|d)\s*", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a duration is written "30 s", "45 min", "2 h", "3 d", or as a number of seconds')
    return round(float(match[1]) * _UNITS[match[2]])


def _clock_time(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str) and re.fullmatch(r"\d{1,2}:\d{2}", value) is None:
        raise ValueError('a time of day is written "10:30"')
    return value


def _window(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        parse_window(value)
    return value


Duration = Annotated[int, BeforeValidator(parse_duration)]
ClockTime = Annotated[time, BeforeValidator(_clock_time)]
Window = Annotated[str, BeforeValidator(_window)]


class Parameters(BaseModel):
    """What every rule has: whether it is on, on which days and in which local hours, and its priority if not its own.

    Days and hours hold back what the clock brings about; a press or an alarm is never held back.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] | None = None
    hours: Window | None = None
    priority: Priority | None = None

    def active(self, home: Home, moment: Instant) -> bool:
        """Whether `moment` lies in the rule's days and hours."""
        if self.days is not None and _WEEKDAYS[local_date(moment, home.zone).weekday()] not in self.days:
            return False
        return self.hours is None or within(moment, home.zone, self.hours)
