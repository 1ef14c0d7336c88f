"""Zigbee2MQTT: what samples cannot show: lessons, names that change, bounds, and hostile messages."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.conventions.zigbee2mqtt import Zigbee2mqtt
from devices.decode import HubDecoder, Options
from devices.instant import MINUTE, SECOND, Instant, parse_rfc3339
from devices.measurement import Decoded, Message
from devices.payload import MESSAGE_LIMIT
from devices.simulation.conventions.zigbee2mqtt import SimulatedZigbee2mqtt
from devices.zigbee.inventory import Inventory
from tests.devices import samples
from tests.devices.samples import FILES
from tests.support.work import MILLISECONDS_50, calls_of

NOW = parse_rfc3339("2026-01-05T08:30:00Z") or 0
DOOR = "0x00158d0001a2b3c4"
PIR = "0x00158d0001a2b3c5"


def _entry(ieee_address: str, name: str, **more: Any) -> dict[str, Any]:
    return {"ieee_address": ieee_address, "friendly_name": name, "type": "EndDevice", **more}


def _say(
    decoder: HubDecoder, path: str, content: object, at: Instant | None = NOW, *, retained: bool = False
) -> Decoded:
    payload = content.encode() if isinstance(content, str) else json.dumps(content).encode()
    topic = path if path.startswith("/") else f"zigbee2mqtt/{path}"
    return decoder.decode(Message(topic.removeprefix("/"), payload, retained, at))


def _addresses(decoded: Decoded) -> list[str]:
    return [measurement.address for measurement in decoded.measurements]


def _actions(decoded: Decoded) -> list[object]:
    return [measurement.value for measurement in decoded.measurements if measurement.quantity == "button"]


# ------------------------------------------------------------------------------------------------ lessons


def test_a_new_decoder_that_is_told_the_lessons_reads_as_the_old_one():
    first, kept = HubDecoder(), {}
    messages = [
        Message("zigbee2mqtt/bridge/devices", json.dumps([_entry(DOOR, "hall/door")]).encode(), True, NOW),
        Message("zigbee2mqtt/bridge/groups", b'[{"friendly_name":"lamps"}]', True, NOW),
        Message("annexe/z2m/bridge/state", b'{"state":"online"}', True, NOW),
        Message("annexe/z2m/bridge/devices", json.dumps([_entry(PIR, "pir")]).encode(), True, NOW),
        Message("zigbee2mqtt/hall/door", b'{"contact":true}', False, NOW),
    ]
    for message in messages:
        if (lesson := first.decode(message).lesson) is not None:
            kept[lesson] = message
    assert len(kept) == 4
    second = HubDecoder()
    second.recall(kept.values())
    for topic, payload in (
        ("zigbee2mqtt/hall/door", b'{"contact":true}'),
        ("zigbee2mqtt/lamps", b'{"state":"ON"}'),
        ("annexe/z2m/pir", b'{"occupancy":true}'),
    ):
        message = Message(topic, payload, False, NOW)
        assert second.decode(message) == first.decode(message)
    assert _addresses(_say(second, "/annexe/z2m/pir", {"occupancy": True})) == [f"zigbee2mqtt:{PIR}"]


def test_only_what_is_valid_is_a_lesson():
    decoder = HubDecoder()
    assert _say(decoder, "bridge/devices", {"no": "list"}).lesson is None
    assert _say(decoder, "bridge/groups", "[").lesson is None
    assert _say(decoder, "bridge/state", {"state": "online"}).lesson is None
    assert _say(decoder, "/loft/bridge/state", "online").lesson == "loft/bridge/state"
    assert _say(decoder, "/loft/bridge/state", "").lesson == "loft/bridge/state"
    assert _say(decoder, "bridge/devices", "").lesson == "zigbee2mqtt/bridge/devices"
    assert _say(decoder, "bridge/groups", "").lesson == "zigbee2mqtt/bridge/groups"


def test_recalled_lessons_start_no_replay():
    decoder = HubDecoder()
    decoder.recall([Message("loft/bridge/state", b'{"state":"online"}', False, NOW)])
    assert not _say(decoder, "/loft/pir", {"occupancy": True}).replayed


# ------------------------------------------------------------------------------------------------ names


def test_a_name_that_was_means_its_device_until_another_has_it():
    decoder = HubDecoder()
    _say(decoder, "bridge/devices", [_entry(DOOR, "door")])
    _say(decoder, "bridge/devices", [_entry(DOOR, "front door")])
    assert _addresses(_say(decoder, "door", {"contact": True})) == [f"zigbee2mqtt:{DOOR}"]
    assert decoder.address_of("zigbee2mqtt:name:door") == f"zigbee2mqtt:{DOOR}"
    _say(decoder, "bridge/groups", [{"friendly_name": "door"}])
    assert _say(decoder, "door", {"contact": True}).ignored
    _say(decoder, "bridge/groups", [])
    _say(decoder, "bridge/devices", [_entry(DOOR, "front door"), _entry(PIR, "door")])
    assert _addresses(_say(decoder, "door", {"contact": True})) == [f"zigbee2mqtt:{PIR}"]


def test_a_rename_is_known_before_the_new_inventory():
    decoder = HubDecoder()
    definition = {"model": "MCCGQ11LM", "vendor": "Aqara", "exposes": [{"type": "binary", "property": "contact"}]}
    _say(decoder, "bridge/devices", [_entry(DOOR, "door", definition=definition)])
    answer = {"data": {"from": "door", "to": "hall/door"}, "status": "ok"}
    described = _say(decoder, "bridge/response/device/rename", answer).described
    assert described[0][:4] == (f"zigbee2mqtt:{DOOR}", "hall/door", "Aqara", "MCCGQ11LM")
    for name in ("door", "hall/door"):
        assert _addresses(_say(decoder, name, {"contact": True})) == [f"zigbee2mqtt:{DOOR}"]


def test_an_event_keeps_what_was_known_of_the_device():
    decoder = HubDecoder()
    definition = {"model": "MCCGQ11LM", "vendor": "Aqara", "exposes": [{"type": "binary", "property": "contact"}]}
    _say(decoder, "bridge/devices", [_entry(DOOR, "door", definition=definition)])
    data = {"friendly_name": "door", "ieee_address": DOOR}
    (told,) = _say(decoder, "bridge/event", {"type": "device_announce", "data": data}).described
    assert told.model == "MCCGQ11LM"
    assert told.quantities == ("contact",)


def test_an_old_address_as_name_has_the_ways_of_its_model():
    decoder = HubDecoder()
    exposes = [{"type": "numeric", "property": "current", "unit": "mA"}]
    _say(decoder, "bridge/devices", [_entry(DOOR, "plug", definition={"model": "x", "exposes": exposes})])
    assert _say(decoder, DOOR, {"current": 500}).measurements[0].value == 0.5


def test_the_longest_name_wins_whatever_is_a_group():
    inventory = Inventory()
    inventory.replace([_entry(DOOR, "hall"), _entry(PIR, "hall/pir")])
    inventory.replace_groups([{"friendly_name": "hall/pir/all"}, {"friendly_name": None}, "rubbish"])
    assert inventory.split("hall/pir/all") == ("hall/pir/all", "")
    assert inventory.split("hall/pir/occupancy") == ("hall/pir", "occupancy")
    assert inventory.split("hall/occupancy") == ("hall", "occupancy")
    assert inventory.split("cellar/set/state") == ("cellar", "set/state")


def test_what_a_stranger_makes_up_is_forgotten():
    decoder = Zigbee2mqtt(Options())
    for number in range(6_000):
        device = {"ieeeAddr": f"0x{number:016x}"}
        decoder.decode(Message(f"zigbee2mqtt/d{number}", json.dumps({"contact": True, "device": device}).encode()))
        decoder.decode(Message(f"base{number}/bridge/state", b"online"))
        decoder.decode(Message(f"zigbee2mqtt/p{number}", b'{"action":"single","sos":true}'))
    named = {n for n in range(6_000) if decoder.address_of(f"zigbee2mqtt:name:d{n}") is not None}
    assert len(named) <= 4_000
    assert 5_999 in named
    assert sum(decoder.claims(f"base{n}/x") for n in range(6_000)) < 10


# ------------------------------------------------------------------------------------------------ claims


@pytest.mark.parametrize("topic", [
    "home/gw/BTtoMQTT/AABBCCDDEEFF", "tele/plug/SENSOR", "zwave/hall/status", "homeassistant/sensor/x/config",
    "zigbee2mqttx/pir", "x/bridge/event", "bridge/state",
])  # fmt: skip
def test_it_claims_nothing_of_others(topic: str):
    assert not Zigbee2mqtt(Options()).claims(topic)


def test_a_base_is_learned_only_from_what_a_bridge_says():
    decoder = HubDecoder()
    assert _say(decoder, "/shop/bridge/state", {"state": "rainy"}).convention is None
    assert _say(decoder, "/shop/pir", {"occupancy": True}).convention is None
    assert _say(decoder, "/shop/bridge/state", {"state": "offline"}, retained=True).hub_online is False
    assert _addresses(_say(decoder, "/shop/pir", {"occupancy": True})) == ["zigbee2mqtt:name:pir"]


# ------------------------------------------------------------------------------------------------ presses


@pytest.mark.parametrize("output", ["json", "attribute", "attribute_and_json"])
def test_each_press_is_told_once_in_every_output(output: str):
    decoder, told = HubDecoder(), []
    for number, word in enumerate(["single", "single", "double", "emergency"]):
        at = NOW + number * MINUTE
        if output != "attribute":
            told += _actions(_say(decoder, "p", {"action": word, "battery": 80}, at))
        if output != "json":
            told += _actions(_say(decoder, "p/battery", "80", at + 1))
            told += _actions(_say(decoder, "p/action", word, at + 2))
            told += _actions(_say(decoder, "p/action", "", at + 3))
    assert told == ["press", "press", "double", "emergency"]


def test_a_press_among_cached_states_is_told_and_marked():
    decoder = HubDecoder()
    _say(decoder, "bridge/state", {"state": "online"})
    decoded = _say(decoder, "p", {"action": "emergency"}, NOW + SECOND)
    assert _actions(decoded) == ["emergency"]
    assert decoded.replayed


def test_a_backlog_that_comes_within_a_second_loses_no_press():
    decoder, told = HubDecoder(), []
    for number in range(5):
        at = NOW + number * 20_000
        told += _actions(_say(decoder, "p", {"action": "single"}, at))
        told += _actions(_say(decoder, "p/action", "single", at + 1))
    assert told == ["press"] * 5


@given(st.lists(st.sampled_from([True, False, None]), max_size=12))
def test_an_alarm_button_is_told_at_least_when_it_rises(said: list[bool | None]):
    decoder, before, risen, told = HubDecoder(), False, 0, 0
    for number, sos in enumerate(said):
        payload = {"battery": 80} if sos is None else {"sos": sos, "battery": 80}
        told += len(_actions(_say(decoder, "cord", payload, NOW + number * MINUTE)))
        risen += sos is True and not before
        before = before if sos is None else sos
    assert risen <= told <= said.count(True)


# ------------------------------------------------------------------------------------------------ replay


def test_every_bridge_has_its_own_start():
    decoder = HubDecoder()
    _say(decoder, "/loft/bridge/state", {"state": "online"})
    assert _say(decoder, "/loft/pir", {"occupancy": True}, NOW + SECOND).replayed
    assert not _say(decoder, "pir", {"occupancy": True}, NOW + SECOND).replayed
    _say(decoder, "/loft/bridge/state", {"state": "offline"}, NOW + 2 * SECOND)
    assert not _say(decoder, "/loft/pir", {"occupancy": True}, NOW + 3 * SECOND).replayed


def test_without_times_the_first_message_on_each_topic_after_a_start_is_a_replay():
    decoder = HubDecoder()
    _say(decoder, "bridge/state", {"state": "online"}, None)
    seen = [_say(decoder, name, {"occupancy": True}, None).replayed for name in ("a", "b", "a", "b", "c")]
    assert seen == [True, True, False, False, True]


# ------------------------------------------------------------------------------------------------ secrets and bounds


def test_no_code_of_a_keypad_is_in_anything_that_is_said():
    decoder = HubDecoder()
    for path, content in (
        ("kp", {"action": "disarm", "action_code": "4711", "last_added_user_code": "4711", "admin_code": "4711"}),
        ("kp/action_code", "4711"),
        ("kp/action_code", {"code": "4711"}),
        ("kp/admin_code", "4711"),
        ("lock", {"pin_code": {"user": 1, "pin_code": "4711"}, "users": {"1": {"pin_code": "4711"}}}),
        ("lock/pin_code-pin_code", "4711"),
        ("kp", '{"action_code":"4711"'),
        ("kp", '["4711"]'),
        ("bridge/logging", {"message": "4711"}),
        ("bridge/log", {"message": "4711"}),
        ("bridge/response/device/options", {"data": {"pin": "4711"}, "status": "ok"}),
    ):
        assert "4711" not in repr(_say(decoder, path, content))


def _largest() -> dict[str, tuple[str, bytes]]:
    exposes = [{"type": "numeric", "property": f"p{n}", "name": "state", "endpoint": "x"} for n in range(13_000)]
    nested: Any = exposes[:100]
    for _ in range(200):
        nested = [{"type": "switch", "features": nested}]
    words = [{"type": "enum", "property": "status", "values": ["x"] * 200_000}]
    contents: dict[str, tuple[str, object]] = {
        "keys": ("pir", {f"key{n}": n for n in range(55_000)}),
        "parts": ("pir", {f"state_{n}": "ON" for n in range(45_000)}),
        "alarm": ("cord", {"sos": True, **{f"k{n}": n for n in range(55_000)}}),
        "list": ("pir", list(range(130_000))),
        "devices": ("bridge/devices", [_entry(f"0x{n:016x}", f"device {n}") for n in range(9_000)]),
        "exposes": ("bridge/devices", [_entry(DOOR, "x", definition={"exposes": exposes})]),
        "nested": ("bridge/devices", [_entry(DOOR, "x", definition={"exposes": nested})]),
        "words": ("bridge/devices", [_entry(DOOR, "x", definition={"exposes": words})]),
        "groups": ("bridge/groups", [{"friendly_name": f"group {n}"} for n in range(30_000)]),
        "event": (
            "bridge/event",
            {"type": "device_interview", "data": _entry(DOOR, "x", definition={"exposes": words})},
        ),
        "text": ("pir/occupancy", "x" * 1_000_000),
        "press": ("pir/action", "single_" * 140_000),
    }
    return {
        name: (f"zigbee2mqtt/{path}", content.encode() if isinstance(content, str) else json.dumps(content).encode())
        for name, (path, content) in contents.items()
    }


LARGEST = _largest()


@pytest.mark.parametrize("name", LARGEST)
def test_a_megabyte_is_little_work(name: str):
    topic, payload = LARGEST[name]
    assert len(payload) <= MESSAGE_LIMIT
    message = Message(topic, payload, False, NOW)
    assert calls_of(lambda: HubDecoder().decode(message)) < MILLISECONDS_50


def test_a_topic_of_slashes_is_little_work():
    decoder = HubDecoder()
    _say(decoder, "bridge/devices", [_entry(DOOR, "/" * n) for n in range(1, 200)])
    message = Message("zigbee2mqtt/" + "a/" * 500, b"1", False, NOW)
    assert calls_of(lambda: decoder.decode(message)) < MILLISECONDS_50 // 10


# ------------------------------------------------------------------------------------------------ the simulator


def test_the_simulated_homes_speak_in_every_way_there_is():
    topics, payloads = set(), set()
    for seed in range(40):
        simulator = SimulatedZigbee2mqtt(Random(seed))  # noqa: S311 - a story, not a secret
        for can in simulator.can:
            value = can.words[0] if can.words else can.flags[0] if not can.high else can.low
            for said in simulator.say(NOW, {can: value}):
                topics.add(said.topic)
                payloads.add(said.payload)
    assert {"zigbee2mqtt/hall/pir", "zigbee2mqtt/hall/pir/occupancy", "home/annexe/z2m/hall/pir"} <= topics
    assert {b"online", b"offline", b'{"state":"offline"}', b'{"action":""}'} & payloads


def test_samples_of_every_kind_are_there():
    mine = [path for path in FILES if path.parent.name == "zigbee2mqtt"]
    assert sum(len(samples.messages(path)) for path in mine) >= 40
