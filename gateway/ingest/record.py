"""What has to be remembered about our session on the broker: one small file in the data directory."""

import json
import os
import uuid
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Self

from devices.instant import Instant
from gateway.config import Broker


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """The session that the broker keeps for us.

    `account` is whose session it is (broker and client id); `session` our name for it, None when there has been none;
    `filters` what it subscribes to; `alive_at` when the broker was last known to reach us.
    """

    account: str
    session: str | None = None
    filters: tuple[str, ...] = field(default=())
    alive_at: Instant | None = None

    def begun(self) -> Self:
        """The record of a new session."""
        return replace(self, session=uuid.uuid4().hex, filters=())


def load(path: Path, settings: Broker) -> SessionRecord:
    """The record kept for these settings; an empty one when there is none, or it is another broker's, or damaged."""
    account = f"{settings.host}:{settings.port}/{settings.client_id}"
    try:
        raw = json.loads(path.read_bytes())
        record = SessionRecord(raw["account"], raw["session"], tuple(raw["filters"]), raw["alive_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return SessionRecord(account)
    return record if record.account == account else SessionRecord(account)


def save(path: Path, record: SessionRecord) -> None:
    """Replace the file at once or not at all; it is on disk on return."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(asdict(record), file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
