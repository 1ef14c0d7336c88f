"""The demonstration's broker: retained values, wildcards, and nothing left behind."""

import asyncio
import contextlib
import warnings
from pathlib import Path

import aiomqtt
import pytest

from gateway.clock import SystemClock
from gateway.config import Broker
from gateway.errors import FixConfiguration
from gateway.ingest.embedded import EmbeddedBroker
from gateway.ingest.intake import Intake
from gateway.ingest.probe import probe
from gateway.model import Flag
from gateway.registry.memory import MemoryRegistry
from tests.ingest.homes import STREET
from tests.ingest.paper import PaperCommitter, PaperJournal

TRUE = b'{"value": true}'


async def test_the_gateway_on_the_embedded_broker(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with EmbeddedBroker() as broker, aiomqtt.Client("127.0.0.1", broker.port) as home:
            await home.publish("homes/elm/keepwell/hall-pir/motion", TRUE, qos=1, retain=True)
            journal = PaperJournal()
            intake = Intake(
                Broker(host="127.0.0.1", port=broker.port, protocol="3.1.1"),
                data=tmp_path,
                journal=journal,
                registry=MemoryRegistry(),
                committer=PaperCommitter(journal),
                directory=lambda: STREET,
                clock=SystemClock(),
                quiet_s=0.2,
            )
            running = asyncio.create_task(intake.run())
            try:
                async with asyncio.timeout(20):
                    await intake.wait_drained()
                    await home.publish("homes/elm/keepwell/hall-pir/motion", TRUE, qos=1)
                    while len(journal.readings) < 2:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                assert [one.flags for one in journal.readings] == [Flag.RETAINED, Flag.NONE]
                await intake.stop()
                await running
            finally:
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
    assert "amqtt" not in "".join(capfd.readouterr()).lower()


async def test_keepwell_run_is_told_that_it_is_no_broker_to_rely_on():
    async with EmbeddedBroker() as broker:
        with pytest.raises(FixConfiguration, match="demonstration only"):
            await probe(Broker(host="127.0.0.1", port=broker.port, protocol="3.1.1"))


async def test_it_can_be_started_again_on_the_same_port():
    async with EmbeddedBroker() as broker:
        port = broker.port
    async with EmbeddedBroker(port) as again, aiomqtt.Client("127.0.0.1", again.port):
        assert again.port == port
