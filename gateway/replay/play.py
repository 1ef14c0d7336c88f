"""Play a recording to a broker in Keepwell's own convention, at any speed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiomqtt
import orjson

from devices.instant import SECOND, Instant, rfc3339
from gateway.errors import BadInput, TryLater
from gateway.replay.recording import Row

_WINDOW = 500
"""Messages under way to the broker at once; each is confirmed (QoS 1)."""


@dataclass(frozen=True, slots=True)
class BrokerUrl:
    """Where to publish: `mqtt://[name:password@]host[:port]`, or `mqtts://` for an encrypted connection."""

    host: str
    port: int
    username: str | None
    password: str | None
    encrypted: bool

    @classmethod
    def parse(cls, url: str) -> "BrokerUrl":
        """BadInput that shows the form for anything else."""
        parts = urlsplit(url if "://" in url else f"mqtt://{url}")
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or port == -1 or parts.path.strip("/"):
            raise BadInput(f'"{url}" is no broker address: write mqtt://host:1883, or mqtts://name:password@host:8883')
        encrypted = parts.scheme == "mqtts"
        return cls(
            parts.hostname,
            port or (8883 if encrypted else 1883),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            encrypted,
        )

    def client(self, identifier: str) -> aiomqtt.Client:
        """A client for this broker, not yet connected."""
        client = aiomqtt.Client(
            self.host,
            self.port,
            username=self.username,
            password=self.password,
            identifier=identifier,
            tls_params=aiomqtt.TLSParameters() if self.encrypted else None,
            max_queued_outgoing_messages=0,
            max_inflight_messages=_WINDOW,
        )
        client.pending_calls_threshold = 2 * _WINDOW
        return client


def message(hub: str, row: Row, number: int) -> tuple[str, bytes]:
    """Topic and payload of one row. Its number in the recording is its identity."""
    payload = {"value": row.value, "at": rfc3339(row.at), "id": str(number)}
    return f"homes/{hub}/keepwell/{row.address}/{row.quantity}", orjson.dumps(payload)


async def paced(rows: Iterable[Row], speed: float | None) -> AsyncIterator[tuple[int, Row]]:
    """Rows with their numbers at `speed` times the recording's own pace; None for as fast as they are taken."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    first: Instant | None = None
    for number, row in enumerate(rows):
        first = row.at if first is None else first
        if speed is not None:
            ahead = (row.at - first) / SECOND / speed - (loop.time() - began)
            if ahead > 0:
                await asyncio.sleep(ahead)
        yield number, row


async def play(
    rows: Iterable[Row],
    hub_of: Callable[[str], str],
    broker: BrokerUrl,
    *,
    speed: float | None = None,
    progress: Callable[[int], None] = lambda _count: None,
) -> int:
    """Publish every row at QoS 1 and return how many the broker confirmed. TryLater when it cannot be reached."""
    confirmed = 0
    try:
        async with broker.client(f"keepwell-replay-{id(rows):x}") as client:
            pending: set[asyncio.Task[None]] = set()
            async for number, row in paced(rows, speed):
                topic, payload = message(hub_of(row.address), row, number)
                pending.add(asyncio.create_task(client.publish(topic, payload, qos=1, timeout=60)))
                if len(pending) >= _WINDOW or speed is not None:
                    await asyncio.sleep(0)
                    done = {task for task in pending if task.done()}
                    if len(pending) >= _WINDOW and not done:
                        done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                    confirmed += _confirm(done)
                    pending -= done
                    progress(confirmed)
            if pending:
                done, _ = await asyncio.wait(pending)
                confirmed += _confirm(done)
            progress(confirmed)
    except aiomqtt.MqttError as error:
        raise TryLater(f"the broker at {broker.host}:{broker.port} cannot be reached or went away: {error}") from error
    return confirmed


def _confirm(tasks: Iterable["asyncio.Task[None]"]) -> int:
    count = 0
    for task in tasks:
        task.result()
        count += 1
    return count
