"""/metrics, /healthz and /readyz over HTTP, for machines on the same network. Nothing of any home, and no names."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiohttp import web

from devices.instant import Instant
from gateway.errors import FixConfiguration
from gateway.model import Trouble

_AGAIN_S = 30.0
_CLOSING_S = 0.5
_log = structlog.get_logger("keepwell.oversight")


def split_address(listen: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:8730` or `[::1]:8730`; FixConfiguration for anything else."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise FixConfiguration(f"[health] listen {listen!r} is no address: write 127.0.0.1:8730, or leave it empty")
    return host.strip("[]"), int(port)


class Pages:
    """Serves the pages. `metrics` renders the exposition text with its content type; `not_ready` says why not.

    Where the port is taken it tries again every 30 s, and all else goes on.
    """

    def __init__(
        self,
        listen: str,
        *,
        metrics: Callable[[], Awaitable[tuple[bytes, str]]],
        not_ready: Callable[[], Sequence[str]],
        now: Callable[[], Instant],
    ) -> None:
        self._host, self._port = split_address(listen)
        self._metrics = metrics
        self._not_ready = not_ready
        self._now = now
        self._failures = 0
        self._failing_since: Instant = 0
        self.address: str | None = None
        """Where the pages are now; None while they are nowhere."""

    def troubles(self) -> Sequence[Trouble]:
        """That nobody can look. One failure may be the last gateway on its way out."""
        if self._failures < 2:
            return ()
        told = f"Nobody can ask how the gateway is: [health] listen {self._host}:{self._port} is taken or not ours."
        return (Trouble("gateway", "listen", told, self._failing_since, priority=3),)

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            application = web.Application()
            application.router.add_get("/metrics", self._tell_metrics)
            application.router.add_get("/healthz", _tell_alive)
            application.router.add_get("/readyz", self._tell_ready)
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=_CLOSING_S)
            try:
                await runner.setup()
                await web.TCPSite(runner, self._host, self._port).start()
                host, port = runner.addresses[0][:2]
                self._failures, self.address = 0, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
                _log.info("health_pages", address=self.address)
                await asyncio.Event().wait()
            except OSError as error:
                self._failing_since = self._failing_since if self._failures else self._now()
                self._failures += 1
                _log.warning("health_pages_not_served", address=f"{self._host}:{self._port}", why=str(error))
            finally:
                self.address = None
                await runner.cleanup()
            await asyncio.sleep(_AGAIN_S)

    async def _tell_metrics(self, _request: web.Request) -> web.Response:
        text, kind = await self._metrics()
        return web.Response(body=text, headers={"Content-Type": kind})

    async def _tell_ready(self, _request: web.Request) -> web.Response:
        reasons = self._not_ready()
        return web.Response(text="\n".join(reasons or ("ready",)) + "\n", status=503 if reasons else 200)


async def _tell_alive(_request: web.Request) -> web.Response:
    return web.Response(text="alive\n")
