"""What a hub taught outlives the gateway: a press of an outage is read although what explains it is sent behind it."""

import json
from collections.abc import Callable

import pytest
from paho.mqtt import publish

from gateway.journal import view
from gateway.journal.file import open_for_reading
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


@pytest.mark.guarantee(
    "Killed after a device announced itself by Home Assistant's discovery: what it sent while nobody was there is read,"
    " and a press calls, although the broker sends the announcement again only behind it"
)
def test_a_press_of_an_outage_is_read_by_what_was_learned_before(broker: Server, gateway_on: On, record: Record):
    gateway = gateway_on(broker.port, homes=1)
    button = {"address": "homeassistant:b1", "role": "pendant", "quantities": ["button"]}
    before = home(1).model_dump(mode="json")
    gateway.register(type(home(1)).model_validate(before | {"devices": [*before["devices"], button]}))
    gateway.start()
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


def lessons(gateway: GatewayProcess) -> int:
    """How many the journal keeps of the home's hub."""
    journal = open_for_reading(gateway.data / "journal.db")
    try:
        return len(view.lessons(journal, "fault-01"))
    finally:
        journal.close()
