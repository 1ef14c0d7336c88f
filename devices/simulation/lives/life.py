"""A whole life at reading level: habits, home, diary, faults and what arrives; and a street of them."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random

from devices.instant import DAY, Instant
from devices.simulation.lives.days import Holiday, Writer
from devices.simulation.lives.diary import Diary
from devices.simulation.lives.dwelling import Dwelling, draw_dwelling
from devices.simulation.lives.faults import Faults, check_ins, draw_faults, with_faults
from devices.simulation.lives.habits import KINDS, Habits, draw_habits
from devices.simulation.lives.sensing import Said, readings

_CHANGES = {
    "Europe/London": (date(2026, 3, 29), date(2026, 10, 25)),
    "Europe/Lisbon": (date(2026, 3, 29), date(2026, 10, 25)),
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/Los_Angeles": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Sydney": (date(2026, 4, 5), date(2026, 10, 4)),
}
"""Days on which the clocks change."""


@dataclass(frozen=True)
class Life:
    """One home for so many days. `seed` and `number` decide everything."""

    number: int
    days: int
    seed: int = 0

    @property
    def reference(self) -> str:
        """A pseudonym for the home."""
        return f"SIM-{self.seed}-{self.number:03d}"

    def _random(self, what: str) -> Random:
        return Random(f"{self.seed}:{self.number}:{what}")  # noqa: S311 - a story, not a secret

    @cached_property
    def habits(self) -> Habits:
        """How they live."""
        return draw_habits(self._random("habits"), KINDS[self.number % len(KINDS)])

    @cached_property
    def dwelling(self) -> Dwelling:
        """Where they live, and what is fitted there."""
        return draw_dwelling(self._random("dwelling"), self.number)

    @cached_property
    def first(self) -> date:
        """The first day: so that the clocks change at about the middle, be it in spring or autumn."""
        change = _CHANGES[self.dwelling.zone][self.number // 2 % 2]
        return change - timedelta(days=self.days // 2 + self._random("first").randint(0, 6))

    @cached_property
    def holidays(self) -> tuple[Holiday, ...]:
        """Every third home has an announced holiday and every third an unannounced absence, some have both (A)."""
        random = self._random("holidays")
        found = []
        if self.number % 3 == 0 and self.days > 25:
            first = random.randint(18, self.days - 8)
            found.append(Holiday(first, first + random.randint(2, 6), announced=False))
        if self.number % 3 == 1 and self.days > 25:
            first = random.randint(4, self.days - 13)
            found.append(Holiday(first, first + random.randint(3, 11), announced=True))
        if self.number % 6 == 5 and self.days > 25:
            first = random.randint(2, self.days - 4)
            found.append(Holiday(first, first + 1, announced=False))
        return tuple(found)

    @cached_property
    def diary(self) -> Diary:
        """The truth."""
        return Writer(self._random("days"), self.habits, self.dwelling, self.holidays).write(self.first, self.days)

    @property
    def start(self) -> Instant:
        """Midnight before the first day."""
        return self.diary.stays[0].start

    @property
    def end(self) -> Instant:
        """So many days later."""
        return self.start + self.days * DAY

    @cached_property
    def faults(self) -> Faults:
        """What goes wrong."""
        return draw_faults(self._random("faults"), self.dwelling, self.start, self.end)

    @cached_property
    def said(self) -> list[Said]:
        """Everything that arrives, in order of time."""
        people = readings(self.diary, self.dwelling, self.habits.stillness, self._random("sensing"))
        found = [*people, *check_ins(self.dwelling, self._random("check-ins"), self.start, self.end)]
        return [one for one in with_faults(found, self.faults, self.dwelling, self._random("losses"))
                if self.start <= one.at < self.end]  # fmt: skip
