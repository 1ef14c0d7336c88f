"""One home's rules at work: readings and the clock in, verdicts and rule statuses out."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import orjson
import structlog

from devices.instant import MINUTE, Instant
from gateway.model import HUB_DEVICE, Device, Fact, Flag, Home, Journaled, Reading, RuleState, RuleStatus, Verdict
from gateway.watch import memory
from gateway.watch.active import Active, Listeners, rule_error, rules_at_work
from gateway.watch.chronicle import Chronicle
from gateway.watch.coverage import Coverage
from gateway.watch.known import KnownDevices, known_by
from gateway.watch.rules.hub_silent import HubSilent
from gateway.watch.view import ON_CHANGE, HomeView, Seen

_log = structlog.get_logger("keepwell.watch")
_NO_MOMENT = Flag.RETAINED | Flag.REPLAYED
"""These say nothing about when: they never move a home's time on."""
_OF_BATTERIES = frozenset({"battery", "battery_low"})
_STUCK = 1000
"""A rule that stays due after so many turns at one moment does not move on: it is treated as failed."""


class HomeWatch:
    """Everything watch knows and does for one home.

    `time` is how far the home's time has come: timers fire in the order of their moments, each at its own. Anything
    that a rule throws makes that rule blind and is reported; the other rules go on. `for_dashboards`: somebody reads
    `facts` of days and devices; where rules are tried on the past nobody does, and none are written but of coverage.
    """

    def __init__(self, home: Home, started: Instant, *, for_dashboards: bool = False) -> None:
        self.view = HomeView(home, started)
        self.time = started
        self.verdicts: list[Verdict] = []
        self.statuses: list[RuleStatus] = []
        self.facts: list[Fact] = []
        self.coverage = Coverage()
        self._active: list[Active] = []
        self._of_hubs: list[tuple[Active, HubSilent]] = []
        self._listeners: dict[str, Listeners] = {}
        self._soonest: Instant | None = None
        self._soonest_known = False
        self._known = KnownDevices()
        self._chronicle = Chronicle(self.view, started, reads=for_dashboards)
        self._next_assessment: Instant = started
        self._broken: list[tuple[str, str]] = []
        self._build(home, started)
        self._assess(started)

    # ---------------------------------------------------------------- configuration

    def update(self, home: Home, now: Instant) -> None:
        """The registry changed: keep what is remembered, take up new rules and devices, drop what left."""
        back = self.view.home.mode != "at home" and home.mode == "at home"
        if back:
            self.view.base = now
        before = {status.rule for status in self.all_statuses()}
        kept = {active.key: active for active in self._active}
        self._build(home, now)
        for active in self._active:
            if (old := kept.get(active.key)) is not None:
                active.take_over(old.remembered())
            else:
                active.rule.begin(active.state, self.view, now)
            if back:
                active.rule.on_gap(active.state, now, now)
        for gone in sorted(before - {status.rule for status in self.all_statuses()}):
            self._switch_off(gone, now)
        known = {device.address for device in home.devices}
        self.view.recall({address: view for address, view in self.view.devices.items() if address in known})
        self._assess(now)

    def _build(self, home: Home, now: Instant) -> None:
        self._listeners = {}
        self._soonest_known = False
        self.view.use(self._known.use(known_by(home, now)))
        self._active, self._broken = rules_at_work(home, now)
        self._of_hubs = [(active, rule) for active in self._active if isinstance(rule := active.rule, HubSilent)]
        for key, reason in self._broken:
            self.coverage.changed(key, RuleState.BLIND, now)
            self.statuses.append(RuleStatus(home.reference, key, RuleState.BLIND, reason, now))
        if not self.view.day_end:
            self.view.turn_day(now)

    def switch_off(self, now: Instant) -> None:
        """The home is watched no longer: say so of every rule."""
        for status in self.all_statuses():
            self._switch_off(status.rule, now)

    def _switch_off(self, rule: str, now: Instant) -> None:
        self.coverage.changed(rule, RuleState.OFF, now)
        self.statuses.append(RuleStatus(self.view.home.reference, rule, RuleState.OFF, "no longer configured", now))

    # ---------------------------------------------------------------- readings and time

    def take(self, entry: Journaled, *, listening: bool = True) -> None:
        """Take in the next reading: timers that were due before it fire first.

        While we are not `listening`, as a backlog is being drained, only a reading's own time moves the clock on.
        """
        reading = entry.reading
        plain = reading.flags == 0
        if not plain and reading.flags & Flag.QUEUED and reading.since is not None:
            self.advance(min(reading.since, reading.received_at))
        elif (listening and (plain or not reading.flags & _NO_MOMENT)) or (not plain and reading.flags & Flag.LATE):
            self.advance(min(reading.at, reading.received_at))
        now = max(self.time, reading.received_at)
        if reading.device == HUB_DEVICE:
            self._take_hub(reading, now)
            return
        device = self._known.find(reading.device)
        if device is None:
            return
        if reading.quantity not in device.quantities:
            device = self._learn(device, reading.quantity)
        known = self.view.devices.get(device.address)
        was_offline = known is not None and known.offline_since is not None
        before = self.view.unhealthy
        seen = self.view.observe(reading, device)
        returned = was_offline and known is not None and known.offline_since is None
        if returned or reading.quantity == "online":
            self._assess(now)
        elif device.address in self.view.unhealthy or device.address in self.view.doubted:
            self._look(now, newly=before)
        if reading.quantity in _OF_BATTERIES:
            self.facts += self._chronicle.look(now)
        self._tell(seen, now, changed=reading.quantity in ON_CHANGE and seen.before is not reading.value)

    def _learn(self, device: Device, quantity: str) -> Device:
        home, learned = self._known.learn(self.view.home, device, quantity)
        self.view.use(home)
        self._next_assessment = self.time + 1  # once for all that its message tells
        self._soonest_known = False
        return learned

    def _tell(self, seen: Seen, now: Instant, *, changed: bool) -> None:
        """Hand a reading to the rules that want it. `changed`: who is where may be otherwise by it, activity or not."""
        quantity = seen.reading.quantity
        listeners = self._listeners.get(quantity)
        if listeners is None:
            listeners = self._listeners[quantity] = Listeners.of(self._active, quantity)
        for active in listeners.readers:
            self._call(active, now, active.hear, seen)
            self._schedule(active)
        if seen.active:
            if self.view.ended:  # by a reading that moved the day on, but not the clock
                self._tell_days()
            for active in listeners.of_activity:
                self._call(active, now, active.hear, seen)
                self._schedule(active)
        elif changed:
            for active in listeners.of_activity:
                self._schedule(active)
        for active in listeners.of_any_word:
            if active.doubted or active.rule.awaits_word(active.state):
                self._call(active, now, active.hear, seen)
                self._schedule(active)

    def gap(self, start: Instant, end: Instant) -> None:
        """We ourselves could not listen: absence in that time proves nothing. Called before time passes `end`."""
        start = self.view.gap(max(start, min(self.time, end)), end)
        self.coverage.gap(start, end)
        self.view.movement.unseen(start, end)
        self._chronicle.missed(end)
        if end - start >= MINUTE:
            for active in self._active:
                if active.rule.rests_on_quiet and active.sight is not RuleState.BLIND:
                    active.rule.on_gap(active.state, start, end)
        self._assess(max(self.time, start))

    def advance(self, to: Instant) -> None:
        """Fire every timer up to and including `to`, in order, each at its own moment."""
        turns = 0
        while (moment := self.next_due()) is not None and moment <= to:
            moment = max(moment, self.time)
            turns = turns + 1 if moment == self.time else 0
            self.time = moment
            if moment >= self._next_assessment:
                self._look(moment)
            if moment >= self.view.day_end:
                self._turn_day(moment)
            if moment >= self._chronicle.due:
                self.facts += self._chronicle.hour(moment)
                self._soonest_known = False
            for active in self._active:
                if active.due is not None and active.due <= moment:
                    self._call(active, moment, active.rule.on_time, active.state)
                    self._schedule(active)
                    if turns > _STUCK and active.due is not None and active.due <= moment:
                        self._fail(active, "it does not move on", moment)
        self.time = max(self.time, to)

    def _turn_day(self, moment: Instant) -> None:
        self.facts += self.coverage.close(self.view.home.reference, self.view.home.area, moment)
        self.view.turn_day(moment)
        self._tell_days()
        self._assess(moment)  # with one day more that was learned

    def _tell_days(self) -> None:
        """Of the days that are over, with what each rule has to say of them."""
        for ended in self.view.ended:
            figures: Counter[str] = Counter()
            for active in self._active:
                if active.failed is None:
                    try:
                        figures.update(active.rule.day_figures(active.state, self.view, ended.slots.start, ended.end))
                    except Exception as error:  # noqa: BLE001 - a rule may not take the others with it
                        self._fail(active, repr(error), self.time)
            self.facts += self._chronicle.day(ended, figures)
        self.view.ended.clear()

    def next_due(self) -> Instant | None:
        """The next moment at which time alone changes something here."""
        if not self._soonest_known:
            moments = [active.due for active in self._active if active.due is not None]
            self._soonest = min([*moments, self._next_assessment, self.view.day_end, self._chronicle.due])
            self._soonest_known = True
        return self._soonest

    def _take_hub(self, reading: Reading, now: Instant) -> None:
        if self.view.observe_hub(reading):
            self._assess(now)
        for active, rule in self._of_hubs:
            self._call(active, now, rule.on_hub, active.state)
            self._schedule(active)

    # ---------------------------------------------------------------- health

    def _look(self, now: Instant, newly: frozenset[str] | None = None) -> None:
        """Time has passed, or somebody unhealthy spoke. Assess all if health is not as before, or as `newly` says."""
        before = self.view.unhealthy if newly is None else newly, self.view.silent_hubs
        self._next_assessment = max(self.view.assess(now), now + 1)
        self._soonest_known = False
        if before != (self.view.unhealthy, self.view.silent_hubs):
            self._assess(now)
        else:
            self.facts += self._chronicle.look(now)

    def _assess(self, now: Instant) -> None:
        """Work out afresh who is healthy, what each rule can see, and when each is due."""
        self._next_assessment = max(self.view.assess(now), now + 1)
        self._soonest_known = False
        for active in self._active:
            if active.failed is None and active.looks(self.view, now):
                self._say(active)
        self.facts += self._chronicle.look(now)
        self._all_due()

    def _all_due(self) -> None:
        for active in self._active:
            self._schedule(active)

    def _schedule(self, active: Active) -> None:
        before, due = active.due, None
        if active.failed is None and active.sight is not RuleState.BLIND:
            try:
                due = active.rule.due(active.state, self.view)
                if due is not None and not active.always:
                    due = active.in_hours(due, self.view, self.time)
            except Exception as error:  # noqa: BLE001 - a rule may not take the others with it
                self._fail(active, repr(error), self.time)
        if due == before:
            return
        active.due = due
        if due is not None and (self._soonest is None or due <= self._soonest):
            self._soonest = due
        elif before == self._soonest:
            self._soonest_known = False

    def _say(self, active: Active) -> None:
        self.coverage.changed(active.key, active.sight, active.since)
        self.statuses.append(active.status(self.view.home.reference))

    # ---------------------------------------------------------------- calling rules

    def _call(self, active: Active, now: Instant, part: Callable[..., Iterable[Verdict]], *what: object) -> None:
        """Run one part of a rule: `part(*what, view, now)`."""
        if active.failed is not None:
            return
        try:
            verdicts = list(part(*what, self.view, now))
            if verdicts:
                orjson.dumps([one.evidence.to_json() for one in verdicts])  # what cannot be kept fails here, alone
                self.verdicts.extend(verdicts)
                self._tell_of(verdicts, active, now)
        except Exception as error:  # noqa: BLE001 - a rule may not take the others with it
            self._fail(active, repr(error), now)

    def _tell_of(self, verdicts: Sequence[Verdict], source: Active, now: Instant) -> None:
        for active in self._active:
            if active.rule.hears_verdicts and active is not source:
                for verdict in verdicts:
                    self._call(active, now, active.rule.on_verdict, active.state, verdict)
                self._schedule(active)

    def _fail(self, active: Active, error: str, now: Instant) -> None:
        _log.error("rule failed", home=self.view.home.reference, rule=active.key, error=error)
        active.failed, active.due = error, None
        self._soonest_known = False
        active.sight, active.since = RuleState.BLIND, now
        active.reason = "it stopped after an error of ours"
        self._say(active)
        self.verdicts.append(rule_error(self.view.home.reference, active.key, error, now))

    # ---------------------------------------------------------------- statuses and memory

    def all_statuses(self) -> list[RuleStatus]:
        """The present status of every configured rule, those that could not be built among them."""
        built = [active.status(self.view.home.reference) for active in self._active]
        broken = [
            RuleStatus(self.view.home.reference, key, RuleState.BLIND, reason, self.view.started)
            for key, reason in self._broken
        ]
        return built + broken

    def recall_days(self, taught: bytes) -> None:
        """What the home's days have taught, as it was saved last."""
        self.view.routine.restore(taught)
        self._assess(self.time)

    def save(self) -> bytes:
        """Hot state, to be kept with what it brought about."""
        rules = {active.key: active.remembered() for active in self._active}
        return memory.save(self.time, self.view, self._known.learned, rules, self.coverage)

    def restore(self, saved: bytes) -> None:
        """Take up where `save` left off; rules that are new since then begin afresh."""
        self.time, self._known.learned, rules = memory.restore(saved, self.view, self.coverage)
        self.view.use(self._known.use(self.view.home))
        for active in self._active:
            if active.key in rules:
                active.take_over(rules[active.key])
        self.statuses.clear()
        self._chronicle.begin(self.time)
        self._assess(self.time)

    def step(self, by: int) -> None:
        """The machine's clock was put forward, or back, by so much: all that is remembered moves with it."""
        statuses, up_at = self.statuses[:], self.view.up_at
        self.restore(memory.moved(self.save(), by))
        self.view.day_end = 0
        self.view.turn_day(self.time)  # with no day's end on record, no day is closed by it
        self.view.up_at = None if up_at is None else max(up_at + by, self.view.day_start)
        self._assess(self.time)
        self.statuses = statuses + self.statuses
