"""The truth about a home: where the resident really is and what they do, who else is there, and what was said of it."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from devices.instant import Instant

Doing = Literal["busy", "seated", "dozing", "asleep", "washing", "out", "passing"]


class Stay(NamedTuple):
    """A stretch of time in a room; `room` None: out of the home. `on`: the bed or chair that they are on."""

    start: Instant
    end: Instant
    room: str | None
    doing: Doing
    on: Literal["", "bed", "chair"] = ""


class DoorMove(NamedTuple):
    """An outside door is opened, and closed `held` microseconds later. `who`: resident or other."""

    at: Instant
    door: str
    held: int
    who: Literal["resident", "other"] = "resident"


class Span(NamedTuple):
    """From `start` to `end`, the end not included."""

    start: Instant
    end: Instant


@dataclass(slots=True)
class Diary:
    """Stays of the resident without gaps, and those of others. `company`: while anybody else is in the home.

    `announced`: the home's mode is away. `nights`: from going to bed to getting up. `long_absences`: away overnight.
    """

    stays: list[Stay] = field(default_factory=list)
    others: list[list[Stay]] = field(default_factory=list)
    """What each visitor does, from coming in to leaving."""
    doors: list[DoorMove] = field(default_factory=list)
    kitchen_uses: list[tuple[Instant, str]] = field(default_factory=list)
    """When the kettle is switched on or the fridge opened."""
    company: list[Span] = field(default_factory=list)
    announced: list[Span] = field(default_factory=list)
    long_absences: list[Span] = field(default_factory=list)
    nights: list[Span] = field(default_factory=list)
    _starts: list[Instant] = field(default_factory=list)

    def at(self, moment: Instant) -> Stay:
        """Where the resident is at that moment."""
        if len(self._starts) != len(self.stays):
            self._starts = [stay.start for stay in self.stays]
        return self.stays[max(0, bisect_right(self._starts, moment) - 1)]

    def between(self, start: Instant, end: Instant) -> list[Stay]:
        """The resident's stays that touch this time."""
        self.at(start)
        first = max(0, bisect_right(self._starts, start) - 1)
        return self.stays[first : bisect_right(self._starts, end)]

    def out_since(self, moment: Instant) -> Instant | None:
        """Since when the resident has been out; None when at home."""
        stay = self.at(moment)
        return stay.start if stay.room is None else None

    def has_company(self, moment: Instant) -> bool:
        """Whether somebody else is in the home."""
        return any(span.start <= moment < span.end for span in self.company)

    def is_announced(self, moment: Instant) -> bool:
        """Whether the home's mode is away."""
        return any(span.start <= moment < span.end for span in self.announced)

    def night_of(self, moment: Instant) -> Span | None:
        """The night, from going to bed to getting up, in which this is; None by day."""
        return next((span for span in self.nights if span.start <= moment < span.end), None)
