"""Every implementation of ports.Journal keeps what decoders learn: the latest under each name, in order."""

from collections.abc import AsyncIterator

import pytest

from devices.measurement import Measurement
from gateway.journal.limits import Limits
from gateway.model import Flag, Lesson, Taken, Waiting
from gateway.ports import Journal
from tests.contracts.test_journal import KINDS, NOON, delivered, kept, opened, reading


@pytest.fixture(params=KINDS)
async def journal(request: pytest.FixtureRequest) -> AsyncIterator[Journal]:
    async with opened(request.param) as journal:
        yield journal


def lesson(name: str, payload: bytes = b"{}", hub: str = "elm") -> Lesson:
    return Lesson(hub, name, f"homeassistant/{name}/config", payload)


async def test_the_latest_under_each_name_in_the_order_of_learning(journal: Journal) -> None:
    await journal.append([Taken(lessons=(lesson("a", b"1"), lesson("b", b"2"))), Taken(lessons=(lesson("c", b"3"),))])
    await journal.append([Taken(lessons=(lesson("a", b"\x00\xff new"), lesson("b", b"2", hub="oak")))])
    assert journal.lessons("elm") == [lesson("b", b"2"), lesson("c", b"3"), lesson("a", b"\x00\xff new")]
    assert journal.lessons("oak") == [lesson("b", b"2", hub="oak")]
    assert list(journal.lessons("ash")) == []


async def test_within_one_batch_the_last_word_counts(journal: Journal) -> None:
    await journal.append([Taken(lessons=(lesson("a", b"1"), lesson("a", b""))), Taken(lessons=(lesson("b", b""),))])
    assert list(journal.lessons("elm")) == []
    await journal.append([Taken(lessons=(lesson("a", b""), lesson("a", b"2"), lesson("a", b"3")))])
    assert journal.lessons("elm") == [lesson("a", b"3")]


async def test_an_empty_one_is_forgotten(journal: Journal) -> None:
    await journal.append([Taken(lessons=(lesson("a"), lesson("b")))])
    await journal.append([Taken(lessons=(lesson("a", b""), lesson("never heard of", b"")))])
    assert journal.lessons("elm") == [lesson("b")]


async def test_a_repeated_delivery_teaches_nothing_again(journal: Journal) -> None:
    await journal.append([Taken(delivered(1), lessons=(lesson("a", b"1"),))])
    await journal.append(
        [Taken(lessons=(lesson("a", b"2"),)), Taken(delivered(1, dup=True), lessons=(lesson("a", b"1"),))]
    )
    assert journal.lessons("elm") == [lesson("a", b"2")]


async def test_hubs_that_no_home_vouches_for_are_forgotten(journal: Journal) -> None:
    await journal.append(
        [Taken(lessons=tuple(lesson(name, hub=hub) for hub in ("elm", "oak", "ash") for name in "ab"))]
    )
    assert await journal.forget_lessons(["oak", "yew"]) == 4
    assert (list(journal.lessons("elm")), len(journal.lessons("oak"))) == ([], 2)
    assert await journal.forget_lessons(["oak"]) == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_the_oldest_of_a_hub_go_first(kind: str) -> None:
    async with opened(kind, limits=Limits(lessons=3, lessons_bytes=1_000)) as journal:
        await journal.append([Taken(lessons=(lesson("other", hub="oak"),))])
        for name in "abcde":
            await journal.append([Taken(lessons=(lesson(name, name.encode() * 10),))])
        assert [one.name for one in journal.lessons("elm")] == ["c", "d", "e"]
        await journal.append([Taken(lessons=(lesson("long", b"x" * 985),))])
        assert [one.name for one in journal.lessons("elm")] == ["e", "long"]
        assert len(journal.lessons("oak")) == 1


async def test_what_cannot_be_written_as_utf8_is_kept_all_the_same(journal: Journal) -> None:
    await journal.append([Taken(lessons=(Lesson("elm", "half \ud83d", "half \ud83d", b"1"),))])
    await journal.append([Taken(lessons=(Lesson("elm", "half \ud83d", "half \ud83d", b""),))])
    assert list(journal.lessons("elm")) == []


async def test_readings_keep_that_they_are_momentary_and_untrusted(journal: Journal) -> None:
    every = [reading(at=NOON + flags * 1_000, flags=Flag(flags)) for flags in range(2 * max(Flag)) if not flags & 8]
    await journal.append([Taken(readings=tuple(every))])
    assert await kept(journal) == every


async def test_so_do_those_that_wait_for_an_address(journal: Journal) -> None:
    waiting = Waiting(
        "elm",
        Measurement("zigbee2mqtt:name:hall", "motion", True, momentary=True),
        NOON,
        Flag.MOMENTARY | Flag.UNTRUSTED,
    )
    await journal.append([Taken(waiting=(waiting,))])
    (found,) = await journal.waiting("elm")
    assert (found.measurement, found.flags) == (waiting.measurement, waiting.flags)
