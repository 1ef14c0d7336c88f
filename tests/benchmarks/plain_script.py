"""The script that a person would write instead of Keepwell: aiomqtt and influxdb-client, no journal, no rules.

    python -m tests.benchmarks.plain_script BROKER_PORT STORE_URL

What it received is in its memory until the store has it; when it ends, the store refuses or the batch waits too long,
that is gone. For the benchmark it prints `<received> <confirmed>` (messages) now and then; it knows nothing else of it.
"""

import asyncio
import json
import sys
import time

import aiomqtt
from influxdb_client import InfluxDBClient, Point, WriteOptions

from tests.support.servers import LOOPBACK

BUCKET = "plain"
MEASUREMENT = "reading"
BATCH = 5_000
_TELL_EVERY = 500


async def collect(port: int, url: str) -> None:
    received = confirmed = 0

    def tell() -> None:
        sys.stdout.write(f"{received} {confirmed}\n")
        sys.stdout.flush()

    def written(_configuration: object, lines: bytes) -> None:
        nonlocal confirmed
        confirmed += lines.count(b"\n") + 1
        tell()

    influx = InfluxDBClient(url=url, token="none", org="none")  # noqa: S106 - the store asks for none
    writer = influx.write_api(WriteOptions(batch_size=BATCH, flush_interval=1_000), success_callback=written)
    with influx, writer:
        async with aiomqtt.Client(LOOPBACK, port, identifier="plain", clean_session=False) as mqtt:
            await mqtt.subscribe("homes/#", qos=1)
            tell()
            async for message in mqtt.messages:
                _, hub, _, device, *quantity = str(message.topic).split("/")
                content = json.loads(message.payload)
                point = Point(MEASUREMENT).tag("home", hub).tag("device", device).time(time.time_ns())
                for name, value in content.items():
                    point.field(quantity[0] if quantity else name, float(value))
                writer.write(BUCKET, record=point)
                received += 1
                if received % _TELL_EVERY == 0:
                    tell()


if __name__ == "__main__":
    asyncio.run(collect(int(sys.argv[1]), sys.argv[2]))
