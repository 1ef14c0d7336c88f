"""A simulated life as the gateway gets it: a registered home, and its readings in order of time."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from devices.instant import DAY, MINUTE, SECOND, Instant
from devices.simulation.lives.dwelling import Dwelling
from devices.simulation.lives.life import Life
from devices.simulation.lives.sensing import Said, state_at
from gateway.model import HUB_DEVICE, Device, Flag, Home, Hub, Journaled, Reading, Room

_BEAT = 15 * MINUTE
_AT = attrgetter("at")
ACTIVITY = frozenset({"motion", "presence", "contact", "usage", "bed", "chair"})
Event = tuple[Instant, Journaled | Home]


def home_of(life: Life) -> Home:
    """The home as an installer registers it on the first day: every device heard once, nothing learned."""
    dwelling, hub = life.dwelling, life.reference.lower()
    return Home(
        life.reference,
        dwelling.zone,
        rooms=tuple(Room(name, kind) for name, kind in dwelling.rooms.items()),  # type: ignore[arg-type]
        hubs=(Hub(hub),),
        devices=tuple(
            Device(hub, one.address, one.room, one.role, None, None, one.quantities, life.start - DAY, life.start)  # type: ignore[arg-type]
            for one in dwelling.sensors
        ),
    )


@dataclass(slots=True)
class LivedHome:
    """A life, its home, and what the gateway hears of it. `equipment`: what nobody in the home causes."""

    life: Life
    home: Home
    events: list[Event]
    equipment: list[Journaled]
    activity: list[Instant]
    """When a sensor told of activity, by whatever cause."""
    misfires: list[Instant]
    """Those of them that nobody in the home caused."""
    readings: int = 0
    _equipment_at: list[Instant] = field(default_factory=list)

    def after_collapse(self, at: Instant, until: Instant, *, still_seen: bool) -> list[Journaled]:
        """What is heard after a collapse: equipment, and the end of what sensors saw.

        `still_seen`: a presence sensor goes on seeing who lies there. A bed or chair stays as it was.
        """
        first, last = bisect_right(self._equipment_at, at), bisect_right(self._equipment_at, until)
        rest = self.equipment[first:last]
        holds = {one.address: one.hold for one in self.life.dwelling.sensors}
        for (address, quantity), said in state_at(self.life.said, at).items():
            if quantity == "motion" or (quantity == "presence" and not still_seen):
                if said.value is True and holds[address] and said.person:
                    rest.append(self._entry(Said(at + min(holds[address], 90 * SECOND), address, quantity, False)))
            elif quantity == "contact" and said.value is True and at - said.at < MINUTE:
                rest.append(self._entry(Said(at + 10 * SECOND, address, quantity, False)))
        rest.sort(key=lambda entry: entry.reading.at)
        return rest

    def home_at(self, at: Instant) -> Home:
        """The home as registered at that moment."""
        return replace(self.home, mode="away" if self.life.diary.is_announced(at) else "at home")

    def _entry(self, said: Said) -> Journaled:
        return entry(said, self.home, self.life.dwelling)


def entry(said: Said, home: Home, dwelling: Dwelling) -> Journaled:
    """A reading as the journal has it."""
    device = next(one for one in home.devices if one.address == said.address)
    flags = Flag.MOMENTARY if dwelling.momentary and said.quantity == "motion" else Flag.NONE
    return Journaled(0, Reading(home.reference, device.hub, said.address, device.room, device.role, said.quantity,
                                said.value, said.at, said.at, flags))  # fmt: skip


def lived(life: Life) -> LivedHome:
    """Everything that the gateway hears in order of time; beats of the hub and changes of the mode among it."""
    home = home_of(life)
    devices = {one.address: one for one in home.devices}
    hub, reference, momentary = home.hubs[0].name, home.reference, life.dwelling.momentary
    events: list[Event] = []
    equipment: list[Journaled] = []
    for said in life.said:
        device = devices[said.address]
        flags = Flag.MOMENTARY if momentary and said.quantity == "motion" else Flag.NONE
        one = Journaled(0, Reading(reference, hub, said.address, device.room, device.role, said.quantity, said.value,
                                   said.at, said.at, flags))  # fmt: skip
        events.append((said.at, one))
        if not said.person:
            equipment.append(one)
    readings = len(events)
    for at, online in _beats(life):
        one = Journaled(0, Reading(reference, hub, HUB_DEVICE, None, None, "online", online, at, at))
        events.append((at, one))
        equipment.append(one)
    for span in life.diary.announced:
        events += [(span.start, replace(home, mode="away")), (span.end, replace(home, mode="at home"))]
    events.sort(key=lambda event: event[0])
    equipment.sort(key=lambda each: each.reading.at)
    found = LivedHome(life, home, events, equipment, _activity(life.said), [], readings,
                      [each.reading.at for each in equipment])  # fmt: skip
    found.misfires = _activity([said for said in life.said if not said.person])
    return found


def _activity(said: Sequence[Said]) -> list[Instant]:
    return [
        one.at
        for one in said
        if one.quantity in ACTIVITY and (one.value is True or one.quantity not in ("motion", "presence"))
    ]


def _beats(life: Life) -> Iterator[tuple[Instant, bool]]:
    offline = life.faults.hub_offline
    for at in range(life.start, life.end, _BEAT):
        if not any(span.start <= at < span.end for span in offline):
            yield at, True
    for span in offline:
        if life.faults.hub_tells:
            yield span.start + 2 * MINUTE, False
        yield span.end, True


def first_after(instants: Sequence[Instant], moment: Instant) -> Instant | None:
    """The first of these in order of time that is later than the moment."""
    found = bisect_right(instants, moment)
    return instants[found] if found < len(instants) else None


def last_before(instants: Sequence[Instant], moment: Instant) -> Instant | None:
    """The last of these that is not later than the moment."""
    found = bisect_left(instants, moment + 1)
    return instants[found - 1] if found else None
