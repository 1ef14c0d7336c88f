"""How a home is, in one honest sentence for its family. Pure.

Nothing is claimed that is not known: what the sensors saw, and since when they see nothing. What a contact may see
decides how much is said: by room and time; only whether somebody is up and about, with no room and no finer time than
a part of the day; or nothing of the day at all, but always whether the home can be seen, as alerts rest on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from devices.instant import HOUR, MINUTE, Instant
from gateway.localtime import local_time
from gateway.saying import duration
from gateway.watch.equipment import is_safety
from gateway.watch.routine.movement import SLOT
from gateway.watch.view import DAY_STARTS, HELD_AT_MOST, HomeView, tells_of_activity
from gateway.web.family.relation import Relation
from gateway.web.family.unseen import hubs_silent, not_seen
from gateway.web.family.words import Words

_AT_ONCE = 5 * MINUTE
"""Who sits down or goes to bed moves for so long after it; later movement was elsewhere."""
_PLACES = ("bed", "chair", "presence")
_LATELY = 2 * HOUR
"""What a bed, a chair or a presence sensor said before is told as of then: its battery may have gone since. Ours."""
NOT_HELD_BACK = "The pendant and smoke alarms are not held back."
"""True of every home, whether its pendant is heard or not: `not_seen` tells of those that are not."""
_PAUSED = f"This home is paused, so nobody is called when it is quiet. {NOT_HELD_BACK}"
_NOT_LIVE = f"This home is still being set up, so we cannot say yet how the day goes. {NOT_HELD_BACK}"
_NO_CONSENT = (
    "Nothing of {home} is kept or shown, as there is no consent on record. Nobody is called either, not even when the"
    " pendant is pressed."
)
_ALERTS = "You see alerts alone: that is what {whose} agreed to."


@dataclass(frozen=True, slots=True)
class Picture:
    """`sentence` says how it is; `unseen` what cannot be seen, a sentence each; `seen`: whether anything of the day."""

    sentence: str
    unseen: Sequence[str] = ()
    seen: bool = True


class _Place(NamedTuple):
    """Where something says without a break that somebody is: a bed, a chair, a presence sensor."""

    quantity: str
    room: str | None
    since: Instant
    heard: Instant


def picture(known: Relation, view: HomeView | None, now: Instant) -> Picture:
    """Of a home at a moment. `view` None: the engine does not watch it, or not yet."""
    said = Words(known, now)
    if (told := _not_watched(said, view)) is not None or view is None:
        return Picture(told or "", seen=False)
    unseen = tuple(not_seen(said, view))
    if known.mode == "paused" or known.sees == "alerts":
        return Picture(_PAUSED if known.mode == "paused" else _ALERTS.format(whose=said.whose), unseen, seen=False)
    if known.mode == "away":
        until = f" until {said.at(known.away_until)}" if known.away_until is not None else ""
        return Picture(f"The home is set to away{until}.{_back_already(said, view)}", unseen)
    return Picture(_day(said, view), unseen)


def _not_watched(said: Words, view: HomeView | None) -> str | None:
    """Why nothing at all is known."""
    if not said.known.consents:
        return _NO_CONSENT.format(home=said.known.home)
    if not said.known.live:
        return _NOT_LIVE
    if view is None:
        return f"We do not know at the moment how {said.whose} {said.be}."
    return _deaf(said, view) if hubs_silent(view, said.now) else None


# ------------------------------------------------------------------------------------------------ the day


def _day(said: Words, view: HomeView) -> str:
    if (blind := _blind(said, view)) is not None:
        return blind
    if (absence := view.absence(said.now)) is not None:
        return _out(said, absence.since, seen=absence.seen)
    return f"{_about(said, view)}.{_doubt(said, view)}"


def _blind(said: Words, view: HomeView) -> str | None:
    """That the sensors that are heard are too few to say anything."""
    eyes = [device for device in view.home.devices if tells_of_activity(device)]
    if not eyes:
        return f"No sensor here tells of movement, so we cannot say how {said.whose} {said.be}."
    if view.sees_enough(eyes):
        return None
    moved_at = _moved_at(view)
    before = "" if moved_at is None else f" {_first(said)} was last seen {_seen(said, view, moved_at)}."
    return f"Too few sensors are heard, so we do not know how {said.whose} {said.be}.{before}"


def _about(said: Words, view: HomeView) -> str:
    """Being up, and where somebody was seen last."""
    up, moved_at, who = _up(said, view), _moved_at(view), _who(said, view)
    last = _now_in(said, view, moved_at)
    if last is None and moved_at is not None:
        last = f"was last seen {_seen(said, view, moved_at)}"
    if last is None:
        return up or "Nobody has been seen yet"
    if up is None:
        return f"{who} {last}"
    if view.up_at is not None and who == _first(said):
        return f"{up} and {last}"
    return f"{up}; {_mid(who, said)} {last}"


def _first(said: Words) -> str:
    """Who was up: sensors see somebody, and where several live nobody knows who."""
    return "Somebody" if said.known.several else said.whose[:1].upper() + said.whose[1:]


def _who(said: Words, view: HomeView) -> str:
    return _first(said) if view.alone(said.now) else "Somebody"


def _mid(who: str, said: Words) -> str:
    """In the middle of a sentence."""
    return who if who == said.whose else who[:1].lower() + who[1:]


def _up(said: Words, view: HomeView) -> str | None:
    """Being up, as far as the whole morning was seen; None where nothing can be said, or it is night."""
    in_day = view.day_start <= said.now < view.day_end
    if not in_day or view.started > view.day_start or local_time(said.now, said.zone) < DAY_STARTS:
        return None
    if view.up_at is None:
        return None if view.is_night(said.now) else _not_up(said, view)
    if said.rooms:
        by = "at" if _saw_before(view, view.up_at) else "by"
        return f"{_first(said)} was up {by} {said.at(view.up_at)}"
    return f"{_first(said)} has been up and about today"


def _not_up(said: Words, view: HomeView) -> str:
    """No sign of being up; and for how long there could have been none, where that is half an hour or more."""
    text = f"There is no sign yet that {_mid(_first(said), said)} is up"
    start, active, blind, blind_from, *_ = view.movement.to_state()
    missed = (int(blind, 16) & ~int(active, 16)).bit_count() * SLOT
    if blind_from is not None:
        missed += max(0, said.now - max(int(blind_from), int(start)))
    if missed < HOUR // 2:
        return text
    how_long = f"for {duration(missed)} of the time since {said.at(view.day_start)}" if said.rooms else "all the time"
    return f"{text}, but the home could not be seen {how_long}"


def _saw_before(view: HomeView, up_at: Instant) -> bool:
    """Whether movement could be seen all the hour before; otherwise they may have been up before."""
    start, _, blind, *_ = view.movement.to_state()
    first, last = (max(0, (at - int(start)) // SLOT) for at in (up_at - HOUR, up_at))
    return not int(blind, 16) & ((1 << last) - (1 << first))


def _now_in(said: Words, view: HomeView, moved_at: Instant | None) -> str | None:
    """Where somebody is at this moment, by a bed, a chair or a presence sensor that says so without a break."""
    places = [one for one in _places(view) if moved_at is None or moved_at <= one.since + _AT_ONCE]
    held = [one for one in places if one.quantity != "presence" or said.now < one.since + HELD_AT_MOST]
    place = max(held, key=lambda one: one.since, default=None)
    if place is None:
        return None
    lately = said.now < place.heard + _LATELY
    where = "in bed" if place.quantity == "bed" else "at home"
    if said.rooms and place.quantity != "bed":
        where = f"{'in the chair ' if place.quantity == 'chair' else ''}{said.where(place.room)}"
    if lately:
        return f"has been {where} since {said.at(place.since)}" if said.rooms else f"is {where}"
    when = f"at {said.at(place.heard)}" if said.rooms else said.part(place.heard)
    return f"was {where} {when}, when the sensor there was last heard"


def _places(view: HomeView) -> Iterator[_Place]:
    rooms = {device.address: device.room for device in view.home.devices}
    for address, device in view.devices.items():
        for name, (value, at) in device.values.items():
            quantity = name.rpartition(" ")[2]
            if value is True and quantity in _PLACES and address in rooms and address not in view.unhealthy:
                yield _Place(quantity, rooms[address], at, device.heard or at)


def _seen(said: Words, view: HomeView, moved_at: Instant) -> str:
    if said.rooms:
        return f"{said.where(view.moved_in)} at {said.at(moved_at)}"
    return said.part(moved_at)


def _doubt(said: Words, view: HomeView) -> str:
    """That the last movement stands alone, so that the sensor may have been wrong."""
    if view.lone_since is None:
        return ""
    if not said.rooms:
        return " That was one short signal, which may be false."
    return f" That was one short signal, which may be false: the one before it was at {said.at(view.lone_since)}."


def _out(said: Words, since: Instant, *, seen: bool) -> str:
    when = f"since about {said.at(since)}" if said.rooms else f"since {said.part(since)}"
    when = when.replace("since in the night", "since the night").replace("since some days ago", "for some days")
    if said.known.several:
        return f"Nobody seems to have been at home {when}."
    name = _first(said)
    if seen:
        told = "an outside door was used then, and nobody has been seen at home since"
        return f"{name} seems to have been out {when}: {told}."
    return f"{name} may have been out {when}: then the last movement was seen, by the way out."


def _back_already(said: Words, view: HomeView) -> str:
    """That somebody moves in a home that is set to away: then nobody would be called when it gets quiet."""
    inside = view.watches_doors() and view.left() is None and view.moved_at is not None
    if not inside or view.moved_at is None or view.moved_at < said.now - _LATELY:
        return ""
    when = f"at {said.at(view.moved_at)}" if said.rooms else said.part(view.moved_at)
    return f" Somebody moved there {when}. If {said.whose} {said.be} back, please set it to at home."


def _moved_at(view: HomeView) -> Instant | None:
    """The last movement that counts: what was before they came home again says nothing."""
    if view.moved_at is None or view.moved_at < (view.base or 0):
        return None
    return view.moved_at


def _deaf(said: Words, view: HomeView) -> str:
    heard = max((hub.heard or 0 for hub in view.hubs.values()), default=0)
    if not heard:
        return f"We have not heard this home yet, so we do not know how {said.whose} {said.be}."
    text = f"We cannot see the home since {said.at(heard)}, so we do not know how {said.whose} {said.be}."
    if any(is_safety(device) for device in view.home.devices):
        text += " When its pendant or an alarm calls, that may not reach us either."
    moved_at = _moved_at(view)
    if moved_at is None or said.known.sees == "alerts" or not said.known.watched:
        return text
    return f"{text} Before that, {_mid(_who(said, view), said)} was last seen {_seen(said, view, moved_at)}."
