"""Where an installer begins: homes that are being installed, then those in service that something is wrong with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from devices.instant import DAY, Instant
from gateway.database.tables import AlertRow, HomeRow, ResidentRow
from gateway.languages import FIRST, tables
from gateway.localtime import local_date
from gateway.model import AlertState
from gateway.saying import closest
from gateway.watch.home import HomeWatch
from gateway.web.access.people import Person
from gateway.web.installer import checklist
from gateway.web.visit import Visit

MOST = 100
"""Homes in one list; beyond them one searches."""
_LONGEST_SEARCH = 64
_FAULT = and_(AlertRow.concerns == "equipment", AlertRow.state != AlertState.CLOSED)


@dataclass(frozen=True, slots=True)
class Installing:
    """A home that is not in service yet, with what is still to do."""

    reference: str
    area: str | None
    tasks: Sequence[checklist.Task]

    @property
    def left(self) -> Sequence[checklist.Task]:
        """What is still to do."""
        return [one for one in self.tasks if not one.done]


@dataclass(frozen=True, slots=True)
class Fault:
    """An open alert about equipment, in a few words."""

    words: str
    since: Instant


@dataclass(frozen=True, slots=True)
class InService:
    """A home in service. `review`: its residents are to be asked again about their consent."""

    reference: str
    area: str | None
    faults: Sequence[Fault] = ()
    review: bool = False


@dataclass(frozen=True, slots=True)
class Homes:
    """What the page lists. `well`: how many more in service have no fault; `like`: a reference near what was sought."""

    installing: Sequence[Installing]
    in_service: Sequence[InService]
    well: int
    more: bool
    like: str | None = None


async def installer_start(visit: Visit) -> Response:
    """The homes of whoever asks; `?q=` those whose reference or area has these letters."""
    sought, person, now = visit.asked("q")[:_LONGEST_SEARCH], visit.person, visit.now
    watches = visit.site.homes()
    found = await visit.read(lambda session: _homes(session, person, sought, watches, now))
    return visit.page("installer/start.html", homes=found, sought=sought)


def _homes(session: Session, person: Person, sought: str, watches: Mapping[str, HomeWatch], now: Instant) -> Homes:
    wanted, in_service = [person.sight()], HomeRow.live_at.is_not(None)
    if sought:
        wanted.append(or_(*(func.lower(one).contains(sought.lower(), autoescape=True)
                            for one in (HomeRow.reference, HomeRow.area))))  # fmt: skip
    reviews = _reviews(session, person, now)
    faulty = HomeRow.reference.in_(select(AlertRow.home).where(_FAULT))
    noted = or_(faulty, HomeRow.reference.in_(reviews))
    query = select(HomeRow.reference, HomeRow.area).where(*wanted).order_by(HomeRow.reference).limit(MOST + 1)
    new = [one for one, _ in session.execute(query.where(HomeRow.live_at.is_(None)))]
    listed = session.execute(query.where(in_service) if sought else query.where(in_service, noted)).all()
    well = select(func.count()).select_from(HomeRow).where(*wanted, in_service, not_(noted))
    faults = _faults(session, [home for home, _ in listed])
    return Homes(
        _installing(session, new[:MOST], watches),
        [InService(one, area, faults.get(one, ()), one in reviews) for one, area in listed[:MOST]],
        well=0 if sought else session.scalar(well) or 0,
        more=len(new) > MOST or len(listed) > MOST,
        like=_like(session, person, sought) if sought and not new and not listed else None,
    )


def _installing(session: Session, new: Sequence[str], watches: Mapping[str, HomeWatch]) -> Sequence[Installing]:
    signed = checklist.signatures(session, new)
    return [
        Installing(
            row.reference,
            row.area,
            checklist.tasks(row, watches.get(row.reference), signed.get(row.reference, checklist.UNSIGNED)),
        )
        for row in checklist.loaded(session, new)
    ]


def _faults(session: Session, references: Sequence[str]) -> Mapping[str, Sequence[Fault]]:
    """By home, its open alerts about equipment, the oldest first."""
    words, found = tables(FIRST)["title"], dict[str, list[Fault]]()
    for home, rule, since in session.execute(
        select(AlertRow.home, AlertRow.rule, AlertRow.raised_at)
        .where(_FAULT, AlertRow.home.in_(references))
        .order_by(AlertRow.raised_at)
    ):  # fmt: skip
        found.setdefault(home, []).append(Fault(str(words.get(rule, rule.replace("_", " "))), since))
    return found


def _reviews(session: Session, person: Person, now: Instant) -> frozenset[str]:
    """Homes in service whose residents are to be asked again: by the day in their own time zone."""
    tomorrow = local_date(now + DAY, ZoneInfo("UTC")).isoformat()
    rows = session.execute(
        select(HomeRow.reference, HomeRow.time_zone, ResidentRow.consent_review_on)
        .join(ResidentRow, ResidentRow.home == HomeRow.reference)
        .where(person.sight(), HomeRow.live_at.is_not(None), ResidentRow.consent_at.is_not(None),
               ResidentRow.consent_withdrawn_at.is_(None), ResidentRow.consent_review_on <= tomorrow)
    )  # fmt: skip
    return frozenset(home for home, zone, day in rows if day and day <= local_date(now, ZoneInfo(zone)).isoformat())


def _like(session: Session, person: Person, sought: str) -> str | None:
    return closest(sought.upper(), session.scalars(select(HomeRow.reference).where(person.sight())))
