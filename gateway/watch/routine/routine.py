"""What is usual in one home. The method and its source are said here."""

from collections.abc import Sequence
from datetime import date

from gateway.watch.routine.today import Today
from gateway.watch.routine.usual import Usual

LEARNING_DAYS = 14
"""Days in shadow before anything learned may raise an alert (Vayyar learns for 14 days, Alarm.com for 30)."""


class Routine:
    """The last days of a home and what they say. Bounded: see KEPT_DAYS."""

    @property
    def days(self) -> int:
        """Days learned from, of those still remembered; days left out do not count."""
        return 0

    @property
    def ready(self) -> bool:
        """Whether it may be used to raise alerts."""
        return self.days >= LEARNING_DAYS

    def close(self, today: Today, day: date) -> None:
        """The day is over: remember it."""

    def first_activity(self, day: date) -> Usual | None:
        """Minutes after midnight at which somebody is first up, on days like `day`; None before it is `ready`."""

    def bedtime(self, day: date) -> Usual | None:
        """Minutes after the midnight with which the day began at which the evening ends; may be above 1,440."""

    def quiet(self, day: date, hour: int) -> Usual | None:
        """Minutes of the longest quiet at home that begins in this local hour on days like `day`."""

    def quiet_so_far(self, hour: int) -> tuple[float, int]:
        """(minutes, n): the longest quiet at home that began within an hour of this one and ended by itself; from
        the first day on, so that what this resident does need not be told again. (0, 0) for none.
        """
        return 0.0, 0

    def night(self, day: date) -> str | None:
        """Hours such as "22:40-06:50" in which the resident is usually in bed; None before it is `ready`."""

    def kettle(self, day: date) -> Usual | None:
        """Minutes after midnight of the first use of kettle, fridge, cooker or microwave."""

    def visits(self, kind: str, day: date) -> Usual | None:
        """Visits a day to rooms of this kind, gap 5 min; for `bathroom` those of the night."""

    def history(self, measure: str) -> Sequence[tuple[date, float]]:
        """(day, value) of one daily measure, the oldest first, days left out missing; see MEASURES."""
        return ()

    def save(self) -> bytes:
        """Everything, compressed; a few KiB."""
        return b""

    def restore(self, saved: bytes) -> None:
        """Take up what `save` gave."""
