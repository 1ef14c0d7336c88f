"""How somebody is today, in a sentence and a strip."""

from dataclasses import dataclass
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.responses import Response

from devices.instant import Instant
from gateway.alerts.alert import Alert
from gateway.alerts.wording import headline
from gateway.localtime import local_date
from gateway.web.family import day as days
from gateway.web.family import strip
from gateway.web.family.concern import standing
from gateway.web.family.relation import Relation, relation
from gateway.web.family.sentence import NOT_HELD_BACK, Picture, picture
from gateway.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Open:
    """An open alert in a line."""

    number: int
    what: str
    since: Instant
    kind: str
    badge: str
    state: str


async def family_start(visit: Visit) -> Response:
    """The one home, or all of them with a sentence each."""
    person = visit.person
    found = await visit.read(lambda session: [relation(session, person, home) for home in sorted(person.homes)])
    homes = [one for one in found if one is not None]
    if len(homes) == 1:
        return visit.go(f"/homes/{homes[0].home}")
    shown = []
    for known in homes:
        await visit.looks_at("today", known.home)
        shown.append((known, _picture(visit, known), await _open_alerts(visit, known)))
    return visit.page("family/homes.html", homes=shown)


async def today(visit: Visit) -> Response:
    """A home's day as far as its residents let this contact see it; `?day=2026-01-11` for one of the last weeks."""
    person, home, now = visit.person, visit.reference, visit.now
    known = await visit.read(lambda session: relation(session, person, home))
    if known is None:
        raise HTTPException(404)
    day = days.wanted(visit.asked("day"), now, known)
    is_today = day == local_date(now, known.zone)
    if day is None or (known.sees != "rooms" and not is_today):
        return visit.go(f"/homes/{home}")
    await visit.looks_at("today" if is_today else f"the day of {day:%-d %B %Y}")
    watch, registered = visit.site.homes().get(home), visit.site.directory().homes.get(home)
    view = watch.view if watch is not None else None
    shows = known.consents and known.live and known.mode != "paused" and known.sees != "alerts"
    of = view.home if view is not None else registered
    told = await days.read(visit.site.store, known, of, view, day, now) if shows and of is not None else None
    return visit.page(
        "family/today.html",
        known=known,
        day=day,
        start=strip.day_of(day, known.zone)[0],
        is_today=is_today,
        before=day - timedelta(days=1) if day > local_date(now, known.zone) - timedelta(days=days.KEPT_DAYS) else None,
        after=day + timedelta(days=1),
        picture=_picture(visit, known),
        shows=shows,
        told=told,
        in_words=strip.in_words,
        not_held_back=NOT_HELD_BACK,
        alerts=await _open_alerts(visit, known),
    )


def _picture(visit: Visit, known: Relation) -> Picture:
    watch = visit.site.homes().get(known.home)
    return picture(known, watch.view if watch is not None else None, visit.now)


async def _open_alerts(visit: Visit, known: Relation) -> list[Open]:
    found = await visit.site.desk.alerts(home=known.home)
    me = known.contact.name if known.contact is not None else visit.person.name
    return [_line(alert, known, visit.now, me) for alert in found]


def _line(alert: Alert, known: Relation, now: Instant, me: str) -> Open:
    kind, badge, state = standing(alert, (), known.zone, now, me)
    what = headline(alert)
    return Open(alert.id, what[:1].upper() + what[1:], alert.event_at, kind, badge.capitalize(), state)
