"""What is told to dashboards of strangers and of messages that nobody could read; and how far the rules are behind."""

from dataclasses import replace
from pathlib import Path

import pytest

from devices.instant import DAY, MINUTE, SECOND
from gateway.clock import ManualClock
from gateway.journal.facts import BY_NAME, MOST_STRANGERS, rejected, strangers, unregistered
from gateway.journal.memory import MemoryJournal
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Directory, Flag, Home, Hub, Quarantined, Reading, Sighting, SightingSummary, Taken
from tests.support.facts import assert_conforms

NOW = 1_768_000_000_000_000
HOMES = Directory((
    Home("ELM-12", "Europe/London", hubs=(Hub("elm12"),)),
    Home("OAK-3", "Europe/London", hubs=(Hub("oak3"),), consent=False),
))  # fmt: skip
SEEN = SightingSummary("elm12", "zigbee2mqtt:0x1", ("motion",), NOW - DAY, NOW - MINUTE, 7, "Mum's lamp", "IKEA", "E1")
UNREAD = Quarantined("elm12", "t", "tasmota", "bad_value", "it said: secret", 3, "d", NOW, b"secret")


def test_a_stranger_is_told_with_its_home_and_without_its_name() -> None:
    (told,) = unregistered([SEEN], HOMES, NOW)
    assert_conforms(told)
    assert (told.home, dict(told.tags)) == ("ELM-12", {"device": "zigbee2mqtt:0x1"})
    assert dict(told.fields) == {"count": 7, "heard_s": 60, "model": "E1"}
    assert "Mum" not in str(told)


def test_addresses_that_are_names_are_told_as_one() -> None:
    named = [replace(SEEN, address=f"zigbee2mqtt:name:{name}", last_heard=NOW - seconds * SECOND)
             for name, seconds in (("Mum's lamp", 30), ("Mary", 20))]  # fmt: skip
    (told,) = unregistered(named, HOMES, NOW)
    assert_conforms(told)
    assert (told.tags["device"], dict(told.fields)) == (BY_NAME, {"count": 14, "heard_s": 20})


@pytest.mark.parametrize(
    "changes", [{"hub": "oak3"}, {"count": 0}, {"last_heard": NOW - DAY}], ids=["no consent", "introduced only", "old"]
)
def test_of_some_nothing_is_told(changes: dict[str, object]) -> None:
    assert not unregistered([replace(SEEN, **changes)], HOMES, NOW)  # type: ignore[arg-type]


def test_a_busy_road_makes_only_so_many_series() -> None:
    passing = [replace(SEEN, address=f"rtl_433:tpms/{number}") for number in range(2 * MOST_STRANGERS)]
    told = unregistered(passing, HOMES, NOW)
    assert [one.tags["device"] for one in told] == [one.address for one in passing[:MOST_STRANGERS]]


def test_a_hub_that_is_nobodys_is_the_gateways() -> None:
    (told,) = unregistered([replace(SEEN, hub="unknown", model="x" * 500)], HOMES, NOW)
    assert (told.home, len(str(told.fields["model"]))) == ("gateway", 64)


def test_messages_that_nobody_could_read_are_counted_by_home_and_reason() -> None:
    counts = {("bad_value", "elm12"): 3, ("bad_value", "oak3"): 2, ("bad_value", None): 1, ("Mary's PIN 12", None): 4}
    told = rejected(counts, HOMES, NOW)
    for fact in told:
        assert_conforms(fact)
    assert {(one.home, one.tags["reason"], one.fields["count"]) for one in told} == {
        ("ELM-12", "bad_value", 3), ("gateway", "bad_value", 3), ("gateway", "other", 4)
    }  # fmt: skip


async def test_strangers_of_a_journal() -> None:
    journal = MemoryJournal()
    heard = Sighting("elm12", "zigbee2mqtt:0x1", ("motion",), NOW - MINUTE)
    await journal.append([Taken(sightings=(heard,), quarantined=(UNREAD,)), Taken(sightings=(heard,))])
    told = {fact.measurement: fact for fact in await strangers(journal, HOMES, NOW)}
    assert told["unregistered"].fields["count"] == 2
    assert (told["gateway_rejected"].home, told["gateway_rejected"].fields["count"]) == ("ELM-12", 1)
    assert "secret" not in str(told)


async def test_how_far_the_rules_are_behind(tmp_path: Path) -> None:
    journal = await SqliteJournal.open(tmp_path / "journal.db", clock=ManualClock(NOW))
    try:
        readings = [Reading("ELM-12", "elm12", "d", None, None, "motion", True, NOW + number * SECOND,
                            NOW + number * SECOND, Flag.NONE) for number in range(10)]  # fmt: skip
        await journal.append([Taken(readings=tuple(readings))])
        await journal.advance("watch", 4)
        await journal.advance("recorder", 9)
        await journal._tend()
        figures = journal.figures()
        assert (figures["watch_depth"], figures["watch_lag_s"]) == (6, 5)
        await journal.advance("watch", 10)
        await journal._tend()
        assert (journal.figures()["watch_depth"], journal.figures()["watch_lag_s"]) == (0, 0)
    finally:
        await journal.close()
