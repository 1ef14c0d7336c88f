"""Waiting for a ring, a moment or a while; and being cancelled while that ends."""

import asyncio

from gateway.bell import Bell
from gateway.clock import ManualClock


async def test_a_ring_while_nobody_waits_is_kept():
    bell = Bell()
    bell.ring()
    await asyncio.wait_for(bell.wait(ManualClock(0), None, 60), 5)


async def test_the_clock_wakes_it():
    bell, clock = Bell(), ManualClock(0)
    waiting = asyncio.create_task(bell.wait(clock, 10, 60))
    await asyncio.sleep(0)
    clock.advance_to(10)
    await asyncio.wait_for(waiting, 5)


async def test_a_cancellation_is_not_lost_in_whatever_turn_it_comes():
    for turns in range(8):
        bell = Bell()

        async def for_ever(bell: Bell = bell) -> None:
            while True:
                await bell.wait(ManualClock(0), 5, 60)

        task = asyncio.create_task(for_ever())
        await asyncio.sleep(0)
        bell.ring()
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=5)
        assert done, f"cancelled {turns} turns after the ring, it went on"
