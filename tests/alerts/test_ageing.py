"""Faults that nobody repairs: told once, told every day, and in the end called, until somebody sees to them."""

import pytest
from sqlalchemy import select

from devices.instant import DAY, HOUR
from gateway.alerts.ageing import target
from gateway.config import AlertSettings
from gateway.database.tables import DeviceRow, TimelineRow
from gateway.speech import say
from tests.alerts.street import Street


@pytest.mark.parametrize(
    ("first", "days", "safety", "then"),
    [
        (4, 6.9, False, 4), (4, 7, False, 3), (4, 13.9, False, 3), (4, 14, False, 2),
        (4, 6.9, True, 4), (4, 7, True, 3), (4, 9.9, True, 3), (4, 10, True, 2),
        (3, 6.9, False, 3), (3, 7, False, 2), (3, 2.9, True, 3), (3, 3, True, 2), (3, 400, True, 2),
    ],
)  # fmt: skip
def test_what_a_fault_has_grown_to(first: int, days: float, safety: bool, then: int) -> None:
    assert target(first, int(days * DAY), safety=safety, settings=AlertSettings()) == then


async def days(street: Street, number: int) -> None:
    for _ in range(number):
        await street.passes(24 * 60)


async def test_a_low_battery_is_in_the_digest_then_told_each_day_and_called_after_a_fortnight(street: Street) -> None:
    street.calls("Ann", wait_min=60)
    await street.rule("battery", subject="hall")
    await days(street, 1)
    assert street.fresh("digest") == ["Ann"]
    await days(street, 5)
    assert street.fresh(None) == []
    await days(street, 1)
    alert = await street.alert()
    assert alert.priority == 3
    assert alert.explanation == "battery seen. This has been so for 7 days, and nobody has repaired it."
    assert "This has been so for 7 days, and nobody has repaired it." in street.phones.notices[0].body
    assert street.fresh() == ["Ann"]
    await days(street, 1)
    assert street.fresh() == ["Ann"], "every day now"
    await days(street, 6)
    alert = await street.alert()
    assert alert.priority == 2
    assert alert.explanation == "battery seen. This has been so for 14 days, and nobody has repaired it."
    street.fresh()
    await street.passes(61)
    assert street.fresh()[:1] == ["Ann"], "and round after round"
    entries = [entry for entry in await street.desk.timeline(1) if entry.what == "aged"]
    assert [entry.detail["priority"] for entry in entries] == [3, 2]
    assert "aged" in {fact.tags["event"] for fact in await street.facts()}


async def test_accepted_is_not_repaired(street: Street) -> None:
    street.calls("Ann")
    await street.rule("sensor_silent", subject="hall")
    await street.accepts("Ann")
    await days(street, 6)
    street.fresh(None)
    await days(street, 1)
    assert (await street.alert()).state == "raised"
    assert street.fresh()[:1] == ["Ann"]


async def test_a_safety_device_has_less_time(street: Street) -> None:
    with street.database.transaction() as session:
        session.add(DeviceRow(home="ELM-12", hub="elm12", address="alarm", quantities=["smoke"], registered_at=0))
    await street.rule("sensor_stuck", subject="alarm", concerns="equipment")
    await street.rule("sensor_stuck", subject="hall", concerns="equipment")
    await days(street, 3)
    assert [(await street.alert(number)).priority for number in (1, 2)] == [2, 3]


async def test_it_grows_only_while_people_are_awake(street: Street) -> None:
    street.calls("Ann")
    await street.at("2026-01-12T22:30")
    await street.rule("sensor_silent", subject="hall")
    await street.at("2026-01-19T22:30")
    await street.passes(60)
    assert (await street.alert()).priority == 3
    await street.at("2026-01-20T08:00")
    assert (await street.alert()).priority == 2


async def test_what_was_closed_or_put_off_or_is_no_fault_does_not_grow(street: Street) -> None:
    for subject in ("hall", "kitchen"):
        await street.rule("battery", subject=subject)
    await street.rule("noisy_rule", subject="inactivity", concerns="equipment", priority=4)
    await street.rule("inactivity", priority=3)
    await street.closes("Ann", alert=1)
    await days(street, 6)
    await street.at("06:00")
    await street.desk.snooze(2, "Ann", street.now + 10 * HOUR, "ordered", street.now)
    await street.at("15:59")
    assert [(await street.alert(number)).priority for number in (1, 2, 3, 4)] == [4, 4, 4, 3]
    await street.at("16:02")
    assert (await street.alert(2)).priority == 3


async def test_a_rule_that_says_it_again_does_not_make_it_young(street: Street) -> None:
    street.calls("Ann")
    await street.rule("battery", subject="hall")
    await street.accepts("Ann")
    await days(street, 7)
    assert (await street.alert()).priority == 3
    await street.accepts("Ann")
    await street.rule("battery", subject="hall", explanation="Still low.")
    await street.passes(1.1)
    alert = await street.alert()
    assert alert.priority == 3
    assert alert.explanation == "Still low. This has been so for 7 days, and nobody has repaired it."


async def test_the_age_is_said_in_the_readers_language(street: Street) -> None:
    street.calls("Ann")
    street.person("Ann", language="de")
    await street.rule("sensor_silent", subject="hall", said=(say("shared.last_seen_nowhere"),))
    await days(street, 7)
    body = street.phones.notices[-1].body
    assert body.startswith("Es wurde noch niemand gesehen. Das ist seit 7 Tagen so, und niemand hat es behoben.")
    assert (await street.alert()).explanation.startswith("Nobody has been seen yet. This has been so for 7 days")


async def test_trouble_with_one_fault_holds_up_no_other(street: Street) -> None:
    await street.rule("sensor_silent", subject="hall")
    await street.rule("sensor_silent", subject="kitchen")
    with street.database.transaction() as session:
        session.scalars(select(TimelineRow).where(TimelineRow.alert == 1).limit(1)).one().detail = {"priority": "odd"}
    await days(street, 7)
    assert [(await street.alert(number)).priority for number in (1, 2)] == [3, 2]
