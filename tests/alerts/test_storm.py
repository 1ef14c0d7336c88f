"""Many homes of an area in the same trouble: one message to each address, and nobody who calls for help waits."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.instant import MINUTE, SECOND
from gateway.config import AlertSettings
from gateway.database.tables import ContactRow, HomeRow
from gateway.errors import TryLater
from gateway.notify.channels.listing import ListChannel
from gateway.notify.notifier import Notifier
from tests.alerts.town import AFTERNOON, GARDEN_STREET, Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Town(tmp_path) as made:
        made.clock.advance_to(made.now + AFTERNOON)
        yield made


# ------------------------------------------------------------------------------------------------ the words


async def test_500_homes_offline_are_one_message_a_team_and_a_pendant_calls_at_once(tmp_path: Path) -> None:
    with Town(tmp_path, homes=500, steps=("list:team list:manager list:duty",)) as town:
        town.clock.advance_to(town.now + AFTERNOON)
        for first in range(0, 500, 100):
            await town.conclude(*(town.verdict(home) for home in town.homes[first : first + 100]))
            await town.passes(0.2)
        assert town.phones.notices == []
        await town.conclude(town.verdict("G-250", "pendant", priority=1))
        pressed_at = town.now
        await town.until(pressed_at + SECOND)
        presses = town.phones.notices[:]
        assert [(one.home, one.rule) for one in presses] == [("G-250", "pendant")] * 3
        await town.desk.accept(presses[0].alert or 0, "Ann", town.now)
        await town.until(town.now + SECOND)
        town.phones.notices.clear()

        await town.passes(1)
        heard = Counter(notice.channel for notice in town.phones.notices)
        assert heard == {"list:team": 1, "list:manager": 1, "list:duty": 1}
        storm = town.phones.notices[0]
        assert storm.title == "Nothing heard from the hubs of 500 homes in Garden Street since about 14:02"
        assert "Homes: G-001, G-002" in storm.body
        assert "G-020, and 480 more." in storm.body
        assert "keepwell alerts list --area 'Garden Street'." in storm.body
        assert town.notifier.figures()["gathered"] == 3 * 499


async def test_a_press_passes_500_messages_that_each_go_to_a_family_of_their_own(tmp_path: Path) -> None:
    with Town(tmp_path, homes=500, steps=("slow://families/{home}",)) as town:
        await town.conclude(*(town.verdict(home) for home in town.homes))
        busy = Busy("slow:")
        notifier = Notifier(town.database, [busy], town.clock)
        running = asyncio.create_task(notifier.run())
        try:
            await busy.full.wait()
            await town.conclude(town.verdict("G-250", "pendant", priority=1))
            notifier.wake()
            async with asyncio.timeout(5):
                await busy.pressed.wait()
            assert busy.others == 4, "those that were under way, on the same server"
        finally:
            busy.free.set()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


class Busy(ListChannel):
    """A server that takes its time for everything but presses."""

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix)
        self.others = 0
        self.full, self.free, self.pressed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def send(self, notice) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        if notice.rule == "pendant":
            self.pressed.set()
            return
        self.others += 1
        if self.others == 4:
            self.full.set()
        await self.free.wait()


# ------------------------------------------------------------------------------------------------ how long it waits


async def test_the_wait_is_measured_from_the_first(town: Town) -> None:
    await town.go_quiet("G-001")
    await town.passes(1.5)
    await town.go_quiet("G-002")
    await town.passes(0.4)
    assert town.news() == []
    await town.passes(0.2)
    (one,) = town.news()
    assert one.title == "Nothing heard from the hubs of 2 homes in Garden Street since about 14:02"
    assert "G-001: hub_silent of G-001." in one.body, "few are told in full"


async def test_one_home_alone_is_told_in_its_own_words(town: Town) -> None:
    await town.go_quiet("G-001")
    await town.passes(2.1)
    (one,) = town.news()
    assert (one.home, one.alert) == ("G-001", 1)
    assert one.title.startswith("G-001: ")
    await town.go_quiet("G-002")
    await town.passes(2.1)
    assert len(town.news()) == 1, "one home is no storm, so nothing waits for half an hour"


async def test_what_comes_after_a_storm_waits_for_the_end_of_the_half_hour(town: Town) -> None:
    await town.go_quiet("G-001", "G-002", "G-003")
    await town.passes(2.1)
    assert len(town.news()) == 1
    await town.passes(3)
    await town.go_quiet("G-004")
    await town.passes(10)
    await town.go_quiet("G-005")
    await town.passes(16)
    assert town.news() == []
    await town.passes(1.5)
    assert [one.kind for one in town.news()] == ["alert"]


async def test_other_areas_and_other_addresses_are_storms_of_their_own(town: Town) -> None:
    await town.go_quiet(*town.homes, *town.others)
    await town.passes(2.1)
    assert sorted(one.home for one in town.news()) == ["Garden Street", "Mill Lane"]


async def test_all_that_is_wrong_with_the_equipment_of_an_area_is_one_message(town: Town) -> None:
    await town.go_quiet(rule="mains", priority=2)
    await town.go_quiet(*town.homes[:2])
    await town.passes(2.1)
    (one,) = town.news()
    assert one.title == "Trouble with the equipment of 6 homes in Garden Street"
    assert one.body.splitlines()[:2] == [
        "No mains power in 6 homes in Garden Street since about 14:47.",
        "Nothing heard from the hubs of 2 homes in Garden Street since about 14:02.",
    ]


async def test_a_family_has_nothing_to_wait_for(tmp_path: Path) -> None:
    with Town(tmp_path, steps=("list:{home}",)) as town:
        await town.go_quiet()
        assert sorted(notice.home for notice in town.phones.notices) == town.homes


async def test_people_and_priority_1_are_never_held(town: Town) -> None:
    await town.conclude(
        *(town.verdict(home, "inactivity") for home in town.homes),
        *(town.verdict(home, "hub_silent", priority=1) for home in town.homes),
    )
    await town.settles()
    assert len(town.news()) == 12


async def test_machines_are_told_of_each_home_at_once(town: Town) -> None:
    with town.database.transaction() as session:
        for row in session.query(ContactRow):
            row.channels = ["mqtt:"]
    await town.go_quiet()
    assert len(town.news("mqtt:")) == 6


async def test_nothing_waits_where_nothing_is_to_be_gathered(tmp_path: Path) -> None:
    with Town(tmp_path, settings=AlertSettings(gather_min=0)) as town:
        await town.go_quiet()
        assert len(town.news()) == 6


async def test_homes_without_an_area_are_gathered_too(town: Town) -> None:
    with town.database.transaction() as session:
        for row in session.query(HomeRow):
            row.area = None
    await town.go_quiet()
    await town.passes(2.1)
    (one,) = town.news()
    assert one.title == "Nothing heard from the hubs of 6 homes in an area without a name since about 14:02"
    assert "keepwell alerts list --area ''." in one.body


async def test_a_digest_names_the_batteries_of_a_street_once(town: Town) -> None:
    await town.go_quiet(rule="battery", priority=4)
    await town.conclude(town.verdict("G-001", "trend", priority=4))
    await town.at("09:00")
    told = {one.title: one.body for one in town.news()}
    assert len(told) == 2
    assert "Batteries are low in 6 homes in Garden Street" in told


# ------------------------------------------------------------------------------------------------ until somebody acts


async def test_the_next_round_is_one_message_too_and_nobody_is_said_to_be_unreached(town: Town) -> None:
    await town.go_quiet()
    await town.passes(2.1)
    (first,) = town.news()
    await town.passes(31)
    (second,) = town.news()
    assert second.message_id != first.message_id
    assert second.body.startswith("This is still waiting for somebody.")
    assert "reaches nobody" not in await town.story(1)
    (last_resort,) = town.news("console:")
    assert last_resort.title == "Nobody has answered for the equipment of 6 homes in Garden Street"
    assert "keepwell alerts accept --area 'Garden Street' --rule hub_silent --by NAME." in last_resort.body


async def test_a_step_that_follows_faster_than_messages_are_gathered_does_not_put_them_off_for_ever(
    tmp_path: Path,
) -> None:
    with Town(tmp_path, steps=("list:team",)) as town:
        with town.database.transaction() as session:
            session.connection().exec_driver_sql("UPDATE escalation_step SET wait_s = 30")
        await town.go_quiet()
        await town.passes(2.1)
        assert len(town.news()) == 1


async def test_who_is_asked_to_take_over_is_asked_at_once_and_by_name(town: Town) -> None:
    await town.go_quiet()
    await town.passes(2.1)
    for alert in (1, 2):
        await town.desk.accept(alert, "Ann", town.now)
    town.news()
    for alert, home in ((1, "G-001"), (2, "G-002")):
        await town.desk.hand_over(alert, "Ann", f"{home}, step 1", "at the dentist", town.now)
    await town.settles()
    asked = town.news()
    assert [one.home for one in asked] == ["G-001", "G-002"]
    assert "at the dentist" in asked[0].body


async def test_a_hub_that_is_back_before_anybody_was_told_is_not_told(town: Town) -> None:
    await town.go_quiet()
    await town.passes(1)
    await town.come_back(*town.homes[1:])
    await town.passes(2)
    (one,) = town.news()
    assert one.home == "G-001"


async def test_what_cleared_or_was_taken_on_or_closed_is_one_message_each(town: Town) -> None:
    await town.go_quiet()
    await town.passes(2.1)
    town.news()
    for alert in range(1, 7):
        await town.desk.accept(alert, "Ann", town.now)
    await town.passes(2.1)
    (taken,) = town.news()
    assert taken.title == "Taken on for 6 homes in Garden Street"
    assert "Taken on by Ann." in taken.body
    await town.come_back(*town.homes[:4])
    await town.passes(2.1)
    (over,) = town.news()
    assert over.title == "This is over in 4 homes in Garden Street"
    for alert in (5, 6):
        await town.desk.close(alert, "Ann", "genuine", None, town.now)
    await town.passes(2.1)
    (closed,) = town.news()
    assert closed.title == "Closed for 2 homes in Garden Street"
    assert "Outcome: help was needed." in closed.body


# ------------------------------------------------------------------------------------------------ when sending fails


async def test_the_result_of_one_message_counts_for_all_and_a_success_is_never_repeated(town: Town) -> None:
    await town.go_quiet()
    await town.passes(2.1)
    rows = town.rows()
    assert {(row.state, row.part_of) for row in rows} == {("sent", 1)}
    assert all(alert.first_notified_at for alert in await town.desk.open_alerts())
    assert [entry.detail.get("homes") for entry in await town.desk.timeline(6) if entry.what == "told"] == [6]
    assert await town.new_notifier().recover() == 0


async def test_a_storm_message_in_doubt_is_repeated_with_the_same_identity_and_the_same_homes(town: Town) -> None:
    await town.go_quiet(*town.homes[:3])
    town.clock.advance_to(town.now + 2 * MINUTE)
    dying = Dying("")
    with pytest.raises(asyncio.CancelledError):
        await Notifier(town.database, [dying], town.clock).drain(town.now)
    await town.conclude(*(town.verdict(home) for home in town.homes[3:]))
    after = town.new_notifier()
    assert await after.recover() == 3
    await after.drain(town.now)
    (repeat,) = town.news()
    assert repeat.message_id == dying.notices[0].message_id
    assert "3 homes" in repeat.title
    assert repeat.title.endswith("(may be a repeat)")
    town.notifier = after
    await town.passes(31)
    assert "3 homes" in town.news()[0].title


async def test_a_storm_message_that_is_refused_is_tried_again_as_it_was(town: Town) -> None:
    town.phones.trouble = lambda _: TryLater("busy")
    await town.go_quiet()
    await town.passes(2.01)
    town.phones.trouble = lambda _: None
    await town.desk.accept(1, "Ann", town.now)
    await town.passes(0.5)
    (one,) = town.news()
    assert "5 homes" in one.title
    assert not one.may_be_repeat
    assert one.message_id == town.rows()[0].message_id, "also when the row that led it is no longer wanted"


class Dying(ListChannel):
    """Delivers, and then the process dies before it hears of the success."""

    async def send(self, notice) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
        await super().send(notice)
        raise asyncio.CancelledError


# ------------------------------------------------------------------------------------------------ finding them


async def test_the_alerts_of_an_area_are_found_by_it(town: Town) -> None:
    await town.go_quiet(*town.homes, *town.others)
    await town.go_quiet("G-001", rule="mains")
    await town.desk.close(2, "Ann", "other", None, town.now)

    async def found(area: str, rule: str | None = None, *, closed: bool = False) -> list[int]:
        return sorted(alert.id for alert in await town.desk.alerts(area=area, rule=rule, closed=closed))

    assert await found(GARDEN_STREET, "hub_silent") == [1, 3, 4, 5, 6]
    assert await found(GARDEN_STREET) == [1, 3, 4, 5, 6, 10]
    assert await found(GARDEN_STREET, "hub_silent", closed=True) == [1, 2, 3, 4, 5, 6]
    assert await found("nowhere") == await found("") == []
