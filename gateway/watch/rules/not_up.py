"""Rule 3: no sign of being up by a fixed time in the morning."""

from collections.abc import Iterable
from datetime import time

from devices.instant import HOUR, Instant, rfc3339
from gateway.model import Device, Home, Verdict
from gateway.watch.parameters import ClockTime, Parameters
from gateway.watch.rule import RuleType, State, confirmed, door_words
from gateway.watch.view import ACTIVITY, HomeView, Seen, shows_up
from gateway.watch.wording import clock_time, room_name, sentence

_LATEST = time(18, 0)
"""After a time of blindness nothing is concluded about the morning later than this: the next one will tell."""


class NotUpParameters(Parameters):
    """`by`: the local time by which a sign of being up is expected, 10:30 being the latest that FIELD.md starts at."""

    by: ClockTime = time(10, 30)


class NotUp(RuleType[NotUpParameters]):
    """Movement outside the bedroom, a door, a chair or an appliance from 05:00 on is a sign of being up.

    Fires once per absence: a home from which nothing at all was heard since the last time is not reported each
    morning. After a time of blindness the resident gets an hour to be seen before anything is concluded.
    """

    name = "not_up"
    concerns = "person"
    priority = 2
    on_activity = True
    concludes_from_absence = True
    Parameters = NotUpParameters
    needs = "no sensor outside the bedroom could show that somebody is up"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:
        """What could show a sign of being up: anything that tells of activity outside the bedroom."""
        return (
            not ACTIVITY.isdisjoint(quantities)
            and shows_up(home, device.room)
            and device.role not in ("bed", "pendant", "pull-cord")
        )

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """A sign of being up ends the concern."""
        if seen.active and not state.get("seen", True):
            state["seen"] = confirmed(state, seen) is not None
        if not seen.up:
            return
        if state.pop("fired", False):
            when = clock_time(seen.reading.at, now, view.home)
            yield self.verdict("clear", view, sentence(f"up and about since {when}"), at=seen.reading.at,
                               readings=(seen.reading,))  # fmt: skip

    def due(self, state: State, view: HomeView) -> Instant | None:
        """Today's limit, while nobody is up and it has not been looked at; none on days when the rule is off."""
        if view.home.mode != "at home" or view.up_at is not None or state.get("decided") == view.day_start:
            return None
        limit = view.today(self.parameters.by)
        if not self.parameters.active(view.home, limit):
            return None
        not_before: Instant = state.get("not_before", 0)
        moment = max(limit, not_before)
        return moment if moment <= max(limit, view.today(_LATEST)) else None

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """The limit has come."""
        state["decided"] = view.day_start
        if view.started > view.today(self.parameters.by) or not state.get("seen", True):
            return
        state["fired"], state["seen"] = True, False
        last = view.moved_at
        where = f" in the {room_name(view.moved_in)}" if view.moved_in else ""
        explanation = sentence(
            f"no sign of being up by {clock_time(now, now, view.home)}",
            f"last movement at {clock_time(last, now, view.home)}{where}" if last else "no movement seen yet",
            door_words(view, now, view.day_start),
            self.health_words(view),
        )
        yield self.verdict("trigger", view, explanation, at=now, expected_by=f"{self.parameters.by:%H:%M}",
                           last_movement=rfc3339(last) if last else None, last_room=view.moved_in,
                           whereabouts=view.whereabouts(now))  # fmt: skip

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:  # noqa: ARG002
        """After blindness, an hour's grace."""
        state["not_before"] = end + HOUR
