"""Rule 22: somebody opened or moved a sensor. A technical concern."""

from collections.abc import Iterable

from devices.instant import Instant
from gateway.model import Flag, Verdict
from gateway.speech import say
from gateway.watch.parameters import Parameters
from gateway.watch.registered import is_news, owner
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen
from gateway.watch.wording import named


class Tamper(RuleType[Parameters]):
    """A sensor says that it was opened or moved: a trigger. It says that all is in its place: cleared.

    A retained value, or one from a hub's cache, counts only where we knew the opposite before. A sensor that never says
    that it is over is told of each time, and only a person ends that.
    """

    name = "tamper"
    concerns = "equipment"
    priority = 3
    reads = frozenset({"tamper"})
    needs = "no sensor tells when it is opened or moved"

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state["open"]`: addresses told."""
        reading = seen.reading
        if not is_news(seen, view):
            return
        told = [address for address in state.get("open", ()) if owner(address, view.home) is not None]
        device, subject = named(seen.device), reading.device
        if reading.value is True and subject not in told:
            if not reading.flags & Flag.MOMENTARY:
                told.append(subject)
            yield self.verdict("trigger", view, say("tamper.opened", device=device, at=reading.at), say("tamper.look"),
                               at=reading.at, now=now, subject=subject, readings=(reading,),
                               received_at=reading.received_at)  # fmt: skip
        elif reading.value is False and subject in told:
            told.remove(subject)
            yield self.verdict("clear", view, say("tamper.closed", device=device, at=reading.at), at=reading.at,
                               now=now, subject=subject, readings=(reading,))  # fmt: skip
        state["open"] = told
