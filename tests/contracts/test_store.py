"""Every implementation of ports.Store keeps this contract; tests/system holds the real servers to it."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.errors import StoreRefused
from gateway.model import Point
from gateway.ports import Store
from gateway.recorder.history import HistoryStore
from gateway.recorder.memory import MemoryStore

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
