"""Who hears of troubles of the gateway itself, and how often."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from devices.instant import HOUR, MINUTE
from gateway.alerts import people
from gateway.database.tables import AlertRow, OutboxRow, RuleRow
from gateway.errors import TryLater
from gateway.model import GATEWAY_HOME, AlertState
from gateway.registry.entries import _reference
from tests.alerts.street import failing
from tests.oversight.parts import Gateway


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with Gateway(tmp_path) as made:
        yield made


async def states(gateway: Gateway) -> dict[str, str]:
    return {alert.subject: alert.state.value for alert in await gateway.street.desk.alerts(closed=True)}


def row(gateway: Gateway, **values: Any) -> None:
    with gateway.street.database.transaction() as session:
        session.execute(update(AlertRow).values(**values))


async def test_the_operator_is_called_at_once_and_told_when_it_is_over(gateway: Gateway) -> None:
    await gateway.lasts(1)
    assert gateway.street.fresh() == []
    gateway.names("disk")
    await gateway.lasts(0.1)
    (notice,) = gateway.street.phones.notices
    assert (notice.contact.name, notice.home, notice.channel) == ("the operator", GATEWAY_HOME, "list:Op")
    assert notice.title == "gateway: trouble in Keepwell itself"
    assert notice.body.startswith("Trouble with disk.")
    await gateway.lasts(20)
    gateway.recovers()
    gateway.street.fresh()
    await gateway.lasts(6)
    assert gateway.street.fresh("cleared") == ["the operator"]
    await gateway.lasts(31)
    assert await states(gateway) == {"disk": "closed"}


async def test_a_trouble_that_comes_and_goes_calls_once(gateway: Gateway) -> None:
    for _ in range(10):
        gateway.names("disk")
        await gateway.lasts(0.25)
        gateway.recovers()
        await gateway.lasts(2)
    assert gateway.street.heard(kind=None) == ["the operator"]
    assert (await gateway.street.alert()).occurrences == 1


async def test_it_is_not_closed_as_an_alert_of_a_home_that_is_not_registered(gateway: Gateway) -> None:
    gateway.names("disk")
    await gateway.lasts(10)
    assert await states(gateway) == {"disk": "raised"}


async def test_a_flood_is_told_to_the_people_of_its_home_and_not_closed_for_want_of_a_rule(gateway: Gateway) -> None:
    gateway.street.calls("Ann")
    with gateway.street.database.transaction() as session:
        session.add(RuleRow(home="ELM-12", type="pendant", parameters={}))
    gateway.names("kitchen", rule="flood", home="ELM-12", sentence="It sends 900 messages a second.")
    await gateway.lasts(3)
    (notice,) = gateway.street.phones.notices
    assert (notice.contact.name, notice.title) == ("Ann", "ELM-12: a device sends too much")
    assert await states(gateway) == {"kitchen": "raised"}


async def test_without_operators_somebody_still_can_hear(tmp_path: Path) -> None:
    with Gateway(tmp_path, operators=()) as gateway:
        gateway.names("disk")
        await gateway.lasts(0.1)
        assert [one.channel for one in gateway.street.rows()] == ["console:", "mqtt:"]
        story = await gateway.street.desk.timeline(1)
        assert "[alerts] operators" in next(one.detail["why"] for one in story if one.what == "reaches nobody")


async def test_it_says_the_time_of_the_machine(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    for named, zone in (("Europe/Lisbon", "Europe/Lisbon"), (":Asia/Tokyo", "Asia/Tokyo"), ("Nowhere/At/All", "UTC")):
        monkeypatch.setenv("TZ", named)
        people.machine_zone.cache_clear()
        with gateway.street.database.transaction() as session:
            assert people.zone_and_area(session, GATEWAY_HOME) == (ZoneInfo(zone), None)
    people.machine_zone.cache_clear()


async def test_after_a_restart_nobody_is_called_again_for_what_goes_on(gateway: Gateway) -> None:
    gateway.names("disk")
    await gateway.lasts(2)
    await gateway.street.accepts("Op")
    gateway.street.fresh()
    gateway.restarts()
    await gateway.lasts(5)
    assert gateway.street.fresh() == []
    assert await states(gateway) == {"disk": "accepted"}


async def test_after_a_restart_what_is_gone_is_cleared_within_a_minute_and_what_happened_once_stays(
    gateway: Gateway,
) -> None:
    gateway.names("disk")
    gateway.names("clock", passing=False)
    gateway.names("elm-3", rule="misdirected", passing=False)
    await gateway.lasts(2)
    gateway.recovers()
    gateway.restarts()
    await gateway.lasts(1.5)
    assert await states(gateway) == {"disk": "cleared", "clock": "raised", "elm-3": "raised"}


async def test_after_a_restart_one_that_had_cleared_and_is_back_calls_again(gateway: Gateway) -> None:
    gateway.names("disk")
    await gateway.lasts(1)
    gateway.recovers()
    await gateway.lasts(6)
    assert await states(gateway) == {"disk": "cleared"}
    gateway.street.fresh()
    gateway.restarts()
    gateway.names("disk")
    await gateway.lasts(1)
    assert await states(gateway) == {"disk": "raised"}
    assert gateway.street.fresh() == ["the operator"]


async def test_a_trouble_that_is_told_once_it_has_lasted_is_not_called_delayed(gateway: Gateway) -> None:
    gateway.names("store", since=gateway.street.now - 15 * MINUTE)
    await gateway.lasts(0.1)
    (notice,) = gateway.street.phones.notices
    assert notice.title == "gateway: trouble in Keepwell itself"
    assert "only at" not in notice.body


async def test_a_conclusion_that_cannot_be_made_an_alert_is_heard_of(gateway: Gateway) -> None:
    await gateway.street.concludes("pendant", home=None)
    await gateway.lasts(0.1)
    (notice,) = gateway.street.phones.notices
    assert notice.priority == 1, "it was about a press"
    assert "pendant of home None" in notice.body
    await gateway.lasts(30)
    assert await states(gateway) == {"verdict": "raised"}


async def test_a_part_that_cannot_say_how_it_is_silences_no_other(gateway: Gateway) -> None:
    gateway.commit.named.append(None)  # type: ignore[arg-type]
    gateway.commit.troubles = lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    gateway.parts.insert(0, gateway.commit)
    gateway.restarts()
    gateway.names("disk")
    await gateway.lasts(0.1)
    assert await states(gateway) == {"disk": "raised", "Part": "raised"}


async def test_a_database_that_fails_for_a_while_loses_no_trouble(gateway: Gateway) -> None:
    await gateway.lasts(0.5)
    gateway.names("disk")
    working, gateway.street.database.run = gateway.street.database.run, _refuse  # type: ignore[method-assign]
    for _ in range(30):
        await gateway.oversight.look()
        gateway.ran += 5
    assert not gateway.oversight.well()
    assert "the database of alerts does not answer: OSError" in gateway.oversight.not_ready()
    gateway.street.database.run = working  # type: ignore[method-assign]
    await gateway.lasts(0.1)
    assert gateway.street.fresh() == ["the operator"]
    assert gateway.oversight.well()


async def _refuse(_work: object) -> None:
    raise OSError("no space left on device")


async def test_time_that_is_not_the_machines_raises_nothing(gateway: Gateway) -> None:
    gateway.oversight._live = False
    gateway.names("disk")
    await gateway.oversight.look()
    assert await states(gateway) == {}
    assert json.loads((gateway.folder / "health.json").read_text())["troubles"] == ["Trouble with disk."]


# ------------------------------------------------------------------------------------------------ the audit


async def test_an_alert_whose_next_step_was_missed_is_found_told_and_everybody_woken(gateway: Gateway) -> None:
    gateway.street.calls("Ann", "Bob")
    await gateway.street.rule("inactivity")
    row(gateway, next_step_at=gateway.street.now - 3 * MINUTE)
    gateway.street.fresh()
    await gateway.oversight.audit()
    assert gateway.woken == 1
    await gateway.oversight.look()
    told = [alert.explanation for alert in await gateway.street.desk.alerts(home=GATEWAY_HOME)]
    assert told == ["1 open alert should have gone on to the next step, the first 3 min ago."]
    await gateway.lasts(0.1)
    assert {"the operator", "Bob"} <= set(gateway.street.fresh())


async def test_what_happens_in_time_is_no_trouble(gateway: Gateway) -> None:
    gateway.street.calls("Ann", "Bob")
    await gateway.street.rule("pendant")
    await gateway.lasts(12)
    assert gateway.woken == 0
    assert set(gateway.street.fresh(kind=None)) == {"Ann", "Bob"}


async def test_what_is_put_right_while_the_audit_looks_again_is_no_trouble(gateway: Gateway) -> None:
    """As after the machine slept: everything is late, and in a moment nothing is."""
    gateway.street.calls("Ann")
    await gateway.street.rule("inactivity")
    row(gateway, next_step_at=gateway.street.now - 3 * MINUTE)
    gateway.oversight._pace = gateway.oversight._pace._replace(audit_again_s=3.0)
    looking = asyncio.ensure_future(gateway.oversight.audit())
    await asyncio.sleep(0.1)
    await gateway.street.settles()
    await looking
    assert gateway.woken == 0


async def test_an_urgent_alert_with_nobody_told_and_no_step_to_come_is_found(gateway: Gateway) -> None:
    gateway.street.calls("Ann")
    await gateway.street.rule("pendant")
    with gateway.street.database.transaction() as session:
        session.execute(update(OutboxRow).values(state="failed"))
    row(gateway, next_step_at=None)
    await gateway.street.passes(2)
    await gateway.oversight.audit()
    await gateway.oversight.look()
    alerts = await gateway.street.desk.alerts(home=GATEWAY_HOME)
    assert {alert.subject for alert in alerts} == {"unheard", "contacts"}, "and Ann cannot be told of anything"


async def test_a_message_that_never_came_to_an_end_is_found(gateway: Gateway) -> None:
    gateway.street.calls("Ann")
    await gateway.street.rule("pendant")
    with gateway.street.database.transaction() as session:
        session.execute(update(OutboxRow).values(state="sending", due_at=gateway.street.now - 5 * MINUTE))
    await gateway.oversight.audit()
    await gateway.oversight.look()
    (alert,) = await gateway.street.desk.alerts(home=GATEWAY_HOME)
    assert (alert.subject, alert.state) == ("sending", AlertState.RAISED)
    assert "the first 5 min ago" in alert.explanation


async def test_when_every_call_is_refused_that_is_told_and_the_calls_outside_end(gateway: Gateway) -> None:
    """As with a mail server that is dead: each try moves the moment at which the next is due."""
    gateway.notify.figures = gateway.street.notifier.figures  # type: ignore[method-assign]
    gateway.street.calls("Ann")
    await gateway.lasts(0.5)
    assert gateway.oversight.well()
    gateway.street.phones.trouble = failing(TryLater("connection refused"), "Ann", "the operator")
    await gateway.street.rule("pendant")
    await gateway.lasts(2)
    assert gateway.oversight.well()
    await gateway.lasts(2)
    assert not gateway.oversight.well()
    (told,) = [alert for alert in await gateway.street.desk.alerts(home=GATEWAY_HOME) if alert.subject == "messages"]
    assert told.explanation.startswith("1 call for help cannot be sent, the first was written 2 min ago")
    gateway.street.phones.trouble = failing(TryLater("connection refused"))
    await gateway.lasts(3)
    assert gateway.oversight.well()


async def test_one_refusal_of_what_waited_for_the_morning_is_no_trouble_yet(gateway: Gateway) -> None:
    gateway.street.calls("Ann")
    await gateway.street.rule("door_open", priority=3)
    now = gateway.street.now
    for tries, found in ((1, []), (7, ["messages"])):
        with gateway.street.database.transaction() as session:
            session.execute(update(OutboxRow).values(
                state="pending", attempts=tries, created_at=now - 9 * HOUR, due_at=now + MINUTE))  # fmt: skip
        await gateway.oversight.audit()
        assert [one.subject for one in gateway.oversight._audited] == found


async def test_that_nobody_can_be_told_of_it_does_not_keep_it_up(gateway: Gateway) -> None:
    gateway.street.calls("Ann")
    gateway.street.phones.trouble = failing(TryLater("connection refused"), "Ann", "the operator")
    await gateway.street.rule("pendant")
    await gateway.lasts(4)
    assert (await states(gateway))["messages"] == "raised"
    gateway.street.phones.trouble = failing(TryLater("connection refused"), "the operator")
    await gateway.lasts(10)
    assert (await states(gateway))["messages"] == "cleared"


# ------------------------------------------------------------------------------------------------ its name


@pytest.mark.parametrize("name", ["gateway", "Gateway", "GATEWAY"])
def test_no_home_may_bear_the_gateways_name(name: str) -> None:
    with pytest.raises(ValueError, match="stands for Keepwell itself"):
        _reference(name)
    assert _reference("gateway-2") == "gateway-2"
