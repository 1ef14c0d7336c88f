"""Erasing a home from every store, and the report of it.

First nothing more is taken in: consent is withdrawn, and the rules forget the home. Then journal, time-series store and
keepwell.db follow in this order, so that nothing that is still on its way comes back, and whatever fails can be asked
for again. At the end all are asked what they still hold.
"""

import asyncio
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from devices.instant import Instant, rfc3339
from gateway.database.engine import Database
from gateway.database.tables import HomeRow
from gateway.errors import BadInput, FixConfiguration, TryLater
from gateway.ports import Extent, Journal, Store
from gateway.registry import erase
from gateway.web.access import looks
from gateway.web.access.people import Person

REPORTS = "erasures"
"""The folder of the data directory where reports are kept."""
_FORGOTTEN_WITHIN_S = 10.0
_LOOKS_EVERY_S = 0.1
_ROUNDS = 3
_SET_ASIDE = ("replaced-*", "journal.db.damaged*")
"""What a restore and a damaged journal leave behind."""
_GONE = "Everything is gone from these stores."
_COUNT = re.compile(r"(\S.*?)  +(\d+) before  +(\d+|not known) now")
_WORDS = {
    "home": "the home",
    "room": "rooms",
    "hub": "hubs",
    "device": "sensors",
    "resident": "residents and what they agreed to",
    "contact": "contacts",
    "escalation_step": "who is told in which order",
    "rule": "rules of its own",
    "rule_status": "what rules can see",
    "alert": "alerts",
    "alert_timeline": "what happened to alerts",
    "outbox": "messages about alerts",
    "fact": "conclusions on their way to the store",
    "watch_state": "what rules remember of the day",
    "baseline": "what its days have taught",
    "walk_test": "walk tests",
    "person": "family who saw no other home",
    "person_home": "who may see it",
    "entries": "readings of the last days",
    "sightings": "devices heard and not registered",
    "quarantined": "messages that could not be read",
    "waiting": "readings that waited for their sensor",
    "lessons": "what its hubs told of themselves",
    "points": "readings and conclusions",
}
"""What tables hold, in plain words."""
_ELSEWHERE = (
    """Back-ups made before {at} still hold it. Keepwell keeps no list of them: delete each, or let it end with the \
time for which you keep back-ups. If one of them is restored, erase {home} again.""",
    """The broker may hold the last messages of {hubs}, and an account for each: have both removed there. A hub that \
goes on sending is heard as a stranger; of that only addresses are kept.""",
    """Messages that were sent to contacts lie in their telephones and mailboxes.""",
    """A database server keeps deleted points on its disk, unread, until it next compacts its files.""",
    """The record of looks keeps for two years that somebody looked at {home}, to answer for it; the names of family \
who saw no other home are gone from it.""",
)
Held = Mapping[tuple[str, str], int | None]
"""Rows or points, by store and kind; None where a store cannot be asked."""
_log = structlog.get_logger("keepwell.web")


@dataclass(frozen=True, slots=True)
class Everything:
    """Where a home's data lies. `watched`: whether a running gateway still has it in hand."""

    data: Path
    database: Database
    journal: Journal
    store: Store
    watched: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What one store held of one kind, and what it holds now; `after` None where it cannot be asked."""

    store: str
    what: str
    before: int
    after: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """What was erased. `left`: what is or may be elsewhere, and what to do about it, in sentences."""

    home: str
    area: str | None
    by: str
    at: Instant
    counts: Sequence[Counted]
    left: Sequence[str]

    @property
    def complete(self) -> bool:
        """Whether all stores were asked and hold nothing any more."""
        return all(one.after == 0 for one in self.counts)

    def text(self) -> str:
        """As it is kept. The third line is the area, for who may see it."""
        width = max(len(f"{one.store}: {one.what}") for one in self.counts)
        lines = [
            f"Erasure of {self.home}",
            f"{rfc3339(self.at)}, by {self.by}",
            f"Area: {self.area or '-'}",
            "",
            _GONE if self.complete else "NOT everything is gone: see below.",
            "",
            *(
                f"{f'{one.store}: {one.what}':<{width}}  {one.before:>9} before  "
                f"{'not known' if one.after is None else f'{one.after:>9}'} now"
                for one in self.counts
            ),
        ]
        lines += ["", "What is elsewhere, and what to do about it:", *(f"- {sentence}" for sentence in self.left)]
        return "\n".join([*lines, ""])


async def erase_home(
    of: Everything, home: str, by: Person, now: Instant, *, pause_s: float = 1.0
) -> tuple[Report, str]:
    """Erase it everywhere; the report, and its name in REPORTS.

    BadInput with nothing changed while alerts about people are open. TryLater when a store cannot be reached, or when
    the gateway still has the home in hand: then nothing of it is taken in any more, and it can be asked for again.
    `pause_s`: for what was on its way to a store when that was erased.
    """
    extent = await of.store.extent(home)  # it must be reachable before anything goes
    area, hubs, rows = await of.database.run(lambda session: _begin(session, home, now))
    await _forgotten(of, home)
    before = {**await _held(of, home, hubs, extent), **rows}
    after: Held = before
    left = await _wiped(of, home, hubs)
    for _ in range(_ROUNDS):
        await asyncio.sleep(pause_s)
        after = await _held(of, home, hubs, None if left else await of.store.extent(home))
        if not any(after.values()):
            break
        left = await _wiped(of, home, hubs)
    if not await asyncio.to_thread(_rewritten, of.database):
        left.append("keepwell.db could not be written anew: what it no longer uses may hold copies for a while.")
    await of.database.run(lambda session: looks.note(session, by, home, "erased", now))
    left += _elsewhere(of.data, home, hubs, now)
    counts = [
        Counted(store, _WORDS[what], count or 0, after[store, what])
        for (store, what), count in before.items()
        if count or after[store, what] != 0
    ]
    report = Report(home, area, by.name, now, counts, left)
    _log.info("home_erased", home=home, complete=report.complete)
    return report, _keep(of.data, report)


def reports(data: Path) -> Sequence[tuple[str, str | None]]:
    """Names of reports and the areas of their homes, the latest first."""
    found = sorted((data / REPORTS).glob("*.txt"), key=lambda path: path.name.rpartition(".20")[2], reverse=True)
    return [(path.stem, _area(path)) for path in found]


def read_report(data: Path, name: str) -> str | None:
    """The text of the report of that name."""
    path = next((path for path in (data / REPORTS).glob("*.txt") if path.stem == name), None)
    return None if path is None else path.read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------------------ in order


class Told(NamedTuple):
    """A report as a page shows it: its first lines, counts as (what, before, now), and the sentences."""

    head: Sequence[str]
    counts: Sequence[tuple[str, str, str]]
    left: Sequence[str]
    complete: bool


def told(text: str) -> Told:
    """What `Report.text` wrote."""
    lines = text.splitlines()
    counts = [found.groups() for line in lines if (found := _COUNT.fullmatch(line))]
    left = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    return Told(lines[:3], [(a, b, c) for a, b, c in counts], left, lines[4:5] == [_GONE])


def _begin(session: Session, home: str, now: Instant) -> tuple[str | None, list[str], Held]:
    row = session.get(HomeRow, home)
    if row is None:
        raise BadInput(f"There is no home {home}")
    if waiting := erase.open_alerts(session, home):
        raise BadInput(f"Alert {waiting[0]} of {home} is open: close it first, as somebody may be seeing to it")
    rows: Held = {("keepwell.db", table): count for table, count in erase.held(session, home).items()}
    erase.stop(session, home, now)
    return row.area, erase.hubs_of(session, home), rows


async def _forgotten(of: Everything, home: str) -> None:
    """Return once the rules of a running gateway have wiped what they know, so that it is not written again."""
    if of.watched is None:
        return
    loop = asyncio.get_running_loop()
    until = loop.time() + _FORGOTTEN_WITHIN_S
    while of.watched(home) or not await of.database.read(lambda session: erase.is_quiet(session, home)):
        if loop.time() > until:
            raise TryLater(
                f"Nothing of {home} is taken in any more, and the rest is still in hand. Try again in a minute"
            )
        await asyncio.sleep(_LOOKS_EVERY_S)


async def _held(of: Everything, home: str, hubs: Sequence[str], extent: Extent | None) -> Held:
    rows = await of.database.read(lambda session: erase.held(session, home))
    return {
        **{("keepwell.db", table): count for table, count in rows.items()},
        **{("journal.db", what): count for what, count in (await of.journal.held(home, hubs)).items()},
        ("time-series store", "points"): None if extent is None else extent.points,
    }


async def _wiped(of: Everything, home: str, hubs: Sequence[str]) -> list[str]:
    """Erase everywhere; what the store says where it cannot. keepwell.db comes last: until then it can be repeated."""
    left: list[str] = []
    await of.journal.erase(home, hubs)
    try:
        await of.store.erase(home)
    except FixConfiguration as error:
        left.append(f"{str(error)[:1].upper()}{str(error)[1:]}.")
    await of.database.run(lambda session: erase.erase(session, home))
    return left


def _rewritten(database: Database) -> bool:
    try:
        return erase.rewrite(database)
    except OperationalError:  # somebody held it for too long
        return False


def _elsewhere(data: Path, home: str, hubs: Sequence[str], now: Instant) -> list[str]:
    """What lies outside the stores, and what to do about it."""
    set_aside = [
        f"{path.name} in the data directory was set aside earlier and may hold data of {home}: delete it."
        for pattern in _SET_ASIDE
        for path in sorted(data.glob(pattern))
        if not path.name.endswith(("-wal", "-shm"))
    ]
    known = {"home": home, "hubs": ", ".join(hubs) or "its hubs", "at": f"{rfc3339(now)[:16]}Z"}
    return [*set_aside, *(sentence.format(**known) for sentence in _ELSEWHERE)]


def _keep(data: Path, report: Report) -> str:
    folder = data / REPORTS
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{report.home}.{rfc3339(report.at)[:19].replace(':', '')}Z"
    with os.fdopen(os.open(folder / f"{name}.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(report.text())
    return name


def _area(path: Path) -> str | None:
    line = next(iter(path.read_text(encoding="utf-8").splitlines()[2:3]), "")
    area = line.removeprefix("Area: ")
    return None if area in {"-", ""} else area
