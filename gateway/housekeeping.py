"""What is done every minute and every hour, so that lists stay true and nothing is kept that is done with."""

from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import update

from devices.instant import DAY, HOUR, MINUTE
from gateway.alerts.desk import AlertDesk
from gateway.clock import Clock
from gateway.database.engine import Database
from gateway.database.tables import HubRow
from gateway.errors import TryLater
from gateway.ingest.intake import Intake
from gateway.journal.facts import strangers
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Directory
from gateway.registry.absence import follow_absences
from gateway.registry.registry import SqlRegistry


class Housekeeping:
    """`run()` it beside the other parts. Readings that all have read go after `retention_days`."""

    def __init__(  # noqa: PLR0913 - the composition root names them
        self,
        database: Database,
        registry: SqlRegistry,
        journal: SqliteJournal,
        desk: AlertDesk,
        intake: Intake,
        clock: Clock,
        *,
        directory: Callable[[], Directory],
        retention_days: float,
    ) -> None:
        self._database = database
        self._registry = registry
        self._journal = journal
        self._desk = desk
        self._intake = intake
        self._clock = clock
        self._directory = directory
        self._retention = round(retention_days * DAY)
        self._unprotected: dict[str, int] = {}

    async def run(self) -> None:
        """Every minute absences begin and end, and what dashboards list is restated; every hour what is over goes."""
        while True:
            now = self._clock.now()
            await follow_absences(self._database, self._registry, now)
            await self._desk.restate(now)
            with suppress(TryLater):  # in a minute it is told
                await self._desk.tell(await strangers(self._journal, self._directory(), now))
            await self._note_unprotected()
            await self._desk.prune_facts(await self._journal.cursor("recorder.facts.settled"))
            if now % HOUR < MINUTE:
                await self._journal.prune(now - self._retention, ("watch", "recorder"))
                await self.forget_lessons()
            await self._clock.wait_until(now - now % MINUTE + MINUTE)

    async def forget_lessons(self) -> None:
        """What a hub taught belongs to its home: without that, or without its consent, nothing of it is kept."""
        hubs = [name for name, (home, _) in self._directory().hubs.items() if home.consent]
        with suppress(TryLater):  # within the hour it is tried again
            await self._journal.forget_lessons(hubs)

    async def _note_unprotected(self) -> None:
        """Keep which hubs published at QoS 0, for `keepwell check`: what they say while we are away is lost."""
        heard, now = self._intake.qos0, self._clock.now()
        hubs = [hub for hub, count in heard.items() if count != self._unprotected.get(hub)]
        if hubs:
            await self._database.run(
                lambda session: session.execute(update(HubRow).where(HubRow.name.in_(hubs)).values(qos0_at=now))
            )
            self._unprotected = dict(heard)
