"""How much the journal keeps: of what nobody may ever fetch a number of rows, of readings what the disk bears."""

from dataclasses import dataclass
from typing import Self

from gateway.config import JournalSettings
from gateway.journal.room import MEGABYTE
from gateway.model import LESSONS_KEPT

PAYLOAD_KEPT = 64 * 1024
"""Bytes of one quarantined payload that are kept; `Quarantined.size` and `digest` tell of the whole."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Rows kept; beyond them the oldest go and are counted.

    `deliveries` must stay well below 65,535: a broker gives a message id out again after that many, and an old entry
    would then take a new message with equal content for its repetition.

    `lessons` and `lessons_bytes` are those of one hub.

    Readings go by retention, and by `quota_bytes` of disk (None for no quota). `ballast_bytes` of disk are held by a
    file that is let go when the disk is full (0 for none).
    """

    waiting: int = 10_000
    quarantined: int = 10_000
    quarantined_bytes: int = 64 * 1024 * 1024
    sightings: int = 10_000
    deliveries: int = 20_000
    lessons: int = LESSONS_KEPT
    lessons_bytes: int = 64 * 1024 * 1024
    quota_bytes: int | None = None
    ballast_bytes: int = 0

    @classmethod
    def chosen(cls, settings: JournalSettings) -> Self:
        """Those of the configuration."""
        return cls(
            waiting=settings.waiting_limit,
            quarantined=settings.quarantine_limit,
            quota_bytes=settings.quota_mb * MEGABYTE,
            ballast_bytes=settings.ballast_mb * MEGABYTE,
        )
