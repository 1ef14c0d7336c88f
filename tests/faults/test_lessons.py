"""What a hub taught outlives the gateway: a press of an outage is read although what explains it is sent behind it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from paho.mqtt import publish
from sqlalchemy.orm import Session

from gateway.clock import SystemClock
from gateway.database.engine import Database
from gateway.journal import view
from gateway.journal.file import open_for_reading
from gateway.registry import homes
from gateway.registry.registry import SqlRegistry
from tests.faults.conftest import Record
from tests.support.flow import Hub, home, press
from tests.support.gateway_process import GatewayProcess
from tests.support.servers import LOOPBACK, Server

pytestmark = pytest.mark.server
On = Callable[..., GatewayProcess]

ROOT = "homes/fault-01"
STATE = f"{ROOT}/esp/bedside/press"
CONFIG = f"{ROOT}/homeassistant/event/b1/press/config"
DISCOVERY = {
    "unique_id": "b1_press",
    "name": "Press",
    "device_class": "button",
    "state_topic": "esp/bedside/press",
    "event_types": ["press", "long"],
    "device": {"ids": ["b1"], "name": "Bedside", "mf": "Acme"},
}
PRESS = json.dumps({"event_type": "press"}).encode()


def _with_a_button(gateway: GatewayProcess) -> GatewayProcess:
    """Running; the button by the bed is registered as a pendant, and has not announced itself yet."""
    button = {"address": "homeassistant:b1", "role": "pendant", "quantities": ["button"]}
    before = home(1).model_dump(mode="json")
    gateway.register(type(home(1)).model_validate(before | {"devices": [*before["devices"], button]}))
    gateway.start()
    return gateway


@pytest.mark.guarantee(
    "Killed after a device announced itself by Home Assistant's discovery: what it sent while nobody was there is read,"
    " and a press calls, although the broker sends the announcement again only behind it"
)
def test_a_press_of_an_outage_is_read_by_what_was_learned_before(broker: Server, gateway_on: On, record: Record):
    gateway = _with_a_button(gateway_on(broker.port, homes=1))
    publish.single(CONFIG, json.dumps(DISCOVERY), qos=1, retain=True, hostname=LOOPBACK, port=broker.port)
    gateway.until(lambda: lessons(gateway) == 1, "the announcement is kept")
    gateway.kill()
    with Hub(broker.port) as hub:
        hub.say_all([(STATE, PRESS), press(1), (STATE, PRESS)])
    gateway.start()
    gateway.until_settled(3)
    gateway.stop()
    presses = [one.device for one in gateway.kept.readings() if one.quantity == "button"]
    assert presses == ["homeassistant:b1/press", "pendant", "homeassistant:b1/press"]
    assert gateway.kept.occurrences("pendant") == {"FAULT-01": 3}
    assert lessons(gateway) == 1, "what was announced again unchanged is kept once"
    record(presses=3, read_without_waiting=3)


@pytest.mark.guarantee(
    "A home's consent is withdrawn: what its hub taught leaves the disk; it is given again: that is kept again, and"
    " after the next outage a press is read by it"
)
def test_consent_withdrawn_and_given_again(broker: Server, gateway_on: On, record: Record):
    gateway = _with_a_button(gateway_on(broker.port, homes=1))
    publish.single(CONFIG, json.dumps(DISCOVERY), qos=1, hostname=LOOPBACK, port=broker.port)  # once, and not retained
    gateway.until(lambda: lessons(gateway) == 1, "the announcement is kept")
    with changing(gateway) as session:
        homes.withdraw_consent(session, "FAULT-01", "R", SystemClock().now())
    gateway.until(lambda: lessons(gateway) == 0, "nothing of the hub is kept")
    with changing(gateway) as session:
        homes.record_consent(session, "FAULT-01", "R", "R", "written", SystemClock().now())
    gateway.until(lambda: told(broker, gateway), "it is kept again")
    gateway.kill()
    with Hub(broker.port) as hub:
        hub.say_all([(STATE, PRESS)])
    gateway.start()
    gateway.until(lambda: gateway.kept.occurrences("pendant") == {"FAULT-01": 1}, "the press of the outage calls")
    gateway.stop()
    record(lessons=1, presses=1)


def told(broker: Server, gateway: GatewayProcess) -> bool:
    """The hub says something, as it does all the time; whether its lessons are kept by now."""
    publish.single(
        f"{ROOT}/keepwell/thermometer/temperature", '{"value": 20}', qos=1, hostname=LOOPBACK, port=broker.port
    )
    return lessons(gateway) == 1


@contextmanager
def changing(gateway: GatewayProcess) -> Iterator[Session]:
    """A change of the registry, as a command makes it."""
    database = Database.open(gateway.data)
    try:
        with SqlRegistry(database).changing() as session:
            yield session
    finally:
        database.close()


def lessons(gateway: GatewayProcess) -> int:
    """How many the journal keeps of the home's hub."""
    journal = open_for_reading(gateway.data / "journal.db")
    try:
        return len(view.lessons(journal, "fault-01"))
    finally:
        journal.close()
