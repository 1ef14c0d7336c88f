"""The session that the broker keeps for us: whether it did, what it subscribes to, and since when we were away."""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from devices.instant import Instant, rfc3339
from gateway.clock import Clock
from gateway.config import Broker
from gateway.errors import FixConfiguration, TryLater
from gateway.ingest import promise, record
from gateway.ingest.session import Connection
from gateway.model import Trouble
from gateway.ports import Journal

RECORD_FILE = "session.json"
_NOTE_EVERY_S = 10.0
_TICK_S = 1.0

_log = structlog.get_logger("keepwell.ingest")

OnGap = Callable[[Instant | None, Instant], None]


class KeptSession:
    """Outlives connections and, through its file, the process.

    `alive_at`: when the broker was last known to reach us. `queued_since`: where the session was kept, since when
    messages may have been queued in it.
    """

    def __init__(
        self,
        settings: Broker,
        data: Path,
        journal: Journal,
        clock: Clock,
        *,
        last_alive: Instant | None,
        on_gap: OnGap | None,
    ) -> None:
        self.gaps = 0
        self._gap: Trouble | None = None
        self.queued_since: Instant | None = None
        self.marker_topic = f"keepwell/gateway/{re.sub(r'[^A-Za-z0-9._-]', '_', settings.client_id)}/drained"
        self._settings = settings
        self._journal = journal
        self._clock = clock
        self._on_gap = on_gap
        data.mkdir(parents=True, exist_ok=True)
        self._path = data / RECORD_FILE
        self._record = record.load(self._path, settings)
        self.alive_at = max((one for one in (self._record.alive_at, last_alive) if one is not None), default=None)
        self._journal_knows: str | None = None

    @property
    def name(self) -> str:
        """Our name for it, in the identity of its deliveries."""
        return self._record.session or ""

    def troubles(self) -> Sequence[Trouble]:
        """The last session that the broker should have kept and had not."""
        return () if self._gap is None else (self._gap,)

    async def settle(self, connection: Connection) -> None:
        """Know which session this is before the first message is read; notice one that was not kept."""
        refusal = promise.broker_refusal(self._settings, connection.session_expiry_s)
        if refusal is not None:
            raise FixConfiguration(refusal)
        expected = self._record.session is not None
        self.queued_since = self.alive_at if connection.present else None
        if expected and not connection.present:
            self.gaps += 1
            since, now = self.alive_at, self._clock.now()
            self._gap = Trouble("gateway", "session", _gap_sentence(since, now), now, passing=False)
            _log.error(
                "ingest.session_lost",
                since=None if since is None else rfc3339(since),
                meaning="the broker had not kept our session: messages from this time may be missing",
            )
            if self._on_gap is not None:
                self._on_gap(since, now)
        if not expected or not connection.present:
            self._save(self._record.begun())
        if self._journal_knows != self.name:
            await self._journal.new_session(self.name)
            self._journal_knows = self.name

    async def subscribe(self, connection: Connection) -> bool:
        """Subscribe to all filters and to our marker, end what left the configuration; whether the marker comes back.

        The record holds a filter before the broker does and until it does not.
        """
        filters = [one.filter for one in self._settings.filters]
        left = [one for one in self._record.filters if one not in filters] if connection.present else []
        if left:
            await connection.unsubscribe(left)
            _log.info("ingest.unsubscribed", filters=left)
        known = tuple(dict.fromkeys((*self._record.filters, *filters)))
        if known != self._record.filters:
            self._save(replace(self._record, filters=known))
        *granted, marker = await connection.subscribe([*filters, self.marker_topic])
        if (refusal := promise.subscription_refusal(filters, granted)) is not None:
            raise FixConfiguration(refusal)
        if known != tuple(filters):
            self._save(replace(self._record, filters=tuple(filters)))
        self.alive_at = self._clock.now()
        return marker == 1

    async def note_alive(self, connection: Connection) -> None:
        """Keep `alive_at`, a second early rather than late, until cancelled."""
        heard, looked_at, noted = connection.last_heard, self._clock.now(), time.monotonic()
        while True:
            await asyncio.sleep(_TICK_S)
            if (latest := connection.last_heard) > heard:
                heard, self.alive_at = latest, looked_at
            looked_at = self._clock.now()
            if time.monotonic() - noted >= _NOTE_EVERY_S:
                noted = time.monotonic()
                self.save_alive()

    def save_alive(self) -> None:
        """Write `alive_at` down."""
        with contextlib.suppress(TryLater):  # the disk is full: the time kept before is earlier, which is safe
            self._save(replace(self._record, alive_at=self.alive_at))

    def _save(self, changed: record.SessionRecord) -> None:
        self._record = changed
        try:
            record.save(self._path, changed)
        except OSError as error:
            raise TryLater(f"{self._path} cannot be written: {error}") from error


def _gap_sentence(since: Instant | None, now: Instant) -> str:
    between = f"before {_minute(now)}" if since is None else f"between {_minute(since)} and {_minute(now)}"
    return (
        f"The broker had not kept our session: what the homes sent {between} (UTC) may be missing. See that its"
        " persistence is on, that its disk is sound, and that persistent_client_expiration is long enough."
    )


def _minute(moment: Instant) -> str:
    return rfc3339(moment)[:16].replace("T", " ")
