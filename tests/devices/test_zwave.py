"""Z-Wave JS UI, beyond its samples: topics, presses, replays, bounds, and codes that must never come out."""

import json

import pytest

from devices.convention import Options
from devices.conventions.zwave import HELD_WINDOW, REPLAY_WINDOW, Zwave
from devices.decode import HubDecoder
from devices.instant import MILLISECOND, SECOND, parse_rfc3339
from devices.measurement import Decoded, Message
from devices.zwave.notifications import EVENTS, STATES
from devices.zwave.topics import NodeTopic, ValueTopic, plain, read_topic

NOW = parse_rfc3339("2026-01-05T08:30:00Z") or 0
MOTION = "zwave/5/113/0/Home_Security/Motion_sensor_status"
SCENE = "zwave/5/91/0/scene/001"


def _timed(value: object, at: int = NOW) -> bytes:
    return json.dumps({"time": at // MILLISECOND, "value": value}).encode()


def _said(decoded: Decoded) -> list[tuple[str, str, object]]:
    return [(said.address, said.quantity, said.value) for said in decoded.measurements]


@pytest.mark.parametrize(("path", "read"), [
    ("5/113/0/Access_Control/Door_state_simple", ValueTopic("zwave:5", 113, 0, "accesscontrol", "doorstatesimple")),
    ("hall/5/37/1/currentValue", ValueTopic("zwave:5", 37, 1, "currentvalue", "")),
    ("hall/37/49/0/Air_temperature", ValueTopic("zwave:37", 49, 0, "airtemperature", "")),
    ("40/112/0/10/2", ValueTopic("zwave:40", 112, 0, "10", "2")),
    ("112/112/0/48", ValueTopic("zwave:112", 112, 0, "48", "")),
    ("Hall/Lamp/49/0/Humidity", ValueTopic("zwave:Hall.Lamp", 49, 0, "humidity", "")),
    ("nodeID_12/49/0/Humidity", ValueTopic("zwave:12", 49, 0, "humidity", "")),
    ("Hall/nodeID_12/battery/endpoint_0/level", ValueTopic("zwave:12", 128, 0, "level", "")),
    ("12/battery/endpoint_0/level", ValueTopic("zwave:12", 128, 0, "level", "")),
    ("a/b/c/meter/endpoint_3/value/65537", ValueTopic("zwave:a.b.c", 50, 3, "value", "65537")),
    ("Door/unknownClass_111/endpoint_0/18/0", ValueTopic("zwave:Door", 111, 0, "18", "0")),
    ("Door/indicator/endpoint_0/value", ValueTopic("zwave:Door", 0, 0, "value", "")),
    ("battery/battery/level", ValueTopic("zwave:battery", 128, 0, "level", "")),
    ("Hall/5/status", NodeTopic("zwave:5", "status")),
    ("Hall/Lamp/lastActive", NodeTopic("zwave:Hall.Lamp", "lastActive")),
    ("battery/status", NodeTopic("zwave:battery", "status")),
    ("status", None),
    ("5", None),
    ("", None),
    ("Hall/alarm", None),
    ("113/0/Home_Security", None),
    ("²/113/0/Home_Security/x", ValueTopic("zwave:²", 113, 0, "homesecurity", "x")),
])  # fmt: skip
def test_a_topic_is_read_from_its_end(path: str, read: ValueTopic | NodeTopic | None):
    assert read_topic(path) == read


def test_the_address_hangs_on_the_topic_alone():
    decoder = Zwave(Options())
    topic = "zwave/Hall/PIR/sensor_binary/endpoint_0/Motion"
    before = decoder.decode(Message(topic, b"true")).measurements[0].address
    decoder.decode(Message("zwave/Hall/PIR/status", b'{"value":true,"status":"Alive","nodeId":5}'))
    decoder.decode(Message("zwave/Hall/PIR/nodeinfo", b'{"id":5,"name":"PIR","loc":"Hall"}'))
    entire = b'{"nodeId":5,"commandClass":48,"property":"Motion","value":true}'
    assert decoder.decode(Message(topic, entire)).measurements[0].address == before == "zwave:Hall.PIR"


def test_names_in_the_tables_are_in_plain_form():
    assert all(name == plain(name) for table in (STATES, EVENTS) for key in table for name in key)


def test_a_key_that_is_held_down_is_one_press():
    decoder = Zwave(Options())
    at, actions = NOW, []
    for step, code in ((0, 2), (HELD_WINDOW, 2), (HELD_WINDOW, 2), (SECOND, 1), (SECOND, 2), (HELD_WINDOW + SECOND, 2)):
        at += step
        actions += [said[2] for said in _said(decoder.decode(Message(SCENE, _timed(code, at), received_at=at)))]
    assert actions == ["long", "release", "long", "long"]


def test_presses_that_were_queued_are_told_apart_by_their_own_time():
    decoder = Zwave(Options())
    sent = [_timed(0, NOW - 60 * SECOND), _timed(0, NOW - 30 * SECOND), _timed(0, NOW - 30 * SECOND)]
    said = [_said(decoder.decode(Message(SCENE, payload, received_at=NOW))) for payload in sent]
    assert [len(each) for each in said] == [1, 1, 0]


def test_two_presses_of_one_moment_are_two_if_they_differ():
    decoder = HubDecoder()
    said = [
        decoder.decode(Message("zwave/5/91/0/scene/001", b'{"time":1767601799000,"value":%d}' % value, False, NOW))
        for value in (0, 3, 0, 3)
    ]
    assert [[one.value for one in each.measurements] for each in said] == [["press"], ["double"], [], []]


def test_presses_without_a_time_are_all_presses():
    decoder = Zwave(Options())
    assert [len(_said(decoder.decode(Message(SCENE, b"0", received_at=NOW)))) for _ in range(2)] == [1, 1]


@pytest.mark.parametrize(("after", "replayed"), [(0, True), (REPLAY_WINDOW, True), (REPLAY_WINDOW + 1, False)])
def test_what_the_driver_had_cached_is_no_movement(after: int, replayed: bool):
    decoder = Zwave(Options())
    decoder.decode(Message("zwave/driver/status", b"true", received_at=NOW))
    decoded = decoder.decode(Message(MOTION, _timed(8), received_at=NOW + after))
    assert decoded.replayed is replayed
    assert _said(decoded) == [("zwave:5", "motion", True)]


def test_a_retained_state_of_the_driver_starts_no_replay():
    decoder = Zwave(Options())
    decoder.decode(Message("zwave/driver/status", b"true", True, NOW))
    assert not decoder.decode(Message(MOTION, _timed(8), received_at=NOW)).replayed


def test_a_clock_that_is_wrong_is_not_believed():
    decoder = Zwave(Options())
    for raw in (0, -1, 1e999, "soon", True, [1], NOW // MILLISECOND + 10**9):
        payload = json.dumps({"time": raw, "value": 8}).encode()
        assert decoder.decode(Message(MOTION, payload, received_at=NOW)).measurements[0].at is None


@pytest.mark.parametrize("topic", [
    "zwave/5/99/0/userCode/1", "zwave/5/111/0/2/2", "zwave/5/111/0/18/2", "zwave/Door/user_code/endpoint_0/userCode/1",
    "zwave/Door/unknownClass_111/endpoint_0/3/2", "zwave/5/113/0/Access_Control/Keypad_unlock_operation",
    "zwave/_EVENTS/ZWAVE_GATEWAY-home/node/node_notification", "zwave/_CLIENTS/ZWAVE_GATEWAY-home/api/getNodes",
    "zwave/5/nodeinfo", "zwave/5/status", "zwave/5/98/0/doorStatus", SCENE, MOTION,
])  # fmt: skip
@pytest.mark.parametrize(
    "payload", [b"4711", b'"4711"', b'{"time":1767601800000,"value":"4711"}', b'{"userCode":"4711']
)
def test_no_code_comes_out(topic: str, payload: bytes):
    assert "4711" not in repr(HubDecoder().decode(Message(topic, payload, received_at=NOW)))


def test_what_is_kept_is_bounded():
    decoder = Zwave(Options())
    for number in range(6_000):
        for topic in (f"zwave/{number}/48/0/Motion", f"zwave/n{number}/central_scene/endpoint_0/scene/001"):
            decoder.decode(Message(topic, b"2"))
    assert len(decoder._entries) <= 4_000
    assert len(decoder._known) <= 1_000
    assert len(decoder._held) <= 1_000


def test_a_prefix_of_ones_own_is_kept_to():
    decoder = Zwave(Options(zwave_prefix="home/z"))
    assert decoder.claims("home/z/5/48/0/Motion")
    assert not decoder.claims("home/zwave/5/48/0/Motion")
    assert not decoder.claims("zwave/5/48/0/Motion")
