"""A home lived through in virtual time, in a carer's words: `home.at("02:10").opens("front-door")`."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from devices.instant import DAY, HOUR, MINUTE, Instant, from_datetime
from devices.measurement import Value
from gateway.model import HUB_DEVICE, Device, Flag, Home, Hub, Journaled, Mode, Reading, Room, Rule, RuleStatus, Verdict
from gateway.watch.home import HomeWatch

_ROOMS = (
    Room("hall", "hall"),
    Room("kitchen", "kitchen"),
    Room("bathroom", "bathroom"),
    Room("bedroom", "bedroom"),
    Room("living", "living"),
)
BEAT = 15 * MINUTE
OFTEN_TOGETHER = (190, 200)
"""A home whose sensors are known to fire several times where somebody is."""


def device(name: str, room: str | None, role: str | None, *quantities: str, hub: str = "hub") -> Device:
    """A registered device whose address is its name, heard just before the scenario starts."""
    return Device(hub, name, room, role, quantities=quantities)  # type: ignore[arg-type]


DEVICES = (
    device("hall-motion", "hall", None, "motion"),
    device("kitchen-motion", "kitchen", None, "motion"),
    device("bathroom-motion", "bathroom", None, "motion"),
    device("bedroom-motion", "bedroom", None, "motion", "temperature", "battery"),
    device("living-motion", "living", None, "motion", "temperature"),
    device("front-door", "hall", "front-door", "contact"),
    device("pendant", None, "pendant", "button"),
    device("smoke", "kitchen", None, "smoke"),
    device("armchair", "living", "chair", "chair"),
)


class LivedHome:
    """One home under watch. Its hub beats every 15 minutes, its devices check in every hour, unless they fell silent.

    `at("07:30")` lets time pass up to the next such local time; what then happens, happens at that moment.
    """

    def __init__(
        self,
        *,
        day: date = date(2026, 1, 13),
        zone: str = "Europe/London",
        starts: str = "00:00",
        devices: Iterable[Device] = DEVICES,
        hubs: Iterable[str] = ("hub",),
        rules: Iterable[Rule] = (),
        firings: Iterable[int] = OFTEN_TOGETHER,
    ) -> None:
        self.zone = ZoneInfo(zone)
        self.now = self._instant(day, starts)
        self.home = Home(
            "ELM-12",
            zone,
            rooms=_ROOMS,
            hubs=tuple(Hub(name) for name in hubs),
            devices=tuple(
                Device(d.hub, d.address, d.room, d.role, d.maker, d.model, d.quantities, self.now - 30 * DAY, self.now)
                for d in devices
            ),
            rules=tuple(rules),
        )
        self.silent: set[str] = set()
        self.watch = HomeWatch(self.home, self.now)
        self.watch.view.firings = list(firings)
        self.heard: list[Verdict] = []
        self.changes: list[RuleStatus] = []
        self._next_beat = self.now
        self._next_check_in = self.now + HOUR
        self._moving: dict[str, bool] = {}
        self._let_pass(self.now)

    # ---------------------------------------------------------------- time

    def at(self, wall: str, *, days: int = 0) -> "LivedHome":
        """Let time pass to the next moment at which the clock shows `wall`, and `days` more."""
        moment = self.moment(wall)
        if days:
            later = datetime.fromtimestamp(moment / 1e6, self.zone).date() + timedelta(days=days)
            moment = self._instant(later, wall)
        return self.after(moment - self.now)

    def moment(self, wall: str) -> Instant:
        """The next moment at which the clock shows `wall`."""
        today = datetime.fromtimestamp(self.now / 1e6, self.zone).date()
        moment = self._instant(today, wall)
        return moment if moment >= self.now else self._instant(today + timedelta(days=1), wall)

    def after(self, duration: int) -> "LivedHome":
        """Let so many microseconds pass."""
        until = self.now + duration
        while (step := min(self._next_beat, self._next_check_in)) <= until:
            self._let_pass(step)
            if step == self._next_beat:
                self._next_beat += BEAT
                for hub in self.home.hubs:
                    if hub.name not in self.silent:
                        self._take(Reading("ELM-12", hub.name, HUB_DEVICE, None, None, "online", True, step, step))
            if step == self._next_check_in:
                self._next_check_in += HOUR
                for known in self.home.devices:
                    if known.address not in self.silent and known.hub not in self.silent:
                        self.says(known.address, "link_quality", 100.0)
        self._let_pass(until)
        return self

    def clock_is_put(self, by: int) -> "LivedHome":
        """Somebody puts the machine's clock on, or back, by so many microseconds; nothing else changes."""
        self.watch.step(by)
        self.now += by
        self._next_beat += by
        self._next_check_in += by
        return self

    def restarts(self) -> "LivedHome":
        """The gateway is killed and started again: only what was saved is known."""
        saved, taught = self.watch.save(), self.watch.view.routine.save()
        self.watch = HomeWatch(self.home, self.now)
        self.watch.recall_days(taught)
        self.watch.restore(saved)
        return self

    # ---------------------------------------------------------------- what happens

    def moves(self, room: str, *, flags: Flag = Flag.NONE) -> "LivedHome":
        """Somebody moves in a room: its sensor fires and clears."""
        self.says(f"{room}-motion", "motion", True, flags=flags)
        self.now += MINUTE // 2
        self._let_pass(self.now)
        return self.says(f"{room}-motion", "motion", False, flags=flags)

    def opens(self, door: str) -> "LivedHome":
        """A door is opened."""
        return self.says(door, "contact", True)

    def closes(self, door: str) -> "LivedHome":
        """A door is closed."""
        return self.says(door, "contact", False)

    def presses(
        self, what: str = "pendant", action: str = "press", *, flags: Flag = Flag.NONE, at: Instant | None = None
    ):
        """A button is pressed; `at` where its message came late."""
        return self.says(what, "button", action, flags=flags, at=at)

    def says(
        self,
        address: str,
        quantity: str,
        value: Value,
        *,
        flags: Flag = Flag.NONE,
        at: Instant | None = None,
        since: Instant | None = None,
    ) -> "LivedHome":
        """A device says something now, or said it at `at`."""
        known = next(d for d in self.home.devices if address == d.address or address.startswith(d.address + "/"))
        moment = self.now if at is None else at
        self._take(
            Reading(
                "ELM-12", known.hub, address, known.room, known.role, quantity, value, moment, self.now, flags, since
            )
        )
        return self

    def falls_silent(self, *names: str) -> "LivedHome":
        """Devices or hubs say nothing any more."""
        self.silent |= set(names)
        return self

    def speaks_again(self, *names: str) -> "LivedHome":
        """They check in as before."""
        self.silent -= set(names)
        return self

    def configured(self, *rules: Rule) -> "LivedHome":
        """Somebody changes the home's rules."""
        self.home = replace(self.home, rules=rules)
        self.watch.update(self.home, self.now)
        return self

    def goes(self, mode: Mode) -> "LivedHome":
        """The family sets the home's mode."""
        self.home = replace(self.home, mode=mode)
        self.watch.update(self.home, self.now)
        return self

    # ---------------------------------------------------------------- what was concluded

    def alerts(self, rule: str) -> list[Verdict]:
        """Triggers of a rule so far."""
        return [verdict for verdict in self.heard if verdict.rule == rule and verdict.kind == "trigger"]

    def cleared(self, rule: str) -> list[Verdict]:
        """Clears of a rule so far."""
        return [verdict for verdict in self.heard if verdict.rule == rule and verdict.kind == "clear"]

    def wall(self, moment: Instant) -> str:
        """The clock on the wall at a moment."""
        return f"{datetime.fromtimestamp(moment / 1e6, self.zone):%H:%M}"

    def sight(self, rule: str) -> str:
        """Whether a rule is armed, degraded or blind now."""
        return next(status.state.value for status in self.watch.all_statuses() if status.rule == rule)

    # ---------------------------------------------------------------- inside

    def _instant(self, day: date, wall: str) -> Instant:
        hour, minute = wall.split(":")
        return from_datetime(datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=self.zone))

    def _let_pass(self, moment: Instant) -> None:
        self.watch.advance(moment)
        self.now = max(self.now, moment)
        self._collect()

    def _take(self, reading: Reading) -> None:
        self.watch.take(Journaled(0, reading))
        self._collect()

    def _collect(self) -> None:
        self.heard += self.watch.verdicts
        self.changes += self.watch.statuses
        self.watch.verdicts.clear()
        self.watch.statuses.clear()
