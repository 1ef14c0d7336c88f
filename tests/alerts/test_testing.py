"""A pendant test of a walk: one press is raised, called and escalated as ever, and says that it is a test."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from devices.instant import HOUR, MINUTE, SECOND, Instant
from gateway.alerts import deadlines, testing
from gateway.alerts.alert import Alert
from gateway.database.access import WalkRow
from gateway.database.tables import AlertRow, ContactRow, DeviceRow, HomeRow, HubRow
from gateway.model import AlertState, Evidence, Verdict
from gateway.speech import say, worded
from tests.alerts.street import Street

PENDANT = "zigbee2mqtt:0x1"


def press(at: Instant, device: str = PENDANT, **about: Any) -> Verdict:
    said = (say("pendant.pressed", at=at),)
    details = about.pop("details", {})
    made = Verdict("trigger", "ELM-12", "pendant", device, at, "person", 1, "The pendant was pressed.",
                   Evidence(details=details), received_at=at, said=said)  # fmt: skip
    return replace(made, **about)


def begin_test(street: Street) -> None:
    """Ann begins a walk and tests a pendant."""
    with street.database.transaction() as session:
        walk = WalkRow(home="ELM-12", started_at=street.clock.now(), started_by="Ann Fitter")
        session.add(walk)
        session.flush()
        testing.begin(walk, PENDANT, "Ann Fitter", street.clock.now())


async def pressed(street: Street, verdict: Verdict) -> Alert:
    street.cursor += 1
    await street.desk.commit(cursor=street.cursor, states={}, verdicts=[verdict], facts=[], statuses=[], heard={},
                             now=street.clock.now())  # fmt: skip
    await street.settles()
    with street.database.transaction() as session:
        row = session.scalars(select(AlertRow).where(AlertRow.state != "closed").order_by(AlertRow.id.desc())).first()
        assert row is not None
        return Alert.of(row)


def is_test(alert: Alert) -> bool:
    return alert.evidence.get("test") is True


async def test_the_press_says_first_that_it_is_a_test_and_calls_as_ever(street: Street) -> None:
    street.calls("Meg", "Bob")
    begin_test(street)
    alert = await pressed(street, press(street.clock.now()))
    assert is_test(alert)
    assert (alert.priority, alert.state, alert.next_step_at) == (1, AlertState.RAISED, street.clock.now() + 5 * MINUTE)
    assert alert.explanation.startswith("TEST by Ann Fitter.")
    [notice] = street.phones.notices
    assert notice.title == "TEST ELM-12: pendant pressed"
    assert notice.body.startswith("TEST by Ann Fitter. Please accept it as you would accept a real call.")


async def test_it_escalates_until_somebody_accepts(street: Street) -> None:
    street.calls("Meg", "Bob")
    begin_test(street)
    await pressed(street, press(street.clock.now()))
    await street.passes(5)
    assert [notice.contact.name for notice in street.phones.notices] == ["Meg", "Bob"]
    assert street.phones.notices[-1].title.startswith("TEST ELM-12:")


async def test_it_reads_as_a_test_in_german(street: Street) -> None:
    street.calls("Jutta")
    with street.database.transaction() as session:
        session.scalars(select(ContactRow)).one().language = "de"
    begin_test(street)
    await pressed(street, press(street.clock.now()))
    [notice] = street.phones.notices
    assert notice.title.startswith("PROBE ELM-12:")
    assert notice.body.startswith("PROBE von Ann Fitter.")


async def test_who_accepts_ends_it_as_a_test_that_went_the_whole_way(street: Street) -> None:
    street.calls("Meg")
    begin_test(street)
    alert = await pressed(street, press(street.clock.now()))
    street.clock.advance_to(street.clock.now() + 40 * SECOND)
    ended = await street.desk.accept(alert.id, "Meg", street.clock.now())
    assert (ended.state, ended.outcome, ended.accepted_by) == (AlertState.CLOSED, "test", "Meg")
    with street.database.transaction() as session:
        home = session.get(HomeRow, "ELM-12")
        assert home is not None
        assert home.tested_at == street.clock.now()
        walk = session.scalars(select(WalkRow)).one()
        assert walk.seen["pendants"][PENDANT]["alert"] == alert.id
        assert walk.pendant is None


async def test_who_ends_it_at_once_has_answered_too(street: Street) -> None:
    street.calls("Meg")
    begin_test(street)
    alert = await pressed(street, press(street.clock.now()))
    ended = await street.desk.close(alert.id, "Meg", "false", None, street.clock.now())
    assert (ended.outcome, ended.accepted_by) == ("test", "Meg")


async def test_a_test_that_its_tester_ends_was_not_answered(street: Street) -> None:
    street.calls("Meg")
    begin_test(street)
    alert = await pressed(street, press(street.clock.now()))
    await street.desk.end_test(alert.id, "Other Fitter", street.clock.now())
    ended = await street.alert(alert.id)
    assert (ended.outcome, ended.accepted_by) == ("test", None)
    with street.database.transaction() as session:
        assert session.get_one(HomeRow, "ELM-12").tested_at is None


async def test_a_second_press_is_real_at_once(street: Street) -> None:
    street.calls("Meg")
    begin_test(street)
    first = await pressed(street, press(street.clock.now()))
    street.clock.advance_to(street.clock.now() + 20 * SECOND)
    again = await pressed(street, press(street.clock.now()))
    assert again.id == first.id
    assert not is_test(again)
    assert (again.state, again.round) == (AlertState.RAISED, 2)
    assert street.phones.notices[-1].title == "ELM-12: pendant pressed (2 times now)"
    assert "TEST" not in street.phones.notices[-1].body
    accepted = await street.desk.accept(again.id, "Meg", street.clock.now())
    assert accepted.state is AlertState.ACCEPTED


async def test_a_press_after_the_test_was_accepted_is_real(street: Street) -> None:
    street.calls("Meg")
    begin_test(street)
    alert = await pressed(street, press(street.clock.now()))
    await street.desk.accept(alert.id, "Meg", street.clock.now())
    street.clock.advance_to(street.clock.now() + SECOND)
    real = await pressed(street, press(street.clock.now()))
    assert real.id != alert.id
    assert not is_test(real)


@pytest.mark.parametrize(
    ("why", "about"),
    [
        ("another pendant", {"subject": "zigbee2mqtt:0x2"}),
        ("another home", {"home": "OAK-3"}),
        ("a hazard", {"rule": "hazard"}),
        ("it may be a repeat", {"evidence": Evidence(details={"possible_repeat": True})}),
    ],
)
async def test_whatever_is_not_that_press_is_real(street: Street, why: str, about: dict[str, Any]) -> None:
    street.calls("Meg")
    begin_test(street)
    assert not is_test(await pressed(street, press(street.clock.now(), **about))), why


async def test_a_press_after_the_time_is_real(street: Street) -> None:
    street.calls("Meg")
    begin_test(street)
    street.clock.advance_to(street.clock.now() + 5 * MINUTE + SECOND)
    assert not is_test(await pressed(street, press(street.clock.now())))


async def test_a_press_from_before_that_comes_late_is_real(street: Street) -> None:
    street.calls("Meg")
    before = street.clock.now() - MINUTE
    begin_test(street)
    late = press(before, received_at=street.clock.now())
    assert not is_test(await pressed(street, late))


async def test_an_undated_press_from_a_backlog_is_real(street: Street) -> None:
    street.calls("Meg")
    begin_test(street)
    now = street.clock.now()
    queued = press(now, said=(say("pendant.pressed", at=[now - HOUR, now]),))
    assert not is_test(await pressed(street, queued))


async def test_an_open_call_never_becomes_a_test(street: Street) -> None:
    street.calls("Meg")
    real = await pressed(street, press(street.clock.now()))
    street.clock.advance_to(street.clock.now() + MINUTE)
    begin_test(street)
    again = await pressed(street, press(street.clock.now()))
    assert again.id == real.id
    assert not is_test(again)


async def test_a_test_that_is_damaged_holds_up_no_call(street: Street) -> None:
    street.calls("Meg")
    begin_test(street)
    with street.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE walk_test SET seen = 'no json'")
    alert = await pressed(street, press(street.clock.now()))
    assert not is_test(alert)
    assert street.phones.notices[-1].title == "ELM-12: pendant pressed"


def test_the_words_are_known() -> None:
    assert worded([say("test.by", by="Ann")], ZoneInfo("UTC"), 0, "de") == "PROBE von Ann."


async def test_of_two_pendants_with_one_address_every_press_is_real(street: Street) -> None:
    street.calls("Meg")
    with street.database.transaction() as session:
        for hub in ("elm-12-up", "elm-12-down"):
            session.add(HubRow(name=hub, home="ELM-12"))
            session.flush()
            session.add(DeviceRow(home="ELM-12", hub=hub, address=PENDANT, role="pendant", registered_at=0))
    begin_test(street)
    assert not is_test(await pressed(street, press(street.clock.now())))


async def test_once_the_clock_was_set_every_press_is_real(street: Street) -> None:
    street.calls("Meg")
    begin_test(street)
    with street.database.transaction() as session:
        deadlines.move(session, -HOUR)
    assert not is_test(await pressed(street, press(street.clock.now())))


async def test_once_the_machine_was_started_anew_every_press_is_real(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    street.calls("Meg")
    begin_test(street)
    (tmp_path / "boot_id").write_text("6ba7b810-9dad-11d1-80b4-00c04fd430c8\n", encoding="ascii")
    monkeypatch.setattr(testing, "_BOOT", tmp_path / "boot_id")
    assert not is_test(await pressed(street, press(street.clock.now())))


async def test_while_people_are_called_for_smoke_no_press_is_a_test(street: Street) -> None:
    street.calls("Meg")
    begin_test(street)
    await street.rule("hazard", subject="smoke hall", priority=1)
    assert not is_test(await pressed(street, press(street.clock.now())))


async def test_two_pendants_can_be_tested_one_while_the_other_still_calls(street: Street) -> None:
    street.calls("Meg")
    begin_test(street)
    assert is_test(await pressed(street, press(street.clock.now())))
    with street.database.transaction() as session:
        testing.begin(session.scalars(select(WalkRow)).one(), "zigbee2mqtt:0x2", "Ann Fitter", street.clock.now())
    assert is_test(await pressed(street, press(street.clock.now(), "zigbee2mqtt:0x2")))
