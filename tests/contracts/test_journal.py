"""Every implementation of ports.Journal keeps this contract."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.instant import MILLISECOND, MINUTE, SECOND
from devices.measurement import Measurement, Value
from gateway.journal.limits import Limits
from gateway.journal.memory import MemoryJournal
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Delivery, Flag, Quarantined, Reading, Sighting, Taken, Waiting
from gateway.ports import Journal

NOON = 1_768_000_000_000_000
KINDS = ["memory", "sqlite"]


@asynccontextmanager
async def opened(kind: str, *, limits: Limits | None = None, minimum_offset: int = 0) -> AsyncIterator[Journal]:
    if kind == "memory":
        yield MemoryJournal(limits=limits, minimum_offset=minimum_offset)
        return
    with TemporaryDirectory() as folder:
        journal = await SqliteJournal.open(Path(folder) / "journal.db", limits=limits, minimum_offset=minimum_offset)
        try:
            yield journal
        finally:
            await journal.close()


@pytest.fixture(params=KINDS)
async def journal(request: pytest.FixtureRequest) -> AsyncIterator[Journal]:
    async with opened(request.param) as journal:
        yield journal


def reading(value: Value = True, at: int = NOON, **changes: object) -> Reading:
    plain = Reading("ELM-12", "hub-1", "zigbee2mqtt:0x1", "hall", None, "motion", value, at, at)
    return replace(plain, **changes)  # type: ignore[arg-type]


def delivered(mid: int, payload: bytes = b"pressed", session: str = "s1", *, dup: bool = False) -> Delivery:
    return Delivery(session, mid, hashlib.sha256(payload).digest(), dup)


async def kept(journal: Journal, after: int = 0) -> list[Reading]:
    return [entry.reading for entry in await journal.read(after, 100_000)]


async def test_begins_empty(journal: Journal) -> None:
    assert await journal.end() == 0
    assert list(await journal.read(0, 10)) == []
    assert await journal.cursor("watch") == 0
    counts = await journal.counts()
    assert {counts[name] for name in ("entries", "sightings", "quarantined", "waiting")} == {0}
    assert counts["duplicates_dropped"] == counts["waiting_dropped"] == 0
    assert "bytes" in counts


async def test_reads_in_order_above_an_offset(journal: Journal) -> None:
    readings = [reading(at=NOON + n * SECOND) for n in range(10)]
    assert await journal.append([Taken(readings=tuple(readings[:6])), Taken(readings=tuple(readings[6:]))]) == 10
    assert [entry.offset for entry in await journal.read(0, 4)] == [1, 2, 3, 4]
    assert [entry.offset for entry in await journal.read(8, 100)] == [9, 10]
    assert await kept(journal) == readings
    assert await journal.end() == 10


@pytest.mark.parametrize(
    "value", [True, False, 0.0, 1.0, -0.1, 21.349999999999998, 1e300, 5e-324, "press", "", "true", "1.0", 'a"\n\x00ü☂']
)
async def test_values_come_back_with_type_and_every_bit(journal: Journal, value: Value) -> None:
    full = reading(value, role="pendant", since=NOON - 5, flags=Flag.QUEUED | Flag.LATE, identity="ev-1", room=None)
    await journal.append([Taken(readings=(full,))])
    (back,) = await kept(journal)
    assert back == full
    assert type(back.value) is type(value)
    assert isinstance(back.flags, Flag)


async def test_equal_times_are_kept_a_millisecond_apart(journal: Journal) -> None:
    await journal.append([Taken(readings=(reading(),)), Taken(readings=(reading(),))])
    await journal.append([Taken(readings=(reading(at=NOON + MILLISECOND), reading(device="zigbee2mqtt:0x2")))])
    await journal.append([Taken(readings=(reading(), reading(quantity="presence"), reading(home="OAK-1")))])
    assert [one.at - NOON for one in await kept(journal)] == [0, 1_000, 2_000, 0, 3_000, 0, 0]


async def test_many_readings_of_one_instant(journal: Journal) -> None:
    for _ in range(20):
        await journal.append([Taken(readings=(reading(),))] * 100)
    assert [one.at for one in await kept(journal)] == [NOON + n * MILLISECOND for n in range(2_000)]


async def test_a_known_identity_is_kept_unshifted_and_marked(journal: Journal) -> None:
    first = reading(identity="ev-7")
    await journal.append([Taken(readings=(first, first))])
    await journal.append([Taken(readings=(first, reading(identity="ev-7", device="other"), reading()))])
    again = replace(first, flags=Flag.DUPLICATE)
    shifted = replace(reading(), at=NOON + MILLISECOND)
    assert await kept(journal) == [first, again, again, reading(identity="ev-7", device="other"), shifted]


async def test_a_repeated_delivery_is_dropped_whole_and_counted(journal: Journal) -> None:
    message = Taken(delivery=delivered(5), readings=(reading(),), sightings=(Sighting("h", "a", ("motion",), NOON),))
    await journal.append([message])
    end = await journal.append([replace(message, delivery=delivered(5, dup=True))])
    assert end == 1
    assert len(await kept(journal)) == 1
    assert (await journal.sightings())[0].count == 1
    assert (await journal.counts())["duplicates_dropped"] == 1


async def test_what_equals_a_settled_delivery_is_kept_as_perhaps_a_repeat(journal: Journal) -> None:
    """Message ids are given out again; and a broker that was killed may have forgotten our acknowledgement."""
    press = Taken(delivery=delivered(5), readings=(reading(),))
    other = Taken(delivery=delivered(6), readings=(reading(device="other"),))
    await journal.append([press, other])
    await journal.settle("s1", [5])
    await journal.append([replace(press, delivery=delivered(5, dup=True))])
    await journal.append([replace(other, delivery=delivered(6, dup=True))])
    await journal.append([replace(press, delivery=delivered(5, dup=True))])
    assert [one.flags for one in await kept(journal)] == [Flag.NONE, Flag.NONE, Flag.REPLAYED]
    assert (await journal.counts())["duplicates_dropped"] == 2


async def test_a_repetition_within_one_batch_is_dropped(journal: Journal) -> None:
    message = Taken(delivery=delivered(5), readings=(reading(),))
    await journal.append([message, replace(message, delivery=delivered(5, dup=True))])
    assert len(await kept(journal)) == 1


@pytest.mark.parametrize(
    "second",
    [
        delivered(5),  # the id was given out again
        delivered(6, dup=True),
        delivered(5, b"other", dup=True),
        delivered(5, session="s2", dup=True),
    ],
)
async def test_what_is_no_repetition_is_kept(journal: Journal, second: Delivery) -> None:
    await journal.append([Taken(delivery=delivered(5), readings=(reading(),))])
    await journal.append([Taken(delivery=second, readings=(reading(),))])
    assert [one.at for one in await kept(journal)] == [NOON, NOON + MILLISECOND]
    assert (await journal.counts())["duplicates_dropped"] == 0


async def test_a_reused_id_stands_for_its_latest_message(journal: Journal) -> None:
    await journal.append([Taken(delivery=delivered(5, b"old"))])
    await journal.append([Taken(delivery=delivered(5, b"new"))])
    await journal.append([Taken(delivery=delivered(5, b"old", dup=True), readings=(reading(),))])
    assert len(await kept(journal)) == 1


async def test_a_new_session_forgets_the_deliveries_of_others(journal: Journal) -> None:
    await journal.append([Taken(delivery=delivered(5)), Taken(delivery=delivered(6, session="s2"))])
    await journal.new_session("s2")
    await journal.append([Taken(delivery=delivered(5, dup=True), readings=(reading(),))])
    await journal.append([Taken(delivery=delivered(6, session="s2", dup=True), readings=(reading(),))])
    assert len(await kept(journal)) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_only_the_latest_deliveries_are_remembered(kind: str) -> None:
    async with opened(kind, limits=Limits(deliveries=10)) as journal:
        await journal.append([Taken(delivery=delivered(mid)) for mid in range(1, 12)])
        await journal.append([Taken(delivery=delivered(mid, dup=True), readings=(reading(),)) for mid in (1, 2)])
        assert len(await kept(journal)) == 1


async def test_cursors_belong_to_readers_and_never_move_back(journal: Journal) -> None:
    await journal.advance("watch", 7)
    await journal.advance("watch", 3)
    await journal.advance("recorder", 2)
    assert (await journal.cursor("watch"), await journal.cursor("recorder"), await journal.cursor("x")) == (7, 2, 0)


async def test_waiting_ends_with_the_next_entry(journal: Journal) -> None:
    waiting = [asyncio.create_task(journal.wait(after)) for after in (0, 0, 1)]
    await asyncio.sleep(0)
    await journal.append([Taken(sightings=(Sighting("h", "a", ("motion",), NOON),))])
    assert not any(task.done() for task in waiting)
    await journal.append([Taken(readings=(reading(),))])
    await asyncio.wait_for(asyncio.gather(*waiting[:2]), 5)
    assert not waiting[2].done()
    waiting[2].cancel()
    await asyncio.wait_for(journal.wait(0), 5)


async def test_prune_takes_what_is_old_and_read_by_all(journal: Journal) -> None:
    await journal.append([Taken(readings=tuple(reading(at=NOON + n * MINUTE) for n in range(10)))])
    await journal.advance("watch", 8)
    await journal.advance("recorder", 3)
    assert await journal.prune(NOON + 5 * MINUTE, ["watch", "recorder"]) == 3
    assert await journal.prune(NOON + 5 * MINUTE, ["watch", "nobody"]) == 0
    assert await journal.prune(NOON + 5 * MINUTE, ["watch"]) == 2
    assert [entry.offset for entry in await journal.read(0, 100)] == [6, 7, 8, 9, 10]
    assert await journal.prune(NOON + 60 * MINUTE, []) == 5
    assert await journal.append([Taken(readings=(reading(),))]) == 11


async def test_who_waits_is_not_told_of_pruned_entries(journal: Journal) -> None:
    await journal.append([Taken(readings=(reading(),))])
    await journal.prune(NOON + MINUTE, [])
    waiting = asyncio.create_task(journal.wait(0))
    await asyncio.sleep(0)
    assert not waiting.done()
    await journal.append([Taken(readings=(reading(),))])
    await asyncio.wait_for(waiting, 5)


async def test_an_identity_is_remembered_until_it_is_pruned(journal: Journal) -> None:
    await journal.append([Taken(readings=(reading(identity="ev-7"),))])
    await journal.prune(NOON + MINUTE, [])
    await journal.append([Taken(readings=(reading(identity="ev-7"),))])
    assert [one.flags for one in await kept(journal)] == [Flag.NONE]


@pytest.mark.parametrize("kind", KINDS)
async def test_offsets_begin_above_the_minimum(kind: str) -> None:
    async with opened(kind, minimum_offset=500) as journal:
        assert await journal.end() == 500
        waiting = asyncio.create_task(journal.wait(0))
        await asyncio.sleep(0)
        assert not waiting.done()
        assert await journal.append([Taken(readings=(reading(),))]) == 501
        await asyncio.wait_for(waiting, 5)


async def test_sightings_of_one_address_are_summed_up(journal: Journal) -> None:
    first = Sighting("hub-1", "zigbee2mqtt:0x9", ("motion", "battery"), NOON + 5, "Hall", "Acme")
    second = Sighting("hub-1", "zigbee2mqtt:0x9", ("contact",), NOON, None, None, "X1")
    await journal.append([Taken(sightings=(first, second))])
    await journal.append([Taken(sightings=(replace(second, heard_at=NOON + 9),))])
    await journal.append([Taken(sightings=(Sighting("hub-2", "zigbee2mqtt:0x9", ("motion",), NOON),))])
    latest, other = await journal.sightings()
    assert (latest.hub, latest.count, latest.first_heard, latest.last_heard) == ("hub-1", 3, NOON, NOON + 9)
    assert (latest.quantities, latest.name) == (("battery", "contact", "motion"), "Hall")
    assert (latest.maker, latest.model) == ("Acme", "X1")
    assert (other.hub, other.count) == ("hub-2", 1)


def unread(number: int, payload: bytes | None = b"{") -> Quarantined:
    return Quarantined("hub-1", f"zigbee2mqtt/{number}", "zigbee2mqtt", "bad_json", "", 1, "d" * 64, NOON, payload)


def unnamed(number: int, hub: str = "hub-1", received_at: int = NOON) -> Waiting:
    said = Measurement(f"zigbee2mqtt:name:{number}", "temperature", 20.5, None, "ev")
    return Waiting(hub, said, received_at, Flag.LATE)


@pytest.mark.parametrize("kind", KINDS)
async def test_quarantine_keeps_the_latest(kind: str) -> None:
    async with opened(kind, limits=Limits(quarantined=3)) as journal:
        await journal.append([Taken(quarantined=(unread(n),)) for n in range(5)])
        await journal.append([Taken(quarantined=(unread(5, None),))])
        assert list(await journal.quarantine()) == [unread(5, None), unread(4), unread(3)]
        assert list(await journal.quarantine(1)) == [unread(5, None)]
        counts = await journal.counts()
        assert (counts["quarantined"], counts["quarantine_dropped"]) == (3, 3)
        (of,) = {(one.reason, one.hub) for one in await journal.quarantine()}
        assert dict(await journal.rejected()) == {of: 3}


@pytest.mark.parametrize("kind", KINDS)
async def test_quarantine_is_bounded_in_bytes(kind: str) -> None:
    async with opened(kind, limits=Limits(quarantined_bytes=100_000)) as journal:
        await journal.append([Taken(quarantined=(unread(n, bytes(1 << 20)),)) for n in range(3)])
        (only,) = await journal.quarantine()
        assert only.topic == "zigbee2mqtt/2"
        assert len(only.payload or b"") == 64 * 1024


async def test_waiting_measurements_are_kept_until_released(journal: Journal) -> None:
    await journal.append([Taken(waiting=(unnamed(1), unnamed(2), unnamed(3, "hub-2")))])
    one, two = await journal.waiting("hub-1")
    assert (replace(one, id=0), replace(two, id=0)) == (unnamed(1), unnamed(2))
    await journal.append([Taken(readings=(reading(),), released=(one.id,))])
    assert list(await journal.waiting("hub-1")) == [two]
    await journal.append([Taken(waiting=(unnamed(4),))])
    assert (await journal.waiting("hub-1"))[-1].id not in {one.id, two.id}


@pytest.mark.parametrize("kind", KINDS)
async def test_waiting_is_bounded_and_expires(kind: str) -> None:
    async with opened(kind, limits=Limits(waiting=2)) as journal:
        await journal.append([Taken(waiting=(unnamed(n, received_at=NOON + n),)) for n in range(4)])
        assert [one.measurement.address[-1] for one in await journal.waiting("hub-1")] == ["2", "3"]
        assert await journal.expire_waiting(NOON + 3) == 1
        counts = await journal.counts()
        assert (counts["waiting"], counts["waiting_dropped"]) == (1, 3)


async def test_an_introduction_tells_of_a_device_and_is_no_hearing(journal: Journal) -> None:
    told = Sighting("h", "a", ("button",), NOON, "Bedside", "Acme", "X1", introduced=True)
    later = replace(told, heard_at=NOON + 5, quantities=("button", "battery"))
    await journal.append([Taken(sightings=(told,)), Taken(sightings=(told, later))])
    (found,) = await journal.sightings()
    assert (found.count, found.last_heard, found.quantities) == (0, NOON, ("battery", "button"))
    await journal.append([Taken(sightings=(Sighting("h", "a", ("button",), NOON + 7),))])
    await journal.append([Taken(sightings=(replace(told, heard_at=NOON + 99),))])
    (found,) = await journal.sightings()
    assert (found.count, found.last_heard, found.first_heard, found.name) == (1, NOON + 7, NOON, "Bedside")


@pytest.mark.parametrize("kind", KINDS)
async def test_sightings_are_bounded(kind: str) -> None:
    async with opened(kind, limits=Limits(sightings=2)) as journal:
        await journal.append([Taken(sightings=(Sighting("h", str(n), ("motion",), NOON + n),)) for n in range(4)])
        assert [seen.address for seen in await journal.sightings()] == ["3", "2"]


async def test_half_a_surrogate_pair_is_no_obstacle(journal: Journal) -> None:
    await journal.append([
        Taken(
            readings=(reading("\ud800x", device="d\ud800", identity="\udfff"),),
            sightings=(Sighting("h", "a\ud800", ("motion",), NOON, "\ud800"),),
            waiting=(replace(unnamed(1), measurement=Measurement("n\ud800", "button", "\ud800")),),
            quarantined=(replace(unread(1), detail="\ud800"),),
        )
    ])  # fmt: skip
    await journal.append([Taken(readings=(reading("\ud800x", device="d\ud800", identity="\udfff"),))])
    assert [one.flags for one in await kept(journal)] == [Flag.NONE, Flag.DUPLICATE]


texts = st.text(max_size=8)
values = st.booleans() | st.floats(allow_nan=False) | texts
readings = st.builds(
    reading,
    values,
    st.integers(0, 5).map(lambda n: NOON + n * MILLISECOND),
    device=st.sampled_from(["a", "b"]) | texts,
    identity=st.none() | st.sampled_from(["1", "2"]) | texts,
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(lot=st.lists(readings, max_size=25), cuts=st.lists(st.integers(0, 25), max_size=6))
def test_however_appends_are_cut_the_same_is_read_once(kind: str, lot: list[Reading], cuts: list[int]) -> None:
    async def through(pieces: Sequence[Sequence[Reading]], step: int) -> list[Reading]:
        async with opened(kind) as journal:
            for piece in pieces:
                await journal.append([Taken(readings=(one,)) for one in piece])
            back: list[Reading] = []
            after = 0
            while entries := await journal.read(after, step):
                back += [entry.reading for entry in entries]
                after = entries[-1].offset
            return back

    bounds = [0, *sorted(min(cut, len(lot)) for cut in cuts), len(lot)]
    pieces = [lot[start:stop] for start, stop in pairwise(bounds)]
    cut_up = asyncio.run(through(pieces, 3))
    assert cut_up == asyncio.run(through([lot], 1_000))
    assert [(one.value, one.device, one.identity) for one in cut_up] == [
        (one.value, one.device, one.identity) for one in lot
    ]
    slots = [(one.at, one.device) for one in cut_up if not one.flags & Flag.DUPLICATE]
    assert len(set(slots)) == len(slots)
