"""The pages inside a running gateway: served, live, gone in time, and in nobody's way."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.alerts.desk import AlertDesk
from gateway.app import Gateway
from gateway.clock import SystemClock
from gateway.config import AlertSettings, Broker, HealthSettings, Settings, WebSettings
from gateway.database.access import LookRow
from gateway.database.engine import Database
from gateway.model import GATEWAY_HOME, Verdict
from gateway.registry.homefile import HomeFile
from gateway.web import application
from gateway.web import server as serving
from gateway.web.server import Server
from gateway.web.site import signing_key
from tests.support.servers import LOOPBACK, free_port
from tests.web.conftest import VisitedSite


async def until(condition: Callable[[], bool], patience_s: float = 20) -> None:
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110 - what it waits for rings no bell
            await asyncio.sleep(0.01)


@asynccontextmanager
async def served(*routes: Route, listen: str = f"{LOOPBACK}:0", **settings: object) -> AsyncIterator[str]:
    """A server of these routes; its address."""
    server = Server(WebSettings(listen=listen, **settings), Starlette(routes=list(routes)))
    running = asyncio.create_task(server.run())
    try:
        await until(lambda: server.address is not None)
        yield f"http://{server.address}"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert server.address is None


async def who(request: Request) -> Response:
    assert request.client is not None
    return PlainTextResponse(f"{request.client.host} {request.url.scheme}")


async def reads(request: Request) -> Response:
    return Response(await request.body())


async def for_ever(_request: Request) -> Response:
    async def stream() -> AsyncIterator[str]:
        while True:
            yield "still here\n"
            await asyncio.sleep(0.05)

    return StreamingResponse(stream())


@asynccontextmanager
async def gateway(folder: Path, **web: object) -> AsyncIterator[Gateway]:
    settings = Settings(
        data=folder,
        broker=Broker(host=LOOPBACK, port=free_port()),
        health=HealthSettings(listen=""),
        web={"listen": f"{LOOPBACK}:0", **web},
    )
    opened = await Gateway.open(settings, channels=[])
    running = asyncio.create_task(opened.run())
    try:
        yield opened
    finally:
        began = time.monotonic()
        await opened.stop()
        await running
        assert time.monotonic() - began < 4


async def test_a_gateway_serves_its_pages_and_sends_strangers_to_sign_in(tmp_path: Path) -> None:
    async with gateway(tmp_path) as running, httpx.AsyncClient() as browser:
        assert running.pages is not None
        await until(lambda: running.pages is not None and running.pages.server.address is not None)
        answer = await browser.get(f"http://{running.pages.server.address}/homes/ELM-12")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fhomes%2FELM-12")
        assert "server" not in answer.headers
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert oct((tmp_path / "web.key").stat().st_mode)[-3:] == "600"


async def test_where_nobody_wants_them_there_are_none_and_no_key(tmp_path: Path) -> None:
    async with gateway(tmp_path, listen="") as running:
        assert running.pages is None
    assert not (tmp_path / "web.key").exists()


async def test_open_pages_end_with_the_gateway_within_half_a_second() -> None:
    async with httpx.AsyncClient() as browser, AsyncExitStack() as opened:
        async with served(Route("/", for_ever)) as address:
            answer = await opened.enter_async_context(browser.stream("GET", address))
            lines = answer.aiter_lines()
            assert await anext(lines) == "still here"
            began = time.monotonic()
        assert time.monotonic() - began < 1.5
        with suppress(httpx.TransportError):
            async for line in lines:
                assert line == "still here"


async def test_a_connection_by_which_no_whole_request_comes_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_KEPT_OPEN_S", 0.2)
    head = b"POST / HTTP/1.1\r\nHost: x\r\n"
    async with served(Route("/", for_ever), Route("/", reads, methods=["POST"])) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        body = head + b"Content-Length: 999\r\n\r\n"
        for sent, drip in ((b"", b""), (b"GET / HT", b"T"), (head, b"a: b\r\n"), (body, b"a")):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(sent)
            async with asyncio.timeout(10):
                while not reader.at_eof():
                    writer.write(drip)
                    with suppress(TimeoutError, ConnectionError):
                        await asyncio.wait_for(reader.read(1_000), 0.05)
            writer.close()
        async with (
            httpx.AsyncClient() as browser,
            browser.stream("GET", address) as answer,
            aclosing(answer.aiter_lines()) as lines,
        ):
            for _ in range(20):
                assert await anext(lines) == "still here"


async def test_a_crowd_of_connections_is_not_let_in_whether_it_asks_anything_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "_NO_MORE_CONNECTIONS", 3)
    async with served(Route("/", who)) as address:
        opened = [await asyncio.open_connection(LOOPBACK, int(address.rpartition(":")[2])) for _ in range(8)]
        async with asyncio.timeout(5):
            for reader, _ in opened[3:]:
                with suppress(ConnectionResetError):
                    assert await reader.read() == b""
        assert not any(reader.at_eof() for reader, _ in opened[:3])
        for _, writer in opened:
            writer.close()


async def test_a_key_that_cannot_be_kept_keeps_no_gateway_from_starting(tmp_path: Path) -> None:
    (tmp_path / "web.key").write_bytes(b"")  # as a full disk leaves it
    (tmp_path / "web.key.new").mkdir()
    assert len(signing_key(tmp_path)) == 32
    (tmp_path / "web.key.new").rmdir()
    key = signing_key(tmp_path)
    assert (len(key), signing_key(tmp_path)) == (32, key)


async def test_an_alert_waits_for_one_page_that_writes_and_not_for_a_crowd(site: VisitedSite) -> None:
    site.registers("ELM-12")
    await site.takes_up()
    staff, free = site.visitor("staff"), threading.Event()
    busy = asyncio.create_task(site.database.run(lambda _: free.wait(20)))
    pages = [asyncio.create_task(staff.get("/homes/ELM-12")) for _ in range(20)]
    await until(site.site.turn.locked)
    for _ in range(200):
        await asyncio.sleep(0)
    alert = Verdict("trigger", "ELM-12", "pendant", "zigbee2mqtt:0x1", site.now, "person", 1, "Pressed.")
    call = asyncio.create_task(site.desk.report([alert], site.now))
    call.add_done_callback(lambda _: pages_before.append(sum(page.done() for page in pages)))
    pages_before: list[int] = []
    free.set()
    await asyncio.gather(busy, call, *pages)
    with site.database.transaction() as session:
        [look] = session.scalars(select(LookRow)).all()
    assert look.times == 20
    assert pages_before[0] <= 2


async def test_a_port_that_is_taken_is_a_trouble_only_the_second_time_and_taken_when_it_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "_AGAIN_S", 0.05)
    async with served(Route("/", who)) as address:
        port = int(address.rpartition(":")[2])
        late = Server(WebSettings(listen=f"{LOOPBACK}:{port}"), Starlette())
        running = asyncio.create_task(late.run())
        await until(lambda: bool(late.troubles()))
        trouble = late.troubles()[0]
        assert (trouble.rule, trouble.subject, trouble.priority) == ("gateway", "pages", 3)
        assert f"[web] listen {LOOPBACK}:{port}" in trouble.sentence
    await until(lambda: late.address == f"{LOOPBACK}:{port}")
    assert not late.troubles()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_only_a_server_in_front_that_is_ours_is_believed_who_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https"}
    async with served(Route("/", who)) as address, httpx.AsyncClient(headers=told) as front:
        assert (await front.get(address)).text == "192.0.2.7 https"
    monkeypatch.setattr(serving, "_LOOPBACK", ())
    async with served(Route("/", who)) as address, httpx.AsyncClient(headers=told) as anybody:
        assert (await anybody.get(address)).text == f"{LOOPBACK} http"
    async with served(Route("/", who), proxies=["127.0.0.0/8"]) as address, httpx.AsyncClient(headers=told) as front:
        assert (await front.get(address)).text == "192.0.2.7 https"


async def test_what_fails_is_logged_without_what_it_says_and_shown_as_a_page(
    site: VisitedSite, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> Response:
        raise ValueError("Rose Bennett fell")

    monkeypatch.setattr(application, "answer", broken)
    answer = await site.visitor().get("/homes/ELM-12?who=Rose")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    out, err = capsys.readouterr()
    assert "page_failed" in out + err
    assert "Rose" not in out + err
    assert "ELM-12" not in out + err


@pytest.mark.parametrize("listen", ["8080", "localhost", "localhost:http", "127.0.0.1:70000"])
def test_what_is_no_address_is_told(listen: str) -> None:
    with pytest.raises(ValueError, match=r"is no address: write 127\.0\.0\.1:8080"):
        WebSettings(listen=listen)


async def test_what_was_heard_of_a_home_is_news_of_it_at_most_twice_a_second(tmp_path: Path) -> None:
    async with gateway(tmp_path) as running, following(running, "ELM-12") as news:
        for _ in range(100):
            running._tell_pages({"ELM-12", "OAK-3"})
        assert await news() == "ELM-12"
        running._tell_pages({"ELM-12"})
        with pytest.raises(TimeoutError):
            await news(patience_s=0.1)
        assert await news() == "ELM-12"


async def test_what_another_process_does_to_an_alert_is_news(tmp_path: Path) -> None:
    async with gateway(tmp_path) as running, following(running, "alerts") as news:
        database = Database.open(tmp_path)
        disk = Verdict("trigger", GATEWAY_HOME, "gateway", "disk", 5, "equipment", 2, "The disk is full.")
        await AlertDesk(database, AlertSettings()).report([disk], SystemClock().now())
        database.close()
        assert await news() == "alerts"


async def test_what_is_registered_is_news_of_that_home(tmp_path: Path) -> None:
    async with gateway(tmp_path) as running, following(running, "ELM-12") as news:
        home = HomeFile.model_validate({"reference": "ELM-12", "time_zone": "Europe/London"})
        running.registry.import_home(home, SystemClock().now())
        assert await news() == "ELM-12"


@asynccontextmanager
async def following(running: Gateway, wanted: str) -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Its news, after the first, which comes by itself: what happened just before somebody followed."""
    assert running.pages is not None
    async with running.pages.site.live.following({wanted}) as news:

        async def one(patience_s: float = 10) -> str:
            async with asyncio.timeout(patience_s):
                return await anext(news)

        assert await one() == wanted
        yield one
