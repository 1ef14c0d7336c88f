"""Rule 15: pacing at night."""

from collections.abc import Iterable

from devices.instant import HOUR, MINUTE, SECOND, Instant, rfc3339
from gateway.model import Device, Flag, Home, RuleState, Verdict
from gateway.speech import say
from gateway.watch.equipment import SEES
from gateway.watch.hours import NightParameters
from gateway.watch.parameters import Duration, Window
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen

_STAY = 10 * SECOND
"""Whoever is in a room for less only passes it, or is seen by two sensors at once."""
_QUIET = 20 * MINUTE
_EVENING = 2 * HOUR


class PacingParameters(NightParameters):
    """So many `changes` of room `within` a time; `calm`: after so long without one it is over.

    FIELD.md: 6 room changes in 20 min, 23-05.
    """

    changes: int = 6
    within: Duration = 20 * MINUTE
    calm: Duration = 30 * MINUTE
    hours: Window = "23:00-05:00"


class Pacing(RuleType[PacingParameters]):
    """From room to room at night: `changes` within `within`, by one person who is alone.

    A room counts once they have been there for ten seconds, a hall too: what is passed faster is on the way, and two
    sensors that see one place answer each other faster. Who has not been still for 20 minutes yet is getting ready
    for bed, in the first two of the hours. Half an hour without a change clears.
    """

    name = "pacing"
    concerns = "person"
    priority = 3
    on_activity = True
    Parameters = PacingParameters
    needs = "fewer than two rooms have a motion sensor"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:
        """What sees people in a room that is known."""
        return home.room_kind(device.room) != "unknown" and not (SEES - {"bed", "chair"}).isdisjoint(quantities)

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:
        """Blind where two people live, who cannot be told apart, and where there are too few rooms."""
        if view.home.occupants > 1:
            return RuleState.BLIND, "more than one person lives here, and who moves cannot be told"
        if len({device.room for device in self.devices(view)}) < 2:
            return RuleState.BLIND, self.needs
        return super().sight(view, now)

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state`: room = [where, since], before = the last that counted, changes = when, night, told = the last."""
        reading = seen.reading
        if not seen.active or reading.room is None:
            return
        if not self.parameters.counts(view.home, reading.at) or not view.alone(reading.at):
            for name in [name for name in state if name not in ("told", "not_before")]:
                del state[name]
            state["last"] = reading.at
            return
        room, since = state.get("room", (None, 0))
        if reading.at < since or reading.flags & Flag.QUEUED or view.home.mode != "at home":
            return
        self._settle(state, reading.at, view)
        self._stays(state, reading.at)
        if reading.room != room and view.home.room_kind(reading.room) != "unknown":
            state["room"] = [reading.room, reading.at]
        yield from self._judge(state, view, reading.at, now)

    def _stays(self, state: State, at: Instant) -> None:
        """Whether they have been in the room for long enough that it counts."""
        room, since = state.get("room", (None, 0))
        if room is None or at - since < _STAY or room == state.get("before"):
            return
        if "before" in state:
            state["changes"] = [*state.get("changes", []), since][-self.parameters.changes :]
            if "told" in state:
                state["told"] = since
        state["before"] = room

    def _settle(self, state: State, at: Instant, view: HomeView) -> None:
        """Whether the evening is over: it was quiet once in the hours, or they began long ago."""
        if "night" in state:
            return
        quiet = at - state["last"] >= _QUIET if "last" in state else self.parameters.counts(view.home, at - _QUIET)
        if quiet or self.parameters.counts(view.home, at - _EVENING):
            state["night"] = 1
            state.pop("last", None)
        else:
            state["last"] = at

    def _judge(self, state: State, view: HomeView, seen_at: Instant, now: Instant) -> Iterable[Verdict]:
        known = state.get("changes", [])
        at = known[-1] if known else 0
        if seen_at - at > self.parameters.within:
            state.pop("changes", None)
            return
        changes = state["changes"] = [one for one in known if one >= at - self.parameters.within]
        if len(changes) < self.parameters.changes or "told" in state or "night" not in state:
            return
        if self.sight(view, now)[0] is RuleState.BLIND:
            return
        state["told"] = at
        yield self.verdict("trigger", view,
                           say("pacing.pacing", count=len(changes), lasting=at - changes[0], since=changes[0]),
                           say("shared.last_seen", room=state["before"], at=at), self.health(view), at=at, now=now,
                           since=rfc3339(changes[0]), changes=len(changes))  # fmt: skip

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When it will have been calm for long enough, or when they have come to stay in the room that decides."""
        if "told" in state:
            return int(max(state["told"], state.get("not_before", 0))) + self.parameters.calm
        room, since = state.get("room", (None, 0))
        few = len(state.get("changes", ())) + 1 < self.parameters.changes
        if few or room == state.get("before") or "night" not in state or view.home.mode != "at home":
            return None
        return int(since) + _STAY

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """The room that decides, or calm again."""
        was_told = "told" in state
        self._stays(state, now)
        yield from self._judge(state, view, now, now)
        moment = self.due(state, view)
        if not was_told or (moment is not None and moment > now):
            return
        calm_since = now - self.parameters.calm
        for name in ("told", "changes", "not_before"):
            state.pop(name, None)
        yield self.verdict("clear", view, say("pacing.calm", since=calm_since), at=now)

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:  # noqa: ARG002
        """Nobody can say how calm it was meanwhile, nor where they went."""
        for name in ("room", "before"):
            state.pop(name, None)
        if "told" in state:
            state["not_before"] = end
