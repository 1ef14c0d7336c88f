"""What alerts and homes tell the dashboards: the figures themselves, and that they are what the schema declares."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from devices.instant import HOUR, MINUTE, SECOND
from gateway.alerts import homestate, queries, telling
from gateway.alerts.alert import Alert
from gateway.alerts.homestate import NEVER_SAW, NOT_ABOUT_WHO_LIVES_THERE, SLOW, Seen, home_state
from gateway.database.tables import HomeRow, HubRow, OutboxRow, ResidentRow
from gateway.errors import GiveUp, TryLater
from gateway.model import AlertState, Fact, RuleState, RuleStatus
from gateway.recorder.schema import FACTS
from gateway.registry.homes import consent_problem
from gateway.watch.rules import RULES
from tests.alerts.street import Street, failing
from tests.alerts.town import Town
from tests.support.facts import assert_conforms

NOW = 1_768_000_000_000_000


async def every_fact(street: Street) -> list[Fact]:
    return [fact for _, fact in await street.desk.read_facts(0, 100_000)]


async def last(street: Street, event: str) -> dict[str, Any]:
    return dict([fact for fact in await street.facts() if fact.tags["event"] == event][-1].fields)


# ------------------------------------------------------------------------------------------------ as declared


async def test_every_fact_of_a_long_story_is_as_the_schema_declares(street: Street) -> None:
    street.calls("Ann", "Bob").lives_there()
    await street.desk.commit(cursor=0, states={}, verdicts=[], facts=[], heard={}, now=street.now, statuses=[
        RuleStatus("ELM-12", "not_up", RuleState.BLIND, "nothing is heard from the hall", street.now),
        RuleStatus("ELM-12", "battery", RuleState.OFF, "no longer configured", street.now)])  # fmt: skip
    await street.rule("inactivity")
    await street.passes(4)
    await street.accepts("Ann")
    await street.hands_over("Ann", "Bob")
    await street.accepts("Bob")
    await street.desk.restate(street.now)
    await street.snoozes("Bob", 30)
    await street.desk.restate(street.now)
    await street.passes(200)
    await street.rule("inactivity")
    await street.closes("Ann", "false")
    await street.rule("not_up")
    await street.cancels()
    await street.rule("pendant", subject="p")
    await street.rule("pendant", subject="p")
    await street.rule("pendant", "clear", "p")
    await street.rule("battery", subject="kitchen")
    await street.passes(3 * 24 * 60)
    await street.desk.restate(street.now)
    told = await every_fact(street)
    for fact in told:
        assert_conforms(fact)
    seen = {fact.tags["event"] for fact in told if fact.measurement == "alert"}
    assert seen >= {"raised", "retriggered", "asked", "answered", "called again", "accepted", "handed over",
                    "taken over", "snoozed", "cleared", "closed"}  # fmt: skip
    assert seen <= set(FACTS["alert"].tags["event"].split(", "))
    assert {fact.measurement for fact in told} == {
        "alert", "alert_open", "rule_state", "home_state", "gateway_notifications"
    }  # fmt: skip
    assert not {"Ann", "Bob", "Resident"} & set(str(told).replace("'", " ").split()), "nobody's name"


async def test_every_fact_of_a_town_that_goes_quiet_is_as_the_schema_declares(tmp_path: Path) -> None:
    with Town(tmp_path) as town:
        await town.go_quiet()
        await town.passes(2 * 60)
        await town.desk.restate(town.now)
        await town.come_back("G-001")
        await town.passes(60)
        for fact in await every_fact(town):
            assert_conforms(fact)


# ------------------------------------------------------------------------------------------------ durations


async def test_the_durations_of_an_alert(street: Street) -> None:
    street.calls("Ann")
    await street.rule("pendant", subject="p", at=street.now - 2 * SECOND)
    await street.passes(2)
    await street.accepts("Ann")
    await street.passes(3)
    await street.closes("Ann", "false")
    raised, accepted, closed = [await last(street, event) for event in ("raised", "accepted", "closed")]
    assert (raised["raised_after_s"], raised["step"]) == (2, 0)
    assert (accepted["notified_to_accepted_s"], accepted["within_60_s"], accepted["within_180_s"]) == (120, 0, 1)
    assert (closed["accepted_to_closed_s"], closed["is_false"], closed["step"]) == (180, 1, 1)
    once = {"raised_after_s": "raised", "notified_to_accepted_s": "accepted", "within_60_s": "accepted",
            "within_180_s": "accepted", "accepted_to_closed_s": "closed", "is_false": "closed"}  # fmt: skip
    for fact in await street.facts():
        assert {name for name in once if name in fact.fields} <= {
            name for name, event in once.items() if event == fact.tags["event"]
        }


@pytest.mark.parametrize(("seconds", "shares"), [(60, (1, 1)), (61, (0, 1)), (180, (0, 1)), (181, (0, 0))])
async def test_shares_count_the_bound_in(street: Street, seconds: int, shares: tuple[int, int]) -> None:
    street.calls("Ann")
    await street.rule("pendant")
    await street.until(street.now + seconds * SECOND)
    await street.accepts("Ann")
    accepted = await last(street, "accepted")
    assert (accepted["within_60_s"], accepted["within_180_s"]) == shares


async def test_who_takes_over_does_not_count_as_a_second_answer(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("pendant")
    await street.accepts("Ann")
    await street.hands_over("Ann", "Bob")
    await street.passes(4)
    await street.accepts("Bob")
    told = [fact for fact in await street.facts() if "within_60_s" in fact.fields]
    assert [fact.tags["event"] for fact in told] == ["accepted"]
    assert "within_60_s" not in await last(street, "taken over")


# ------------------------------------------------------------------------------------------------ how a home is


def alert(number: int = 1, **changes: object) -> Alert:
    plain = Alert(
        number, "ELM-12", "pendant", "", "person", 1, "default", AlertState.RAISED, "", {}, NOW - MINUTE, None,
        NOW - MINUTE, None, None, None, None, None, None, 1, 1, NOW - MINUTE, 1, None,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def status(rule: str, state: RuleState, reason: str = "nothing is heard from the hall") -> RuleStatus:
    return RuleStatus("ELM-12", rule, state, reason, NOW - HOUR)


def state(
    *alerts: Alert, statuses: Sequence[RuleStatus] = (status("not_up", RuleState.ARMED),), hubs: Sequence[str] = ("h",)
) -> dict[str, Any]:
    fact = home_state(Seen("ELM-12", "north", True, alerts, hubs), statuses, NOW)
    assert_conforms(fact)
    return dict(fact.fields)


@pytest.mark.parametrize(
    ("changes", "attention"),
    [
        ({}, 100),
        ({"priority": 2}, 80),
        ({"priority": 3}, 60),
        ({"priority": 4}, 40),
        ({"state": AlertState.ACCEPTED, "accepted_at": NOW}, 50),
        ({"priority": 4, "state": AlertState.SNOOZED}, 20),
        ({"priority": 2, "state": AlertState.CLEARED}, 40),
        ({"state": AlertState.CLEARED}, 100),
    ],
)
def test_attention_goes_by_priority_and_by_who_is_still_called(changes: dict[str, Any], attention: int) -> None:
    assert state(alert(**changes))["attention"] == attention


def test_who_waits_comes_before_who_is_seen_to() -> None:
    told = state(alert(1, state=AlertState.ACCEPTED, accepted_at=NOW), alert(2, rule="door_open", priority=3))
    assert (told["alert"], told["what"], told["attention"]) == (2, "door_open", 60)


def test_the_alert_that_needs_somebody_most_is_named() -> None:
    told = state(
        alert(1, rule="battery", priority=4),
        alert(2, rule="inactivity", priority=2, event_at=NOW - 5 * MINUTE),
        alert(3, rule="not_up", priority=2, event_at=NOW - 7 * MINUTE),
        alert(4, state=AlertState.ACCEPTED, priority=2, rule="absence", event_at=NOW - HOUR),
    )
    assert (told["alert"], told["what"], told["since_s"], told["attention"]) == (3, "not_up", 420, 80)
    assert [told[f"open_{priority}"] for priority in (1, 2, 3, 4)] == [0, 3, 0, 1]


def test_a_home_in_which_all_is_well() -> None:
    told = state()
    assert (told["attention"], told["sight"], told["offline"], told["armed"]) == (0, "armed", 0, 1)
    assert not {"alert", "what", "since_s"} & told.keys()


def test_what_cannot_see_is_named_where_no_alert_needs_somebody_more() -> None:
    blind = [status("not_up", RuleState.BLIND), status("inactivity", RuleState.BLIND),
             status("absence", RuleState.DEGRADED)]  # fmt: skip
    told = state(statuses=blind)
    assert (told["attention"], told["sight"], told["since_s"]) == (30, "blind", 3600)
    assert told["what"] == "inactivity and 1 more are blind"
    assert (told["blind"], told["degraded"], told["armed"]) == (2, 1, 0)
    assert state(alert(7, priority=4), statuses=blind)["what"] == "pendant"
    quiet = state(alert(7, priority=4, state=AlertState.SNOOZED), statuses=blind)
    assert (quiet["attention"], quiet["what"], quiet["alert"]) == (30, "inactivity and 1 more are blind", 7)
    assert state(statuses=[status("absence", RuleState.DEGRADED)])["what"] == "absence is degraded"


def test_equipment_and_what_was_never_there_take_no_sight() -> None:
    armed = status("not_up", RuleState.ARMED)
    for other in (
        status("battery", RuleState.BLIND),
        status("temperature/bedroom", RuleState.BLIND),
        status("trend", RuleState.BLIND, "still learning: 3 of 40 days"),
        status("pendant", RuleState.BLIND, "no pendant, pull cord or button is registered"),
        status("routine_inactivity", RuleState.BLIND, "still learning: 3 of 14 days"),
    ):
        told = state(statuses=[armed, other])
        assert (told["sight"], told["attention"], told["blind"]) == ("armed", 0, 1), other
    lost = status("inactivity/own", RuleState.BLIND, "too little can be seen without the hall")
    assert state(statuses=[armed, lost])["sight"] == "blind"


def test_a_home_without_any_sensor_is_blind_and_one_without_rules_is_off() -> None:
    nothing = status("not_up", RuleState.BLIND, "no sensor outside the bedroom could show that somebody is up")
    assert (state(statuses=[nothing])["sight"], state(statuses=[nothing])["attention"]) == ("blind", 30)
    assert (state(statuses=[])["sight"], state(statuses=[])["attention"]) == ("off", 0)


def test_a_home_is_offline_when_no_hub_of_it_is_heard() -> None:
    silent = alert(rule="hub_silent", subject="h", priority=2)
    assert state(silent)["offline"] == 1
    assert state(silent, hubs=("h", "attic"))["offline"] == 0
    assert state(silent, alert(rule="hub_silent", subject="attic"), hubs=("h", "attic"))["offline"] == 1
    assert state(replace(silent, state=AlertState.CLEARED))["offline"] == 0
    assert state(hubs=())["offline"] == 0


def test_what_rules_concern_and_need_is_known_here_as_watch_has_it() -> None:
    assert {name for name, rule in RULES.items() if rule.concerns != "person"} == NOT_ABOUT_WHO_LIVES_THERE
    assert RULES.keys() >= SLOW
    assert homestate.OFFLINE_RULE in RULES
    assert all(rule.needs.startswith(NEVER_SAW) for rule in RULES.values())


# ------------------------------------------------------------------------------------------------ from the database


async def test_only_homes_with_consent_are_told_of(street: Street) -> None:
    with street.database.transaction() as session:
        for home, residents in {
            "NO-1": [],
            "NO-2": [{"consent_by": "R", "consent_at": 1}, {}],
            "NO-3": [{"consent_by": "R", "consent_at": 1, "consent_withdrawn_at": 2}],
            "NO-4": [{"consent_by": "", "consent_at": 1}],
            "YES-1": [{"consent_by": "R", "consent_at": 1}] * 2,
        }.items():
            session.add(HomeRow(reference=home, time_zone="Europe/London"))
            session.flush()
            session.add_all(ResidentRow(home=home, name="R", **one) for one in residents)
    await street.desk.restate(street.now)
    told = {fact.home for fact in await street.facts("home_state")}
    with street.database.transaction() as session:
        assert told == {row.reference for row in session.scalars(select(HomeRow)) if consent_problem(row) is None}
    assert told == {"ELM-12", "YES-1"}


async def test_every_home_is_told_of_once_however_many_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "HOMES_AT_ONCE", 4)
    monkeypatch.setattr(telling, "FACTS_AT_ONCE", 3)
    with Town(tmp_path, homes=9) as town:
        await town.desk.commit(cursor=0, states={}, verdicts=[], facts=[], heard={}, now=town.now, statuses=[
            RuleStatus(home, "not_up", RuleState.ARMED, "", town.now) for home in town.homes])  # fmt: skip
        await town.conclude(*(town.verdict(home) for home in town.homes))
        town.clock.advance_to(town.now + MINUTE)
        await town.desk.restate(town.now)
        told = [fact for fact in await every_fact(town) if fact.at == town.now]
        of = {name: sorted(fact.home for fact in told if fact.measurement == name) for name in FACTS}
        assert of["home_state"] == sorted(["ELM-12", *town.homes, *town.others])
        assert of["rule_state"] == of["alert_open"] == town.homes
        states = {fact.home: fact.fields for fact in told if fact.measurement == "home_state"}
        assert (states["G-003"]["offline"], states["G-003"]["what"]) == (1, "hub_silent")
        assert (states["M-001"]["offline"], states["M-001"]["sight"]) == (0, "off")


async def test_nothing_is_restated_while_too_much_waits(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    await street.desk.restate(street.now)
    await street.desk.restate(street.now)
    before = len(await every_fact(street))
    monkeypatch.setattr(telling, "MOST_KEPT", before - 2)
    await street.desk.restate(street.now)
    assert len(await every_fact(street)) == before
    await street.rule("pendant")
    assert await street.facts("alert"), "what happens is kept"
    await street.desk.prune_facts(len(await every_fact(street)))
    await street.desk.restate(street.now)
    assert len(await street.facts("home_state")) == 1


async def test_a_hub_more_in_the_registry_counts(street: Street) -> None:
    with street.database.transaction() as session:
        session.add(HubRow(name="attic", home="ELM-12"))
    await street.rule("hub_silent", subject="elm12", priority=2)
    await street.desk.restate(street.now)
    assert (await street.facts("home_state"))[-1].fields["offline"] == 0


async def test_messages_are_counted_by_kind_of_channel_and_result(street: Street) -> None:
    street.calls(("Ann", "Bob", "Cat"))
    street.person("Ann", channels=["list:ann-secret@example.org"])
    street.phones.trouble = failing(GiveUp("unknown number"), "Bob")
    await street.rule("pendant")
    street.phones.trouble = failing(TryLater("busy"), "Cat")
    await street.rule("not_up")
    await street.passes(0.05)
    await street.desk.restate(street.now)
    told = {fact.tags["result"]: fact for fact in await street.facts("gateway_notifications")}
    assert {fact.tags["channel"] for fact in told.values()} == {"list"}
    assert {result: fact.fields["count"] for result, fact in told.items()}["failed"] == 1
    assert told["waiting"].fields["oldest_s"] == pytest.approx(3)
    assert "secret" not in str(told)
    rows = street.rows()
    assert sum(float(fact.fields["count"]) for fact in told.values()) == len(rows)


async def test_messages_of_yesterday_count_no_longer_but_those_that_wait_do(street: Street) -> None:
    street.calls("Ann")
    await street.rule("pendant")
    await street.accepts("Ann")
    with street.database.transaction() as session:
        row = session.scalars(select(OutboxRow)).first()
        assert row is not None
        session.add(
            OutboxRow(alert=row.alert, home=row.home, kind="alert", step=9, round=9, contact=9, contact_name="x",
                      channel="mailto://a:b@c", title="", body="", priority=4, message_id="m", state="blocked",
                      attempts=3, created_at=street.now, due_at=street.now + HOUR)
        )  # fmt: skip
    street.clock.advance_to(street.now + 25 * HOUR)
    await street.desk.restate(street.now)
    (told,) = await street.facts("gateway_notifications")
    assert (dict(told.tags), told.fields["oldest_s"]) == ({"channel": "mailto", "result": "blocked"}, 25 * 3600)


async def test_a_message_that_waits_for_its_hour_is_not_late(street: Street) -> None:
    street.calls("Ann")
    await street.at("23:00")
    await street.rule("battery", subject="kitchen")
    await street.desk.restate(street.now)
    (told,) = await street.facts("gateway_notifications")
    assert (told.tags["result"], "oldest_s" in told.fields) == ("waiting", False)


@pytest.mark.parametrize(
    ("address", "kind"),
    [("mailto://u:p@h", "mailto"), ("console:", "console"), ("TGRAM://x", "tgram"), ("+44 7700 900123", "other")],
)
def test_nothing_of_an_address_but_its_kind(address: str, kind: str) -> None:
    assert queries.kind_of_channel(address) == kind
