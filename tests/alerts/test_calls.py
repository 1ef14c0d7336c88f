"""Who is called, when, and until when. In a carer's words; the clock moves only here."""

import pytest

from devices.instant import HOUR, MINUTE
from gateway.alerts.lifecycle import NotPossible
from gateway.errors import FixConfiguration, GiveUp, TryLater
from gateway.model import AlertState
from tests.alerts.street import Street, failing


async def test_people_are_called_in_order_until_somebody_accepts(street: Street) -> None:
    street.calls("Ann", ("Bob", "Cleo"), "Team")
    await street.rule("not_up")
    assert street.fresh() == ["Ann"]
    await street.passes(4.9)
    assert street.fresh() == []
    await street.passes(0.2)
    assert street.fresh() == ["Bob", "Cleo"]
    await street.accepts("Bob")
    assert sorted(street.fresh(kind="accepted")) == ["Ann", "Bob", "Cleo"], "those who were told, nobody else"
    await street.passes(20)
    assert street.fresh(kind=None) == []


async def test_after_the_last_step_it_begins_again(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("pendant")
    await street.passes(20.5)
    assert street.fresh() == ["Ann", "Bob", "Ann", "Bob", "Ann"]
    assert (await street.alert()).round == 3


async def test_two_people_accept_at_once_and_one_is_told_who_was_first(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("pendant")
    await street.accepts("Ann")
    with pytest.raises(NotPossible, match="Ann has accepted this alert already"):
        await street.desk.accept(1, "Bob", street.now)
    assert (await street.alert()).accepted_by == "Ann"
    assert (await street.story()).count("accepted") == 1


async def test_an_accepted_alert_that_nobody_ends_is_called_again_after_half_an_hour(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("not_up")
    await street.accepts("Ann")
    street.fresh()
    await street.passes(29.9)
    assert street.fresh() == []
    await street.passes(0.2)
    assert street.fresh() == ["Ann"]
    alert = await street.alert()
    assert (alert.state, alert.round, alert.accepted_by) == (AlertState.RAISED, 2, None)


async def test_an_accepted_alert_of_priority_3_is_left_to_who_accepted_it(street: Street) -> None:
    street.calls("Ann")
    await street.rule("sensor_silent", subject="hall")
    await street.accepts("Ann")
    street.fresh()
    await street.passes(60 * 48)
    assert street.fresh() == []


async def test_accepted_trouble_with_equipment_is_called_again_when_people_are_awake_and_once_a_day(
    street: Street,
) -> None:
    street.calls("Ann")
    await street.at("23:00")
    await street.rule("hub_silent", subject="elm12", priority=2)
    await street.accepts("Ann")
    for _ in range(2):
        street.fresh()
        await street.at("07:59")
        assert street.fresh() == []
        await street.at("08:00")
        assert street.fresh() == ["Ann"]
        await street.accepts("Ann")
    await street.at("2026-01-15T07:45")
    await street.concludes("hub_silent", subject="elm12", priority=2)
    await street.accepts("Ann")
    street.fresh()
    await street.at("08:30")
    assert street.fresh() == [], "it was taken on a quarter of an hour before people got up"


async def test_a_second_trigger_of_an_ordinary_rule_calls_nobody_twice(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("not_up")
    street.fresh()
    await street.rule("not_up")
    assert street.fresh() == []
    alert = await street.alert()
    assert (alert.occurrences, alert.round) == (2, 1)


async def test_every_press_of_the_pendant_calls_again(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("pendant", subject="p")
    await street.rule("pendant", subject="p")
    assert street.fresh() == ["Ann", "Ann"]
    assert (await street.alert()).occurrences == 2
    assert len(await street.desk.open_alerts()) == 1


async def test_pressing_again_and_again_does_not_keep_the_second_contact_from_being_called(street: Street) -> None:
    street.calls("Ann", "Bob", "Team")
    await street.rule("pendant")
    for _ in range(6):
        await street.passes(2)
        await street.rule("pendant")
    assert "Bob" in street.heard()
    assert "Team" in street.heard(), "12 minutes: steps at 0, 5 and 10"


async def test_after_accepting_a_new_press_starts_at_step_1_again(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("pendant")
    await street.passes(5.1)
    await street.accepts("Bob")
    street.fresh()
    await street.rule("pendant")
    assert street.fresh() == ["Ann"]
    alert = await street.alert()
    assert (alert.step, alert.round, alert.accepted_at) == (1, 2, None)


async def test_a_rising_priority_calls_again(street: Street) -> None:
    street.calls("Ann")
    await street.rule("door_open")
    street.fresh()
    await street.rule("door_open", priority=2)
    assert street.fresh() == ["Ann"]
    assert (await street.alert()).priority == 2
    await street.rule("door_open", priority=3)
    assert street.fresh() == []
    assert (await street.alert()).priority == 2, "it does not become less urgent while nobody has answered"


async def test_what_clears_stops_the_calls_tells_those_who_were_told_and_ends_by_itself(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("not_up")
    await street.rule("not_up", "clear")
    assert street.fresh(kind="cleared") == ["Ann"]
    await street.passes(29)
    assert (await street.alert()).state is AlertState.CLEARED
    await street.passes(2)
    alert = await street.alert()
    assert (alert.state, alert.outcome) == (AlertState.CLOSED, "other")
    assert (await street.desk.timeline(1))[-1].by == "keepwell"
    assert street.fresh(kind=None) == []
    await street.rule("not_up")
    assert (await street.alert(2)).state is AlertState.RAISED


async def test_what_comes_back_before_it_has_ended_is_called_from_step_1(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("inactivity")
    await street.passes(6)
    await street.rule("inactivity", "clear")
    street.fresh()
    await street.rule("inactivity")
    assert street.fresh() == ["Ann"]
    alert = await street.alert()
    assert (alert.state, alert.round, alert.occurrences, alert.cleared_at) == (AlertState.RAISED, 2, 2, None)


async def test_an_emergency_that_clears_is_called_on_until_a_person_answers(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("hazard", subject="smoke hall")
    await street.rule("hazard", "clear", subject="smoke hall")
    assert "we go on calling" in next(notice.body for notice in street.phones.notices if notice.kind == "cleared")
    street.fresh()
    await street.passes(240)
    assert (await street.alert()).state is AlertState.CLEARED
    assert len(street.fresh()) >= 40
    await street.accepts("Bob")
    street.fresh()
    await street.passes(29)
    assert street.fresh() == []
    assert (await street.alert()).state is AlertState.CLEARED
    await street.passes(2)
    assert (await street.alert()).state is AlertState.CLOSED


async def test_an_emergency_that_was_accepted_and_then_clears_ends_by_itself(street: Street) -> None:
    street.calls("Ann")
    await street.rule("hazard", subject="smoke hall")
    await street.accepts("Ann")
    await street.rule("hazard", "clear", subject="smoke hall")
    await street.passes(31)
    assert (await street.alert()).state is AlertState.CLOSED


async def test_clearing_what_is_not_open_or_is_clear_changes_nothing(street: Street) -> None:
    street.calls("Ann")
    await street.rule("not_up", "clear")
    assert await street.desk.open_alerts() == []
    await street.rule("not_up")
    await street.rule("not_up", "clear")
    story = await street.story()
    await street.rule("not_up", "clear")
    assert await street.story() == story


async def test_priority_1_and_2_call_at_night_and_in_quiet_hours(street: Street) -> None:
    street.calls("Ann")
    street.person("Ann", quiet_hours="21:00-09:00")
    await street.at("2026-01-13T03:00")
    await street.rule("not_up")
    await street.rule("pendant")
    assert street.fresh() == ["Ann", "Ann"]


async def test_priority_3_waits_for_waking_hours_on_the_nights_when_the_clocks_change(street: Street) -> None:
    street.calls("Ann")
    for night, morning in (("2026-03-29T00:30", "2026-03-29T07:59"), ("2026-10-25T00:30", "2026-10-25T07:59")):
        await street.at(night)
        await street.rule("sensor_silent", subject="hall" if "03" in night else "kitchen")
        await street.at(morning)
        assert street.fresh() == []
        await street.passes(1.5)
        assert "Ann" in street.fresh()
        await street.closes("Ann", alert=(await street.desk.open_alerts())[0].id)
        street.fresh()


async def test_priority_3_waits_for_the_end_of_a_contacts_quiet_hours(street: Street) -> None:
    street.calls("Ann")
    street.person("Ann", quiet_hours="09:00-12:00")
    await street.rule("sensor_silent")
    await street.at("11:59")
    assert street.fresh() == []
    await street.at("12:01")
    assert street.fresh() == ["Ann"]


async def test_priority_3_is_told_once_by_each_step_and_again_the_next_day(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("sensor_silent")
    await street.at("2026-01-13T07:59")
    assert street.fresh() == ["Ann", "Bob"]
    await street.at("2026-01-13T08:30")
    assert street.fresh() == ["Ann", "Bob"]


async def test_priority_4_goes_once_into_the_next_digest_and_several_are_one_message(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("battery", subject="hall")
    await street.rule("battery", subject="kitchen")
    await street.at("2026-01-13T08:59")
    assert street.fresh(kind=None) == []
    await street.at("2026-01-15T12:00")
    (digest,) = street.phones.notices
    assert (digest.kind, digest.contact.name, digest.title) == ("digest", "Ann", "ELM-12: 2 things to look at")
    assert digest.body.count("battery seen.") == 2


async def test_what_waits_until_people_are_awake_reads_as_it_is_read_then(street: Street) -> None:
    street.calls("Ann")
    await street.at("22:00")
    await street.rule("battery", subject="hall")
    await street.rule("door_open")
    await street.at("2026-01-13T09:01")
    told = {notice.kind: notice.body for notice in street.phones.notices}
    assert "When: 22:00 yesterday." in told["alert"]
    assert "When: 22:00 yesterday." in told["digest"]


async def test_a_digest_is_not_sent_for_what_has_cleared_by_then(street: Street) -> None:
    street.calls("Ann")
    await street.rule("battery")
    await street.rule("battery", "clear")
    await street.passes(60 * 48)
    assert street.fresh(kind=None) == []


async def test_unreadable_quiet_hours_hold_nobody_back(street: Street) -> None:
    street.calls("Ann")
    street.person("Ann", quiet_hours="whenever")
    await street.rule("sensor_silent")
    assert street.fresh() == ["Ann"]


async def test_a_home_with_nobody_to_call_is_never_silent(street: Street) -> None:
    await street.rule("pendant")
    assert sorted({notice.channel for notice in street.phones.notices}) == ["console:", "mqtt:"]
    assert "reaches nobody" in await street.story()
    assert "reaches nobody" in [fact.tags["event"] for fact in await street.facts()]
    street.fresh()
    await street.passes(5.1)
    assert street.fresh(), "and is called again"


async def test_contacts_without_any_address_are_nobody(street: Street) -> None:
    street.calls("Ann", "Bob")
    street.person("Ann", channels=[])
    await street.rule("pendant")
    assert street.fresh() == ["Bob"], "an empty step is passed over at once"


async def test_a_step_that_reaches_nobody_moves_on_at_once(street: Street) -> None:
    street.calls(("Ann", "Amy"), "Bob", "Team")
    street.phones.trouble = failing(GiveUp("no such number"), "Ann", "Amy", "Bob")
    await street.rule("not_up")
    assert street.fresh() == ["Team"]
    assert (await street.story()).count("not told") == 3


async def test_one_of_two_reached_is_reached(street: Street) -> None:
    street.calls(("Ann", "Amy"), "Bob")
    street.phones.trouble = failing(GiveUp("no such number"), "Ann")
    await street.rule("not_up")
    assert street.fresh() == ["Amy"]
    await street.passes(4)
    assert street.fresh() == []


async def test_a_wrong_setting_counts_as_not_reached_and_is_tried_again_slowly(street: Street) -> None:
    street.calls("Ann", "Bob", wait_min=30)
    street.phones.trouble = failing(FixConfiguration("wrong password: correct it"), "Ann")
    await street.rule("not_up")
    assert street.fresh() == ["Bob"]
    assert street.rows()[0].state == "blocked"
    street.phones.trouble = lambda _: None
    await street.passes(6)
    assert street.fresh() == ["Ann"]


async def test_when_nobody_can_be_reached_at_all_the_operator_hears_and_the_calls_go_on(street: Street) -> None:
    street.calls("Ann", "Bob")
    street.phones.trouble = failing(GiveUp("no such number"), "Ann", "Bob")
    await street.rule("pendant")
    assert street.heard(kind=None) == ["the operator"], "by the console, at once"
    assert (street.phones.notices[0].home, street.phones.notices[0].channel) == ("gateway", "console:")
    street.fresh()
    await street.passes(5.1)
    assert {notice.home for notice in street.phones.notices} == {"ELM-12", "gateway"}
    assert set(street.fresh()) == {"the operator"}
    assert "reaches nobody" in await street.story()


async def test_a_passing_trouble_is_tried_again_and_does_not_hold_up_the_next_step(street: Street) -> None:
    street.calls("Ann", "Bob")
    street.phones.trouble = failing(TryLater("busy"), "Ann")
    await street.rule("pendant")
    await street.passes(5.1)
    assert street.fresh() == ["Bob"]
    assert street.rows()[0].attempts > 3
    street.phones.trouble = lambda _: None
    await street.passes(1.5)
    assert street.fresh() == ["Ann"]


async def test_what_is_not_sent_when_somebody_accepts_is_dropped(street: Street) -> None:
    street.calls(("Ann", "Bob"))
    street.phones.trouble = failing(TryLater("busy"), "Bob")
    await street.rule("pendant")
    await street.accepts("Ann")
    street.phones.trouble = lambda _: None
    await street.passes(29)
    assert [row.state for row in street.rows() if row.contact_name == "Bob"] == ["dropped"]
    assert "Bob" not in street.heard(kind=None)


async def test_closing_needs_an_outcome_and_tells_those_who_were_told(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.rule("pendant")
    with pytest.raises(Exception, match="'fine' is no outcome: use one of genuine, false, test"):
        await street.desk.close(1, "Ann", "fine", None, street.now)
    await street.closes("Ann", "false")
    assert street.fresh(kind="closed") == ["Ann"]
    with pytest.raises(NotPossible, match="closed already"):
        await street.desk.accept(1, "Bob", street.now)
    await street.passes(60)
    assert street.fresh(kind=None) == []


async def test_a_route_of_its_own_is_followed_and_a_missing_one_falls_back(street: Street) -> None:
    street.calls("Ann").calls("Fire", route="fire")
    await street.rule("hazard", subject="smoke", route="fire")
    await street.rule("pendant", route="nowhere")
    assert street.fresh() == ["Fire", "Ann"]


async def test_a_gateway_that_was_down_takes_the_overdue_step_and_ends_no_alert_twice(street: Street) -> None:
    street.calls("Ann", "Bob")
    await street.concludes("pendant")
    street.clock.advance_to(street.now + 3 * HOUR)
    await street.settles()
    assert street.fresh() == ["Ann", "Bob"]
    alert = await street.alert()
    assert alert.next_step_at == street.now + 5 * MINUTE
