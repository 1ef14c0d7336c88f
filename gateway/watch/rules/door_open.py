"""Rule 6: an exterior door left open."""

from collections.abc import Iterable

from devices.instant import MINUTE, Instant, rfc3339
from gateway.localtime import next_local, parse_window, within
from gateway.model import EXTERIOR_DOORS, Device, Flag, Home, Priority, Verdict
from gateway.speech import say
from gateway.watch.parameters import Duration, Parameters, Window
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen
from gateway.watch.whereabouts import NIGHT
from gateway.watch.wording import named


class DoorOpenParameters(Parameters):
    """How long an exterior door may stand open by day and by night, and which hours are the night."""

    by_day: Duration = 10 * MINUTE
    by_night: Duration = 3 * MINUTE
    night: Window = NIGHT


class DoorOpen(RuleType[DoorOpenParameters]):
    """Opened and not closed for `by_day`, or for `by_night` at night: a trigger, priority 2 by night and 3 by day.

    A door whose sensor fell silent is unknown, not open, and time in which nothing was heard does not count. A door
    found open (retained, or after a restart without memory) counts from the moment we learned of it. Closing clears.
    """

    name = "door_open"
    concerns = "home"
    priority = 3
    reads = frozenset({"contact"})
    rests_on_quiet = False
    Parameters = DoorOpenParameters
    needs = "no outside door has a sensor"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:  # noqa: ARG002
        """Exterior doors, by their role."""
        return device.role in EXTERIOR_DOORS

    def begin(self, state: State, view: HomeView, now: Instant) -> None:
        """Doors that stand open already count from now."""
        for device in self.devices(view):
            known = view.devices.get(device.address)
            if known is not None and known.values.get("contact", [False])[0]:
                state[device.address] = [now, False]

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """A door opens or closes. `state`: address -> [opened at, whether it was raised, time unheard since]."""
        reading, device = seen.reading, seen.device
        if device.role not in EXTERIOR_DOORS or reading.flags & (Flag.DUPLICATE | Flag.MOMENTARY):
            return  # a sensor that never says that the door was closed cannot tell for how long it is open
        known = view.devices[device.address].values.get("contact", [reading.value, reading.at])
        if reading.device == device.address and known[1] > reading.at:
            return  # an older word than the one we have
        if reading.value is True:
            state.setdefault(reading.device, [reading.at, False])
        elif (entry := state.pop(reading.device, None)) is not None and entry[1]:
            yield self.verdict("clear", view, say("door_open.closed", door=named(device), at=reading.at),
                               say("door_open.was_open", lasting=reading.at - entry[0]), at=reading.at, now=now,
                               subject=reading.device, readings=(reading,))  # fmt: skip

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When the first door that is open has been so for too long."""
        return min((limit for _, limit in self._limits(state, view)), default=None)

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Some door has been open for too long."""
        for address, limit in list(self._limits(state, view)):
            if limit > now:
                continue
            opened = state[address][0]
            state[address] = [opened, True]
            device = next(device for device in view.home.devices if _is(device, address))
            at_night = within(now, view.home.zone, self.parameters.night)
            priority: Priority = 2 if at_night else 3
            quiet = view.moved_at is None or view.moved_at < opened
            inside = say("door_open.quiet") if quiet else say("shared.last_seen", room=view.moved_in, at=view.moved_at)
            yield self.verdict("trigger", view,
                               say("door_open.open", door=named(device), since=opened, lasting=now - opened), inside,
                               self.health(view), at=now, subject=address, priority=priority,
                               open_since=rfc3339(opened), at_night=at_night)  # fmt: skip

    def _limits(self, state: State, view: HomeView) -> Iterable[tuple[str, Instant]]:
        for address, (opened, raised, *unheard) in state.items():
            healthy = any(_is(device, address) and device.address not in view.unhealthy for device in view.home.devices)
            if not raised and healthy:
                yield address, self._limit(opened + sum(unheard), view)

    def _limit(self, opened: Instant, view: HomeView) -> Instant:
        """The day's limit, or the night's if that comes first and falls in the night."""
        zone, night = view.home.zone, self.parameters.night
        by_night = opened + self.parameters.by_night
        if not within(by_night, zone, night):
            by_night = next_local(by_night, zone, parse_window(night).start)
        return min(opened + self.parameters.by_day, by_night)

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:
        """It may have been closed and opened again meanwhile."""
        for address, (opened, raised, *unheard) in state.items():
            state[address] = [opened, raised, sum(unheard) + end - max(start, opened)]


def _is(device: Device, address: str) -> bool:
    return address == device.address or address.startswith(device.address + "/")
