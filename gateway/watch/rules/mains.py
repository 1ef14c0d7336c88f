"""Rule 20: the mains failed. A technical concern; the outbox makes one message of a street without power."""

from collections.abc import Iterable

from devices.instant import MINUTE, Instant, rfc3339
from gateway.model import Verdict
from gateway.speech import say
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.registered import is_news, owner
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen


class MainsParameters(Parameters):
    """`after`: how long the mains must be gone (FIELD, rule 20)."""

    after: Duration = 5 * MINUTE


class Mains(RuleType[MainsParameters]):
    """Any device of a hub says that the mains failed, for `after`: one concern a hub. All of them back clears.

    Of a device that fell silent meanwhile nothing is known, and time in which we could not hear is not counted.
    """

    name = "mains"
    concerns = "equipment"
    priority = 3
    reads = frozenset({"mains_failure"})
    Parameters = MainsParameters
    needs = "no sensor tells when the mains fail"

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state`: out: {device: [hub, since]}, told: [hub]."""
        reading = seen.reading
        if not is_news(seen, view):
            return
        if reading.value is True:
            since = reading.at if seen.live else now
            state.setdefault("out", {}).setdefault(reading.device, [reading.hub, since])
        elif reading.device in state.get("out", {}):
            yield from self._back(state, reading.device, view, reading.at, now)

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When the mains of a hub have been gone for long enough."""
        return min((moment for *_, moment in self._pending(state, view)), default=None)

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Tell of hubs without mains; forget devices that are registered no longer."""
        for address, hub, moment in list(self._pending(state, view)):
            if owner(address, view.home) is None:
                yield from self._back(state, address, view, now, now)
            elif moment <= now and hub not in state.setdefault("told", []):
                state["told"].append(hub)
                since = min(began for known, began in state["out"].values() if known == hub)
                yield self.verdict("trigger", view, say("mains.gone", since=since, lasting=now - since),
                                   say("mains.look"), self.health(view), at=now, subject=hub,
                                   since=rfc3339(since))  # fmt: skip

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:
        """Time in which we could not hear is no time without mains."""
        for entry in state.get("out", {}).values():
            entry[1] += max(0, end - max(start, entry[1]))

    def _pending(self, state: State, view: HomeView) -> Iterable[tuple[str, str, Instant]]:
        """What the clock will bring: device, hub and moment; at once for devices that are registered no longer."""
        for address, (hub, since) in state.get("out", {}).items():
            device = owner(address, view.home)
            if device is None:
                yield address, hub, since
            elif hub not in state.get("told", ()) and device.address not in view.unhealthy:
                yield address, hub, since + self.parameters.after

    def _back(self, state: State, address: str, view: HomeView, at: Instant, now: Instant) -> Iterable[Verdict]:
        hub, _ = state["out"].pop(address)
        if hub in state.get("told", ()) and all(known != hub for known, _ in state["out"].values()):
            state["told"].remove(hub)
            yield self.verdict("clear", view, say("mains.back", at=at), at=at, now=now, subject=hub)
