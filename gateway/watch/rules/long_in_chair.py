"""Rule 16: in the chair for too long."""

from collections.abc import Iterable

from devices.instant import HOUR, MINUTE, Instant, rfc3339
from gateway.localtime import next_local, parse_window
from gateway.model import Device, Flag, Verdict
from gateway.speech import say
from gateway.watch.equipment import SEES
from gateway.watch.heard import LOOK_AGAIN, heard_lately
from gateway.watch.pads import last_said, pad_of
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen
from gateway.watch.wording import named

_SITS_DOWN = MINUTE
"""Movement elsewhere so soon after is the way to the chair, told late."""


class LongInChairParameters(Parameters):
    """`after`: how long somebody may sit, by day; FIELD.md starts at 4 h."""

    after: Duration = 4 * HOUR


class LongInChair(RuleType[LongInChairParameters]):
    """A chair has been occupied for `after` by day; what was sat of the night before does not count.

    A cushion holds a pad down: when the resident is seen in another room meanwhile, the pad is not believed until it
    says that the chair is empty. Getting up clears.
    """

    name = "long_in_chair"
    concerns = "person"
    priority = 3
    reads = frozenset({"chair"})
    on_activity = True
    Parameters = LongInChairParameters
    needs = "no chair has a sensor"

    def begin(self, state: State, view: HomeView, now: Instant) -> None:
        """Who sits already is counted from now."""
        for device in self.devices(view):
            known = view.devices.get(device.address)
            if known is not None and known.values.get("chair", [False])[0]:
                state[device.address] = [now, False]

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state`: by chair [since when, whether raised], or [] while its pad is not believed."""
        if seen.reading.quantity == "chair":
            yield from self._chair(state, seen, view, now)
        elif state and seen.active and seen.reading.room is not None and view.alone(seen.reading.at):
            yield from self._elsewhere(state, seen, view, now)

    def _chair(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        reading = seen.reading
        if not seen.live or reading.flags & Flag.MOMENTARY:
            return  # a pad that never says that somebody got up cannot tell how long they sat
        if last_said(view, seen.device, reading.device, "chair")[1] > reading.at:
            return  # an older word than the one we have
        if reading.value is True:
            state.setdefault(reading.device, [self._day(reading.at, view), False])
        elif (entry := state.pop(reading.device, None)) and entry[1]:
            yield self._over("long_in_chair.up", reading.device, entry[0], seen, view, now)

    def _elsewhere(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        for address, entry in list(state.items()):
            if not entry or seen.reading.at <= entry[0] + _SITS_DOWN:
                continue
            device = pad_of(view.home.devices, address)
            if device is None or device.room == seen.reading.room:
                continue
            state[address] = []
            if entry[1]:
                yield self._over("long_in_chair.elsewhere", address, entry[0], seen, view, now)

    def _over(self, key: str, address: str, since: Instant, seen: Seen, view: HomeView, now: Instant) -> Verdict:
        at = seen.reading.at
        return self.verdict("clear", view, say(key, at=at, room=seen.reading.room),
                            say("long_in_chair.sat", lasting=at - since), at=at, now=now, subject=address,
                            readings=(seen.reading,))  # fmt: skip

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When the first who sits has done so for too long."""
        if not state or view.home.mode != "at home":
            return None
        return min((limit for _, limit in self._limits(state, view)), default=None)

    def _limits(self, state: State, view: HomeView) -> Iterable[tuple[str, Instant]]:
        for address, entry in state.items():
            device = pad_of(view.home.devices, address) if entry and not entry[1] else None
            if device is None or device.address in view.unhealthy:
                continue
            yield address, max(entry[0], view.base or 0) + self.parameters.after

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Somebody has sat for too long, or the night has come."""
        for address, limit in list(self._limits(state, view)):
            if limit > now:
                continue
            entry, device = state[address], pad_of(view.home.devices, address)
            if device is None or not last_said(view, device, address, "chair")[0]:
                del state[address]  # a state that was sent again said so
            elif view.is_night(now):
                entry[0] = self._day(now, view)
            elif not heard_lately(view, now):
                entry[0] += LOOK_AGAIN
            else:
                entry[1] = True
                yield self.verdict("trigger", view,
                                   say("long_in_chair.sits", chair=named(device), room=device.room, since=entry[0],
                                       lasting=now - entry[0]),
                                   say("long_in_chair.nowhere_else") if self._sees_elsewhere(device, view) else None,
                                   self.health(view), at=now, subject=address,
                                   since=rfc3339(entry[0]))  # fmt: skip

    def _sees_elsewhere(self, chair: Device, view: HomeView) -> bool:
        """Whether they would have been seen in another room, and nobody else."""
        eyes = (one for one in view.home.devices if one.address not in view.unhealthy and one.room != chair.room)
        return view.home.occupants == 1 and any(not SEES.isdisjoint(one.quantities) for one in eyes)

    def _day(self, moment: Instant, view: HomeView) -> Instant:
        """The moment, or in the night its end."""
        if not view.is_night(moment):
            return moment
        return next_local(moment, view.home.zone, parse_window(view.night_hours).end)

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:
        """Time in which the pad could not be heard is not time in the chair."""
        for entry in state.values():
            if entry and not entry[1]:
                entry[0] += end - start
