"""Deadlines when the machine's clock is put forward or back, while the gateway runs or while it does not."""

from pathlib import Path

import pytest

from devices.instant import DAY, HOUR, MINUTE
from gateway.alerts.desk import AlertDesk
from gateway.config import AlertSettings
from tests.alerts.street import Street
from tests.alerts.town import Town


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_what_was_due_moves_with_the_clock_and_what_comes_after_is_left(street: Street, by: int) -> None:
    stepped = [0]
    street.calls("Family", "Neighbour", wait_min=5)
    street.desk = AlertDesk(street.database, AlertSettings(), stepped=lambda: stepped[0])
    await street.concludes("pendant", subject="hall")
    due = (await street.desk.alert(1)).next_step_at
    stepped[0] = by  # noticed before anything is written on the new clock
    street.clock._now += by
    await street.concludes("pendant", subject="bedroom")
    first, second = await street.desk.alert(1), await street.desk.alert(2)
    assert first.next_step_at == (due or 0) + by
    assert second.next_step_at == street.now + 5 * MINUTE
    await street.desk.tick(street.now)
    assert (await street.desk.alert(1)).next_step_at == first.next_step_at, "it moves once"


async def test_a_look_that_began_on_the_former_clock_calls_nobody_early_and_nobody_an_hour_late(street: Street) -> None:
    looks = [0]
    street.calls("Family", "Neighbour", wait_min=5)
    street.desk = AlertDesk(street.database, AlertSettings(), stepped=lambda: looks.pop() if looks else -HOUR)
    looks += [0, 0]
    await street.concludes("pendant", subject="hall")
    due = (await street.desk.alert(1)).next_step_at or 0
    looks.append(0)  # the tick begins, and before its transaction the clock is put back
    await street.desk.step(street.now)
    assert (await street.desk.alert(1)).next_step_at == due - HOUR
    looks.append(0)
    await street.concludes("pendant", subject="bedroom")
    assert (await street.desk.alert(2)).next_step_at == street.now - HOUR + 5 * MINUTE


async def test_a_clock_that_was_put_back_while_we_were_away_holds_up_no_call(street: Street) -> None:
    street.calls("Family", "Neighbour", wait_min=5)
    await street.concludes("pendant")
    due = (await street.desk.alert(1)).next_step_at
    again = AlertDesk(street.database, AlertSettings())
    await again.catch_up(street.now - HOUR)
    assert (await again.alert(1)).next_step_at == (due or 0) - HOUR
    await again.catch_up(street.now + HOUR)
    assert (await again.alert(1)).next_step_at == (due or 0) - HOUR


async def test_a_clock_that_was_put_back_does_not_hold_up_the_next_round(street: Street) -> None:
    stepped = [0]
    street.calls("Family", "Neighbour", wait_min=5)
    street.desk = AlertDesk(street.database, AlertSettings(), stepped=lambda: stepped[0])
    await street.rule("pendant")
    await street.passes(5.1)
    stepped[0] = -HOUR
    street.clock._now -= HOUR
    street.fresh()
    await street.passes(5)
    assert street.fresh() == ["Family"]


async def test_what_is_held_for_others_is_held_no_longer_when_the_clock_is_put_back(tmp_path: Path) -> None:
    with Town(tmp_path) as town:
        stepped = [0]
        town.desk = AlertDesk(town.database, AlertSettings(), stepped=lambda: stepped[0])
        await town.conclude(*(town.verdict(home, "sensor_silent", priority=3) for home in town.homes))
        await town.notifier.drain(town.now)
        assert town.news() == []
        stepped[0] = -HOUR
        town.clock._now -= HOUR
        await town.passes(2)
        assert len(town.news()) == 1


@pytest.mark.parametrize("rule", ["battery", "sensor_silent"])
async def test_a_clock_that_was_a_month_ahead_keeps_nothing_for_a_month(street: Street, rule: str) -> None:
    """What waits for an hour of the day still waits for it, on the clock as it is now."""
    stepped = [0]
    street.calls("Family", wait_min=5)
    street.desk = AlertDesk(street.database, AlertSettings(), stepped=lambda: stepped[0])
    await street.at("22:00")
    await street.concludes(rule, subject="hall")
    stepped[0] = -30 * DAY - 2 * HOUR
    street.clock._now += stepped[0]
    await street.at("07:59")
    assert street.phones.notices == []
    await street.passes(65)
    assert len(street.phones.notices) == 1
