"""What the pages stand on: the parts of the running gateway that they read and change."""

import asyncio
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from devices.instant import Instant
from gateway.alerts.desk import AlertDesk
from gateway.clock import Clock, SystemClock
from gateway.config import Settings
from gateway.database.engine import Database
from gateway.model import Directory
from gateway.ports import Channel, Journal, Store
from gateway.registry.registry import SqlRegistry
from gateway.watch.home import HomeWatch
from gateway.web.access.limits import Limits
from gateway.web.access.passwords import Passwords
from gateway.web.live import Live

_KEY_BYTES = 32
_log = structlog.get_logger("keepwell.web")


@dataclass(frozen=True, slots=True)
class Site:
    """`clock` is that of the homes, which a recording moves; `wall` is that of sessions, links and tokens.

    `homes` are the engine's own, to be looked at only. `key` signs what is given to people and not kept.
    """

    settings: Settings
    database: Database
    registry: SqlRegistry
    desk: AlertDesk
    journal: Journal
    store: Store
    channels: Sequence[Channel]
    clock: Clock
    key: bytes
    directory: Callable[[], Directory]
    homes: Callable[[], Mapping[str, HomeWatch]]
    wall: Clock = field(default_factory=SystemClock)
    live: Live = field(default_factory=Live)
    limits: Limits = field(default_factory=Limits)
    passwords: Passwords = field(default_factory=Passwords)
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """Of pages that write: one at a time, so that an alert waits for one of them at most, however many are open."""

    def now(self) -> Instant:
        """The time at the homes."""
        return self.clock.now()

    @property
    def secure(self) -> bool:
        """Whether people reach the pages by HTTPS only."""
        return (self.settings.web.address or "").startswith("https://")


def signing_key(data: Path) -> bytes:
    """The key of this data directory, made where there is none. Without it links in messages no longer work.

    Where it cannot be kept, as on a full disk, it is good until the gateway ends: that must start all the same.
    """
    path, new = data / "web.key", data / "web.key.new"
    try:
        key = path.read_bytes() if path.exists() else b""
        if len(key) >= _KEY_BYTES:
            return key
        key = secrets.token_bytes(_KEY_BYTES)
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        _log.warning("web_key_not_kept", why=error.strerror)
        return secrets.token_bytes(_KEY_BYTES)
    return key
