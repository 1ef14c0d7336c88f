"""Watches over the gateway itself: asks all parts how they are, tells people of troubles, and lets others look in."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import structlog

from devices.instant import SECOND, Instant, rfc3339
from gateway.clock import Clock, SystemClock
from gateway.config import Settings
from gateway.database.engine import Database
from gateway.model import Trouble
from gateway.oversight import records
from gateway.oversight.audit import Account, audit
from gateway.oversight.clockwatch import ClockWatch
from gateway.oversight.heartbeat import Heartbeat
from gateway.oversight.ledger import Concern, Ledger, compare
from gateway.oversight.metrics import CONTENT_TYPE, Exposition, Snapshot
from gateway.oversight.overseen import Overseen, TroubleDesk
from gateway.oversight.pages import Pages
from gateway.oversight.progress import Progress, Signs
from gateway.oversight.systemd import Systemd
from gateway.parts import tell_health
from gateway.ports import Journal

_READY_AT_LATEST_S = 10.0
_ANSWER_S = 10.0
_STALE_S = 60.0
_log = structlog.get_logger("keepwell.oversight")
Result = TypeVar("Result")


class Pace(NamedTuple):
    """How often, in seconds; tests put in their own."""

    look_s: float = 5.0
    look_unconnected_s: float = 1.0
    audit_s: float = 60.0
    audit_again_s: float = 5.0
    """What the audit finds is judged only if it is still so after this: a loop needs a moment after a pause."""
    monotonic: Callable[[], float] = time.monotonic


class Oversight:
    """`run()` it beside the other parts.

    Only where `live` troubles become alerts, and others are told: a recording's time is not ours.
    """

    def __init__(  # noqa: PLR0913 - the composition root names them
        self,
        settings: Settings,
        database: Database,
        journal: Journal,
        desk: TroubleDesk,
        clock: Clock,
        overseen: Overseen,
        *,
        live: bool = True,
        systemd: Systemd | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._data: Path = settings.data
        self._gathers_for = settings.alerts.gathers_for
        self._database = database
        self._journal = journal
        self._desk = desk
        self._clock = clock
        self._parts = overseen
        self._live = live
        self._systemd = systemd or Systemd()
        self._pace = pace or Pace()
        self._monotonic = self._pace.monotonic
        self._clockwatch = ClockWatch()
        self._progress = Progress()
        self._exposition = Exposition()
        self._ledger: Ledger | None = None
        self._audited: Sequence[Trouble] = ()
        self._named: Mapping[Concern, Trouble] = {}
        self._open_alerts = 0
        self._received: tuple[float, float | None] = (0.0, None)
        self._database_problem: str | None = None
        self._looked_at: float | None = None
        self._began = self._monotonic()
        self._ready = False
        self._status = ""
        self._silent = False
        self.pages = (
            Pages(settings.health.listen, metrics=self.metrics, not_ready=self.not_ready, now=SystemClock().now)
            if live and settings.health.listen
            else None
        )
        self._heartbeat = (
            Heartbeat(
                settings.healthcheck_url,
                settings.health.healthcheck_every_s,
                well=self.well,
                body=self.body,
                now=SystemClock().now,
            )
            if live and settings.healthcheck_url
            else None
        )

    # ------------------------------------------------------------------------------------------ for app.py

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(self.look, self._look_pause))
            group.create_task(self._repeat(self.audit, lambda: self._pace.audit_s, first_s=self._pace.audit_s))
            group.create_task(self._systemd.feed_watchdog(lambda: self._progress.hung(self._monotonic())))
            if self.pages is not None:
                group.create_task(self.pages.run())
            if self._heartbeat is not None:
                group.create_task(self._heartbeat.run())

    def stopping(self) -> None:
        """The gateway has been asked to end."""
        self._systemd.tell(STOPPING=1, STATUS="Stopping.")

    # ------------------------------------------------------------------------------------------ looking

    async def look(self) -> None:
        """Ask every part how it is, tell what is new, and leave word for other processes."""
        self._clockwatch.look()
        self._database_problem = await self._ask_database()
        at = self._monotonic()
        signs = self._signs()
        self._progress.look(signs, at)
        self._looked_at = at
        received = self._parts.gauges["ingest"].figures()["received"]
        if received != self._received[0]:
            self._received = (received, at)
        named = self._troubles(at)
        self._log_changes(named)
        self._tell_others(signs, named)
        if self._live and self._database_problem is None:
            await self._tell_people(named)

    async def audit(self) -> None:
        """Look for what should have happened long ago; wake those who should have done it."""
        found = await self._audit()
        if found:
            await asyncio.sleep(self._pace.audit_again_s)
            still = {one.subject for one in found}
            found = [one for one in await self._audit() if one.subject in still]
        self._audited = found
        if found:
            _log.warning("audit_found", **{one.subject: one.sentence for one in found})
            self._desk.wake()
            self._parts.wake_notifier()

    async def _audit(self) -> Sequence[Trouble]:
        if not self._live:
            return ()
        now = self._clock.now()
        account: Account = await _soon(self._database.run(lambda session: records.account(session, now)))
        return audit(account, await self._unwatched_since(), self._clock.now(), gathers_for=self._gathers_for)

    async def _unwatched_since(self) -> Instant | None:
        """When the first reading came in that the rules have not taken in; None also while we cannot listen."""
        signs = self._signs()
        if not signs.connected or signs.watched >= signs.journal_end:
            return None
        entries = await _soon(self._journal.read(signs.watched, 1))
        return entries[0].reading.received_at if entries else None

    async def _ask_database(self) -> str | None:
        try:
            self._open_alerts = await _soon(self._database.run(records.open_alerts))
        except Exception as error:  # noqa: BLE001 - whatever it is, the look goes on
            return "it does not answer" if isinstance(error, TimeoutError) else type(error).__name__
        return None

    async def _tell_people(self, named: Sequence[Trouble]) -> None:
        now = self._clock.now()
        if self._ledger is None:
            self._ledger = await _soon(self._database.run(lambda session: records.ledger(session, now)))
        ledger, verdicts = compare(self._ledger, named, now)
        if verdicts:
            await self._desk.report(verdicts, now)
        self._ledger = ledger

    def _signs(self) -> Signs:
        since = min((one.since for one in self._audited if one.subject == "messages"), default=None)
        overdue_s = None if since is None else max(0.0, (self._clock.now() - since) / SECOND)
        return self._parts.signs(database_problem=self._database_problem, overdue_s=overdue_s)

    def _troubles(self, at: float) -> Sequence[Trouble]:
        now = self._clock.now()
        own = (self._clockwatch, *(one for one in (self.pages, self._heartbeat) if one is not None))
        return [
            *self._audited,
            *self._progress.troubles(at, now),
            *(trouble for reporter in own for trouble in reporter.troubles()),
            *self._parts.troubles(now),
        ]

    # ------------------------------------------------------------------------------------------ telling others

    def well(self) -> bool:
        """Whether the gateway does its work, so that nobody outside need worry."""
        at = self._monotonic()
        reasons = list(self._progress.not_working(at))
        if self._looked_at is None or at - self._looked_at > _STALE_S:
            reasons.append("nobody has looked after the parts for a minute")
        well = self._progress.connected_once and not reasons
        if reasons and not self._silent and self._looked_at is not None:
            _log.error("healthcheck_silent", why=" ".join(reasons))
        self._silent = bool(reasons)
        return well

    def not_ready(self) -> Sequence[str]:
        """Why messages cannot be taken in just now, a sentence each; empty when they can."""
        signs = self._signs()
        problems = {
            "not connected to the broker": signs.broker_problem,
            "the journal takes no messages": signs.journal_problem,
            "the database of alerts does not answer": signs.database_problem,
        }
        return [f"{what}: {why}" for what, why in problems.items() if why is not None]

    def body(self) -> Mapping[str, object]:
        """What a call of `healthcheck_url` tells: counters, and nothing of any home."""
        signs, (_, received_at) = self._signs(), self._received
        ingest = self._parts.gauges["ingest"].figures()
        return {
            "at": rfc3339(SystemClock().now() // SECOND * SECOND),
            "messages_received": int(ingest["received"]),
            "readings": int(ingest["readings"]),
            "last_message_age_s": None if received_at is None else round(self._monotonic() - received_at),
            "journal_pending": signs.pending,
            "journal_to_watch": max(0, signs.journal_end - signs.watched),
            "open_alerts": self._open_alerts,
            "troubles": len(self._named),
            "up_s": round(self._monotonic() - self._began),
        }

    async def metrics(self) -> tuple[bytes, str]:
        """The exposition text and its content type."""
        counts, recorded = None, 0
        try:
            counts = await _soon(self._database.run(records.counts))
            recorded = await _soon(self._journal.cursor("recorder"))
        except Exception as error:  # noqa: BLE001 - then what is known is told
            _log.warning("metrics_incomplete", why=type(error).__name__)
        signs, named = self._signs(), Counter(rule for _, rule, _ in self._named)
        own = {} if self._heartbeat is None else {"healthcheck": self._heartbeat.figures()}
        lags = {"watch": signs.journal_end - signs.watched, "recorder": signs.journal_end - recorded}
        snapshot = Snapshot(
            figures={**self._parts.figures(), **own, "clock": {"steps": float(self._clockwatch.steps)}},
            counts=counts,
            lags={reader: max(0, lag) for reader, lag in lags.items()},
            troubles={rule: named[rule] for rule in records.RULES},
        )
        return self._exposition.render(snapshot), CONTENT_TYPE

    def _tell_others(self, signs: Signs, named: Sequence[Trouble]) -> None:
        tell_health(
            self._data,
            {
                "at": rfc3339(SystemClock().now()),
                "connected": signs.connected,
                "draining": bool(self._parts.gauges["ingest"].figures()["draining"]),
                "broker": None if signs.connected else self._parts.broker_problem(),
                "store": self._parts.store_problem(),
                "troubles": [one.sentence for one in named],
                "pages": None if self.pages is None else self.pages.address,
            },
        )
        if not self._ready and (signs.connected or self._monotonic() - self._began > _READY_AT_LATEST_S):
            self._ready = True
            self._systemd.tell(READY=1)
        status = "; ".join(self.not_ready()) or (f"Serving. {named[0].sentence}" if named else "Serving.")
        if status != self._status:
            self._status = status
            self._systemd.tell(STATUS=status)

    def _log_changes(self, named: Sequence[Trouble]) -> None:
        present: dict[Concern, Trouble] = {(one.home, one.rule, one.subject): one for one in named}
        for concern in present.keys() - self._named.keys():
            _log.warning("trouble", rule=concern[1], about=concern[2], told=present[concern].sentence)
        for _, rule, about in self._named.keys() - present.keys():
            _log.info("trouble_over", rule=rule, about=about)
        self._named = present

    # ------------------------------------------------------------------------------------------ inside

    def _look_pause(self) -> float:
        return self._pace.look_s if self._parts.connected else self._pace.look_unconnected_s

    async def _repeat(
        self, work: Callable[[], Awaitable[None]], pause: Callable[[], float], *, first_s: float = 0.0
    ) -> None:
        await asyncio.sleep(first_s)
        while True:
            try:
                await work()
            except Exception:  # noqa: BLE001 - whatever goes wrong, such as a busy database, there is another turn
                _log.exception("oversight_failed")
            await asyncio.sleep(pause())


async def _soon(answer: Awaitable[Result]) -> Result:
    """An answer within a few seconds, or TimeoutError."""
    async with asyncio.timeout(_ANSWER_S):
        return await answer
