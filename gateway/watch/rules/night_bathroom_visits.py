"""Rule 11: many visits to the bathroom at night."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from devices.instant import DAY, HOUR, MINUTE, Instant
from gateway.localtime import local_date, next_local, parse_window
from gateway.model import Device, Home, Verdict
from gateway.speech import say
from gateway.watch.episodes import VISIT_GAP
from gateway.watch.equipment import SEES
from gateway.watch.parameters import Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen

_NIGHTS = 3
_UNSEEN_TOO_LONG = HOUR
_UNSEEN_WAY = 30 * MINUTE
"""Without a sign from elsewhere between them, firings further apart than this are two visits: one washes in between."""


class NightBathroomVisitsParameters(Parameters):
    """More than the usual median and `above` more, and `at_least` so many, in `nights` of the last three (FIELD.md)."""

    above: int = 3
    at_least: int = 4
    nights: int = 2


class NightBathroomVisits(RuleType[NightBathroomVisitsParameters]):
    """More visits to the bathroom than usual in two of three nights: told in the morning, for the digest.

    Visits are counted, five minutes apart, in the resident's own night, and not firings. A night like others clears.
    """

    name = "night_bathroom_visits"
    concerns = "person"
    priority = 4
    on_activity = True
    learns = True
    Parameters = NightBathroomVisitsParameters
    needs = "no bathroom has a motion sensor"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:
        """What sees people in a bathroom."""
        return home.room_kind(device.room) == "bathroom" and not SEES.isdisjoint(quantities)

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:  # noqa: ARG002
        """`state`: night = [end, visits, last activity in a bathroom, elsewhere since], many = such nights, told."""
        at, night = seen.reading.at, state.get("night")
        if not seen.active or view.home.mode != "at home":
            return ()
        if night is None or at > night[0]:
            if seen.entered and self._is_bathroom(seen, view) and view.is_night(at):
                state["night"] = [self._end(at, view), 1, at, 0]
        elif self._is_bathroom(seen, view):
            night[1] += int(at - night[2] > (VISIT_GAP if night[3] else _UNSEEN_WAY))
            night[2:] = [max(night[2], at), 0]
        else:
            night[3] = 1
        return ()

    def _is_bathroom(self, seen: Seen, view: HomeView) -> bool:
        return view.home.room_kind(seen.reading.room) == "bathroom"

    def _end(self, moment: Instant, view: HomeView) -> Instant:
        return next_local(moment, view.home.zone, parse_window(view.night_hours).end)

    def due(self, state: State, view: HomeView) -> Instant | None:  # noqa: ARG002
        """The end of the night in which somebody went, and of each while something is raised."""
        return state["night"][0] if "night" in state else state.get("look")

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """The night is over."""
        end, count, *_ = state.pop("night", [now, 0])
        state.pop("look", None)
        unseen = state.pop("unseen", 0) >= _UNSEEN_TOO_LONG
        evening = local_date(end - DAY // 2, view.home.zone)
        usual = view.routine.visits("bathroom", evening)
        if usual is None:
            return
        many = [day for day in state.pop("many", []) if day > evening.toordinal() - _NIGHTS]
        above = count > usual.median + self.parameters.above and count >= self.parameters.at_least
        if above:
            many.append(evening.toordinal())
        if many:
            state["many"] = many
        if above and len(many) >= self.parameters.nights:
            if not state.get("told"):
                state["told"] = True
                yield self.verdict("trigger", view,
                                   say("night_bathroom_visits.many", count=count),
                                   say("night_bathroom_visits.nights", count=len(many)),
                                   say("night_bathroom_visits.usual", usual=usual.to_json()),
                                   self.health(view), at=now, visits=count, nights=_dates(many),
                                   usual=usual.to_json())  # fmt: skip
        elif state.get("told") and not above and not unseen and view.home.mode == "at home":
            del state["told"]
            yield self.verdict("clear", view, say("night_bathroom_visits.fewer", count=count), at=now, visits=count)
        if state.get("told"):
            state["look"] = self._end(now + DAY // 2, view)

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:
        """A night that was not seen was neither like others nor unlike them."""
        if "night" in state or "told" in state:
            state["unseen"] = state.get("unseen", 0) + end - start


def _dates(days: list[int]) -> list[Any]:
    return [(date.min + timedelta(days=day - 1)).isoformat() for day in days]
