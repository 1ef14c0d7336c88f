"""How a home is erased from servers that are not at hand here: InfluxDB 2, by its own way, and 3, which has none."""

import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from gateway.errors import FixConfiguration, TryLater
from gateway.recorder.influx import InfluxStore


class Database:
    """Answers deletions as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.deletion = 204
        self.query = 400
        self.asked: list[tuple[str, dict[str, str], str, str]] = []
        self.url = ""

    async def delete(self, request: web.Request) -> web.Response:
        self._remember(request, await request.text())
        return web.Response(status=self.deletion)

    async def ask(self, request: web.Request) -> web.Response:
        self._remember(request, "")
        return web.json_response({"error": "not supported"}, status=self.query)

    def _remember(self, request: web.Request, body: str) -> None:
        self.asked.append((request.path, dict(request.query), body, request.headers.get("Authorization", "")))


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    database = Database()
    application = web.Application()
    application.router.add_post("/api/v2/delete", database.delete)
    application.router.add_route("*", "/query", database.ask)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    database.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield database
    await runner.cleanup()


@pytest.fixture
async def store(database: Database) -> AsyncIterator[InfluxStore]:
    store = InfluxStore(database.url, org="our org", bucket="street", token="secret", timeout_s=0.3)  # noqa: S106
    yield store
    await store.close()


async def test_influxdb_2_is_asked_by_its_own_way(database: Database, store: InfluxStore) -> None:
    await store.erase("ELM-12")
    ((path, query, body, token),) = database.asked
    assert (path, query, token) == ("/api/v2/delete", {"org": "our org", "bucket": "street"}, "Token secret")
    sent = json.loads(body)
    assert sent["predicate"] == 'home="ELM-12"'
    assert sent["start"] < "1971"
    assert sent["stop"] > "2200"


async def test_a_store_that_cannot_says_what_to_do(database: Database, store: InfluxStore) -> None:
    database.deletion = 404
    with pytest.raises(FixConfiguration, match="home = ELM-12 by its own means"):
        await store.erase("ELM-12")
    assert [path for path, *_ in database.asked] == ["/api/v2/delete", "/query"]


async def test_a_token_without_the_right_is_named(database: Database, store: InfluxStore) -> None:
    database.deletion = 403
    with pytest.raises(FixConfiguration, match="does not let our token delete"):
        await store.erase("ELM-12")


async def test_a_store_in_trouble_is_asked_again_later(database: Database, store: InfluxStore) -> None:
    database.deletion = 503
    with pytest.raises(TryLater):
        await store.erase("ELM-12")


async def test_a_store_that_is_not_there_is_asked_again_later() -> None:
    store = InfluxStore("http://127.0.0.1:9", org="o", bucket="b")
    with pytest.raises(TryLater):
        await store.erase("ELM-12")
    with pytest.raises(TryLater):
        await store.extent("ELM-12")
    await store.close()
