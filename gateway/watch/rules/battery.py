"""Rule 19: a battery runs low. Told once a week, and more urgently after a fortnight."""

from collections.abc import Iterable

from devices.instant import DAY, Instant, rfc3339
from gateway.model import Flag, Priority, Verdict
from gateway.speech import say
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.view import HomeView, Seen
from gateway.watch.wording import named


class BatteryParameters(Parameters):
    """`below`: per cent; `back_at`: a new battery is believed from here on; the rest as FIELD.md, rule 19."""

    below: float = 15.0
    back_at: float = 20.0
    again_after: Duration = 7 * DAY
    urgent_after: Duration = 14 * DAY


class Battery(RuleType[BatteryParameters]):
    """At or below `below` per cent, or the device's own flag. Repeats weekly; priority 3 from `urgent_after` on."""

    name = "battery"
    concerns = "equipment"
    priority = 4
    reads = frozenset({"battery", "battery_low"})
    Parameters = BatteryParameters
    needs = "no sensor reports its battery"

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state`: address -> {level, flag, since, told}."""
        reading, device = seen.reading, seen.device
        if reading.flags & Flag.DUPLICATE:
            return
        entry = state.setdefault(device.address, {})
        if reading.quantity == "battery":
            entry["level"] = float(reading.value)
        else:
            entry["flag"] = reading.value is True
        level = entry.get("level")
        if "since" not in entry:
            if entry.get("flag") or (level is not None and level <= self.parameters.below):
                entry["since"] = reading.at
                yield self._tell(entry, device.address, view, now)
        elif not entry.get("flag") and (level is None or level >= self.parameters.back_at):
            del entry["since"], entry["told"]
            yield self.verdict("clear", view, say("battery.good", device=named(device)), at=reading.at, now=now,
                               subject=device.address, readings=(reading,))  # fmt: skip

    def due(self, state: State, view: HomeView) -> Instant | None:  # noqa: ARG002
        """A week after it was last told."""
        told = [entry["told"] for entry in state.values() if "told" in entry]
        return min(told) + self.parameters.again_after if told else None

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """Still low: tell again."""
        for address, entry in list(state.items()):
            if not any(device.address == address for device in view.home.devices):
                del state[address]
            elif "told" in entry and now - entry["told"] >= self.parameters.again_after:
                yield self._tell(entry, address, view, now)

    def _tell(self, entry: State, address: str, view: HomeView, now: Instant) -> Verdict:
        entry["told"] = now
        device = next(device for device in view.home.devices if device.address == address)
        urgent = now - entry["since"] >= self.parameters.urgent_after
        priority: Priority = 3 if urgent else 4
        level, since = entry.get("level"), entry["since"]
        return self.verdict(
            "trigger",
            view,
            say("battery.low", device=named(device)),
            say("battery.level", level=level) if level is not None else None,
            say("battery.since", since=since) if now != since else None,
            say("battery.overdue", lasting=now - since) if urgent
            else say("battery.change", within=self.parameters.urgent_after),
            at=now,
            subject=address,
            priority=priority,
            battery=level,
            low_since=rfc3339(since),
        )  # fmt: skip
