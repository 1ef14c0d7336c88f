"""The desk: where watch's conclusions, people's actions and the passing of time become durable."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TypeVar, get_args

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

from devices.instant import MINUTE, SECOND, Instant
from gateway.alerts import ageing, causes, deadlines, effects, queries, telling
from gateway.alerts.alert import Alert, Entry, Message
from gateway.alerts.docket import Docket
from gateway.bell import Bell
from gateway.clock import Clock
from gateway.config import AlertSettings
from gateway.database.engine import Database
from gateway.errors import BadInput, FixConfiguration
from gateway.localtime import parse_wall, parse_window
from gateway.model import Fact, Outcome, RuleStatus, Trouble, Verdict

OUTCOMES: tuple[str, ...] = get_args(Outcome)
_POLL_S = 1.0
_log = structlog.get_logger("keepwell.alerts")
Result = TypeVar("Result")


def _nothing() -> None:
    pass


def _unheard(homes: Collection[str]) -> None:
    pass


class AlertDesk:
    """Implements ports.Desk on keepwell.db. Keeps nothing between transactions, as commands change alerts too.

    `stepped` tells by how much the machine's clock was put forward or back since the start: deadlines move with it.
    `on_change` is called after every commit that may have queued messages: wire it to the notifier's `wake`. `lived`
    hears of the homes whose state was committed.
    """

    def __init__(
        self,
        database: Database,
        settings: AlertSettings,
        *,
        gateway: str = "keepwell",
        on_change: Callable[[], None] = _nothing,
        lived: Callable[[Collection[str]], None] = _unheard,
        stepped: Callable[[], int] = lambda: 0,
    ) -> None:
        try:
            parse_window(settings.waking_hours)
            parse_wall(settings.digest_at)
        except ValueError as error:
            raise FixConfiguration(f"[alerts] waking_hours or digest_at: {error}") from error
        self._database = database
        self._settings = settings
        self._gateway = gateway
        self._on_change = on_change
        self._lived = lived
        self._stepped = stepped
        self._moved = stepped()
        self._grown_at = 0
        self._failures = effects.Failures()
        self._bell = Bell()

    # ---------------------------------------------------------------------------------------- for watch

    async def resume(self) -> tuple[int, Mapping[str, bytes]]:
        """The watch cursor and each home's hot state as last committed."""
        return await self._database.run(effects.resume)

    async def baselines(self) -> Mapping[str, bytes]:
        """What each home's days have taught, as last committed."""
        return await self._database.run(effects.baselines)

    async def catch_up(self, now: Instant) -> None:
        """At a start: move deadlines where the machine's clock was put back while we were away."""
        if by := await self._database.run(lambda session: deadlines.catch_up(session, now)):
            _log.warning("the machine's clock was put back; deadlines moved with it", seconds=by // SECOND)

    async def commit(  # noqa: PLR0913 - ports.Desk
        self,
        *,
        cursor: int,
        states: Mapping[str, bytes],
        verdicts: Sequence[Verdict],
        facts: Sequence[Fact],
        statuses: Sequence[RuleStatus],
        heard: Mapping[tuple[str, str], Instant],
        now: Instant,
        baselines: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        """All or nothing, in one transaction: see ports.Desk.

        A cursor below the one on record means that the caller holds an old state: KeepwellError, nothing is changed.
        """
        failed: list[Verdict] = []

        def work(session: Session, now: Instant) -> None:
            effects.advance(session, cursor)
            effects.keep_states(session, states)
            effects.keep_baselines(session, baselines)
            docket = self._docket(session, now)
            failed.extend(verdict for verdict in verdicts if not effects.judge(docket, verdict))
            for fact in facts:
                docket.records.keep(fact)
            effects.keep_statuses(docket, statuses)
            effects.keep_heard(session, heard)

        await self._transact(work, now, self._stepped())
        self._failures.note(failed, now)
        self._lived(states)
        if verdicts:
            self._changed()

    # ---------------------------------------------------------------------------------------- for the gateway itself

    async def report(self, verdicts: Sequence[Verdict], now: Instant) -> None:
        """Apply verdicts about the gateway itself, all in one transaction, as `commit` does."""
        failed: list[Verdict] = []

        def work(session: Session, now: Instant) -> None:
            docket = self._docket(session, now)
            failed.extend(verdict for verdict in verdicts if not effects.judge(docket, verdict))

        await self._transact(work, now, self._stepped())
        self._failures.note(failed, now)
        self._changed()

    def troubles(self) -> Sequence[Trouble]:
        """What was concluded and could not be made an alert."""
        return self._failures.troubles()

    # ---------------------------------------------------------------------------------------- for the clock

    async def tick(self, now: Instant) -> int:
        """Take every step, repetition and closing that is due; for how many alerts.

        Each in its own transaction, so that trouble with one alert leaves the others alone.
        """
        stepped = self._stepped()
        ended = await self._end_causeless(now) + await self._let_faults_grow(now, stepped)
        if ended:
            self._on_change()
        return ended + await self._step(now, stepped)

    async def step(self, now: Instant) -> int:
        """As `tick`, without a look at the registry."""
        return await self._step(now, self._stepped())

    async def _step(self, now: Instant, stepped: int) -> int:
        due = await self._transact(deadlines.due, now, stepped)
        done = 0
        for alert in due:
            try:
                await self._transact(partial(self._attend, alert=alert), now, stepped)
                done += 1
            except Exception:  # noqa: BLE001 - the next tick tries again; other alerts must not wait for it
                _log.exception("alert_step_failed", alert=alert)
        if due:
            self._on_change()
        return done

    async def next_due(self) -> Instant | None:
        """When the next alert wants a look; None when no alert does."""
        return await self._database.run(deadlines.next_due)

    async def run(self, clock: Clock) -> None:
        """Tick for ever, when something is due, at a wake, and every second for what other processes changed."""
        loop = asyncio.get_running_loop()
        registry_at = 0.0
        while True:
            registry = loop.time() >= registry_at
            registry_at = loop.time() + _POLL_S if registry else registry_at
            await (self.tick if registry else self.step)(clock.now())
            upcoming = await self.next_due()
            until = upcoming if upcoming is not None and upcoming > clock.now() else None
            await self._bell.wait(clock, until, _POLL_S)

    def wake(self) -> None:
        """Look at once: something outside has made an alert due."""
        self._bell.ring()

    async def restate(self, now: Instant) -> None:
        """Write what dashboards want every minute: open alerts, rule states, how each home is, how messages fare."""
        await telling.restate(self._database, now)

    async def tell(self, told: Sequence[Fact]) -> None:
        """Write facts for the recorder."""
        await telling.tell(self._database, told)

    # ---------------------------------------------------------------------------------------- for people

    async def accept(self, alert: int, by: str, now: Instant, *, as_test: bool = False) -> Alert:
        """Take an alert on; the calls stop. NotPossible when somebody has already, or it is no test any more."""
        name = _name(by)
        return await self._act(lambda docket: docket.accept(alert, name, as_test=as_test), now)

    async def close(self, alert: int, by: str, outcome: str, note: str | None, now: Instant) -> Alert:
        """End an alert and say what it was: one of OUTCOMES."""
        name = _name(by)
        if outcome not in OUTCOMES:
            raise BadInput(f"{outcome!r} is no outcome: use one of {', '.join(OUTCOMES)}")
        return await self._act(lambda docket: docket.close(alert, name, outcome, note), now)

    async def end_test(self, alert: int, by: str, now: Instant) -> None:
        """End a test alert that nobody accepted. NotPossible where it is none, or has become a real call."""
        name = _name(by)
        await self._act(lambda docket: docket.end_test(alert, name), now)

    async def hand_over(self, alert: int, by: str, to: str, reason: str, now: Instant) -> Alert:
        """Ask a contact of the home to take on what was accepted; if they do not, it calls again."""
        name, why = _name(by), _reason(reason)
        return await self._act(lambda docket: docket.hand_over(alert, name, to.strip(), why), now)

    async def snooze(self, alert: int, by: str, until: Instant, reason: str, now: Instant) -> Alert:
        """Put an alert off until a time: nobody is called for it before, unless it becomes more urgent."""
        name, why = _name(by), _reason(reason)
        return await self._act(lambda docket: docket.snooze(alert, name, docket.now + until - now, why), now)

    async def note(self, alert: int, by: str, text: str, now: Instant) -> None:
        """Add a note to an alert's timeline."""
        name = _name(by)
        if not text.strip():
            raise BadInput("the note is empty: write what others should know")
        await self._act(lambda docket: docket.annotate(alert, name, text.strip()), now)

    async def alerts(
        self,
        *,
        home: str | None = None,
        area: str | None = None,
        rule: str | None = None,
        closed: bool = False,
        limit: int = 500,
    ) -> Sequence[Alert]:
        """Alerts, the most urgent and then the latest first; the closed ones too where asked for."""
        wanted = partial(queries.alerts, home=home, area=area, rule=rule, closed=closed, limit=limit)
        return await self._database.run(wanted)

    async def open_alerts(self, home: str | None = None) -> Sequence[Alert]:
        """All alerts that are not closed, the most urgent first."""
        return await self.alerts(home=home, limit=100_000)

    async def alert(self, alert: int) -> Alert:
        """One alert; NotPossible when there is none of that number."""
        return await self._database.run(lambda session: Alert.of(self._docket(session, 0).row(alert)))

    async def timeline(self, alert: int) -> Sequence[Entry]:
        """Everything that happened to it, in order."""
        return await self._database.run(lambda session: queries.timeline(session, alert))

    async def messages(self, alert: int) -> Sequence[Message]:
        """Every notification of it and how it fared, in order."""
        return await self._database.run(lambda session: queries.messages(session, alert))

    # ---------------------------------------------------------------------------------------- for the recorder

    async def read_facts(self, after: int, limit: int) -> Sequence[tuple[int, Fact]]:
        """Up to `limit` facts with an id above `after`, in order."""
        return await self._database.run(lambda session: queries.facts_after(session, after, limit))

    async def prune_facts(self, up_to: int) -> int:
        """Delete facts up to this id, but never the last one: its id must not be given out again. How many."""
        return await telling.prune(self._database, up_to)

    # ---------------------------------------------------------------------------------------- inside

    def _docket(self, session: Session, now: Instant) -> Docket:
        return Docket(session, self._settings, self._gateway, now)

    def _attend(self, session: Session, now: Instant, *, alert: int) -> None:
        docket = self._docket(session, now)
        docket.attend(docket.row(alert))

    async def _end_causeless(self, now: Instant) -> int:
        """Close what the registry gives no cause for any more, in the transaction that finds it; how many."""

        def work(session: Session) -> int:
            docket, ended = self._docket(session, now), 0
            for alert, why in causes.gone(session):
                try:
                    with session.begin_nested():
                        docket.end(alert, why)
                    ended += 1
                except Exception:  # noqa: BLE001 - the next tick tries again; other alerts must not wait for it
                    _log.exception("alert_not_ended", alert=alert, why=why)
            return ended

        try:
            return await self._database.run(work)
        except Exception:  # noqa: BLE001 - nothing may keep due calls from going out
            _log.exception("causes_not_looked_at")
            return 0

    async def _let_faults_grow(self, now: Instant, stepped: int) -> int:
        """Once a minute; how many did."""
        if abs(now - self._grown_at) < MINUTE:
            return 0
        self._grown_at = now
        try:
            return await self._transact(lambda session, at: ageing.grow(self._docket(session, at)), now, stepped)
        except Exception:  # noqa: BLE001 - nothing may keep due calls from going out
            _log.exception("faults_not_looked_at")
            return 0

    async def _transact(self, work: Callable[[Session, Instant], Result], now: Instant, stepped: int) -> Result:
        """Run `work(session, now)`, with all deadlines on the clock as it is by then, and `now` on it too.

        `now` was taken when the clock had been `stepped` so far; put back since then, the next call would be late.
        """

        def on_this_clock(session: Session) -> Result:
            by_now = self._stepped()
            if by := by_now - self._moved:
                deadlines.move(session, by)
                event.listen(session, "after_commit", lambda _session: setattr(self, "_moved", by_now), once=True)
            return work(session, now + by_now - stepped)

        return await self._database.run(on_this_clock)

    async def _act(self, action: Callable[[Docket], Result], now: Instant) -> Result:
        result = await self._transact(lambda session, at: action(self._docket(session, at)), now, self._stepped())
        self._changed()
        return result

    def _changed(self) -> None:
        self._on_change()  # first, as a message that waits matters more than the next step
        self._bell.ring()


def _name(by: str) -> str:
    name = by.strip()
    if not name or len(name) > 128:
        raise BadInput("say who does this, in 1 to 128 characters: --by NAME")
    return name


def _reason(text: str) -> str:
    reason = text.strip().rstrip(".")
    if not reason:
        raise BadInput("say why, as others will ask: --reason TEXT")
    return reason
