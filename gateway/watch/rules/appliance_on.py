"""Rule 13, second half: the cooker is on, and nobody has been in the kitchen for long."""

from collections.abc import Iterable
from typing import Literal

from devices.instant import HOUR, MINUTE, Instant, rfc3339
from gateway.model import Device, Flag, Home, RuleState, Verdict
from gateway.speech import say
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.registered import is_news, owner
from gateway.watch.rule import RuleType, State, confirmed
from gateway.watch.usage import CYCLE, as_usage
from gateway.watch.view import HomeView, Seen
from gateway.watch.wording import device_name, in_words, named

_TELLS = frozenset({"usage", "power"})
_LOOKS = frozenset({"motion", "presence"})
_AT_ONCE: Instant = 0
_FORGOTTEN_AFTER = 12 * HOUR


class ApplianceOnParameters(Parameters):
    """`after`: how long it may be on without anybody in its room (FIELD, rule 13); `roles`: which appliances."""

    after: Duration = 60 * MINUTE
    roles: tuple[Literal["cooker", "microwave", "kettle"], ...] = ("cooker",)


class ApplianceOn(RuleType[ApplianceOnParameters]):
    """On for `after` while nobody was seen in its room. It is off, or somebody is there again: cleared.

    Off for less than ten minutes is a thermostat at work. Of an appliance whose plug is not heard nothing is known, nor
    of one in whose room nothing could see anybody. Time in which we could not see is not counted.
    """

    name = "appliance_on"
    concerns = "person"
    priority = 2
    reads = _TELLS | {"presence"}
    on_any_word = True
    Parameters = ApplianceOnParameters
    needs = "no cooker tells whether it is on"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:
        """The appliances, and what sees people in their rooms."""
        if self._is_appliance(device, quantities):
            return True
        return not _LOOKS.isdisjoint(quantities) and any(
            device.room in _rooms(one, home)
            for one in home.devices
            if self._is_appliance(one, frozenset(one.quantities))
        )

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:  # noqa: ARG002
        """Blind where no appliance can be watched together with its room."""
        appliances = [one for one in view.home.devices if self._is_appliance(one, frozenset(one.quantities))]
        if not appliances:
            return RuleState.BLIND, self.needs
        unseen = [one for one in appliances if not self._can_watch(one, view)]
        if not unseen:
            return RuleState.ARMED, "the appliance and its room can be seen"
        names = in_words(sorted({device_name(one) for one in unseen})[:4])
        reason = f"nothing is heard from {names}, or no sensor sees who is there"
        return (RuleState.BLIND if len(unseen) == len(appliances) else RuleState.DEGRADED), reason

    def awaits_word(self, state: State) -> bool:
        """Movement in the room may clear."""
        return bool(state.get("told"))

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state`: on: {appliance: [since, off since or None]}, told: [appliance], gap: [start, end]."""
        reading = seen.reading
        if self._is_appliance(seen.device, _TELLS) and reading.quantity in _TELLS:
            if (reading.flags == 0 or not reading.flags & Flag.MOMENTARY) and is_news(seen, view):
                self._switched(state, seen, now)
        elif seen.active and (minded := self._minded(state, reading.room, view)):
            if (since := confirmed(state, seen, view)) is None:
                return
            for address in minded:
                self._forget(state, address)
                yield self.verdict("clear", view, say("appliance_on.seen", room=reading.room, since=since),
                                   at=since, now=now, subject=address, readings=(reading,))  # fmt: skip

    def _minded(self, state: State, room: str | None, view: HomeView) -> list[str]:
        """Of those told of, the ones that somebody in the room minds."""
        devices = {address: owner(address, view.home) for address in state.get("told", ())}
        return [address for address, one in devices.items() if one is not None and room in _rooms(one, view.home)]

    def _switched(self, state: State, seen: Seen, now: Instant) -> None:
        address, at = seen.reading.device, seen.reading.at if seen.live else now
        entry = state.get("on", {}).get(address)
        if as_usage(seen.reading, seen.device)[1] is True:
            if entry is None or (entry[1] is not None and at - entry[1] >= CYCLE):
                state.setdefault("on", {})[address] = [at, None]
            else:
                entry[1] = None
        elif entry is not None and entry[1] is None:
            entry[1] = at

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When the first of those that are on has been so for too long, or is off for good."""
        return min((moment for _, moment in self._pending(state, view)), default=None)

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """On for too long, or off for good."""
        for address, moment in list(self._pending(state, view)):
            if moment > now:
                continue
            since, off = state["on"][address]
            device = owner(address, view.home)
            if device is None or off is not None:
                del state["on"][address]
                if address in state.get("told", ()):
                    self._forget(state, address)
                    if device is not None:
                        yield self.verdict("clear", view, say("appliance_on.off", device=named(device), at=off),
                                           at=off, now=now, subject=address)  # fmt: skip
                if not state["on"]:
                    state.pop("gap", None)
                continue
            state.setdefault("told", []).append(address)
            seen_at = _seen_at(device, view)
            nobody = None if seen_at <= since else say("appliance_on.nobody", room=device.room, since=seen_at)
            yield self.verdict(
                "trigger", view, say("appliance_on.on", device=named(device), since=since, lasting=now - since),
                nobody or say("appliance_on.nobody_since", room=device.room),
                say("appliance_on.out") if view.whereabouts(now) == "out" else None,
                say("appliance_on.look"), self.health(view), at=now, subject=address, on_since=rfc3339(since),
                whereabouts=view.whereabouts(now),
            )  # fmt: skip

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:
        """Time in which we could not see who was there; after half a day nobody knows what is still on."""
        if end - start >= _FORGOTTEN_AFTER:
            state.pop("on", None)
            state.pop("gap", None)
        if state.get("on"):
            before, until = state.get("gap", (start, start))
            state["gap"] = [start - (until - before), end]

    def _pending(self, state: State, view: HomeView) -> Iterable[tuple[str, Instant]]:
        for address, (since, off) in state.get("on", {}).items():
            device = owner(address, view.home)
            if device is None:
                yield address, _AT_ONCE
            elif off is not None:
                yield address, off + CYCLE
            elif (
                address not in state.get("told", ())
                and view.home.mode == "at home"
                and self._can_watch(device, view)
                and not _is_there(device, view)
            ):
                base = max(since, _seen_at(device, view))
                start, end = state.get("gap", (base, base))
                yield address, base + self.parameters.after + max(0, end - max(start, base))

    def _is_appliance(self, device: Device, quantities: frozenset[str]) -> bool:
        return device.role in self.parameters.roles and not _TELLS.isdisjoint(quantities)

    def _can_watch(self, device: Device, view: HomeView) -> bool:
        rooms = _rooms(device, view.home)
        return device.address not in view.unhealthy and any(
            one.room in rooms and one.address not in view.unhealthy and not _LOOKS.isdisjoint(one.quantities)
            for one in view.home.devices
        )

    def _forget(self, state: State, address: str) -> None:
        state["told"].remove(address)
        for name in ("sign", "any_sign"):
            state.pop(name, None)


def _rooms(device: Device, home: Home) -> list[str | None]:
    """Where somebody who minds the appliance is: its room, or the kitchen where it has none."""
    return [device.room] if device.room else [room.name for room in home.rooms if room.kind == "kitchen"]


def _seen_at(device: Device, view: HomeView) -> Instant:
    visits = view.visits.rooms
    seen = [visits[room].last for room in _rooms(device, view.home) if room in visits]
    return max([*seen, *(at for value, at in _presences(device, view) if not value)], default=0)


def _is_there(device: Device, view: HomeView) -> bool:
    """Whether a presence sensor in its room says so."""
    return any(value for value, _ in _presences(device, view))


def _presences(device: Device, view: HomeView) -> Iterable[tuple[bool, Instant]]:
    """What the presence sensors of its room say, and since when."""
    rooms = _rooms(device, view.home)
    return (
        (value, at)
        for one in view.home.devices
        if one.room in rooms and one.address not in view.unhealthy and one.address in view.devices
        for name, (value, at) in view.devices[one.address].values.items()
        if name.endswith("presence")
    )
