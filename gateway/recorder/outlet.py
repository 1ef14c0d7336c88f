"""The store as the recorder uses it: batches are cut down until what is good is in and what is bad is set aside."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import structlog

from gateway.errors import BatchTooLarge, FixConfiguration, StoreRefused, TryLater
from gateway.model import Point
from gateway.ports import Store

log = structlog.get_logger("keepwell.recorder")

SetAside = Callable[[Point, str], Awaitable[None]]
"""Keeps a point that the store refuses, with the reason; TryLater when it cannot just now.

The point may be one that no store can take: a number that is not finite, a time out of range.
"""


class MayHaveForgotten(TryLater):
    """The store has confirmed this write, and may have lost some that it confirmed before."""


_REFUSED_REMEMBERED = 10_000
_GROWS_AFTER = 20


class Outlet:
    """Writes points in order. `failures` grows with every failure after which confirmed points may be lost."""

    def __init__(self, store: Store, set_aside: SetAside, batch_points: int) -> None:
        self.trouble: TryLater | FixConfiguration | None = None
        """Why nothing can be written just now; None while all is well."""
        self.troubles = 0
        """How often that began."""
        self.failures = 0
        self.written = 0
        self.refused = 0
        self.writes = 0
        """Confirmed ones, which took `write_s` seconds together."""
        self.write_s = 0.0
        self._store = store
        self._set_aside = set_aside
        self._most = batch_points
        self._largest = batch_points
        self._successes = 0
        self._known_bad: dict[object, None] = {}
        self._failed = asyncio.Event()

    async def write(self, points: Sequence[Point]) -> None:
        """Return once every point is confirmed or set aside. Raises TryLater or FixConfiguration after a failure."""
        pieces = deque([[point for point in points if _key(point) not in self._known_bad]])
        try:
            while pieces:
                piece = pieces.popleft()
                if len(piece) > self._largest:
                    pieces.extendleft(reversed(_cut(piece, self._largest)))
                elif piece:
                    pieces.extendleft(reversed(await self._attempt(piece)))
        except (TryLater, FixConfiguration) as trouble:
            self.note_trouble(trouble)
            raise

    @property
    def problem(self) -> str | None:
        """Why nothing can be written just now, in a sentence; None while all is well."""
        return None if self.trouble is None else str(self.trouble)

    def note_success(self) -> None:
        """The store has confirmed a write."""
        if self.trouble is not None:
            log.info("store takes points again")
            self.trouble = None

    def note_trouble(self, trouble: TryLater | FixConfiguration) -> None:
        """Remember a failure and tell who waits for one."""
        if isinstance(trouble, MayHaveForgotten):
            log.info("store may have been started anew", reason=str(trouble))
            self.note_success()
        else:
            if str(trouble) != self.problem:
                log.warning("store cannot take points", problem=str(trouble))
            self.troubles += self.trouble is None
            self.trouble = trouble
        self.failures += 1
        self._failed.set()
        self._failed = asyncio.Event()

    async def failed_since(self, failures: int) -> None:
        """Return once there have been more failures than that."""
        while self.failures <= failures:
            await self._failed.wait()

    async def _attempt(self, piece: list[Point]) -> list[list[Point]]:
        """Write one piece; what is left of it to be written, in pieces."""
        try:
            await self._write(piece)
        except StoreRefused as refusal:
            if len(piece) > 1:
                return _cut(piece, (len(piece) + 1) // 2)
            await self._refuse(piece[0], str(refusal))
        except BatchTooLarge as refusal:
            if len(piece) > 1:
                self._largest, self._successes = (len(piece) + 1) // 2, 0
                return [piece]
            await self._refuse(piece[0], str(refusal))
        else:
            self.written += len(piece)
            self.note_success()
            self._grow()
        return []

    async def _write(self, piece: list[Point]) -> None:
        began = time.monotonic()
        try:
            await self._store.write(piece)
        except MayHaveForgotten as doubt:
            self.note_trouble(doubt)
        self.writes += 1
        self.write_s += time.monotonic() - began

    def _grow(self) -> None:
        """Try larger batches again after a while: what was too large may have been the mood of a proxy."""
        if self._largest < self._most:
            self._successes += 1
            if self._successes >= _GROWS_AFTER:
                self._largest, self._successes = min(self._most, self._largest * 2), 0

    async def _refuse(self, point: Point, reason: str) -> None:
        try:
            await self._set_aside(point, reason)
        except (TryLater, FixConfiguration):
            raise
        except Exception:  # a bad point must not stop all that come after it; the journal still has the reading
            log.exception("a refused point could not be set aside", measurement=point.measurement)
        self.refused += 1
        if len(self._known_bad) >= _REFUSED_REMEMBERED:
            del self._known_bad[next(iter(self._known_bad))]
        self._known_bad[_key(point)] = None
        log.warning("store refused a point, which was set aside", measurement=point.measurement)


def _cut(points: list[Point], size: int) -> list[list[Point]]:
    return [points[start : start + size] for start in range(0, len(points), size)]


def _key(point: Point) -> object:
    return point.measurement, point.at, frozenset(point.tags.items())
