"""Alerts whose cause is taken out of the registry."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from gateway.database.tables import DeviceRow, HomeRow, HubRow, ResidentRow, RuleRow
from gateway.model import GATEWAY_HOME, AlertState
from gateway.registry import erase
from tests.alerts.street import Street

Change = Callable[[Session], object]


def change(street: Street, work: Change) -> None:
    with street.database.transaction() as session:
        work(session)


def retire(session: Session) -> object:
    return session.execute(delete(DeviceRow).where(DeviceRow.address == "hall"))


def withdraw(session: Session) -> object:
    return session.execute(update(ResidentRow).values(consent_withdrawn_at=1))


def remove_home(session: Session) -> object:
    return session.execute(delete(HomeRow))


def rules(*rows: tuple[str, dict[str, Any]]) -> Change:
    return lambda session: [session.add(RuleRow(home="ELM-12", type=kind, key=str(number), parameters=parameters))
                            for number, (kind, parameters) in enumerate(rows)]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "subject", "work", "why"),
    [
        ("sensor_silent", "hall", retire, "its sensor is no longer registered"),
        ("battery", "hall", retire, "its sensor is no longer registered"),
        ("door_open", "hall", retire, "its sensor is no longer registered"),
        ("temperature", "hall, low", retire, "no sensor is registered in that room any more"),
        ("hub_silent", "elm12", lambda session: session.execute(delete(HubRow)), "its hub is no longer registered"),
        ("door_open", "hall", rules(("pendant", {})), "its rule is no longer in use in this home"),
        ("door_open", "hall", rules(("door_open", {"enabled": False})), "its rule is no longer in use in this home"),
        ("sensor_stuck", "hall", retire, "its sensor is no longer registered"),
        ("tamper", "hall", retire, "its sensor is no longer registered"),
        ("mains", "elm12", lambda session: session.execute(delete(HubRow)), "its hub is no longer registered"),
        ("noisy_rule", "door_open", rules(("noisy_rule", {})), "its rule is no longer in use in this home"),
        ("untested", "", rules(("pendant", {})), "its rule is no longer in use in this home"),
        ("rule_error", "battery", rules(("pendant", {})), "its rule is no longer in use in this home"),
        ("door_open", "hall", withdraw, "there is no consent for this home any more"),
        ("door_open", "hall", remove_home, "the home is no longer registered"),
    ],
)
async def test_what_nothing_can_clear_any_more_is_closed_with_the_reason(
    street: Street, rule: str, subject: str, work: Change, why: str
) -> None:
    street.calls("Ann")
    concerns = "home" if rule in {"door_open", "temperature"} else "equipment"
    await street.rule(rule, subject=subject, concerns=concerns, priority=2)
    assert street.fresh() == ["Ann"]
    change(street, work)
    await street.settles()
    alert = await street.alert()
    assert (alert.state, alert.outcome) == (AlertState.CLOSED, "other")
    entry = next(entry for entry in await street.desk.timeline(1) if entry.what == "closed")
    assert (entry.by, entry.detail["note"]) == ("keepwell", why)
    await street.passes(60)
    assert street.fresh() == []


def packed(*rows: RuleRow) -> Change:
    def work(session: Session) -> object:
        return [session.execute(update(HomeRow).values(pack="falls-risk")), *map(session.add, rows)]

    return work


def off(key: str = "") -> RuleRow:
    return RuleRow(home="ELM-12", type="tamper", key=key, parameters={"enabled": False})


@pytest.mark.parametrize(
    ("work", "state"),
    [
        (packed(RuleRow(home="ELM-12", type="pacing", parameters={})), AlertState.RAISED),
        (packed(off()), AlertState.CLOSED),
        (packed(off("second")), AlertState.RAISED),
        (packed(off(), RuleRow(home="ELM-12", type="tamper", key="second", parameters={})), AlertState.RAISED),
    ],
)
async def test_rules_of_its_own_beside_a_pack_take_away_only_what_they_switch_off(
    street: Street, work: Change, state: AlertState
) -> None:
    street.calls("Ann")
    await street.rule("tamper", subject="hall", concerns="equipment", priority=3)
    change(street, work)
    await street.settles()
    assert (await street.alert()).state is state


async def test_those_who_were_told_hear_why_it_ended(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("sensor_silent", subject="hall", priority=2)
    await street.accepts("Ann")
    change(street, retire)
    await street.settles()
    (notice,) = [one for one in street.phones.notices if one.kind == "closed"]
    assert notice.contact.name == "Ann"
    assert "Keepwell closed this at 10:00, because its sensor is no longer registered." in notice.body


async def test_nobody_who_went_with_the_home_is_written_to(street: Street) -> None:
    street.calls("Ann")
    await street.rule("sensor_silent", subject="hall", priority=2)
    change(street, remove_home)
    await street.settles()
    assert street.heard(kind="closed") == []


@pytest.mark.parametrize(("rule", "priority"), [("pendant", 1), ("not_up", 2)])
@pytest.mark.parametrize("work", [retire, withdraw, rules(("battery", {}))])
async def test_an_alert_about_a_person_goes_on_until_a_person_closes_it(
    street: Street, rule: str, priority: int, work: Change
) -> None:
    street.calls("Ann")
    await street.rule(rule, subject="hall", priority=priority)
    change(street, work)
    street.fresh()
    await street.passes(10.5)
    assert street.fresh() == ["Ann", "Ann"]
    await street.closes("Ann")
    assert (await street.alert()).closed_at == street.now


async def test_a_press_in_a_home_that_was_removed_goes_on_to_the_operator(street: Street) -> None:
    street.calls("Ann")
    await street.rule("pendant", subject="hall")
    change(street, remove_home)
    await street.passes(10.5)
    assert (await street.alert()).state is AlertState.RAISED
    assert {row.contact_name for row in street.rows() if row.round > 1} == {"the operator"}


async def test_what_is_still_registered_stays_open(street: Street) -> None:
    street.calls("Ann")
    await street.rule("sensor_silent", subject="hall")
    await street.rule("sensor_silent", subject="hall/left")
    await street.rule("rule_error", subject="battery/second", concerns="equipment", priority=3)
    change(street, rules(("sensor_silent", {"enabled": False}), ("sensor_silent", {}), ("battery", {})))
    await street.passes(5)
    assert len(await street.desk.open_alerts()) == 3


async def test_trouble_in_the_registry_keeps_no_call_from_going_out(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("pendant")
    await street.rule("sensor_silent", subject="hall")
    change(street, lambda session: session.add(RuleRow(home="ELM-12", type="pendant", parameters=[])))
    street.fresh()
    await street.passes(5.1)
    assert "Bob" in street.fresh()


async def test_an_alarm_about_an_alert_that_was_erased_calls_nobody_any_more(street: Street) -> None:
    await street.rule("hub_silent", subject="elm12", priority=2)
    await street.passes(30)
    [alarm] = [one for one in await street.desk.open_alerts() if one.home == GATEWAY_HOME]
    change(street, lambda session: erase.erase(session, "ELM-12"))
    await street.settles()
    assert await street.desk.open_alerts() == []
    [ended] = [one for one in await street.desk.timeline(alarm.id) if one.what == "closed"]
    assert ended.detail["note"] == "what it was about was erased"
