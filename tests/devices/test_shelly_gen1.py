"""Shelly Gen1: presses by their count over a restart, sleepers, bounds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.conventions.shelly_gen1 import ShellyGen1
from devices.decode import HubDecoder, Options
from devices.instant import DAY, Instant, parse_rfc3339
from devices.measurement import Message
from tests.devices.test_decode import _holds

NOW = parse_rfc3339("2026-01-05T10:46:40Z") or 0
BUTTON = "shellies/shellybutton1-E8DB84ACF3CD/input_event/0"


def _press(letters: str, count: int, *, retained: bool = False, at: Instant | None = NOW) -> Message:
    return Message(BUTTON, json.dumps({"event": letters, "event_cnt": count}).encode(), retained, at)


def test_the_last_count_is_remembered_over_a_restart():
    decoder = HubDecoder()
    first = decoder.decode(_press("S", 4))
    assert first.measurements[0].value == "press"
    assert first.lesson
    later = HubDecoder()
    later.recall([_press("S", 4)])
    assert later.decode(_press("S", 4, at=NOW + DAY)).ignored
    assert later.decode(_press("S", 5, at=NOW + DAY)).measurements


def test_an_overload_ends_after_a_restart_too():
    overpower = Message("shellies/shelly1pm-B929CC/relay/0", b"overpower", received_at=NOW)
    lesson = HubDecoder().decode(overpower).lesson
    later = HubDecoder()
    later.recall([overpower])
    ended = later.decode(overpower._replace(payload=b"on"))
    assert ("fault", False) in [(said.quantity, said.value) for said in ended.measurements]
    assert ended.lesson == lesson


def test_without_a_memory_a_message_that_is_not_retained_is_a_press():
    assert HubDecoder().decode(_press("L", 9)).measurements
    assert HubDecoder().decode(_press("L", 9, retained=True)).ignored == "a retained press is an old one"
    assert HubDecoder().decode(_press("", 9)).ignored


def test_the_same_count_with_other_letters_is_another_press():
    decoder = HubDecoder()
    assert decoder.decode(_press("S", 1)).measurements
    assert decoder.decode(_press("SS", 1)).measurements


def test_identities_of_counts_that_begin_anew_differ():
    decoder = HubDecoder()
    early = decoder.decode(_press("S", 1))
    decoder.decode(_press("S", 2))
    late = decoder.decode(_press("S", 1, at=NOW + DAY))
    assert early.measurements[0].identity != late.measurements[0].identity


def test_a_sleeper_named_by_hand_is_known_after_a_restart():
    reasons = Message("shellies/door/sensor/act_reasons", b'["sensor"]')
    offline = Message("shellies/door/online", b"false", retained=True)
    decoder = HubDecoder()
    assert decoder.decode(offline).measurements
    assert decoder.decode(reasons).lesson == "shelly_gen1:asleep:door"
    assert decoder.decode(offline).ignored
    assert decoder.decode(reasons).lesson is None
    later = HubDecoder()
    later.recall([reasons])
    assert later.decode(offline).ignored


def test_a_gen2_device_below_shellies_is_not_gen1s():
    decoder = HubDecoder()
    topic = "shellies/kitchen/events/rpc"
    status = b'{"src":"shellyplus1-08b61fd9333c","method":"NotifyStatus","params":{"switch:0":{"output":true}}}'
    assert decoder.decode(Message("shellies/kitchen/online", b"true")).convention == "shelly_gen1"
    assert decoder.decode(Message(topic, status)).convention == "shelly"
    assert decoder.decode(Message("shellies/kitchen/online", b"true")).convention == "shelly"


_TAILS = ["sensor/state", "sensor/temperature", "sensor/humidity", "relay/0", "relay/1/power", "relay/energy", "info",
          "status", "input_event/0", "emeter/0/total", "ext_temperatures", "ext_humidities", "ext_temperature/0",
          "announce", "online", "temperature", "adc/0", "light/0", "input/0", "sensor/act_reasons", "", "x", "relay",
          "a/b/c/relay/0", "relay/0/power/x", "sensor", "input_event", "relay/²"]  # fmt: skip
_TEXTS = st.binary(max_size=40) | st.sampled_from(
    [b"on", b"open", b"1", b"-1", b"999", b"1e999", b"nan", b"true", b"{}", b"[]", b'{"event":"S","event_cnt":1}',
     b'{"tmp":{"value":1e999},"lux":[],"bat":{"value":"x"},"sensor":5,"thermostats":[[]],"wifi_sta":1}',
     b'{"0":{"tC":"x"},"1":5,"":{"tC":20},"\\u00b2":{"tC":20}}', b'{"id":5,"model":[]}', b'{"id":"a/b","gen":true}',
     b'{"id":"\\ud800"}', b'{"sensor":{"motion":true},"unixtime":1e300,"timestamp":-1}', b"overpower", b"9" * 70]
)  # fmt: skip


@given(st.sampled_from(_TAILS), _TEXTS, st.booleans(), st.booleans())
def test_whatever_is_said_has_an_answer(tail: str, payload: bytes, retained: bool, fahrenheit: bool):
    decoder = HubDecoder(Options(shelly_fahrenheit=fahrenheit))
    for at in (NOW, None):
        _holds(decoder.decode(Message(f"shellies/x/{tail}", payload, retained, at)))
        _holds(decoder.decode(Message(f"shellies/{tail}", payload, retained, at)))


@pytest.mark.parametrize("tail", ["ext_temperatures", "info", "status", "input_event/0"])
def test_a_large_object_is_read_in_bounds(tail: str):
    probes = {str(n): {"hwID": "28f0", "tC": 20.5} for n in range(20_000)}
    decoded = HubDecoder().decode(Message(f"shellies/x/{tail}", json.dumps(probes).encode()))
    _holds(decoded)
    assert len(decoded.measurements) <= 16


def test_what_is_remembered_is_bounded():
    gen1 = ShellyGen1(Options())
    for n in range(5_000):
        gen1.decode(Message(f"shellies/b{n}/input_event/0", b'{"event":"S","event_cnt":1}'))
        gen1.decode(Message(f"shellies/b{n}/sensor/act_reasons", b"[]"))
        gen1.decode(Message(f"shellies/b{n}/relay/0", b"overpower"))
    tables = [gen1._counts, gen1._asleep, gen1._overpowered]
    assert max(len(table) for table in tables) <= 2_048
