"""Rule 9: not gone to bed."""

from collections.abc import Iterable
from datetime import time
from functools import lru_cache
from zoneinfo import ZoneInfo

from devices.instant import HOUR, MINUTE, Instant, rfc3339
from gateway.localtime import next_local
from gateway.model import Device, Home, RuleState, Verdict
from gateway.speech import Phrase, say
from gateway.watch.equipment import SEES
from gateway.watch.heard import LOOK_AGAIN, heard_lately
from gateway.watch.parameters import ClockTime, Duration, Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen

_EVENING = 5 * HOUR
"""So long before the limit going to bed is looked for."""
_EVENING_SEEN = 2 * HOUR
"""So much of it must have been watched, for who went to bed before is not asked about."""
_IN_BEDROOM = 15 * MINUTE
_ANYWHERE = HOUR
"""Quiet after the last movement in the bedroom, or anywhere, that is a sign of having gone to bed."""
_TOO_LATE = 2 * HOUR
"""After a time of blindness nothing is concluded later than this: somebody may be up early."""
_MOST_LEARNED = 3 * HOUR
_AGAIN = 20 * MINUTE
"""So often is looked, after an alert, whether they have gone to bed since."""


class NotToBedParameters(Parameters):
    """`by`: the local time by which they should be in bed; `beyond`: so long after the usual bedtime, if that is later.

    FIELD.md: 01:00, configurable elsewhere. The second spares those who go to bed late; it is ours.
    """

    by: ClockTime = time(1, 0)
    beyond: Duration = 60 * MINUTE


class NotToBed(RuleType[NotToBedParameters]):
    """By `by` no sign of having gone to bed this evening, though they are at home and about.

    Signs: the bed is occupied, movement in the bedroom and then none for 15 minutes; where no bed is heard to be
    empty an hour without any movement and nobody in a chair. The sign may come before the limit; whoever is up again
    is not asked about. A visitor puts it off. Where the bedtime is not yet known, an evening that ended by itself
    moves the limit for the next ones.
    """

    name = "not_to_bed"
    concerns = "person"
    priority = 3
    reads = frozenset({"bed"})
    on_activity = True
    Parameters = NotToBedParameters
    needs = "no bed has a sensor, and no bedroom"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:
        """What shows that somebody goes to bed."""
        in_bedroom = home.room_kind(device.room) == "bedroom" and not SEES.isdisjoint(quantities)
        return "bed" in quantities or in_bedroom

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:
        """Degraded where more than one person lives: one may be up and another in bed."""
        state, reason = super().sight(view, now)
        if state is RuleState.ARMED and view.home.occupants > 1:
            return RuleState.DEGRADED, "more than one person lives here: one in bed is taken for all"
        return state, reason

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state`: night = whose evening is settled, told, last = [last movement, whether in the bedroom]."""
        at = seen.reading.at
        if "told" in state:
            if seen.reading.quantity == "bed" and seen.live and seen.reading.value is True:
                yield from self._over(state, view, "not_to_bed.bed", at, now)
            return
        if not seen.active or state.get("night") == view.day_start or not self._evening(view) <= at <= view.day_end:
            return
        last = state.get("last")
        in_bed = seen.reading.quantity == "bed" and seen.reading.value is True
        quiet = _IN_BEDROOM if last is not None and last[1] else _ANYWHERE
        if in_bed or (last is not None and at - last[0] >= quiet and (last[1] or not self._has_pad(view))):
            state.pop("last", None)
            state["night"] = view.day_start
        elif last is None or at >= last[0]:
            state["last"] = [at, self._is_bedroom(seen.reading.room, view)]

    def due(self, state: State, view: HomeView) -> Instant | None:
        """The limit of this night; after an alert the moment at which quiet would end it, or the morning."""
        if "told" in state:
            return int(state.get("look", view.day_end))
        if state.get("night") == view.day_start or view.home.mode != "at home":
            return None
        limit = self._limit(state, view)
        moment: Instant = max(limit, state.get("look", 0), state.get("not_before", 0))
        return moment if moment < min(limit + _TOO_LATE, view.day_end) else None

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """The limit has come, or after it the moment at which quiet is a sign."""
        state.pop("look", None)
        if "told" in state:
            yield from self._look(state, view, now)
            return
        limit = self._limit(state, view)
        quiet_at = self._quiet_at(state, view)
        began = view.started > limit - _EVENING_SEEN
        if view.resting_since("bed") is not None or quiet_at <= now or view.left() is not None or began:
            state.pop("last", None)
            state["night"] = view.day_start
        elif not heard_lately(view, now):
            state["look"] = now + LOOK_AGAIN
        elif not view.alone(now) and view.company.until > now:
            state["look"] = view.company.until
        elif self._is_bedroom(view.moved_in, view):
            state["look"] = quiet_at
        else:
            state.pop("last", None)
            state["night"], state["told"], state["look"] = view.day_start, limit, min(quiet_at, now + _AGAIN)
            usual = view.routine.bedtime(view.date)
            yield self.verdict("trigger", view, *self._words(view, limit), at=now, expected_by=rfc3339(limit),
                               last_room=view.moved_in, usual=None if usual is None else usual.to_json(),
                               whereabouts=view.whereabouts(now))  # fmt: skip

    def _look(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        if (quiet_at := self._quiet_at(state, view)) <= now:
            yield from self._over(state, view, "not_to_bed.quiet", view.moved_at or now, now)
        elif state["told"] < view.day_start:
            yield from self._over(state, view, "not_to_bed.morning", now, now)
        else:
            state["look"] = min(quiet_at, now + _AGAIN, max(view.day_end, now + 1))

    def _over(self, state: State, view: HomeView, key: str, since: Instant, now: Instant) -> Iterable[Verdict]:
        limit = state.pop("told")
        state.pop("look", None)
        if view.routine.ready:
            state.pop("later", None)
        elif key != "not_to_bed.morning" and since > limit:
            later = state.get("later", 0) + since - limit + _IN_BEDROOM
            state["later"] = min(later, _MOST_LEARNED)
        at = since if key == "not_to_bed.bed" else now
        yield self.verdict("clear", view, say(key, at=since), at=at, now=now)

    def _words(self, view: HomeView, limit: Instant) -> Iterable[Phrase]:
        yield say("not_to_bed.up", by=limit)
        if view.moved_at is not None:
            yield say("shared.last_seen", room=view.moved_in, at=view.moved_at)
        usual = view.routine.bedtime(view.date)
        if usual is not None:
            yield say("not_to_bed.usual", usual=usual.to_json())
        if view.home.occupants > 1:
            yield say("not_to_bed.others")
        yield self.health(view)

    # ---------------------------------------------------------------- when

    def _limit(self, state: State, view: HomeView) -> Instant:
        limit = _tonight(view.day_start, view.home.time_zone, self.parameters.by) + int(state.get("later", 0))
        usual = view.routine.bedtime(view.date)
        if usual is None:
            return limit
        midnight = _tonight(view.day_start, view.home.time_zone, time())
        return max(limit, midnight + round((usual.high - 24 * 60) * MINUTE) + self.parameters.beyond)

    def _evening(self, view: HomeView) -> Instant:
        return _tonight(view.day_start, view.home.time_zone, self.parameters.by) - _EVENING

    def _quiet_at(self, state: State, view: HomeView) -> Instant:
        """When the quiet after the last movement would be a sign of having gone to bed."""
        moved = view.moved_at or view.started
        if self._is_bedroom(view.moved_in, view):
            return moved + _IN_BEDROOM
        sits = view.resting_since("chair")
        if sits is not None and sits <= state.get("not_before", 0):
            sits = None  # what a pad said before a time of blindness may be over
        if sits is not None or self._has_pad(view):
            return view.day_end
        return max(moved, view.held_until()) + _ANYWHERE

    def _has_pad(self, view: HomeView) -> bool:
        """Whether a bed is heard to be empty: quiet elsewhere is then no sign of being in it."""
        return any("bed" in device.quantities and device.address not in view.unhealthy for device in view.home.devices)

    def _is_bedroom(self, room: str | None, view: HomeView) -> bool:
        return view.home.room_kind(room) == "bedroom"

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:  # noqa: ARG002
        """An hour's look before anything is concluded; what was quiet meanwhile was not seen."""
        state["not_before"] = end + _ANYWHERE
        state.pop("last", None)


@lru_cache(maxsize=4096)
def _tonight(day_start: Instant, time_zone: str, wall: time) -> Instant:
    """The first time after the day began at which the clock shows `wall`."""
    return next_local(day_start, ZoneInfo(time_zone), wall)
