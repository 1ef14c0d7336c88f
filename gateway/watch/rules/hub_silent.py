"""Rule 18: a home's hub fell silent, so that nothing can be seen there."""

from collections.abc import Iterable

from devices.instant import Instant, rfc3339
from gateway.model import RuleState, Verdict
from gateway.speech import say
from gateway.watch.equipment import HUB_SILENT
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen


class HubSilentParameters(Parameters):
    """`after`: three beats missed, at most 45 minutes (Acticheck beats every 15)."""

    after: Duration = HUB_SILENT


class HubSilent(RuleType[HubSilentParameters]):
    """No beat for `after`: any message of the hub is a beat, and so is its bridge's connection state. A beat clears.

    That holds for what a hub passes on of anybody's transmitter too: only the hub itself can publish under its name.
    A hub that never gave a beat cannot be supervised: the rule is blind until it does.
    """

    name = "hub_silent"
    concerns = "equipment"
    on_any_word = True
    believes_anybody = True
    priority = 2
    Parameters = HubSilentParameters

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:  # noqa: ARG002
        """Blind for hubs that never gave a beat."""
        hubs = view.home.hubs
        if not hubs:
            return RuleState.BLIND, "no hub is registered"
        unheard = [hub.name for hub in hubs if not view.trusting and view.hub_silent_since(hub.name) is None]
        if len(unheard) == len(hubs):
            return RuleState.BLIND, "the hub has never been heard"
        return (RuleState.DEGRADED, f"hub {unheard[0]} has never been heard") if unheard else (RuleState.ARMED, "heard")

    def on_hub(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Something was heard: clear those hubs that were reported and are back. `state["silent"]`: hubs raised."""
        for hub in list(state.get("silent", ())):
            since = view.hub_silent_since(hub)
            if since is None or now - since < self.parameters.after:
                state["silent"].remove(hub)
                yield self.verdict("clear", view, say("hub_silent.again", hub=hub), at=now, subject=hub)

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:  # noqa: ARG002
        """Any reading is a beat of its hub."""
        yield from self.on_hub(state, view, now)

    def due(self, state: State, view: HomeView) -> Instant | None:
        """When the first hub has been silent for too long."""
        return min(
            (
                since + self.parameters.after
                for hub in view.home.hubs
                if hub.name not in state.get("silent", ()) and (since := view.hub_silent_since(hub.name)) is not None
            ),
            default=None,
        )

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Report the hubs that are silent for too long."""
        for hub in view.home.hubs:
            since = view.hub_silent_since(hub.name)
            if since is None or now - since < self.parameters.after or hub.name in state.get("silent", ()):
                continue
            state.setdefault("silent", []).append(hub.name)
            count = sum(device.hub == hub.name for device in view.home.devices)
            silent = say("hub_silent.silent", hub=hub.name, since=since, lasting=now - since)
            yield self.verdict("trigger", view, silent, say("hub_silent.sensors", count=count), say("hub_silent.check"),
                               at=now, subject=hub.name, last_heard=rfc3339(since), devices=count)  # fmt: skip
