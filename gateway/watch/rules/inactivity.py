"""Rule 4: prolonged inactivity by day, against a fixed time, while the resident is at home."""

from collections.abc import Iterable
from datetime import time

from devices.instant import HOUR, MINUTE, Instant, rfc3339
from gateway.model import Device, Home, Verdict
from gateway.speech import Phrase, say
from gateway.watch.parameters import ClockTime, Duration, Parameters
from gateway.watch.quiet import earliest, gone_to_bed, lies_down, put_off, put_off_until, rests, used_to
from gateway.watch.rule import RuleType, State, confirmed, doors_say
from gateway.watch.view import ACTIVITY, HomeView, Seen

_LONG = 3 * HOUR
_GRACE = 15 * MINUTE
"""After a time of blindness at least so long is given before anything is concluded."""


class InactivityParameters(Parameters):
    """`after`: how long without any activity; `lying_after`: the same when last seen in the bedroom.

    `resting_after`: while a bed or chair, or a presence sensor where people sit, says that somebody is there. `until`:
    the local time after which the evening's quiet is left alone.
    """

    after: Duration = 2 * HOUR
    lying_after: Duration = 3 * HOUR + 30 * MINUTE
    resting_after: Duration = 4 * HOUR
    until: ClockTime = time(23, 0)


class Inactivity(RuleType[InactivityParameters]):
    """From the first sign of being up to `until`: no activity anywhere for `after`, and nobody left the home.

    Nobody is missed who went out, seen by a door or inferred from a last sign at the entrance, or to bed. Whoever was
    quiet for longer at this hour before, and got up by themselves, is given that time and a quarter more, up to 4 h.
    Time in which the rule was blind does not count; while a room cannot be seen any more, twice
    the time is given. Activity clears; movement needs a second within 45 minutes for that, as sensors fire falsely in
    empty homes. For the same reason a firing that stands alone in a long quiet puts the alert off by part of the time
    only.
    """

    name = "inactivity"
    concerns = "person"
    priority = 2
    on_activity = True
    concludes_from_absence = True
    Parameters = InactivityParameters
    needs = "no sensor that could show activity is registered"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:  # noqa: ARG002
        """Whatever tells of activity, save what is worn."""
        return not ACTIVITY.isdisjoint(quantities) and device.role not in ("pendant", "pull-cord")

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Activity ends the concern."""
        if not seen.active:
            return
        for name in ("unseen", "not_before", "later", "rests"):
            state.pop(name, None)
        if "fired" not in state or (since := confirmed(state, seen, view)) is None:
            return
        for name in ("fired", "sign", "any_sign"):
            state.pop(name, None)
        where = [say("inactivity.again_where", room=seen.reading.room)] if seen.reading.room else []
        yield self.verdict("clear", view, say("inactivity.again", since=since), *where, at=since, now=now,
                           readings=(seen.reading,))  # fmt: skip

    def on_health(self, state: State) -> None:
        """What was put off may be due."""
        state.pop("later", None)

    def due(self, state: State, view: HomeView) -> Instant | None:
        """The earliest moment at which the quiet may be too long; `on_time` looks closely and may put it off."""
        base = view.active_at()
        if "fired" in state or base is None or view.up_at is None or view.home.mode != "at home":
            return None
        moment = max(earliest(view, self.parameters.after), put_off_until(state, view))
        return moment if moment <= view.day_end else None

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """It has been quiet for long; perhaps too long."""
        base = view.active_at() or now
        limit = self._limit(state, view)
        deadline = max(earliest(view, limit) + state.get("unseen", 0), state.get("not_before", 0))
        last_call = min(view.today(self.parameters.until), view.day_end)
        if base + _LONG <= last_call < deadline:
            deadline = last_call  # quiet that began so early is not left to the night
        if view.whereabouts(deadline) == "out" or gone_to_bed(view) or view.quiet_told == base:
            put_off(state, view, view.day_end + 1)
            return
        if deadline > now:
            put_off(state, view, deadline if deadline <= last_call else view.day_end + 1)
            return
        if now > last_call:
            put_off(state, view, view.day_end + 1)
            return
        state["fired"] = True
        view.quiet_told = base
        yield self.verdict("trigger", view, *self._words(state, view, base, now), at=now,
                           last_activity=rfc3339(base), last_room=view.moved_in, last_device=view.moved_by,
                           whereabouts=view.whereabouts(now), limit_min=limit // MINUTE)  # fmt: skip

    def _limit(self, state: State, view: HomeView) -> int:
        after = max(self.parameters.after, used_to(view))
        if rests(state, view):
            after = max(after, self.parameters.resting_after)
        elif lies_down(view):
            after = max(after, self.parameters.lying_after)
        if view.unhealthy and view.has_unseen_room(self.devices(view), view.active_at() or 0):
            after = max(after, 2 * self.parameters.after)
        return after

    def _words(self, state: State, view: HomeView, base: Instant, now: Instant) -> Iterable[Phrase]:
        if view.lone_since is not None:
            yield say("inactivity.quiet_but", since=view.lone_since, lasting=now - view.lone_since)
            yield say("inactivity.lone", room=view.moved_in, at=base)
        else:
            yield say("inactivity.quiet", since=base, lasting=now - base)
        if view.lone_since is None and view.moved_at == base and view.moved_in:
            yield say("inactivity.last_seen", room=view.moved_in)
        if (resting := view.resting_since()) is not None:
            yield say("inactivity.resting", since=resting)
        minutes, days = view.routine.quiet_so_far(view.hour_of(base))
        if days:
            yield say("inactivity.usual", most=round(minutes) * MINUTE, days=days)
        yield doors_say(view, base)
        yield self.health(view)
        if "unseen" in state:
            yield say("inactivity.unseen", lasting=state["unseen"])

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:
        """Unseen time is no quiet time."""
        state["unseen"] = state.get("unseen", 0) + end - start
        state["not_before"] = end + _GRACE
        state.pop("later", None)
