"""What every channel keeps to: one suite, run over all of them, against real servers where there are any."""

# ruff: noqa: ASYNC110 - what these wait for rings no bell of ours

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from gateway.config import Broker
from gateway.errors import FixConfiguration, GiveUp, TryLater
from gateway.model import Contact, Notice
from gateway.notify.channels.apprise import AppriseChannel
from gateway.notify.channels.console import ConsoleChannel
from gateway.notify.channels.email import EmailChannel
from gateway.notify.channels.listing import ListChannel
from gateway.notify.channels.mqtt import MqttChannel, MqttPublisher
from gateway.ports import Channel
from tests.support.mosquitto import mosquitto
from tests.support.servers import LOOPBACK, free_port

NOTICE = Notice(
    message_id="<keepwell-17-alert-1-1-3-abc@keepwell>", kind="alert", home="ELM-12", hubs=("elm12",),
    contact=Contact(3, "Ann", ()), channel="", title="ELM-12: pendant pressed (größer)",
    body="The pendant was pressed.\nAccept with: keepwell alerts accept 17 --by NAME", priority=1, alert=17, step=1,
    round=1, rule="pendant", state="raised",
)  # fmt: skip


@dataclass
class Bench:
    """A channel under test, an address that it serves, and what has arrived there: (identity or "", text)."""

    channel: Channel
    address: str
    arrived: Callable[[], list[tuple[str, str]]]
    break_it: Callable[[], Awaitable[object]]


@dataclass
class Mailbox:
    mails: list[bytes] = field(default_factory=list)
    answer: str = "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 - its name
        if self.answer.startswith("250"):
            self.mails.append(bytes(envelope.content or b""))
        return self.answer

    def read(self) -> list[tuple[str, str]]:
        found = []
        for raw in self.mails:
            mail = message_from_bytes(raw, policy=default)
            body = mail.get_body()
            assert body is not None
            found.append((str(mail["Message-ID"]), f"{mail['Subject']}\n{body.get_content()}"))
        return found


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, Controller]]:
    box = Mailbox()
    server = Controller(box, hostname=LOOPBACK, port=free_port())
    server.start()
    try:
        yield box, server
    finally:
        if server.loop.is_running():
            server.stop()


@contextmanager
def web_server() -> Iterator[tuple[list[Any], ThreadingHTTPServer]]:
    posts: list[Any] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((LOOPBACK, 0), Hook)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield posts, server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@asynccontextmanager
async def list_bench(_: Path) -> AsyncIterator[Bench]:
    channel = ListChannel()

    async def break_it() -> None:
        channel.trouble = lambda _: TryLater("busy")

    yield Bench(channel, "list:ann", lambda: [(one.message_id, f"{one.title}\n{one.body}") for one in channel.notices],
                break_it)  # fmt: skip


@asynccontextmanager
async def console_bench(folder: Path) -> AsyncIterator[Bench]:
    path = folder / "console"
    with path.open("w", encoding="utf-8", buffering=1) as stream:
        yield Bench(
            ConsoleChannel(stream.write),
            "console:",
            lambda: [("", "To Ann:" + part) for part in path.read_text("utf-8").split("To Ann:")[1:]],
            lambda: asyncio.to_thread(stream.close),
        )


@asynccontextmanager
async def email_bench(_: Path) -> AsyncIterator[Bench]:
    channel = EmailChannel()
    with mail_server() as (box, server):
        url = f"mailto://{LOOPBACK}:{server.port}?from=keepwell@example.org&to=ann@example.org&mode=insecure"
        yield Bench(channel, url, box.read, lambda: asyncio.to_thread(server.stop))


@asynccontextmanager
async def webhook_bench(_: Path) -> AsyncIterator[Bench]:
    channel = AppriseChannel()
    with web_server() as (posts, server):
        yield Bench(
            channel,
            f"json://{LOOPBACK}:{server.server_port}/hook",
            lambda: [("", f"{post['title']}\n{post['message']}") for post in posts],
            lambda: asyncio.to_thread(lambda: (server.shutdown(), server.server_close())),
        )


@asynccontextmanager
async def mqtt_bench(folder: Path) -> AsyncIterator[Bench]:
    with mosquitto(folder) as server:
        publisher = MqttPublisher(Broker(host=LOOPBACK, port=server.port))
        heard: list[aiomqtt.Message] = []

        async def listen(client: aiomqtt.Client) -> None:
            async for message in client.messages:
                heard.append(message)  # noqa: PERF401 - read while it grows

        def read() -> list[tuple[str, str]]:
            found = []
            for message in heard:
                assert (str(message.topic), message.qos, message.retain) == ("keepwell/homes/elm12/alert", 1, False)
                content = json.loads(bytes(message.payload))  # type: ignore[arg-type]
                found.append((content["message_id"], f"{content['title']}\n{content['body']}"))
            return found

        running = asyncio.create_task(publisher.run())

        async def away() -> None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        async with asyncio.timeout(10):
            await publisher.connected.wait()
        try:
            async with aiomqtt.Client(LOOPBACK, server.port) as client:
                await client.subscribe("keepwell/#", qos=1)
                listening = asyncio.create_task(listen(client))
                yield Bench(MqttChannel(publisher.publish), "mqtt:", read, away)
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


BENCHES = {
    "list": list_bench,
    "console": console_bench,
    "email": email_bench,
    "webhook": webhook_bench,
    "mqtt": pytest.param(mqtt_bench, marks=pytest.mark.server, id="mqtt"),
}


@pytest.fixture(params=BENCHES.values(), ids=BENCHES.keys())
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    async with request.param(tmp_path) as made:
        yield made


async def arrivals(bench: Bench, number: int) -> list[tuple[str, str]]:
    async with asyncio.timeout(5):
        while len(found := bench.arrived()) < number:
            await asyncio.sleep(0.005)
    return found


async def test_it_serves_its_address_and_not_others(bench: Bench) -> None:
    assert bench.channel.handles(bench.address)
    assert not bench.channel.handles("pigeon:loft")


async def test_what_it_accepts_arrives_with_title_and_body(bench: Bench) -> None:
    await bench.channel.send(replace(NOTICE, channel=bench.address))
    ((_, text),) = await arrivals(bench, 1)
    for part in ("ELM-12: pendant pressed (größer)", "The pendant was pressed.", "keepwell alerts accept 17 --by NAME"):
        assert part in text


async def test_a_repeat_has_the_same_identity(bench: Bench) -> None:
    for _ in range(2):
        await bench.channel.send(replace(NOTICE, channel=bench.address))
    first, second = await arrivals(bench, 2)
    assert first[0] == second[0]
    assert first[0] in ("", NOTICE.message_id)


async def test_many_at_once_all_arrive(bench: Bench) -> None:
    await asyncio.gather(*(bench.channel.send(replace(NOTICE, channel=bench.address)) for _ in range(20)))
    assert len(await arrivals(bench, 20)) == 20


async def test_while_the_other_side_is_away_it_says_try_later(bench: Bench) -> None:
    await bench.break_it()
    with pytest.raises(TryLater) as caught:
        await bench.channel.send(replace(NOTICE, channel=bench.address))
    assert "ann@example.org" not in str(caught.value)


# ------------------------------------------------------------------------------------------- one channel's own


@pytest.mark.parametrize("address", ["nosuch://token@host", "mailto://", "tgram://"])
async def test_a_url_that_apprise_cannot_read_is_given_up_by_the_name_of_its_scheme(address: str) -> None:
    for channel in (EmailChannel(), AppriseChannel()):
        with pytest.raises(GiveUp, match=address.split(":", maxsplit=1)[0]) as caught:
            await channel.send(replace(NOTICE, channel=address))
        assert "token" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "expected"), [("451 later", TryLater), ("550 no such mailbox", GiveUp), ("552 too big", GiveUp)]
)
async def test_a_mail_server_says_whether_trying_again_makes_sense(answer: str, expected: type[Exception]) -> None:
    channel = EmailChannel()
    with mail_server() as (box, server):
        box.answer = answer
        url = f"mailto://{LOOPBACK}:{server.port}?from=keepwell@example.org&to=ann@example.org&mode=insecure"
        with pytest.raises(expected):
            await channel.send(replace(NOTICE, channel=url))


async def test_a_mail_has_one_message_id_and_says_that_no_person_wrote_it() -> None:
    channel = EmailChannel()
    with mail_server() as (box, server):
        url = (
            f"mailto://{LOOPBACK}:{server.port}?from=Keepwell<keepwell@example.org>&to=ann@example.org,bob@example.org"
        )
        await channel.send(replace(NOTICE, channel=f"{url}&mode=insecure"))
        (raw,) = box.mails
    mail = message_from_bytes(raw, policy=default)
    assert mail.get_all("Message-ID") == [NOTICE.message_id]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "ann@example.org" in mail["To"]
    assert "bob@example.org" in mail["To"]


async def test_a_wrong_password_is_a_setting_to_fix() -> None:
    channel = EmailChannel()
    server = Controller(Mailbox(), hostname=LOOPBACK, port=free_port(), auth_require_tls=False,
                        authenticator=lambda *_: AuthResult(success=False, handled=False))  # fmt: skip
    server.start()
    try:
        url = f"mailto://ann:wrong@{LOOPBACK}:{server.port}?from=a@example.org&to=b@example.org&mode=insecure"
        with pytest.raises(FixConfiguration) as caught:
            await channel.send(replace(NOTICE, channel=url))
        assert "wrong" not in str(caught.value)
    finally:
        server.stop()


async def test_an_mqtt_message_carries_its_times() -> None:
    sent: list[dict[str, Any]] = []

    async def publish(_topic: str, payload: bytes) -> None:
        sent.append(json.loads(payload))

    times = replace(NOTICE, channel="mqtt:", event_at=1_768_212_000_000_000, raised_at=1_768_212_060_000_000)
    await MqttChannel(publish).send(times)
    await MqttChannel(publish).send(replace(NOTICE, channel="mqtt:"))
    assert [(one["event_at"], one["raised_at"]) for one in sent] == [
        ("2026-01-12T10:00:00Z", "2026-01-12T10:01:00Z"),
        (None, None),
    ]


async def test_a_home_without_hub_has_no_topic() -> None:
    async def publish(_topic: str, _payload: bytes) -> None:
        raise AssertionError("nothing to publish")

    with pytest.raises(GiveUp, match="no hub"):
        await MqttChannel(publish).send(replace(NOTICE, hubs=(), channel="mqtt:"))


@pytest.mark.server
async def test_the_publisher_comes_back_after_the_broker_was_away(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as server:
        publisher = MqttPublisher(Broker(host=LOOPBACK, port=server.port, protocol="3.1.1"), longest_wait_s=0.1)
        running = asyncio.create_task(publisher.run())
        try:
            async with asyncio.timeout(20):
                await publisher.connected.wait()
                await publisher.publish("keepwell/homes/elm12/alert", b"{}")
                await asyncio.to_thread(server.restart)
                while True:
                    try:
                        await publisher.publish("keepwell/homes/elm12/alert", b"{}")
                        break
                    except TryLater:
                        await asyncio.sleep(0.01)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
