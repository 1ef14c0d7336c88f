"""What waits: the open alerts that somebody may see, the most urgent first; faults of a whole street as one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from devices.instant import Instant
from gateway.database.tables import AlertRow, HomeRow
from gateway.model import GATEWAY_HOME, AlertState
from gateway.web.access.people import Person

Place = Literal["waiting", "accepted", "put off", "over", "tasks"]
PLACES: tuple[Place, ...] = ("waiting", "accepted", "put off", "over", "tasks")
"""In order. Tasks are of priority 4: nobody is called for them, so they come after all for whom somebody was."""
ABOUT = ("person", "home", "equipment", GATEWAY_HOME)
NO_AREA = "-"
"""In place of an area: homes without one."""
TOGETHER = 3
"""So many faults of one rule in one area are one line."""
ON_A_PAGE = 250
"""Lines of one page; a desk of 40 homes needs one."""


class Waiting(NamedTuple):
    """An open alert, as far as its place in the queue needs."""

    id: int
    home: str
    area: str | None
    rule: str
    concerns: str
    priority: int
    state: str
    round_at: Instant
    accepted_at: Instant | None

    @property
    def place(self) -> Place:
        """Where it stands."""
        if self.state == AlertState.ACCEPTED:
            return "accepted"
        if self.state == AlertState.SNOOZED:
            return "put off"
        if self.state == AlertState.CLEARED and (self.priority > 1 or self.accepted_at is not None):
            return "over"
        return "tasks" if self.priority == 4 else "waiting"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the queue: an alert, or several that are one trouble of a street."""

    place: Place
    alerts: Sequence[Waiting]

    @property
    def first(self) -> Waiting:
        """The alert that has waited longest."""
        return self.alerts[0]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked to see. `area` and `about` empty: all; `mine`: what they accepted or were asked to."""

    area: str = ""
    about: str = ""
    mine: bool = False

    def conditions(self, person: Person) -> Iterable[ColumnElement[bool]]:
        """The same for the database."""
        if self.area == NO_AREA:
            yield func.coalesce(HomeRow.area, "") == ""
            yield AlertRow.home != GATEWAY_HOME
        elif self.area:
            yield HomeRow.area == self.area
        if self.about == GATEWAY_HOME:
            yield AlertRow.home == GATEWAY_HOME
        elif self.about:
            yield AlertRow.concerns == self.about
        if self.mine:
            yield or_(AlertRow.accepted_by == person.name, AlertRow.handed_to == person.name)


def waiting(session: Session, person: Person, wanted: Wanted) -> Sequence[Line]:
    """All open alerts in sight that are wanted, in order."""
    query = (
        select(AlertRow.id, AlertRow.home, HomeRow.area, AlertRow.rule, AlertRow.concerns, AlertRow.priority,
               AlertRow.state, AlertRow.round_at, AlertRow.accepted_at)
        .join(HomeRow, HomeRow.reference == AlertRow.home, isouter=True)
        .where(AlertRow.state != AlertState.CLOSED, _in_sight(person), *wanted.conditions(person))
    )  # fmt: skip
    found = [Waiting(*row) for row in session.execute(query)]
    found.sort(key=lambda one: (PLACES.index(one.place), one.priority, one.round_at, one.id))
    return lines(found)


def areas(session: Session, person: Person) -> Sequence[str]:
    """The areas of the homes in sight; NO_AREA among them where homes have none."""
    found = session.scalars(select(func.coalesce(HomeRow.area, "")).where(person.sight()).distinct())
    return sorted((area or NO_AREA for area in found), key=lambda area: (area == NO_AREA, area.casefold()))


def lines(ordered: Sequence[Waiting]) -> Sequence[Line]:
    """Alerts in order as lines in order: what is one trouble stands where the first of it stood."""
    made: list[Line] = []
    for place, here in groupby(ordered, key=lambda one: one.place):
        groups: dict[tuple[object, ...], list[Waiting]] = {}
        for one in here:
            street = one.concerns == "equipment" and one.home != GATEWAY_HOME and place in {"waiting", "tasks"}
            groups.setdefault((one.rule, one.area, one.priority) if street else (one.id,), []).append(one)
        apart = {key: [[one] for one in group] if len(group) < TOGETHER else [group] for key, group in groups.items()}
        of_place = [Line(place, group) for groups_of_key in apart.values() for group in groups_of_key]
        made += sorted(of_place, key=lambda line: (line.first.priority, line.first.round_at, line.first.id))
    return made


def _in_sight(person: Person) -> ColumnElement[bool]:
    """Also alerts of homes that are gone, for who sees all."""
    return true() if person.everywhere else or_(person.sight(), AlertRow.home == GATEWAY_HOME)
