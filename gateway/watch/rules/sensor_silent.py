"""Rule 17: a sensor fell silent. A technical concern: it is never read as "no movement"."""

from collections.abc import Iterable

from devices.catalogue import check_in_s
from devices.instant import HOUR, SECOND, Instant, rfc3339
from gateway.model import Device, Home, RuleState, Verdict
from gateway.speech import say
from gateway.watch.equipment import SILENT_OTHER, SILENT_SAFETY, is_safety
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen
from gateway.watch.wording import named


class SensorSilentParameters(Parameters):
    """How long safety devices and others may be silent; safety devices get two of their model's check-ins if longer."""

    safety_after: Duration = SILENT_SAFETY
    others_after: Duration = SILENT_OTHER


class SensorSilent(RuleType[SensorSilentParameters]):
    """A registered device not heard for too long while its hub is; priority 2 for what protects life; hearing clears.

    A word of a sensor whose radio anybody can imitate does not clear: a sensor that was taken away or jammed could be
    imitated just so. It does count as hearing: nothing is raised while such words come, and when they cease it is told
    again. While a whole hub is silent its devices are not reported one by one.
    """

    name = "sensor_silent"
    concerns = "equipment"
    on_any_word = True
    priority = 3
    Parameters = SensorSilentParameters
    needs = "no sensor is registered"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:  # noqa: ARG002
        """All of them."""
        return True

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:
        """A silent sensor is what this rule sees; only a silent hub blinds it."""
        hubs = {device.hub for device in view.home.devices}
        if not hubs:
            return RuleState.BLIND, self.needs
        silent = [hub for hub in hubs if view.hub_is_silent(hub, now)]
        if len(silent) == len(hubs):
            return RuleState.BLIND, "the home's hub is not heard"
        return (RuleState.DEGRADED, f"hub {silent[0]} is silent") if silent else (RuleState.ARMED, "hub heard")

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """A word from a device that was reported silent. `state["silent"]`: addresses raised."""
        raised: list[str] = state.get("silent", [])
        address = seen.device.address
        if address not in raised or view.silent_since(seen.device) == state.get("since", {}).get(address):
            return
        raised.remove(address)
        state.get("since", {}).pop(address, None)
        said = say("sensor_silent.again", device=named(seen.device), since=seen.reading.at)
        yield self.verdict("clear", view, said, at=seen.reading.at, now=now, subject=address,
                           readings=(seen.reading,))  # fmt: skip

    def on_health(self, state: State) -> None:
        """Somebody went offline or came back."""
        state.pop("next", None)

    def due(self, state: State, view: HomeView) -> Instant | None:
        """A lower bound, as being heard only moves it on; worked out again whenever it comes."""
        if "next" not in state:
            state["next"] = self._next(state, view)
        next_look: Instant | None = state["next"]
        return next_look

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Look at every device; report those that are silent for too long."""
        raised: list[str] = state.setdefault("silent", [])
        known = {device.address for device in view.home.devices}
        raised[:] = [address for address in raised if address in known]
        for device in view.home.devices:
            since = view.silent_since(device)
            if since is None or device.address in raised or view.hub_is_silent(device.hub, now):
                continue
            limit = self._limit(device)
            if now - since < limit:
                continue
            raised.append(device.address)
            state.setdefault("since", {})[device.address] = since
            heard, name = view.last_heard(device), named(device)
            silent = (
                say("sensor_silent.silent", device=name, since=heard, lasting=now - heard)
                if heard is not None
                else say("sensor_silent.never", device=name, lasting=now - since)
            )
            yield self.verdict("trigger", view, silent, say("sensor_silent.hub_heard"), say("sensor_silent.check"),
                               say("sensor_silent.safety") if is_safety(device) else None, at=now,
                               subject=device.address, priority=2 if is_safety(device) else 3,
                               last_heard=rfc3339(heard) if heard else None, limit_h=limit / HOUR,
                               model=device.model)  # fmt: skip
        state["next"] = self._next(state, view, after=now)

    def _limit(self, device: Device) -> int:
        if not is_safety(device):
            return self.parameters.others_after
        check_in = check_in_s(device.model) if device.model else None
        return max(self.parameters.safety_after, 2 * (check_in or 0) * SECOND)

    def _next(self, state: State, view: HomeView, after: Instant | None = None) -> Instant | None:
        limits = [
            since + self._limit(device)
            for device in view.home.devices
            if (since := view.silent_since(device)) is not None and device.address not in state.get("silent", [])
        ]
        if after is None or not limits:
            return min(limits, default=None)
        return max(min(limits), after + HOUR) if min(limits) <= after else min(limits)
