"""The latest entries in memory, so that readers who keep up need not fetch from disk what has just been written."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.journal.rows import clean
from gateway.model import Journaled, Reading

_KEPT = 12_000
"""Entries, about 6 MB; up to twice as many before the oldest go."""

_UNCHANGED = frozenset({bool, float})


class Recent:
    """An unbroken row of entries that ends with the last one durable."""

    def __init__(self) -> None:
        self._entries: list[Journaled] = []

    def add(self, end: int, readings: Sequence[Reading]) -> None:
        """Readings that have become durable, the last of them at offset `end`."""
        first = end - len(readings) + 1
        if self._entries and self._entries[-1].offset != first - 1:
            self._entries.clear()
        self._entries += [Journaled(offset, _as_kept(reading)) for offset, reading in enumerate(readings, first)]
        if len(self._entries) > 2 * _KEPT:
            del self._entries[:-_KEPT]

    def after(self, offset: int, limit: int) -> Sequence[Journaled] | None:
        """Up to `limit` entries above `offset`, in order; None where some of them are no longer here."""
        if not self._entries or offset < self._entries[0].offset - 1:
            return None
        start = offset - self._entries[0].offset + 1
        return self._entries[start : start + limit]

    def forget(self) -> None:
        """Another file has taken the place of the one they were written to."""
        self._entries.clear()


def _as_kept(reading: Reading) -> Reading:
    """The reading as it would come back from disk."""
    value = reading.value
    if reading.identity is None and type(value) in _UNCHANGED and reading.device.isascii():
        return reading
    identity = None if reading.identity is None else clean(reading.identity)
    value = clean(value) if isinstance(value, str) else value if isinstance(value, bool) else float(value)
    return replace(reading, device=clean(reading.device), identity=identity, value=value)
