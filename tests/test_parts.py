"""Parts that fail come back; one that fails again and again is named."""

import asyncio

import pytest

from gateway import parts
from gateway.errors import FixConfiguration
from gateway.parts import Upkeep


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_FIRST_PAUSE_S", 0.001)


class Part:
    """Fails so many times, then works."""

    def __init__(self, fails: int) -> None:
        self.fails = fails
        self.works = asyncio.Event()

    async def run(self) -> None:
        if self.fails:
            self.fails -= 1
            raise KeyError("of one home")
        self.works.set()
        await asyncio.Event().wait()


async def kept(upkeep: Upkeep, fails: int) -> asyncio.Task[None]:
    part = Part(fails)
    task = asyncio.create_task(upkeep.keep("recorder", part.run))
    await asyncio.wait_for(part.works.wait(), 20)
    return task


async def test_a_part_that_failed_comes_back_and_is_no_trouble() -> None:
    upkeep = Upkeep(lambda: 7)
    task = await kept(upkeep, 2)
    assert upkeep.figures() == {"restarts": 2.0}
    assert upkeep.troubles() == []
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_one_that_fails_three_times_in_a_row_is_named_until_it_has_lasted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts, "_LONGEST_PAUSE_S", 0.5)
    upkeep = Upkeep(lambda: 7)
    task = await kept(upkeep, 3)
    (trouble,) = upkeep.troubles()
    assert (trouble.subject, trouble.since, trouble.passing) == ("part recorder", 7, True)
    assert "recorder, has failed 3 times in a row (KeyError)" in trouble.sentence
    assert "of one home" not in trouble.sentence
    async with asyncio.timeout(20):
        while upkeep.troubles():  # noqa: ASYNC110 - a timer of the loop
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_setting_that_must_be_fixed_ends_the_gateway() -> None:
    async def refuse() -> None:
        raise FixConfiguration("[store] token")

    with pytest.raises(FixConfiguration):
        await Upkeep(lambda: 7).keep("recorder", refuse)


def test_a_part_that_cannot_be_set_up_is_told_and_takes_nothing_with_it():
    upkeep = Upkeep(lambda: 7)

    def broken() -> int:
        raise ImportError("no such module")

    def wrongly_set() -> int:
        raise FixConfiguration("[web] listen is no address")

    assert upkeep.built("pages", broken) is None
    assert [(one.subject, one.since) for one in upkeep.troubles()] == [("part pages", 7)]
    with pytest.raises(FixConfiguration):
        upkeep.built("pages", wrongly_set)
    assert upkeep.built("pages", lambda: 3) == 3
