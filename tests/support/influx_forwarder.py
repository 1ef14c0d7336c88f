"""The InfluxDB v2 write API in front of a server that has only v1: translates addresses, passes answers through.

What InfluxDB 2 and 3 answer as v1 does, `/query`, is passed on as it is.
"""

from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from tests.support.servers import LOOPBACK

_PASSED = {"Retry-After", "X-Influxdb-Version", "X-Influxdb-Error", "Content-Type"}


class InfluxForwarder:
    """Listens on `url` while entered. A bucket is a database of that name; organisation and token are not looked at."""

    def __init__(self, v1_url: str) -> None:
        self.url = ""
        self.statuses: list[int] = []
        """Of every write, in order."""
        self._v1_url = v1_url
        self._runner: web.AppRunner
        self._client: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession()
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_post("/api/v2/write", self._write)
        application.router.add_get("/ping", self._ping)
        application.router.add_route("*", "/query", self._query)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://{LOOPBACK}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        await self._client.close()

    async def _write(self, request: web.Request) -> web.Response:
        parameters = {"db": request.query["bucket"], "precision": request.query["precision"]}
        async with self._client.post(
            f"{self._v1_url}/write", params=parameters, data=await request.read()
        ) as answer:  # fmt: skip
            self.statuses.append(answer.status)
            return await self._passed(answer)

    async def _query(self, request: web.Request) -> web.Response:
        async with self._client.request(request.method, f"{self._v1_url}/query", params=request.query) as answer:
            return await self._passed(answer)

    async def _ping(self, request: web.Request) -> web.Response:
        async with self._client.get(f"{self._v1_url}/ping") as answer:
            return await self._passed(answer)

    async def _passed(self, answer: aiohttp.ClientResponse) -> web.Response:
        headers = {name: text for name, text in answer.headers.items() if name in _PASSED}
        return web.Response(status=answer.status, body=await answer.read(), headers=headers)
