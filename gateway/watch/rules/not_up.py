"""Rule 3: no sign of being up by the time that is usual in this home, or by a fixed time at the latest."""

from collections.abc import Iterable
from datetime import time

from devices.instant import HOUR, MINUTE, Instant, rfc3339
from gateway.localtime import within
from gateway.model import Device, Home, Verdict
from gateway.speech import Phrase, say
from gateway.watch.parameters import ClockTime, Duration, Parameters
from gateway.watch.routine.usual import Usual
from gateway.watch.rule import RuleType, State, confirmed, doors_say
from gateway.watch.view import ACTIVITY, HomeView, Seen, minutes_wall, shows_up
from gateway.watch.whereabouts import NIGHT

_STIRRING = 45 * MINUTE
"""Somebody who moves in the bedroom is given so long from then before the learned limit counts."""
_LATEST = time(20, 30)
"""After a time of blindness nothing is concluded about the morning later than this: the next one will tell."""


class NotUpParameters(Parameters):
    """`by`: the latest local time by which a sign of being up is expected, 10:30 being what FIELD.md starts at.

    `margin`: after the 95th percentile of the learned mornings; once 14 days are learned that counts, if earlier.
    """

    by: ClockTime = time(10, 30)
    margin: Duration = HOUR


class NotUp(RuleType[NotUpParameters]):
    """Activity outside the bedroom, a door, a chair or an appliance from 05:00 on is a sign of being up.

    Before the usual hour (07:00 until that is known) bathroom and hall alone are none: people go back to bed. Fires
    once per absence: a home from which nothing at all was heard since the last time is not reported each morning. Not
    while they are out since yesterday's day or evening: that ends in the question of the rule `absence`. After a time
    of blindness the resident gets an hour to be seen before anything is concluded.
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
            state["seen"] = confirmed(state, seen, view) is not None
        if not seen.up:
            return
        if state.pop("fired", False):
            yield self.verdict("clear", view, say("not_up.up", since=seen.reading.at), at=seen.reading.at, now=now,
                               readings=(seen.reading,))  # fmt: skip

    def due(self, state: State, view: HomeView) -> Instant | None:
        """Today's limit, while nobody is up and it has not been looked at; none on days when the rule is off."""
        if view.home.mode != "at home" or view.up_at is not None or state.get("decided") == view.day_start:
            return None
        limit, _ = self._limit(view)
        if not self.parameters.active(view.home, limit):
            return None
        not_before: Instant = state.get("not_before", 0)
        moment = max(limit, not_before)
        return moment if moment <= max(limit, view.today(_LATEST)) else None

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """The limit has come."""
        limit, usual = self._limit(view)
        if view.started > limit or not state.get("seen", True):
            state["decided"] = view.day_start
            return
        fixed = view.today(self.parameters.by)
        if now < fixed and view.moved_at is not None and now < view.moved_at + _STIRRING:
            state["not_before"] = min(fixed, view.moved_at + _STIRRING)  # they stir, and the hard limit is to come
            return
        state["decided"] = view.day_start
        away = view.absence(now)
        if away is not None and not within(away.since, view.home.zone, NIGHT):
            return
        state["fired"], state["seen"] = True, False
        last = view.moved_at
        yield self.verdict("trigger", view, *self._words(view, usual, now), at=now,
                           expected_by=f"{view.wall_of(limit):%H:%M}",
                           last_movement=rfc3339(last) if last else None, last_room=view.moved_in,
                           whereabouts=view.whereabouts(now), usual=usual and usual.to_json())  # fmt: skip

    def _limit(self, view: HomeView) -> tuple[Instant, Usual | None]:
        fixed = view.today(self.parameters.by)
        usual = view.routine.first_activity(view.date)
        if usual is None:
            return fixed, None
        learned = view.today(minutes_wall(usual.high)) + self.parameters.margin
        return min(fixed, max(learned, view.early_until)), usual

    def _words(self, view: HomeView, usual: Usual | None, now: Instant) -> Iterable[Phrase]:
        yield say("not_up.not_up", by=now)
        if view.moved_at is None:
            yield say("shared.last_seen_nowhere")
        else:
            yield say("shared.last_seen", room=view.moved_in, at=view.moved_at)
        if usual is not None:
            low, high = view.today(minutes_wall(usual.low)), view.today(minutes_wall(usual.high))
            yield say("not_up.usual", low=low, high=high, days=usual.n)
        yield doors_say(view, view.day_start)
        yield self.health(view)

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:  # noqa: ARG002
        """After blindness, an hour's grace."""
        state["not_before"] = end + HOUR
