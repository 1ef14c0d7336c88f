"""A device's own time: taken only when it is an instant (it has a zone) and plausible. The one place that decides."""

from devices.instant import DAY, MILLISECOND, MINUTE, Instant, parse_rfc3339
from devices.values import number

MOST_AHEAD = 2 * MINUTE
MOST_BEHIND = 7 * DAY
EARLIEST: Instant = 1_420_070_400_000_000
"""2015-01-01T00:00:00Z: with no receive time to compare with, earlier is a clock that was never set."""
LATEST: Instant = 4_102_444_800_000_000
"""2100-01-01T00:00:00Z."""


def plausible(at: Instant | None, received_at: Instant | None, *, trusted: bool = False) -> Instant | None:
    """`at` if it may be believed, else None: at most 2 minutes ahead of the receive time and 7 days behind it.

    Without a receive time, from 2015 to 2100. `trusted` is for a hub that plays a recording: any instant is taken.
    """
    if at is None or trusted:
        return at
    if received_at is None:
        return at if EARLIEST <= at < LATEST else None
    return at if received_at - MOST_BEHIND <= at <= received_at + MOST_AHEAD else None


def from_text(raw: object) -> Instant | None:
    """The instant of an RFC 3339 text that carries a zone, else None."""
    return parse_rfc3339(raw) if isinstance(raw, str) else None


def from_text_or_epoch_ms(raw: object) -> Instant | None:
    """The instant of an RFC 3339 text with a zone, or of a count of milliseconds since 1970; else None."""
    at = from_text(raw)
    if at is not None:
        return at
    milliseconds = number(raw)
    if milliseconds is None or not 0 < milliseconds < LATEST / MILLISECOND:
        return None
    return int(milliseconds) * MILLISECOND
