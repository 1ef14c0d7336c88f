"""The intake against a real Mosquitto started from the configuration that we ship, on MQTT 3.1.1 and 5."""

import asyncio
import contextlib
from pathlib import Path

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from devices.convention import Options
from devices.instant import SECOND
from gateway.clock import ManualClock
from gateway.config import TopicFilter
from gateway.journal.sqlite import SqliteJournal
from gateway.model import HUB_DEVICE, Device, Directory, Flag, Home, Hub, Reading
from tests.ingest.homes import NOW
from tests.support.intake import MOTION, TEMPERATURE, TRUE, Cut, Gateway, numbered
from tests.support.mosquitto import Publisher, bridged_hub, mosquitto
from tests.support.servers import LOOPBACK, Server, free_port

pytestmark = pytest.mark.server


async def test_a_message_becomes_a_reading_and_is_acknowledged(broker: Server, tmp_path: Path, protocol: str):
    gateway = Gateway(broker.port, tmp_path / "data", protocol)
    async with gateway.running(), Publisher(broker.port) as home:
        await gateway.intake.wait_drained()
        home.send(MOTION, TRUE)
        await gateway.until(lambda: len(gateway.journal.readings) == 1)
    (reading,) = gateway.journal.readings
    assert (reading.home, reading.room, reading.value, reading.flags) == ("ELM-12", "Hall", True, Flag.NONE)
    again = Gateway(broker.port, tmp_path / "data", protocol)
    async with again.running():
        await again.intake.wait_drained()
        assert again.journal.readings == []


async def test_what_was_not_durable_comes_again(broker: Server, tmp_path: Path, protocol: str):
    gateway = Gateway(broker.port, tmp_path / "data", protocol, held=True)
    async with gateway.running(graceful=False), Publisher(broker.port) as home:
        home.send_all(numbered(10))
        await gateway.until(lambda: gateway.committer.pending == 10)
        gateway.committer.release(4)  # four are durable and acknowledged, then the process dies
        await gateway.until(lambda: gateway.committer.pending == 6)
        await asyncio.to_thread(home.send, "other", "x")  # a turn of the loop for the acknowledgements to leave
    again = Gateway(broker.port, tmp_path / "data", protocol)
    async with again.running():
        await again.until(lambda: len(again.journal.kept) >= 6)
        await again.intake.wait_drained()
    assert again.numbers == [4, 5, 6, 7, 8, 9]
    deliveries = [taken.delivery for taken in again.journal.kept if taken.delivery]
    assert all(delivery.dup for delivery in deliveries)
    assert again.journal.sessions == gateway.journal.sessions


async def test_the_repeat_of_a_message_that_was_durable_but_not_acknowledged_is_recognised(
    broker: Server, tmp_path: Path, protocol: str
):
    proxy = await Cut.to(broker.port)
    gateway = Gateway(proxy.port, tmp_path / "data", protocol, held=True)
    async with gateway.running(), proxy, Publisher(broker.port) as home:
        home.send(MOTION, TRUE)
        home.send(MOTION, TRUE)  # as equal as two presses
        await gateway.until(lambda: gateway.committer.pending == 2)
        proxy.cut()
        await gateway.until(lambda: not gateway.intake.connected)
        gateway.committer.let_go()  # now they are durable, and their connection is gone
        await gateway.until(lambda: gateway.journal.duplicates_dropped == 2)
        assert gateway.intake.figures()["stale_acks"] == 2
        await gateway.intake.wait_drained()
        home.send(MOTION, TRUE)
        await gateway.until(lambda: len(gateway.journal.readings) == 3)
    again = Gateway(broker.port, tmp_path / "data", protocol)
    async with again.running():
        await again.intake.wait_drained()
        assert again.journal.readings == []


async def test_a_stale_acknowledgement_acknowledges_nothing(broker: Server, tmp_path: Path, protocol: str):
    """An acknowledgement that is due only after the reconnect must not hit a message of the new connection."""
    proxy = await Cut.to(broker.port)
    gateway = Gateway(proxy.port, tmp_path / "data", protocol, held=True, high_water=1_000)
    async with proxy, Publisher(broker.port) as home:
        async with gateway.running(graceful=False):
            home.send_all(numbered(5))
            await gateway.until(lambda: gateway.committer.pending == 5)
            proxy.cut()
            await gateway.until(lambda: gateway.intake.figures()["connections"] == 2)
            await gateway.until(lambda: gateway.committer.pending == 10)
            gateway.committer.release(5)  # the first connection's
            assert gateway.intake.figures()["stale_acks"] == 5
        again = Gateway(broker.port, tmp_path / "data", protocol)
        async with again.running():
            await again.until(lambda: len(again.numbers) == 5)
        assert again.numbers == [0, 1, 2, 3, 4]


async def test_a_kept_session_holds_what_was_published_meanwhile(broker: Server, tmp_path: Path, protocol: str):
    gateway = Gateway(broker.port, tmp_path / "data", protocol)
    async with gateway.running(), Publisher(broker.port) as home:
        home.send(TEMPERATURE, '{"value": -1}')
        await gateway.until(lambda: len(gateway.journal.readings) == 1)
    async with Publisher(broker.port) as home:
        home.send_all(numbered(50))
        home.send(TEMPERATURE, '{"value": 50}', qos=0)  # upgrade_outgoing_qos keeps this one too
        home.send(TEMPERATURE, '{"value": 51}', qos=2)
    again = Gateway(broker.port, tmp_path / "data", protocol)
    async with again.running():
        await again.intake.wait_drained()
        await again.until(lambda: len(again.numbers) == 52)
        figures = again.intake.figures()
        async with Publisher(broker.port) as home:
            home.send(TEMPERATURE, '{"value": 52}')
        await again.until(lambda: len(again.numbers) == 53)
    assert again.numbers == list(range(53))
    assert again.gaps == []
    assert figures["qos0"] == 0
    *queued, live = [one for one in again.journal.readings if one.quantity == "temperature"]
    assert all(one.flags == Flag.QUEUED and (one.since or 0) <= one.at for one in queued)
    assert live.flags == Flag.NONE


async def test_a_session_that_the_broker_lost_is_a_counted_gap(tmp_path: Path, protocol: str):
    port = free_port()
    gateway = Gateway(port, tmp_path / "data", protocol)
    with mosquitto(tmp_path / "one", port=port):
        async with gateway.running():
            pass
    assert gateway.gaps == []
    with mosquitto(tmp_path / "two", port=port):
        again = Gateway(port, tmp_path / "data", protocol)
        async with again.running():
            assert len(again.gaps) == 1
            assert again.intake.figures()["gaps"] == 1
    assert again.journal.sessions != gateway.journal.sessions


async def test_the_broker_restarts_and_nothing_is_lost(broker: Server, tmp_path: Path, protocol: str):
    gateway = Gateway(broker.port, tmp_path / "data", protocol, held=True)
    async with gateway.running():
        async with Publisher(broker.port) as home:
            home.send_all(numbered(20))
        await gateway.until(lambda: gateway.committer.pending == 20)
        await asyncio.to_thread(broker.restart)
        gateway.committer.let_go()
        await gateway.until(lambda: gateway.intake.figures()["connections"] == 2)
        async with Publisher(broker.port) as home:
            home.send_all(numbered(20, 20))
        await gateway.until(lambda: len(gateway.numbers) == 40)
    assert gateway.numbers == list(range(40))
    assert gateway.gaps == []


async def test_at_the_high_water_mark_reading_stops_and_then_everything_arrives(
    broker: Server, tmp_path: Path, protocol: str
):
    gateway = Gateway(broker.port, tmp_path / "data", protocol, held=True, high_water=100)
    async with gateway.running(), Publisher(broker.port) as home:
        await asyncio.to_thread(home.send_all, numbered(3_000))
        await gateway.until(lambda: gateway.intake.figures()["paused"] == 1)
        assert gateway.committer.most_pending == 100
        gateway.committer.let_go()
        await gateway.until(lambda: len(gateway.numbers) == 3_000)
        assert gateway.committer.most_pending <= 100
        assert gateway.intake.figures()["pauses"] > 0
    assert gateway.numbers == list(range(3_000))


async def test_with_the_real_journal_a_repeated_message_is_recorded_once(broker: Server, tmp_path: Path, protocol: str):
    """Durable, and the connection cut before the acknowledgement left: the new process is sent it again."""
    path = tmp_path / "journal.db"
    journal = await SqliteJournal.open(path)
    proxy = await Cut.to(broker.port)
    gateway = Gateway(proxy.port, tmp_path / "data", protocol)
    async with proxy, Publisher(broker.port) as home:
        async with gateway.running(graceful=False, journal=journal):
            await gateway.intake.wait_drained()
            home.send_all(numbered(30))
            await gateway.until(lambda: gateway.committer.pending == 30)
            proxy.cut()
            await gateway.until(lambda: not gateway.intake.connected)
            committing = asyncio.create_task(gateway.committer.run())
            await gateway.committer.drained(1)
            committing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await committing
        await journal.close()
        journal = await SqliteJournal.open(path)
        again = Gateway(proxy.port, tmp_path / "data", protocol)
        async with again.running(journal=journal):
            committing = asyncio.create_task(again.committer.run())
            await again.intake.wait_drained()
            home.send(TEMPERATURE, '{"value": 30}')
            await journal.wait(30)
            await again.intake.stop()
            committing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await committing
    entries = await journal.read(0, 100)
    counts = await journal.counts()
    await journal.close()
    assert [entry.reading.value for entry in entries] == list(range(31))
    assert counts["duplicates_dropped"] == 30


async def test_retained_values_are_marked(broker: Server, tmp_path: Path, protocol: str):
    async with Publisher(broker.port) as home:
        home.send(MOTION, TRUE, retain=True)
    gateway = Gateway(broker.port, tmp_path / "data", protocol)
    async with gateway.running():
        await gateway.intake.wait_drained()
        assert [one.flags for one in gateway.journal.readings] == [Flag.RETAINED]
        async with Publisher(broker.port) as home:
            home.send(MOTION, TRUE, retain=True)
        await gateway.until(lambda: len(gateway.journal.readings) == 2)
    assert gateway.journal.readings[1].flags == Flag.NONE


async def test_filters_that_left_the_configuration_are_unsubscribed(broker: Server, tmp_path: Path, protocol: str):
    both = (TopicFilter(filter="homes/#"), TopicFilter(filter="zigbee2mqtt/#", hub="elm"))
    async with Gateway(broker.port, tmp_path / "data", protocol, filters=both).running():
        pass
    one = Gateway(broker.port, tmp_path / "data", protocol)
    async with one.running(), Publisher(broker.port) as home:
        home.send("zigbee2mqtt/x", '{"occupancy": true}')
        home.send(MOTION, TRUE)
        await one.until(lambda: len(one.journal.readings) == 1)
        assert one.intake.figures()["received"] == 1


async def test_qos_0_is_counted_for_the_hub_that_it_came_from(tmp_path: Path, protocol: str):
    with mosquitto(tmp_path / "broker", extra="upgrade_outgoing_qos false") as broker:
        gateway = Gateway(broker.port, tmp_path / "data", protocol)
        async with gateway.running(), Publisher(broker.port) as home:
            home.send(MOTION, TRUE, qos=0)
            await gateway.until(lambda: len(gateway.journal.readings) == 1)
            assert gateway.intake.qos0 == {"elm": 1}
            assert gateway.journal.kept[0].delivery is None


async def test_readings_of_a_name_wait_for_the_inventory(broker: Server, tmp_path: Path):
    pir = "0x00158d0001a2b3c4"
    elm = Home("ELM-12", "UTC", hubs=(Hub("elm"),), devices=(Device("elm", f"zigbee2mqtt:{pir}", "Hall"),))
    gateway = Gateway(broker.port, tmp_path / "data")
    async with gateway.running(), Publisher(broker.port) as home:
        gateway.intake._reception._directory = lambda: Directory((elm,))
        gateway.intake._introductions._directory = lambda: Directory((elm,))
        gateway.registry.put(elm)
        home.send("homes/elm/zigbee2mqtt/Hall PIR", '{"occupancy": true}')
        model = '{"model": "RTCGQ11LM", "vendor": "Aqara"}'
        inventory = (
            f'[{{"ieee_address": "{pir}", "friendly_name": "Hall PIR", "type": "EndDevice", "definition": {model}}}]'
        )
        home.send("homes/elm/zigbee2mqtt/bridge/devices", inventory)
        await gateway.until(lambda: gateway.intake.figures()["released"] == 1)
        assert await gateway.journal.waiting("elm") == []
    (reading,) = [one for one in gateway.journal.readings if one.device != HUB_DEVICE]
    assert (reading.device, reading.quantity, reading.room) == (f"zigbee2mqtt:{pir}", "motion", "Hall")
    (device,) = (await gateway.registry.directory()).homes["ELM-12"].devices
    assert (device.maker, device.model) == ("Aqara", "RTCGQ11LM")


async def test_what_is_retained_comes_again_when_a_hub_is_set_up_otherwise(
    broker: Server, tmp_path: Path, protocol: str
):
    former = Directory((Home("ELM-12", "UTC", hubs=(Hub("elm"),)),))
    latter = Directory((Home("ELM-12", "UTC", hubs=(Hub("elm", options=Options(homie_domain="h5")),)),))
    gateway = Gateway(broker.port, tmp_path / "data", protocol)
    async with gateway.running(), Publisher(broker.port) as home:
        await gateway.intake.wait_drained()
        home.send("homes/elm/zigbee2mqtt/bridge/info", "{}", retain=True)
        await gateway.until(lambda: gateway.intake.figures()["received"] == 1)
        gateway.intake._reception._directory = lambda: former
        await gateway.intake.follow(former)
        gateway.intake._reception._directory = lambda: latter
        await gateway.intake.follow(former)
        await gateway.until(lambda: gateway.intake.figures()["retained"] == 1)
        assert gateway.intake.figures()["received"] == 2


# ------------------------------------------------------------------------------------------------ a hub's own broker


async def test_a_home_bridged_with_the_shipped_configuration(broker: Server, tmp_path: Path):
    """QoS 0 at home arrives at QoS 1; the bridge's state is the hub's; what it re-sends on its return is a replay."""
    gateway = Gateway(broker.port, tmp_path / "data")
    gateway.clock = clock = ManualClock(NOW)
    hub = bridged_hub(tmp_path / "hub", hub="elm", server_port=broker.port)

    def online() -> list[object]:
        return [one.value for one in gateway.journal.readings if one.device == HUB_DEVICE]

    def motions() -> list[Reading]:
        return [one for one in gateway.journal.readings if one.quantity == "motion"]

    async with gateway.running():
        await gateway.intake.wait_drained()
        with hub:
            await gateway.until(lambda: online() == [True])
            clock.advance_to(clock.now() + 11 * SECOND)
            async with Publisher(hub.port) as home:
                home.send("keepwell/hall-pir/motion", TRUE, qos=0, retain=True)
            await gateway.until(lambda: len(motions()) == 1)
        await gateway.until(lambda: online() == [True, False])
        with hub:
            await gateway.until(lambda: online() == [True, False, True])
            await gateway.until(lambda: len(motions()) >= 2)  # Mosquitto 2.0.11 may send it twice
        assert motions()[0].flags == Flag.NONE
        assert {one.flags for one in motions()[1:]} == {Flag.REPLAYED}
        assert gateway.intake.qos0 == {}


async def test_the_broker_is_known_to_have_our_acknowledgement_once_it_answers(
    broker: Server, tmp_path: Path, protocol: str
):
    gateway = Gateway(broker.port, tmp_path / "data", protocol)
    async with gateway.running(), Publisher(broker.port) as home:
        await gateway.intake.wait_drained()
        home.send_all(numbered(3))
        await gateway.until(lambda: len(gateway.numbers) == 3)
        await gateway.until(lambda: gateway.journal.settled == 3)


async def test_qos_2_messages_of_a_session_that_we_took_over_hold_up_nobody(
    broker: Server, tmp_path: Path, protocol: str
):
    """Somebody looked in under our client id, at QoS 2, and left: the broker kept for us what came since."""
    five = protocol == "5"
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = 3_600
    session = {"clean_start": False, "properties": properties} if five else {"clean_session": False}
    version = aiomqtt.ProtocolVersion.V5 if five else aiomqtt.ProtocolVersion.V311
    async with aiomqtt.Client(LOOPBACK, broker.port, identifier="keepwell", protocol=version, **session) as other:
        await other.subscribe("homes/#", qos=2)
    async with Publisher(broker.port) as home:
        home.send(MOTION, TRUE, qos=2)
        home.send(TEMPERATURE, '{"value": 1}', qos=2)
        gateway = Gateway(broker.port, tmp_path / "data", protocol)
        async with gateway.running():
            await gateway.intake.wait_drained()
            home.send(TEMPERATURE, '{"value": 2}')
            await gateway.until(lambda: len(gateway.journal.readings) == 3)
            await gateway.until(lambda: gateway.journal.settled == 3)
        assert gateway.intake.figures()["connections"] == 1
    again = Gateway(broker.port, tmp_path / "data", protocol)
    async with again.running():
        await again.intake.wait_drained()
        assert again.journal.readings == []
