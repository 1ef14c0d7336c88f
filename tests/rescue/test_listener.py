"""The second ear, at a real broker: it hears what ingest would, and leaves the gateway's own session alone."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.config import Broker
from gateway.ingest.reception import Reception
from gateway.model import Device, Directory, Flag, Home, Hub, Taken
from gateway.rescue.listener import Listener, Receive
from tests.support.mosquitto import Publisher, mosquitto
from tests.support.servers import LOOPBACK

pytestmark = pytest.mark.server
ELM = Home("ELM-12", "Europe/London", hubs=(Hub("elm"),), devices=(Device("elm", "pendant", role="pendant"),))
PRESS = "homes/elm/keepwell/pendant/button"


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
async def test_it_hears_live_messages_and_knows_old_ones_also_after_the_broker_was_away(
    tmp_path: Path, protocol: str
) -> None:
    heard: list[Taken] = []

    def fresh() -> Receive:
        reception = Reception(lambda: Directory((ELM,)), settings.filters, SystemClock())
        return lambda topic, payload, retained: (
            reception.receive(topic, payload, retained=retained, draining=False, queued_since=None).taken
        )

    def presses(flag: Flag) -> int:
        return sum(one.quantity == "button" and one.flags == flag for taken in heard for one in taken.readings)

    with mosquitto(tmp_path / "broker") as broker:
        settings = Broker(host=LOOPBACK, port=broker.port, protocol=protocol)
        publisher = Publisher(broker.port)
        publisher.send(PRESS, '{"value": "press"}', retain=True)
        listener = Listener(settings, fresh, heard.append)
        listening = asyncio.create_task(listener.run())
        try:
            await until(lambda: presses(Flag.RETAINED) == 1)
            publisher.send(PRESS, '{"value": "press"}')
            publisher.send("homes/elm/keepwell/pendant/nonsense", b"\xff")
            await until(lambda: presses(Flag.NONE) == 1)
            publisher.close()
            broker.restart()
            await until(lambda: not listener.connected)
            await until(lambda: listener.connected)
            publisher = Publisher(broker.port)
            publisher.send(PRESS, '{"value": "press"}')
            await until(lambda: presses(Flag.NONE) == 2)
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
            publisher.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - the condition is anybody's
            await asyncio.sleep(0.01)
