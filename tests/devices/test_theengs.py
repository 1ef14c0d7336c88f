"""Theengs Gateway and OpenMQTTGateway: copies, bases, privacy and bounds, which samples cannot show."""

import json

import pytest

from devices.decode import HubDecoder
from devices.instant import MINUTE, SECOND, Instant, parse_rfc3339
from devices.measurement import Decoded, Message

NOW = parse_rfc3339("2026-01-05T08:30:00Z") or 0
BUTTON = {"id": "3C:2E:F5:AA:00:01", "model": "ShellyBLU Button1", "model_id": "SBBT-002C", "type": "BTN", "button": 1}


def _advert(
    content: dict[str, object], at: Instant | None = NOW, *, gateway: str = "home/one", retained: bool = False
) -> Message:
    return Message(f"{gateway}/BTtoMQTT/3C2EF5AA0001", json.dumps(content).encode(), retained, at)


def _told(decoded: Decoded) -> list[tuple[str, object]]:
    return [(said.quantity, said.value) for said in decoded.measurements]


def test_a_numbered_advert_counts_once_in_a_minute():
    decoder = HubDecoder()
    numbered = {**BUTTON, "packet": 7}
    assert _told(decoder.decode(_advert(numbered))) == [("button", "press")]
    copy = decoder.decode(_advert(numbered, NOW + MINUTE, gateway="home/two"))
    assert copy.ignored == "a copy of an advert that was read already"
    assert decoder.decode(_advert({**numbered, "packet": 8}, NOW)).measurements
    assert decoder.decode(_advert(numbered, NOW + 2 * MINUTE)).measurements


def test_a_press_without_a_number_counts_once_in_two_seconds():
    decoder = HubDecoder()
    assert decoder.decode(_advert(BUTTON)).measurements
    assert decoder.decode(_advert(BUTTON, NOW + SECOND, gateway="home/two")).ignored
    assert decoder.decode(_advert({**BUTTON, "button": 2}, NOW + SECOND)).measurements
    assert decoder.decode(_advert(BUTTON, NOW + 3 * SECOND)).measurements


def test_states_come_twice_but_not_the_press_with_them():
    decoder = HubDecoder()
    both = {**BUTTON, "batt": 90}
    assert _told(decoder.decode(_advert(both))) == [("battery", 90.0), ("button", "press")]
    assert _told(decoder.decode(_advert(both))) == [("battery", 90.0)]


def test_a_retained_advert_does_not_hide_a_new_one():
    decoder = HubDecoder()
    numbered = {**BUTTON, "packet": 7}
    assert decoder.decode(_advert(numbered, retained=True)).ignored == "a retained press is an old one"
    assert decoder.decode(_advert(numbered)).measurements


@pytest.mark.parametrize(("code", "action"), [
    (0, None), (1, "press"), (2, "double"), (3, "triple"), (4, "long"), (9, "long"), (11, "long"), ("1", "press"),
    (254, "long"), (1.5, None), (77, None), (None, None), (True, None), ("x", None), (1e400, None), ([1], None),
])  # fmt: skip
def test_button_codes(code: object, action: str | None):
    told = _told(HubDecoder().decode(_advert({**BUTTON, "button": code, "batt": 50})))
    assert told == [("battery", 50.0)] + ([("button", action)] if action else [])


@pytest.mark.parametrize("person", [
    {"type": "TRACK", "track": True}, {"type": "RMAC"}, {"type": "BODY", "steps": 7, "batt": 50}, {"type": "AUDIO"},
    {"track": True}, {"track": True, "type": "UNIQ", "batt": 50}, {"prmac": True, "batt": 50}, {"unlocked": True},
    {"presence": "absent"}, {"type": "SCALE", "weight": 71}, {"type": "BCON", "volt": 2.6}, {"mac_type": 1},
    {"mac_type": 1, "tempc": 20}, {"mac_type": "1", "name": "Eve's phone"},
])  # fmt: skip
def test_people_are_not_tracked(person: dict[str, object]):
    decoder = HubDecoder()
    decoded = decoder.decode(_advert({"id": "54:94:5E:9F:64:C4", "rssi": -60, "model_id": "X", **person}))
    assert decoded.ignored
    assert not decoded.described
    assert "54" not in decoded.ignored


@pytest.mark.parametrize("sensor", [
    {"type": "ACEL", "track": True, "tempc": 21.0}, {"type": "THBX", "track": True, "hum": 40},
    {"type": "BCON", "track": True, "tempc": 21.0}, {"mac_type": 0, "tempc": 21.0},
    {"mac_type": 1, "tempc": 21.0, "model_id": "RuuviTag_RAWv2", "id": "DD:42:06:00:12:34"},
])  # fmt: skip
def test_a_sensor_that_may_serve_for_tracking_is_a_sensor(sensor: dict[str, object]):
    assert HubDecoder().decode(_advert({"id": "54:94:5E:9F:64:C4", **sensor})).measurements


@pytest.mark.parametrize(("content", "identity"), [
    ({"id": "A4:C1:38:11:22:33"}, "a4c138112233"),
    ({"id": "A4:C1:38:11:22:33", "mac": "A4:C1:38:11:22:34"}, "a4c138112234"),
    ({"id": "A4:C1:38:11:22:33", "mac": "nonsense"}, "a4c138112233"),
    ({"id": "A1B2C3D4-0000-1111-2222-333344445555"}, "a1b2c3d4-0000-1111-2222-333344445555"),
    ({}, "3c2ef5aa0001"),
    ({"id": "bridge"}, "3c2ef5aa0001"),
    ({"id": "a/b"}, "3c2ef5aa0001"),
    ({"id": ["x"]}, "3c2ef5aa0001"),
])  # fmt: skip
def test_the_address_is_the_one_that_stays(content: dict[str, object], identity: str):
    decoded = HubDecoder().decode(_advert({**content, "tempc": 20}))
    assert decoded.measurements[0].address == f"theengs:{identity}"


def test_another_base_is_learned_from_a_reading_which_is_a_lesson():
    decoder = HubDecoder()
    will = Message("attic/ble/LWT", b"offline", retained=True)
    assert decoder.decode(will).convention is None
    first = _advert({"id": "A4:C1:38:11:22:33", "tempc": 20}, gateway="attic/ble")
    assert decoder.decode(first).lesson == "theengs:gateway:attic/ble"
    assert decoder.decode(first).lesson is None
    assert decoder.decode(will).hub_online is False
    later = HubDecoder()
    later.recall([first])
    assert later.decode(will).measurements[0].address == "theengs:ble:bridge"


def test_nobody_s_phone_is_a_lesson_and_home_needs_none():
    decoder = HubDecoder()
    assert decoder.decode(_advert({"id": "x", "type": "TRACK"}, gateway="attic/ble")).lesson is None
    assert decoder.decode(_advert({"id": "A4:C1:38:11:22:33", "tempc": 20})).lesson is None


@pytest.mark.parametrize("topic", [
    "BTtoMQTT/x", "x/y", "home/LWT", "home/kitchen/presence", "home/kitchen/version", "a/b/LWT", "xBTtoMQTT/y",
    "a/b/c/d/e/f/g/h/BTtoMQTT/x",
])  # fmt: skip
def test_other_topics_are_not_claimed(topic: str):
    assert HubDecoder().decode(Message(topic, b"{}")).convention != "theengs"


def test_the_same_sensor_has_one_address_on_both_ways():
    content = json.dumps({"model": "Kerui-Security", "id": 7, "state": "motion", "rssi": -60}).encode()
    decoder = HubDecoder()
    by_gateway = decoder.decode(Message("home/omg/RTL_433toMQTT/Kerui-Security/7", content))
    by_receiver = decoder.decode(Message("rtl_433/pi/events", content))
    assert by_gateway.untrusted
    assert by_gateway.measurements[0] == by_receiver.measurements[0]
    assert _told(by_gateway)[1:] == [("rssi", -60.0)]
    assert _told(by_receiver)[1:] == []
