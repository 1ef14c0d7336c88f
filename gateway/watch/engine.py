"""All homes' rules: the part of watch that live running, back-tests and tests share. No input or output, no clock."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field

from devices.instant import MINUTE, Instant
from gateway.clock import STEP
from gateway.model import Directory, Fact, Home, Journaled, RuleStatus, Verdict, parent_address
from gateway.watch.equipment import BELATED
from gateway.watch.home import HomeWatch

_HEARD_EVERY = MINUTE
"""How fine the registry knows when a device was last heard."""


@dataclass(slots=True)
class Effects:
    """What came of readings and time since the last commit."""

    verdicts: list[Verdict] = field(default_factory=list)
    statuses: list[RuleStatus] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    states: dict[str, bytes] = field(default_factory=dict)
    heard: dict[tuple[str, str], Instant] = field(default_factory=dict)
    baselines: dict[str, bytes] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.verdicts or self.statuses or self.facts or self.states)


class Engine:
    """Homes by reference, each with its own watch. `collect` hands over the effects and forgets them."""

    def __init__(self) -> None:
        self._directory = Directory()
        self._homes: dict[str, HomeWatch] = {}
        self._saved: dict[str, bytes] = {}
        self._taught: dict[str, bytes] = {}
        self._days_saved: dict[str, int] = {}
        self._due: list[tuple[Instant, str]] = []
        self._scheduled: dict[str, Instant] = {}
        self._touched: set[str] = set()
        self._heard: dict[tuple[str, str], Instant] = {}
        self._heard_told: dict[tuple[str, str], Instant] = {}
        self._statuses: list[RuleStatus] = []
        self._wiped: set[str] = set()
        self.has_verdicts = False
        """Whether something was concluded that `collect` has not handed over."""
        self.listening = True
        """False while the broker's backlog is draining or it cannot be reached: then timers wait for what is queued."""

    def restore(self, states: Mapping[str, bytes], baselines: Mapping[str, bytes] = {}) -> None:
        """Hot states, and what days have taught, as last committed; used when `update` first names the home."""
        self._saved.update({reference: state for reference, state in states.items() if state})
        self._taught.update({reference: data for reference, data in baselines.items() if data})

    def update(self, directory: Directory, now: Instant) -> None:
        """The registry's present picture: homes that consent are watched, others are not."""
        previous, self._directory = self._directory, directory
        for reference, home in directory.homes.items():
            if not home.consent:
                self._forget(reference, now)
            elif reference not in self._homes:
                self._begin(home, now)
            elif previous.homes.get(reference) != home:
                self._homes[reference].update(home, max(now, self._homes[reference].time))
                self._touch(reference)
        for reference in set(self._homes) - set(directory.homes):
            self._forget(reference, now)

    def _forget(self, reference: str, now: Instant) -> None:
        """Without consent nothing is remembered, and what was remembered is wiped."""
        watch = self._homes.pop(reference, None)
        self._heard_told = {} if watch is not None else self._heard_told
        if watch is not None:
            watch.switch_off(now)
            self._statuses += watch.statuses
        saved = self._saved.pop(reference, b"")
        self._taught.pop(reference, None)
        self._days_saved.pop(reference, None)
        if watch is not None or saved:
            self._wiped.add(reference)

    def _begin(self, home: Home, now: Instant) -> None:
        watch = self._homes[home.reference] = HomeWatch(home, now, for_dashboards=True)
        if taught := self._taught.pop(home.reference, b""):
            watch.recall_days(taught)
        saved = self._saved.pop(home.reference, None)
        if saved is not None:
            watch.restore(saved)
            if watch.time > now + STEP:  # the clock was put back while we were away
                watch.step(now - watch.time)
        self._touch(home.reference)

    def take(self, entry: Journaled) -> None:
        """Take in the next journal entry; entries of homes that are not watched are passed over."""
        reading = entry.reading
        watch = self._homes.get(reading.home)
        if watch is None:
            return
        watch.take(entry, listening=self.listening)
        if reading.device and (reading.flags == 0 or not reading.flags & BELATED):
            key = reading.hub, reading.device
            if reading.at >= self._heard_told.get(key, 0) + _HEARD_EVERY:
                self._heard[key] = reading.at
        self._touch(reading.home)

    def teach(self, reference: str, taught: bytes) -> None:
        """What a home's days have taught, where nothing of it is known; kept with the next commit."""
        watch = self._homes.get(reference)
        if watch is None or watch.view.routine.days:
            return
        watch.recall_days(taught)
        watch.view.days_closed += 1
        self._touch(reference)

    def gap(self, start: Instant, end: Instant) -> None:
        """We could not listen between these; each home counts from where its time had come. Call before `tick`."""
        for reference, watch in self._homes.items():
            watch.gap(start, end)
            self._touch(reference)

    def step(self, by: int) -> None:
        """The machine's clock was put forward, or back, by so many microseconds; nothing else has changed."""
        self._due.clear()
        self._scheduled.clear()
        self._heard_told.clear()
        self._heard = {key: at + by for key, at in self._heard.items()}
        for reference, watch in self._homes.items():
            watch.step(by)
            self._touch(reference)

    def tick(self, now: Instant, most: int | None = None) -> bool:
        """Fire every timer up to `now`, of at most so many homes; whether more are due."""
        while self._due and self._due[0][0] <= now:
            if most == 0:
                return True
            entered, reference = heapq.heappop(self._due)
            watch = self._homes.get(reference)
            if watch is None or self._scheduled.get(reference) != entered:
                continue
            del self._scheduled[reference]
            most = None if most is None else most - 1
            moment = watch.next_due()
            if moment is not None and moment <= now:
                watch.advance(now)
            self._touch(reference, changed=moment is not None and moment <= now)
        return False

    def next_due(self) -> Instant | None:
        """The next moment at which time alone may change something anywhere."""
        return self._due[0][0] if self._due else None

    def homes(self) -> Mapping[str, HomeWatch]:
        """All watched homes."""
        return self._homes

    @property
    def changed(self) -> bool:
        """Whether there is anything that `collect` has not handed over."""
        return bool(self._touched or self._statuses or self._wiped)

    def collect(self) -> Effects:
        """The effects since the last call."""
        wiped = dict.fromkeys(self._wiped - set(self._homes), b"")
        effects = Effects(statuses=self._statuses, states=wiped, baselines=dict(wiped))
        self._statuses, self._wiped = [], set()
        for reference in sorted(self._touched):
            watch = self._homes.get(reference)
            if watch is None:
                continue
            effects.verdicts += watch.verdicts
            effects.statuses += watch.statuses
            effects.facts += watch.facts
            watch.verdicts, watch.statuses, watch.facts = [], [], []
            if watch.view.days_closed != self._days_saved.get(reference, 0):
                effects.baselines[reference] = watch.view.routine.save()
                self._days_saved[reference] = watch.view.days_closed
            effects.states[reference] = watch.save()
        for (hub, address), at in self._heard.items():
            found = self._directory.find(hub, address)
            owner = found[1].address if found else parent_address(address) or address
            effects.heard[hub, owner] = max(at, effects.heard.get((hub, owner), 0))
        self._heard_told |= self._heard
        self.has_verdicts = False
        self._touched.clear()
        self._heard.clear()
        return effects

    def _touch(self, reference: str, *, changed: bool = True) -> None:
        """Schedule the home's next look. An entry that turned out too early is put right when its moment comes."""
        watch = self._homes[reference]
        if changed:
            self._touched.add(reference)
            self.has_verdicts = self.has_verdicts or bool(watch.verdicts)
        moment = watch.next_due()
        if moment is not None and moment < self._scheduled.get(reference, moment + 1):
            self._scheduled[reference] = moment
            heapq.heappush(self._due, (moment, reference))
