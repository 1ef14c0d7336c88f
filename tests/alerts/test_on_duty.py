"""Hours of duty and quiet hours: who is passed over, and that nobody is ever left out for all."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.instant import HOUR, from_datetime
from gateway.alerts.duty import DAYS, is_on_duty, there, unattended
from gateway.model import Contact, Step
from tests.alerts.street import Street

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


async def test_the_office_by_day_and_the_night_team_by_night(street: Street) -> None:
    street.calls("Office", "Night", "Boss").on_duty("Office", "08:00-18:00", WEEKDAYS).on_duty("Night", "18:00-08:00")
    await street.rule("not_up")
    await street.passes(5.1)
    assert street.fresh() == ["Office", "Boss"], "the night team is passed over at once"
    await street.closes("Boss")
    await street.at("19:00")
    await street.rule("inactivity")
    assert street.fresh() == ["Night"]
    await street.closes("Night", alert=2)
    await street.at("2026-01-17T12:00")
    await street.rule("inactivity")
    assert street.fresh() == ["Boss"], "a Saturday"


async def test_a_pendant_goes_to_who_is_on_duty(street: Street) -> None:
    street.calls("Office", "Night").on_duty("Office", "08:00-18:00").on_duty("Night", "18:00-08:00")
    await street.at("17:57")
    await street.rule("pendant")
    await street.passes(2)
    assert street.fresh() == ["Office"]
    await street.passes(4)
    assert street.fresh() == ["Night"], "its hours have begun"


async def test_when_nobody_is_on_duty_everybody_is_called(street: Street) -> None:
    street.calls("Office", "Other").on_duty("Office", "08:00-18:00").on_duty("Other", "08:00-09:00")
    await street.at("22:00")
    await street.rule("pendant")
    await street.passes(5.1)
    assert street.fresh() == ["Office", "Other"]


async def test_priority_2_passes_over_who_is_in_quiet_hours_and_1_does_not(street: Street) -> None:
    street.calls("Ann", ("Bob", "Cleo"), "Team")
    street.person("Ann", quiet_hours="22:00-07:00")
    street.person("Bob", quiet_hours="22:00-07:00")
    await street.at("23:00")
    await street.rule("not_up")
    assert street.fresh() == ["Cleo"]
    await street.passes(5.1)
    assert street.fresh() == ["Team"]
    await street.rule("pendant")
    assert street.fresh() == ["Ann"]


async def test_when_everybody_is_in_quiet_hours_they_are_called_all_the_same(street: Street) -> None:
    street.calls("Ann", "Bob")
    for name in ("Ann", "Bob"):
        street.person(name, quiet_hours="22:00-07:00")
    await street.at("23:00")
    await street.rule("not_up")
    await street.passes(5.1)
    assert street.fresh() == ["Ann", "Bob"]


async def test_who_wakes_up_is_called_in_the_next_round(street: Street) -> None:
    street.calls("Ann", "Bob")
    street.person("Ann", quiet_hours="22:00-07:00")
    await street.at("2026-01-13T06:52")
    await street.rule("not_up")
    await street.passes(15.1)
    assert street.fresh() == ["Bob", "Bob", "Ann", "Bob"]


async def test_a_digest_goes_to_who_is_on_duty_when_it_is_sent(street: Street) -> None:
    street.calls("Night", "Office").on_duty("Office", "08:00-18:00").on_duty("Night", "18:00-08:00")
    await street.at("23:00")
    await street.rule("battery")
    await street.at("09:01")
    assert street.fresh(kind="digest") == ["Office"]


def step(hours: str | None = None, days: tuple[str, ...] = (), quiet: str | None = None) -> Step:
    return Step(1, (Contact(1, "Ann", ("list:Ann",), quiet_hours=quiet),), 300, hours, days)


def test_hours_past_midnight_belong_to_the_evening_on_which_they_began(street: Street) -> None:
    friday = step("22:00-06:00", ("fri",))
    found = {
        text: is_on_duty(friday, street.zone, street._local(f"2026-01-{text}"))
        for text in ("16T05:00", "16T23:00", "17T05:59", "17T06:00", "17T23:00")
    }
    assert found == {"16T05:00": False, "16T23:00": True, "17T05:59": True, "17T06:00": False, "17T23:00": False}


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 7), ("2026-10-25", 9), ("2026-06-10", 8)])
def test_a_night_of_duty_is_longer_or_shorter_when_the_clocks_change(street: Street, day: str, hours: int) -> None:
    start = street._local(f"{day}T00:00")
    night = step("00:00-08:00")
    assert sum(is_on_duty(night, street.zone, start + hour * HOUR) for hour in range(22)) == hours


def test_the_times_in_which_nobody_is_on_duty_are_named() -> None:
    assert unattended([step()]) == ()
    assert unattended([step("08:00-18:00", WEEKDAYS), step("17:00-09:00", WEEKDAYS)]) == ["Sat 09:00 to Mon 08:00"]
    assert unattended([step(days=("sat", "sun")), step("00:00-24:00", ("mon", "tue", "wed", "thu"))]) == [
        "Fri 00:00 to Sat 00:00"
    ]
    assert unattended([step("08:00-18:00")])[0] == "Mon 18:00 to Tue 08:00"
    assert len(unattended([step("08:00-18:00")])) == 7
    assert unattended([step("08:00-18:00"), step("18:00-08:00")]) == []


windows = st.one_of(st.none(), st.sampled_from(["08:00-18:00", "22:00-06:00", "00:00-24:00", "18:00-00:00", "odd"]))
days = st.lists(st.sampled_from(DAYS), max_size=3, unique=True).map(tuple)
steps = st.lists(st.builds(step, windows, days, windows), min_size=1, max_size=4)


@given(steps, st.datetimes(), st.booleans())
def test_somebody_is_always_there(found: list[Step], at: datetime, respect_quiet: bool) -> None:
    moment = from_datetime(at.replace(year=2026 + at.year % 10, day=min(at.day, 28), tzinfo=UTC))
    present = there(found, ZoneInfo("Europe/London"), moment, respect_quiet=respect_quiet)
    assert present
    assert all(one.step.contacts for one in present)
    assert [one.number for one in present] == sorted({one.number for one in present})
