"""Deadlines when the machine's clock is put forward or back, while the gateway runs or while it does not."""

import pytest

from devices.instant import HOUR, MINUTE
from gateway.alerts.desk import AlertDesk
from gateway.config import AlertSettings
from tests.alerts.street import Street


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
