"""What each answer of an InfluxDB means to us, and that answers of any kind end in one of our exceptions."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from gateway.errors import BatchTooLarge, FixConfiguration, KeepwellError, StoreRefused, TryLater
from gateway.model import Point
from gateway.recorder.influx import InfluxStore

POINT = Point("temperature", {"home": "ELM-12"}, {"value": 21.5}, 1_768_000_000_000_000)


class Database:
    """A database that answers as it is told, and remembers what it was sent."""

    def __init__(self) -> None:
        self.answer = web.Response(status=204)
        self.silent = False
        self.over = asyncio.Event()
        self.drops = False
        self.requests: list[tuple[dict[str, str], str, str]] = []
        self.url = ""

    async def write(self, request: web.Request) -> web.Response:
        body = await request.text()
        self.requests.append((dict(request.query), body, request.headers.get("Authorization", "")))
        if self.silent:
            await self.over.wait()
        if self.drops and request.transport is not None:
            request.transport.abort()
        return self.answer

    async def ping(self, _request: web.Request) -> web.Response:
        return web.Response(status=204, headers={"X-Influxdb-Version": "2.7.1"})


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    database = Database()
    application = web.Application()
    application.router.add_post("/api/v2/write", database.write)
    application.router.add_get("/ping", database.ping)
    application.router.add_get("/query", database.write)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    database.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield database
    database.over.set()
    await runner.cleanup()


@pytest.fixture
async def store(database: Database) -> AsyncIterator[InfluxStore]:
    store = InfluxStore(database.url, org="our org", bucket="street", token="secret", timeout_s=0.3)  # noqa: S106
    yield store
    await store.close()


async def test_a_write_names_bucket_organisation_precision_and_token(database: Database, store: InfluxStore) -> None:
    await store.write([POINT, POINT])
    ((query, body, token),) = database.requests
    assert query == {"bucket": "street", "org": "our org", "precision": "ns"}
    assert body.split("\n") == ["temperature,home=ELM-12 value=21.5 1768000000000000000"] * 2
    assert token == "Token secret"  # noqa: S105
    await store.write([])
    assert len(database.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, StoreRefused, "field type conflict"),
        (422, StoreRefused, "field type conflict"),
        (413, BatchTooLarge, "too large"),
        (401, FixConfiguration, r"\[store\] token"),
        (403, FixConfiguration, "write access"),
        (404, FixConfiguration, r"\[store\] bucket"),
        (408, TryLater, "408"),
        (429, TryLater, "429"),
        (500, TryLater, "500"),
        (502, TryLater, "502"),
        (503, TryLater, "503"),
        (302, TryLater, "302"),
    ],
)
async def test_what_a_status_means(
    database: Database, store: InfluxStore, status: int, kind: type[KeepwellError], words: str
) -> None:
    database.answer = web.Response(status=status, text='{"message": "partial write: field type conflict"}')
    with pytest.raises(kind, match=words):
        await store.write([POINT])


async def test_the_stores_own_wish_is_passed_on(database: Database, store: InfluxStore) -> None:
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
    for text, low, high in (("17", 17, 17), (in_a_minute, 50, 60), ("-3", 0, 0)):
        database.answer = web.Response(status=429, headers={"Retry-After": text})
        with pytest.raises(TryLater) as caught:
            await store.write([POINT])
        assert caught.value.after_s is not None
        assert low <= caught.value.after_s <= high
    for headers in ({}, {"Retry-After": "soon"}):
        database.answer = web.Response(status=503, headers=headers)
        with pytest.raises(TryLater) as caught:
            await store.write([POINT])
        assert caught.value.after_s is None


async def test_silence_ends_in_time(database: Database, store: InfluxStore) -> None:
    database.silent = True
    with pytest.raises(TryLater, match="does not answer in time"):
        await store.write([POINT])


async def test_a_connection_that_breaks_is_tried_later(database: Database, store: InfluxStore) -> None:
    database.drops = True
    with pytest.raises(TryLater, match="cannot be reached"):
        await store.write([POINT])


async def test_the_check_tells_version_and_bucket(database: Database, store: InfluxStore) -> None:
    assert "2.7.1" in await store.check()
    database.answer = web.Response(status=400, text="no points")
    assert "street" in await store.check()
    database.answer = web.Response(status=401)
    with pytest.raises(FixConfiguration):
        await store.check()


# ------------------------------------------------------------------------------------------------ read back


async def test_a_question_names_database_and_precision_and_carries_the_token(
    database: Database, store: InfluxStore
) -> None:
    series = {
        "name": "motion", "tags": {"home": "ELM-12", "room": ""},
        "columns": ["time", "action", "value"], "values": [[1_768_000_000_000_000, None, 1]],
    }  # fmt: skip
    database.answer = web.json_response({"results": [{"series": [series]}]})
    (point,) = await store.read(["motion"], {"home": "ELM-12"}, 0, 2)
    assert point == Point("motion", {"home": "ELM-12"}, {"value": 1.0}, 1_768_000_000_000_000)
    ((query, _, token),) = database.requests
    assert (query["db"], query["epoch"], token) == ("street", "u", "Token secret")
    assert query["q"] == (
        'SELECT *::field FROM "motion" WHERE "home" = \'ELM-12\' AND time >= 0 AND time < 2000 GROUP BY *'
    )


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (web.Response(status=401), FixConfiguration, r"\[store\] token"),
        (web.Response(status=403), FixConfiguration, "let our token read"),
        (web.Response(status=404), FixConfiguration, "InfluxQL"),
        (web.Response(status=503, text="starting"), TryLater, "starting"),
        (web.json_response({"results": [{"error": "timeout"}]}), TryLater, "timeout"),
        (web.json_response({"error": "no mapping"}, status=400), TryLater, "no mapping"),
        (web.Response(text="<html>"), TryLater, "<html>"),
        (web.json_response([1]), TryLater, "1"),
    ],
)
async def test_what_a_refused_question_means(
    database: Database, store: InfluxStore, answer: web.Response, kind: type[KeepwellError], words: str
) -> None:
    database.answer = answer
    with pytest.raises(kind, match=words):
        await store.read(["motion"], {}, 0, 1)


@pytest.mark.parametrize("answer", [{"results": [{}]}, {"results": [{"series": [{"values": []}]}]}])
async def test_an_answer_without_points_is_empty(database: Database, store: InfluxStore, answer: object) -> None:
    database.answer = web.json_response(answer)
    assert list(await store.read(["motion"], {}, 0, 1)) == []


async def test_a_database_that_is_not_there_cannot_be_asked() -> None:
    store = InfluxStore("http://127.0.0.1:9", org="o", bucket="b")
    with pytest.raises(TryLater, match="cannot be asked"):
        await store.read(["motion"], {}, 0, 1)
    await store.close()
