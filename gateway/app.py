"""The composition root: builds every part of the gateway from the configuration, in the order of the flow."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import Self

import structlog
from sqlalchemy import update

from devices.instant import DAY, HOUR, MINUTE, Instant
from gateway.alerts.desk import AlertDesk
from gateway.clock import Clock, ManualClock, SystemClock, WatchedClock
from gateway.config import JournalSettings, Settings
from gateway.database.engine import Database
from gateway.database.tables import HubRow
from gateway.errors import FixConfiguration, TryLater
from gateway.ingest.intake import Intake
from gateway.ingest.promise import refusals
from gateway.ingest.reception import Reception
from gateway.journal.committer import GroupCommitter
from gateway.journal.facts import strangers
from gateway.journal.limits import Limits
from gateway.journal.room import MEGABYTE, Room
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Directory, Point, Quarantined, Taken
from gateway.notify.channels.announce import AnnounceChannel
from gateway.notify.channels.apprise import AppriseChannel
from gateway.notify.channels.console import ConsoleChannel, show
from gateway.notify.channels.email import EmailChannel
from gateway.notify.channels.mqtt import MqttChannel, MqttPublisher
from gateway.notify.notifier import Notifier
from gateway.oversight.overseen import Overseen
from gateway.oversight.oversight import Oversight
from gateway.oversight.process import Process
from gateway.parts import Upkeep, only_gateway
from gateway.ports import Channel, Gauge, Store
from gateway.recorder.later import StoreOpenedLater
from gateway.recorder.opening import open_store
from gateway.recorder.recorder import Recorder
from gateway.registry.registry import SqlRegistry
from gateway.replay.relearn import Relearning
from gateway.rescue.listener import Listener, Receive
from gateway.rescue.people import everybody
from gateway.rescue.rescue import Rescue
from gateway.rescue.urgent import is_urgent
from gateway.watch.service import Watch

_FOLLOW_S = 1.0
_DRAINS_WITHIN_S = 1.5
"""At the end; what is not durable by then is not acknowledged, and the broker has it."""
_log = structlog.get_logger("keepwell")


class Gateway:
    """All parts of one gateway, from `open`. `run()` it once; cancel that, or call `stop()`, to end it."""

    def __init__(  # noqa: PLR0913, PLR0917 - what `open` has opened
        self,
        settings: Settings,
        opened: ExitStack,
        database: Database,
        journal: SqliteJournal,
        store: Store,
        clock: Clock,
        arrivals: Clock,
        channels: Sequence[Channel] | None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.database = database
        self.journal = journal
        self.directory = Directory()
        self._opened = opened
        self._unprotected: dict[str, int] = {}

        self.registry = SqlRegistry(database)
        self.committer = GroupCommitter(
            journal,
            max_messages=settings.journal.batch_messages,
            max_delay_s=settings.journal.batch_ms / 1000,
            apart_s=settings.journal.batch_ms / 1000,
            urgent=is_urgent,
            refused=self._not_kept,
            kept=self._kept_after_all,
        )
        self.intake = Intake(
            settings.broker,
            data=settings.data,
            journal=journal,
            registry=self.registry,
            committer=self.committer,
            directory=lambda: self.directory,
            clock=arrivals,
            recording_clock=arrivals if arrivals is not clock and isinstance(arrivals, ManualClock) else None,
        )
        self.desk = AlertDesk(database, settings.alerts, on_change=self._wake_notifier, stepped=_stepped(clock))
        self.watch = Watch(
            journal,
            self.desk,
            clock,
            listening=lambda: self.intake.connected and not self.intake.draining,
            settled=lambda: not self.intake.figures()["pending"],
            arrival_clock=arrivals,
            reached=self._follow_recording if arrivals is not clock else None,
            stepped=_stepped(clock),
        )
        self.publisher = MqttPublisher(settings.broker)
        channels = _channels(self.publisher) if channels is None else channels
        self.rescue = Rescue(
            journal,
            channels,
            clock,
            directory=lambda: self.directory,
            people=lambda: database.run(everybody),
            problem=lambda: self.committer.problem,
            commits=lambda: (int(self.watch.figures()["watch_failed_commits_total"]), self.watch.cursor),
            ear=lambda hear: Listener(settings.broker, self._fresh_reception, hear),
            gateway=settings.broker.client_id,
        )
        self.notifier = Notifier(
            database,
            channels,
            clock,
            on_unreached=self.desk.wake,
        )
        self.store = store
        gauges: dict[str, Gauge] = {
            "ingest": self.intake,
            "commit": self.committer,
            "journal": journal,
            "watch": self.watch,
            "notify": self.notifier,
            "rescue": self.rescue,
            "process": Process(),
        }
        self.recorder = Recorder(
            journal,
            store,
            self.desk,
            clock,
            set_aside=self._set_aside,
            gauges=gauges,
            gateway=settings.broker.client_id,
            batch_points=settings.store.batch_points,
        )
        self.relearning = Relearning(self.watch, store, clock.now, settings.broker.client_id)
        self.upkeep = Upkeep(SystemClock().now)
        self.oversight = Oversight(
            settings,
            database,
            journal,
            self.desk,
            clock,
            Overseen(
                gauges={**gauges, "recorder": self.recorder, "parts": self.upkeep},
                reporters=(self.intake, self.committer, journal, self.recorder, self.desk, self.upkeep),
                broker_problem=lambda: self.intake.trouble,
                journal_problem=lambda: self.committer.problem,
                store_problem=lambda: self.recorder.problem,
                wake_notifier=self._wake_notifier,
            ),
            live=isinstance(clock, SystemClock),
        )

    @classmethod
    async def open(
        cls,
        settings: Settings,
        *,
        clock: Clock | None = None,
        recording: bool = False,
        channels: Sequence[Channel] | None = None,
    ) -> Self:
        """Build every part. `channels` replace our own.

        `recording`: time is that of the dated readings of replay hubs. What arrives moves one clock; the rules, and
        with them alerts and messages, follow on another as they take it in.

        Raises FixConfiguration before anything is opened when the settings would lose messages, and BadInput when
        another gateway runs on the data directory.
        """
        if found := refusals(settings.broker):
            raise FixConfiguration("; ".join(found))
        opened = ExitStack()
        with opened:
            opened.enter_context(only_gateway(settings.data))
            Room(settings.data, None, settings.journal.ballast_mb * MEGABYTE)  # on a full disk the ballast goes first
            database = Database.open(settings.data)
            opened.callback(database.close)
            desk = AlertDesk(database, settings.alerts)
            if clock is None and not recording:
                await desk.catch_up(SystemClock().now())
            watched, _ = await desk.resume()
            journal = await SqliteJournal.open(
                settings.data / "journal.db",
                limits=_limits(settings.journal),
                minimum_offset=watched,
                urgent=is_urgent,
            )
            store = StoreOpenedLater(lambda: open_store(settings))
            now = arrivals = clock or WatchedClock()
            if recording:
                begins = await _last_received(journal)
                now, arrivals = ManualClock(begins), ManualClock(begins)
            return cls(settings, opened.pop_all(), database, journal, store, now, arrivals, channels)

    async def run(self) -> None:
        """Serve until cancelled or stopped. Whatever was taken in is durable when this returns."""
        try:
            self.directory = await self.registry.directory()
            self.watch.use(self.directory)
            committing = asyncio.create_task(self.committer.run())
            try:
                async with asyncio.TaskGroup() as group:
                    others = [
                        group.create_task(self.upkeep.keep(name, part), name=f"keepwell-{name}")
                        for name, part in (
                            ("registry", self._follow_registry),
                            ("watch", self.watch.run),
                            ("alerts", lambda: self.desk.run(self.clock)),
                            ("notify", self.notifier.run),
                            ("publish", self.publisher.run),
                            ("rescue", self.rescue.run),
                            ("recorder", self.recorder.run),
                            ("relearning", self.relearning.run),
                            ("housekeeping", self._keep_house),
                            ("oversight", self.oversight.run),
                        )
                    ]
                    await self.upkeep.keep("ingest", self.intake.run)
                    for task in others:
                        task.cancel()
            finally:
                committing.cancel()
                await asyncio.gather(committing, return_exceptions=True)
        finally:
            await self.close()

    async def stop(self) -> None:
        """Take in nothing more, acknowledge what becomes durable, and let `run()` return."""
        self.oversight.stopping()
        await self.intake.stop(_DRAINS_WITHIN_S)

    async def close(self) -> None:
        """Release every file and connection."""
        await self.store.close()
        await self.journal.close()
        self._opened.close()

    async def _follow_recording(self, moment: Instant) -> None:
        """The rules have come so far in a recording: what is due by then happens before they go on."""
        if isinstance(self.clock, ManualClock):
            self.clock.advance_to(moment)
            await self.desk.step(moment)

    def _not_kept(self, batch: Sequence[Taken]) -> None:
        self.rescue.refused(batch)

    def _kept_after_all(self, batch: Sequence[Taken]) -> None:
        self.rescue.kept(batch)

    def _fresh_reception(self) -> Receive:
        """How a message is read by somebody who keeps nothing: as ingest does, from the beginning."""
        reception = Reception(
            lambda: self.directory, self.settings.broker.filters, self.clock, recall=self.journal.lessons
        )
        return lambda topic, payload, retained: (
            reception.receive(topic, payload, retained=retained, draining=False, queued_since=None).taken
        )

    def _wake_notifier(self) -> None:
        self.notifier.wake()

    async def _follow_registry(self) -> None:
        """Take up changes that commands and pages make in the registry, within 2 s."""
        while True:
            if await self.registry.revision() != self.directory.revision:
                former, self.directory = self.directory, await self.registry.directory()
                self.watch.use(self.directory)
                await self.intake.follow(former)
                await self._forget_lessons()
            await asyncio.sleep(_FOLLOW_S)

    async def _forget_lessons(self) -> None:
        """What a hub taught belongs to its home: without that, or without its consent, nothing of it is kept."""
        with suppress(TryLater):  # within the hour it is tried again
            await self.journal.forget_lessons([name for name, (home, _) in self.directory.hubs.items() if home.consent])

    async def _set_aside(self, point: Point, reason: str) -> None:
        """Keep a point that the store refuses, with the reason, beside the messages that could not be read."""
        refused = repr(point).encode()
        digest = hashlib.sha256(refused).hexdigest()
        entry = Quarantined(None, point.measurement, "store", "store_refused", reason, len(refused), digest,
                            self.clock.now(), refused)  # fmt: skip
        await self.journal.append([Taken(quarantined=(entry,))])

    async def _note_unprotected(self) -> None:
        """Keep which hubs published at QoS 0, for `keepwell check`: what they say while we are away is lost."""
        heard, now = self.intake.qos0, self.clock.now()
        hubs = [hub for hub, count in heard.items() if count != self._unprotected.get(hub)]
        if hubs:
            await self.database.run(
                lambda session: session.execute(update(HubRow).where(HubRow.name.in_(hubs)).values(qos0_at=now))
            )
            self._unprotected = dict(heard)

    async def _keep_house(self) -> None:
        """Every minute what dashboards list is restated; every hour what is done with is deleted."""
        while True:
            now = self.clock.now()
            await self.desk.restate(now)
            with suppress(TryLater):  # in a minute it is told
                await self.desk.tell(await strangers(self.journal, self.directory, now))
            await self._note_unprotected()
            await self.desk.prune_facts(await self.journal.cursor("recorder.facts.settled"))
            if now % HOUR < MINUTE:
                await self.journal.prune(now - round(self.settings.journal.retention_days * DAY), ("watch", "recorder"))
                await self._forget_lessons()
            await self.clock.wait_until(now - now % MINUTE + MINUTE)


async def _last_received(journal: SqliteJournal) -> Instant:
    """When the last entry was received, 0 for none: where a recording goes on after a restart."""
    latest = await journal.read(await journal.end() - 1, 1)
    return latest[-1].reading.received_at if latest else 0


def _limits(settings: JournalSettings) -> Limits:
    return Limits(
        waiting=settings.waiting_limit,
        quarantined=settings.quarantine_limit,
        quota_bytes=settings.quota_mb * MEGABYTE,
        ballast_bytes=settings.ballast_mb * MEGABYTE,
    )


def _stepped(clock: Clock) -> Callable[[], int]:
    """By how much the machine's clock was set since the start; a clock that tests move is never set."""
    return (lambda: clock.stepped) if isinstance(clock, WatchedClock) else lambda: 0


def _channels(publisher: MqttPublisher) -> Sequence[Channel]:
    """One of each channel that reaches people, the first that handles an address serving it."""
    publish = publisher.publish
    return (ConsoleChannel(show), MqttChannel(publish), AnnounceChannel(publish), EmailChannel(), AppriseChannel())
