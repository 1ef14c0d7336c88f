"""The resident is asked first, and what a `cancel` button at home ends and what not."""

import pytest

from devices.instant import HOUR, MINUTE, rfc3339
from gateway.alerts.desk import AlertDesk
from gateway.config import AlertSettings
from gateway.errors import GiveUp, TryLater
from gateway.model import AlertState
from tests.alerts.street import Street, failing


@pytest.fixture
def home(street: Street) -> Street:
    return street.calls("Ann", "Bob").lives_there()


async def test_the_resident_is_asked_and_nobody_is_called_who_need_not(home: Street) -> None:
    await home.rule("inactivity")
    (asked,) = home.phones.notices
    assert (asked.contact.name, asked.channel, asked.kind) == ("Resident", "announce:", "alert")
    assert "Are you all right?" in asked.body
    assert asked.answer_by == home.now + 5 * MINUTE
    await home.passes(4.9)
    await home.cancels()
    alert = await home.alert()
    assert (alert.state, alert.accepted_by, alert.next_step_at) == (
        AlertState.CLEARED,
        None,
        home.now + 30 * MINUTE,
    )
    assert "answered" in await home.story()
    assert "Thank you" in home.phones.notices[-1].body
    await home.passes(60)
    assert home.heard(kind=None) == ["Resident", "Resident"], "nobody else was ever told"
    assert (await home.alert()).state is AlertState.CLOSED


async def test_without_an_answer_people_are_called_from_step_1(home: Street) -> None:
    await home.rule("not_up")
    await home.passes(4.9)
    assert home.heard() == ["Resident"]
    await home.passes(0.2)
    assert home.heard() == ["Resident", "Ann"]
    await home.passes(5)
    assert home.heard() == ["Resident", "Ann", "Bob"]
    await home.passes(5)
    assert home.fresh()[3:] == ["Ann"], "asked once, not in each round"


async def test_an_answer_that_comes_too_late_is_noted_and_the_calls_go_on(home: Street) -> None:
    await home.rule("not_up")
    await home.passes(5.1)
    await home.cancels()
    assert (await home.alert()).state is AlertState.RAISED
    assert "answered late" in await home.story()
    await home.passes(5)
    assert home.heard() == ["Resident", "Ann", "Bob"]


async def test_a_button_that_nobody_asked_for_changes_nothing(home: Street) -> None:
    await home.cancels()
    await home.rule("not_up")
    await home.cancels(at=home.now - 10 * MINUTE)
    assert (await home.alert()).state is AlertState.RAISED, "an old press from a backlog is no answer"
    assert "answered late" not in await home.story()


@pytest.mark.parametrize(
    ("rule", "concerns", "priority"),
    [("pendant", "person", 1), ("hazard", "person", 1), ("hub_silent", "equipment", 2), ("temperature", "home", 2)],
)
async def test_emergencies_equipment_and_the_home_itself_are_not_for_the_resident(
    home: Street, rule: str, concerns: str, priority: int
) -> None:
    await home.rule(rule, concerns=concerns, priority=priority)
    assert home.fresh() == ["Ann"]
    await home.cancels()
    assert (await home.alert()).state is AlertState.RAISED
    await home.passes(11)
    assert "Resident" not in home.heard()


async def test_one_answer_ends_all_that_was_asked_at_that_time_and_no_emergency(home: Street) -> None:
    await home.rule("inactivity")
    await home.rule("long_bathroom", subject="bathroom", priority=2)
    await home.rule("pendant")
    await home.cancels()
    states = [(await home.alert(number)).state for number in (1, 2, 3)]
    assert states == [AlertState.CLEARED, AlertState.CLEARED, AlertState.RAISED]


async def test_another_home_is_not_answered_for(home: Street) -> None:
    await home.rule("inactivity")
    await home.cancels(home="OAK-3")
    assert (await home.alert()).state is AlertState.RAISED


async def test_a_hub_that_cannot_announce_holds_up_nobody(home: Street) -> None:
    home.phones.trouble = failing(GiveUp("no hub"), "Resident")
    await home.rule("not_up")
    assert home.heard() == ["Ann"]
    await home.cancels()
    assert (await home.alert()).state is AlertState.RAISED, "somebody is on the way"


async def test_a_question_that_could_not_be_put_is_not_put_afterwards(home: Street) -> None:
    home.phones.trouble = failing(TryLater("not connected"), "Resident")
    await home.rule("not_up")
    await home.passes(5.1)
    home.phones.trouble = lambda _: None
    await home.passes(30)
    assert "Resident" not in home.heard(kind=None)


async def test_a_restart_in_the_window_keeps_it(home: Street) -> None:
    await home.rule("not_up")
    home.desk = AlertDesk(home.database, AlertSettings())
    home.notifier = home.new_notifier()
    await home.notifier.recover()
    await home.passes(4)
    await home.cancels()
    assert (await home.alert()).state is AlertState.CLEARED
    assert home.heard() == ["Resident"]


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_a_clock_that_is_set_moves_the_window(home: Street, by: int) -> None:
    stepped = [0]
    home.desk = AlertDesk(home.database, AlertSettings(), stepped=lambda: stepped[0])
    await home.rule("long_in_chair", priority=3)
    until = (await home.alert()).answer_by or 0
    stepped[0] = by
    home.clock._now += by
    await home.desk.tick(home.now)
    alert = await home.alert()
    assert alert.answer_by == alert.next_step_at == until + by
    await home.cancels()
    assert (await home.alert()).state is AlertState.CLEARED


async def test_the_resident_is_not_asked_at_night_what_can_wait(home: Street) -> None:
    await home.at("22:00")
    await home.rule("long_in_chair", priority=3)
    await home.at("07:59")
    assert home.heard() == []
    await home.at("08:00")
    assert home.heard() == ["Resident"]


async def test_quiet_hours_of_the_resident_pass_the_question_over(street: Street) -> None:
    street.calls("Ann").lives_there(quiet_hours="09:00-11:00")
    await street.rule("not_up")
    assert street.fresh() == ["Ann"]


async def test_a_concern_that_grows_urgent_in_the_window_waits_no_longer(home: Street) -> None:
    await home.rule("not_up")
    await home.rule("not_up", priority=1)
    assert home.heard() == ["Resident", "Ann"]


async def test_what_clears_in_the_window_is_told_at_home_only(home: Street) -> None:
    await home.rule("not_up")
    await home.rule("not_up", "clear")
    assert [(notice.contact.name, notice.kind) for notice in home.phones.notices] == [
        ("Resident", "alert"),
        ("Resident", "cleared"),
    ]
    assert "All is well again" in home.phones.notices[-1].body


async def test_what_comes_back_after_an_answer_is_asked_again(home: Street) -> None:
    await home.rule("inactivity")
    await home.cancels()
    home.fresh()
    await home.passes(10)
    await home.rule("inactivity")
    assert home.fresh() == ["Resident"]
    await home.passes(5.1)
    assert home.fresh() == ["Ann"]


async def test_others_who_were_told_before_hear_of_the_answer(home: Street) -> None:
    await home.rule("inactivity")
    await home.passes(5.1)
    await home.rule("inactivity", "clear")
    await home.passes(1)
    await home.rule("inactivity")
    home.fresh()
    await home.cancels()
    assert "pressed the button" in next(one.body for one in home.phones.notices if one.contact.name == "Ann")


async def test_who_lives_there_is_spoken_to_in_their_language_with_their_own_wait(street: Street) -> None:
    street.calls("Ann").lives_there(wait_min=8, language="de")
    await street.rule("not_up")
    assert "Ist alles in Ordnung?" in street.phones.notices[0].body
    await street.passes(7.9)
    assert street.heard() == ["Resident"]
    await street.passes(0.2)
    assert street.heard() == ["Resident", "Ann"]


async def test_somebody_who_lives_alone_with_nobody_to_call_is_asked_and_then_the_operator_called(
    street: Street,
) -> None:
    street.lives_there()
    await street.rule("not_up")
    assert street.fresh() == ["Resident"]
    await street.passes(5.1)
    assert "reaches nobody" in await street.story()
    assert "the operator" in street.fresh()


async def test_the_announcement_says_until_when(home: Street) -> None:
    await home.rule("not_up")
    assert "before 10:05" in home.phones.notices[0].body
    assert rfc3339(home.phones.notices[0].answer_by or 0) == "2026-01-12T10:05:00Z"
