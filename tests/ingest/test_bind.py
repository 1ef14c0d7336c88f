"""Whose is it, when was it, and what may be kept."""

import json

import pytest

from devices.decode import HubDecoder
from devices.instant import DAY, HOUR, MINUTE, SECOND, rfc3339
from devices.measurement import Decoded, Description, Measurement, Message, Rejected
from gateway.ingest.bind import Arrival, Bound, bind, expire, find, release
from gateway.model import Device, Directory, Flag, Home, Hub, Waiting
from tests.ingest.homes import ASH, ELM, HALL, NOW, PENDANT, STREET

INVENTORY = json.dumps(
    [
        {
            "ieee_address": HALL.removeprefix("zigbee2mqtt:"),
            "friendly_name": "Hall PIR",
            "type": "EndDevice",
            "definition": {"model": "RTCGQ11LM", "vendor": "Aqara", "exposes": []},
        },
        {
            "ieee_address": "0x00158d0009999999",
            "friendly_name": "Spare",
            "type": "EndDevice",
            "definition": {"model": "SNZB-04", "vendor": "Sonoff", "exposes": []},
        },
    ]
).encode()


def hear(
    hub: str | None,
    topic: str,
    payload: bytes,
    directory: Directory = STREET,
    decoder: HubDecoder | None = None,
    **arrival: object,
) -> Bound:
    decoder = decoder or HubDecoder()
    whole = f"homes/{hub}/{topic}"
    heard = Arrival(hub, whole, payload, NOW, **arrival)
    received_at = None if arrival.get("trusted") else NOW
    decoded = decoder.decode(Message(topic, payload, heard.retained, received_at))
    return bind(directory, heard, decoded, decoder.address_of)


def said(value: object, at: int | None = None, identity: str | None = None) -> bytes:
    content = {"value": value}
    if at is not None:
        content["at"] = rfc3339(at)
    if identity is not None:
        content["id"] = identity
    return json.dumps(content).encode()


def test_a_registered_device_of_a_consenting_home_gives_a_reading_with_its_home_room_and_role():
    (reading,) = hear("elm", "keepwell/hall-pir/motion", said(value=True)).taken.readings
    assert (reading.home, reading.hub, reading.device, reading.room) == ("ELM-12", "elm", "hall-pir", "Hall")
    assert (reading.quantity, reading.value, reading.at, reading.flags) == ("motion", True, NOW, Flag.NONE)


def test_a_sub_unit_belongs_to_its_device_and_keeps_its_own_address():
    decoded = Decoded("zigbee2mqtt", (Measurement(f"{HALL}/left", "switch", value=True),))
    (reading,) = bind(STREET, Arrival("elm", "t", b"", NOW), decoded, lambda _: None).taken.readings
    assert (reading.device, reading.room) == (f"{HALL}/left", "Hall")


def test_an_address_registered_in_another_home_is_nobodys_here():
    bound = hear("oak", f"keepwell/{HALL}/motion", said(value=True))
    assert bound.taken.readings == ()
    assert [(one.hub, one.address) for one in bound.taken.sightings] == [("oak", HALL)]


def test_a_payload_that_names_another_hub_changes_nothing():
    payload = b'{"value": true, "hub": "elm", "home": "ELM-12", "topic": "homes/elm/keepwell/hall-pir/motion"}'
    bound = hear("oak", "keepwell/hall-pir/motion", payload)
    assert bound.taken.readings == ()
    assert {one.hub for one in bound.taken.sightings} == {"oak"}


def test_an_unregistered_device_is_a_sighting_without_values():
    decoded = Decoded("x", (Measurement("a", "temperature", 21.5), Measurement("a", "humidity", 40.0)))
    taken = bind(STREET, Arrival("elm", "t", b"", NOW), decoded, lambda _: None).taken
    (sighting,) = taken.sightings
    assert (sighting.address, sighting.quantities, sighting.heard_at) == ("a", ("temperature", "humidity"), NOW)
    assert taken.readings == taken.waiting == ()


def test_a_hub_that_is_registered_nowhere_is_seen_and_nothing_of_it_waits():
    taken = hear("new-hub", "zigbee2mqtt/Hall PIR", b'{"occupancy":true}').taken
    assert [(one.hub, one.address) for one in taken.sightings] == [("new-hub", "zigbee2mqtt:name:Hall PIR")]
    assert taken.waiting == ()


def test_a_home_without_consent_leaves_only_a_count():
    bound = hear("ash", f"keepwell/{HALL}/motion", said(value=True))
    assert bound.taken == type(bound.taken)()
    assert bound.without_consent == 1
    described = hear("ash", "zigbee2mqtt/bridge/devices", INVENTORY)
    assert described.taken == type(described.taken)()


def test_nothing_of_a_home_whose_consent_was_withdrawn_is_found():
    assert find(STREET, "ash", HALL, lambda _: None) is None
    assert STREET.find("ash", HALL) is not None


# ------------------------------------------------------------------------------------------------ time


def test_device_time_is_taken_and_floored_to_the_millisecond():
    at = NOW - 30 * SECOND + 1_999
    (reading,) = hear("elm", "keepwell/hall-pir/motion", said(value=True, at=at)).taken.readings
    assert reading.at == NOW - 30 * SECOND + 1_000
    assert (reading.received_at, reading.flags) == (NOW, Flag.NONE)


def test_receive_time_is_floored_too():
    arrival = Arrival("elm", "t", b"", NOW + 1_234)
    (reading,) = bind(
        STREET, arrival, Decoded("x", (Measurement("hall-pir", "motion", value=True),)), lambda _: None
    ).taken.readings
    assert (reading.at, reading.received_at) == (NOW + 1_000, NOW + 1_234)


@pytest.mark.parametrize(("behind", "late"), [(2 * MINUTE, False), (2 * MINUTE + SECOND, True), (3 * DAY, True)])
def test_more_than_two_minutes_behind_is_late(behind: int, late: bool):
    (reading,) = hear("elm", "keepwell/hall-pir/motion", said(value=True, at=NOW - behind)).taken.readings
    assert reading.at == NOW - behind
    assert (Flag.LATE in reading.flags) is late


def test_a_time_before_the_device_was_registered_is_not_believed():
    (reading,) = hear("elm", "keepwell/new-pir/motion", said(value=True, at=NOW - 2 * HOUR)).taken.readings
    assert (reading.at, reading.flags) == (NOW, Flag.NONE)


@pytest.mark.parametrize("at", [NOW - 8 * DAY, NOW + 3 * MINUTE])
def test_an_implausible_time_is_not_believed(at: int):
    (reading,) = hear("elm", "keepwell/hall-pir/motion", said(value=True, at=at)).taken.readings
    assert reading.at == NOW


def test_a_queued_undated_reading_says_since_when_it_may_be_and_a_dated_one_needs_not():
    since = NOW - 2 * HOUR
    (undated,) = hear("elm", "keepwell/hall-pir/motion", said(value=True), queued_since=since).taken.readings
    assert (undated.flags, undated.since, undated.at) == (Flag.QUEUED, since, NOW)
    payload = said(value=True, at=NOW - HOUR)
    (dated,) = hear("elm", "keepwell/hall-pir/motion", payload, queued_since=since).taken.readings
    assert (dated.flags, dated.since, dated.at) == (Flag.LATE, None, NOW - HOUR)


def test_a_retained_value_is_flagged_and_never_queued():
    payload = said(value=True)
    (reading,) = hear("elm", "keepwell/hall-pir/motion", payload, retained=True, queued_since=1).taken.readings
    assert (reading.flags, reading.since) == (Flag.RETAINED, None)


def test_a_replayed_value_is_flagged():
    (reading,) = hear("elm", "keepwell/hall-pir/motion", said(value=True), replayed=True).taken.readings
    assert reading.flags == Flag.REPLAYED


def test_identity_is_kept_with_what_no_file_could_hold_taken_out():
    decoded = Decoded("x", (Measurement("hall-pir", "button", "pre\ud800ss", identity="é\udfff"),))
    (reading,) = bind(STREET, Arrival("elm", "t", b"", NOW), decoded, lambda _: None).taken.readings
    assert (reading.value, reading.identity) == ("pre?ss", "é?")


def test_what_is_no_number_is_never_a_reading():
    values = (float("nan"), float("inf"), 20.0)
    decoded = Decoded("x", tuple(Measurement("hall-pir", "temperature", value) for value in values))
    taken = bind(STREET, Arrival("elm", "t", b"", NOW), decoded, lambda _: None).taken
    assert [reading.value for reading in taken.readings] == [20.0]


def test_a_bridge_speaking_of_itself_is_neither_device_nor_sighting():
    taken = hear("elm", "zigbee2mqtt/bridge/state", b'{"state":"online"}').taken
    assert taken.readings == taken.sightings == ()


# ------------------------------------------------------------------------------------------------ quarantine


def test_an_unreadable_message_of_a_consenting_home_is_kept_whole():
    bound = hear("elm", "zigbee2mqtt/Hall PIR", b'{"occupancy":tru')
    (kept,) = bound.taken.quarantined
    assert (kept.hub, kept.topic, kept.payload) == ("elm", "homes/elm/zigbee2mqtt/Hall PIR", b'{"occupancy":tru')
    assert kept.convention == "zigbee2mqtt"
    assert kept.reason
    assert kept.size == 16


@pytest.mark.parametrize("hub", ["ash", "nobody"])
def test_of_others_only_reason_shape_size_and_hash_are_kept(hub: str):
    (kept,) = hear(hub, "zigbee2mqtt/Margaret's bedroom", b'{"occupancy":tru').taken.quarantined
    assert (kept.hub, kept.topic, kept.payload, kept.detail) == (None, "homes/+/zigbee2mqtt/+", None, "")
    assert (kept.size, len(kept.digest)) == (16, 64)


@pytest.mark.parametrize("payload", [b'{"action":"arm","action_code":"1234"', b'{"ACTION_CODE": 1234'])
def test_a_keypads_pin_is_never_kept(payload: bytes):
    rejected = Decoded("zigbee2mqtt", rejected=Rejected("not_json", ""))
    (kept,) = bind(STREET, Arrival("elm", "t", payload, NOW), rejected, lambda _: None).taken.quarantined
    assert kept.payload is None


def test_a_huge_message_is_kept_in_part():
    rejected = Decoded("zigbee2mqtt", rejected=Rejected("not_json", ""))
    payload = b"x" * 1_048_576
    (kept,) = bind(STREET, Arrival("elm", "t", payload, NOW), rejected, lambda _: None).taken.quarantined
    assert kept.size == 1_048_576
    assert kept.payload == b"x" * 16_384


# ------------------------------------------------------------------------------------------------ names


def test_readings_of_a_name_wait_until_the_inventory_tells_its_address():
    decoder = HubDecoder()
    waiting = hear("elm", "zigbee2mqtt/Hall PIR", b'{"occupancy":true}', decoder=decoder).taken.waiting
    assert [entry.measurement.address for entry in waiting] == ["zigbee2mqtt:name:Hall PIR"]
    assert release(STREET, waiting, decoder.address_of, NOW, None).released == ()

    described = hear("elm", "zigbee2mqtt/bridge/devices", INVENTORY, decoder=decoder).taken
    assert [(one.address, one.name, one.model) for one in described.sightings] == [
        ("zigbee2mqtt:0x00158d0009999999", "Spare", "SNZB-04")
    ]
    kept = [Waiting(entry.hub, entry.measurement, entry.received_at, entry.flags, 7) for entry in waiting]
    freed = release(STREET, kept, decoder.address_of, NOW + MINUTE, None)
    (reading,) = freed.readings
    assert (reading.device, reading.room, reading.received_at, reading.flags) == (HALL, "Hall", NOW, Flag.NONE)
    assert freed.released == (7,)


def test_a_reading_that_waited_long_is_late():
    entry = Waiting("elm", Measurement("zigbee2mqtt:name:x", "button", "press"), NOW, Flag.NONE, 1)
    (reading,) = release(STREET, [entry], lambda _: PENDANT, NOW + 3 * MINUTE, None).readings
    assert (reading.at, reading.flags) == (NOW, Flag.LATE)


def test_a_queued_reading_that_waited_still_says_since_when():
    entry = Waiting("elm", Measurement("zigbee2mqtt:name:x", "button", "press"), NOW, Flag.QUEUED, 1)
    (reading,) = release(STREET, [entry], lambda _: PENDANT, NOW, NOW - HOUR).readings
    assert (reading.flags, reading.since) == (Flag.QUEUED, NOW - HOUR)


def test_a_name_that_proves_to_be_nobodys_becomes_a_sighting():
    entry = Waiting("elm", Measurement("zigbee2mqtt:name:x", "motion", value=True), NOW, Flag.NONE, 1)
    freed = release(STREET, [entry], lambda _: "zigbee2mqtt:0x1", NOW, None)
    assert ([one.address for one in freed.sightings], freed.readings, freed.released) == (["zigbee2mqtt:0x1"], (), (1,))


def test_what_waited_too_long_is_given_up_without_its_values():
    old = Waiting("elm", Measurement("zigbee2mqtt:name:x", "motion", value=True), NOW - HOUR, Flag.NONE, 1)
    new = Waiting("elm", Measurement("zigbee2mqtt:name:x", "motion", value=True), NOW, Flag.NONE, 2)
    given_up = expire([old, new], NOW - 15 * MINUTE)
    assert given_up.released == (1,)
    assert [one.address for one in given_up.sightings] == ["zigbee2mqtt:name:x"]


def test_a_device_registered_by_its_name_is_found_before_and_after_the_inventory():
    named = Device("elm", "zigbee2mqtt:name:Hall PIR", "Hall")
    directory = Directory((Home("ELM-12", "UTC", hubs=(Hub("elm"),), devices=(named,)),))
    decoder = HubDecoder()
    before = hear("elm", "zigbee2mqtt/Hall PIR", b'{"occupancy":true}', directory, decoder).taken
    hear("elm", "zigbee2mqtt/bridge/devices", INVENTORY, directory, decoder)
    after = hear("elm", "zigbee2mqtt/Hall PIR", b'{"occupancy":true}', directory, decoder).taken
    assert [reading.device for reading in before.readings] == ["zigbee2mqtt:name:Hall PIR"]
    assert [(reading.device, reading.room) for reading in after.readings] == [(HALL, "Hall")]


def test_the_homes_of_this_street_are_what_these_tests_take_them_for():
    assert ELM.consent
    assert not ASH.consent


@pytest.mark.parametrize("untrusted", [False, True])
def test_what_is_momentary_or_anybodys_is_marked_so(untrusted: bool):
    said = (Measurement(HALL, "motion", True, momentary=True), Measurement(HALL, "battery", 80.0))
    arrival = Arrival("elm", "t", b"", NOW, retained=True)
    motion, battery = bind(STREET, arrival, Decoded("x", said, untrusted=untrusted), lambda _: None).taken.readings
    everything = Flag.RETAINED | (Flag.UNTRUSTED if untrusted else Flag.NONE)
    assert (motion.flags, battery.flags) == (everything | Flag.MOMENTARY, everything)


def test_it_is_still_so_when_its_address_is_known_at_last():
    said = Decoded("x", (Measurement(f"zigbee2mqtt:name:{HALL}", "motion", True, momentary=True),), untrusted=True)
    (waiting,) = bind(STREET, Arrival("elm", "t", b"", NOW), said, lambda _: None).taken.waiting
    assert waiting.flags == Flag.MOMENTARY | Flag.UNTRUSTED
    (reading,) = release(STREET, [waiting], lambda _: HALL, NOW, None).readings
    assert (reading.device, reading.flags) == (HALL, Flag.MOMENTARY | Flag.UNTRUSTED)


def test_a_bridge_that_introduces_itself_is_no_device():
    told = (Description("zwave:bridge", "Controller"), Description("zwave:0xe1:5", "Door", quantities=("contact",)))
    (sighting,) = bind(
        STREET, Arrival("elm", "t", b"", NOW), Decoded("x", described=told), lambda _: None
    ).taken.sightings
    assert (sighting.address, sighting.introduced) == ("zwave:0xe1:5", True)
