"""Rule 4: prolonged inactivity by day, against a fixed time, while the resident is at home."""

from collections.abc import Iterable
from datetime import time

from devices.instant import HOUR, MINUTE, Instant, rfc3339
from gateway.model import Device, Home, Verdict
from gateway.watch.parameters import ClockTime, Duration, Parameters
from gateway.watch.rule import RuleType, State, confirmed, door_words
from gateway.watch.view import ACTIVITY, HomeView, Seen
from gateway.watch.wording import clock_time, duration, room_name, sentence

_GRACE = 15 * MINUTE
"""After a time of blindness at least so long is given before anything is concluded."""


class InactivityParameters(Parameters):
    """`after`: how long without any activity; `resting_after`: the same while a bed or chair is known to be occupied.

    `until`: the local time after which the evening's quiet is left alone.
    """

    after: Duration = 2 * HOUR
    resting_after: Duration = 4 * HOUR
    until: ClockTime = time(23, 0)


class Inactivity(RuleType[InactivityParameters]):
    """From the first sign of being up to `until`: no activity anywhere for `after`, and nobody left the home.

    An exterior door followed by silence means that they went out; activity after the door means that they did not.
    Time in which the rule was blind does not count; when the room of the last movement cannot be seen any more, twice
    the time is given. Activity clears; movement needs a second within 45 minutes for that, as sensors fire falsely in
    empty homes.
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
        state.pop("unseen", None)
        state.pop("not_before", None)
        if "fired" not in state or (since := confirmed(state, seen)) is None:
            return
        for name in ("fired", "sign", "any_sign"):
            state.pop(name, None)
        where = f" in the {room_name(seen.reading.room)}" if seen.reading.room else ""
        explanation = sentence(f"active again since {clock_time(since, now, view.home)}, last{where}")
        yield self.verdict("clear", view, explanation, at=since, readings=(seen.reading,))

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When the quiet has lasted long enough, if that is within the day's hours and they are at home."""
        base = view.active_at()
        if state.get("fired") or base is None or view.up_at is None or view.home.mode != "at home":
            return None
        after = self.parameters.after
        if view.resting_since() is not None:
            after = max(after, self.parameters.resting_after)
        if view.unhealthy and view.cannot_see(view.moved_in, self.devices(view)):
            after *= 2
        unseen: int = state.get("unseen", 0)
        not_before: Instant = state.get("not_before", 0)
        deadline = max(max(base, view.held_until()) + after + unseen, not_before)
        if deadline > min(view.today(self.parameters.until), view.day_end) or view.whereabouts(deadline) == "out":
            return None
        return deadline

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """It has been quiet for too long."""
        due = self.due(state, view)
        if due is None or due > now:
            return
        state["fired"] = True
        last = view.active_at() or view.started
        where = f"{room_name(view.moved_in)} " if view.moved_in else ""
        resting = view.resting_since()
        explanation = sentence(
            f"no movement since {clock_time(last, now, view.home)} in any room, for {duration(now - last)}",
            f"last seen by the {where}sensor" if view.moved_at == last else "",
            f"bed or chair occupied since {clock_time(resting, now, view.home)}" if resting else "",
            door_words(view, now, last),
            self.health_words(view),
            f"for {duration(state['unseen'])} of that time nothing could be heard" if "unseen" in state else "",
        )
        yield self.verdict("trigger", view, explanation, at=now, last_activity=rfc3339(last), last_room=view.moved_in,
                           last_device=view.moved_by, whereabouts=view.whereabouts(now))  # fmt: skip

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:
        """Unseen time is no quiet time."""
        state["unseen"] = state.get("unseen", 0) + end - start
        state["not_before"] = end + _GRACE
