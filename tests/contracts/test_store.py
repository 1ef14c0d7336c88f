"""Every implementation of ports.Store keeps this contract; tests/system holds the real servers to it."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pytest

from gateway.errors import StoreRefused
from gateway.model import Point
from gateway.ports import Store
from gateway.recorder.history import HistoryStore
from gateway.recorder.influx import InfluxStore
from gateway.recorder.later import StoreOpenedLater
from gateway.recorder.memory import MemoryStore
from tests.support.influx_forwarder import InfluxForwarder
from tests.support.influxd import Influxd

NOON = 1_768_000_000_000_000
PLAIN = Point("temperature", {"home": "ELM-12", "device": "zigbee2mqtt:0x1", "room": "hall"}, {"value": 21.3}, NOON)


@dataclass
class Subject:
    store: Store
    stored: Callable[[], Awaitable[Sequence[Point]]]


@pytest.fixture(params=["memory", "history"])
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    if request.param == "memory":
        memory = MemoryStore()

        async def remembered() -> Sequence[Point]:
            return [point for point in memory.points.values() if point.measurement == "temperature"]

        yield Subject(memory, remembered)
        return
    history = await HistoryStore.open(tmp_path / "history.db")
    yield Subject(history, lambda: history.points("temperature", 0, 2 * NOON))
    await history.close()


async def test_what_was_confirmed_is_there(subject: Subject) -> None:
    points = [replace(PLAIN, at=NOON + n * 1_000, fields={"value": n / 7}) for n in range(1_000)]
    await subject.store.write(points)
    assert list(await subject.stored()) == points


async def test_the_same_point_twice_leaves_one(subject: Subject) -> None:
    await subject.store.write([PLAIN])
    await subject.store.write([PLAIN, PLAIN])
    assert list(await subject.stored()) == [PLAIN]


async def test_the_latest_writing_of_a_point_counts(subject: Subject) -> None:
    await subject.store.write([PLAIN])
    later = replace(PLAIN, fields={"value": 20.0})
    await subject.store.write([later])
    assert list(await subject.stored()) == [later]


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAIN, at=NOON + 1_000),
        replace(PLAIN, tags={**PLAIN.tags, "device": "zigbee2mqtt:0x2"}),
        replace(PLAIN, tags={"home": "ELM-12", "device": "zigbee2mqtt:0x1"}),
        replace(PLAIN, tags={**PLAIN.tags, "role": "other"}),
    ],
)
async def test_points_differ_by_time_and_by_every_tag(subject: Subject, other: Point) -> None:
    await subject.store.write([PLAIN, other])
    assert len(await subject.stored()) == 2


async def test_texts_and_numbers_come_back(subject: Subject) -> None:
    odd = replace(
        PLAIN,
        tags={"home": "ELM-12", "device": 'a b,c=d\\e"ü☂'},
        fields={"value": 5e-324, "other": 0.1 + 0.2, "action": 'say "hi" \\ ü'},
    )
    await subject.store.write([odd])
    assert list(await subject.stored()) == [odd]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
async def test_a_number_that_is_not_finite_is_refused(subject: Subject, value: float) -> None:
    with pytest.raises(StoreRefused):
        await subject.store.write([PLAIN, replace(PLAIN, at=NOON + 1_000, fields={"value": value})])


async def test_a_point_without_fields_is_refused(subject: Subject) -> None:
    with pytest.raises(StoreRefused):
        await subject.store.write([replace(PLAIN, fields={})])


async def test_nothing_is_written_at_once(subject: Subject) -> None:
    await subject.store.write([])
    assert list(await subject.stored()) == []


async def test_the_check_is_one_sentence(subject: Subject) -> None:
    said = await subject.store.check()
    assert said
    assert "\n" not in said


# ------------------------------------------------------------------------------------------------ read back


@pytest.fixture(scope="module", params=["memory", "history", "later", pytest.param("influx", marks=pytest.mark.server)])
def kind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Literal["memory", "history", "later"] | Influxd]:
    """Which store; a server serves the whole module."""
    if request.param != "influx":
        yield request.param
        return
    with Influxd(tmp_path_factory.mktemp("influxd")) as server:
        yield server


@pytest.fixture
async def store(kind: Literal["memory", "history", "later"] | Influxd, tmp_path: Path) -> AsyncIterator[Store]:
    if kind == "memory":
        yield MemoryStore()
    elif isinstance(kind, Influxd):
        kind.query("DROP DATABASE street")
        kind.query("CREATE DATABASE street")
        async with InfluxForwarder(kind.url) as forwarder:
            influx = InfluxStore(forwarder.url, org="keepwell", bucket="street", token="secret")  # noqa: S106
            yield influx
            await influx.close()
    else:
        history = await HistoryStore.open(tmp_path / "history.db")

        async def opened() -> Store:
            return history

        yield history if kind == "history" else StoreOpenedLater(opened)
        await history.close()


async def test_what_was_written_is_read_in_order_of_time(store: Store) -> None:
    door = replace(PLAIN, measurement="contact", tags={"home": "ELM-12", "device": "x"}, fields={"value": 1.0})
    points = [replace(one, at=NOON + n * 1_000) for n, one in enumerate((PLAIN, door, PLAIN, door))]
    await store.write(points[::-1])
    assert list(await store.read({"temperature", "contact"}, {"home": "ELM-12"}, 0, 2 * NOON)) == points
    assert list(await store.read(["contact"], {}, 0, 2 * NOON)) == [points[1], points[3]]


async def test_the_start_is_read_and_the_end_is_not(store: Store) -> None:
    points = [replace(PLAIN, at=NOON + n * 1_000) for n in range(4)]
    await store.write(points)
    assert list(await store.read(["temperature"], {}, NOON + 1_000, NOON + 3_000)) == points[1:3]


async def test_only_points_with_all_the_tags_are_read(store: Store) -> None:
    other_room = replace(PLAIN, tags={**PLAIN.tags, "room": "O'Hara \"s"})
    other_home = replace(PLAIN, tags={**PLAIN.tags, "home": "OAK-1"})
    await store.write([PLAIN, other_room, other_home])
    assert list(await store.read(["temperature"], {"home": "OAK-1"}, 0, 2 * NOON)) == [other_home]
    assert list(await store.read(["temperature"], dict(other_room.tags), 0, 2 * NOON)) == [other_room]
    assert list(await store.read(["temperature"], {"home": "x' OR home='ELM-12"}, 0, 2 * NOON)) == []


async def test_each_point_has_its_own_fields_and_tags_only(store: Store) -> None:
    press = Point("button", {"home": "ELM-12", "device": "p"}, {"value": 1.0, "action": "press ü"}, NOON)
    doubtful = replace(press, at=NOON + 1_000, fields={"value": 1.0, "action": "long", "uncertain_s": 0.25})
    roomless = replace(press, tags={"home": "ELM-12", "device": "q", "role": "pendant"}, at=NOON + 2_000)
    await store.write([press, doubtful, roomless])
    assert list(await store.read(["button"], {"home": "ELM-12"}, 0, 2 * NOON)) == [press, doubtful, roomless]


async def test_what_was_never_written_is_not_there(store: Store) -> None:
    await store.write([PLAIN])
    assert list(await store.read(["motion"], {}, 0, 2 * NOON)) == []
    assert list(await store.read([], {}, 0, 2 * NOON)) == []
