"""A second ear on the broker, while the first one must not take anything more. It keeps and acknowledges nothing."""

import asyncio
import random
from collections.abc import Callable

import aiomqtt
import structlog

from gateway.broker import client_of
from gateway.config import Broker
from gateway.model import Taken

Receive = Callable[[str, bytes, bool], Taken]
"""(topic, payload, retained) to what the message would leave behind."""
_LONGEST_WAIT_S = 10.0
_MOST_WAITING = 100_000
"""Messages in memory that we have not looked at; beyond them the client drops, which at QoS 0 is allowed."""
_log = structlog.get_logger("keepwell.rescue")


class Listener:
    """Client id suffix `-rescue`, clean session, QoS 0: what is kept for the gateway's own session is untouched.

    `receive` makes a fresh reading of messages for each connection: a hub's inventory comes first, as retained.
    """

    def __init__(self, broker: Broker, receive: Callable[[], Receive], hear: Callable[[Taken], None]) -> None:
        self.connected = False
        self._broker = broker
        self._receive = receive
        self._hear = hear

    async def run(self) -> None:
        """Listen until cancelled."""
        wait_s = 0.25
        while True:
            try:
                async with client_of(self._broker, "rescue", max_queued_incoming_messages=_MOST_WAITING) as client:
                    await client.subscribe([(one.filter, 0) for one in self._broker.filters])
                    self.connected, wait_s = True, 0.25
                    receive = self._receive()
                    async for message in client.messages:
                        self._take(receive, message)
            except Exception as error:  # noqa: BLE001 - whatever it is, being deaf is worse
                _log.warning("cannot listen for urgent messages", reason=str(error) or type(error).__name__)
            finally:
                self.connected = False
            await asyncio.sleep(wait_s * random.uniform(0.75, 1.25))  # noqa: S311 - spreads load, guards nothing
            wait_s = min(_LONGEST_WAIT_S, wait_s * 2)

    def _take(self, receive: Receive, message: aiomqtt.Message) -> None:
        payload = message.payload if isinstance(message.payload, bytes) else b""
        try:
            self._hear(receive(message.topic.value, payload, bool(message.retain)))
        except Exception:  # noqa: BLE001 - a fault of ours on one message must not deafen us for the next
            _log.exception("a message could not be looked at")
