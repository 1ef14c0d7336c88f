"""What a running gateway tells other processes about its broker and its store."""

import asyncio
import time
from pathlib import Path

from gateway.app import Gateway
from gateway.config import Broker, Settings
from gateway.parts import told_health
from tests.support.servers import LOOPBACK, free_port


def wait_for_trouble(data: Path) -> None:
    deadline = time.monotonic() + 20
    while not told_health(data).get("broker") and time.monotonic() < deadline:
        time.sleep(0.1)


async def test_a_running_gateway_tells_that_its_broker_is_not_reached(tmp_path: Path):
    settings = Settings(data=tmp_path, broker=Broker(host=LOOPBACK, port=free_port()), web={"listen": ""})
    gateway = await Gateway.open(settings, channels=[])
    running = asyncio.ensure_future(gateway.run())
    try:
        await asyncio.to_thread(wait_for_trouble, tmp_path)
    finally:
        await gateway.stop()
        await running
    told = told_health(tmp_path)
    assert told["connected"] is False
    assert "cannot be reached" in told["broker"]
    assert told["store"] is None
    assert not (tmp_path / "health.json.new").exists()
