"""What a gateway has kept in its data directory: read beside it or after its death, from the files alone."""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.journal import view
from gateway.journal.file import open_for_reading
from gateway.model import HUB_DEVICE, Quarantined, Reading
from gateway.recorder.schema import MEASUREMENTS
from tests.support.victoria import Victoria

_ALL = 1_000_000_000

Point = tuple[str, str, str, int, float]
"""A reading as a store has it: (home, device, quantity, at in ms, value)."""


def stored(store: Victoria) -> list[Point]:
    """What VictoriaMetrics has of devices, sorted. It keeps a point that was written twice twice, and shows one."""
    found: set[Point] = set()
    for series in store.export('{device!="",device!~"hub:.*",__name__=~".*_value"}', 0, 4_000_000_000_000):
        labels = series["metric"]
        quantity = labels["__name__"].removesuffix("_value")
        if quantity in MEASUREMENTS:
            found |= {
                (labels["home"], labels["device"], quantity, at, float(value))
                for at, value in zip(series["timestamps"], series["values"], strict=True)
            }
    return sorted(found)


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert as keepwell.db has it."""

    home: str
    rule: str
    subject: str
    state: str
    occurrences: int


class Kept:
    """The files of one data directory."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def readings(self) -> list[Reading]:
        """Journaled readings of devices, in the journal's order; what the gateway notes of hubs is left out."""
        with self._journal() as journal:
            found = [entry.reading for entry in view.entries(journal, 0, _ALL)]
        return [reading for reading in found if reading.device != HUB_DEVICE]

    def count(self) -> int:
        """How many readings of devices the journal holds; 0 where there is no journal yet."""
        if not (self.data / "journal.db").exists():
            return 0
        with self._journal() as journal:
            found = journal.execute("SELECT count(*) FROM entry WHERE device != ?", (HUB_DEVICE,)).fetchone()
        return int(found[0])

    def quarantined(self) -> Sequence[Quarantined]:
        """Messages that could not be read, the oldest first."""
        with self._journal() as journal:
            return view.quarantine(journal, _ALL)[::-1]

    def counters(self) -> dict[str, int]:
        """What the journal dropped, by name."""
        with self._journal() as journal:
            return view.counters(journal)

    def to_do(self) -> tuple[int, int]:
        """Entries that watch and the recorder have not read yet."""
        with self._journal() as journal:
            end, cursors = view.end(journal), view.cursors(journal)
        rows = self._database("SELECT \"offset\" FROM reader_cursor WHERE reader = 'watch'")
        return end - (rows[0][0] if rows else 0), end - cursors.get("recorder", 0)

    def alerts(self, rule: str | None = None) -> list[KeptAlert]:
        """All alerts, of one rule or of all."""
        rows = self._database("SELECT home, rule, subject, state, occurrences FROM alert ORDER BY id")
        return [KeptAlert(*row) for row in rows if rule in {None, row[1]}]

    def occurrences(self, rule: str) -> Counter[str]:
        """How often a rule was triggered, by home."""
        found: Counter[str] = Counter()
        for alert in self.alerts(rule):
            found[alert.home] += alert.occurrences
        return found

    def history(self) -> list[Point]:
        """What history.db recorded of devices, sorted."""
        with self._connected("history.db") as history:
            rows = history.execute(
                "SELECT s.home, json_extract(s.tags, '$.device'), s.measurement, p.at / 1000, p.value"
                " FROM point p JOIN series s ON s.id = p.series WHERE json_extract(s.tags, '$.device') IS NOT NULL"
                " AND json_extract(s.tags, '$.device') NOT LIKE 'hub:%' AND p.value IS NOT NULL"
            ).fetchall()
        return sorted(rows)

    def figure(self, name: str) -> float | None:
        """The latest figure of the gateway's own health in history.db, such as `ingest_gaps`; None before the first."""
        with self._connected("history.db") as history:
            found = history.execute(
                f"SELECT json_extract(p.fields, '$.{name}') FROM point p JOIN series s ON s.id = p.series"  # noqa: S608
                " WHERE s.measurement = 'gateway_health' ORDER BY p.at DESC LIMIT 1"
            ).fetchone()
        return None if found is None else found[0]

    def _database(self, query: str) -> list[tuple[object, ...] | list[int]]:
        with self._connected("keepwell.db") as database:
            return database.execute(query).fetchall()

    @contextmanager
    def _journal(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(open_for_reading(self.data / "journal.db")) as journal:
            yield journal

    @contextmanager
    def _connected(self, name: str) -> Iterator[sqlite3.Connection]:
        place = f"{(self.data / name).absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(place, uri=True, timeout=10)) as connection:
            yield connection
