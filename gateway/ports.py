"""Every seam of the gateway, on one page. Each port has one contract test suite, run over all its implementations."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from devices.instant import Instant
from devices.measurement import Description
from gateway.model import (
    Directory,
    Fact,
    Journaled,
    Lesson,
    Notice,
    Point,
    Quarantined,
    RuleStatus,
    SightingSummary,
    Taken,
    Trouble,
    Verdict,
    Waiting,
)


class Extent(NamedTuple):
    """How much a store holds of a home: points, from when, and until when (not included); all 0 for nothing."""

    points: int = 0
    start: Instant = 0
    end: Instant = 0


class Journal(Protocol):
    """Append-only durable log of readings, with what else a message may leave behind. Every reader has a cursor."""

    async def append(self, batch: Sequence[Taken]) -> int:
        """Keep the batch whole; durable on return. The last offset used so far.

        A Taken whose delivery has DUP set and equals one on record (same session, mid, digest) is dropped and counted;
        if that one is settled it is kept, its readings with Flag.REPLAYED.
        Of lessons the latest under each name of each hub is kept; an empty one removes it.
        A reading that has the same home, device, quantity and `at` as one on record is kept 1 ms later; one with an
        `identity` on record for its (home, device, quantity) is kept unshifted with Flag.DUPLICATE.
        Raises TryLater when the disk cannot take it.
        """
        ...

    async def read(self, after: int, limit: int) -> Sequence[Journaled]:
        """Up to `limit` entries with an offset above `after`, in order."""
        ...

    async def wait(self, after: int) -> None:
        """Return once there is an entry with an offset above `after`."""
        ...

    async def end(self) -> int:
        """The last offset used so far, 0 for none."""
        ...

    async def cursor(self, reader: str) -> int:
        """The offset that `reader` has confirmed, 0 at first."""
        ...

    async def advance(self, reader: str, offset: int) -> None:
        """Confirm that `reader` is done with everything up to `offset`; never moves back."""
        ...

    async def prune(self, older_than: Instant, readers: Iterable[str]) -> int:
        """Delete entries received before `older_than` that all of `readers` have confirmed; how many."""
        ...

    async def waiting(self, hub: str) -> Sequence[Waiting]:
        """Measurements of this hub whose device's address was not known, oldest first, with their ids."""
        ...

    async def expire_waiting(self, older_than: Instant) -> int:
        """Drop waiting measurements received before `older_than`; how many."""
        ...

    def lessons(self, hub: str) -> Sequence[Lesson]:
        """What decoding this hub's messages rests on, the oldest first. Takes milliseconds; TryLater if unreadable."""
        ...

    async def forget_lessons(self, hubs: Collection[str]) -> int:
        """Drop the lessons of all hubs but these; how many."""
        ...

    async def new_session(self, session: str) -> None:
        """Forget the deliveries of every other session: the broker has begun a new one."""
        ...

    async def settle(self, session: str, mids: Collection[int]) -> None:
        """The broker is known to have our acknowledgement of these; takes effect before any later `append`."""
        ...

    async def sightings(self) -> Sequence[SightingSummary]:
        """Unregistered devices heard, the latest first."""
        ...

    async def quarantine(self, limit: int = 100) -> Sequence[Quarantined]:
        """The latest messages that could not be read."""
        ...

    async def rejected(self) -> Mapping[tuple[str, str | None], int]:
        """How many messages that could not be read are kept, by reason and hub (None: not of a registered home)."""
        ...

    async def of_home(self, home: str, after: int, limit: int) -> Sequence[Journaled]:
        """Up to `limit` entries of this home with an offset above `after`, in order."""
        ...

    async def held(self, home: str, hubs: Collection[str]) -> Mapping[str, int]:
        """What is held of a home and its hubs: entries, sightings, quarantined, waiting, lessons."""
        ...

    async def erase(self, home: str, hubs: Collection[str]) -> None:
        """Delete what `held` counts, for good: nothing of it can be read from the disk. Offsets go on as they were."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """entries, sightings, quarantined, waiting, duplicates_dropped, waiting_dropped, bytes."""
        ...

    async def close(self) -> None:
        """Release the files."""
        ...


class Store(Protocol):
    """A time-series store. Writing the same point twice leaves one."""

    async def write(self, points: Sequence[Point]) -> None:
        """Return once the store has confirmed all of them.

        Raises StoreRefused (400, 422), BatchTooLarge (413), FixConfiguration (401, 403, 404), else TryLater.
        """
        ...

    async def read(
        self, measurements: Collection[str], tags: Mapping[str, str], start: Instant, end: Instant
    ) -> Sequence[Point]:
        """Points of these measurements that have all these tags, with start <= at < end, in order of time.

        Ask for a day at a time: all of it is held in memory. Raises FixConfiguration or TryLater.
        """
        ...

    async def extent(self, home: str) -> Extent:
        """How much it holds of a home. Raises FixConfiguration or TryLater."""
        ...

    async def erase(self, home: str) -> None:
        """Delete every point of a home; on return none is read any more. FixConfiguration where this store cannot."""
        ...

    async def check(self) -> str:
        """One sentence on reachability and version; raises FixConfiguration or TryLater."""
        ...

    async def close(self) -> None:
        """Release connections or files."""
        ...


class Registry(Protocol):
    """Where homes, hubs, devices and people are registered."""

    async def directory(self) -> Directory:
        """The present picture."""
        ...

    async def revision(self) -> int:
        """Grows with every change; cheap to ask."""
        ...

    async def describe(self, hub: str, address: str, description: Description) -> bool:
        """Note what a registered device tells of itself: quantities, and maker and model where nobody gave any.

        Whether there was anything new.
        """
        ...

    async def resolve_address(self, hub: str, named: str, address: str) -> bool:
        """Re-key a device registered by friendly name to its stable address; whether there was one."""
        ...


class Desk(Protocol):
    """Where watch's conclusions become durable: alerts, facts, hot state and cursor in one transaction."""

    async def resume(self) -> tuple[int, Mapping[str, bytes]]:
        """The watch cursor and each home's hot state as last committed."""
        ...

    async def baselines(self) -> Mapping[str, bytes]:
        """What each home's days have taught, as last committed."""
        ...

    async def commit(  # noqa: PLR0913 - a commit has that many parts
        self,
        *,
        cursor: int,
        states: Mapping[str, bytes],
        verdicts: Sequence[Verdict],
        facts: Sequence[Fact],
        statuses: Sequence[RuleStatus],
        heard: Mapping[tuple[str, str], Instant],
        now: Instant,
        baselines: Mapping[str, bytes] = {},
    ) -> None:
        """Apply verdicts to alerts (queueing notices), keep facts, touched states, changed rule statuses and cursor.

        Baselines are kept as they are given; an empty one is wiped.

        `heard`: (hub, registered address) -> last heard, for the registry's pages. All or nothing, one transaction.
        """
        ...


class Channel(Protocol):
    """One way to reach people. It says whether trying again makes sense; the notifier decides when."""

    def handles(self, address: str) -> bool:
        """Whether this channel serves addresses such as `console:`."""
        ...

    async def send(self, notice: Notice) -> None:
        """Return once accepted for delivery; raises TryLater, GiveUp or FixConfiguration."""
        ...


class Gauge(Protocol):
    """Something that reports figures on its health, for the store and the status command."""

    def figures(self) -> Mapping[str, float]:
        """Name to present value; counters only grow."""
        ...


class Reporter(Protocol):
    """A part that may be in trouble."""

    def troubles(self) -> Sequence[Trouble]:
        """What is wrong now; a passing trouble that is no longer named is over. Cheap: asked every few seconds."""
        ...
