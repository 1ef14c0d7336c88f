"""Rule 1: a pendant, pull cord or panic button was used. Immediate, priority 1, never held back, not even when away."""

from collections.abc import Iterable

from devices.instant import Instant
from gateway.model import PENDANTS, Device, Flag, Home, Verdict
from gateway.speech import say
from gateway.watch.parameters import Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.urgent import circumstances, when
from gateway.watch.view import HomeView, Seen
from gateway.watch.wording import named

_EMERGENCY = frozenset({"emergency", "sos", "panic"})
_USES = {"pendant": "pressed", "pull-cord": "pulled"}


class Pendant(RuleType[Parameters]):
    """`emergency` from any device, and any action but `cancel` and `release` from a pendant or pull cord.

    Every press is a trigger. A pendant or pull cord that can only say on and off, such as a cord wired to a relay's
    input, is pressed when it goes on. A retained press is history and raises nothing; one that a hub sent again after
    a break is raised as a possible repeat; a late one is raised and says how late. `cancel` clears, and from any
    device answers what the resident was asked.
    """

    name = "pendant"
    concerns = "person"
    priority = 1
    reads = frozenset({"button", "switch"})
    needs = "no pendant, pull cord or button is registered"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:  # noqa: ARG002
        """Pendants, pull cords and whatever has a button."""
        return device.role in PENDANTS or "button" in quantities

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:  # noqa: ARG002
        """A press, or its cancellation."""
        reading, device = seen.reading, seen.device
        worn = device.role in PENDANTS
        if reading.flags & (Flag.RETAINED | Flag.DUPLICATE):
            return
        if reading.quantity == "switch" and ("button" in device.quantities or not (worn and _goes_on(seen))):
            return
        if str(reading.value).lower() == "cancel":
            if worn:
                said = say("pendant.cancelled", device=named(device), at=when(reading))
                yield self.verdict("clear", view, said, at=reading.at, now=now, subject=device.address,
                                   readings=(reading,))  # fmt: skip
            if Flag.REPLAYED not in reading.flags:  # of one from a backlog only the beginning of its time is certain
                yield self.verdict("cancel", view, at=reading.at if reading.since is None else reading.since,
                                   subject=device.address, readings=(reading,),
                                   received_at=reading.received_at)  # fmt: skip
            return
        action = "press" if reading.quantity == "switch" else str(reading.value).lower()
        if action not in _EMERGENCY and (not worn or action == "release"):
            return
        call = say("pendant." + _USES.get(device.role or "", "called"), device=named(device), room=reading.room,
                   at=when(reading))  # fmt: skip
        yield self.verdict("trigger", view, call, *circumstances(view, call, reading), at=reading.at, now=now,
                           subject=device.address, readings=(reading,), received_at=reading.received_at,
                           action=action, possible_repeat=bool(reading.flags & Flag.REPLAYED))  # fmt: skip


def _goes_on(seen: Seen) -> bool:
    """Off before and on now; one that never says off goes on each time. What we hear first may long have been so."""
    if seen.reading.value is not True or not seen.live:
        return False
    return seen.before is False or Flag.MOMENTARY in seen.reading.flags
