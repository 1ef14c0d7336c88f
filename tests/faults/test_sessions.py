"""The session that the broker keeps for us: kept, noticed when it was not, and acknowledged on its own wire only."""

import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import broken_run
from tests.faults.conftest import Record, Scale
from tests.support.flow import Hub, Witness, everyday, numbered, press, told, told_by
from tests.support.gateway_process import GatewayProcess, wait_for
from tests.support.proxy import Proxy
from tests.support.servers import Server
from tests.support.wire import PUBACK, PUBLISH, packets

pytestmark = pytest.mark.server
On = Callable[..., GatewayProcess]
BROKEN = (Path(broken_run.__file__),)


@pytest.fixture(params=["3.1.1", "5"])
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def numbers(gateway: GatewayProcess) -> list[float]:
    return [float(one.value) for one in gateway.kept.readings() if one.device == "thermometer"]


@pytest.mark.guarantee(
    "The session is kept on MQTT 3.1.1 and 5: what homes say at QoS 0, 1 and 2 while the gateway is away, and while the"
    " broker restarts meanwhile, arrives afterwards"
)
def test_what_is_said_in_our_absence_arrives(broker: Server, protocol: str, gateway_on: On, record: Record):
    gateway = gateway_on(broker.port, settings={"broker": {"protocol": protocol}})
    gateway.start()
    gateway.stop()
    for qos in (0, 1, 2):
        with Hub(broker.port, qos=qos) as hub:
            hub.say_all(numbered(1, range(qos * 100, qos * 100 + 100)))
    broker.restart()
    gateway.start()
    assert [event["session_present"] for event in gateway.events("ingest.connected")] == [True]
    gateway.until_settled(300)
    gateway.stop()
    assert sorted(numbers(gateway)) == list(range(300))
    record(messages=300, lost=0)


@pytest.mark.guarantee(
    "An acknowledgement goes to the connection that brought the message, and to no other: one that is due after a"
    " reconnect acknowledges nothing (read from the wire)"
)
def test_a_stale_acknowledgement_acknowledges_nothing(
    broker: Server, protocol: str, gateway_on: On, scale: Scale, record: Record
):
    """Presses that are all alike, a slow disk, and a line that is cut while acknowledgements are due."""
    cuts = scale(3, 12)
    with Proxy(broker.port, records=True) as proxy, Witness(broker.port) as witness, Hub(broker.port) as hub:
        gateway = gateway_on(
            proxy.port,
            settings={"broker": {"protocol": protocol}},
            program=BROKEN,
            environment={broken_run.VARIABLE: "slow-journal=0.4"},
        )
        gateway.start()
        for number in range(cuts):
            connected = len(gateway.events("ingest.connected"))
            hub.say_all([press(1)] * 40)
            time.sleep(0.1)  # within the commit
            proxy.cut()
            hub.say_all([press(1)] * 10)
            gateway.until(lambda: len(gateway.events("ingest.connected")) > connected, "it connects again")  # noqa: B023
            gateway.until(lambda: gateway.kept.count() >= 50 * number, "presses are journaled")  # noqa: B023
        heard = told(witness.until(50 * cuts))
        gateway.until_settled(50 * cuts)
        gateway.stop(within_s=10)
        again = 0
        for conversation in proxy.conversations:
            delivered: Counter[int | None] = Counter()
            for packet in packets(conversation):
                if packet.kind == PUBLISH and packet.direction == "down":
                    delivered[packet.mid] += 1
                    again += packet.dup
                elif packet.kind == PUBACK and packet.direction == "up":
                    delivered[packet.mid] -= 1
                    assert delivered[packet.mid] >= 0, "it acknowledged what this connection had not brought"
    assert again, "something was delivered a second time, so the line was cut in time"
    assert told_by(gateway.kept.readings()) == heard
    record(presses=50 * cuts, cuts=cuts, delivered_again=again, lost=0, doubled=0)


@pytest.mark.guarantee(
    "A session that the broker had lost is noticed, counted and logged with the time since when messages may be missing"
)
def test_a_lost_session_is_noticed(broker: Server, protocol: str, gateway_on: On, tmp_path: Path, record: Record):
    gateway = gateway_on(broker.port, settings={"broker": {"protocol": protocol}})
    gateway.start()
    with Hub(broker.port) as hub:
        hub.say_all(numbered(1, range(10)))
    gateway.until_settled(10)
    broker.stop()
    (tmp_path / "broker" / "mosquitto.db").unlink()
    broker.start()
    gateway.until(lambda: len(gateway.events("ingest.connected")) == 2, "it connects again")
    (event,) = gateway.events("ingest.session_lost")
    assert event["since"] is not None
    with Hub(broker.port) as hub:
        hub.say_all(numbered(1, range(10, 20)))
    gateway.until_settled(20)
    gateway.until(lambda: gateway.kept.figure("ingest_gaps") == 1, "the gap is in the gateway's health")
    gateway.stop()
    assert numbers(gateway) == list(range(20))
    session = json.loads((gateway.data / "session.json").read_text(encoding="utf-8"))
    assert session, "a new session is on record"
    record(gaps=1)


@pytest.mark.guarantee("Homes that publish at QoS 2 lose nothing and double nothing, whenever the gateway is killed")
def test_homes_that_publish_at_qos_2(broker: Server, gateway_on: On, scale: Scale, record: Record):
    count, kills = scale((1_500, 3), (10_000, 8))
    gateway = gateway_on(broker.port, homes=2)
    said = everyday(2, count, seed=7, presses=20)
    with Witness(broker.port) as witness, Hub(broker.port, qos=2) as hub:
        gateway.start()
        for part in range(kills):
            for message in said[part::kills]:
                hub.say(*message)
            wait_for(lambda: hub.unconfirmed < count // kills // 2, "half of it is taken")
            gateway.kill()
            gateway.start()
        hub.until_confirmed()
        heard = told(witness.until(count))
        gateway.until_settled(count)
        gateway.stop()
    assert told_by(gateway.kept.readings()) == heard
    assert Counter(heard) == Counter(told(said))
    record(messages=count, kills=kills, lost=0, doubled=0)
