"""Hours of the night in which something must begin for a rule to take note of it; it may be told after them."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from devices.instant import MINUTE, Instant
from gateway.localtime import within
from gateway.model import Home
from gateway.watch.parameters import Parameters, Window
from gateway.watch.whereabouts import NIGHT


class NightParameters(Parameters):
    """`hours`: what begins in these local hours counts; it may be told later, so they hold nothing back."""

    hours: Window = NIGHT

    def active(self, home: Home, moment: Instant) -> bool:
        """Whether `moment` lies on one of the rule's days."""
        return self.days is None or Parameters(days=self.days).active(home, moment)

    def counts(self, home: Home, moment: Instant) -> bool:
        """Whether what begins now lies in the hours."""
        return _within(moment // MINUTE, home.time_zone, self.hours)


@lru_cache(maxsize=4096)
def _within(minute: int, time_zone: str, hours: str) -> bool:
    """Hours begin and end with a whole minute of every clock, so that each minute is looked up once."""
    return within(minute * MINUTE, ZoneInfo(time_zone), hours)
