"""The connection by which alerts are published."""

import asyncio

import aiomqtt
from structlog.testing import capture_logs

from gateway.config import Broker
from gateway.notify.channels.mqtt import MqttPublisher


class Refused(MqttPublisher):
    """A broker that refuses five times, the last two for another reason."""

    tries = 0

    def _new_client(self) -> aiomqtt.Client:
        self.tries += 1
        if self.tries > 5:
            enough.set()
        raise ConnectionRefusedError("refused" if self.tries < 4 else "not authorised")


enough = asyncio.Event()


async def test_a_broker_that_is_away_is_reported_once_for_each_reason_in_a_sentence() -> None:
    enough.clear()
    with capture_logs() as logs:
        running = asyncio.create_task(Refused(Broker(host="localhost", port=1883), longest_wait_s=0.001).run())
        async with asyncio.timeout(5):
            await enough.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    said = [line["why"] for line in logs if line["event"] == "alert_publisher_disconnected"]
    assert said == [
        f"no connection to the MQTT broker at localhost:1883 ({reason}): "
        "messages to mqtt: addresses wait, and we go on trying"
        for reason in ("refused", "not authorised")
    ]
