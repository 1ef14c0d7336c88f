"""Rule 2: smoke, heat, carbon monoxide, gas, a leak, a detected fall. Immediate, priority 1, even when away."""

from collections.abc import Iterable

from devices.instant import Instant
from devices.quantity import SAFETY
from gateway.model import Flag, Verdict
from gateway.speech import say
from gateway.watch.parameters import Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.urgent import circumstances, when
from gateway.watch.view import HomeView, Seen


class Hazard(RuleType[Parameters]):
    """A sensor's alarm begins: a trigger. It says that the alarm is over: cleared.

    A state sent again without change is no new alarm, save from a sensor that never says that it is over: each of its
    alarms counts, and none is held to be going on. From retained values and a hub's cache an alarm counts only
    when we knew the opposite before: then it began while we could not hear it, and the words say so.
    """

    name = "hazard"
    concerns = "person"
    priority = 1
    reads = SAFETY
    needs = "no smoke, heat, carbon monoxide, gas, leak or fall sensor is registered"

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """An alarm, or its end."""
        reading = seen.reading
        if reading.flags & Flag.DUPLICATE:
            return
        subject = f"{reading.quantity} {reading.device}"
        ongoing: list[str] = state.setdefault("ongoing", [])
        if reading.value is True:
            momentary = Flag.MOMENTARY in reading.flags
            if (subject in ongoing and not momentary) or not (seen.live or seen.before is False):
                return
            if subject not in ongoing and not momentary:
                ongoing.append(subject)
            call = say(f"hazard.{reading.quantity}", room=reading.room, at=when(reading))
            around = list(circumstances(view, call, reading))
            if not seen.live and not reading.flags & Flag.REPLAYED:
                around.insert(0, say("hazard.unheard"))
            yield self.verdict("trigger", view, call, *around, at=reading.at, now=now, subject=subject,
                               readings=(reading,), received_at=reading.received_at, hazard=reading.quantity,
                               possible_repeat=not seen.live)  # fmt: skip
        elif reading.value is False and subject in ongoing and seen.live:
            ongoing.remove(subject)
            yield self.verdict("clear", view, say("hazard.over", room=reading.room, at=reading.at), at=reading.at,
                               now=now, subject=subject, readings=(reading,))  # fmt: skip
