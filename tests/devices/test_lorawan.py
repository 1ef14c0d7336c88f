"""LoRaWAN: frames that come twice, counts that start again, keys that an installer explains, and hostile objects."""

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Options
from devices.conventions.lorawan import Lorawan
from devices.decode import HubDecoder
from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant, parse_rfc3339, rfc3339
from devices.lorawan.brands import TABLES, told_by
from devices.lorawan.dragino import HELD
from devices.lorawan.field import Field
from devices.lorawan.frames import DEVICES_LIMIT, FRAMES_LIMIT
from devices.lorawan.keys import read_key
from devices.lorawan.words import fold
from devices.measurement import Decoded, Message
from devices.payload import MESSAGE_LIMIT
from devices.quantity import QUANTITIES
from tests.devices.test_decode import _holds
from tests.support.work import MILLISECONDS_50, calls_of

NOW: Instant = parse_rfc3339("2026-01-05T08:30:00Z") or 0
EUI = "24e124538b223213"
_tokens = count()


def _up(
    made: object, *, at: Instant = NOW, frame: int = 1, eui: str = EUI, profile: str = "", **more: object
) -> Message:
    content = {
        "deduplicationId": f"token-{next(_tokens)}",
        "time": rfc3339(at),
        "deviceInfo": {"devEui": eui, "deviceName": "hall", "deviceProfileName": profile},
        "devAddr": "00189440",
        "fCnt": frame,
        "data": "AXVk",
        "object": made,
        **more,
    }
    payload = json.dumps({key: value for key, value in content.items() if value is not None})
    return Message(f"application/1/device/{eui}/event/up", payload.encode(), received_at=at)


def _join(at: Instant) -> Message:
    content = {"deviceInfo": {"devEui": EUI, "deviceName": "hall"}, "devAddr": "01189440", "time": rfc3339(at)}
    return Message(f"application/1/device/{EUI}/event/join", json.dumps(content).encode(), received_at=at)


def _stack(uplink: dict[str, Any], *, at: Instant = NOW, kind: str = "up", key: str = "uplink_message") -> Message:
    ids = {"device_id": "door", "dev_eui": EUI.upper(), "dev_addr": "260BE6BF"}
    content = {"end_device_ids": ids, "received_at": rfc3339(at), key: uplink}
    return Message(f"v3/homes@ttn/devices/door/{kind}", json.dumps(content).encode(), received_at=at)


def _said(decoded: Decoded) -> dict[str, Any]:
    return {
        measurement.quantity + measurement.address.partition("/")[2]: measurement.value
        for measurement in decoded.measurements
    }


PRESS = {"button_event": {"status": "short press", "msgid": 4}}


def test_a_frame_heard_again_is_one_press():
    decoder = HubDecoder()
    assert _said(decoder.decode(_up(PRESS))) == {"button": "press"}
    again = _up({"button_event": {"status": "short press", "msgid": 9}}, at=NOW + 8 * SECOND)
    assert decoder.decode(again).ignored == "a frame that was read before"
    assert decoder.decode(_up(PRESS, at=NOW + 4 * MINUTE)).ignored
    assert _said(decoder.decode(_up(PRESS, at=NOW + 9 * MINUTE, frame=2))) == {"button": "press"}


def test_a_count_that_starts_again_is_another_frame():
    decoder = HubDecoder()
    assert decoder.decode(_up(PRESS, frame=1)).measurements
    assert decoder.decode(_up(PRESS, frame=1, at=NOW + DAY)).measurements, "another day"
    assert decoder.decode(_up(PRESS, frame=1, at=NOW + DAY, devAddr="01189440")).measurements, "another session"
    assert decoder.decode(_join(NOW + DAY)).described
    assert decoder.decode(_up(PRESS, frame=1, at=NOW + DAY + SECOND)).measurements, "joined anew"
    assert decoder.decode(_up(PRESS, frame=7, at=NOW + DAY + MINUTE)).measurements
    assert decoder.decode(_up(PRESS, frame=1, at=NOW + DAY + 2 * MINUTE)).measurements, "a higher count came between"


def test_a_backlog_delivered_twice_is_read_once():
    decoder = HubDecoder()
    backlog = [_up(PRESS, frame=frame, at=NOW + frame * HOUR)._replace(received_at=NOW + DAY) for frame in range(4)]
    assert [bool(decoder.decode(message).measurements) for message in backlog * 2] == [True] * 4 + [False] * 4


def test_without_times_an_equal_frame_is_a_copy():
    decoder = HubDecoder()
    message = _up(PRESS, time=None)._replace(received_at=None)
    assert decoder.decode(message).measurements
    assert decoder.decode(message).ignored


def test_presses_are_known_by_session_and_count():
    decoder = HubDecoder()
    first = decoder.decode(_up(PRESS, frame=3))
    assert first.measurements[0].identity == "00189440:3"
    unnamed = decoder.decode(_up(PRESS, frame=4, devAddr=None, deduplicationId="d-4"))
    assert unnamed.measurements[0].identity == "d-4"


def test_a_retained_frame_keeps_its_states_but_no_press():
    message = _up({**PRESS, "battery": 88}, profile="WS101", rxInfo=[{"rssi": -70}])._replace(retained=True)
    assert _said(HubDecoder().decode(message)) == {"battery": 88}


def test_an_alarm_mode_is_one_press_until_it_is_over():
    decoder = HubDecoder()
    alarms = ["FALSE", "TRUE", "TRUE", "FALSE", "TRUE"]
    said = [
        _said(decoder.decode(_up({"ALARM_status": word, "BatV": 3.9}, frame=frame, at=NOW + frame * MINUTE)))
        for frame, word in enumerate(alarms)
    ]
    assert [one.get("button") for one in said] == [None, "emergency", None, None, "emergency"]
    old = _up({"ALARM_status": "TRUE", "BatV": 3.9}, frame=99)._replace(retained=True)
    assert "button" not in _said(HubDecoder().decode(old))


def test_the_normalised_message_of_a_frame_is_its_copy():
    decoder = HubDecoder()
    frame = {"f_cnt": 4, "frm_payload": "AQ==", "decoded_payload": {"temperature": 20.5, "humidity": 40}}
    extra = [{**frame, "normalized_payload": {"air": {key: 20.5}}} for key in ("temperature", "relativeHumidity")]
    kind, key = "up/normalized", "uplink_normalized"
    assert decoder.decode(_stack(frame)).measurements
    assert decoder.decode(_stack(extra[0], kind=kind, key=key)).ignored == "a frame that was read before"
    alone = HubDecoder()
    assert [bool(alone.decode(_stack(each, kind=kind, key=key)).measurements) for each in extra * 2] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_device_is_described_when_its_picture_changes():
    decoder = HubDecoder()
    first = decoder.decode(_up({"magnet_status": "open"}, profile="WS301"))
    assert first.described[0].quantities == ("contact",)
    assert first.described[0][1:4] == ("hall", "Milesight", "WS301")
    assert not decoder.decode(_up({"magnet_status": "close"}, frame=2, profile="WS301")).described
    more = decoder.decode(_up({"battery": 3}, frame=3, profile="WS301"))
    assert more.described[0].quantities == ("contact", "battery")


def test_what_a_device_said_before_tells_volts_from_per_cent():
    decoder = HubDecoder()
    assert decoder.decode(_up({"battery": 3}, frame=1)).ignored
    assert _said(decoder.decode(_up({"battery": 40}, frame=2))) == {"battery": 40}
    assert _said(decoder.decode(_up({"battery": 3}, frame=3))) == {"battery": 3}


def test_old_states_are_never_told():
    history = [
        {"leakage_status": "leak", "pir": "trigger", "temperature": 20, "timestamp": (NOW - HOUR) // SECOND},
        {"temperature": 21, "timestamp": (NOW - 8 * DAY) // SECOND},
        {"temperature": 22},
        {"temperature": 23, "time": "2026-01-05 08:00:00"},
        {"temperature": 24, "time": "2026-01-05T08:00:00Z"},
    ]
    decoded = HubDecoder().decode(_up({"history": history}))
    told = [(each.quantity, each.value, rfc3339(each.at or 0)) for each in decoded.measurements]
    assert told == [("temperature", 20, "2026-01-05T07:30:00Z"), ("temperature", 24, "2026-01-05T08:00:00Z")]


@pytest.mark.parametrize(("time", "server", "taken"), [
    (-SECOND, 0, -SECOND),
    (-42 * SECOND, 0, 0),  # the gateway's clock is slow
    (40 * DAY, -SECOND, -SECOND),
    (-SECOND, None, -SECOND),
    (-8 * DAY, None, None),
])  # fmt: skip
def test_which_clock_is_believed(time: int, server: int | None, taken: int | None):
    gateways = [{"rssi": -90}] + ([{"nsTime": rfc3339(NOW + server)}] if server is not None else [])
    decoded = HubDecoder().decode(_up({"temperature": 20}, time=rfc3339(NOW + time), rxInfo=gateways))
    assert decoded.measurements[0].at == (None if taken is None else NOW + taken)


@pytest.mark.parametrize(("topic", "claimed"), [
    ("application/1/device/24e124538b223213/event/up", True),
    ("lora/eu868/application/1/device/24e124538b223213/event/up", True),
    ("application/1/device/24e124538b223213/rx", True),
    ("application/1/device/24e124538b223213/event", False),
    ("application/1/device/24e124538b223213/other", False),
    ("application/1/node/24e124538b223213/rx", False),
    ("v3/app@ttn/devices/door/up", True),
    ("bridge/v3/app/devices/door/down/push", True),
    ("v3/app/devices/door", False),
    ("v3/app/devices//up", False),
    ("zigbee/device/devices/up", False),
    ("device/application/1", False),
    ("gateway/0016c001f153a14c/event/up", False),
])  # fmt: skip
def test_what_is_claimed(topic: str, claimed: bool):
    assert Lorawan(Options()).claims(topic) is claimed


@pytest.mark.parametrize(("text", "raw", "meant"), [
    ("temperature", 21.5, 21.5), ("temperature F", 70, 21.11), ("temperature x0.1", 215, 21.5),
    ("energy Wh", 1500, 1.5), ("power kW", 2, 2000), ("battery_voltage mV", 3050, 3.05), ("humidity %", "55 %", 55),
    ("contact", True, True), ("!contact", 1, False), ("!contact", "open", True), ("leak", "wet", True),
    ("!leak", 0, True), ("presence", "occupied", True),
])  # fmt: skip
def test_a_key_that_the_installer_explains(text: str, raw: object, meant: object):
    decoder = HubDecoder(Options(lorawan_keys={"My.Key": text}))
    assert list(_said(decoder.decode(_up({"my": {"key": raw}}))).values()) == [meant]


@pytest.mark.parametrize("text", [
    "", "warmth", "temperature degrees", "temperature F now", "contact F", "!temperature", "!button", "temperature/a/b",
    "temperature x0", "temperature xx", "x" * 99, "temperature Wh", "leak/a\x00",
])  # fmt: skip
def test_a_key_that_cannot_be_read_is_told_in_a_sentence(text: str):
    problem = read_key(text)
    assert isinstance(problem, str)
    assert problem.endswith(".")
    assert not Lorawan(Options(lorawan_keys={"k": text})).decode(_up({"k": 1})).measurements


def test_the_installers_word_wins():
    own = {"battery": "battery_voltage", "pir": "ignore", "temperature": "temperature/fridge F", "k": "button"}
    decoder = HubDecoder(Options(lorawan_keys=own))
    said = _said(decoder.decode(_up({"battery": 3, "pir": "trigger", "temperature": 41, "k": 2}, profile="WS202")))
    assert said == {"battery_voltage": 3, "temperaturefridge": 5, "button": "double"}


@pytest.mark.parametrize(("text", "brand", "model"), [
    ("Milesight WS301", "milesight", "WS301"), ("EM300-TH", "milesight", "EM300"), ("WS52x plug", "milesight", "WS52X"),
    ("dragino lds02", "dragino", "LDS02"), ("LT-22222-L", "dragino", "LT22222"), ("netvox r311a", "netvox", "R311A"),
    ("browan tbms100", "browan", "TBMS100"), ("milesight-iot am107", "milesight", "AM107"), ("ERS Eye", "elsys", "ERS"),
    ("Test device-profile", "", ""), ("EU868", "", ""), ("", "", ""), ("dragino WS301", "dragino", ""),
])  # fmt: skip
def test_brand_and_model_by_name(text: str, brand: str, model: str):
    assert told_by(text)[:2] == (brand, model)


def test_the_tables_hold_folded_keys_of_known_quantities():
    for table in TABLES.values():
        for key, field in table.items():
            assert key == fold(key)
            assert isinstance(field, Field)
            assert field.quantity in {*QUANTITIES, "", HELD}


def test_memory_is_bounded():
    decoder = Lorawan(Options())
    for number in range(FRAMES_LIMIT + 500):
        decoder.decode(_up({"temperature": 20}, eui=f"{number % (DEVICES_LIMIT + 300):016x}", frame=number))
    assert len(decoder._devices._devices) == DEVICES_LIMIT
    assert len(decoder._devices._frames) == FRAMES_LIMIT


WORDS = st.sampled_from(
    ["open", "leak", "3.1(low battery)", "NO LEAK", "21 °F", "1e999", "", "TRUE", "\U0001f600", "x" * 80]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.sampled_from(["value", "unit"]), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(
    sorted({key for table in TABLES.values() for key in table} | {"history", "messages", "test", "mod"})
)
NAMES = st.sampled_from(["WS203", "LWL02", "R311A", "TBMS100", "VS373", "GS101", "ERS", "SOS", "Strips", ""])


@given(st.dictionaries(KEYS, VALUES, max_size=8), NAMES, st.booleans())
def test_any_value_under_any_key_has_an_answer(made: dict[str, Any], profile: str, retained: bool):
    _holds(HubDecoder().decode(_up(made, profile=profile)._replace(retained=retained)))
    _holds(HubDecoder().decode(_stack({"decoded_payload": made, "normalized_payload": [made, {"air": made}]})))


NASTY = {
    "keys": {f"key {number}": number for number in range(40_000)},
    "nested": {f"a{one}": {f"b{two}": {"c": {}} for two in range(200)} for one in range(250)},
    "history": {"history": [{f"k{key}": 1 for key in range(30)} | {"timestamp": 1767600000}] * 2_000},
    "messages": {"messages": [[{"measurementId": 4200, "measurementValue": [{"id": 7}] * 20}] * 20] * 80},
    "gateways": {"temperature": 1},
    "text": {"temperature": "9" * 400_000, "battery": " " * 400_000, "door": "o" * 90_000},
}


@pytest.mark.parametrize("name", NASTY)
def test_a_hostile_object_is_little_work(name: str):
    gateways = [{"rssi": -90, "nsTime": rfc3339(NOW)}] * (15_000 if name == "gateways" else 1)
    message = _up(NASTY[name], rxInfo=gateways)
    assert len(message.payload) < MESSAGE_LIMIT
    assert calls_of(lambda: HubDecoder().decode(message)) < MILLISECONDS_50
    _holds(HubDecoder().decode(message))
