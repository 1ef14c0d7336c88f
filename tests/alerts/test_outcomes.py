"""What alerts turned out to be, by home and rule, and the task that false alarms lead to."""

from pathlib import Path

import pytest

from devices.instant import DAY, SECOND
from gateway.alerts.outcomes import Raised, by_home_and_rule, by_rule, homes_watched, raised_since, together
from gateway.model import Outcome
from tests.alerts.street import Street
from tests.alerts.town import GARDEN_STREET, Town


async def turns_out(street: Street, rule: str, outcome: Outcome, after_s: int | None = None) -> None:
    """One alert, accepted after so many seconds or by nobody, and closed."""
    await street.rule(rule)
    latest = max(alert.id for alert in await street.desk.alerts(closed=True) if alert.rule == rule)
    if after_s is not None:
        street.clock.advance_to(street.now + after_s * SECOND)
        await street.accepts("Ann", latest)
    await street.closes("Ann", outcome, latest)


async def test_alerts_are_counted_by_home_rule_and_outcome(street: Street) -> None:
    await turns_out(street, "pendant", "genuine", 30)
    await turns_out(street, "pendant", "false", 90)
    await turns_out(street, "pendant", "test", 400)
    await turns_out(street, "inactivity", "false", 61)
    await turns_out(street, "inactivity", "no one reached")
    await street.rule("not_up")
    with street.database.transaction() as session:
        pendant, inactivity, not_up = by_home_and_rule(raised_since(session, 0))
        assert homes_watched(session) == 1
    assert (pendant.home, pendant.rule, pendant.raised) == ("ELM-12", "pendant", 3)
    assert pendant.by_outcome == {"genuine": 1, "false": 1, "test": 1}
    assert (pendant.median_s, pendant.accepted_within(60), pendant.accepted_within(180)) == (90, 1 / 3, 2 / 3)
    assert pendant.false_a_week(1, 4) == 0.25
    assert (inactivity.raised, inactivity.by_outcome) == (2, {"false": 1, "no one reached": 1})
    assert (not_up.raised, not_up.unknown, not_up.median_s, not_up.accepted_within(60)) == (1, 1, None, None)


async def test_what_ended_by_itself_is_of_unknown_outcome(street: Street) -> None:
    await street.rule("inactivity")
    await street.rule("inactivity", "clear")
    await street.passes(31)
    assert (await street.alert()).outcome == "other"
    with street.database.transaction() as session:
        (found,) = by_home_and_rule(raised_since(session, 0))
    assert (found.unknown, found.by_outcome) == (1, {})


async def test_an_alert_that_calls_again_keeps_how_soon_it_was_first_accepted(street: Street) -> None:
    await street.rule("pendant")
    street.clock.advance_to(street.now + 40 * SECOND)
    await street.accepts("Ann", 1)
    await street.passes(10)
    await street.rule("pendant")
    with street.database.transaction() as session:
        (found,) = by_home_and_rule(raised_since(session, 0))
    assert (found.raised, found.accepted_after_s) == (1, [40])


async def test_only_the_weeks_the_home_or_the_area_that_were_asked_for(tmp_path: Path) -> None:
    with Town(tmp_path) as town:
        await town.go_quiet()
        town.clock.advance_to(town.now + DAY)
        await town.go_quiet("M-001", "G-001", rule="mains")
        with town.database.transaction() as session:
            assert len(raised_since(session, town.now - DAY // 2)) == 2
            assert len(raised_since(session, 0, home="G-001")) == 2
            assert len(raised_since(session, 0, area=GARDEN_STREET)) == 7
            assert len(raised_since(session, 0, area="")) == 0
            assert homes_watched(session, area=GARDEN_STREET) == 6
            rules = by_rule(raised_since(session, 0))
        assert [(one.rule, one.raised) for one in rules] == [("hub_silent", 6), ("mains", 2)]


def test_nothing_raised_divides_nothing() -> None:
    nothing = together([])
    assert (nothing.false_a_week(0, 4), nothing.median_s, nothing.accepted_within(60)) == (0, None, None)
    assert by_rule([Raised("A", "r", "false", None), Raised("B", "r", "false", None)])[0].false_a_week(2, 1) == 1


# ------------------------------------------------------------------------------------------------ review


async def tasks(street: Street) -> list[tuple[str, int]]:
    return [(one.subject, one.occurrences) for one in await street.desk.alerts(closed=True) if one.rule == "noisy_rule"]


async def test_a_fourth_false_alarm_in_a_week_is_a_task_to_review_the_rule(street: Street) -> None:
    street.calls("Ann")
    for _ in range(3):
        await turns_out(street, "pendant", "false")
        await street.passes(24 * 60)
    assert await tasks(street) == []
    await turns_out(street, "pendant", "false")
    assert await tasks(street) == [("pendant", 1)]
    (task,) = await street.desk.alerts()
    assert (task.home, task.priority, task.concerns) == ("ELM-12", 4, "equipment")
    assert task.explanation == (
        "4 calls of the rule pendant were closed as false alarms within 7 days. Please change how it is set, so that "
        "people go on listening."
    )
    street.fresh(None)
    await street.at("09:00")
    assert street.fresh("digest") == ["Ann"]


async def test_it_is_the_task_that_too_many_calls_lead_to_and_there_is_only_one(street: Street) -> None:
    await street.rule("noisy_rule", subject="inactivity", concerns="equipment", priority=4)
    for _ in range(5):
        await turns_out(street, "inactivity", "false")
    assert await tasks(street) == [("inactivity", 3)]


@pytest.mark.parametrize("outcome", ["genuine", "test", "other"])
async def test_other_outcomes_are_no_false_alarms(street: Street, outcome: Outcome) -> None:
    for _ in range(5):
        await turns_out(street, "inactivity", outcome)
    assert await tasks(street) == []


async def test_false_alarms_of_other_weeks_rules_and_before_the_last_review_do_not_count(street: Street) -> None:
    for _ in range(3):
        await turns_out(street, "inactivity", "false")
        await turns_out(street, "not_up", "false")
    await street.passes(7 * 24 * 60)
    await turns_out(street, "inactivity", "false")
    assert await tasks(street) == []
    for _ in range(3):
        await turns_out(street, "inactivity", "false")
    (task,) = [one for one in await street.desk.alerts() if one.rule == "noisy_rule"]
    await street.closes("Ann", "other", task.id)
    await turns_out(street, "inactivity", "false")
    assert len(await tasks(street)) == 1, "settled: it has been reviewed"
