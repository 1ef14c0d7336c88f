"""Calls of `healthcheck_url` while all is well: a service that misses them tells people. Silence is the message."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import aiohttp
import structlog

from devices.instant import MINUTE, Instant
from gateway.model import Trouble
from gateway.saying import duration

_TIMEOUT_S = 10.0
_AGAIN_S = 5.0
_UNANSWERED = 10 * MINUTE
_log = structlog.get_logger("keepwell.oversight")


class Heartbeat:
    """POSTs `body()` as JSON every `every_s`, once more 5 s later where that failed.

    The first call comes after half of that, so that one who dies again and again soon after the start is missed.
    `well` says whether the gateway does its work: while it does not, there are no calls. The address is a secret and
    is never shown.
    """

    def __init__(
        self,
        url: str,
        every_s: float,
        *,
        well: Callable[[], bool],
        body: Callable[[], Mapping[str, object]],
        now: Callable[[], Instant],
    ) -> None:
        self._url = url
        self._every_s = every_s
        self._well = well
        self._body = body
        self._now = now
        self._unanswered_since: Instant | None = None
        self._sent = self._failed = 0

    def figures(self) -> Mapping[str, float]:
        """Calls answered and not answered."""
        return {"answered": float(self._sent), "unanswered": float(self._failed)}

    def troubles(self) -> Sequence[Trouble]:
        """That nobody outside has answered for long: then nobody would hear our silence either, or hears it already."""
        since = self._unanswered_since
        if since is None or self._now() - since < _UNANSWERED:
            return ()
        told = f"healthcheck_url has not answered for {duration(self._now() - since)}: check the address, and the line."
        return (Trouble("gateway", "healthcheck", told, since, priority=3),)

    async def run(self) -> None:
        """For ever."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._every_s / 2)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S)) as session:
            while True:
                while not self._well():  # noqa: ASYNC110 - that all is well again rings no bell
                    await asyncio.sleep(min(1.0, self._every_s))
                began = loop.time()
                if not await self._call(session):
                    await asyncio.sleep(min(_AGAIN_S, self._every_s / 4))
                    if self._well():
                        await self._call(session)
                await asyncio.sleep(max(0.0, began + self._every_s - loop.time()))

    async def _call(self, session: aiohttp.ClientSession) -> bool:
        """Whether it was answered well."""
        try:
            async with session.post(self._url, json=self._body()) as answer:
                why = None if answer.status < 400 else f"status {answer.status}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it must disturb nobody
            why = type(error).__name__
        if why is None:
            self._sent += 1
            self._unanswered_since = None
            return True
        self._failed += 1
        if self._unanswered_since is None:
            self._unanswered_since = self._now()
            _log.warning("healthcheck_unanswered", why=why)
        return False
