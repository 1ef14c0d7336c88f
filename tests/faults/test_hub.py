"""A home with a broker of its own and Zigbee2MQTT: what it remembers is no event, what it could not send is not lost.

Two mosquittos from the configurations that we ship, the hub's bridged to the server's, and a real gateway.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from gateway.model import Flag, Reading
from gateway.registry.homefile import HomeFile
from tests.faults.conftest import Record, Scale
from tests.support.family import Family
from tests.support.gateway_process import GatewayProcess, wait_for
from tests.support.mosquitto import Publisher, bridged_hub
from tests.support.proxy import Proxy
from tests.support.servers import Server

pytestmark = pytest.mark.server
PIR, PENDANT, SMOKE, THERMOMETER = (f"0x00158d000000000{number}" for number in (1, 2, 3, 4))
NAMES = {PIR: "Hall PIR", PENDANT: "Pendant", SMOKE: "Kitchen smoke", THERMOMETER: "Thermometer"}
NOT_LIVE = Flag.RETAINED | Flag.REPLAYED
HOME = HomeFile.model_validate(
    {
        "reference": "ELM-12",
        "time_zone": "Europe/Lisbon",
        "rooms": [{"name": "Hall", "kind": "hall"}, {"name": "Kitchen", "kind": "kitchen"}],
        "devices": [
            {"address": f"zigbee2mqtt:{PIR}", "room": "Hall", "quantities": ["motion"]},
            {"address": f"zigbee2mqtt:{PENDANT}", "role": "pendant", "quantities": ["button"]},
            {"address": f"zigbee2mqtt:{SMOKE}", "room": "Kitchen", "quantities": ["smoke"]},
            {"address": f"zigbee2mqtt:{THERMOMETER}", "room": "Hall", "quantities": ["temperature"]},
        ],
        "residents": [{"name": "R", "consent": {"by": "R", "basis": "written", "at": "2026-01-01"}}],
        "contacts": [{"name": "Daughter", "channels": ["mqtt:"]}],
        "escalation": [{"contacts": ["Daughter"]}],
    }
)


class Zigbee2mqtt:
    """Speaks on the hub's broker as Zigbee2MQTT does: QoS 0, the bridge's topics retained, states from its cache."""

    def __init__(self, port: int) -> None:
        self._client = Publisher(port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def starts(self) -> None:
        """Online, the inventory, and at once every device's state as last known: no button is in the cache."""
        self.says("bridge/state", {"state": "online"}, retain=True)
        inventory = [{"ieee_address": key, "friendly_name": name, "type": "EndDevice"} for key, name in NAMES.items()]
        self.says("bridge/devices", inventory, retain=True)
        self.says("Hall PIR", {"occupancy": True, "battery": 91, "linkquality": 80}, retain=True)
        self.says("Pendant", {"action": "", "battery": 70, "linkquality": 60}, retain=True)
        self.says("Kitchen smoke", {"smoke": False, "battery": 100}, retain=True)

    def says(self, topic: str, content: Any, *, retain: bool = False) -> None:
        self._client.send(f"zigbee2mqtt/{topic}", json.dumps(content), qos=0, retain=retain)

    def moves(self) -> None:
        self.says("Hall PIR", {"occupancy": True})

    def presses(self, **more: str) -> None:
        self.says("Pendant", {"action": "single", "battery": 70, **more})

    def measures(self, *numbers: int) -> None:
        """Numbered temperatures, by the hundredth of a degree."""
        for one in numbers:
            self.says("Thermometer", {"temperature": one / 100})


class Dwelling:
    """The hub's broker behind a line that may be cut, and what the gateway keeps of the home."""

    def __init__(self, gateway: GatewayProcess, hub: Server, line: Proxy, family: Family) -> None:
        self.gateway, self.hub, self.line, self.family = gateway, hub, line, family

    def of(self, quantity: str) -> list[Reading]:
        return [one for one in self.gateway.kept.readings() if one.quantity == quantity]

    def numbers(self) -> list[int]:
        """The numbered temperatures that arrived, in order."""
        return [round(100 * float(one.value)) for one in self.of("temperature")]

    def movements(self) -> int:
        """How many times somebody has moved, as the rules see it."""
        return sum(one.value is True and not one.flags & NOT_LIVE for one in self.of("motion"))

    def until(self, number: int) -> None:
        """Wait for everything that was said before this temperature."""
        self.gateway.until(lambda: number in self.numbers(), f"temperature {number} arrives")
        self.gateway.until(lambda: self.gateway.kept.to_do() == (0, 0), "watch and recorder are done")

    def until_movement_counts(self, zigbee: Zigbee2mqtt) -> None:
        """Move until it is taken for movement: the hub's return was more than 10 s ago."""
        before, asked = self.movements(), 0.0

        def counts() -> bool:
            nonlocal asked
            if time.monotonic() - asked > 0.5:
                asked = time.monotonic()
                zigbee.moves()
            return self.movements() > before

        wait_for(counts, "movement counts")

    def line_down(self) -> None:
        """From now on nobody answers the hub."""
        self.line.stalled = True
        self.line.cut()

    def line_up(self) -> None:
        self.line.stalled = False
        self.line.cut()


@pytest.fixture
def dwelling(broker: Server, tmp_path: Path) -> Iterator[Dwelling]:
    with ExitStack() as stack:
        gateway = GatewayProcess(tmp_path / "gateway", broker.port)
        gateway.register(HOME)
        family = stack.enter_context(Family(broker.port))
        stack.enter_context(gateway)
        line = stack.enter_context(Proxy(broker.port))
        hub = stack.enter_context(bridged_hub(tmp_path / "hub", hub="elm-12", server_port=line.port))
        yield Dwelling(gateway, hub, line, family)


@pytest.mark.guarantee(
    "After a hub's restart its retained values, and after Zigbee2MQTT's start its cached states, are no movement and no"
    " press"
)
def test_what_a_hub_remembers_is_no_event(dwelling: Dwelling, scale: Scale, record: Record):
    restarts = scale(1, 5)
    with Zigbee2mqtt(dwelling.hub.port) as zigbee:
        zigbee.starts()
        zigbee.measures(-1)
        dwelling.until(-1)
        assert dwelling.movements() == 0, "the first states are no movement"
        dwelling.until_movement_counts(zigbee)

        zigbee.starts()  # Zigbee2MQTT alone was started anew
        zigbee.measures(0)
        moved = dwelling.movements()
        dwelling.until(0)
        assert dwelling.movements() == moved, "its cache is no movement"
    for number in range(1, restarts + 1):
        motions = len(dwelling.of("motion"))
        dwelling.hub.restart()
        dwelling.gateway.until(
            lambda before=motions: len(dwelling.of("motion")) > before, "retained values are sent again"
        )
        with Zigbee2mqtt(dwelling.hub.port) as zigbee:
            zigbee.starts()
            zigbee.measures(number)
            dwelling.until(number)
    assert dwelling.movements() == moved
    assert not [one for one in dwelling.of("button") if not one.flags & NOT_LIVE]
    assert dwelling.gateway.kept.alerts() == []
    record(restarts=restarts, movements=0, presses=0)


@pytest.mark.guarantee(
    "While a home's line is down its messages wait at the hub, those at QoS 0 too, and arrive in order; a press among"
    " them is raised at once and says how late it is, or that it may be a repeat"
)
def test_a_press_while_the_line_is_down(dwelling: Dwelling, scale: Scale, record: Record):
    count = scale(300, 5_000)
    with Zigbee2mqtt(dwelling.hub.port) as zigbee:
        zigbee.starts()
        zigbee.measures(0)
        dwelling.until(0)
        dwelling.until_movement_counts(zigbee)
        dwelling.line_down()
        zigbee.measures(*range(1, count + 1))
        zigbee.presses()
        zigbee.presses(last_seen=(datetime.now(UTC) - timedelta(minutes=14)).isoformat())
        time.sleep(scale(2, 20))
        assert dwelling.numbers() == [0], "the line is down"
        dwelling.line_up()
        up_at = time.monotonic()
        first = dwelling.family.hears(lambda one: one.rule == "pendant", "of the press")
        dwelling.family.hears(lambda one: "delayed 14 min" in one.title, "of the late press")
        zigbee.measures(count + 1)
        time.sleep(5)
        dwelling.until(count + 1)
    numbers = dwelling.numbers()
    assert list(dict.fromkeys(numbers)) == list(range(count + 2)), "all of them, in order"
    assert dwelling.gateway.kept.occurrences("pendant") == {"ELM-12": 2}
    assert "may be a repeat" in first.title
    record(messages=count, lost=0, sent_twice_by_the_bridge=len(numbers) - count - 2, told_after_s=first.at - up_at)


@pytest.mark.guarantee("A press while the gateway is away is raised when it is back, and says between when it was")
def test_a_press_while_the_gateway_is_away(dwelling: Dwelling, scale: Scale, record: Record):
    with Zigbee2mqtt(dwelling.hub.port) as zigbee:
        zigbee.starts()
        zigbee.measures(0)
        dwelling.until(0)
        dwelling.until_movement_counts(zigbee)
        dwelling.gateway.kill()
        zigbee.moves()
        zigbee.presses()
        zigbee.measures(1)
        time.sleep(scale(2, 130))
        dwelling.gateway.start()
        told = dwelling.family.hears(lambda one: one.rule == "pendant", "of the press")
        dwelling.until(1)
    (press,) = dwelling.of("button")
    assert press.flags == Flag.QUEUED
    assert press.since is not None
    assert press.since < press.at
    words = re.search(r"The pendant was pressed (between \d\d:\d\d and|at) \d\d:\d\d", told.body)
    assert words, "between two minutes, or at the one in which both fell"
    record(presses=1, told=1)
