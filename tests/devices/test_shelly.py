"""Shelly Gen2 and later, and BLU: what is claimed, one address a device, lessons, presses told twice, bounds."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.conventions.shelly import Shelly
from devices.decode import HubDecoder, Options
from devices.instant import DAY, MINUTE, SECOND, Instant, parse_rfc3339
from devices.measurement import Decoded, Message
from devices.shelly.bthome import mac_of
from tests.devices.test_decode import _holds
from tests.support.work import MILLISECONDS_50, calls_of

NOW = parse_rfc3339("2026-01-05T10:46:40Z") or 0
PLUS = "shellyplus1-08b61fd9333c"
GATEWAY = "shellyblugwg3-543204519264"
DOOR = "7c:c6:b6:62:41:38"


def _frame(src: str, method: str, **params: object) -> dict[str, Any]:
    return {"src": src, "dst": f"{src}/events", "method": method, "params": params}


def _said(topic: str, content: object, received_at: Instant | None = NOW, *, retained: bool = False) -> Message:
    return Message(topic, json.dumps(content).encode(), retained, received_at)


def _status(prefix: str, src: str, **components: object) -> Message:
    return _said(f"{prefix}/events/rpc", _frame(src, "NotifyStatus", ts=NOW / SECOND, **components))


def _push(gateway: str, component: str, ts: float, received_at: Instant | None = NOW, **more: object) -> Message:
    event = {"component": component, "event": "single_push", "ts": ts, **more}
    return _said(f"{gateway}/events/rpc", _frame(gateway, "NotifyEvent", ts=ts, events=[event]), received_at)


def _answer(src: str, *components: tuple[str, int, str, int]) -> Message:
    """Shelly.GetComponents of (kind, number, Bluetooth address, object id)."""
    listed = [
        {"key": f"{kind}:{n}", "config": {"id": n, "addr": mac, "idx": 0, **({"obj_id": obj} if obj else {})}}
        for kind, n, mac, obj in components
    ]
    return _said("ask/rpc", {"id": 1, "src": src, "dst": "ask", "result": {"components": listed, "offset": 0}})


def _addresses(decoded: Decoded) -> set[str]:
    return {said.address for said in decoded.measurements}


@pytest.mark.parametrize("topic", [
    "anything/at all/events/rpc", f"{PLUS}/online", f"{PLUS}/status/sys", f"{PLUS}/status/wifi", f"{PLUS}/rpc",
    f"{PLUS}/command/switch:0", f"{PLUS}/debug/log", f"home/{PLUS}/online", "x/status/switch:0", "x/status/flood:0",
    "shellies/door/status/bthomesensor:202", "shellies/shellyplusht-c049ef8b6d6c/online", "shelly-blu/events/x",
    "aa:bb:cc:dd:ee:ff", "ShellyWallDisplay-00081234ABCD/online", "shellyhtg3-84fce63ad204/announce", "ask/rpc",
    "shelly1minig3-54320464a1d0/blu/shellybludw-7cc6b6624138/state",
])  # fmt: skip
def test_these_are_shellys(topic: str):
    assert Shelly(Options()).claims(topic)


@pytest.mark.parametrize("topic", [
    "x/status", "x/status/switch", "x/status/wifi", "x/status/door:0", "x/status/switch:a", "x/online", "x/announce",
    "x/status/switch:²", "shellies/shellyht-AABBCC/online", "shellies/shellyplug-s-7AECF4/announce", "status/switch:0",
    "shellies/shellydw2-AABBCC/sensor/state", "aabbccddeeff", "aa:bb:cc:dd:ee:fg", "x/command/power", "rpc",
    "shelly/online", "homeassistant/switch/shellyplus1-08b61fd9333c/config", "tele/shellyplus1-08b61fd9333c/STATE",
    "zigbee2mqtt/x/status/switch", "", "/", "x/debug/log",
])  # fmt: skip
def test_these_are_not(topic: str):
    assert not Shelly(Options()).claims(topic)


def test_a_prefix_given_by_hand_is_shellys_in_everything():
    shelly = Shelly(Options(shelly_prefixes=("home/Terrasse", "/x/")))
    assert shelly.claims("home/Terrasse/online")
    assert shelly.claims("home/Terrasse/what/ever")
    assert shelly.claims("x/status/sys")
    assert not shelly.claims("home/Terrassen/online")


def test_the_first_message_fixes_the_address_and_a_restart_keeps_it():
    for first, other in ((0, 1), (1, 0)):
        messages = [
            _status("home/Terrasse", PLUS, **{"switch:0": {"output": True}}),
            _said("home/Terrasse/status/switch:0", {"output": False}),
        ]
        decoder = HubDecoder()
        told = [decoder.decode(messages[first]), decoder.decode(messages[other])]
        online = Message("home/Terrasse/online", b"true", retained=True)
        fixed = {f"shelly:{PLUS}"} if first == 0 else {"shelly:home.terrasse"}
        assert _addresses(told[0]) == _addresses(told[1]) == _addresses(decoder.decode(online)) == fixed
        lessons = [
            message for message, said in zip((messages[first], messages[other]), told, strict=True) if said.lesson
        ]
        later = HubDecoder()
        assert later.decode(online).convention is None
        later.recall(lessons)
        assert _addresses(later.decode(messages[1])) == _addresses(later.decode(online)) == fixed


def test_what_measures_nothing_makes_no_prefix_shellys():
    decoder = HubDecoder()
    for topic, content in (
        ("a/status/switch:0", {"foo": 1}),
        ("a/status/rpc", {"answer": {}}),
        ("a/events/rpc", {"jsonrpc": "2.0", "params": {"switch:0": {"output": True}}}),
        ("a/rpc", {"jsonrpc": "2.0", "result": {"switch:0": {"output": True}}}),
    ):
        assert decoder.decode(_said(topic, content)).ignored
        assert decoder.decode(Message("a/online", b"true")).convention is None


def test_two_devices_named_alike_below_two_prefixes_are_two():
    decoder = HubDecoder()
    kitchen = decoder.decode(_said("kitchen/shelly/status/switch:0", {"output": True}))
    bath = decoder.decode(_said("bath/shelly/status/switch:0", {"output": True}))
    assert _addresses(kitchen) != _addresses(bath)


def test_an_answer_gives_sensors_their_meaning_over_a_restart():
    opened = _status(GATEWAY, GATEWAY, **{"bthomesensor:200": {"value": True, "last_updated_ts": NOW // SECOND}})
    decoder = HubDecoder()
    assert (decoder.decode(opened).ignored or "").endswith("ask the gateway for Shelly.GetComponents")
    answer = _answer(GATEWAY, ("bthomesensor", 200, DOOR, 45))
    assert decoder.decode(answer).lesson == f"shelly:components:{GATEWAY}:0"
    later = HubDecoder()
    later.recall([answer])
    for each in (decoder, later):
        said = each.decode(opened).measurements[0]
        assert (said.address, said.quantity, said.value, said.at) == ("shelly:7cc6b6624138", "contact", True, NOW)


def test_a_gateways_components_are_its_own():
    decoder = HubDecoder()
    decoder.decode(_answer(GATEWAY, ("bthomesensor", 200, DOOR, 45)))
    other = _status(PLUS, PLUS, **{"bthomesensor:200": {"value": True}})
    assert decoder.decode(other).ignored


def test_a_button_pressed_before_its_address_was_told_keeps_its_first_address():
    press, answer = _push(GATEWAY, "bthomedevice:202", NOW / SECOND), _answer(GATEWAY, ("bthomedevice", 202, DOOR, 0))
    again = _push(GATEWAY, "bthomedevice:202", NOW / SECOND + 60, NOW + MINUTE)
    decoder = HubDecoder()
    first = decoder.decode(press)
    assert first.measurements
    assert first.lesson
    decoder.decode(answer)
    later = HubDecoder()
    later.recall([press, answer])
    assert _addresses(decoder.decode(again)) == _addresses(later.decode(again)) == _addresses(first)
    told_first = HubDecoder()
    told_first.decode(answer)
    assert _addresses(told_first.decode(press)) == {"shelly:7cc6b6624138"}


def test_two_gateways_tell_one_press_and_a_quick_second_press_is_another():
    decoder = HubDecoder()
    for gateway in (GATEWAY, PLUS):
        decoder.decode(_answer(gateway, ("bthomedevice", 200, DOOR, 0)))
    start = NOW / SECOND
    told = [(GATEWAY, 0.0), (PLUS, 0.4), (GATEWAY, 1.1), (PLUS, 1.6), (GATEWAY, 30.0)]
    pressed = [
        bool(decoder.decode(_push(gateway, "bthomedevice:200", start + after, NOW + 60 * SECOND)).measurements)
        for gateway, after in told
    ]
    assert pressed == [True, False, True, False, True]


def test_a_redelivered_press_is_a_copy_even_days_later():
    decoder = HubDecoder()
    press = _push(PLUS, "input:0", NOW / SECOND)
    assert decoder.decode(press).measurements[0].identity == f"{NOW // SECOND}"
    assert decoder.decode(press._replace(received_at=NOW + 6 * DAY)).ignored


def test_packets_are_known_by_their_number_within_a_minute():
    decoder = HubDecoder()
    topic, packet = f"shelly-blu/events/{DOOR}", {"pid": 7, "button": 1, "address": DOOR}
    assert decoder.decode(_said(topic, {**packet, "rssi": -60})).measurements
    assert decoder.decode(_said(topic, {**packet, "rssi": -80}, NOW + 20 * SECOND)).ignored
    assert decoder.decode(_said(topic, {**packet, "pid": 8}, NOW + 21 * SECOND)).measurements
    assert decoder.decode(_said(topic, packet, NOW + 2 * MINUTE)).measurements
    assert decoder.decode(_said(topic, packet, None)).ignored
    assert decoder.decode(_said(topic, {**packet, "pid": 9}, retained=True)).ignored == "a retained press is an old one"


def test_a_retained_press_is_left_out_of_what_else_a_packet_says():
    decoder = HubDecoder()
    said = decoder.decode(_said(DOOR, {"pid": 1, "button": 1, "battery": 50}, retained=True))
    assert [each.quantity for each in said.measurements] == ["battery"]


def test_a_device_with_a_battery_is_not_offline_when_it_sleeps():
    decoder = HubDecoder()
    online = Message("door sensor/online", b"false", retained=True)
    decoder.decode(_status("door sensor", "custom-1", **{"devicepower:0": {"battery": {"V": 3, "percent": 80}}}))
    assert decoder.decode(online).ignored
    decoder.decode(_status("plug", "custom-2", **{"switch:0": {"output": True}}))
    assert decoder.decode(online._replace(topic="plug/online")).measurements


def test_that_a_device_runs_on_a_battery_is_known_after_a_restart():
    battery = _said("terrace/status/devicepower:0", {"battery": {"V": 5.1, "percent": 50}})
    decoder = HubDecoder()
    first = _said("terrace/status/temperature:0", {"tC": 5.1})
    assert decoder.decode(first).lesson == first.topic
    assert decoder.decode(battery).lesson == "shelly:battery:terrace"
    assert decoder.decode(battery).lesson is None
    later = HubDecoder()
    later.recall([first, battery])
    assert later.decode(Message("terrace/online", b"false", retained=True)).ignored


def test_two_presses_that_two_gateways_heard_one_each_of_are_two():
    def heard(gateway: str, packet: int) -> Message:
        data = {"BTHome_version": 2, "pid": packet, "button": 1, "address": DOOR}
        event = {"component": "script:1", "event": "shelly-blu", "data": data, "ts": NOW / SECOND}
        return _said(f"{gateway}/events/rpc", _frame(gateway, "NotifyEvent", events=[event]))

    decoder = HubDecoder()
    told = [decoder.decode(heard(gateway, packet)) for gateway, packet in ((PLUS, 7), (GATEWAY, 7), (GATEWAY, 8))]
    assert [len(decoded.measurements) for decoded in told] == [1, 0, 1]


@pytest.mark.parametrize("ts", [1.33, 0, -5, None, "x", 1e999, 4e9, [1]])
def test_a_clock_that_was_never_set_dates_nothing(ts: object):
    message = _said(f"{PLUS}/events/rpc", _frame(PLUS, "NotifyStatus", ts=ts, **{"switch:0": {"output": True}}))
    assert HubDecoder().decode(message).measurements[0].at is None


@given(st.text(max_size=20))
def test_only_addresses_are_addresses(text: str):
    found = mac_of(text)
    assert found is None or (len(found) == 12 and int(found, 16) >= 0)


_KEYS = ["switch:0", "em:0", "bthomesensor:200", "bthomedevice:200", "blutrv:200", "blu", "ts", "events", "params",
         "result", "components", "config", "addr", "obj_id", "idx", "value", "output", "apower", "aenergy", "total",
         "temperature:0", "tC", "tF", "errors", "battery", "percent", "V", "devicepower:0", "component", "event",
         "data", "button", "pid", "address", "service_data", "window", "src", "method", "key", "id", "sys",
         "device", "wifi", "rssi", "last_updated_ts", "temperature", "model", "presencezone:200"]  # fmt: skip
_WORDS = st.sampled_from(["NotifyStatus", "NotifyEvent", "single_push", "input:0", "script:1", DOOR, "a/b", GATEWAY])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6),
    max_leaves=20,
)
_TOPICS = ["x/events/rpc", "ask/rpc", f"{PLUS}/status/switch:0", f"{PLUS}/status/rpc", f"{GATEWAY}/status/blu:0", DOOR,
           f"{GATEWAY}/status/bthomesensor:200", f"{PLUS}/announce", f"{PLUS}/blu/shellybludw-7cc6b6624138/state",
           f"{PLUS}/blu/shellybludw-7cc6b6624138/button", "shelly-blu/events/x"]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(_TOPICS), _JSON, st.booleans()), max_size=5), _JSON)
def test_whatever_is_said_has_an_answer(messages: list[tuple[str, object, bool]], params: object):
    decoder = HubDecoder()
    decoder.decode(_answer(GATEWAY, ("bthomesensor", 200, DOOR, 45), ("bthomedevice", 200, DOOR, 0)))
    _holds(decoder.decode(_said("x/events/rpc", {"src": GATEWAY, "method": "NotifyStatus", "params": params})))
    _holds(decoder.decode(_said("x/events/rpc", {"src": GATEWAY, "params": {"events": [params]}})))
    _holds(decoder.decode(_said("ask/rpc", {"src": GATEWAY, "result": params})))
    for topic, content, retained in messages:
        _holds(decoder.decode(_said(topic, content, retained=retained)))


@pytest.mark.parametrize("hostile", [
    {"params": {f"switch:{n}": {"output": True, "apower": 1, "errors": ["x"] * 9} for n in range(9_000)}},
    {"params": {"blu": {f"{n:012x}": {"button": [1] * 30, "battery": [1] * 30} for n in range(4_000)}}},
    {"params": {"events": [{"component": "input:0", "event": "single_push", "ts": n} for n in range(15_000)]}},
    {"result": {"components": [{"key": f"bthomesensor:{n}", "config": {"addr": DOOR}} for n in range(9_000)]}},
    {"result": {"sys": {"device": {}}, **{f"bthomedevice:{n}": {"addr": f"{n:012x}"} for n in range(20_000)}}},
    {"params": {"events": [{"component": "script:1", "event": "x", "data": {str(n): n for n in range(60_000)}}]}},
])  # fmt: skip
def test_a_megabyte_is_little_work(hostile: dict[str, Any]):
    decoder = HubDecoder()
    topic = "ask/rpc" if "result" in hostile else f"{GATEWAY}/events/rpc"
    message = Message(topic, json.dumps({"src": GATEWAY, **hostile}).encode())
    assert 300_000 < len(message.payload) <= 1 << 20
    assert calls_of(lambda: HubDecoder().decode(message)) < MILLISECONDS_50
    _holds(decoder.decode(message))


def test_what_is_remembered_is_bounded():
    shelly = Shelly(Options())
    for n in range(6_000):
        shelly.decode(_status(f"p/{n}", f"d{n}", **{"devicepower:0": {"battery": {"V": 3}}}))
        shelly.decode(_push(GATEWAY, f"bthomedevice:{n}", NOW / SECOND + n))
        shelly.decode(_answer(f"g{n}", ("bthomesensor", 200, f"{n:012x}", 45)))
    directory = shelly._directory
    tables = [table for table in vars(directory).values() if isinstance(table, dict)]
    assert tables
    assert max(map(len, tables)) <= 2_048
