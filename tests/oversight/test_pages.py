"""What /metrics, /healthz and /readyz answer."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.app import Gateway as RealGateway
from gateway.config import Broker, HealthSettings, Settings, WebSettings
from gateway.errors import FixConfiguration
from gateway.oversight import pages
from gateway.oversight.figures import FIGURES
from gateway.oversight.metrics import metric_name
from gateway.oversight.pages import split_address
from tests.oversight.parts import Gateway
from tests.support.servers import LOOPBACK, free_port
from tests.support.tree import text

OTHERS = {"keepwell_journal_lag_entries", "keepwell_troubles", "keepwell_database_up", "keepwell_alerts_open",
          "keepwell_outbox_messages", "keepwell_rules"}  # fmt: skip


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    with Gateway(tmp_path, listen=f"{LOOPBACK}:0") as made:
        assert made.oversight.pages is not None
        serving = asyncio.ensure_future(made.oversight.pages.run())
        await until(lambda: made.oversight.pages is not None and made.oversight.pages.address is not None)
        yield made
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what it waits for rings no bell
            await asyncio.sleep(0.01)


async def get(gateway: Gateway, page: str) -> tuple[int, str]:
    assert gateway.oversight.pages is not None
    url = f"http://{gateway.oversight.pages.address}/{page}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def samples(gateway: Gateway) -> dict[str, float]:
    status, told = await get(gateway, "metrics")
    assert status == 200
    found = {}
    for family in text_string_to_metric_families(told):
        assert family.documentation, family.name
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            found[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


async def test_metrics_hold_the_figures_of_all_parts_and_what_the_database_counts(gateway: Gateway) -> None:
    gateway.street.calls("Ann")
    await gateway.street.rule("pendant")
    await gateway.street.rule("door_open")
    gateway.watch.given["watch_offset"] = 11
    gateway.names("disk")
    await gateway.oversight.look()
    told = await samples(gateway)
    assert told["keepwell_ingest_received_total"] == 20
    assert told["keepwell_watch_offset"] == 11
    assert told["keepwell_alerts_open{priority=1}"] == 1
    assert told["keepwell_alerts_open{priority=4}"] == 0
    assert told["keepwell_outbox_messages{state=sent}"] == 2
    assert told["keepwell_journal_lag_entries{reader=watch}"] == 4
    assert told["keepwell_journal_lag_entries{reader=recorder}"] == 15
    assert told["keepwell_troubles{rule=gateway}"] == 1
    assert told["keepwell_database_up"] == 1
    assert told["process_resident_memory_bytes"] > 0


async def test_metrics_name_no_home_device_or_person(gateway: Gateway) -> None:
    gateway.street.calls("Ann")
    await gateway.street.rule("sensor_silent", subject="kitchen")
    _, told = await get(gateway, "metrics")
    assert not re.search(r"ELM|elm12|kitchen|Ann", told)
    assert set(re.findall(r"(\w+)=\"", told)) == {"priority", "state", "reader", "rule"}


async def test_metrics_are_told_while_the_database_is_away(gateway: Gateway) -> None:
    async def refuse(_work: object) -> None:
        raise OSError("disk")

    gateway.street.database.run = refuse  # type: ignore[method-assign,assignment]
    told = await samples(gateway)
    assert told["keepwell_database_up"] == 0
    assert told["keepwell_ingest_received_total"] == 20


async def test_alive_is_alive_whatever_is_the_matter(gateway: Gateway) -> None:
    gateway.problems["journal"] = "the disk is full"
    assert await get(gateway, "healthz") == (200, "alive\n")


async def test_ready_means_that_messages_can_come_in(gateway: Gateway) -> None:
    assert await get(gateway, "readyz") == (200, "ready\n")
    gateway.ingest.given["connected"] = 0
    gateway.problems = {"broker": "connection refused", "journal": "the disk is full"}
    assert await get(gateway, "readyz") == (
        503, "not connected to the broker: connection refused\nthe journal takes no messages: the disk is full\n",
    )  # fmt: skip


async def test_a_port_that_is_taken_disturbs_nobody_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_AGAIN_S", 0.05)
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        with Gateway(tmp_path, listen=f"{LOOPBACK}:{port}") as gateway:
            mine = gateway.oversight.pages
            assert mine is not None
            serving = asyncio.ensure_future(mine.run())
            assert mine.troubles() == ()
            await until(lambda: bool(mine.troubles()))
            assert f"[health] listen {LOOPBACK}:{port}" in mine.troubles()[0].sentence
            other.close()
            await until(lambda: mine.address is not None)
            assert mine.troubles() == ()
            assert await get(gateway, "healthz") == (200, "alive\n")
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


@pytest.mark.parametrize("listen", ["8730", "localhost", "127.0.0.1:", "127.0.0.1:99999", ":8730", "a:b"])
def test_an_address_that_is_none_is_refused_with_an_example(listen: str) -> None:
    with pytest.raises(FixConfiguration, match=re.escape("write 127.0.0.1:8730")):
        split_address(listen)


def test_addresses_of_both_kinds_are_understood() -> None:
    assert split_address("127.0.0.1:8730") == ("127.0.0.1", 8730)
    assert split_address("[::1]:0") == ("::1", 0)


async def test_every_figure_of_a_real_gateway_is_explained(tmp_path: Path) -> None:
    broker = Broker(host=LOOPBACK, port=free_port())
    settings = Settings(data=tmp_path, broker=broker, health=HealthSettings(listen=""), web=WebSettings(listen=""))
    gateway = await RealGateway.open(settings, channels=[])
    try:
        figures = gateway.oversight._parts.figures()
    finally:
        await gateway.close()
    told = {(part, name) for part, figures_ in figures.items() for name in figures_}
    assert not told - FIGURES.keys(), "gateway/oversight/figures.py explains what these mean"
    beside = {("recorder", "readings_per_s"), ("recorder", "points_per_s"), ("recorder", "write_s"),
              ("clock", "steps"), ("healthcheck", "answered"), ("healthcheck", "unanswered")}  # fmt: skip
    assert FIGURES.keys() - told == beside


def test_every_metric_is_documented_in_the_same_words() -> None:
    rows = dict(
        re.findall(r"^\| `(keepwell_\w+)(?:\{\w+\})?` \| (.+?) \|$", text(Path("docs/running.md")), re.MULTILINE)
    )
    explained = {metric_name(part, figure): words for (part, figure), (_, words) in FIGURES.items()}
    assert {name: words for name, words in rows.items() if name not in OTHERS} == explained
    assert rows.keys() >= OTHERS
