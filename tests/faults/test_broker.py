"""The broker and the line to it fail in the ways in which brokers and lines do."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import broken_run
from tests.faults.conftest import Record, Scale
from tests.support.flow import Hub, Witness, everyday, numbered, told, told_by
from tests.support.gateway_process import GatewayProcess
from tests.support.proxy import Proxy
from tests.support.servers import Server

pytestmark = pytest.mark.server
On = Callable[..., GatewayProcess]
MIB_MORE = 30
"""How much a gateway may grow over a backlog, however long that is."""


def _cut_down(proxy: Proxy) -> None:
    proxy.cut_after(1_333)


def _cut_up(proxy: Proxy) -> None:
    proxy.cut_after(333, "up")


def _delay(proxy: Proxy) -> None:
    proxy.delay_s = 2.0


def _server_told_of_the_end(proxy: Proxy) -> None:
    proxy.half_close("up")


def _gateway_told_of_the_end(proxy: Proxy) -> None:
    proxy.half_close("down")


def _stall(proxy: Proxy) -> None:
    proxy.stalled = True
    proxy.cut()


def _silence(proxy: Proxy) -> None:
    proxy.silent = True


LINES = {
    "cut within a message": (_cut_down, 0.0),
    "cut within an acknowledgement": (_cut_up, 0.0),
    "two seconds of delay": (_delay, 5.0),
    "half closed towards the broker": (_server_told_of_the_end, 0.0),
    "half closed towards the gateway": (_gateway_told_of_the_end, 0.0),
    "accepts and never answers": (_stall, 14.0),
    "drops everything without a word": (_silence, 12.0),
}
"""What happens to the line, and for how long."""


@pytest.mark.guarantee(
    "Whatever the line to the broker does (cut within a packet, delay, half-close either way, connections that are"
    " taken and never answered, silence): the gateway goes on by itself, nothing is lost or doubled"
)
@pytest.mark.parametrize("trouble", LINES)
def test_the_line_fails(trouble: str, broker: Server, gateway_on: On, scale: Scale, record: Record):
    befall, lasts_s = LINES[trouble]
    times, count = scale((1, 600), (4, 4_000))
    said = everyday(2, count, seed=11, presses=20)
    with Proxy(broker.port) as proxy, Witness(broker.port) as witness, Hub(broker.port) as hub:
        gateway = gateway_on(proxy.port, homes=2)
        gateway.start()
        slowest_s = 0.0
        for part in range(times):
            before = proxy.accepted
            hub.say_all(said[part::times][: count // times // 2])
            befall(proxy)
            hub.say_all(said[part::times][count // times // 2 :])
            time.sleep(lasts_s)
            proxy.stalled = proxy.silent = False
            proxy.delay_s = 0.0
            healed = time.monotonic()
            heard = told(witness.until(count * (part + 1) // times))
            gateway.until_settled(len(heard))
            slowest_s = max(slowest_s, time.monotonic() - healed)
            if not trouble.endswith("delay"):
                gateway.until(lambda: proxy.accepted > before, "it connects again")  # noqa: B023
        gateway.stop()
    assert told_by(gateway.kept.readings()) == told(witness.heard)
    record(times=times, messages=count, goes_on_within_s=round(slowest_s, 1), lost=0, doubled=0)


@pytest.fixture
def behind(broker: Server, gateway_on: On) -> GatewayProcess:
    """A gateway on a slow disk, so that much of what the broker took is still in the broker; its session is saved."""
    gateway = gateway_on(
        broker.port,
        settings={"journal": {"batch_messages": 50}},
        program=(Path(broken_run.__file__),),
        environment={broken_run.VARIABLE: "slow-journal=0.2"},
    )
    gateway.start()
    broker.restart()
    return gateway


def speak(broker: Server, gateway: GatewayProcess, count: int, end: Callable[[], None], *, times: int) -> int:
    """So many messages, each number once, and each time an end of the broker; how many were on their way then."""
    behind = 0
    for number in range(times):
        gateway.until(lambda: len(gateway.events("ingest.connected")) >= number + 2, "it connects again")  # noqa: B023
        with Hub(broker.port) as hub:
            hub.say_all(numbered(1, range(number * count, number * count + count)))
            behind += (number + 1) * count - gateway.kept.count()
            end()
        broker.start()
    with Hub(broker.port) as hub:
        hub.say_all(numbered(1, [times * count]))
    last = times * count
    gateway.until(lambda: last in _values(gateway), "what is said last arrives")
    gateway.until_settled(1)
    return behind


@pytest.mark.guarantee(
    "The broker restarts in good order while much of what it took from homes is not with the gateway yet: nothing is"
    " lost or doubled"
)
def test_the_broker_restarts(broker: Server, behind: GatewayProcess, scale: Scale, record: Record):
    restarts, each = scale((2, 400), (8, 1_000))
    on_the_way = speak(broker, behind, each, broker.stop, times=restarts)
    behind.stop(within_s=10)
    assert on_the_way, "something was still in the broker"
    kept = Counter(one.value for one in behind.kept.readings())
    assert set(kept) == set(range(restarts * each + 1))
    assert [value for value, times in kept.items() if times > 1] == []
    record(messages=restarts * each, restarts=restarts, still_in_the_broker=on_the_way, lost=0, doubled=0)


@pytest.mark.guarantee(
    "The broker is killed (SIGKILL, as by a power cut): the gateway goes on by itself, and what it had acknowledged is"
    " not lost. What the broker had confirmed to homes and not yet saved may be; what it had delivered and not yet"
    " saved may come twice"
)
def test_the_broker_is_killed(broker: Server, behind: GatewayProcess, scale: Scale, record: Record):
    kills, each = scale((3, 400), (10, 1_000))
    before: set[object] = set()

    def end() -> None:
        before.update(_values(behind))
        broker.kill()

    on_the_way = speak(broker, behind, each, end, times=kills)
    behind.stop(within_s=10)
    kept = Counter(one.value for one in behind.kept.readings())
    assert before <= set(kept)
    record(
        messages=kills * each,
        kills=kills,
        still_in_the_broker=on_the_way,
        sessions_lost=len(behind.events("ingest.session_lost")),
        lost_by_the_broker=kills * each + 1 - len(kept),
        delivered_twice_by_the_broker=kept.total() - len(kept),
    )


@pytest.mark.guarantee(
    "A long backlog on a slow disk (50 ms more for each commit): memory stays flat, less than 30 MiB more, and"
    " everything arrives once, in order"
)
def test_a_long_backlog_on_a_slow_disk(broker: Server, gateway_on: On, scale: Scale, record: Record):
    count = scale(20_000, 200_000)
    gateway = gateway_on(
        broker.port,
        homes=20,
        program=(Path(broken_run.__file__),),
        environment={broken_run.VARIABLE: "slow-journal=0.05"},
    )
    gateway.start()
    gateway.stop()
    said = everyday(20, count, seed=13, presses=20)
    with Hub(broker.port) as hub:
        begun = time.monotonic()
        hub.say_all(said)
        queued_s = time.monotonic() - begun
    gateway.start()
    begun, first_mib = time.monotonic(), gateway.memory_mib
    gateway.until_settled(count, patience_s=900)
    took_s = time.monotonic() - begun
    more_mib = gateway.most_memory_mib - first_mib
    cpu_s = gateway.cpu_s
    gateway.stop()
    assert told_by(gateway.kept.readings()) == told(said)
    assert more_mib < MIB_MORE
    record(
        messages=count,
        memory_at_first_mib=first_mib,
        more_at_most_mib=more_mib,
        messages_a_second=round(count / took_s),
        processor_s=cpu_s,
        published_in_s=queued_s,
    )


@pytest.mark.guarantee(
    "Two gateways with one client id take the session from each other, and each says so in its log; between them they"
    " keep every message"
)
def test_two_gateways_with_one_client_id(broker: Server, gateway_on: On, record: Record):
    one, other = gateway_on(broker.port, name="one"), gateway_on(broker.port, name="other")
    one.start()
    other.start()
    stop = threading.Event()
    with Witness(broker.port) as witness, Hub(broker.port) as hub:
        for number in range(100):
            hub.say_all(numbered(1, [number]))
            stop.wait(0.05)
        witness.until(100)
        other.stop()
        one.until(lambda: len(_values(one) | _values(other)) == 100, "between them they have everything")
        one.stop()
    taken = len(one.events("ingest.disconnected")) + len(other.events("ingest.disconnected"))
    assert taken
    both = _values(one) & _values(other)
    record(messages=100, told_in_the_log=taken, kept_by_both=len(both))


def _values(gateway: GatewayProcess) -> set[object]:
    return {reading.value for reading in gateway.kept.readings()}
