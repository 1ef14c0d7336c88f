"""Every store and every journal can tell what it holds of a home, and erase it: ports.Store, ports.Journal."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from devices.instant import SECOND
from devices.measurement import Measurement
from gateway.journal.memory import MemoryJournal
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Lesson, Point, Quarantined, Reading, Sighting, Taken, Waiting
from gateway.ports import Extent, Journal, Store
from gateway.recorder.history import HistoryStore
from gateway.recorder.influx import InfluxStore
from gateway.recorder.memory import MemoryStore
from tests.support.influx_forwarder import InfluxForwarder
from tests.support.influxd import Influxd
from tests.support.victoria import Victoria

NOON = 1_768_000_000_000_000
POINT = Point("temperature", {"home": "ELM-12", "device": "zigbee2mqtt:0x1", "room": "hall"}, {"value": 21.0}, NOON)
SERVERS = pytest.mark.server
Kind = str | Influxd | Victoria


@pytest.fixture(
    scope="module",
    params=["memory", "history", *(pytest.param(server, marks=SERVERS) for server in ("influx", "victoria"))],
)
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kind]:
    """Which store; a server serves the whole module."""
    if request.param == "influx":
        with Influxd(tmp_path_factory.mktemp("influxd")) as influxd:
            yield influxd
    elif request.param == "victoria":
        with Victoria(tmp_path_factory.mktemp("victoria")) as victoria:
            yield victoria
    else:
        yield request.param


@asynccontextmanager
async def influx(url: str) -> AsyncIterator[InfluxStore]:
    store = InfluxStore(url, org="keepwell", bucket="street", token="secret")  # noqa: S106
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def store(kind: Kind, tmp_path: Path) -> AsyncIterator[Store]:
    if isinstance(kind, Influxd):
        kind.query("DROP DATABASE street")
        kind.query("CREATE DATABASE street")
        async with InfluxForwarder(kind.url) as forwarder, influx(forwarder.url) as made:
            yield made
    elif isinstance(kind, Victoria):
        async with influx(kind.url) as made:
            yield made
    elif kind == "memory":
        yield MemoryStore()
    else:
        history = await HistoryStore.open(tmp_path / "history.db")
        yield history
        await history.close()


def flush(kind: Kind) -> None:
    if isinstance(kind, Victoria):
        kind.flush()


async def test_a_store_erases_one_home_and_leaves_the_others(kind: Kind, store: Store) -> None:
    motion = replace(POINT, measurement="motion", tags={"home": "ELM-12"}, at=NOON + 7 * SECOND)
    other = replace(POINT, tags={**POINT.tags, "home": "OAK-1"}, at=NOON + 9 * SECOND)
    await store.write([POINT, replace(POINT, at=NOON + 3 * SECOND), motion, other])
    flush(kind)
    found = await store.extent("ELM-12")
    assert (found.points, found.start) == (3, NOON)
    assert motion.at < found.end <= motion.at + SECOND
    await store.erase("ELM-12")
    flush(kind)
    assert await store.extent("ELM-12") == Extent()
    assert (await store.extent("OAK-1")).points == 1
    if not isinstance(kind, Victoria):  # it answers no InfluxQL
        assert list(await store.read(["temperature", "motion"], {}, 0, 2 * NOON)) == [other]
    await store.erase("OAK-1")


async def test_nothing_of_a_home_that_was_never_written(store: Store) -> None:
    assert await store.extent("ASH-7") == Extent()
    await store.erase("ASH-7")


# ------------------------------------------------------------------------------------------------ journals


@pytest.fixture(params=["memory", "sqlite"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    if request.param == "memory":
        yield MemoryJournal()
        return
    made = await SqliteJournal.open(tmp_path / "journal.db")
    yield made
    await made.close()


def taken(home: str, hub: str, number: int) -> Taken:
    address, at = f"zigbee2mqtt:0x{number}", NOON + number * SECOND
    refused = repr(replace(POINT, tags={"home": home})).encode()
    return Taken(
        readings=(Reading(home, hub, address, "hall", None, "motion", True, at, at),),
        sightings=(Sighting(hub, "zigbee2mqtt:0x9", ("motion",), at),),
        quarantined=(
            Quarantined(hub, f"homes/{hub}/x", None, "bad_json", "", 1, "d" * 64, at, b"{"),
            Quarantined(None, "temperature", "store", "store_refused", "", 1, "d" * 64, at, refused),
        ),
        waiting=(Waiting(hub, Measurement("zigbee2mqtt:name:a", "temperature", 20.5), at),),
        lessons=(Lesson(hub, "inventory", f"homes/{hub}/bridge/devices", b"[]"),),
    )


async def test_a_journal_erases_one_home_and_its_offsets_go_on(journal: Journal) -> None:
    await journal.append([taken("ELM-12", "elm-12", 1), taken("OAK-1", "oak-1", 2), taken("ELM-12", "elm-12", 3)])
    assert [entry.offset for entry in await journal.of_home("ELM-12", 0, 10)] == [1, 3]
    assert [entry.offset for entry in await journal.of_home("ELM-12", 1, 10)] == [3]
    before = {"entries": 2, "sightings": 1, "quarantined": 4, "waiting": 2, "lessons": 1}
    assert dict(await journal.held("ELM-12", ["elm-12"])) == before
    await journal.erase("ELM-12", ["elm-12"])
    assert dict(await journal.held("ELM-12", ["elm-12"])) == dict.fromkeys(before, 0)
    assert [entry.offset for entry in await journal.read(0, 10)] == [2]
    assert dict(await journal.held("OAK-1", ["oak-1"])) == dict.fromkeys(before, 1) | {"quarantined": 2}
    assert await journal.append([taken("OAK-1", "oak-1", 4)]) == 4
    assert [entry.offset for entry in await journal.read(0, 10)] == [2, 4]


async def test_what_was_erased_may_be_said_again(journal: Journal) -> None:
    said = taken("ELM-12", "elm-12", 1)
    await journal.append([said])
    await journal.erase("ELM-12", ["elm-12"])
    await journal.append([said])
    (entry,) = await journal.of_home("ELM-12", 0, 10)
    assert entry.reading == said.readings[0]


# ------------------------------------------------------------------------------------------------ files


def read(folder: Path) -> bytes:
    return b"".join(part.read_bytes() for part in folder.glob("*.db*"))


async def test_nothing_of_it_is_left_in_the_journals_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = await SqliteJournal.open(path)
    for number in range(300):
        await journal.append([taken("ELM-12", "elm-12", number), taken("OAK-1", "oak-1", number)])
    await journal.prune(NOON + 100 * SECOND, [])
    await journal.erase("ELM-12", ["elm-12"])
    await journal.close()
    left = read(tmp_path)
    assert b"OAK-1" in left
    assert b"ELM-12" not in left
    assert b"elm-12" not in left


async def test_nothing_of_it_is_left_in_the_historys_file(tmp_path: Path) -> None:
    store = await HistoryStore.open(tmp_path / "history.db")
    for home in ("ELM-12", "OAK-1"):
        tags = {"home": home, "device": f"device of {home}"}
        await store.write([replace(POINT, tags=tags, at=NOON + n, fields={"value": 1.0, "action": home}) for n in
                           range(0, 3_000_000, 1_000)])  # fmt: skip
    await store.erase("ELM-12")
    await store.close()
    left = read(tmp_path)
    assert b"OAK-1" in left
    assert b"ELM-12" not in left
