"""Home Assistant discovery where samples cannot show it: lessons, withdrawals, bounds, hostile announcements."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Options
from devices.conventions.homeassistant import ANNOUNCEMENT_LIMIT, STATE_LIMIT, Homeassistant
from devices.decode import HubDecoder
from devices.discovery.registry import ANNOUNCEMENTS_LIMIT, ENTITIES_LIMIT
from devices.instant import MINUTE
from devices.measurement import Decoded, Message
from devices.quantity import QUANTITIES
from tests.support.work import MILLISECONDS_50, calls_of

NOW = 1_767_601_800_000_000
"""2026-01-05T08:30:00Z."""
DOOR = {"dev_cla": "door", "stat_t": "node/door", "avty_t": "node/up", "dev": {"ids": "node", "name": "Node"}}
BATTERY = {"dev_cla": "battery", "unit_of_meas": "%", "stat_t": "node/b", "avty_t": "node/up", "dev": {"ids": "node"}}


def _announce(decoder: HubDecoder, topic: str, content: object) -> Decoded:
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    return decoder.decode(Message(f"homeassistant/{topic}/config", payload, retained=True))


def _said(decoder: HubDecoder, topic: str, payload: str) -> list[tuple[str, str, object]]:
    decoded = decoder.decode(Message(topic, payload.encode()))
    return [(said.address, said.quantity, said.value) for said in decoded.measurements]


def _holds(decoded: Decoded) -> None:
    says = bool(decoded.measurements or decoded.described)
    assert says + (decoded.rejected is not None) + (decoded.ignored is not None) == 1
    assert decoded.rejected is None or decoded.rejected.reason != "decoder_fault", decoded.rejected
    for said in decoded.measurements:
        assert type(said.value) is {"bool": bool, "number": float, "action": str}[QUANTITIES[said.quantity].kind]
        assert not isinstance(said.value, float) or math.isfinite(said.value)
        assert said.address.count("/") <= 1
        assert not said.address.endswith(":bridge")
    json.dumps(decoded)


def test_what_was_taught_is_known_after_a_restart():
    first = HubDecoder()
    lessons = {}
    for topic, content in (("binary_sensor/node/door", DOOR), ("sensor/node/battery", BATTERY), ("sensor/node/t", b"")):
        message = Message(f"homeassistant/{topic}/config", content if content == b"" else json.dumps(content).encode())
        decoded = first.decode(message)
        assert decoded.lesson == message.topic
        lessons[decoded.lesson] = message
    second = HubDecoder()
    second.recall(lessons.values())
    assert _said(second, "node/door", "ON") == [("homeassistant:node/door", "contact", True)]
    assert _said(second, "node/b", "55") == [("homeassistant:node", "battery", 55)]
    assert _said(second, "node/up", "online") == [("homeassistant:node", "online", True)]


def test_a_broken_announcement_teaches_nothing_and_unlearns_nothing():
    decoder = HubDecoder()
    _announce(decoder, "binary_sensor/node/door", DOOR)
    decoded = _announce(decoder, "binary_sensor/node/door", b"{")
    assert decoded.rejected is not None
    assert decoded.lesson is None
    assert _said(decoder, "node/door", "ON")


def test_withdrawing_one_entity_leaves_the_others():
    decoder = HubDecoder()
    _announce(decoder, "binary_sensor/node/door", DOOR)
    _announce(decoder, "sensor/node/battery", BATTERY)
    assert _announce(decoder, "binary_sensor/node/door", b"").ignored == "an announcement was withdrawn"
    assert decoder.decode(Message("node/door", b"ON")).convention is None
    assert _said(decoder, "node/b", "55") == [("homeassistant:node", "battery", 55)]
    assert _said(decoder, "node/up", "offline") == [("homeassistant:node", "online", False)]
    assert _announce(decoder, "sensor/node/battery", BATTERY).described[0].quantities == ("battery", "online")
    _announce(decoder, "sensor/node/battery", b"")
    assert decoder.decode(Message("node/up", b"online")).convention is None


def test_an_announcement_takes_the_place_of_the_one_before_it():
    decoder = HubDecoder()
    _announce(decoder, "binary_sensor/node/door", DOOR)
    _announce(decoder, "binary_sensor/node/door", {**DOOR, "stat_t": "elsewhere"})
    assert decoder.decode(Message("node/door", b"ON")).convention is None
    assert _said(decoder, "elsewhere", "ON") == [("homeassistant:node/door", "contact", True)]


def test_what_is_known_of_availability_outlives_an_announcement_that_is_repeated():
    decoder = HubDecoder()
    both = {**DOOR, "avty": [{"t": "gateway"}, {"t": "node/alive"}], "avty_mode": "all"}
    del both["avty_t"]
    _announce(decoder, "binary_sensor/node/door", both)
    assert _said(decoder, "gateway", "online") == []
    _announce(decoder, "binary_sensor/node/door", both)
    assert _said(decoder, "node/alive", "online") == [("homeassistant:node", "online", True)]


def test_an_address_does_not_change_by_what_is_announced_later():
    decoder = HubDecoder()
    _announce(decoder, "binary_sensor/node/door", DOOR)
    before = _said(decoder, "node/door", "ON")
    for number in range(5):
        _announce(decoder, f"binary_sensor/node/door{number}", {**DOOR, "stat_t": f"node/door{number}"})
        _announce(decoder, f"binary_sensor/zone{number}/door", {**DOOR, "stat_t": f"zone/{number}"})
    assert _said(decoder, "node/door", "ON") == before
    heard = [_said(decoder, f"{topic}{number}", "ON")[0] for number in range(5) for topic in ("node/door", "zone/")]
    assert len({(address, quantity) for address, quantity, _ in [*heard, *before]}) == 11


def test_what_another_convention_reads_is_not_learned():
    decoder = HubDecoder()
    for state in ("zigbee2mqtt/pir", "tele/plug/SENSOR", "rtl_433/host/devices/a/1/humidity", "zwave/5/48/0/Any"):
        decoded = _announce(decoder, "binary_sensor/native", {"stat_t": state, "dev": {"ids": "native"}})
        assert decoded.ignored is not None
        assert decoded.ignored.startswith("its topics are read natively")
        assert decoded.lesson is None


def test_what_zigbee2mqtt_announces_is_its_own_whatever_its_base_is():
    decoder = HubDecoder()
    state = {"dev_cla": "temperature", "unit_of_meas": "°C", "stat_t": "myhome/Hall", "val_tpl": "{{ value_json.t }}"}
    assert _announce(decoder, "sensor/0x1/t", {**state, "dev": {"ids": ["zigbee2mqtt_0x00124b0000000001"]}}).ignored
    trigger = {"t": "myhome/Hall/action", "type": "action", "stype": "single"}
    assert _announce(decoder, "device_automation/0x1/a", {**trigger, "dev": {"ids": "zigbee2mqtt_0x1"}}).ignored
    assert decoder.decode(Message("myhome/Hall", b'{"t": 20}')).convention is None
    avty = {"avty": [{"topic": "myhome/bridge/state"}], "dev": {"ids": ["other"]}}
    assert _announce(decoder, "sensor/other/t", {**state, **avty}).described


def test_a_native_convention_that_learns_a_base_later_takes_its_topics_over():
    decoder = HubDecoder()
    _announce(decoder, "binary_sensor/a/door", {"dev_cla": "door", "stat_t": "myhome/Hall", "dev": {"ids": ["a"]}})
    assert _said(decoder, "myhome/Hall", "ON")
    decoder.decode(Message("myhome/bridge/state", b'{"state": "online"}'))
    assert decoder.decode(Message("myhome/Hall", b'{"contact": true}')).convention == "zigbee2mqtt"


def test_entities_of_one_object_id_and_several_platforms_have_addresses_of_their_own():
    decoder = HubDecoder()
    told = []
    for name in ("lamp", "plug"):
        for platform in ("switch", "light", "lock", "valve", "binary_sensor"):
            content = {"stat_t": f"{platform}/{name}", "pl_on": "x", "stat_on": "x", "dev": {"ids": "plug"}}
            content |= {"stat_locked": "x", "stat_open": "x"}
            _announce(decoder, f"{platform}/{name}", content)
            told += _said(decoder, f"{platform}/{name}", "x")
    assert len({address for address, _, _ in told}) == 10


def test_a_press_told_on_one_topic_as_an_event_and_as_a_trigger_is_one_press():
    decoder = HubDecoder()
    device = {"ids": ["fob"]}
    _announce(decoder, "event/fob/press", {"stat_t": "fob", "evt_typ": ["single"], "dev": device})
    trigger = {"t": "fob", "val_tpl": "{{ value_json.event_type }}", "pl": "single", "type": "button_short_press"}
    _announce(decoder, "device_automation/fob/single", {**trigger, "stype": "button_1", "dev": device})
    for _ in range(2):
        assert _said(decoder, "fob", '{"event_type":"single"}') == [("homeassistant:fob/press", "button", "press")]


def test_a_short_release_is_the_press_unless_the_button_announces_its_press_on_any_topic():
    decoder = HubDecoder()
    for kind, number in (("short_release", 1), ("short_press", 1), ("short_release", 2)):
        content = {"t": f"fob/{number}/{kind}", "type": f"button_{kind}", "stype": number, "dev": {"ids": "fob"}}
        _announce(decoder, f"device_automation/fob/{kind}{number}", content)
    assert _said(decoder, "fob/1/short_press", "1") == [("homeassistant:fob/1", "button", "press")]
    assert _said(decoder, "fob/1/short_release", "1") == [("homeassistant:fob/1", "button", "release")]
    assert _said(decoder, "fob/2/short_release", "1") == [("homeassistant:fob/2", "button", "press")]
    _announce(decoder, "device_automation/fob/short_press1", b"")
    assert _said(decoder, "fob/1/short_release", "1") == [("homeassistant:fob/1", "button", "press")]


def test_the_announcement_of_an_alarm_panel_is_not_kept_since_it_may_hold_a_code():
    decoded = _announce(HubDecoder(), "alarm_control_panel/a", {"stat_t": "a", "code": "4711", "dev": {"ids": ["a"]}})
    assert decoded.described
    assert decoded.lesson is None


def test_without_a_hub_nothing_is_read_natively():
    convention = Homeassistant(Options())
    decoded = convention.decode(Message("homeassistant/binary_sensor/x/config", b'{"stat_t": "zigbee2mqtt/pir"}'))
    assert decoded.described
    assert convention.claims("zigbee2mqtt/pir")


def _overdue_home() -> HubDecoder:
    decoder = HubDecoder()
    _announce(decoder, "binary_sensor/pad", {"stat_t": "pad", "exp_aft": 300, "dev": {"ids": "pad"}})
    _announce(decoder, "sensor/pad_v", {"stat_t": "pad/v", "dev_cla": "voltage", "unit_of_meas": "V", "exp_aft": 600,
                                        "dev": {"ids": "pad"}})  # fmt: skip
    _announce(decoder, "binary_sensor/pir", {"stat_t": "pir", "dev_cla": "motion", "dev": {"ids": "pir"}})
    return decoder


def _online(decoder: HubDecoder, topic: str, minute: int, *, retained: bool = False) -> dict[str, object]:
    decoded = decoder.decode(Message(topic, b"ON", retained, NOW + minute * MINUTE))
    _holds(decoded)
    return {said.address: said.value for said in decoded.measurements if said.quantity == "online"}


def test_a_device_that_is_silent_for_longer_than_it_announced_is_not_online_until_it_speaks_again():
    decoder = _overdue_home()
    assert _online(decoder, "pad", 0) == {}
    assert _online(decoder, "pir", 9) == {}
    assert _online(decoder, "pir", 11) == {"homeassistant:pad": False}
    assert _online(decoder, "pir", 12) == {}  # once
    assert _online(decoder, "pad", 13) == {"homeassistant:pad": True}
    assert _online(decoder, "pad", 14) == {}


def test_after_a_break_in_which_nobody_was_heard_nobody_is_overdue():
    decoder = _overdue_home()
    _online(decoder, "pad", 0)
    assert _online(decoder, "pir", 120) == {}
    assert _online(decoder, "pir", 129) == {}
    assert _online(decoder, "pir", 131) == {"homeassistant:pad": False}


def test_a_device_that_withdrew_or_was_never_heard_is_not_overdue():
    decoder = _overdue_home()
    assert [_online(decoder, "pir", minute) for minute in range(0, 60, 5)] == [{}] * 12
    _online(decoder, "pad", 60)
    for which in ("binary_sensor/pad", "sensor/pad_v"):
        decoder.decode(Message(f"homeassistant/{which}/config", b"", True, NOW))
    assert [_online(decoder, "pir", minute) for minute in range(60, 120, 5)] == [{}] * 12


def test_the_number_of_announcements_is_bounded_and_the_oldest_goes():
    decoder = HubDecoder()
    for number in range(ANNOUNCEMENTS_LIMIT + 10):
        _announce(decoder, f"binary_sensor/n{number}", {"stat_t": f"n/{number}", "avty_t": "all/up"})
    assert decoder.decode(Message("n/9", b"ON")).convention is None
    assert _said(decoder, "n/10", "ON")
    assert calls_of(lambda: _said(decoder, "all/up", "online")) < MILLISECONDS_50
    assert len(_said(decoder, "all/up", "online")) <= ANNOUNCEMENTS_LIMIT


def test_the_number_of_entities_is_bounded():
    decoder = HubDecoder()
    for number in range(40):
        listed = {f"c{each}": {"p": "binary_sensor", "stat_t": f"d/{number}/{each}"} for each in range(600)}
        _announce(decoder, f"device/d{number}", {"dev": {"ids": f"d{number}"}, "cmps": listed})
    claimed = sum(
        decoder.decode(Message(f"d/{number}/{each}", b"ON")).convention is not None
        for number in range(40)
        for each in range(0, 600, 50)
    )
    assert 0 < claimed <= (ENTITIES_LIMIT // 512) * 11


def test_a_large_announcement_is_refused_and_a_large_state_too():
    decoder = HubDecoder()
    decoded = _announce(decoder, "sensor/x", b" " * (ANNOUNCEMENT_LIMIT + 1))
    assert decoded.rejected is not None
    assert decoded.rejected.reason == "too_large"
    _announce(decoder, "binary_sensor/node/door", DOOR)
    decoded = decoder.decode(Message("node/door", b" " * (STATE_LIMIT + 1)))
    assert decoded.rejected is not None
    assert decoded.rejected.reason == "too_large"


@pytest.mark.parametrize("template", [
    "{{ value" + " | upper" * 55 + " }}",
    "{{ value_json.a" + " ~ value_json.a" * 70 + " }}",
    "{{ 'ON' if " + "value_json.x == 'y' or " * 60 + "value_json.x == 'z' else 'OFF' }}",
])  # fmt: skip
def test_a_topic_with_many_hostile_templates_is_read_in_bounded_time(template: str):
    decoder = HubDecoder()
    for number in range(300):
        content = {
            "stat_t": "shared",
            "val_tpl": template,
            "avty": [{"t": "shared", "val_tpl": template}] * 16,
            "dev": {"ids": f"s{number % 3}"},
        }
        _announce(decoder, f"binary_sensor/s{number}", content)
    for payload in (json.dumps({"a": "b" * 900, "x": "n"}).encode(), b"a" * 1_000, b"a" * (1 << 20), b"[" * (1 << 16)):
        message = Message("shared", payload)
        assert calls_of(lambda: decoder.decode(message)) < MILLISECONDS_50  # noqa: B023 - called at once
        _holds(decoder.decode(message))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(["~", "t/1", "ON"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
KEYS = [
    "~",
    "stat_t",
    "state_topic",
    "val_tpl",
    "dev_cla",
    "unit_of_meas",
    "name",
    "uniq_id",
    "dev",
    "device",
    "ids",
    "cns",
    "identifiers",
    "connections",
    "avty",
    "avty_t",
    "avty_mode",
    "availability",
    "pl_on",
    "pl_off",
    "pl_avail",
    "evt_typ",
    "t",
    "topic",
    "type",
    "stype",
    "pl",
    "cmps",
    "components",
    "p",
    "platform",
    "mdl",
    "mdl_id",
    "mf",
    "off_dly",
    "ent_cat",
    "schema",
    "curr_temp_t",
    "temp_unit",
    "stat_open",
    "device_class",
    "migrate_discovery",
    "value_template",
]
VALUES = JSON | st.sampled_from([
    "t/1", "t/2", "~/x", "{{ value_json.x }}", "{{ value }}", "motion", "temperature", "°F", "binary_sensor", "event",
    "button_short_press", "all", ["press"], {"ids": ["d"]}, {"cns": [["mac", "aa:bb:cc:dd:ee:ff"]]}, [{"t": "t/1"}],
])  # fmt: skip
CONFIG = st.dictionaries(st.sampled_from(KEYS), VALUES | st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
PLATFORM = st.sampled_from(
    [
        "binary_sensor",
        "sensor",
        "event",
        "device_automation",
        "switch",
        "light",
        "cover",
        "lock",
        "valve",
        "climate",
        "device",
        "update",
        "~",
        "x",
    ]
)


@given(
    st.lists(st.tuples(PLATFORM, CONFIG), min_size=1, max_size=4), st.lists(st.binary(max_size=30), max_size=4), JSON
)
def test_any_announcement_and_any_state_have_an_answer(
    configs: list[tuple[str, dict[str, Any]]], states: list[bytes], content: object
):
    decoder = HubDecoder()
    for number, (platform, config) in enumerate(configs):
        config = {"stat_t": "t/1", "t": "t/1", **config}  # noqa: PLW2901
        if platform == "device":
            config = {"dev": {"ids": "d"}, "cmps": {"a": config, "b": {"p": "sensor", **config}}}  # noqa: PLW2901
        _holds(_announce(decoder, f"{platform}/o{number % 2}", config))
    for payload in (*states, b"ON", b"21.5", b'{"x": 21, "event_type": "press"}', json.dumps(content).encode()):
        for topic in ("t/1", "t/2", "homeassistant/x"):
            for retained in (False, True):
                _holds(decoder.decode(Message(topic, payload, retained)))
