"""What the recorder does with a store that is well, down, choosy, forgetful or not ours."""

from collections.abc import Sequence

import pytest

from devices.instant import MINUTE
from gateway.errors import FixConfiguration, TryLater
from gateway.journal.memory import MemoryJournal
from gateway.model import Fact, Flag, Journaled, Point
from gateway.recorder.memory import MemoryStore
from tests.recorder.bench import NOON, Bench

DOWN = TryLater("the store cannot be reached: is it running?")


def number(point: Point) -> int:
    return (point.at - NOON) // 1_000


async def test_readings_are_written_in_order_and_confirmed() -> None:
    async with Bench() as bench:
        await bench.take_in(250)
        await bench.elapse(1)
        assert bench.written() == list(range(250))
        assert await bench.journal.cursor("recorder") == 250
        assert max(bench.store.batches) == 100
        await bench.take_in(1)
        await bench.elapse(1)
        assert bench.written() == list(range(251))


async def test_retained_values_and_duplicates_are_passed_over() -> None:
    async with Bench() as bench:
        for flag in (Flag.RETAINED, Flag.DUPLICATE, Flag.REPLAYED, Flag.LATE):
            await bench.take_in(1, flag)
        await bench.elapse(1)
        assert bench.stored() == [2, 3]
        assert await bench.journal.cursor("recorder") == 4


async def test_the_cursor_stays_while_the_store_is_down_and_the_backlog_follows_in_order() -> None:
    async with Bench() as bench:
        bench.store.down = DOWN
        await bench.take_in(150)
        await bench.elapse(300)
        assert await bench.journal.cursor("recorder") == 0
        assert bench.recorder.problem == str(DOWN)
        figures = bench.recorder.figures()
        assert (figures["depth"], figures["healthy"]) == (150, 0)
        assert figures["lag_s"] == 300
        await bench.take_in(100)
        bench.store.down = None
        await bench.elapse(31)
        assert bench.written() == list(range(250))
        assert bench.recorder.problem is None
        assert bench.recorder.figures()["lag_s"] == 0


async def test_pauses_grow_to_a_limit_and_the_stores_wish_counts() -> None:
    async with Bench() as bench:
        bench.store.down = DOWN
        await bench.take_in(1)
        await bench.elapse(130)
        pauses = [pause for pause in bench.pauses if pause not in {0.2, 1.0, 10.0}]
        assert pauses[:7] == [0.5, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
        bench.store.down = TryLater("too many requests", after_s=77.0)
        await bench.elapse(31)
        assert 77.0 in bench.pauses
        bench.store.down = TryLater("too many requests", after_s=1e9)
        await bench.elapse(78)
        assert 300.0 in bench.pauses


async def test_a_bad_point_is_found_and_set_aside_once_and_the_rest_is_stored() -> None:
    async with Bench() as bench:
        bench.store.refuses = lambda point: point.measurement == "motion" and number(point) in {13, 77}
        await bench.take_in(100)
        await bench.elapse(1)
        assert sorted(bench.stored()) == sorted(set(range(100)) - {13, 77})
        assert bench.stored() == bench.written() == sorted(bench.stored())
        assert [number(point) for point, _ in bench.aside] == [13, 77]
        assert "another type" in bench.aside[0][1]
        assert await bench.journal.cursor("recorder") == 100
        bench.store.troubles = [DOWN]
        await bench.take_in(1)
        await bench.elapse(2)
        assert 100 in bench.stored()
        assert len(bench.aside) == 2
        assert bench.recorder.figures()["refused"] == 2


async def test_a_batch_that_is_too_large_is_halved_and_grows_again() -> None:
    async with Bench() as bench:
        bench.store.largest = 30
        await bench.take_in(500)
        await bench.elapse(1)
        assert bench.written() == list(range(500))
        assert bench.store.batches[:4] == [100, 50, 25, 25]
        bench.store.largest = 1_000
        bench.store.batches.clear()
        await bench.take_in(3_000)
        await bench.elapse(1)
        assert max(bench.store.batches) == 100


async def test_a_point_that_alone_is_too_large_is_set_aside() -> None:
    async with Bench() as bench:
        bench.store.largest = 0
        await bench.take_in(3)
        await bench.elapse(1)
        assert [number(point) for point, _ in bench.aside] == [0, 1, 2]
        assert await bench.journal.cursor("recorder") == 3


async def test_a_point_that_nobody_can_even_set_aside_stops_nothing() -> None:
    async with Bench() as bench:
        bench.store.refuses = lambda point: point.measurement == "motion" and number(point) == 1
        bench.aside_fault = ValueError("cannot be written down")
        await bench.take_in(3)
        await bench.elapse(1)
        assert bench.stored() == [0, 2]
        bench.aside_fault = TryLater("the disk is full")
        bench.store.refuses = lambda point: point.measurement == "motion" and number(point) == 3
        await bench.take_in(2)
        await bench.elapse(5)
        assert await bench.journal.cursor("recorder") == 3
        bench.aside_fault = None
        await bench.elapse(31)
        assert bench.stored() == [0, 2, 4]
        assert [number(point) for point, _ in bench.aside] == [3]


async def test_a_wrong_setting_is_reported_and_tried_on() -> None:
    async with Bench() as bench:
        bench.store.down = FixConfiguration("the store does not know our token (401): set [store] token")
        await bench.take_in(5)
        await bench.elapse(100)
        assert bench.recorder.problem == "the store does not know our token (401): set [store] token"
        assert bench.aside == []
        bench.store.down = None
        await bench.elapse(31)
        assert bench.stored() == list(range(5))
        assert bench.recorder.problem is None


async def test_after_a_failure_the_last_minute_is_written_again() -> None:
    async with Bench() as bench:
        await bench.take_in(10)  # settled by the time of the failure
        await bench.elapse(50)
        await bench.take_in(10)
        await bench.elapse(40)
        bench.store.troubles = [DOWN]
        bench.store.lose(12)  # the machine lost its power; ten readings and two points of health were in its memory
        await bench.take_in(1)
        await bench.elapse(5)
        assert bench.written() == [*range(20), *range(10, 21)]
        assert bench.stored() == [*range(10), *range(10, 21)]


async def test_a_failure_that_only_the_health_point_met_counts_too() -> None:
    async with Bench() as bench:
        await bench.elapse(8)
        await bench.take_in(10)
        await bench.elapse(1)
        bench.store.lose(10)
        bench.store.troubles = [DOWN]
        await bench.elapse(5)
        assert bench.stored() == list(range(10))
        assert bench.recorder.problem is None


async def test_after_a_start_the_last_minute_is_written_again() -> None:
    journal, store = MemoryJournal(), MemoryStore()
    async with Bench(journal, store) as bench:
        await bench.take_in(10)
        await bench.elapse(100)
        await bench.take_in(10)
        await bench.elapse(2)
        await bench.take_in(5)
        await bench.elapse(1)
    store.written.clear()
    async with Bench(journal, store) as bench:
        await bench.elapse(1)
        assert bench.written() == list(range(10, 25))


async def test_a_store_that_fails_every_half_minute_is_filled_nevertheless() -> None:
    async with Bench() as bench:
        store = bench.store
        for round_ in range(40):
            await bench.take_in(10)
            await bench.elapse(15)
            store.troubles = [DOWN]
            await bench.elapse(15)
            assert len(bench.stored()) == 10 * (round_ + 1)
        assert await bench.journal.cursor("recorder.settled") > 0


async def test_facts_are_recorded_on_a_cursor_of_their_own() -> None:
    async with Bench() as bench:
        bench.notebook.facts.append(Fact("alert", "ELM-12", {"rule": "pendant"}, {"open": 1}, NOON))
        await bench.elapse(2)
        assert [point.measurement for point in bench.store.written] == ["alert"]
        assert await bench.journal.cursor("recorder.facts") == 1
        bench.store.lose(1)
        bench.store.troubles = [DOWN]
        bench.notebook.facts.append(Fact("alert", "ELM-12", {"rule": "pendant"}, {"open": 0}, NOON + MINUTE))
        await bench.elapse(5)
        assert [point.fields["open"] for point in bench.store.points.values()] == [1.0, 0.0]


async def test_health_is_written_every_ten_seconds_and_dropped_when_it_cannot() -> None:
    async with Bench() as bench:
        await bench.take_in(20)
        await bench.elapse(11)
        bench.store.down = DOWN
        await bench.elapse(30)
        bench.store.down = None
        await bench.elapse(10)
        health = [point for point in bench.store.written if point.measurement == "gateway_health"]
        assert [(point.at - NOON) // 1_000_000 for point in health] == [10, 50]
        first = health[0]
        assert first.tags == {"gateway": "keepwell"}
        assert first.fields["heart_beats"] == 7
        assert first.fields["recorder_written"] == 20
        assert first.fields["recorder_readings_per_s"] == pytest.approx(2.0)
        assert 0 < first.fields["recorder_write_s"] < 1
        assert {"recorder_depth", "recorder_lag_s", "recorder_refused", "recorder_failures"} <= set(first.fields)


class Flaky(MemoryJournal):
    """A journal that cannot be read or written for a while."""

    ill = False

    async def read(self, after: int, limit: int) -> Sequence[Journaled]:
        if self.ill:
            raise TryLater("the disk reports an error")
        return await super().read(after, limit)

    async def advance(self, reader: str, offset: int) -> None:
        if self.ill:
            raise TryLater("the disk is full")
        await super().advance(reader, offset)


async def test_an_ill_journal_ends_nothing() -> None:
    journal = Flaky()
    async with Bench(journal) as bench:
        journal.ill = True
        await bench.take_in(3)
        await bench.elapse(3)
        journal.ill = False
        await bench.elapse(31)
        assert bench.stored() == [0, 1, 2]
        assert await journal.cursor("recorder") == 3
