"""The broker inside the process, for the demonstration only: amqtt, MQTT 3.1.1, loopback, nobody asked for a password.

It does not give back what was queued in a kept session, so `keepwell run` refuses it.
"""

import asyncio
import contextlib
import logging
import socket
import warnings
from types import TracebackType
from typing import Any, Self

LOOPBACK = "127.0.0.1"
_QUIET = ("amqtt", "transitions", "websockets")


class EmbeddedBroker:
    """`async with EmbeddedBroker() as broker: broker.port`; a free port unless told one."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._broker: Any = None
        self._levels: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        """Listen."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"(amqtt|passlib|websockets)(\.|$)")
            from amqtt.broker import Broker  # noqa: PLC0415 - heavy, and for the demonstration only

        for name in _QUIET:
            logger = logging.getLogger(name)
            self._levels[name] = logger.level
            logger.setLevel(logging.CRITICAL)
        if self.port == 0:
            self.port = _free_port()
        self._broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{LOOPBACK}:{self.port}", "max_connections": -1}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        await self._broker.start()
        await self._broker.retain_message(None, "$SYS/broker/version", b"aMQTT, embedded in Keepwell")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection and end every task of it."""
        try:
            with contextlib.suppress(Exception):  # its own clean-up of a broken connection may fail; we are leaving
                await asyncio.wait_for(self._broker.shutdown(), 5.0)
            ours = [task for task in asyncio.all_tasks() if _is_amqtt(task)]
            for task in ours:
                task.cancel()
            await asyncio.gather(*ours, return_exceptions=True)
        finally:
            for name, level in self._levels.items():
                logging.getLogger(name).setLevel(level)


def _is_amqtt(task: "asyncio.Task[Any]") -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and "/amqtt/" in code.co_filename.replace("\\", "/")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
