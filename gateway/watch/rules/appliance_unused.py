"""Rule 13, first half: kettle, cooker, microwave and fridge not used by the time at which one of them usually is."""

from collections.abc import Iterable
from typing import Literal

from devices.instant import MINUTE, Instant
from gateway.model import Device, Home, RuleState, Verdict
from gateway.speech import say
from gateway.watch.parameters import Duration, Parameters
from gateway.watch.rule import RuleType, State
from gateway.watch.usage import as_usage
from gateway.watch.view import HomeView, Seen, minutes_wall
from gateway.watch.wording import device_name, in_words, named

Appliance = Literal["kettle", "cooker", "microwave", "fridge"]
_LOOK_AGAIN = 30 * MINUTE
_DAY_BY_DAY = 0.95
"""Share of the days with a use below which a day without says nothing: our choice, one day in twenty."""
_A_DAY_MINUTES = 24 * 60


class ApplianceUnusedParameters(Parameters):
    """`margin`: so long after the usual latest first use (FIELD, rule 13); `roles`: what counts as use."""

    margin: Duration = 90 * MINUTE
    roles: tuple[Appliance, ...] = ("kettle", "cooker", "microwave", "fridge")


class ApplianceUnused(RuleType[ApplianceUnusedParameters]):
    """Somebody is up and about, and by the 95th percentile of the first use and `margin` nothing was used. Use clears.

    Whoever got up late or has just come home has `margin` from then. Nothing is concluded while nobody is up (`not_up`
    says that) or seen moving, on a day of which we missed a part, or when they are out at that time. As long as a plug
    is not heard the rule is blind: what it would tell of may have been used.
    """

    name = "appliance_unused"
    concerns = "person"
    priority = 3
    reads = frozenset({"usage", "power", "contact"})
    learns = True
    Parameters = ApplianceUnusedParameters
    needs = "no kettle, cooker, microwave or fridge tells when it is used"

    def rests_on(self, device: Device, quantities: frozenset[str], home: Home) -> bool:  # noqa: ARG002
        """The appliances that tell of their use."""
        return device.role in self.parameters.roles and not self.reads.isdisjoint(quantities)

    def sight(self, view: HomeView, now: Instant) -> tuple[RuleState, str]:
        """Blind without any one of them, and where they are not used day by day."""
        sight, reason = super().sight(view, now)
        if sight is RuleState.DEGRADED:
            silent = {device_name(one) for one in self.devices(view) if one.address in view.unhealthy}
            return RuleState.BLIND, f"nothing is heard from {in_words(sorted(silent)[:4])}, which may have been in use"
        used = len(view.routine.history("kettle")) if sight is RuleState.ARMED else 0
        if sight is RuleState.ARMED and used < _DAY_BY_DAY * view.routine.days:
            return RuleState.BLIND, f"nothing was used on {view.routine.days - used} of {view.routine.days} days"
        return sight, reason

    def begin(self, state: State, view: HomeView, now: Instant) -> None:  # noqa: ARG002
        """Of this day we have not seen the beginning."""
        state["missed"] = now

    def on_gap(self, state: State, start: Instant, end: Instant) -> None:  # noqa: ARG002
        """What was used meanwhile we cannot know."""
        state["missed"] = end

    def on_reading(self, state: State, seen: Seen, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """`state`: used, missed, concluded, look: instants; open: the appliance told of; limit: [day, instant]."""
        reading = seen.reading
        if not self.rests_on(seen.device, self.reads, view.home) or reading.at <= state.get("used", 0):
            return
        _, value = as_usage(reading, seen.device)
        opened = reading.quantity == "contact" and seen.active
        if not opened and not (value is True and (seen.live or seen.before is False)):
            return
        state["used"] = reading.at
        if reading.at >= state.get("concluded", 0) and (subject := state.pop("open", None)) is not None:
            yield self.verdict("clear", view, say("appliance_unused.used", device=named(seen.device), at=reading.at),
                               at=reading.at, now=now, subject=subject, readings=(reading,))  # fmt: skip

    def due(self, state: State, view: HomeView) -> Instant | None:
        """Today's limit, while nothing was used, we saw the whole day, and it has not been looked at."""
        if view.home.mode != "at home" or view.started > view.day_start:
            return None
        if any(state.get(name, 0) >= view.day_start for name in ("used", "concluded")):
            return None
        if state.get("missed", 0) > view.day_start or (limit := self._limit(state, view)) is None:
            return None
        door_at = view.door_at if view.door_at is not None and view.door_at >= view.day_start else 0
        moments = [at + self.parameters.margin for at in (view.up_at or 0, door_at) if at]
        look: Instant = state.get("look", 0)
        return max(limit, look, *moments)

    def on_time(self, state: State, view: HomeView, now: Instant) -> Iterable[Verdict]:
        """The limit has come."""
        moment = self.due(state, view)
        if moment is None or moment > now:
            return
        quiet = view.up_at is None or view.moved_at is None or now - view.moved_at > self.parameters.margin
        out = view.absence(now) is not None
        if quiet and not out and not view.is_night(now):
            state["look"] = now + _LOOK_AGAIN
            return
        state["concluded"] = view.day_start
        usual = view.routine.kettle(view.date)
        if out or view.is_night(now) or usual is None:
            return
        places = {role: place for place, role in enumerate(self.parameters.roles)}
        devices = sorted(self.devices(view), key=lambda one: places[one.role])  # type: ignore[index]
        state["open"] = subject = devices[0].address
        names = [named(one) for one in devices]
        yield self.verdict(
            "trigger", view, say("appliance_unused.unused", devices=names, at=now),
            say("appliance_unused.usual", usual=usual.to_json()),
            say("shared.last_seen", room=view.moved_in, at=view.moved_at), self.health(view),
            at=now, subject=subject, usual=usual.to_json(),
        )  # fmt: skip

    def _limit(self, state: State, view: HomeView) -> Instant | None:
        if state.get("limit", [None])[0] != view.day_start:
            state["limit"] = [view.day_start, self._limit_today(view)]
        limit: Instant | None = state["limit"][1]
        return limit

    def _limit_today(self, view: HomeView) -> Instant | None:
        usual = view.routine.kettle(view.date)
        latest = usual.high + self.parameters.margin / MINUTE if usual is not None else _A_DAY_MINUTES
        if latest >= _A_DAY_MINUTES:
            return None
        limit = view.today(minutes_wall(latest))
        return limit if self.parameters.active(view.home, limit) else None
