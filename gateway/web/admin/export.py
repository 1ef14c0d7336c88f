"""All that is kept of one home, as one file for the people who live there."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any, Protocol
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from devices.instant import Instant, rfc3339
from gateway.database.engine import Database
from gateway.database.tables import HomeRow
from gateway.errors import BadInput, KeepwellError
from gateway.model import Journaled, Lesson, Quarantined, SightingSummary, Waiting
from gateway.ports import Store
from gateway.registry import erase
from gateway.web.access import looks
from gateway.web.access.people import Person
from gateway.web.admin import readings, records

_AT_ONCE = 5_000
_MOST = 10_000
_README = """What Keepwell keeps of {home}
{line}

This was put together on {at} (UTC) for {whom}.
Times in these files are in UTC, written like 2026-01-12T08:30:00Z; the home's clock is that of {zone}.
The files named .csv open in any spreadsheet, the others in any text editor.

home.toml           the home as it is registered: rooms, sensors, hubs and rules
residents.json      who lives there, and what was agreed to: by whom, how, when, what for
contacts.json       who is told of alerts, and by what kind of message; their numbers and addresses are theirs
family.json         who can look at this home on Keepwell's pages
alerts.json         every alert: why it was raised, what happened to it, and who was told
walk-tests.json     how the sensors were tested
looks.csv           who looked at this home's data, and when
rules.json          what each rule can see just now
learned.json        what the days have taught: for each day when somebody was first up, how often rooms were visited,
                    and so on; times are minutes after midnight
in-hand.json        what the rules remember of the present day
readings/           what the sensors said and what was concluded from it, a file for each day
journal.jsonl       what the sensors said in the last days, as it arrived
sightings.json      devices that were heard and are not registered
unread.json         messages of this home's hubs that could not be read
waiting.json        readings of sensors that were not known by their address yet
hub.json            what the hubs told of their devices, so that their messages can be read
report.txt          how much of each there is, and what could not be read
"""


class JournalReading(Protocol):
    """What an export reads of the journal; see ports.Journal."""

    async def of_home(self, home: str, after: int, limit: int) -> Sequence[Journaled]:
        """Entries of this home."""
        ...

    async def sightings(self) -> Sequence[SightingSummary]:
        """Devices that are not registered."""
        ...

    async def quarantine(self, limit: int = 100) -> Sequence[Quarantined]:
        """Messages that could not be read."""
        ...

    async def waiting(self, hub: str) -> Sequence[Waiting]:
        """Readings without an address."""
        ...

    def lessons(self, hub: str) -> Sequence[Lesson]:
        """What reading a hub's messages rests on."""
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Where it is read. Without a journal there is none yet."""

    database: Database
    journal: JournalReading | None
    store: Store


async def export_home(
    of: Sources, home: str, by: Person, target: IO[bytes], now: Instant, *, resident: int | None = None
) -> list[tuple[str, int]]:
    """Write a ZIP of it to `target`; what is in it, by file. That it was done is on record.

    `resident`: the record of the others who live there is left out. BadInput when there is no such home. What a store
    cannot give is named in the report, and the rest is there.
    """

    def registered(session: Session) -> tuple[str, list[str], dict[str, records.File]]:
        row = session.get(HomeRow, home)
        if row is None:
            raise BadInput(f"There is no home {home}")
        return row.time_zone, erase.hubs_of(session, home), records.files(session, row, resident)

    await of.database.run(lambda session: looks.note(session, by, home, "export", now))
    zone, hubs, files = await of.database.read(registered)
    whom = records.names(files) or "the people who live there"
    counts: list[tuple[str, int]] = []
    missing: list[str] = []
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        readme = _README.format(home=home, line="=" * (22 + len(home)), at=rfc3339(now)[:16], zone=zone, whom=whom)
        await _add(archive, "README.txt", readme)
        for name, file in files.items():
            await _add(archive, name, file.text)
            counts.append((name, file.rows))
        for part in (_readings(of.store, home, ZoneInfo(zone), archive), _journal(of.journal, home, hubs, archive)):
            try:
                counts += await part
            except KeepwellError as error:
                missing.append(f"NOT here, as it could not be read: {error}. Ask again when that is mended.")
        width = max(len(name) for name, _ in counts)
        lines = [f"{name:<{width}}  {count:>9}" for name, count in counts]
        await _add(archive, "report.txt", "\n".join([f"{home}, {rfc3339(now)}", "", *lines, *missing, ""]))
    return counts


async def _readings(store: Store, home: str, zone: ZoneInfo, archive: ZipFile) -> list[tuple[str, int]]:
    counts = []
    async for day, points in readings.days(store, home, await store.extent(home), zone):
        name = f"readings/{day}.csv"
        await _add(archive, name, await asyncio.to_thread(readings.table, points))
        counts.append((name, len(points)))
    return counts or [("readings/", 0)]


async def _journal(
    journal: JournalReading | None, home: str, hubs: Sequence[str], archive: ZipFile
) -> list[tuple[str, int]]:
    if journal is None:
        return []
    lines, after = [], 0
    while entries := await journal.of_home(home, after, _AT_ONCE):
        lines += [records.plain_line(entry.reading) for entry in entries]
        after = entries[-1].offset
    await _add(archive, "journal.jsonl", b"\n".join(lines))
    lessons: Callable[[str], Sequence[Lesson]] = journal.lessons
    parts: dict[str, list[Any]] = {
        "sightings.json": [one for one in await journal.sightings() if one.hub in hubs],
        "unread.json": [one for one in await journal.quarantine(_MOST) if one.hub in hubs or _refused(one, home)],
        "waiting.json": [one for hub in hubs for one in await journal.waiting(hub)],
        "hub.json": [one for hub in hubs for one in await asyncio.to_thread(lessons, hub)],
    }
    for name, found in parts.items():
        await _add(archive, name, records.plain_json(found))
    return [("journal.jsonl", len(lines)), *((name, len(found)) for name, found in parts.items())]


def _refused(one: Quarantined, home: str) -> bool:
    """Whether it is a point of the home that the store would not take."""
    return one.convention == "store" and f"'home': {home!r}".encode() in (one.payload or b"")


async def _add(archive: ZipFile, name: str, content: str | bytes) -> None:
    await asyncio.to_thread(archive.writestr, name, content)
