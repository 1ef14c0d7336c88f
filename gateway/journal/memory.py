"""The journal in memory, for tests and back-tests. It keeps the contract, and forgets everything at its end."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from devices.instant import Instant
from gateway.journal.arrival import Arrivals
from gateway.journal.limits import PAYLOAD_KEPT, Limits
from gateway.journal.placing import Event, Placing, Slot
from gateway.journal.seen import Known, fresh, latest_lessons, summaries, together
from gateway.journal.view import COUNTERS
from gateway.model import Delivery, Flag, Journaled, Lesson, Quarantined, Reading, SightingSummary, Taken, Waiting


class MemoryJournal:
    """Implements ports.Journal in memory."""

    def __init__(self, *, limits: Limits | None = None, minimum_offset: int = 0) -> None:
        self._limits = limits or Limits()
        self._end = minimum_offset
        self._entries: list[Journaled] = []
        self._slots: set[Slot] = set()
        self._events: set[Event] = set()
        self._placing = Placing()
        self._arrivals = Arrivals(0)
        self._deliveries: dict[tuple[str, int], Known] = {}
        self._sightings: dict[tuple[str, str], SightingSummary] = {}
        self._quarantined: list[Quarantined] = []
        self._waiting: dict[int, Waiting] = {}
        self._last_waiting = 0
        self._lessons: dict[tuple[str, str], Lesson] = {}
        self._cursors: dict[str, int] = {}
        self._counters = dict.fromkeys(COUNTERS, 0)

    async def append(self, batch: Sequence[Taken]) -> int:
        """Keep the batch. See ports.Journal."""
        kept, dropped = fresh(batch, self._on_record)
        self._counters["duplicates_dropped"] += dropped
        self._take_readings([reading for taken in kept for reading in taken.readings])
        for taken in kept:
            if taken.delivery is not None:
                key = (taken.delivery.session, taken.delivery.mid)
                self._deliveries.pop(key, None)
                self._deliveries[key] = (taken.delivery.digest, False)
            for summary in summaries(taken.sightings):
                where = (summary.hub, summary.address)
                earlier = self._sightings.get(where)
                self._sightings[where] = summary if earlier is None else together(earlier, summary)
            for message in taken.quarantined:
                payload = None if message.payload is None else message.payload[:PAYLOAD_KEPT]
                self._quarantined.append(replace(message, payload=payload))
            for waiting in taken.waiting:
                self._last_waiting += 1
                self._waiting[self._last_waiting] = replace(waiting, id=self._last_waiting)
        for number in (number for taken in kept for number in taken.released):
            self._waiting.pop(number, None)
        for lesson in latest_lessons(kept):
            self._lessons.pop((lesson.hub, lesson.name), None)
            if lesson.payload:
                self._lessons[lesson.hub, lesson.name] = lesson
        self._keep_limits()
        return self._end

    async def read(self, after: int, limit: int) -> Sequence[Journaled]:
        """Up to `limit` entries with an offset above `after`, in order."""
        first = bisect_right(self._entries, after, key=lambda entry: entry.offset)
        return self._entries[first : first + limit]

    async def wait(self, after: int) -> None:
        """Return once there is an entry with an offset above `after`."""
        await self._arrivals.above(after)

    async def end(self) -> int:
        """The last offset used so far."""
        return self._end

    async def cursor(self, reader: str) -> int:
        """The offset that `reader` has confirmed, 0 at first."""
        return self._cursors.get(reader, 0)

    async def advance(self, reader: str, offset: int) -> None:
        """Confirm that `reader` is done with everything up to `offset`; never moves back."""
        self._cursors[reader] = max(offset, self._cursors.get(reader, 0))

    async def prune(self, older_than: Instant, readers: Iterable[str]) -> int:
        """Delete entries received before `older_than` that all of `readers` have confirmed; how many."""
        up_to = min((self._cursors.get(reader, 0) for reader in readers), default=self._end)
        kept: list[Journaled] = []
        for entry in self._entries:
            if entry.offset <= up_to and entry.reading.received_at < older_than:
                self._slots.discard(_slot(entry.reading))
                if (event := _event(entry.reading)) is not None and not entry.reading.flags & Flag.DUPLICATE:
                    self._events.discard(event)
            else:
                kept.append(entry)
        gone = len(self._entries) - len(kept)
        self._entries = kept
        self._arrivals.set(kept[-1].offset if kept else 0)
        return gone

    async def waiting(self, hub: str) -> Sequence[Waiting]:
        """Measurements of this hub whose device's address was not known, oldest first, with their ids."""
        return [waiting for waiting in self._waiting.values() if waiting.hub == hub]

    async def expire_waiting(self, older_than: Instant) -> int:
        """Drop waiting measurements received before `older_than`; how many."""
        old = [number for number, waiting in self._waiting.items() if waiting.received_at < older_than]
        for number in old:
            del self._waiting[number]
        self._counters["waiting_dropped"] += len(old)
        return len(old)

    def lessons(self, hub: str) -> Sequence[Lesson]:
        """What decoding the hub's messages rests on, the oldest first."""
        return [lesson for (of, _), lesson in self._lessons.items() if of == hub]

    async def forget_lessons(self, hubs: Collection[str]) -> int:
        """Drop the lessons of all hubs but these; how many."""
        gone = [key for key in self._lessons if key[0] not in hubs]
        for key in gone:
            del self._lessons[key]
        return len(gone)

    async def new_session(self, session: str) -> None:
        """Forget the deliveries of every other session: the broker has begun a new one."""
        self._deliveries = {key: digest for key, digest in self._deliveries.items() if key[0] == session}

    async def settle(self, session: str, mids: Collection[int]) -> None:
        """Note that the broker has our acknowledgement of these deliveries."""
        for key in [(session, mid) for mid in mids]:
            if key in self._deliveries:
                self._deliveries[key] = (self._deliveries[key][0], True)

    async def sightings(self) -> Sequence[SightingSummary]:
        """Unregistered devices heard, the latest first."""
        return sorted(self._sightings.values(), key=lambda seen: (-seen.last_heard, seen.hub, seen.address))

    async def quarantine(self, limit: int = 100) -> Sequence[Quarantined]:
        """The latest messages that could not be read, the latest first."""
        return self._quarantined[::-1][:limit]

    async def rejected(self) -> Mapping[tuple[str, str | None], int]:
        """How many messages that could not be read are kept, by reason and hub."""
        return Counter((message.reason, message.hub) for message in self._quarantined)

    async def of_home(self, home: str, after: int, limit: int) -> Sequence[Journaled]:
        """Up to `limit` entries of this home with an offset above `after`, in order."""
        return [entry for entry in self._entries if entry.offset > after and entry.reading.home == home][:limit]

    async def held(self, home: str, hubs: Collection[str]) -> Mapping[str, int]:
        """What is held of a home and its hubs; see ports.Journal."""
        return {
            "entries": sum(entry.reading.home == home for entry in self._entries),
            "sightings": sum(hub in hubs for hub, _ in self._sightings),
            "quarantined": sum(_of(message, home, hubs) for message in self._quarantined),
            "waiting": sum(waiting.hub in hubs for waiting in self._waiting.values()),
            "lessons": sum(hub in hubs for hub, _ in self._lessons),
        }

    async def erase(self, home: str, hubs: Collection[str]) -> None:
        """Delete what `held` counts."""
        self._entries = [entry for entry in self._entries if entry.reading.home != home]
        self._slots = {slot for slot in self._slots if slot[1] != home}
        self._events = {event for event in self._events if event[1] != home}
        self._sightings = {key: seen for key, seen in self._sightings.items() if key[0] not in hubs}
        self._quarantined = [message for message in self._quarantined if not _of(message, home, hubs)]
        self._waiting = {number: waiting for number, waiting in self._waiting.items() if waiting.hub not in hubs}
        self._lessons = {key: lesson for key, lesson in self._lessons.items() if key[0] not in hubs}
        self._arrivals.set(self._entries[-1].offset if self._entries else 0)

    async def counts(self) -> Mapping[str, int]:
        """As ports.Journal says; bytes are 0."""
        return {
            "entries": len(self._entries),
            "sightings": len(self._sightings),
            "quarantined": len(self._quarantined),
            "waiting": len(self._waiting),
            "bytes": 0,
            **self._counters,
        }

    def figures(self) -> Mapping[str, float]:
        """For the gateway's health."""
        return {name: float(value) for name, value in self._counters.items()} | {"end": float(self._end)}

    async def close(self) -> None:
        """Nothing to release."""

    def _on_record(self, delivery: Delivery) -> Known | None:
        return self._deliveries.get((delivery.session, delivery.mid))

    def _take_readings(self, readings: Sequence[Reading]) -> None:
        for reading in self._placing.place(readings, self._slots.__contains__, self._events.__contains__):
            self._end += 1
            self._entries.append(Journaled(self._end, reading))
            if not reading.flags & Flag.DUPLICATE:
                self._slots.add(_slot(reading))
            if (event := _event(reading)) is not None:
                self._events.add(event)
        if readings:
            self._arrivals.set(self._end)

    def _keep_limits(self) -> None:
        limits = self._limits
        _first_out(self._deliveries, limits.deliveries)
        self._counters["waiting_dropped"] += _first_out(self._waiting, limits.waiting)
        latest_last = dict(sorted(self._sightings.items(), key=lambda item: item[1].last_heard))
        self._counters["sightings_dropped"] += _first_out(latest_last, limits.sightings)
        self._sightings = latest_last
        for hub in {hub for hub, _ in self._lessons}:
            known = self.lessons(hub)
            bytes_ = sum(len(lesson.payload) for lesson in known)
            while len(known) > limits.lessons or bytes_ > limits.lessons_bytes:
                oldest, *known = known
                bytes_ -= len(oldest.payload)
                del self._lessons[hub, oldest.name]
        size = sum(len(message.payload or b"") for message in self._quarantined)
        while len(self._quarantined) > limits.quarantined or size > limits.quarantined_bytes:
            size -= len(self._quarantined.pop(0).payload or b"")
            self._counters["quarantine_dropped"] += 1


def _slot(reading: Reading) -> Slot:
    return reading.at, reading.home, reading.device, reading.quantity


def _event(reading: Reading) -> Event | None:
    return None if reading.identity is None else (reading.identity, reading.home, reading.device, reading.quantity)


def _of(message: Quarantined, home: str, hubs: Collection[str]) -> bool:
    """Whether it came from one of the hubs, or is a point of the home that the store refused."""
    refused = message.convention == "store" and f"'home': {home!r}".encode() in (message.payload or b"")
    return message.hub in hubs or refused


def _first_out(rows: dict[Any, Any], limit: int) -> int:
    """Drop the first rows beyond `limit`; how many."""
    surplus = list(rows)[: max(0, len(rows) - limit)]
    for key in surplus:
        del rows[key]
    return len(surplus)
