"""The queue of open alerts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import Instant
from gateway.alerts import queries
from gateway.alerts.timeline import sentence
from gateway.model import GATEWAY_HOME
from gateway.saying import counted
from gateway.web.guard import home_in_sight
from gateway.web.staff.actions import Actions, actions
from gateway.web.staff.case import Case, cases
from gateway.web.staff.place import Place
from gateway.web.staff.waiting import NO_AREA, ON_A_PAGE, PLACES, Line, Waiting, Wanted, areas, waiting
from gateway.web.visit import NO_PROBLEMS, Visit

_EACH_OF_A_STREET = 50
_ABOUT = (
    ("", "Everything"),
    ("person", "People"),
    ("home", "Homes"),
    ("equipment", "Equipment"),
    (GATEWAY_HOME, "Keepwell itself"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A line with what is known of its alerts, of a street the first of them."""

    alerts: Sequence[Waiting]
    cases: Sequence[Case]

    @property
    def of_homes(self) -> bool:
        """Whether each is of another home."""
        return len({one.home for one in self.alerts}) == len(self.alerts)


@dataclass(frozen=True, slots=True)
class Hand:
    """The alert in hand."""

    case: Case
    entries: Sequence[tuple[Instant, str]]
    actions: Actions


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are, whatever the page shows."""

    of: Mapping[str, int]
    emergencies: int
    hidden: int = 0
    """Waiting ones that the present choice of area or kind does not show."""

    @property
    def sentence(self) -> str:
        """Such as `3 alerts wait for an answer, 1 of them of priority 1`, with its full stop."""
        waits = self.of.get("waiting", 0)
        if not waits:
            told = "Nobody of those you chose waits for an answer." if self.hidden else "Nobody waits for an answer."
        else:
            urgent = f", {self.emergencies} of them of priority 1" if self.emergencies else ""
            told = f"{counted(waits, 'alert')} {'waits' if waits == 1 else 'wait'} for an answer{urgent}."
        if not self.hidden:
            return told
        return f"{told} {counted(self.hidden, 'alert')} not shown here {'waits' if self.hidden == 1 else 'wait'} too."


async def queue(visit: Visit) -> Response:
    """All open alerts in sight, the most urgent first; one of them in hand where the address names it."""
    return await show_queue(visit, Place.of(visit.request.query_params))


async def show_queue(
    visit: Visit,
    place: Place,
    status: int = 200,
    *,
    problems: Mapping[str, str] = NO_PROBLEMS,
    sent: str | None = None,
) -> Response:
    """The queue at that place; `sent`: the form that came back with these problems."""
    person, now, settings = visit.person, visit.now, visit.site.settings.alerts

    def ask(session: Session) -> tuple[Sequence[Line], int, Sequence[str], int, Mapping[int, Case], Hand | None]:
        lines = waiting(session, person, place.wanted)
        every = lines if place.wanted == Wanted() else waiting(session, person, Wanted())
        page = min(place.page, max(1, -(-len(lines) // ON_A_PAGE)))
        shown = lines[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
        wanted = {one.id for line in shown for one in line.alerts[:_EACH_OF_A_STREET]}
        in_hand = place.hand if place.hand and home_in_sight(session, person, None, place.hand) else None
        known = cases(session, wanted | ({in_hand} if in_hand else set()), settings, now)
        hand = None
        if in_hand is not None:
            entries = [(one.at, sentence(one)) for one in queries.timeline(session, in_hand)]
            hand = Hand(known[in_hand], entries, actions(visit, known[in_hand], place.address(), sent))
        return lines, _waits(every) - _waits(lines), areas(session, person), page, known, hand

    lines, hidden, known_areas, page, known, hand = await visit.read(ask)
    if lines:
        await visit.looks_at("queue")
    if hand is not None and hand.case.registered:
        await visit.looks_at(f"alert {hand.case.alert.id}", hand.case.alert.home)
    alerts, without = [one for line in lines for one in line.alerts], place.with_hand(None).address()
    shown = lines[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    return visit.page(
        "staff/queue.html",
        status,
        problems=problems,
        sections=[
            (name, [_shown(line, known) for line in some]) for name, some in groupby(shown, lambda line: line.place)
        ],
        counts=Counts(Counter(one.place for one in alerts), sum(_is_emergency(one) for one in alerts), hidden),
        hand=hand,
        address=place.address(),
        without=without,
        at=lambda alert: f"{without}{'&' if '?' in without else '?'}alert={alert}#hand",
        at_page=place.at_page,
        page=page,
        pages=-(-len(lines) // ON_A_PAGE),
        wanted=place.wanted,
        wanted_any=any((place.wanted.area, place.wanted.about, place.wanted.mine)),
        areas=[
            ("", "All areas"),
            *((area, "Homes without an area" if area == NO_AREA else area) for area in known_areas),
        ],
        abouts=_ABOUT,
    )


def _shown(line: Line, known: Mapping[int, Case]) -> Shown:
    return Shown(line.alerts, [known[one.id] for one in line.alerts[:_EACH_OF_A_STREET]])


def _waits(lines: Sequence[Line]) -> int:
    return sum(len(line.alerts) for line in lines if line.place == PLACES[0])


def _is_emergency(one: Waiting) -> bool:
    return one.place == PLACES[0] and one.priority == 1
