"""Rule 5: inactivity against the learned routine, by hour of day, weekdays and weekends apart."""

from collections.abc import Iterable
from datetime import time

from devices.instant import MINUTE, Instant, rfc3339
from gateway.model import Device, Home, Verdict
from gateway.speech import Phrase, say
from gateway.watch.parameters import ClockTime, Duration, Parameters
from gateway.watch.quiet import AT_MOST, earliest, gone_to_bed, put_off, put_off_until, rests
from gateway.watch.routine.usual import Usual
from gateway.watch.rule import RuleType, State, confirmed, doors_say
from gateway.watch.view import ACTIVITY, HomeView, Seen

_GRACE = 15 * MINUTE
"""After a time of blindness at least so long is given before anything is concluded."""


class RoutineInactivityParameters(Parameters):
    """The longest quiet known at that hour, times `times` and `margin` more, is still usual.

    Less than `at_least` never counts. `until`: the local time after which the evening's quiet is left alone.
    """

    times: float = 2.0
    margin: Duration = 30 * MINUTE
    at_least: Duration = 90 * MINUTE
    until: ClockTime = time(22, 0)


class RoutineInactivity(RuleType[RoutineInactivityParameters]):
    """From the first sign of being up to `until`: quiet at home for much longer than it ever was at this hour.

    For those who are always about it is quicker than the fixed rule, and says the same: whichever comes first tells of
    one quiet. It says nothing in its first 14 days, nor where somebody sits, lies down or has gone to bed or out.
    """

    name = "routine_inactivity"
    concerns = "person"
    priority = 2
    on_activity = True
    concludes_from_absence = True
    learns = True
    Parameters = RoutineInactivityParameters
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
        yield self.verdict("clear", view, say("inactivity.again", since=since), at=since, now=now,
                           readings=(seen.reading,))  # fmt: skip

    def on_health(self, state: State) -> None:
        """What was put off may be due."""
        state.pop("later", None)

    def due(self, state: State, view: HomeView) -> Instant | None:
        """The earliest moment at which the quiet may be unusual; `on_time` looks closely and may put it off."""
        base = view.active_at()
        if "fired" in state or base is None or view.up_at is None or view.home.mode != "at home":
            return None
        moment = max(earliest(view, self.parameters.at_least), put_off_until(state, view))
        return moment if moment <= view.day_end else None

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """It has been quiet for long; perhaps for longer than is usual."""
        base = view.active_at() or now
        usual = view.routine.quiet(view.date, view.hour_of(base))
        deadline = max(earliest(view, self._limit(usual)) + state.get("unseen", 0), state.get("not_before", 0))
        never = usual is None or gone_to_bed(view) or rests(state, view) or view.quiet_told == base
        until = min(view.today(self.parameters.until), view.day_end)
        if never or deadline > until or view.whereabouts(deadline) == "out" or self._may_be_unseen(view):
            put_off(state, view, view.day_end + 1)
        elif deadline > now:
            put_off(state, view, deadline)
        elif usual is not None:
            state["fired"] = True
            view.quiet_told = base
            yield self.verdict("trigger", view, *self._words(usual, view, base, now), at=now,
                               last_activity=rfc3339(base), last_room=view.moved_in,
                               whereabouts=view.whereabouts(now), usual=usual.to_json())  # fmt: skip

    def _limit(self, usual: Usual | None) -> int:
        if usual is None:
            return AT_MOST
        known = round(usual.most * self.parameters.times * MINUTE)
        return max(self.parameters.at_least, known + self.parameters.margin)

    def _may_be_unseen(self, view: HomeView) -> bool:
        """Whether they may be where nothing can be seen any more: then the fixed rule, slower, is enough."""
        return bool(view.unhealthy) and view.has_unseen_room(self.devices(view), view.active_at() or 0)

    def _words(self, usual: Usual, view: HomeView, base: Instant, now: Instant) -> Iterable[Phrase]:
        yield say("routine_inactivity.quiet", since=view.lone_since or base, lasting=now - (view.lone_since or base))
        if view.lone_since is not None:
            yield say("inactivity.lone", room=view.moved_in, at=base)
        elif view.moved_at == base and view.moved_in:
            yield say("inactivity.last_seen", room=view.moved_in)
        yield say("routine_inactivity.usual", median=round(usual.median) * MINUTE, most=round(usual.most) * MINUTE,
                  days=usual.n)  # fmt: skip
        yield doors_say(view, base)
        yield self.health(view)

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:
        """Unseen time is no quiet time."""
        state["unseen"] = state.get("unseen", 0) + end - start
        state["not_before"] = end + _GRACE
        state.pop("later", None)
