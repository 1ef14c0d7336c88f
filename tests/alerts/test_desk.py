"""What one commit leaves behind, and what it leaves alone."""

from typing import Any

import pytest

from devices.instant import MINUTE, SECOND
from gateway.alerts.desk import AlertDesk
from gateway.config import AlertSettings
from gateway.database.tables import AlertRow, DeviceRow
from gateway.errors import BadInput, FixConfiguration, KeepwellError
from gateway.model import Evidence, Fact, RuleState, RuleStatus, Verdict
from tests.alerts.street import Street


def press(street: Street, **changes: object) -> Verdict:
    values: dict[str, Any] = {
        "kind": "trigger", "home": "ELM-12", "rule": "pendant", "subject": "p", "at": street.now, "concerns": "person",
        "priority": 1, "explanation": "The pendant was pressed.",
    }  # fmt: skip
    return Verdict(**values | changes)


async def commit(street: Street, cursor: int, **changes: object) -> None:
    values: dict[str, Any] = {"states": {}, "verdicts": [], "facts": [], "statuses": [], "heard": {}}
    await street.desk.commit(cursor=cursor, now=street.now, **values | changes)


async def test_a_new_desk_begins_at_nothing_and_another_resumes_where_it_was(street: Street) -> None:
    assert await street.desk.resume() == (0, {})
    await commit(street, 7, states={"ELM-12": b"a", "OAK-3": b"b"})
    await commit(street, 9, states={"ELM-12": b"c"})
    again = AlertDesk(street.database, AlertSettings())
    assert await again.resume() == (9, {"ELM-12": b"c", "OAK-3": b"b"})


async def test_timers_commit_at_the_same_cursor_but_never_below_it(street: Street) -> None:
    street.calls("Ann")
    await commit(street, 7, verdicts=[press(street)])
    await commit(street, 7, verdicts=[press(street, subject="other")])
    with pytest.raises(KeepwellError, match="cannot go back to 6"):
        await commit(street, 6, verdicts=[press(street, subject="third")])
    assert len(await street.desk.open_alerts()) == 2


async def test_a_commit_that_fails_leaves_nothing(street: Street) -> None:
    with pytest.raises(Exception, match="NOT NULL"):
        await commit(street, 7, verdicts=[press(street)], facts=[Fact("x", None, {}, {}, 0)])  # type: ignore[arg-type]
    assert await street.desk.resume() == (0, {})
    assert await street.desk.open_alerts() == []
    assert street.rows() == []


async def test_a_verdict_that_cannot_be_kept_holds_up_no_other(street: Street) -> None:
    street.calls("Ann")
    wrong = press(street, home=None)
    await commit(street, 1, verdicts=[wrong, press(street)])
    assert [alert.home for alert in await street.desk.open_alerts()] == ["ELM-12"]


async def test_evidence_that_is_no_json_is_kept_as_text(street: Street) -> None:
    await commit(street, 1, verdicts=[press(street, evidence=Evidence(details={"odd": {1, 2}}))])
    assert (await street.alert()).evidence["odd"] == "{1, 2}"


async def test_last_heard_moves_only_forward(street: Street) -> None:
    with street.database.transaction() as session:
        session.add(DeviceRow(home="ELM-12", hub="elm12", address="a", registered_at=0))
        session.add(DeviceRow(home="ELM-12", hub="elm12", address="b", registered_at=0, last_heard=500))
    await commit(street, 1, heard={("elm12", "a"): 400, ("elm12", "b"): 400, ("elm12", "gone"): 400})
    with street.database.transaction() as session:
        assert [row.last_heard for row in session.query(DeviceRow).order_by(DeviceRow.address)][:2] == [400, 500]


async def test_facts_of_transitions_carry_durations_and_nobodys_name(street: Street) -> None:
    street.calls("Ann")
    await street.rule("pendant", subject="p", at=street.now - 2 * SECOND)
    await street.passes(2)
    await street.accepts("Ann")
    await street.passes(3)
    await street.closes("Ann", "test")
    raised, accepted, closed = await street.facts()
    assert [fact.tags["event"] for fact in (raised, accepted, closed)] == ["raised", "accepted", "closed"]
    assert raised.tags == {"rule": "pendant", "priority": "1", "concerns": "person", "subject": "p", "area": "north",
                           "event": "raised"}  # fmt: skip
    assert raised.fields["since_event_s"] == 2
    assert (accepted.fields["notified_after_s"], accepted.fields["accepted_after_s"]) == (0, 120)
    assert (closed.fields["closed_after_s"], closed.fields["outcome"], closed.fields["open"]) == (300, "test", 0)
    assert "Ann" not in str((raised, accepted, closed))


async def test_an_answer_is_timed_from_the_first_unanswered_press(street: Street) -> None:
    street.calls("Ann")
    await street.rule("pendant")
    await street.passes(4)
    await street.rule("pendant")
    await street.accepts("Ann")
    assert (await street.facts())[-1].fields["accepted_after_s"] == 240


async def test_open_alerts_and_rule_states_are_restated(street: Street) -> None:
    street.calls("Ann")
    await commit(street, 1, statuses=[
        RuleStatus("ELM-12", "not_up", RuleState.BLIND, "the hall sensor is quiet", street.now),
        RuleStatus("GONE-1", "not_up", RuleState.ARMED, "", street.now)])  # fmt: skip
    await street.rule("pendant")
    street.clock.advance_to(street.now + MINUTE)
    await street.desk.restate(street.now)
    (still,) = await street.facts("alert_open")
    assert (still.fields["calling"], still.fields["age_s"], still.home) == (1, 60, "ELM-12")
    states = [fact for fact in await street.facts("rule_state") if fact.at == street.now]
    assert [(fact.home, fact.fields["blind"], fact.fields["armed"]) for fact in states] == [("ELM-12", 1, 0)]


async def test_ids_of_facts_are_never_given_out_twice(street: Street) -> None:
    await commit(street, 1, facts=[Fact("x", "ELM-12", {}, {"n": float(n)}, n) for n in range(3)])
    read = await street.desk.read_facts(0, 2)
    assert [fact.fields["n"] for _, fact in read] == [0, 1]
    last = (await street.desk.read_facts(read[-1][0], 10))[-1][0]
    assert await street.desk.prune_facts(last) == 2
    await commit(street, 2, facts=[Fact("x", "ELM-12", {}, {"n": 9.0}, 9)])
    assert [number for number, _ in await street.desk.read_facts(last, 10)] == [last + 1]


async def test_trouble_with_one_alert_leaves_the_others_their_calls(street: Street) -> None:
    street.calls("Ann")
    await street.rule("not_up")
    await street.rule("pendant")
    street.fresh()
    with street.database.transaction() as session:
        session.get_one(AlertRow, 2).state = "nonsense"
    street.clock.advance_to(street.now + 6 * MINUTE)
    assert await street.desk.tick(street.now) == 1
    await street.notifier.drain(street.now)
    assert street.fresh() == ["Ann"]


async def test_everybody_says_who_they_are(street: Street) -> None:
    await street.rule("pendant")
    with pytest.raises(BadInput, match="--by NAME"):
        await street.desk.accept(1, "  ", street.now)
    await street.desk.note(1, "Ann", "On my way.", street.now)
    entry = (await street.desk.timeline(1))[-1]
    assert (entry.what, entry.by, entry.detail) == ("note", "Ann", {"text": "On my way."})
    with pytest.raises(KeepwellError, match="there is no alert 99"):
        await street.desk.note(99, "Ann", "?", street.now)


def test_hours_that_cannot_be_read_are_refused_at_the_start(street: Street) -> None:
    with pytest.raises(FixConfiguration, match="waking_hours"):
        AlertDesk(street.database, AlertSettings(waking_hours="always"))


async def test_a_change_rings_the_notifier(street: Street) -> None:
    rings: list[int] = []
    desk = AlertDesk(street.database, AlertSettings(), on_change=lambda: rings.append(1))
    await desk.commit(cursor=1, states={}, verdicts=[press(street)], facts=[], statuses=[], heard={}, now=street.now)
    await desk.accept(1, "Ann", street.now)
    assert len(rings) == 2
