"""Handing over, putting off, the last resort, and what a test alert leaves behind."""

import pytest

from devices.instant import HOUR, MINUTE
from gateway.alerts.alert import Alert
from gateway.alerts.desk import AlertDesk
from gateway.alerts.lifecycle import NotPossible
from gateway.alerts.timeline import sentence
from gateway.config import AlertSettings
from gateway.database.revision import revision
from gateway.database.tables import HomeRow
from gateway.errors import BadInput, GiveUp, TryLater
from gateway.model import AlertState
from tests.alerts.street import Street, failing


@pytest.fixture
def home(street: Street) -> Street:
    return street.calls("Ann", "Bob", "Team")


# -------------------------------------------------------------------------------------------- handing over


async def test_ann_hands_over_to_bob_who_takes_it_on(home: Street) -> None:
    await home.rule("not_up")
    await home.accepts("Ann")
    home.fresh()
    await home.hands_over("Ann", "bob", "on the train")
    (call,) = home.phones.notices
    assert (call.contact.name, call.kind) == ("Bob", "alert")
    assert "Ann asks you to take this on" in call.body
    assert "Reason: on the train" in call.body
    alert = await home.alert()
    assert (alert.state, alert.accepted_by, alert.handed_to) == (AlertState.ACCEPTED, "Ann", "Bob")
    await home.accepts("Bob")
    assert sorted(home.fresh(kind="accepted")) == ["Ann", "Bob"], "Ann hears that Bob has it"
    alert = await home.alert()
    assert (alert.accepted_by, alert.handed_to) == ("Bob", None)
    await home.passes(29)
    assert home.fresh() == []
    await home.passes(2)
    assert home.fresh() == ["Ann"], "Bob has half an hour of his own"


@pytest.mark.parametrize(("rule", "after"), [("pendant", 5), ("not_up", 5), ("long_in_chair", 5)])
async def test_what_bob_does_not_take_on_is_called_again(home: Street, rule: str, after: float) -> None:
    await home.rule(rule)
    await home.accepts("Ann")
    home.fresh()
    await home.hands_over("Ann", "Bob")
    await home.passes(after - 0.1)
    assert home.fresh() == ["Bob"]
    await home.passes(0.2)
    assert home.fresh() == ["Ann"]
    alert = await home.alert()
    assert (alert.state, alert.accepted_by, alert.handed_to) == (AlertState.RAISED, None, None)


async def test_ann_may_take_it_back_and_team_may_take_it_instead(home: Street) -> None:
    await home.rule("not_up")
    await home.accepts("Ann")
    for taker in ("Ann", "Team"):
        await home.hands_over((await home.alert()).accepted_by or "", "Bob")
        await home.accepts(taker)
        assert (await home.alert()).accepted_by == taker


async def test_bob_cannot_be_reached_so_all_are_called_at_once(home: Street) -> None:
    await home.rule("not_up")
    await home.accepts("Ann")
    home.fresh()
    home.phones.trouble = failing(GiveUp("no such number"), "Bob")
    await home.hands_over("Ann", "Bob")
    assert home.fresh() == ["Ann"]


async def test_what_can_wait_is_handed_over_in_waking_hours(home: Street) -> None:
    await home.rule("long_in_chair")
    await home.accepts("Ann")
    await home.at("23:00")
    home.fresh()
    await home.hands_over("Ann", "Bob")
    await home.at("07:59")
    assert home.fresh() == []
    await home.at("08:04")
    assert home.fresh() == ["Bob"]
    await home.at("08:06")
    assert home.fresh() == ["Ann"]


async def test_only_what_is_accepted_goes_to_somebody_who_can_be_told(home: Street) -> None:
    await home.rule("not_up")
    with pytest.raises(NotPossible, match="raised cannot be handed over: accept it first"):
        await home.hands_over("Ann", "Bob")
    await home.accepts("Ann")
    before = await home.story()
    with pytest.raises(BadInput, match="Bobb is no contact of this home, so nobody could be told; did you mean Bob"):
        await home.hands_over("Ann", "Bobb")
    with pytest.raises(BadInput, match="Ann has accepted this alert already"):
        await home.hands_over("Ann", "Ann")
    with pytest.raises(BadInput, match="say why"):
        await home.hands_over("Ann", "Bob", " ")
    assert await home.story() == before


# -------------------------------------------------------------------------------------------- putting off


async def test_ann_puts_it_off_and_then_it_calls_from_step_1(home: Street) -> None:
    await home.rule("not_up")
    await home.passes(5.1)
    home.fresh()
    await home.snoozes("Ann", 120, "she is at the doctor's")
    assert {(one.contact.name, one.kind) for one in home.phones.notices} == {("Ann", "snoozed"), ("Bob", "snoozed")}
    assert "Ann has put this off until 12:05" in home.phones.notices[0].body
    home.fresh()
    await home.passes(119)
    await home.rule("not_up")
    assert home.fresh(kind=None) == [], "seen again, and still put off"
    assert (await home.alert()).occurrences == 2
    await home.passes(1.1)
    assert home.fresh() == ["Ann"]
    await home.passes(5)
    assert home.fresh() == ["Bob"]
    entry = next(one for one in await home.desk.timeline(1) if one.what == "snoozed")
    assert (entry.by, entry.detail["reason"]) == ("Ann", "she is at the doctor's")
    assert entry.detail["until"] == entry.at + 2 * HOUR


async def test_what_grows_more_urgent_or_is_pressed_again_wakes_it(home: Street) -> None:
    await home.rule("door_open", priority=3)
    await home.snoozes("Ann", 60)
    home.fresh()
    await home.rule("door_open", priority=2)
    assert home.fresh() == ["Ann"]
    await home.rule("pendant")
    await home.snoozes("Ann", 20, alert=2)
    home.fresh()
    await home.rule("pendant")
    assert home.fresh() == ["Ann"], "every press is a call"


@pytest.mark.parametrize(("rule", "minutes"), [("pendant", 31), ("not_up", 12 * 60 + 1), ("not_up", 0)])
async def test_nothing_is_put_off_for_too_long(home: Street, rule: str, minutes: float) -> None:
    await home.rule(rule)
    with pytest.raises(BadInput, match=r"can be put off for (30 min|12 h) at most"):
        await home.snoozes("Ann", minutes)
    assert (await home.alert()).state is AlertState.RAISED


async def test_an_emergency_that_was_put_off_and_clears_is_still_answered_by_a_person(home: Street) -> None:
    await home.rule("hazard", subject="smoke hall")
    await home.snoozes("Ann", 30)
    await home.rule("hazard", "clear", subject="smoke hall")
    home.fresh()
    await home.passes(29)
    assert home.fresh() == []
    await home.passes(1.1)
    assert home.fresh() == ["Ann"]


async def test_who_accepted_may_put_it_off_and_another_may_accept_it_meanwhile(home: Street) -> None:
    await home.rule("not_up")
    await home.accepts("Ann")
    await home.snoozes("Ann", 60)
    await home.accepts("Bob")
    assert (await home.alert()).accepted_by == "Bob"
    await home.snoozes("Bob", 60, "again")
    await home.snoozes("Bob", 90, "and again")
    await home.passes(89)
    home.fresh()
    await home.passes(1.1)
    assert home.fresh() == ["Ann"]


async def test_what_clears_while_it_is_put_off_ends(home: Street) -> None:
    await home.rule("not_up")
    await home.snoozes("Ann", 60)
    await home.rule("not_up", "clear")
    home.fresh()
    await home.passes(31)
    assert (await home.alert()).state is AlertState.CLOSED
    assert home.fresh() == []


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_a_clock_that_is_set_moves_the_end(home: Street, by: int) -> None:
    stepped = [0]
    home.desk = AlertDesk(home.database, AlertSettings(), stepped=lambda: stepped[0])
    await home.rule("door_open")
    await home.snoozes("Ann", 60)
    until = (await home.alert()).snoozed_until or 0
    stepped[0] = by
    home.clock._now += by
    await home.desk.tick(home.now)
    alert = await home.alert()
    assert (alert.state, alert.next_step_at, alert.snoozed_until) == (AlertState.SNOOZED, until + by, until + by)


# -------------------------------------------------------------------------------------------- the last resort


@pytest.fixture
def guarded(home: Street) -> Street:
    home.settings = AlertSettings(last_resort=("list:warden",), operators=("list:operators",))
    home.desk = AlertDesk(home.database, home.settings)
    return home


def alarms(street: Street) -> list[str]:
    """Where the alarm was heard since this was asked last."""
    found = [notice.channel for notice in street.phones.notices if notice.home == "gateway" and notice.kind == "alert"]
    street.phones.notices.clear()
    return found


async def alarm(street: Street) -> Alert:
    return next(one for one in await street.desk.alerts(closed=True) if one.home == "gateway")


EVERYWHERE = ["list:warden", "list:operators", "console:"]


async def test_an_urgent_alert_that_reaches_nobody_calls_the_last_resort_until_somebody_accepts(
    guarded: Street,
) -> None:
    guarded.phones.trouble = failing(GiveUp("no such number"), "Ann", "Bob", "Team")
    await guarded.rule("not_up")
    told = next(notice for notice in guarded.phones.notices if notice.home == "gateway")
    assert "Home ELM-12 needs somebody: nobody could be reached" in told.body
    assert "keepwell alerts accept 1" in told.body
    assert alarms(guarded) == EVERYWHERE
    await guarded.passes(5.1)
    assert alarms(guarded) == EVERYWHERE
    await guarded.passes(5)
    assert alarms(guarded) == EVERYWHERE, "again and again"
    assert (await guarded.story()).count("last resort") == 1
    await guarded.accepts("The warden")
    over = [one.channel for one in guarded.phones.notices if one.home == "gateway" and one.kind == "cleared"]
    assert sorted(over) == sorted(EVERYWHERE)
    assert (await alarm(guarded)).state is AlertState.CLEARED
    await guarded.closes("The warden")
    await guarded.passes(31)
    assert (await alarm(guarded)).state is AlertState.CLOSED


async def test_three_rounds_without_an_answer_call_it_too(guarded: Street) -> None:
    await guarded.rule("not_up")
    await guarded.passes(44.9)
    assert alarms(guarded) == []
    await guarded.passes(0.2)
    assert alarms(guarded) == EVERYWHERE
    assert "nobody has accepted it in 3 rounds of calls" in (await alarm(guarded)).explanation


async def test_a_line_that_only_seems_to_work_calls_it_after_one_round(guarded: Street) -> None:
    guarded.phones.trouble = failing(TryLater("busy"), "Ann", "Bob", "Team")
    await guarded.rule("pendant")
    await guarded.passes(15.1)
    assert alarms(guarded) == EVERYWHERE


async def test_who_presses_again_and_again_does_not_use_up_the_rounds(guarded: Street) -> None:
    await guarded.rule("pendant")
    for _ in range(5):
        await guarded.rule("pendant")
    assert alarms(guarded) == []


async def test_who_presses_again_and_again_gets_to_the_last_resort_too(guarded: Street) -> None:
    await guarded.rule("pendant")
    for _ in range(15):
        await guarded.passes(4)
        await guarded.rule("pendant")
    assert alarms(guarded)


async def test_the_resident_is_nobody_who_can_come(guarded: Street) -> None:
    guarded.lives_there()
    guarded.phones.trouble = failing(GiveUp("no such number"), "Ann", "Bob", "Team")
    await guarded.rule("not_up")
    assert alarms(guarded) == []
    await guarded.passes(5.1)
    assert alarms(guarded) == EVERYWHERE


async def test_what_can_wait_does_not_call_it(guarded: Street) -> None:
    guarded.phones.trouble = failing(GiveUp("no such number"), "Ann", "Bob", "Team")
    await guarded.rule("sensor_silent", subject="hall")
    await guarded.passes(60 * 24 * 4)
    assert alarms(guarded) == []


async def test_who_accepts_the_alarm_only_is_reminded_in_half_an_hour_also_at_night(guarded: Street) -> None:
    await guarded.at("23:00")
    guarded.phones.trouble = failing(GiveUp("no such number"), "Ann", "Bob", "Team")
    await guarded.rule("not_up")
    await guarded.accepts("The warden", alert=2)
    alarms(guarded)
    await guarded.passes(29)
    assert alarms(guarded) == []
    await guarded.passes(2)
    assert alarms(guarded) == EVERYWHERE


async def test_it_is_called_anew_when_it_happens_anew(guarded: Street) -> None:
    guarded.phones.trouble = failing(GiveUp("no such number"), "Ann", "Bob", "Team")
    await guarded.rule("not_up")
    await guarded.accepts("The warden")
    alarms(guarded)
    await guarded.passes(31)
    assert alarms(guarded) == EVERYWHERE, "nothing was done about it"


async def test_a_restart_forgets_nothing_of_it(guarded: Street) -> None:
    guarded.phones.trouble = failing(GiveUp("no such number"), "Ann", "Bob", "Team")
    await guarded.rule("not_up")
    alarms(guarded)
    guarded.desk = AlertDesk(guarded.database, guarded.settings)
    await guarded.passes(5.1)
    assert alarms(guarded) == EVERYWHERE


# -------------------------------------------------------------------------------------------- tests


async def test_a_test_that_somebody_accepted_is_on_record_and_the_gateway_hears_of_it(home: Street) -> None:
    with home.database.transaction() as session:
        before = revision(session)
    await home.rule("pendant")
    await home.passes(1)
    await home.accepts("Ann")
    await home.closes("Ann", "test")
    with home.database.transaction() as session:
        assert session.get_one(HomeRow, "ELM-12").tested_at == home.now
        assert revision(session) == before + 1


@pytest.mark.parametrize(("accepted", "outcome"), [(False, "test"), (True, "genuine")])
async def test_one_that_nobody_accepted_proves_nothing(home: Street, accepted: bool, outcome: str) -> None:
    await home.rule("pendant")
    if accepted:
        await home.accepts("Ann")
    await home.closes("Ann", outcome)
    with home.database.transaction() as session:
        assert session.get_one(HomeRow, "ELM-12").tested_at is None


async def test_the_story_reads_as_it_was(home: Street) -> None:
    home.lives_there()
    await home.rule("not_up")
    await home.passes(5.1)
    await home.cancels()
    await home.accepts("Ann")
    await home.hands_over("Ann", "Bob")
    await home.passes(5.1)
    await home.snoozes("Team", 90)
    told = [sentence(entry) for entry in await home.desk.timeline(1)]
    for words in (
        "Keepwell asks at home whether all is well, and waits 5 min for an answer.",
        "The button at home was pressed, too late to stop the calls.",
        "Ann asks Bob to take it on within 5 min: on the train.",
        "The calls begin again: Bob did not take it on.",
        "Team put it off for 1 h 30 min: at the doctor's.",
    ):
        assert words in told, told
    assert home.now + 90 * MINUTE == (await home.alert()).snoozed_until
