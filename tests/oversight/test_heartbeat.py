"""Calls of a service outside that hears our silence."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from devices.instant import MINUTE, Instant
from gateway.oversight import heartbeat
from gateway.oversight.heartbeat import Heartbeat
from tests.support.servers import LOOPBACK

EVERY_S = 0.2


class Service:
    """Notes what it is sent; answers as it is told to, or not at all."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, object]] = []
        self.status = 200
        self.hangs = False
        self.now: Instant = 0
        self.well = True
        self.address = ""

    async def answer(self, request: web.Request) -> web.Response:
        assert request.method == "POST"
        self.bodies.append(json.loads(await request.text()))
        if self.hangs:
            await asyncio.sleep(30)
        return web.Response(status=self.status)

    async def heard(self, count: int) -> None:
        await until(lambda: len(self.bodies) >= count)

    def new_heartbeat(self, every_s: float = EVERY_S) -> Heartbeat:
        return Heartbeat(
            self.address, every_s, well=lambda: self.well, body=lambda: {"readings": len(self.bodies)},
            now=lambda: self.now,
        )  # fmt: skip


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what it waits for rings no bell
            await asyncio.sleep(0.01)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    made = Service()
    application = web.Application()
    application.router.add_route("*", "/secret", made.answer)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, 0).start()
    made.address = f"http://{LOOPBACK}:{runner.addresses[0][1]}/secret"
    yield made
    await runner.cleanup()


class Beating:
    def __init__(self, made: Heartbeat) -> None:
        self.made = made

    async def __aenter__(self) -> Heartbeat:
        self.task = asyncio.ensure_future(self.made.run())
        return self.made

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_it_calls_with_counters_as_long_as_all_is_well(service: Service) -> None:
    async with Beating(service.new_heartbeat()) as beating:
        await service.heard(3)
        assert service.bodies[2] == {"readings": 2}
        await until(lambda: beating.figures()["answered"] >= 3)
        assert beating.troubles() == ()


async def test_one_that_dies_soon_after_every_start_is_missed(service: Service) -> None:
    for _ in range(3):
        async with Beating(service.new_heartbeat(every_s=2)):
            await asyncio.sleep(0.3)
    assert service.bodies == []
    async with Beating(service.new_heartbeat(every_s=2)):
        began = time.monotonic()
        await service.heard(1)
        assert time.monotonic() - began >= 0.9


async def test_while_the_gateway_does_not_do_its_work_it_is_silent(service: Service) -> None:
    service.well = False
    async with Beating(service.new_heartbeat()):
        await asyncio.sleep(4 * EVERY_S)
        assert service.bodies == []
        service.well = True
        await service.heard(2)
        service.well = False
        await asyncio.sleep(EVERY_S)
        silent_at = len(service.bodies)
        await asyncio.sleep(4 * EVERY_S)
        assert len(service.bodies) == silent_at


async def test_a_call_that_failed_is_repeated_soon_and_only_once(service: Service) -> None:
    service.status = 503
    async with Beating(service.new_heartbeat(every_s=8)) as beating:
        await until(lambda: beating.figures()["unanswered"] >= 1)
        began = time.monotonic()
        await until(lambda: beating.figures()["unanswered"] >= 2)
        assert time.monotonic() - began < 7, "the next regular call is due after the eight seconds"
        await asyncio.sleep(0.5)
        assert len(service.bodies) == 2


async def test_a_service_that_fails_is_called_as_ever_and_named_after_a_while(
    service: Service, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    service.status = 503
    async with Beating(service.new_heartbeat()) as beating:
        await service.heard(4)
        assert beating.figures()["answered"] == 0
        assert beating.troubles() == ()
        service.now += 10 * MINUTE
        (trouble,) = beating.troubles()
        assert trouble.sentence.startswith("healthcheck_url has not answered for 10 min")
        service.status = 200
        await until(lambda: beating.figures()["answered"] > 0)
        assert beating.troubles() == ()
    assert "secret" not in caplog.text + "".join(capsys.readouterr()) + trouble.sentence


async def test_one_that_never_answers_holds_up_nothing_for_long(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "_TIMEOUT_S", 0.2)
    service.hangs = True
    async with Beating(service.new_heartbeat()) as beating:
        await service.heard(3)
        assert beating.figures()["unanswered"] >= 2
