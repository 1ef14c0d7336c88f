"""The decoder of a hub: bounds, topics, and that no bytes on any topic can raise."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.actions import read_action
from devices.decode import HubDecoder, Options, scrub, split_hub
from devices.device_time import plausible
from devices.instant import DAY, MINUTE, SECOND, parse_rfc3339
from devices.measurement import Decoded, Message
from devices.payload import MESSAGE_LIMIT
from devices.quantity import QUANTITIES
from tests.devices import samples
from tests.devices.samples import FILES

NOW = parse_rfc3339("2026-01-05T08:30:00Z")
assert NOW is not None
SAMPLES = [sample for path in FILES for sample in samples.messages(path)]
TOPICS = sorted({sample["topic"] for sample in SAMPLES})
PAYLOADS = [samples.payload(sample) for sample in SAMPLES]
WORDS = ["true", "null", "1e999", "-1", '"\\ud800"', '"x"', "[]", "{}", '{"state":"online"}', "9" * 400, "1.5", '""']


def _holds(decoded: Decoded) -> None:
    """The promises of Decoded and Measurement, for any message."""
    says = bool(decoded.measurements or decoded.described) or decoded.hub_online is not None
    assert says + (decoded.rejected is not None) + (decoded.ignored is not None) == 1
    assert decoded.rejected is None or decoded.rejected.reason != "decoder_fault", decoded.rejected
    for measurement in decoded.measurements:
        kind = QUANTITIES[measurement.quantity].kind
        value = measurement.value
        assert type(value) is {"bool": bool, "number": float, "action": str}[kind]
        assert not isinstance(value, float) or math.isfinite(value)
        assert measurement.address
        f"{measurement.address}{value}{measurement.identity}".encode()
    json.dumps(decoded)


@given(st.text(max_size=60) | st.sampled_from(TOPICS), st.binary(max_size=200), st.booleans())
def test_any_bytes_on_any_topic_have_an_answer(topic: str, payload: bytes, retained: bool):
    _holds(HubDecoder().decode(Message(topic, payload, retained, NOW)))


KEYS = [
    "action",
    "battery",
    "device",
    "ieeeAddr",
    "ENERGY",
    "Power",
    "value",
    "at",
    "exposes",
    "type",
    "contact",
    "unit",
    "Switch1",
    "definition",
    "ieee_address",
    "last_seen",
    "data",
    "features",
    "values",
    "property",
    "status",
    "sos",
    "StatusSNS",
    "Wifi",
    "Signal",
    "temperature_scale",
    "name",
    "voltage",
    "Button1",
    "friendly_name",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=12,
)
MUTATION = st.tuples(st.sampled_from(TOPICS), st.sampled_from(PAYLOADS), st.integers(0, 200), st.sampled_from(WORDS))


@given(st.sampled_from(TOPICS), JSON)
def test_any_json_on_any_topic_has_an_answer(topic: str, content: object):
    decoder = HubDecoder()
    payload = json.dumps(content).encode()
    _holds(decoder.decode(Message(topic, payload, received_at=NOW)))
    _holds(decoder.decode(Message("zigbee2mqtt/bridge/devices", payload)))
    _holds(decoder.decode(Message(topic, payload)))


@given(st.lists(MUTATION, min_size=1, max_size=8))
def test_mutated_messages_have_an_answer(parts: list[tuple[str, bytes, int, str]]):
    decoder = HubDecoder()
    for topic, payload, where, word in parts:
        place = where % (len(payload) + 1)
        for mutated in (payload[:place], payload[:place] + word.encode() + payload[place + 1 :]):
            _holds(decoder.decode(Message(topic, mutated, received_at=NOW)))


@pytest.mark.parametrize(
    "topic", ["zigbee2mqtt/pir", "tele/plug/SENSOR", "keepwell/pir/motion", "zigbee2mqtt/bridge/devices"]
)
@pytest.mark.parametrize(("payload", "reason"), [
    (b"[" * 100_000, "too_deep"),
    (b'{"a":' * 100_000, "too_deep"),
    (b"{", "not_json"),
    (b'{"a":\xff}', "not_json"),
    (b'{"a":NaN,"b":' + b"[" * 5_000, "too_deep"),
    (b" " * (16 << 20) + b"{}", "too_large"),
])  # fmt: skip
def test_what_cannot_be_read_is_rejected_with_its_reason(topic: str, payload: bytes, reason: str):
    decoded = HubDecoder().decode(Message(topic, payload))
    assert decoded.rejected is not None
    assert decoded.rejected.reason == reason


def test_a_state_may_be_large_but_not_endless():
    padding = b" " * (MESSAGE_LIMIT - 30)
    decoder = HubDecoder()
    assert decoder.decode(Message("zigbee2mqtt/pir", b'{"occupancy":true}' + padding)).measurements
    assert decoder.decode(Message("zigbee2mqtt/pir", b'{"occupancy":true}' + padding * 2)).rejected


def test_a_topic_of_nobody_is_named():
    decoded = HubDecoder().decode(Message("homes/elm/garden/gnome", b"{}"))
    assert decoded.convention is None
    assert decoded.ignored == "no convention claims topic 'garden/gnome'"


def test_overlong_and_broken_topics_are_refused():
    for topic in ("zigbee2mqtt/" + "a/" * 40_000, "keepwell/a\nb/motion", "tele/\ud800/STATE"):
        decoded = HubDecoder().decode(Message(topic, b'{"value":true}'))
        assert decoded.rejected is not None
        assert decoded.rejected.reason == "bad_topic"


@pytest.mark.parametrize(("topic", "split"), [
    ("homes/elm/zigbee2mqtt/hall/pir", ("elm", "zigbee2mqtt/hall/pir")),
    ("zigbee2mqtt/hall", (None, "zigbee2mqtt/hall")),
    ("homes/elm", (None, "homes/elm")),
    ("homes//x", (None, "homes//x")),
    ("", (None, "")),
])  # fmt: skip
def test_split_hub(topic: str, split: tuple[str | None, str]):
    assert split_hub(topic) == split


def test_device_time_is_taken_only_when_plausible():
    assert plausible(NOW + 2 * MINUTE, NOW) == NOW + 2 * MINUTE
    assert plausible(NOW + 2 * MINUTE + 1, NOW) is None
    assert plausible(NOW - 7 * DAY, NOW) == NOW - 7 * DAY
    assert plausible(NOW - 7 * DAY - 1, NOW) is None
    assert plausible(0, None) is None
    assert plausible(NOW, None) == NOW
    assert plausible(0, NOW, trusted=True) == 0


def test_a_recording_keeps_its_own_time():
    decoder = HubDecoder(Options(trust_device_time=True))
    message = Message("keepwell/a/motion", b'{"value":true,"at":"2011-06-20T00:28:53Z"}', received_at=NOW)
    assert decoder.decode(message).measurements[0].at == parse_rfc3339("2011-06-20T00:28:53Z")


def test_an_address_by_name_resolves_once_the_inventory_is_known():
    decoder = HubDecoder()
    assert decoder.address_of("zigbee2mqtt:name:hall/pir/left") is None
    inventory = b'[{"ieee_address":"0x00158d0001a2b3c4","friendly_name":"hall/pir"}]'
    decoder.decode(Message("zigbee2mqtt/bridge/devices", inventory))
    assert decoder.address_of("zigbee2mqtt:name:hall/pir") == "zigbee2mqtt:0x00158d0001a2b3c4"
    assert decoder.address_of("zigbee2mqtt:name:hall/pir/left") == "zigbee2mqtt:0x00158d0001a2b3c4/left"
    assert decoder.address_of("tasmota:plug") is None


def test_a_base_of_its_own():
    decoder = HubDecoder(Options(zigbee2mqtt_base="home/z2m"))
    assert (
        decoder.decode(Message("home/z2m/pir", b'{"occupancy":true}')).measurements[0].address == "zigbee2mqtt:name:pir"
    )
    assert decoder.decode(Message("zigbee2mqtt/pir", b'{"occupancy":true}')).convention is None


def test_copies_on_both_text_topics_without_json_are_one_press():
    decoder = HubDecoder()
    assert decoder.decode(Message("zigbee2mqtt/p/click", b"single", received_at=NOW)).measurements
    assert decoder.decode(Message("zigbee2mqtt/p/action", b"single", received_at=NOW + SECOND)).ignored
    assert decoder.decode(Message("zigbee2mqtt/p/action", b"single", received_at=NOW + 5 * SECOND)).measurements


def test_two_equal_presses_are_two():
    decoder = HubDecoder()
    message = Message("zigbee2mqtt/p", b'{"action":"single"}', received_at=NOW)
    assert decoder.decode(message).measurements
    assert decoder.decode(message).measurements


@pytest.mark.parametrize(("raw", "meaning"), [
    ("single", (None, "press")), ("SOS", (None, "emergency")), ("button_3_hold", ("button_3", "long")),
    ("rotate_left", (None, "rotate_left")), ("left", (None, "left")), ("tilt", None), ("", None), ("x" * 65, None),
    (5, None), ("a\x00b", None),
])  # fmt: skip
def test_action_words(raw: object, meaning: object):
    assert read_action(raw) == meaning


def test_scrubbing_leaves_no_code():
    for payload in (
        b'{"action":"disarm","action_code":"4711","battery":3}',
        b'{"action_code" : 4711}',
        b'{"action_code":"4711',
        b'{"message":"payload \'{\\"action_code\\":\\"4711\\"}\'"}',
    ):
        assert b"4711" not in scrub(Message("zigbee2mqtt/kp", payload)).payload
    assert b"4711" not in scrub(Message("zigbee2mqtt/kp/action_code", b"4711")).payload
    assert scrub(Message("zigbee2mqtt/kp", b'{"battery":3')).payload == b'{"battery":3'


def test_a_known_model_that_tells_only_volts_has_a_charge():
    decoder = HubDecoder()
    inventory = (
        b'[{"ieee_address":"0x00158d0001a2b3c4","friendly_name":"door","type":"EndDevice","power_source":"Battery",'
        b'"definition":{"model":"MCCGQ11LM","vendor":"Aqara","exposes":%s}}]'
    )
    volts = b'[{"property":"voltage","name":"voltage","type":"numeric","access":1,"unit":"mV"}]'
    both = volts[:-1] + b',{"property":"battery","name":"battery","type":"numeric","access":1,"unit":"%"}]'
    state = Message("zigbee2mqtt/door", b'{"contact":true,"voltage":2925}')
    decoder.decode(Message("zigbee2mqtt/bridge/devices", inventory % volts))
    assert [(said.quantity, said.value) for said in decoder.decode(state).measurements] == [
        ("contact", False),
        ("battery_voltage", 2.925),
        ("battery", 50.0),
    ]
    told = Message("zigbee2mqtt/door", b'{"battery":80,"voltage":2925}')
    assert [said.value for said in decoder.decode(told).measurements] == [80.0, 2.925]
    decoder.decode(Message("zigbee2mqtt/bridge/devices", inventory % both))
    assert [said.quantity for said in decoder.decode(state).measurements] == ["contact", "battery_voltage"]
