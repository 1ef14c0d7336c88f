"""Rule 1: a pendant, pull cord or panic button was used. Immediate, priority 1, never held back, not even when away."""

from collections.abc import Iterable

from devices.instant import Instant
from gateway.model import PENDANTS, Device, Flag, Home, Verdict
from gateway.watch.parameters import Parameters
from gateway.watch.rule import RuleType, State, arrival_words, when_words
from gateway.watch.urgent import also_urgent
from gateway.watch.view import HomeView, Seen
from gateway.watch.wording import device_name, room_name, sentence

_EMERGENCY = frozenset({"emergency", "sos", "panic"})


class Pendant(RuleType[Parameters]):
    """`emergency` from any device, and any action but `cancel` and `release` from a pendant or pull cord.

    Every press is a trigger. A pendant or pull cord that can only say on and off, such as a cord wired to a relay's
    input, is pressed when it goes on. A retained press is history and raises nothing; one that a hub sent again after
    a break is raised as a possible repeat; a late one is raised and says how late. `cancel` clears.
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
        when = when_words(reading, view)
        if str(reading.value).lower() == "cancel":
            if worn:
                yield self.verdict("clear", view, sentence(f"the {device_name(device)} was cancelled {when}"),
                                   at=reading.at, subject=device.address, readings=(reading,))  # fmt: skip
            return
        action = "press" if reading.quantity == "switch" else str(reading.value).lower()
        if action not in _EMERGENCY and (not worn or action == "release"):
            return
        name = device_name(device)
        what = {"pendant": "the pendant was pressed", "pull-cord": "the pull cord was pulled"}.get(
            device.role or "", f"an emergency was signalled by the {name}"
        )
        place = f" in the {room_name(reading.room)}" if device.role == "pull-cord" and reading.room else ""
        label = f"{what}{place} {when}"
        explanation = sentence(label, *arrival_words(reading), *also_urgent(view, label, reading.at))
        yield self.verdict("trigger", view, explanation, at=reading.at, subject=device.address, readings=(reading,),
                           received_at=reading.received_at, action=action,
                           possible_repeat=bool(reading.flags & Flag.REPLAYED))  # fmt: skip


def _goes_on(seen: Seen) -> bool:
    """Off before and on now; one that never says off goes on each time. What we hear first may long have been so."""
    if seen.reading.value is not True or not seen.live:
        return False
    return seen.before is False or Flag.MOMENTARY in seen.reading.flags
