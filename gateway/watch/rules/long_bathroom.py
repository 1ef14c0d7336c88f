"""Rule 10: a long visit to the bathroom."""

from collections.abc import Iterable
from datetime import time
from typing import Any

from devices.instant import HOUR, MINUTE, Instant, rfc3339
from gateway.model import Device, Home, RuleState, Verdict
from gateway.speech import Phrase, say
from gateway.watch.equipment import SEES
from gateway.watch.heard import LOOK_AGAIN, heard_lately
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.rule import RuleType, State, confirmed, doors_say
from gateway.watch.view import HomeView, Seen
from gateway.watch.whereabouts import LONE_FIRING

_PASSED = frozenset({"bathroom", "bedroom", "hall", "entrance", "outside", "unknown", "other"})
"""Rooms on the way from bed, or of which nothing is known; who was in another of late has not gone to bed yet."""
_NOWHERE = frozenset({None, "unknown", "other"})
_ON_THE_WAY = 3 * MINUTE
"""Who goes to the bathroom is seen elsewhere so shortly before, or it may be a false firing."""
_LATELY = 30 * MINUTE
"""The same where firings come alone anyway: who was seen elsewhere so lately is about."""
_FROM_BED = 30 * MINUTE
_INTO_THE_NIGHT = 3 * HOUR
"""So late in the night a visit is not the last of the evening."""
_EVENING = time(20, 0)
"""From then on, until the morning, whoever leaves unseen may have gone to bed."""
_SHORT = 5 * MINUTE
_LONE = 2
"""Faulty sensors fire alone, and sometimes twice (gateway/watch/whereabouts.py)."""
_GOES_ON = 10 * MINUTE
_PAUSE = 15 * MINUTE
"""Firings further apart are two visits, if nobody was seen leaving: a sensor says `true` for long while one washes."""
_WAY_BACK = 5 * MINUTE
_WAYS = 40
"""The last visits, of which it is remembered whether they were seen elsewhere at once."""
_FORGETS = 512
"""The longest visit known shrinks by this part with each: to the half in about six weeks."""
_UNSEEN_TOO_LONG = 10 * MINUTE


class LongBathroomParameters(Parameters):
    """How long a visit may last, by day and by night; FIELD.md, from 15 min by night and 45 min else (GrandCare)."""

    by_day: Duration = 45 * MINUTE
    by_night: Duration = 25 * MINUTE


class LongBathroom(RuleType[LongBathroomParameters]):
    """Somebody went into a bathroom and nothing has been active anywhere else for `by_day`, or `by_night` at night.

    A sensor cannot see through a shower screen, so that only activity elsewhere ends a visit. A lone firing is none,
    nor is one while a bed, a chair or a presence sensor elsewhere says that they are there.

    While movement in there goes on, more time is given: up to `by_day` to who came from bed, else twice that. So it is
    where this resident is known to take longer, and where in one of the last 40 visits nobody was seen elsewhere within
    five minutes. From 20:00 to the morning they may have gone to bed unseen: a visit is judged only where that never
    happened and a sensor in a bedroom is heard, and until 40 visits are known only if they had come from bed; else only
    if it goes on all that time. The same holds at any hour while a room cannot be seen: they may be there.
    """

    name = "long_bathroom"
    concerns = "person"
    priority = 2
    on_activity = True
    concludes_from_absence = True
    Parameters = LongBathroomParameters
    needs = "no bathroom has a motion sensor"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:  # noqa: ARG002
        """Whatever sees people: in the bathroom, and elsewhere."""
        return device.room is not None and not SEES.isdisjoint(quantities)

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:
        """Blind without a sensor in a bathroom and one elsewhere; degraded where the night or a second person hides."""
        devices, rooms = self.devices(view), _bathrooms(view.home)
        there = [device for device in devices if device.room in rooms]
        if not there:
            return RuleState.BLIND, self.needs
        if len(there) == len(devices):
            return RuleState.BLIND, "no sensor could show that they have left the bathroom"
        if all(device.address in view.unhealthy for device in there):
            return RuleState.BLIND, "nothing is heard from the bathroom"
        state, reason = super().sight(view, now)
        if state is RuleState.ARMED and view.home.occupants > 1:
            return RuleState.DEGRADED, "more than one person lives here: what one does elsewhere hides the other"
        if state is RuleState.ARMED and not _sees_bedroom(view):
            return RuleState.DEGRADED, "by night it sees nothing: no sensor in a bedroom is heard"
        return state, reason

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state`: visit = the present one, told = [room, since] of what was raised, ways = see `_learn`."""
        if not seen.active:
            return
        reading, visit = seen.reading, state.get("visit")
        if visit is not None and reading.room == visit["room"]:
            _goes_on(visit, reading.at)
            return
        if reading.room in _NOWHERE and reading.quantity not in SEES:
            return  # a light or a tap of which nobody said where it is may be in the bathroom
        if visit is not None and reading.at >= visit["since"]:
            self._learn(state, visit, reading.at, view)
            del state["visit"]
        if "told" in state:
            if reading.room == state["told"][0] or (since := confirmed(state, seen, view)) is None:
                return
            for name in ("sign", "any_sign"):
                state.pop(name, None)
            room, entered = state.pop("told")
            yield self.verdict("clear", view, say("long_bathroom.left", at=since, room=room),
                               say("long_bathroom.was_in", lasting=since - entered), at=since, now=now,
                               subject=room, readings=(reading,))  # fmt: skip
        if reading.room is not None and view.home.room_kind(reading.room) == "bathroom":
            self._begin(state, reading.room, reading.at, view)

    def _begin(self, state: State, room: str, at: Instant, view: HomeView) -> None:
        if view.moved_at is not None and at < view.moved_at:
            return  # a late word: they have been seen elsewhere since
        before = _last_elsewhere(view, room, at, everywhere=True)
        awake = _last_elsewhere(view, room, at, everywhere=False)
        slept = at - awake > _FROM_BED or view.is_night(at - _INTO_THE_NIGHT)
        alone = at - before > (_ON_THE_WAY if view.lone_is_weak() else _LATELY)
        state["visit"] = {
            "room": room, "since": at, "again": at, "last": at, "firings": 1, "alone": alone,
            "from_bed": at - before <= LONE_FIRING and slept, "due": at + self._length(at, view),
        }  # fmt: skip

    def _length(self, at: Instant, view: HomeView) -> int:
        return self.parameters.by_night if view.is_night(at) else self.parameters.by_day

    def _learn(self, state: State, visit: dict[str, Any], at: Instant, view: HomeView) -> None:
        """A visit ended, or lasts: whether they were seen elsewhere at once, and how long it was.

        `ways` holds a bit for each of the last visits, the latest last, after a 1.
        """
        left = _seen_until(view, visit["room"], visit["last"], at)
        if _is_lone(visit, left):
            return
        seen = at - left <= _WAY_BACK
        ways = state.get("ways", 1) << 1 | int(seen)
        state["ways"] = ways if ways.bit_length() <= _WAYS + 1 else ways & ((1 << _WAYS) - 1) | 1 << _WAYS
        if seen:
            longest = state.get("longest", 0)
            state["longest"] = min(
                max(left - visit["since"], longest - longest // _FORGETS), 2 * self.parameters.by_day
            )

    def _hides(self, state: State) -> bool:
        """Whether somebody of late left a bathroom without being seen elsewhere at once."""
        ways: int = state.get("ways", 1)
        return ways + 1 != 1 << ways.bit_length()

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When the present visit will have lasted too long."""
        if "visit" not in state or view.home.mode != "at home":
            return None
        return int(state["visit"]["due"])

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """The visit has lasted long, if it is one."""
        visit = state.pop("visit")
        if not self._believed(visit, view, now):
            return
        room, seen_until = visit["room"], _seen_until(view, visit["room"], visit["last"], now)
        if self._may_be_in_bed(state, visit, view, now) or self._may_be_unseen(visit, view):
            if seen_until < now - _GOES_ON:
                self._learn(state, visit, now, view)
                return
            if visit["again"] > visit["since"]:  # they had been away, unseen, and are back
                visit |= {"since": visit["again"], "from_bed": False}
        later = self._later(state, visit, seen_until, view) if heard_lately(view, now) else now + LOOK_AGAIN
        if later > now:
            state["visit"] = visit | {"due": later}
            return
        self._learn(state, visit, now, view)
        since = visit["since"]
        state["told"] = [room, since]
        view.quiet_told = view.active_at()
        yield self.verdict("trigger", view, *self._words(visit, view, now), at=now, subject=room,
                           since=rfc3339(since), last_activity=rfc3339(visit["last"]), firings=visit["firings"],
                           at_night=view.is_night(since), whereabouts=view.whereabouts(now))  # fmt: skip

    def _later(self, state: State, visit: dict[str, Any], seen_until: Instant, view: HomeView) -> Instant:
        """Until when the visit is given time: while it goes on, and by day as long as this resident takes.

        Before bed and in the morning people take as long as by day, whatever the clock says.
        """
        since: Instant = visit["since"]
        by_day, by_night = self.parameters.by_day, self.parameters.by_night
        if view.is_night(since) and visit["from_bed"]:
            return min(since + max(by_day, by_night), max(since + by_night, seen_until + _GOES_ON))
        if self._hides(state):
            return since + 2 * by_day
        known: Instant = since + state.get("longest", 0) * 5 // 4 + _GOES_ON
        return min(since + 2 * by_day, max(since + by_day, known, seen_until + _PAUSE))

    def _believed(self, visit: dict[str, Any], view: HomeView, now: Instant) -> bool:
        room, since = visit["room"], visit["since"]
        if since <= (view.base or 0) or view.absence(now) is not None or view.quiet_told == view.active_at():
            return False
        if view.unhealthy and view.cannot_see(room, self.devices(view)):
            return False
        if _is_lone(visit, _seen_until(view, room, visit["last"], now)):
            return False
        resting = view.resting_since()
        if resting is not None and (resting >= since or visit["firings"] == 1):
            return False
        return not _present_elsewhere(view, room)

    def _may_be_in_bed(self, state: State, visit: dict[str, Any], view: HomeView, now: Instant) -> bool:
        """Whether they may have left the bathroom unseen, for bed."""
        if view.today(_EVENING) > now and not view.is_night(now) and not view.is_night(visit["since"]):
            return False
        sure = visit["from_bed"] or state.get("ways", 1).bit_length() > _WAYS
        return not sure or self._hides(state) or not _sees_bedroom(view)

    def _may_be_unseen(self, visit: dict[str, Any], view: HomeView) -> bool:
        """Whether there is a room in which nothing is heard of them, if they are there."""
        devices = self.devices(view)
        rooms = {device.room for device in devices if device.address in view.unhealthy} - {visit["room"]}
        return any(view.cannot_see(room, devices) for room in rooms)

    def _words(self, visit: dict[str, Any], view: HomeView, now: Instant) -> Iterable[Phrase]:
        since = visit["since"]
        yield say("long_bathroom.long", room=visit["room"], since=since, lasting=now - since)
        yield say("long_bathroom.last", at=visit["last"])
        yield say("long_bathroom.nowhere_else")
        yield doors_say(view, since)
        yield self.health(view)

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:
        """Unseen they may have left; after a short gap the time is added."""
        if end - start >= _UNSEEN_TOO_LONG:
            state.pop("visit", None)
        elif "visit" in state:
            state["visit"]["due"] = max(state["visit"]["due"] + end - start, end + _WAY_BACK)


def _goes_on(visit: dict[str, Any], at: Instant) -> None:
    if at - visit["last"] > _PAUSE:
        visit["again"] = at
    visit["last"] = max(visit["last"], at)
    visit["firings"] += 1


def _is_lone(visit: dict[str, Any], seen_until: Instant) -> bool:
    """Whether it is no visit: a firing or two, short ones, with nothing before them."""
    return bool(visit["alone"]) and visit["firings"] <= _LONE and seen_until - visit["last"] < _SHORT


def _bathrooms(home: Home) -> set[str]:
    return {room.name for room in home.rooms if room.kind == "bathroom"}


def _sees_bedroom(view: HomeView) -> bool:
    """Whether a sensor that would see them go to bed is heard."""
    return any(
        device.address not in view.unhealthy
        and not SEES.isdisjoint(device.quantities)
        and ("bed" in device.quantities or view.home.room_kind(device.room) == "bedroom")
        for device in view.home.devices
    )


def _changes(view: HomeView, device: Device) -> Iterable[tuple[bool, Instant]]:
    """(seen now, since) of what a device says of movement, if it also says when that is over."""
    if (known := view.devices.get(device.address)) is None:
        return
    for name, (value, at) in known.values.items():
        if name in known.clears and name.endswith(("motion", "presence")) and device.address not in view.stuck:
            yield value, at


def _seen_until(view: HomeView, room: str, last: Instant, now: Instant) -> Instant:
    """Until when somebody was seen in the room: now, while a sensor there says so."""
    ends = [now if value else at for device in view.home.devices if device.room == room
            for value, at in _changes(view, device)]  # fmt: skip
    return min(max([last, *ends]), now)


def _last_elsewhere(view: HomeView, room: str, at: Instant, *, everywhere: bool) -> Instant:
    """The last activity before `at` in other rooms, or only in those in which somebody is up."""

    def counts(name: str | None) -> bool:
        return name is not None and name != room and (everywhere or view.home.room_kind(name) not in _PASSED)

    found = [visit.last for name, visit in view.visits.rooms.items() if counts(name)]
    found += [at if value else changed for device in view.home.devices if counts(device.room)
              for value, changed in _changes(view, device)]  # fmt: skip
    return max((one for one in found if one <= at), default=0)


def _present_elsewhere(view: HomeView, room: str) -> bool:
    """Whether a presence sensor in another room says that somebody is there."""
    return any(
        value and name.endswith("presence")
        for device in view.home.devices
        if device.room != room and device.address not in view.unhealthy and device.address in view.devices
        for name, (value, _) in view.devices[device.address].values.items()
    )
