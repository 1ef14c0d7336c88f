"""Rule 21: a sensor says the same thing for too long, or changes without end. A technical concern."""

from collections.abc import Iterable

from devices.instant import Instant, rfc3339
from gateway.localtime import next_local, parse_window
from gateway.model import Device, Home, RuleState, Verdict
from gateway.speech import say
from gateway.watch.equipment import STUCK_AFTER, TOGGLES, DeviceView
from gateway.watch.parameters import Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView
from gateway.watch.wording import named

_STICK = frozenset({"motion", "presence", "contact"})
_HELD = ("motion", "presence")
_AT_ONCE: Instant = 0


class SensorStuck(RuleType[Parameters]):
    """A sensor that `HomeView.stuck` names: every rule that rests on it takes it for one that cannot be heard.

    A presence sensor is not told of in the night: it may see somebody who sleeps. It works again: cleared.
    """

    name = "sensor_stuck"
    concerns = "equipment"
    priority = 3
    needs = "no motion, presence or contact sensor is registered"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:  # noqa: ARG002
        """What can stick."""
        return not _STICK.isdisjoint(quantities)

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:
        """A stuck sensor is what this rule sees; only silence blinds it."""
        devices = self.devices(view)
        if not devices:
            return RuleState.BLIND, self.needs
        silent = [hub for hub in {device.hub for device in devices} if view.hub_is_silent(hub, now)]
        if len(silent) == len({device.hub for device in devices}):
            return RuleState.BLIND, "the home's hub is not heard"
        return (RuleState.DEGRADED, f"hub {silent[0]} is silent") if silent else (RuleState.ARMED, "hub heard")

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:  # noqa: ARG002
        """The word that movement has ended may have been lost."""
        state["gap"] = end

    def on_health(self, state: State) -> None:
        """Somebody may be free again."""
        state.pop("look", None)

    def due(self, state: State, view: HomeView) -> Instant | None:
        """At once when a sensor sticks or is free again. `state`: told: addresses; look, gap: instants."""
        if not state and not view.stuck:
            return None
        if self._sticking(view) == set(state.get("told", ())):
            return None
        look: Instant = state.get("look", _AT_ONCE)
        return look

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Tell of those that stick, and of those that do no longer."""
        state.pop("look", None)
        told: list[str] = state.pop("told", [])
        registered = {device.address: device for device in view.home.devices}
        for address in sorted(set(told) - self._sticking(view)):
            told.remove(address)
            if (device := registered.get(address)) is not None:
                yield self.verdict("clear", view, say("sensor_stuck.free", device=named(device), at=now),
                                   at=now, subject=address)  # fmt: skip
        for address in sorted(self._sticking(view) - set(told)):
            held = _held(view.devices[address])
            if held is not None and held[0].endswith("presence") and view.is_night(now):
                morning = next_local(now, view.home.zone, parse_window(view.night_hours).end)
                state["look"] = min(morning, state.get("look", morning))  # somebody who sleeps
                continue
            if held is not None and now - state.get("gap", 0) < STUCK_AFTER:
                state["look"] = min(state["gap"] + STUCK_AFTER, state.get("look", now + STUCK_AFTER))
                continue
            told.append(address)
            device = registered[address]
            what = (
                say("sensor_stuck.toggles", device=named(device), count=TOGGLES)
                if held is None
                else say("sensor_stuck.held", device=named(device), since=held[1], lasting=now - held[1])
            )
            yield self.verdict("trigger", view, what, say("sensor_stuck.not_believed"), say("sensor_stuck.look"),
                               at=now, subject=address, since=rfc3339(held[1]) if held else None)  # fmt: skip
        if told:
            state["told"] = told

    def _sticking(self, view: HomeView) -> set[str]:
        return {device.address for device in view.home.devices if device.address in view.stuck}


def _held(known: DeviceView) -> tuple[str, Instant] | None:
    """What it has said for the longest, and since when; None for one that toggles."""
    held = [(at, name) for name, (value, at) in known.values.items() if value is True and name in known.clears]
    since, name = min((one for one in held if one[1].endswith(_HELD)), default=(0, ""))
    return (name, since) if name else None
