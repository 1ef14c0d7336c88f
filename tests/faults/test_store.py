"""The store is down, slow, choosy, killed, wrongly set: alerts do not wait for it, and it gets everything in order."""

import asyncio
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest

from tests.faults.conftest import Record, Scale
from tests.support.family import Family, told_by_mqtt
from tests.support.flow import Hub, home, numbered, press, says
from tests.support.gateway_process import GatewayProcess, wait_for
from tests.support.influx_forwarder import InfluxForwarder
from tests.support.influxd import Influxd
from tests.support.kept import stored
from tests.support.servers import Server
from tests.support.store_stub import Answer, StoreStub
from tests.support.victoria import Victoria

pytestmark = pytest.mark.server
Writing = Callable[..., GatewayProcess]
ROUND = 20
"""Messages that are published under each kind of trouble."""


@pytest.fixture
def writing_to(broker: Server, tmp_path: Path) -> Iterator[Writing]:
    """`writing_to(url)`: a gateway on that store, whose one home's family hears by MQTT; not started yet."""
    with ExitStack() as stack:

        def build(url: str, **store: object) -> GatewayProcess:
            settings = {"store": {"timeout_s": 1.0, **store}}
            gateway = GatewayProcess(tmp_path / "gateway", broker.port, store_url=url, settings=settings)
            gateway.register(told_by_mqtt(home(1)))
            stack.push(gateway.__exit__)
            return gateway

        yield build


@pytest.fixture
def stub() -> Iterator[StoreStub]:
    with StoreStub() as store:
        yield store


def temperatures(points: list[tuple[str, str, str, int, float]]) -> list[float]:
    return [value for _, _, quantity, _, value in sorted(points, key=lambda one: one[3]) if quantity == "temperature"]


class Speaking(threading.Thread):
    """A home that says a numbered temperature so often, until it is told to stop."""

    def __init__(self, hub: Hub, per_s: float) -> None:
        super().__init__()
        self.said = 0
        self._hub, self._pause_s = hub, 1 / per_s
        self._enough = threading.Event()

    def run(self) -> None:
        while not self._enough.wait(self._pause_s):
            self._hub.say(*says(1, "thermometer", "temperature", self.said))
            self.said += 1

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self.join()


# ------------------------------------------------------------------------------------------------ away


@pytest.mark.guarantee(
    "With the database down for the whole run alerts are raised and told as ever; when it is back it gets everything"
)
def test_the_database_is_down_for_the_whole_run(
    broker: Server, tmp_path: Path, writing_to: Writing, scale: Scale, record: Record
):
    count = scale(2_000, 20_000)
    victoria = Victoria(tmp_path / "metrics")
    gateway = writing_to(victoria.url)
    with Hub(broker.port) as hub, Family(broker.port) as family:
        gateway.start()
        hub.say_all(numbered(1, range(count)))
        pressed_at = time.monotonic()
        hub.say_all([press(1)])
        told = family.hears(lambda one: one.rule == "pendant", "of the press")
        gateway.until(lambda: gateway.kept.count() == count + 1, "everything is journaled")
        gateway.until(lambda: "cannot be reached" in (gateway.health.get("store") or ""), "the store's trouble is told")
        assert gateway.kept.to_do()[1] > count, "nothing is recorded"
        with victoria:
            gateway.until(lambda: gateway.kept.to_do() == (0, 0), "the backlog is recorded")
            points = stored(victoria)
    assert temperatures(points) == list(range(count))
    assert len(points) == count + 1
    record(messages=count, press_told_after_ms=1_000 * (told.at - pressed_at), lost=0)


@pytest.mark.guarantee("A backlog is written in order, each reading once, whatever the store answered meanwhile")
def test_a_backlog_is_written_in_order(broker: Server, stub: StoreStub, writing_to: Writing):
    gateway = writing_to(stub.url, batch_points=50)
    stub.say(Answer(503), 1_000_000)
    with Hub(broker.port) as hub:
        gateway.start()
        hub.say_all(numbered(1, range(1_000)))
        gateway.until(lambda: gateway.kept.count() == 1_000, "everything is journaled")
        stub.say(Answer(), 0)
        gateway.until_settled(1_000)
    assert stub.values("temperature") == list(range(1_000))
    assert max(stub.sizes) <= 50


# ------------------------------------------------------------------------------------------------ in trouble

TROUBLES = {
    "429 and when to come again": Answer(429, {"Retry-After": "1"}),
    "500": Answer(500, body="internal error"),
    "503": Answer(503),
    "302": Answer(302, {"Location": "http://127.0.0.1:9/"}),
    "no answer at all": Answer(manner="silent"),
    "reset as soon as it is read": Answer(manner="reset before"),
    "reset in mid-body": Answer(manner="reset within"),
    "kept, and reset": Answer(manner="reset after"),
    "kept, and half an answer": Answer(manner="half an answer"),
    "401": Answer(401, body="unauthorized"),
    "403": Answer(403),
    "404": Answer(404),
}
SAID = {
    "401": "set [store] token or token_file",
    "403": "correct [store] bucket or token",
    "404": "correct [store] bucket, org or url",
    "no answer at all": "does not answer in time",
    "503": "(503)",
}


@pytest.mark.guarantee(
    "429 with Retry-After, 500, 503, a redirection, silence, half-open and reset connections, a wrong token or bucket"
    " (401, 403, 404): tried for ever, in order, nothing lost or doubled; the reason told names the setting"
)
def test_the_store_is_in_trouble_of_every_kind(
    broker: Server, stub: StoreStub, writing_to: Writing, scale: Scale, record: Record
):
    times = scale(1, 4)
    gateway = writing_to(stub.url)
    longest = 0.0
    with Hub(broker.port) as hub:
        gateway.start()
        gateway.until(lambda: bool(stub.statuses), "the first write")
        for number, (name, answer) in enumerate(TROUBLES.items()):
            stub.say(answer, times)
            count = (number + 1) * ROUND
            begun = time.monotonic()
            hub.say_all(numbered(1, range(count - ROUND, count)))
            wait_for(lambda count=count: len(stub.values("temperature")) >= count and stub.left == 0, f"over {name}")
            longest = max(longest, time.monotonic() - begun)
            assert stub.values("temperature") == list(range(count)), name
            told = [one["problem"] for one in gateway.events("store cannot take points")]
            assert SAID.get(name, "") in told[-1], name
            gateway.until(lambda: len(gateway.events("store takes points again")) > 0, f"well again after {name}")
        gateway.until_settled(len(TROUBLES) * ROUND)
    assert stub.values("temperature") == list(range(len(TROUBLES) * ROUND))
    assert not gateway.kept.quarantined()
    record(kinds=len(TROUBLES), lost=0, longest_s=longest)


@pytest.mark.guarantee("A batch that the store finds too large (413) is halved until it fits")
def test_a_batch_that_is_too_large_is_halved(broker: Server, stub: StoreStub, writing_to: Writing):
    gateway = writing_to(stub.url)
    stub.say(Answer(503), 1_000_000)
    with Hub(broker.port) as hub:
        gateway.start()
        hub.say_all(numbered(1, range(700)))
        gateway.until(lambda: gateway.kept.count() == 700, "everything is journaled")
        stub.most_lines = 30
        stub.say(Answer(), 0)
        gateway.until_settled(700)
    assert stub.values("temperature") == list(range(700))
    assert 413 in stub.statuses
    assert not gateway.kept.quarantined()


def written_before(influxd: Influxd, line: str) -> None:
    with urllib.request.urlopen(f"{influxd.url}/write?db=keepwell", line.encode(), timeout=10) as answer:  # noqa: S310
        assert answer.status == 204


@pytest.mark.guarantee("A point that the database refuses is set aside with the reason, and all others are in")
async def test_one_bad_point_is_set_aside(broker: Server, tmp_path: Path, writing_to: Writing):
    """The database has numbers where a button's action is text, as another program may have left them there."""
    with Influxd(tmp_path) as influxd:
        influxd.query("CREATE DATABASE keepwell")
        async with InfluxForwarder(influxd.url) as forwarder:
            gateway = writing_to(forwarder.url)

            def scenario() -> None:
                with Hub(broker.port) as hub:
                    gateway.start()
                    hub.say_all([*numbered(1, range(100)), press(1), *numbered(1, range(100, 200))])
                    gateway.until_settled(201)

            written_before(influxd, f"button,home=other action=1.0 {time.time_ns()}")
            await asyncio.to_thread(scenario)
    (aside,) = gateway.kept.quarantined()
    assert (aside.reason, aside.topic) == ("store_refused", "button")
    assert "field type conflict" in aside.detail
    assert forwarder.statuses.count(400) > 1


# ------------------------------------------------------------------------------------------------ killed


@pytest.mark.guarantee("A database that is killed and loses what it had in memory has no hole once it is back")
def test_the_database_is_killed_and_has_no_hole(
    broker: Server, store: Victoria, writing_to: Writing, scale: Scale, record: Record
):
    kills = scale(2, 4)  # after the sixth within a minute of each other the recorder takes what is confirmed for kept
    gateway = writing_to(store.url)
    with Hub(broker.port) as hub:
        gateway.start()
        with Speaking(hub, per_s=100) as speaking:
            for _ in range(kills):
                time.sleep(scale(2.0, 6.0))
                store.kill()
                time.sleep(scale(0.5, 3.0))
                store.start()
        hub.until_confirmed()
        gateway.until_settled(speaking.said)
        gateway.until(lambda: len(temperatures(stored(store))) >= speaking.said, "no hole", 90)
        assert temperatures(stored(store)) == list(range(speaking.said))
    record(kills=kills, readings=speaking.said, lost=0)


@pytest.mark.guarantee(
    "A database that crashes and is back between two writes, so that none of them fails, has no hole either"
)
def test_the_database_is_killed_between_two_writes(
    broker: Server, stub: StoreStub, writing_to: Writing, scale: Scale, record: Record
):
    crashes = scale(2, 4)
    gateway = writing_to(stub.url)
    with Hub(broker.port) as hub:
        gateway.start()
        for number in range(crashes):
            count = (number + 1) * ROUND
            hub.say_all(numbered(1, range(count - ROUND, count)))
            gateway.until_settled(count)
            wait_for(lambda count=count: len(stub.values("temperature")) == count, "all is stored")
            stub.crash(lose=ROUND)
            assert len(stub.values("temperature")) < count
            wait_for(lambda count=count: len(stub.values("temperature")) == count, "it is written again", 60)
    assert sorted(stub.values("temperature")) == list(range(crashes * ROUND))
    assert len(gateway.events("store cannot take points")) < crashes, "at least once no write failed"
    record(crashes=crashes, lost=0)
