"""When somebody is told that the store takes nothing, and in which words."""

from collections.abc import Sequence

from devices.instant import MINUTE
from gateway.errors import FixConfiguration, TryLater
from gateway.model import GATEWAY_HOME, Point
from gateway.recorder.memory import MemoryStore
from gateway.recorder.outlet import MayHaveForgotten
from tests.recorder.bench import NOON, Bench

AWAY = TryLater("the store at http://db:8086 cannot be reached: is it running?")
TOKEN = FixConfiguration("the store at http://db:8086 does not know our token (401): set [store] token or token_file")


async def test_a_store_that_is_away_for_a_while_is_told_after_a_quarter_of_an_hour():
    async with Bench() as bench:
        await bench.take_in(1)
        await bench.elapse(1)
        assert bench.recorder.troubles() == ()
        bench.store.down = AWAY
        await bench.take_in(1)
        await bench.elapse(2)
        bench.recorder.troubles()
        await bench.elapse(14 * 60)
        assert bench.recorder.troubles() == ()
        await bench.elapse(70)
        (trouble,) = bench.recorder.troubles()
        assert (trouble.rule, trouble.subject, trouble.home, trouble.passing) == (
            "gateway",
            "store",
            GATEWAY_HOME,
            True,
        )
        assert trouble.sentence.startswith("The store at http://db:8086 cannot be reached: is it running?; until then")
        assert NOON < trouble.since < NOON + MINUTE
        bench.store.down = None
        await bench.elapse(31)
        assert bench.recorder.troubles() == ()


async def test_a_setting_to_correct_is_told_at_once_and_by_its_name():
    async with Bench() as bench:
        bench.store.down = TOKEN
        await bench.take_in(1)
        await bench.elapse(1)
        (trouble,) = bench.recorder.troubles()
        assert "[store] token or token_file" in trouble.sentence
        bench.store.down = None
        await bench.elapse(31)
        assert bench.recorder.troubles() == ()


async def test_one_that_was_back_in_between_counts_from_the_new_failure():
    async with Bench() as bench:
        for _ in range(2):
            bench.store.down = AWAY
            await bench.take_in(1)
            await bench.elapse(1)
            bench.recorder.troubles()
            await bench.elapse(10 * 60)
            assert bench.recorder.troubles() == ()
            bench.store.down = None
            await bench.elapse(31)


class Restarting(MemoryStore):
    """A store that can be started anew, without what it had in memory, and says so with the next write."""

    restarted = False

    def restart(self) -> None:
        self.points.clear()
        self.restarted = True

    async def write(self, points: Sequence[Point]) -> None:
        await super().write(points)
        if self.restarted:
            self.restarted = False
            raise MayHaveForgotten("it may have been started anew")


async def test_a_store_that_may_have_forgotten_is_in_no_trouble_and_is_told_the_last_minute_again():
    store = Restarting()
    async with Bench(store=store) as bench:
        await bench.take_in(10)
        await bench.elapse(5)
        store.restart()
        await bench.elapse(6)  # the gateway's health is written
        assert bench.stored() == list(range(10))
        assert bench.recorder.problem is None
        assert bench.recorder.troubles() == ()
