"""What a hub says about another home's sensor: no reading for anybody, and somebody is told."""

from dataclasses import replace

import pytest

from devices.instant import HOUR, MINUTE
from gateway.clock import ManualClock
from gateway.config import TopicFilter
from gateway.ingest.misdirected import PASSES_AFTER, Misdirected, is_unique
from gateway.ingest.reception import Reception
from gateway.model import GATEWAY_HOME, Device, Directory, Home, Hub
from tests.ingest.homes import ASH, ELM, HALL, NOW, OAK, STREET

HOMES = Directory((ELM, OAK, replace(ASH, devices=())), 1)  # ELM's hall sensor is registered in ELM alone


def test_a_sensor_of_one_home_under_anothers_topic_is_told_with_both_hubs_and_what_to_do():
    watching = Misdirected()
    assert watching.note(HOMES, "oak", [HALL], NOW)
    (trouble,) = watching.troubles(NOW)
    assert (trouble.rule, trouble.subject, trouble.home, trouble.since) == ("misdirected", "oak", GATEWAY_HOME, NOW)
    assert not trouble.passing, "its memory is lost with a restart, so only a person ends it"
    for word in (HALL, "hub elm (home ELM-12)", "homes/oak/", "home OAK-3", "moved house", "keepwell hubs rotate oak"):
        assert word in trouble.sentence


def test_a_part_of_the_sensor_is_the_sensor():
    assert Misdirected().note(HOMES, "oak", [f"{HALL}/left"], NOW)


def test_a_hub_that_is_registered_nowhere_is_told_too_and_its_name_cannot_write_sentences():
    watching = Misdirected()
    assert watching.note(HOMES, "x\nAll is well", [HALL], NOW)
    (trouble,) = watching.troubles(NOW)
    assert trouble.subject == "x?All?is?well"
    assert "no registered home" in trouble.sentence


def test_a_hub_of_a_home_without_consent_is_told_too():
    watching = Misdirected()
    assert watching.note(HOMES, "ash", [HALL], NOW)


@pytest.mark.parametrize(
    "address", ["hall-pir", "zigbee2mqtt:name:hall pir", "tasmota:boiler", "casas:M003", "sensor:20260105080000"]
)
def test_names_that_two_homes_may_share_are_not_reported(address: str):
    elm = Home("ELM-12", "Europe/London", hubs=(Hub("elm"),), devices=(Device("elm", address),))
    oak = Home("OAK-3", "Europe/London", hubs=(Hub("oak"),))
    watching = Misdirected()
    assert not watching.note(Directory((elm, oak)), "oak", [address], NOW)
    assert watching.troubles(NOW) == []


@pytest.mark.parametrize(
    "address",
    [
        "zigbee2mqtt:0x00158d0001a2b3c4",
        "tasmota:tasmota_4F12AB",
        "tasmota:flat/tasmota_4F12AB",
        "shelly:shellyplus1-a8032abe54dc",
        "chirpstack:a84041000181c061",
        "ble:A4:C1:38:F0:D2:E1",
    ],
)
def test_addresses_that_the_maker_gave_are_unique(address: str):
    assert is_unique(address)


def test_a_sensor_on_the_other_hub_of_its_own_home_is_nobodys_trouble():
    home = replace(ELM, hubs=(Hub("elm"), Hub("elm-attic")))
    assert not Misdirected().note(Directory((home,)), "elm-attic", [HALL], NOW)


def test_a_sensor_that_is_registered_in_both_homes_is_at_home_in_both():
    both = replace(OAK, devices=(*OAK.devices, Device("oak", HALL)))
    assert not Misdirected().note(Directory((ELM, both)), "oak", [HALL], NOW)
    assert not Misdirected().note(Directory((both, ELM)), "oak", [HALL], NOW)


def test_it_is_over_a_day_after_the_last_time_and_not_before():
    watching = Misdirected()
    watching.note(HOMES, "oak", [HALL], NOW)
    watching.note(HOMES, "oak", [HALL], NOW + HOUR)
    (trouble,) = watching.troubles(NOW + PASSES_AFTER + HOUR)
    assert trouble.since == NOW
    assert watching.troubles(NOW + PASSES_AFTER + HOUR + MINUTE) == []


def test_once_it_is_registered_where_it_is_heard_nothing_new_is_told():
    watching = Misdirected()
    moved = Directory((replace(ELM, devices=()), replace(OAK, devices=(Device("oak", HALL),))), 2)
    watching.note(HOMES, "oak", [HALL], NOW)
    assert not watching.note(moved, "oak", [HALL], NOW + MINUTE)


def test_whoever_makes_up_names_fills_no_memory_and_hides_no_registered_hub():
    devices = tuple(Device("elm", f"zigbee2mqtt:0x{number:016x}") for number in range(1_000))
    street = Directory((replace(ELM, devices=devices), OAK))
    watching = Misdirected()
    for number in range(5_000):
        watching.note(street, f"made-up-{number}", [devices[number % 1_000].address], NOW)
    for device in devices:
        watching.note(street, "oak", [device.address], NOW)
    troubles = watching.troubles(NOW)
    assert len(troubles) < 50
    assert "oak" in {trouble.subject for trouble in troubles}
    assert max(len(trouble.sentence) for trouble in troubles) < 1_000


@pytest.mark.parametrize("hub", ["oak", "ash", "nobody"])
@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("zigbee2mqtt/hall", b'{"occupancy": true, "device": {"ieeeAddr": "0x00158d0001a2b3c4"}}'),
        ("keepwell/zigbee2mqtt:0x00158d0001a2b3c4/motion", b'{"value": true}'),
        (
            "zigbee2mqtt/bridge/devices",
            b'[{"ieee_address": "0x00158d0001a2b3c4", "friendly_name": "hall", "type": "EndDevice"}]',
        ),
    ],
)
def test_what_is_said_under_another_homes_topic_is_no_reading_of_either_home(hub: str, topic: str, payload: bytes):
    reception = Reception(lambda: STREET, (TopicFilter(filter="homes/#"),), ManualClock(NOW))
    sightings: list[str] = []
    for _ in range(2):
        taken = reception.receive(
            f"homes/{hub}/{topic}", payload, retained=False, draining=False, queued_since=None
        ).taken
        assert not [one for one in taken.readings if one.device]
        sightings += [one.address for one in taken.sightings]
    if sightings:
        assert Misdirected().note(HOMES, hub, sightings, NOW)
    else:
        assert hub == "ash" or topic == "zigbee2mqtt/hall", (
            "without consent nothing is kept, nor before a name is known"
        )
