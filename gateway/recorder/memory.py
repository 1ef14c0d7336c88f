"""A store in memory, for tests and demonstrations: it can be told to be down, to refuse, and to forget."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import attrgetter

from devices.instant import Instant
from gateway.errors import BatchTooLarge, StoreRefused
from gateway.model import Point
from gateway.ports import Extent
from gateway.recorder.lines import line
from gateway.recorder.schema import HOME

Key = tuple[str, tuple[tuple[str, str], ...], int]


def key(point: Point) -> Key:
    """What identifies a point in a store: measurement, tags, time."""
    return point.measurement, tuple(sorted(point.tags.items())), point.at


class MemoryStore:
    """Implements ports.Store. `troubles` are raised one for each write before anything is written; `down` always.

    `refuses` tells bad points; `largest` is the number of points from which on a batch is too large. `batches` are the
    sizes of all attempts. `lose` forgets points that were confirmed, as a store may on a power cut.
    """

    def __init__(self) -> None:
        self.points: dict[Key, Point] = {}
        self.written: list[Point] = []
        self.batches: list[int] = []
        self.troubles: list[Exception] = []
        self.down: Exception | None = None
        self.refuses: Callable[[Point], bool] = lambda _point: False
        self.largest = math.inf
        self.closed = False

    async def write(self, points: Sequence[Point]) -> None:
        """Take the points, or raise what the script says."""
        self.batches.append(len(points))
        if self.troubles:
            raise self.troubles.pop(0)
        if self.down is not None:
            raise self.down
        if len(points) > self.largest:
            raise BatchTooLarge("the batch is too large")
        for point in points:
            line(point)  # refuses what no store can take
            if self.refuses(point):
                raise StoreRefused("a field has another type than before")
        for point in points:
            self.points[key(point)] = point
            self.written.append(point)

    async def read(
        self, measurements: Collection[str], tags: Mapping[str, str], start: Instant, end: Instant
    ) -> Sequence[Point]:
        """Points with start <= at < end, in order of time; see ports.Store."""
        if self.down is not None:
            raise self.down
        return sorted(
            (
                point
                for point in self.points.values()
                if point.measurement in measurements and start <= point.at < end and tags.items() <= point.tags.items()
            ),
            key=attrgetter("at"),
        )

    async def extent(self, home: str) -> Extent:
        """How much it holds of a home."""
        if self.down is not None:
            raise self.down
        times = [point.at for point in self.points.values() if point.tags.get(HOME) == home]
        return Extent(len(times), min(times), max(times) + 1) if times else Extent()

    async def erase(self, home: str) -> None:
        """Delete every point of a home."""
        if self.down is not None:
            raise self.down
        self.points = {key: point for key, point in self.points.items() if point.tags.get(HOME) != home}

    async def check(self) -> str:
        """That it is there."""
        if self.down is not None:
            raise self.down
        return "readings are kept in memory only"

    async def close(self) -> None:
        """Nothing to release."""
        self.closed = True

    def lose(self, latest: int) -> None:
        """Forget the points of the latest writes, as many as said."""
        for point in self.written[len(self.written) - latest :]:
            self.points.pop(key(point), None)
