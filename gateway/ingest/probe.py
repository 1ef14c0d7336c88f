"""Whether the broker can be reached with these settings, asked under another client id: no session is touched."""

import asyncio

from gateway.config import Broker
from gateway.errors import FixConfiguration, TryLater
from gateway.ingest import promise
from gateway.ingest.session import Connection
from gateway.ingest.wire import Packet

_VERSION = "$SYS/broker/version"


async def probe(settings: Broker, *, timeout_s: float = 2.0) -> str:
    """One sentence on the broker. Raises FixConfiguration or TryLater, also for a broker that cannot keep sessions.

    Whether it grants our filters is asked too; whether it has a version to tell is waited for up to `timeout_s`.
    """
    version: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def hear(packet: Packet) -> None:
        if packet.topic == _VERSION and not version.done():
            version.set_result(packet.payload.decode("utf-8", "replace")[:100])

    asking = settings.model_copy(
        update={"client_id": f"{settings.client_id}-check", "clean_session": True, "session_expiry_s": 0}
    )
    async with Connection(asking, hear) as connection:
        connection.resume()
        filters = [one.filter for one in settings.filters]
        refusal = promise.subscription_refusal(filters, await connection.subscribe(filters))
        if refusal is not None:
            raise FixConfiguration(refusal)
        await connection.subscribe([_VERSION])
        try:
            name = await asyncio.wait_for(version, timeout_s)
        except TimeoutError:
            name = "a broker that does not tell its name"
        if connection.lost:
            raise TryLater(f"the broker at {settings.host}:{settings.port} closed the connection")
    if "amqtt" in name.lower():
        raise FixConfiguration(
            f"the broker at {settings.host}:{settings.port} is {name}, which is for the demonstration only: it does not"
            " keep what is queued for us; use Mosquitto"
        )
    return f"{settings.host}:{settings.port} answers: {name}"
