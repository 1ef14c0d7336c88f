"""Rule 7: left home at night and not returned."""

from collections.abc import Iterable

from devices.instant import MINUTE, Instant, rfc3339
from gateway.model import EXTERIOR_DOORS, Device, Home, RuleState, Verdict
from gateway.speech import Phrase, say
from gateway.watch.equipment import SEES
from gateway.watch.heard import LOOK_AGAIN, heard_lately
from gateway.watch.hours import NightParameters
from gateway.watch.parameters import Duration
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen
from gateway.watch.whereabouts import DOOR_EPISODE, EXIT_BY_DAY, EXIT_BY_NIGHT


class LeftAtNightParameters(NightParameters):
    """`after`: how long after leaving they should be back.

    FIELD.md: an exit is a door and then no movement for 15 min by night (Just Checking's delay after leaving, MySense's
    50 min by day); alert if not back after 20 min in 22-06.
    """

    after: Duration = 20 * MINUTE


class LeftAtNight(RuleType[LeftAtNightParameters]):
    """An outside door moves in `hours`, nothing moves inside after it, and nobody is back when `after` has passed.

    Movement after the door means that nobody left; a lone firing is no coming back. Where more than one person may be
    in (two residents, or a visitor seen lately), any firing at all means that somebody is there, and so long as by day
    is given: a visitor leaves, and who stays sits still. Whoever left before the hours is not asked about.
    """

    name = "left_at_night"
    concerns = "person"
    priority = 2
    reads = frozenset({"contact"})
    on_activity = True
    concludes_from_absence = True
    Parameters = LeftAtNightParameters
    needs = "no outside door has a sensor"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:  # noqa: ARG002
        """Outside doors, and what could see that somebody is in."""
        return device.role in EXTERIOR_DOORS or not SEES.isdisjoint(quantities)

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:
        """Blind without a door that is heard, or without anything that sees people."""
        doors = [device for device in view.home.devices if device.role in EXTERIOR_DOORS]
        if not doors:
            return RuleState.BLIND, self.needs
        if all(device.address in view.unhealthy for device in doors):
            return RuleState.BLIND, "nothing is heard from the outside doors"
        if len(doors) == len(self.devices(view)):
            return RuleState.BLIND, "no sensor could show that somebody is in"
        state, reason = super().sight(view, now)
        if state is RuleState.ARMED and view.home.occupants > 1:
            return RuleState.DEGRADED, "more than one person lives here: somebody may be in while another has left"
        return state, reason

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Somebody is back. `state`: out = since when they are missed, back = when they came in."""
        if not seen.active:
            return
        if state:
            state.pop("unseen", None)
            state.pop("not_before", None)
        if "out" not in state or seen.reading.at <= state["out"]:
            return
        reading, left = seen.reading, state["out"]
        by_door = reading.quantity == "contact" and seen.device.role in EXTERIOR_DOORS
        if not by_door and view.left() is not None:
            return
        del state["out"]
        if by_door:
            state["back"] = reading.at
        said = say("left_at_night.door", at=reading.at) if by_door else say("left_at_night.moved", room=reading.room,
                                                                            at=reading.at)  # fmt: skip
        yield self.verdict("clear", view, said, say("left_at_night.was_out", lasting=reading.at - left),
                           at=reading.at, now=now, readings=(reading,))  # fmt: skip

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When somebody who has left should be back; None while nobody has left in the hours."""
        if "out" in state or view.home.mode != "at home" or (left := self._left(state, view)) is None:
            return None
        after = max(self.parameters.after, EXIT_BY_NIGHT)
        if not view.alone(left):
            if _lone_firing(view, left) is not None:
                return None
            after = max(after, EXIT_BY_DAY)
        return int(max(left + after + state.get("unseen", 0), state.get("not_before", 0), view.held_until()))

    def _left(self, state: State, view: HomeView) -> Instant | None:
        """When somebody left in the hours, if nothing has said since then that anybody is in."""
        at = view.door_at
        if at is None or (view.moved_at is not None and view.moved_at >= at) or at <= (view.base or 0):
            return None  # what was drained from a backlog may be of one instant: the movement came with the door
        if at <= state.get("back", 0) + DOOR_EPISODE or not self.parameters.counts(view.home, at):
            return None
        left = view.left()
        return at if left is not None and left.seen and view.resting_since() is None else None

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Nobody is back."""
        due, left = self.due(state, view), view.door_at
        if due is None or due > now or left is None:
            return
        if not heard_lately(view, now):
            state["not_before"] = now + LOOK_AGAIN
            return
        state["out"] = left
        state.pop("back", None)
        yield self.verdict("trigger", view, *self._words(state, view, left, now), at=now, left_at=rfc3339(left),
                           last_room=view.moved_in, weak_sign=_lone_firing(view, left) is not None,
                           assumed="nobody is in: a door moved, and nothing inside after it")  # fmt: skip

    def _words(self, state: State, view: HomeView, left: Instant, now: Instant) -> Iterable[Phrase]:
        yield say("left_at_night.gone", since=left, lasting=now - left)
        if view.moved_at is not None:
            yield say("shared.last_seen", room=view.moved_in, at=view.moved_at)
        if (lone := _lone_firing(view, left)) is not None:
            yield say("left_at_night.weak", at=lone)
        if not view.alone(left):
            yield say("left_at_night.others")
        if state.get("unseen"):
            yield say("inactivity.unseen", lasting=state["unseen"])
        yield self.health(view)

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:
        """Time in which nobody could be seen coming back is not held against them."""
        if end > start:
            state["unseen"] = state.get("unseen", 0) + end - start
            state["not_before"] = end + EXIT_BY_NIGHT


def _lone_firing(view: HomeView, left: Instant) -> Instant | None:
    """The first firing since they left that is too little to prove that somebody is in."""
    return next((at for at, _ in view.weak if at > left), None)
