"""The composition root: builds every part of the gateway from the configuration, in the order of the flow."""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

import structlog

from devices.instant import Instant
from gateway.alerts.desk import AlertDesk
from gateway.clock import Clock, ManualClock, SystemClock, WatchedClock
from gateway.config import Settings
from gateway.database.engine import Database
from gateway.errors import FixConfiguration
from gateway.housekeeping import Housekeeping
from gateway.ingest.intake import Intake
from gateway.ingest.promise import refusals
from gateway.ingest.reception import Reception
from gateway.journal.committer import GroupCommitter
from gateway.journal.limits import Limits
from gateway.journal.room import MEGABYTE, Room
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Directory, Point, Quarantined, Taken
from gateway.notify.answer import no_link
from gateway.notify.channels import own
from gateway.notify.channels.mqtt import MqttPublisher
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
from gateway.validators import check_channel, check_pack, check_rule
from gateway.watch.service import Watch

if TYPE_CHECKING:
    from gateway.web.serving import Pages

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

        self.registry = SqlRegistry(database, check_rule, check_channel, check_pack)
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
        self.desk = AlertDesk(
            database, settings.alerts, on_change=self._wake_notifier, lived=self._tell_pages, stepped=_stepped(clock)
        )
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
        channels = own(self.publisher.publish) if channels is None else channels
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
        self.store = store
        self.upkeep = Upkeep(SystemClock().now)
        self.pages = self.upkeep.built("pages", lambda: self._pages(channels)) if settings.web.listen else None
        self.notifier = Notifier(
            database,
            channels,
            clock,
            on_unreached=self.desk.wake,
            link=self.pages.link() if self.pages else no_link,
        )
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
        self.housekeeping = Housekeeping(
            database,
            self.registry,
            journal,
            self.desk,
            self.intake,
            clock,
            directory=lambda: self.directory,
            retention_days=settings.journal.retention_days,
        )
        self.relearning = Relearning(self.watch, store, clock.now, settings.broker.client_id)
        reporters = (self.intake, self.committer, journal, self.recorder, self.desk, self.upkeep, self.pages)
        self.oversight = Oversight(
            settings,
            database,
            journal,
            self.desk,
            clock,
            Overseen(
                gauges={**gauges, "recorder": self.recorder, "parts": self.upkeep},
                reporters=[one for one in reporters if one is not None],
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
                limits=Limits.chosen(settings.journal),
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
                            ("housekeeping", self.housekeeping.run),
                            ("oversight", self.oversight.run),
                            *(self.pages.parts() if self.pages else ()),
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
        if self.pages is not None:
            self.pages.close()
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
        if self.pages is not None:
            self.pages.feed.wake()

    def _tell_pages(self, homes: Collection[str]) -> None:
        if self.pages is not None:
            self.pages.feed.lived(homes)

    def _pages(self, channels: Sequence[Channel]) -> "Pages":
        # Loaded only where they are served: they take a while and memory, and commands do without them.
        from gateway.web.serving import Pages  # noqa: PLC0415
        from gateway.web.site import Site, signing_key  # noqa: PLC0415

        site = Site(
            settings=self.settings,
            database=self.database,
            registry=self.registry,
            desk=self.desk,
            journal=self.journal,
            store=self.store,
            channels=channels,
            clock=self.clock,
            key=signing_key(self.settings.data),
            directory=lambda: self.directory,
            homes=lambda: self.watch.engine.homes(),  # noqa: PLW0108 - after a resume it is another engine
        )
        return Pages(site, strangers=lambda: self.intake.figures()["unregistered"])

    async def _follow_registry(self) -> None:
        """Take up changes that commands and pages make in the registry, within 2 s."""
        while True:
            if await self.registry.revision() != self.directory.revision:
                former, self.directory = self.directory, await self.registry.directory()
                self.watch.use(self.directory)
                await self.intake.follow(former)
                await self.housekeeping.forget_lessons()
            await asyncio.sleep(_FOLLOW_S)

    async def _set_aside(self, point: Point, reason: str) -> None:
        """Keep a point that the store refuses, with the reason, beside the messages that could not be read."""
        refused = repr(point).encode()
        digest = hashlib.sha256(refused).hexdigest()
        entry = Quarantined(None, point.measurement, "store", "store_refused", reason, len(refused), digest,
                            self.clock.now(), refused)  # fmt: skip
        await self.journal.append([Taken(quarantined=(entry,))])


async def _last_received(journal: SqliteJournal) -> Instant:
    """When the last entry was received, 0 for none: where a recording goes on after a restart."""
    latest = await journal.read(await journal.end() - 1, 1)
    return latest[-1].reading.received_at if latest else 0


def _stepped(clock: Clock) -> Callable[[], int]:
    """By how much the machine's clock was set since the start; a clock that tests move is never set."""
    return (lambda: clock.stepped) if isinstance(clock, WatchedClock) else lambda: 0
