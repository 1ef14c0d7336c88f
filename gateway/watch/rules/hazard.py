"""Rule 2: smoke, heat, carbon monoxide, gas, a leak, a detected fall. Immediate, priority 1, even when away."""

from collections.abc import Iterable

from devices.instant import Instant
from devices.quantity import SAFETY
from gateway.model import Flag, Verdict
from gateway.watch.parameters import Parameters
from gateway.watch.rule import RuleType, State, arrival_words, when_words
from gateway.watch.urgent import also_urgent
from gateway.watch.view import HomeView, Seen
from gateway.watch.wording import clock_time, room_name, sentence

_WORDS = {
    "smoke": "smoke",
    "heat_alarm": "great heat",
    "co": "carbon monoxide",
    "gas": "gas",
    "leak": "a water leak",
    "fall": "a fall",
}


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

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:  # noqa: ARG002
        """An alarm, or its end."""
        reading = seen.reading
        if reading.flags & Flag.DUPLICATE:
            return
        subject = f"{reading.quantity} {reading.device}"
        ongoing: list[str] = state.setdefault("ongoing", [])
        when = when_words(reading, view)
        what = _WORDS[reading.quantity]
        place = f" in the {room_name(reading.room)}" if reading.room else ""
        if reading.value is True:
            momentary = Flag.MOMENTARY in reading.flags
            if (subject in ongoing and not momentary) or not (seen.live or seen.before is False):
                return
            if subject not in ongoing and not momentary:
                ongoing.append(subject)
            label = f"{what} detected{place} {when}"
            words = arrival_words(reading)
            if not seen.live and not words:
                words = ("it began while the home could not be heard, and may be over",)
            explanation = sentence(label, *words, *also_urgent(view, label, reading.at))
            yield self.verdict("trigger", view, explanation, at=reading.at, subject=subject, readings=(reading,),
                               received_at=reading.received_at, hazard=reading.quantity,
                           possible_repeat=not seen.live)  # fmt: skip
        elif reading.value is False and subject in ongoing and seen.live:
            ongoing.remove(subject)
            since = clock_time(reading.at, reading.received_at, view.home)
            explanation = sentence(f"the sensor{place} no longer detects {what.removeprefix('a ')} since {since}")
            yield self.verdict("clear", view, explanation, at=reading.at, subject=subject, readings=(reading,))
