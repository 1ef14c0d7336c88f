"""A data directory with something of everything in it, as a gateway leaves it."""

import hashlib
from pathlib import Path

from devices.instant import MINUTE, SECOND, Instant
from gateway.alerts.desk import AlertDesk
from gateway.config import AlertSettings, Broker
from gateway.database.engine import Database
from gateway.database.tables import OutboxRow
from gateway.ingest import record
from gateway.ingest.kept import RECORD_FILE
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Delivery, Fact, Lesson, Reading, RuleState, RuleStatus, Taken, Verdict
from gateway.recorder.history import HistoryStore
from gateway.recorder.points import point
from gateway.registry.registry import SqlRegistry
from tests.support.flow import home

NOW = 1_768_000_000_000_000
READINGS = 20
HOME = "FAULT-01"
SESSION = "the broker's"


def reading(number: int, at: Instant = NOW) -> Reading:
    """The `number`-th reading, one a minute."""
    at += number * MINUTE
    return Reading(HOME, "fault-01", "thermometer", "Hall", None, "temperature", float(number), at, at)


def delivery(number: int, *, dup: bool = False) -> Delivery:
    """That of the `number`-th message."""
    return Delivery(SESSION, number, hashlib.sha256(b"pressed").digest(), dup)


def press(at: Instant = NOW) -> Verdict:
    """The pendant was pressed."""
    return Verdict("trigger", HOME, "pendant", "pendant", at, "person", 1, "The pendant was pressed.")


async def live(data: Path, *, watched: int = READINGS, recorded: int = READINGS) -> None:
    """Fill `data`: a home, an open alert with a call that was sent and one that was not, readings and a history."""
    database = Database.open(data)
    registry = SqlRegistry(database)
    registry.import_home(home(1), NOW)
    desk = AlertDesk(database, AlertSettings())
    await desk.commit(
        cursor=watched,
        states={HOME: b"as it was"},
        verdicts=[press()],
        facts=[Fact("coverage", HOME, {}, {"value": 1.0}, NOW + number) for number in range(3)],
        statuses=[RuleStatus(HOME, "pendant", RuleState.ARMED, "all is heard", NOW)],
        heard={},
        now=NOW + SECOND,
    )
    await desk.tick(NOW + SECOND)
    journal = await SqliteJournal.open(data / "journal.db")
    store = await HistoryStore.open(data / "history.db")
    for number in range(READINGS):
        await journal.append([Taken(delivery=delivery(number), readings=(reading(number),))])
    await store.write([point(reading(number)) for number in range(recorded)])
    await journal.append([Taken(lessons=(Lesson("fault-01", "names", "names", b"\x00{}"),))])
    for name, offset in (("watch", watched), ("recorder", recorded), ("recorder.settled", recorded)):
        await journal.advance(name, offset)
    record.save(data / RECORD_FILE, record.SessionRecord(account(), SESSION, ("homes/#",), NOW))
    await store.close()
    await journal.close()
    database.close()


def account() -> str:
    """Whose session it is, with the settings as they are shipped."""
    broker = Broker()
    return f"{broker.host}:{broker.port}/{broker.client_id}"


def outbox(data: Path) -> list[OutboxRow]:
    """Every message, the oldest first."""
    database = Database.open(data)
    try:
        with database.transaction() as session:
            return list(session.query(OutboxRow).order_by(OutboxRow.id))
    finally:
        database.close()
