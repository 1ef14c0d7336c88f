"""Building blocks of rule parameters, and what every rule has in common."""

import re
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from devices.instant import Instant
from gateway.localtime import local_date, parse_window, within
from gateway.model import Home, Priority
from gateway.saying import parse_duration

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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
