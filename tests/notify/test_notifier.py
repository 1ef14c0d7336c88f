"""What the notifier promises when channels and processes fail."""

# ruff: noqa: ASYNC110 - what these wait for rings no bell of ours

import asyncio
from collections import Counter

import pytest

from devices.instant import SECOND
from gateway.errors import GiveUp, TryLater
from gateway.model import Notice
from gateway.notify.channels.listing import ListChannel
from gateway.notify.notifier import Notifier
from gateway.notify.policy import Policy
from tests.alerts.street import Street, failing


class Dying(ListChannel):
    """Delivers, and then the process dies before it hears of the success."""

    async def send(self, notice: Notice) -> None:
        await super().send(notice)
        raise asyncio.CancelledError


class Hanging(ListChannel):
    """A server that takes the connection and never answers."""

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix)
        self.asked = Counter[str]()
        self.free = asyncio.Event()

    async def send(self, notice: Notice) -> None:
        self.asked[notice.channel] += 1
        await self.free.wait()
        await super().send(notice)


async def test_a_send_whose_result_is_unknown_is_repeated_marked_with_the_same_identity(street: Street) -> None:
    street.calls("Ann")
    await street.concludes("pendant")
    dying = Dying("")
    with pytest.raises(asyncio.CancelledError):
        await Notifier(street.database, [dying], street.clock).drain(street.now)
    assert [row.state for row in street.rows()] == ["sending"]

    after = street.new_notifier()
    assert await after.drain(street.now) == 0, "in doubt, not due"
    assert await after.recover() == 1
    assert await after.drain(street.now) == 1
    (repeat,) = street.phones.notices
    assert repeat.message_id == dying.notices[0].message_id
    assert repeat.may_be_repeat
    assert repeat.title == "ELM-12: pendant pressed (may be a repeat)"
    assert await after.recover() == 0, "a known success is never repeated"


async def test_an_identity_names_alert_kind_step_round_contact_and_channel(street: Street) -> None:
    street.calls("Ann", "Bob")
    street.person("Bob", channels=["list:bob", "list:bob", "list:office"])
    await street.rule("pendant")
    await street.passes(5.1)
    names = [row.message_id for row in street.rows()]
    assert len(set(names)) == len(names) == 3
    assert names[0].startswith("<keepwell-1-alert-1-1-1-")
    assert names[1].startswith("<keepwell-1-alert-2-1-2-")
    assert all(name.endswith("@keepwell>") for name in names)


async def test_an_address_that_no_channel_serves_fails_with_a_sentence_that_shows_no_secret(street: Street) -> None:
    street.calls("Ann", "Bob")
    street.person("Ann", channels=["pigeon://secret@loft"])
    notifier = Notifier(street.database, [ListChannel("list:")], street.clock)
    await street.desk.tick(street.now)
    await street.concludes("pendant")
    await notifier.drain(street.now)
    (row,) = street.rows()
    assert (row.state, row.error) == ("failed", "no channel serves pigeon://...: correct the contact's address")
    assert (await street.alert()).next_step_at == street.now, "a step that reaches nobody moves on at once"
    assert "secret" not in str(await street.desk.timeline(1))


async def test_a_wish_to_be_asked_later_is_honoured(street: Street) -> None:
    street.calls("Ann", wait_min=60)
    street.phones.trouble = failing(TryLater("too many", after_s=600), "Ann")
    await street.rule("pendant")
    street.phones.trouble = lambda _: None
    await street.passes(9.9)
    assert street.fresh() == []
    await street.passes(0.2)
    assert street.fresh() == ["Ann"]


async def test_an_unexpected_error_is_one_messages_trouble_and_its_repeat_is_marked(street: Street) -> None:
    street.calls(("Ann", "Bob"), wait_min=60)
    street.phones.trouble = failing(RuntimeError("boom"), "Ann")
    await street.rule("pendant")
    assert street.fresh() == ["Bob"]
    street.phones.trouble = lambda _: None
    await street.passes(1)
    assert street.phones.notices[0].may_be_repeat


async def test_a_message_that_succeeds_after_all_although_dropped_counts_as_sent(street: Street) -> None:
    street.calls("Ann")
    hanging = Hanging("")
    notifier = Notifier(street.database, [hanging], street.clock)
    await street.concludes("pendant")
    sending = asyncio.create_task(notifier.drain(street.now))
    while not hanging.asked:
        await asyncio.sleep(0)
    await street.desk.accept(1, "Bob", street.now)
    assert [row.state for row in street.rows()] == ["dropped", "pending"], "and Ann hears that Bob has accepted"
    hanging.free.set()
    await sending
    assert [(row.kind, row.state) for row in street.rows()] == [("alert", "sent"), ("accepted", "sent")]


async def test_a_hanging_server_delays_nobody_else_and_its_answer_is_in_doubt(street: Street) -> None:
    street.calls(("Ann", "Bob", "Cleo"), wait_min=60)
    street.person("Ann", channels=[f"slow://server/{number}" for number in range(20)])
    hanging = Hanging("slow:")
    policy = Policy(timeout_s=0.2, lane_width=4)
    notifier = Notifier(street.database, [hanging, street.phones], street.clock, policy=policy)
    await street.concludes("pendant")
    running = asyncio.create_task(notifier.run())
    try:
        while len(street.phones.notices) < 2:
            await asyncio.sleep(0.001)
        assert sum(hanging.asked.values()) <= 4
        while sum(hanging.asked.values()) < 20:
            await asyncio.sleep(0.01)
    finally:
        hanging.free.set()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    late = [row for row in street.rows() if row.may_be_repeat]
    assert late
    assert all(row.due_at > street.now for row in late if row.state == "pending")


async def test_it_wakes_for_what_is_queued_and_for_the_clock(street: Street) -> None:
    street.calls("Ann", "Bob")
    notifier = street.new_notifier()
    running = asyncio.create_task(notifier.run())
    try:
        await street.concludes("pendant")
        notifier.wake()
        while street.heard() != ["Ann"]:
            await asyncio.sleep(0.001)
        street.clock.advance_to(street.now + 300 * SECOND)
        await street.desk.tick(street.now)
        notifier.wake()
        while street.heard() != ["Ann", "Bob"]:
            await asyncio.sleep(0.001)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert notifier.figures()["sent"] == 2


async def test_what_another_process_queued_is_seen_within_a_second(street: Street) -> None:
    street.calls("Ann")
    running = asyncio.create_task(street.new_notifier().run())
    try:
        await asyncio.sleep(0.05)
        await street.concludes("pendant")  # nobody wakes the notifier
        async with asyncio.timeout(1.5):
            while not street.phones.notices:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_old_news_is_given_up_but_a_call_for_help_never(street: Street) -> None:
    policy = Policy(chance=lambda: 0.5)
    busy = TryLater("busy")
    assert policy.decide(busy, attempts=50, priority=2, call=False, now=0).state == "failed"
    assert policy.decide(busy, attempts=5_000, priority=2, call=True, now=0).state == "pending"


def test_waits_double_up_to_a_cap_by_priority() -> None:
    policy = Policy(chance=lambda: 0.5)
    busy = TryLater("busy")

    def waits(priority: int) -> list[float]:
        return [policy.decide(busy, attempts=n, priority=priority, call=True, now=0).due_at / SECOND
                for n in range(1, 8)]  # fmt: skip

    assert waits(1) == [2, 4, 8, 16, 32, 60, 60]
    assert waits(2) == [2, 4, 8, 16, 32, 64, 120]
    assert policy.decide(GiveUp("no"), attempts=1, priority=1, call=True, now=0).state == "failed"
    spread = {Policy().decide(busy, attempts=1, priority=1, call=True, now=0).due_at for _ in range(20)}
    assert len(spread) > 1
    assert all(1.5 * SECOND <= wait <= 2.5 * SECOND for wait in spread)
