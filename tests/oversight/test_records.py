"""What the audit reads of the registry and the outbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from devices.instant import DAY, MINUTE
from gateway.database.tables import ContactRow, ResidentRow
from gateway.errors import GiveUp
from gateway.oversight.audit import Account
from gateway.oversight.records import account
from tests.alerts.street import failing
from tests.alerts.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Town(tmp_path) as made:
        yield made


def seen(town: Town) -> Account:
    with town.database.transaction() as session:
        return account(session, town.now)


def test_a_home_reaches_nobody_without_an_address_of_anybody_outside(town: Town) -> None:
    assert seen(town).homes_reaching_nobody == ["ELM-12"], "it has no contacts"
    with town.database.transaction() as session:
        session.execute(update(ContactRow).where(ContactRow.home == "G-001").values(channels=[]))
        session.execute(update(ContactRow).where(ContactRow.home == "G-002").values(channels=["announce:"]))
        session.execute(update(ResidentRow).where(ResidentRow.home == "ELM-12").values(consent_withdrawn_at=1))
    found = seen(town)
    assert found.homes_reaching_nobody == ["G-001", "G-002"], "from a home without consent nothing comes"
    assert [(one.home, one.channel) for one in found.unreachable] == [("G-001", None)]


async def test_an_address_that_failed_last_reaches_nobody_until_it_works_again(town: Town) -> None:
    name = "G-001, step 1"
    town.phones.trouble = failing(GiveUp("no such number"), name)
    await town.conclude(town.verdict("G-001", "inactivity"))
    await town.notifier.drain(town.now)
    assert [(one.contact, one.channel) for one in seen(town).unreachable] == [(name, "list")]
    town.phones.trouble = lambda _: None
    await town.passes(6)
    assert seen(town).unreachable == []


async def test_what_failed_long_ago_is_forgotten(town: Town) -> None:
    town.phones.trouble = failing(GiveUp("no such number"), "G-001, step 1")
    await town.conclude(town.verdict("G-001", "inactivity", priority=3))
    await town.notifier.drain(town.now)
    town.clock.advance_to(town.now + 8 * DAY)
    assert seen(town).unreachable == []


async def test_what_waits_for_others_of_its_area_is_held_and_what_waits_for_the_morning_is_not(town: Town) -> None:
    await town.go_quiet("G-001")
    await town.conclude(town.verdict("G-002", "battery", priority=4))
    written = town.now
    town.clock.advance_to(town.now + MINUTE)
    assert [one.held_since for one in seen(town).messages] == [written, None]
