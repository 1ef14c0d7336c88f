"""Points in time as whole microseconds since 1970-01-01T00:00:00 UTC, and their RFC 3339 text.

An integer compares, subtracts and serialises exactly; every duration in Keepwell is a difference of two of these.
"""

from datetime import UTC, datetime, timedelta

Instant = int
"""Microseconds since the Unix epoch, UTC."""

MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def from_datetime(moment: datetime) -> Instant:
    """The instant of an aware datetime; ValueError when it carries no zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone is not an instant")
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(instant: Instant) -> datetime:
    """The aware UTC datetime of an instant."""
    return _EPOCH + timedelta(microseconds=instant)


def parse_rfc3339(text: str) -> Instant | None:
    """The instant that an RFC 3339 or ISO 8601 text with an offset names; None when it has no offset or is no time.

    Fractions finer than a microsecond are cut, as some bridges send nanoseconds.
    """
    try:
        moment = datetime.fromisoformat(text)
        return from_datetime(moment) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def rfc3339(instant: Instant) -> str:
    """UTC text such as 2026-01-05T08:30:00Z; a fraction appears only when there is one."""
    return to_datetime(instant).isoformat().replace("+00:00", "Z")
