"""The pages over HTTP, inside the gateway's own event loop: uvicorn as one part among the others."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator, Sequence

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from devices.instant import Instant
from gateway.clock import SystemClock
from gateway.config import WebSettings
from gateway.model import Trouble

_AGAIN_S = 30.0
_ENDS_WITHIN_S = 0.5
_WAITING = 64
"""Also how many connections are taken in at a time, before any of them can be closed again."""
_MOST_CONNECTIONS = 500
"""Open pages hold one each for news; beyond it is answered 503."""
_NO_MORE_CONNECTIONS = 600
"""Beyond it they are closed at once, whether they ask anything or not: each takes one of the 1,024 files that a process
often has, and calls for help need some too."""
_KEPT_OPEN_S = 75
"""Longer than servers in front keep theirs (60 s), so that they never send into one that is just being closed."""
_LOOPBACK = ("127.0.0.1", "::1")
_log = structlog.get_logger("keepwell.web")


class Server:
    """Serves an application. Where the port is taken it tries again every 30 s, and all else goes on."""

    def __init__(self, settings: WebSettings, application: ASGIApp) -> None:
        self._host, self._port = settings.host, settings.port
        self._config = uvicorn.Config(
            application,
            http=_Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,  # addresses name homes
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=[*_LOOPBACK, *map(str, settings.proxies)],
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_KEPT_OPEN_S,
            backlog=_WAITING,
        )
        self._failures = 0
        self._failing_since: Instant = 0
        self.address: str | None = None
        """Where the pages are now, `127.0.0.1:8080`; None while they are nowhere."""
        self._up = asyncio.Event()
        logging.getLogger("uvicorn.error").disabled = True  # what goes wrong on a page, application.py tells

    async def served(self) -> str:
        """Where the pages are, as soon as they are anywhere."""
        await self._up.wait()
        return self.address or f"{self._host}:{self._port}"

    def troubles(self) -> Sequence[Trouble]:
        """That nobody can look. One failure may be the last gateway on its way out."""
        if self._failures < 2:
            return ()
        told = f"Nobody can open the pages: [web] listen {self._host}:{self._port} is taken or not ours."
        return (Trouble("gateway", "pages", told, self._failing_since, priority=3),)

    async def run(self) -> None:
        """Serve until cancelled; whoever still follows news by then is cut off within half a second."""
        while True:
            try:
                listening = self._listen()
            except OSError as error:
                self._failing_since = self._failing_since if self._failures else SystemClock().now()
                self._failures += 1
                _log.warning("pages_not_served", address=f"{self._host}:{self._port}", why=str(error))
                await asyncio.sleep(_AGAIN_S)
                continue
            host, port = listening.getsockname()[:2]
            self._failures, self.address = 0, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            self._up.set()
            _log.info("pages", address=self.address)
            try:
                await self._serve(listening)
            finally:
                self.address = None
                listening.close()

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listening = socket.create_server((self._host, self._port), family=family, backlog=_WAITING)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else an answer's end waits 40 ms for an ACK
        listening.setblocking(False)
        return listening

    async def _serve(self, listening: socket.socket) -> None:
        server = _Uvicorn(self._config)
        serving = asyncio.create_task(server.serve(sockets=[listening]), name="keepwell-http")
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await asyncio.wait({serving}, timeout=_ENDS_WITHIN_S)
            if not serving.done():
                server.force_exit = True
                for task in (*server.server_state.tasks, serving):
                    task.cancel()
            await asyncio.gather(serving, *server.server_state.tasks, return_exceptions=True)
        raise RuntimeError("the server of the pages ended by itself")


class _Connection(H11Protocol):
    """One that asks nothing, or never comes to the end of what it asks, ends like one that asks nothing more."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Uvicorn counts connections only when they ask."""
        super().connection_made(transport)
        if len(self.connections) > _NO_MORE_CONNECTIONS:
            transport.abort()
        else:
            self.loop.call_later(_KEPT_OPEN_S, self._look, None)

    def _look(self, former: object) -> None:
        """Whatever drips in meanwhile: close it where no request was complete since `former`."""
        if self.transport.is_closing():
            return
        if self.cycle is former and (former is None or self.cycle.response_complete or self.cycle.more_body):
            self.transport.close()
        else:
            self.loop.call_later(_KEPT_OPEN_S, self._look, self.cycle)


class _Uvicorn(uvicorn.Server):
    """Signals are for the gateway."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
