"""What samples of Tasmota cannot show: lessons, forgetting, copies of presses, bounds, hostile messages."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Options
from devices.conventions.tasmota import Tasmota
from devices.decode import HubDecoder
from devices.instant import MILLISECOND, SECOND, Instant, parse_rfc3339
from devices.measurement import Decoded, Message
from tests.devices import samples
from tests.devices.test_decode import _holds
from tests.support.work import MILLISECONDS_50, calls_of

NOW: Instant = parse_rfc3339("2026-01-05T08:30:00Z") or 0
SAMPLES = [
    sample for path in samples.FILES if path.parent.name == "tasmota" for sample in samples.messages(path)
]  # fmt: skip
CONFIG = {
    "dn": "Tür", "md": "Generic", "mac": "AABBCC000001", "t": "tuer", "ft": "%prefix%/%topic%/", "hn": "tuer-1",
    "tp": ["cmnd", "stat", "tele"], "ofln": "Weg", "onln": "Da", "state": ["ZU", "AUF", "WECHSEL", "HALTEN"],
    "rl": [0], "swc": [1], "btn": [0], "dslp": 1,
}  # fmt: skip


def _say(
    decoder: HubDecoder, topic: str, content: object, at: Instant | None = NOW, *, retained: bool = False
) -> Decoded:
    payload = content.encode() if isinstance(content, str) else json.dumps(content).encode()
    return decoder.decode(Message(topic, payload, retained, at))


def _addresses(decoded: Decoded) -> set[str]:
    return {measurement.address for measurement in decoded.measurements}


# ---------------------------------------------------------------------------------------------------- lessons


def test_what_was_taught_is_known_to_a_new_decoder():
    kept: dict[str, Message] = {}
    first = HubDecoder()
    for topic, content in (
        ("tasmota/discovery/AABBCC000001/config", CONFIG),
        ("tele/cellar/DEEPSLEEP", {"DeepSleep": {"Wakeup": 1}}),
        ("tele/zb/SENSOR", {"ZbState": {"Status": 30, "IEEEAddr": "0x00158D00036B50AE", "ShortAddr": "0x8F21"}}),
        ("tele/zb/SENSOR", {"ZbReceived": {"0x8F21": {"Device": "0x8F21", "ModelId": "WB01"}}}),
        ("stat/zb/RESULT", {"0xED0B": {"Name": "bedroom door"}}),
    ):
        message = Message(topic, content.encode() if isinstance(content, str) else json.dumps(content).encode())
        decoded = first.decode(message)
        assert decoded.lesson is not None, topic
        kept[decoded.lesson] = message
    second = HubDecoder()
    second.recall(kept.values())
    assert _say(second, "tele/tuer/LWT", "Da").measurements[0].value is True
    assert _say(second, "tele/tuer/LWT", "Weg").ignored is not None
    assert _say(second, "tele/tuer/SENSOR", {"Switch1": "AUF"}).measurements[0].value is True
    assert _say(second, "tele/cellar/LWT", "Offline").ignored is not None
    pressed = _say(second, "tele/zb/SENSOR", {"ZbReceived": {"0x8F21": {"Device": "0x8F21", "0006!00": ""}}})
    assert pressed.measurements[0][:3] == ("tasmota:zb/0x00158d00036b50ae", "button", "long")
    opened = _say(second, "tele/zb/SENSOR", {"ZbReceived": {"0xED0B": {"Device": "0xED0B", "Contact": 1}}})
    assert _addresses(opened) == {"tasmota:zb/bedroom door"}


def test_the_address_of_a_switch_does_not_hang_on_what_is_heard_later():
    decoder = HubDecoder()
    for content in ({"Switch1": "ON"}, {"POWER": "ON"}, {"Switch1": "ON", "Switch2": "OFF"}):
        said = _say(decoder, "tele/mini/SENSOR", content)
        assert said.lesson is None
        for one in said.measurements:
            assert (one.address == "tasmota:mini/Switch1") == ("Switch1" in content and one.value is True)


def test_what_a_ble_sensor_says_of_a_moment_is_no_press_when_it_is_old():
    decoder = HubDecoder()
    pressed = {"bell": {"Button0": 1, "MAC": "AABBCCDDEEFF"}, "remote": {"Btn": 3, "mac": "aabbccddeeff"}}
    for topic, retained, presses in (
        ("tele/ble/SENSOR", False, ["press"]),
        ("stat/ble/SENSOR", False, ["press", "button 3"]),
        ("stat/ble/SENSOR", True, []),
        ("stat/ble/STATUS10", False, ["press"]),
        ("tele/ble/SENSOR", True, []),
    ):
        content = {"StatusSNS": pressed} if "STATUS" in topic else pressed
        said = _say(decoder, topic, content, retained=retained)
        assert [one.value for one in said.measurements] == presses, topic


def test_a_device_that_no_longer_introduces_itself_has_the_usual_words_again():
    decoder = HubDecoder()
    topic = "tasmota/discovery/AABBCC000001/config"
    _say(decoder, topic, CONFIG)
    assert _say(decoder, "tele/tuer/SENSOR", {"Switch1": "ZU"}).measurements[0].value is False
    withdrawn = _say(decoder, topic, "", retained=True)
    assert withdrawn.ignored is not None
    assert withdrawn.lesson == topic
    assert _say(decoder, "tele/tuer/SENSOR", {"Switch1": "ZU"}).ignored is not None
    assert _say(decoder, "tele/tuer/LWT", "Offline").measurements[0].value is False


def test_words_of_one_device_are_not_those_of_another():
    decoder = HubDecoder()
    _say(decoder, "tasmota/discovery/AABBCC000001/config", {**CONFIG, "state": ["ON", "OFF", "T", "H"], "dslp": 0})
    assert _say(decoder, "tele/tuer/SENSOR", {"Switch1": "ON"}).measurements[0].value is False
    assert _say(decoder, "tele/other/SENSOR", {"Switch1": "ON"}).measurements[0].value is True


@pytest.mark.parametrize(
    ("told", "topic", "address"),
    [
        ({"ft": "haus/%topic%/%prefix%/"}, "haus/tuer/tele/SENSOR", "tasmota:haus/tuer/Switch1"),
        ({"ft": "%topic%"}, "tuer/SENSOR", "tasmota:tuer/Switch1"),
        ({"ft": "%prefix%-%id%"}, "tele-000001/SENSOR", "tasmota:tuer/Switch1"),
        ({"ft": "%hostname%/x-%prefix%"}, "tuer-1/x-tele/SENSOR", "tasmota:tuer/Switch1"),
        ({"tp": ["a", "b", "c"]}, "c/tuer/SENSOR", "tasmota:tuer/Switch1"),
        ({"tp": [], "ft": None}, "tele/tuer/SENSOR", "tasmota:tuer/Switch1"),
    ],
)
def test_a_device_tells_its_topics(told: dict[str, Any], topic: str, address: str):
    decoder = HubDecoder()
    content = {"Switch1": "ZU", "Switch2": "AUF"}
    described = _say(decoder, "tasmota/discovery/AABBCC000001/config", {**CONFIG, **told}).described
    assert address in _addresses(_say(decoder, topic, content))
    assert address.rpartition("/")[0] == described[0].address


@pytest.mark.parametrize(
    ("full_topic", "topic", "device"),
    [
        ("%prefix%/%topic%/", "tele/plug/SENSOR", "plug"),
        ("tasmota/%topic%/%prefix%", "tasmota/plug/tele/SENSOR", "plug"),
        ("%topic%/%prefix%_/", "plug/tele_/SENSOR", "plug"),
        ("x/%prefix%/%hostname%/%id%/", "x/tele/plug-1/AABBCC/SENSOR", "plug-1"),
        ("%prefix%/%topic%/%topic%/", "tele/plug/plug/SENSOR", "plug"),
        ("%topic%/", "plug/SENSOR", "plug"),
    ],
)
def test_a_full_topic_of_the_installers(full_topic: str, topic: str, device: str):
    tasmota = Tasmota(Options(tasmota_full_topic=full_topic))
    assert tasmota.claims(topic)
    assert _addresses(tasmota.decode(Message(topic, b'{"Switch1":"ON"}'))) == {f"tasmota:{device}/Switch1"}


@pytest.mark.parametrize("topic", [
    "plug/sensor", "plug", "", "/", "stat/esp/light/state", "a/b/config", "tele/x/", "homes/tele", "stat", "tele/x/y z",
])  # fmt: skip
def test_topics_of_others_are_not_claimed(topic: str):
    assert not Tasmota(Options()).claims(topic)
    assert not Tasmota(Options(tasmota_full_topic="%topic%/")).claims(topic)


# ---------------------------------------------------------------------------------------------------- presses


def test_every_press_is_told_once_whatever_the_device_publishes():
    decoder = HubDecoder()
    told = 0
    for number in range(5):
        for kind in ("RESULT", "BUTTON1"):
            at = NOW + number * 600 * MILLISECOND
            told += len(_say(decoder, f"stat/hall/{kind}", {"Button1": {"Action": "SINGLE"}}, at).measurements)
    assert told == 5


def test_a_press_long_after_is_no_copy():
    decoder = HubDecoder()
    for seconds, kind in enumerate(("RESULT", "BUTTON1", "RESULT")):
        at = NOW + 3 * seconds * SECOND
        assert _say(decoder, f"stat/hall/{kind}", {"Button1": {"Action": "SINGLE"}}, at).measurements


def test_presses_of_one_topic_are_all_told_even_without_times():
    decoder = HubDecoder()
    for _ in range(3):
        assert _say(decoder, "stat/hall/RESULT", {"Button1": {"Action": "SINGLE"}}, None).measurements


def test_each_call_of_a_pendant_is_told():
    decoder = HubDecoder()
    for _ in range(3):
        said = _say(decoder, "tele/zb/SENSOR", {"ZbReceived": {"0x1": {"Device": "0x1", "PersonalAlarm": 1}}})
        assert [measurement.value for measurement in said.measurements] == ["emergency"]


def test_no_code_of_a_keypad_comes_out():
    decoder = HubDecoder()
    for attributes in ({"0501!00": "010434373131"}, {"0501!00": "4711"}, {"0501!00": 4711}, {"0501!00": "FF34373131"}):
        said = _say(decoder, "tele/zb/SENSOR", {"ZbReceived": {"0x1": {"Device": "0x1", **attributes}}})
        assert "4711" not in repr(said)
        assert "34373131" not in repr(said)


# ---------------------------------------------------------------------------------------------------- zigbee


def test_a_short_address_that_another_device_has_got_is_that_devices():
    decoder = HubDecoder()
    joined = {"Status": 30, "ShortAddr": "0x8F21"}
    for ieee in ("0x00158D00036B50AE", "0x00158D00036B50AF"):
        _say(decoder, "tele/zb/SENSOR", {"ZbState": {**joined, "IEEEAddr": ieee}})
        said = _say(decoder, "tele/zb/SENSOR", {"ZbReceived": {"0x8F21": {"Device": "0x8F21", "Contact": 1}}})
        assert _addresses(said) == {f"tasmota:zb/{ieee.lower()}"}


def test_a_device_keeps_the_address_it_was_first_heard_by_also_after_a_restart():
    decoder = HubDecoder()
    contact = {"ZbReceived": {"0x8F21": {"Device": "0x8F21", "Contact": 1}}}
    info = {"ZbInfo": {"0x8F21": {"Device": "0x8F21", "IEEEAddr": "0x00158D00036B50AE", "ModelId": "lumi.magnet"}}}
    again = {"ZbState": {"Status": 30, "ShortAddr": "0x1234", "IEEEAddr": "0x00158D00036B50AE"}}
    new = {"ZbReceived": {"0x1234": {"Device": "0x1234", "Contact": 0}}}
    lessons = {}
    for content in (contact, info, contact, again, new):
        said = _say(decoder, "tele/zb/SENSOR", content)
        assert _addresses(said) <= {"tasmota:zb/0x8f21"}
        assert {one.address for one in said.described} <= {"tasmota:zb/0x8f21"}
        if said.lesson:
            lessons[said.lesson] = Message("tele/zb/SENSOR", json.dumps(content).encode())
    told = HubDecoder()
    told.recall(lessons.values())
    assert _addresses(_say(told, "tele/zb/SENSOR", new)) == {"tasmota:zb/0x8f21"}


def test_names_of_endpoints_are_devices_of_their_own():
    decoder = HubDecoder()
    for name in ("left", "right", "left"):
        said = _say(decoder, "tele/zb/SENSOR", {"ZbReceived": {"0x1": {"Device": "0x1", "Name": name, "Power": 1}}})
        assert _addresses(said) == {f"tasmota:zb/{name}"}
        assert said.lesson is None


def test_a_fault_is_over_when_a_zone_says_so():
    decoder = HubDecoder()
    told = []
    for status in (0x40, 0x00, 0x00):
        attributes = {"Device": "0x1", "Water": 0, "ZoneStatusChange": status}
        said = _say(decoder, "tele/zb/SENSOR", {"ZbReceived": {"0x1": attributes}})
        told.append([one.value for one in said.measurements if one.quantity == "fault"])
    assert told == [[True], [False], []]


# ---------------------------------------------------------------------------------------------------- bounds

WORDS = st.sampled_from([
    "ZbReceived", "ZbInfo", "ZbStatus3", "ZbState", "LwDecoded", "ENERGY", "ANALOG", "Switch1", "Button1", "POWER",
    "Device", "Name", "0x1A2B", "Endpoint", "Power", "ZoneStatusChange", "Illuminance", "EnergyTotal", "0006!02",
    "Contact2", "AqaraVibrationMode", "ModelId", "IEEEAddr", "Status", "ShortAddr", "Temperature", "CTEnergy", "Btn",
    "People", "Action", "Time", "Epoch", "StatusSNS", "sn", "t", "ft", "tp", "state", "swc", "rl", "btn", "ofln",
    "onln", "Click",
])  # fmt: skip
LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), WORDS,
    st.sampled_from(["0x1A2B", "0x00158D00036B50AE", "WB01", "ON", "%prefix%", "%topic%", 30, 1]),
)  # fmt: skip
TREE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=6), inner, max_size=6)
)
TOPICS = sorted({sample["topic"] for sample in SAMPLES})


@given(
    st.lists(st.tuples(st.sampled_from(TOPICS), st.dictionaries(WORDS, TREE, max_size=6), st.booleans()), max_size=6)
)
def test_any_messages_in_any_order_have_an_answer(said: list[tuple[str, dict[str, Any], bool]]):
    decoder = HubDecoder()
    for topic, content, retained in said:
        _holds(decoder.decode(Message(topic, json.dumps(content).encode(), retained, NOW)))


@pytest.mark.parametrize("build", [
    lambda n: {"ZbReceived": {f"0x{i}": {"Device": f"0x{i}", **_many("Contact", 150)} for i in range(n // 150)}},
    lambda n: {"ZbReceived": {"0x1": {"Device": "0x1", **_many("Contact", n)}}},
    lambda n: {"ZbReceived": {"0x1": {"Device": "0x1", **{f"{i:04X}!02": "" for i in range(n)}}}},
    lambda n: {"ZbStatus3": [{"Device": f"0x{i:04X}", "Name": f"n{i}"} for i in range(n // 2)]},
    lambda n: {f"D{i}": {"Temperature": i % 60} for i in range(n // 2)},
    lambda n: {f"x{k}": {f"D{i}": {"Temperature": 20, "Humidity": 3} for i in range(150)} for k in range(n // 300)},
    lambda n: _many("Switch", n),
    lambda n: {f"ANALOG{k}": _many("Temperature", 150) for k in range(n // 150)},
    lambda n: {"ENERGY": {"Power": list(range(n))}},
    lambda n: {"LwDecoded": {f"0x{i:04X}": {"DoorOpen": True} for i in range(n)}},
    lambda n: {"Time": "2026" * n},
    lambda n: {"ZbReceived": {"0x1": {"Device": "0x1", "EnergyTotal": "0x" + "1" * 9 * n}}},
])  # fmt: skip
@pytest.mark.parametrize("topic", ["tele/zb/SENSOR", "stat/zb/RESULT", "tasmota/discovery/A/sensors"])
def test_a_hostile_message_is_little_work(build: Callable[[int], dict[str, Any]], topic: str):
    content = build(30_000)
    payload = json.dumps({"sn": content} if topic.endswith("sensors") else content, separators=(",", ":")).encode()
    assert 100_000 < len(payload) <= 1 << 20
    decoder = HubDecoder()
    message = Message(topic, payload, received_at=NOW)
    assert calls_of(lambda: decoder.decode(message)) < MILLISECONDS_50
    decoded = HubDecoder().decode(message)
    _holds(decoded)
    assert len(decoded.measurements) < 20_000


def _many(key: str, count: int) -> dict[str, int]:
    return {f"{key}{number}": 1 for number in range(count)}


def test_what_is_kept_is_bounded():
    decoder = HubDecoder()
    tasmota = decoder._conventions["tasmota"]
    assert isinstance(tasmota, Tasmota)
    for number in range(4_500):
        _say(decoder, f"tele/d{number}/SENSOR", {"Switch1": "ON"})
        _say(decoder, f"stat/d{number}/RESULT", {"Button1": {"Action": "SINGLE"}})
        _say(
            decoder, f"tasmota/discovery/{number:012X}/config", {**CONFIG, "t": f"e{number}", "ft": "%prefix%-%topic%"}
        )
        _say(decoder, f"tasmota/discovery/F{number:011X}/sensors", {"sn": {"Switch1": "ON"}})
        _say(decoder, "tele/zb/SENSOR", {"ZbReceived": {f"0x{number:04X}": {"Contact": 1}}})
    kept = (
        tasmota._topics._told, tasmota._topics._kept, tasmota._devices._known, tasmota._devices._by_mac,
        tasmota._devices._waiting, tasmota._network._devices, tasmota._presses._last, tasmota._last_will,
    )  # fmt: skip
    assert all(len(one) <= 4_096 for one in kept)
