"""rtl_433: what samples cannot show of repeats, clocks, bounds and secrets."""

import json

import pytest

from devices.decode import HubDecoder, Options
from devices.instant import HOUR, SECOND, Instant, parse_rfc3339
from devices.measurement import Decoded, Message
from devices.rtl_433 import heard, reading
from devices.rtl_433.fields import battery_level
from devices.rtl_433.models import MODELS

NOW = parse_rfc3339("2026-01-05T08:30:00Z") or 0
PIR = {"model": "Kerui-Security", "id": 840811, "cmd": 10, "motion": 1, "state": "motion"}
DOOR = {"model": "Kerui-Security", "id": 100123, "opened": 1, "state": "open"}


def _event(content: dict[str, object], at: Instant | None = NOW, *, retained: bool = False) -> Message:
    return Message("rtl_433/pi/events", json.dumps(content).encode(), retained, at)


def _told(decoded: Decoded) -> list[tuple[str, object]]:
    return [(said.quantity, said.value) for said in decoded.measurements]


def test_what_was_said_last_is_a_repeat_for_five_seconds():
    decoder = HubDecoder()
    assert _told(decoder.decode(_event(PIR))) == [("motion", True)]
    assert (
        decoder.decode(_event({**PIR, "rssi": -3.2}, NOW + 5 * SECOND)).ignored == "a repeat of the same transmission"
    )
    assert decoder.decode(_event(PIR, NOW + 6 * SECOND)).measurements


def test_a_door_that_closes_and_opens_within_the_window_is_open_again():
    decoder = HubDecoder()
    closed = {**DOOR, "opened": 0, "state": "close"}
    said = [decoder.decode(_event(one, NOW)) for one in (DOOR, closed, DOOR)]
    assert [_told(one) for one in said] == [[("contact", True)], [("contact", False)], [("contact", True)]]


def test_after_an_outage_its_own_time_decides_and_not_when_it_was_received():
    decoder = HubDecoder()
    for hour in range(5):
        assert decoder.decode(_event({**PIR, "time": f"2026-01-05 0{hour}:00:00"}, NOW)).measurements
        assert decoder.decode(_event({**PIR, "time": f"2026-01-05 0{hour}:00:03"}, NOW)).ignored


@pytest.mark.parametrize(("seconds", "presses"), [
    ((0, 0, 0, 1), 1),  # one press: its copies, by a clock of whole seconds
    ((0, 3), 2),
    ((0, 1, 3, 4, 7), 3),
    ((0, 1, 2, 3, 4, 5, 6), 1),  # a key that is held down
])  # fmt: skip
def test_a_press_is_over_sooner_than_a_state(seconds: tuple[int, ...], presses: int):
    decoder = HubDecoder()
    panic = {"model": "Pendant", "id": 7, "event": "sos"}
    said = [decoder.decode(_event({**panic, "time": f"2026-01-05 08:29:0{one}"})) for one in seconds]
    assert sum(_told(one) == [("button", "emergency")] for one in said) == presses


def test_the_hour_that_comes_twice_in_autumn_has_two_presses():
    decoder = HubDecoder()
    panic = {"model": "Pendant", "id": 7, "event": "sos", "time": "2026-10-25 01:30:00"}
    assert decoder.decode(_event(panic, NOW)).measurements
    assert decoder.decode(_event(panic, NOW + HOUR)).measurements


def test_an_id_is_the_same_as_number_and_as_text():
    decoder = HubDecoder()
    assert decoder.decode(_event(PIR)).measurements
    assert decoder.decode(_event({**PIR, "id": str(PIR["id"])})).ignored


def test_without_any_time_an_equal_event_is_a_repeat():
    decoder = HubDecoder()
    assert decoder.decode(_event(PIR, None)).measurements
    assert decoder.decode(_event(PIR, None)).ignored


@pytest.mark.parametrize(("time", "at"), [
    ("2026-01-05 08:29:58", None),
    ("2026-01-05 08:29:58.123456", None),
    ("@0.262144s", None),
    ("2026-01-05T08:29:58Z", "2026-01-05T08:29:58Z"),
    ("2026-01-05 09:29:58.5+0100", "2026-01-05T08:29:58.5Z"),
    ("1767601798", "2026-01-05T08:29:58Z"),
    (1767601798.25, "2026-01-05T08:29:58.25Z"),
    ("2024-01-05T08:29:58Z", None),
    ("yesterday", None),
    ("9" * 5_000, None),
    (None, None),
    (1e300, None),
    (-1, None),
    ([1], None),
])  # fmt: skip
def test_its_time_dates_a_reading_only_with_a_zone_and_plausibly(time: object, at: str | None):
    decoded = HubDecoder().decode(_event({**PIR, "time": time}))
    assert decoded.measurements[0].at == (parse_rfc3339(at) if at else None)


def test_a_retained_press_is_left_out_and_does_not_hide_the_next():
    decoder = HubDecoder()
    panic = {"model": "X10-Security", "id": "a1b2", "event": "KR18 PANIC", "code": "26"}
    assert _told(decoder.decode(_event(panic, retained=True))) == [("battery_low", False)]
    assert _told(decoder.decode(_event(panic))) == [("button", "emergency"), ("battery_low", False)]


def test_everything_on_air_is_untrusted_but_not_the_receiver_itself():
    decoder = HubDecoder()
    assert decoder.decode(_event(PIR)).untrusted
    assert not decoder.decode(Message("rtl_433/pi/availability", b"offline")).untrusted


def test_channels_tell_weather_sensors_apart_and_alarm_sensors_need_none():
    def address(**content: object) -> str:
        return HubDecoder().decode(_event(content)).measurements[0].address

    assert address(model="Nexus-TH", id=7, channel=1, humidity=40) == "rtl_433:nexus-th:7:1"
    assert address(model="Nexus-TH", id="0x07", humidity=40) == "rtl_433:nexus-th:0x07"
    assert address(model="Honeywell-Security", id=7, channel=8, tamper=0) == "rtl_433:honeywell-security:7"
    assert address(model="a/b +#", id=" 7/8 ", humidity=40) == "rtl_433:a-b---:-7-8-"


@pytest.mark.parametrize("identity", ["bridge", "", None, True, [1], {"a": 1}, 1e300])
def test_no_sensor_can_be_the_bridge_or_have_no_id(identity: object):
    assert HubDecoder().decode(_event({"model": "host", "id": identity, "humidity": 40})).ignored


@pytest.mark.parametrize(("raw", "said"), [
    (0, ("battery_low", True)), (1, ("battery_low", False)), ("1", ("battery_low", False)), (0.2, ("battery", 20.0)),
    (2, None), (-0.1, None), ("OK", None), (None, None), (True, None),
])  # fmt: skip
def test_battery_ok_is_a_level(raw: object, said: tuple[str, object] | None):
    found = battery_level(raw)
    assert (found and (found.quantity, found.value)) == said


@pytest.mark.parametrize(("stype", "state", "event", "told"), [
    (0xAD, 0x10, 1, [("contact", True)]),
    ("ac", "12", "04", [("battery_low", False), ("tamper", True)]),
    ("ac", "10", "04", [("battery_low", False), ("tamper", False)]),
    ("0x15", "0x32", "0x04", [("tamper", True)]),
    (0x15, None, 1, [("motion", True)]),
    (0x15, 0x30, 3, []),
    (0x53, 0x10, 1, []),
    ("zz", "10", "01", []),
    (1e400, 16, 1, []),
])  # fmt: skip
def test_yale_codes_as_numbers_and_as_hexadecimal_text(stype: object, state: object, event: object, told: object):
    content = {"model": "Yale-HSA", "id": 1, "stype": stype, "state": state, "event": event}
    assert _told(HubDecoder().decode(_event(content))) == told


def test_an_interlogix_report_of_the_hour_is_no_movement():
    same = {"model": "Interlogix-Security", "subtype": "motion", "id": "4ac011", "switch1": "CLOSED"}
    for raw, moved in (("0114a4", False), ("c1152c", False), ("e91520", True), ("091434", True), ("?", False)):
        assert bool(HubDecoder().decode(_event({**same, "raw_message": raw})).measurements) == moved
    assert _told(HubDecoder().decode(_event({**same, "switch1": "OPEN"}))) == [("motion", True)]


@pytest.mark.parametrize("extradata", ["Disarm Pin: 4711", "Keypad Menu Button", "Arm System - Canceled", 4711])
def test_what_a_keypad_types_never_comes_out(extradata: object):
    decoded = HubDecoder().decode(_event({"model": "SimpliSafe-Keypad", "id": "9Z8Y7", "extradata": extradata}))
    assert decoded.ignored
    assert "4711" not in repr(decoded)


@pytest.mark.parametrize("model", MODELS)
def test_no_model_trips_over_what_its_fields_are_not(model: str):
    keys = ("stype", "state", "event", "alarm", "restore", "cmd", "cmd_id", "reed_open", "code", "closed", "exception",
            "subtype", "switch1", "raw_message", "motion", "tamper", "extradata", "data", "learn", "message", "text",
            "secret_knock", "command", "unit", "subunit", "button", "button1", "channel", "status", "wnd_stat", "key",
            "current", "detect_wet", "battery_ok")  # fmt: skip
    for raw in (None, True, -1, 1e308, 10**30, "", "x" * 99, [], [1], {}, {"a": 1}, "OPEN", "0x", "ON"):
        decoded = HubDecoder().decode(_event({"model": model, "id": 1, "code": raw, **dict.fromkeys(keys, raw)}))
        assert decoded.rejected is None
        assert len({(said.address, said.quantity) for said in decoded.measurements}) == len(decoded.measurements)


def test_it_remembers_a_bounded_number_of_transmitters(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "_MOST_DEVICES", 3)
    monkeypatch.setattr(heard, "MOST_DEVICES", 3)
    decoder = HubDecoder()
    for number in (1, 2, 3, 4):
        assert decoder.decode(_event({**PIR, "id": number})).described
    assert decoder.decode(_event({**PIR, "id": 4})).ignored
    again = decoder.decode(_event({**PIR, "id": 1}))
    assert again.measurements
    assert again.described


def test_a_device_is_described_when_it_says_something_new():
    decoder = HubDecoder()
    first = decoder.decode(_event(DOOR)).described
    assert [(one.name, one.maker, one.model, one.quantities) for one in first] == [
        ("Kerui-Security", "Kerui", "Kerui-Security", ("contact",))
    ]
    assert not decoder.decode(_event(DOOR, NOW + HOUR)).described
    tamper = decoder.decode(_event({**PIR, "id": 100123, "motion": 1, "state": "tamper"}, NOW + HOUR))
    assert "tamper" in tamper.described[0].quantities


def test_the_prefix_may_be_another():
    decoder = HubDecoder(Options(rtl_433_prefix="sensors/radio"))
    assert decoder.decode(Message("sensors/radio/pi/events", json.dumps(PIR).encode())).measurements
    assert decoder.decode(_event(PIR)).convention is None
