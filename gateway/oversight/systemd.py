"""Telling systemd how we are: one datagram a message, as sd_notify(3) describes. Without systemd nothing happens."""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping

import structlog

_log = structlog.get_logger("keepwell.oversight")


class Systemd:
    """The service manager that started us, if one did, from NOTIFY_SOCKET and WATCHDOG_USEC. Never raises or waits."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._failing = False
        self.watchdog_s = _watchdog_s(environment)
        """Without a ping for so long we are killed and started again; None for never."""

    def tell(self, **state: str | int) -> None:
        """Such as `tell(READY=1, STATUS="Connected.")`."""
        if not self._address:
            return
        message = "\n".join(f"{name}={' '.join(str(value).split())}" for name, value in state.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto(message.encode(), self._address)
        except OSError as error:
            if not self._failing:
                _log.warning("systemd_not_told", why=str(error))
            self._failing = True
        else:
            self._failing = False

    async def feed_watchdog(self, hung: Callable[[], bool]) -> None:
        """For ever, where we are watched: a ping twice in the time, unless the parts hang."""
        if self.watchdog_s is None:
            return
        while True:
            if hung():
                _log.error("hung", why="the parts stand still without failing: no more pings, so that we are restarted")
            else:
                self.tell(WATCHDOG=1)
            await asyncio.sleep(self.watchdog_s / 2)


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    """Only the process that systemd started is watched, and only where WatchdogSec= is set."""
    asked, process = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not asked.isdigit() or int(asked) == 0 or (process and process != str(os.getpid())):
        return None
    return int(asked) / 1_000_000
