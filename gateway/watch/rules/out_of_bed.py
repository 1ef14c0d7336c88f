"""Rule 8: out of bed too long at night."""

from collections.abc import Iterable

from devices.instant import DAY, HOUR, MINUTE, Instant, rfc3339
from gateway.model import Device, Flag, Verdict
from gateway.speech import Phrase, say
from gateway.watch.equipment import SEES
from gateway.watch.heard import LOOK_AGAIN, heard_lately
from gateway.watch.hours import NightParameters
from gateway.watch.pads import last_said, pad_of
from gateway.watch.parameters import Duration
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen

_DROP_OUT = 5 * MINUTE
"""A pad that says `occupied` again so soon never said anything else."""
_STIRS = 2 * MINUTE
"""Who gets up moves, and a sensor that looks at the bed sees it so long before the pad notices or sooner."""
_GRACE = 15 * MINUTE
_MORE = 10 * MINUTE
_KNOWN_AT_MOST = 2 * HOUR
_FORGETS = 32
"""The longest time up and about that is known shrinks by this part each time they get up."""
_LEFT_BY_ITSELF, _MOVED, _ELSEWHERE = 0, 1, 2


class OutOfBedParameters(NightParameters):
    """`after`: how long out of bed is too long; `longer`: added once where there is movement in another room.

    FIELD.md: 30 min and 20 min once, from 45 min in 22-06 (GrandCare) and an extension on movement (Tunstall).
    """

    after: Duration = 30 * MINUTE
    longer: Duration = 20 * MINUTE


class OutOfBed(RuleType[OutOfBedParameters]):
    """Left the bed in `hours` and not back when `after` has passed, or `after` and `longer` if they moved elsewhere.

    A pad that drops out is not believed: neither where it says `occupied` again within five minutes, nor where a
    sensor that looks at the bed saw nobody stir, in a home in which sensors see people often. Back in bed clears, or
    movement in another room when the night is over. A pad that cannot be heard is blind, not empty. Who was up and
    about for longer and went back by themselves is given a quarter more than that and ten minutes the next time they
    are seen elsewhere.
    """

    name = "out_of_bed"
    concerns = "person"
    priority = 2
    reads = frozenset({"bed"})
    on_activity = True
    Parameters = OutOfBedParameters
    needs = "no bed has a sensor"

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state`: out = by pad [since when, how sure], told = since when of what was raised."""
        if seen.reading.quantity == "bed":
            yield from self._bed(state, seen, view, now)
        elif state and seen.active:
            yield from self._stirs(state, seen, view, now)

    def _bed(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        reading = seen.reading
        if (
            not seen.live
            or reading.flags & Flag.MOMENTARY
            or last_said(view, seen.device, reading.device, "bed")[1] > reading.at
        ):
            return
        if reading.value is True:
            self._learn(state, reading.at)
            if view.home.occupants == 1:
                state.pop("out", None)
            elif state.get("out", {}).pop(reading.device, None) is not None and not state["out"]:
                del state["out"]
            yield from self._over(state, view, "out_of_bed.back", seen, now)
        elif seen.before is True and self.parameters.counts(view.home, reading.at):
            if view.home.occupants == 1 and view.resting_since("bed") is not None:
                return  # the other half of the bed
            if "out" not in state:
                state.pop("unseen", None)
                state.pop("not_before", None)
            sure = _MOVED if self._stirred(seen.device, reading.at, view) else _LEFT_BY_ITSELF
            state.setdefault("out", {})[reading.device] = [reading.at, sure]

    def _learn(self, state: State, at: Instant) -> None:
        """How long they were up and about before they went back by themselves; an old longest time fades."""
        spells = [at - since for since, sure in state.get("out", {}).values() if sure == _ELSEWHERE]
        spells += [at - state["about"]] if "about" in state else []
        if spells and max(spells) <= _KNOWN_AT_MOST:
            known = state.get("known", 0)
            state["known"] = max(*spells, known - known // _FORGETS)

    def _stirs(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        reading, out = seen.reading, state.get("out", {})
        if not out and "told" not in state:
            return
        elsewhere = reading.room is not None and view.home.room_kind(reading.room) != "bedroom"
        if elsewhere and self._is_up(state.get("told", min((one[0] for one in out.values()), default=0)), view):
            state.pop("out", None)
            yield from self._over(state, view, "out_of_bed.up", seen, now)
            return
        for entry in out.values():
            since, sure = entry
            if reading.at >= since - _STIRS and (sure or reading.at <= since + _DROP_OUT):
                entry[1] = _ELSEWHERE if elsewhere and reading.at >= since else max(sure, _MOVED)

    def _over(self, state: State, view: HomeView, key: str, seen: Seen, now: Instant) -> Iterable[Verdict]:
        state.pop("unseen", None)
        state.pop("not_before", None)
        state.pop("about", None)
        if (since := state.pop("told", None)) is None:
            return
        at = seen.reading.at
        yield self.verdict("clear", view, say(key, at=at), say("out_of_bed.was_out", lasting=at - since), at=at,
                           now=now, readings=(seen.reading,))  # fmt: skip

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When the first who left a bed should be back."""
        if "out" not in state or view.home.mode != "at home":
            return None
        return min((self._limit(state, *entry) for entry in state["out"].values()), default=None)

    def _limit(self, state: State, since: Instant, sure: int) -> Instant:
        length = self.parameters.after
        if sure == _ELSEWHERE:
            length = max(length + self.parameters.longer, state.get("known", 0) * 5 // 4 + _MORE)
        return int(max(since + length + state.get("unseen", 0), state.get("not_before", 0)))

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Somebody is out of bed for too long, if the pad is to be believed."""
        if not heard_lately(view, now):
            state["not_before"] = now + LOOK_AGAIN
            return
        for address, (since, sure) in list(state["out"].items()):
            if self._limit(state, since, sure) > now:
                continue
            del state["out"][address]
            if since <= (view.base or 0) or not self._believed(address, since, sure, view, now):
                continue
            state.setdefault("told", since)
            if sure == _ELSEWHERE:
                state.setdefault("about", since)
            yield self.verdict("trigger", view, *self._words(state, view, since, now), at=now,
                               out_since=rfc3339(since), extended=sure == _ELSEWHERE,
                               last_room=view.moved_in, whereabouts=view.whereabouts(now))  # fmt: skip
        if not state["out"]:
            del state["out"]

    def _believed(self, address: str, since: Instant, sure: int, view: HomeView, now: Instant) -> bool:
        """Whether the bed is empty and nobody is simply up."""
        device = pad_of(view.home.devices, address)
        if device is None or device.address in view.unhealthy or last_said(view, device, address, "bed")[0]:
            return False
        if sure == _ELSEWHERE and (self._is_up(since, view) or (view.routine.ready and not view.is_night(now))):
            return False
        return sure != _LEFT_BY_ITSELF or not view.lone_is_weak() or not _watchers(device, view)

    def _words(self, state: State, view: HomeView, since: Instant, now: Instant) -> Iterable[Phrase]:
        yield say("out_of_bed.out", since=since, lasting=now - since)
        if view.moved_at is not None and view.moved_at > since:
            yield say("shared.last_seen", room=view.moved_in, at=view.moved_at)
        else:
            yield say("out_of_bed.nothing_else")
        if view.absence(now) is not None:
            yield say("out_of_bed.gone_out", since=view.door_at or since)
        if state.get("unseen"):
            yield say("inactivity.unseen", lasting=state["unseen"])
        yield self.health(view)

    def _is_up(self, since: Instant, view: HomeView) -> bool:
        """Whether the night is over: they are up for the day, and it began after they left the bed."""
        return view.up_at is not None and since < view.day_start + DAY // 2

    def _stirred(self, bed: Device, at: Instant, view: HomeView) -> bool:
        """Whether something that looks at the bed saw movement when it was left."""
        for device in _watchers(bed, view):
            known = view.devices[device.address]
            for name, (value, changed) in known.values.items():
                if name.endswith(("motion", "presence")) and name in known.clears and (value or changed >= at - _STIRS):
                    return True
        return False

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:
        """Time in which the pad could not be heard is not time out of bed."""
        if "out" in state:
            state["unseen"] = state.get("unseen", 0) + end - start
            state["not_before"] = end + _GRACE


def _watchers(bed: Device, view: HomeView) -> list[Device]:
    """Sensors that are heard, and see movement in the room of the bed."""
    return [
        device
        for device in view.home.devices
        if device.room == bed.room
        and device.room is not None
        and not (SEES - {"bed", "chair"}).isdisjoint(device.quantities)
        and device.address not in view.unhealthy
        and device.address in view.devices
    ]
