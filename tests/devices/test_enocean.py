"""EnOcean through enocean-mqtt, beyond its samples: the mapping, keys, telegrams in pieces, and bounds."""

import pytest

from devices.convention import Options
from devices.conventions.enocean import Enocean
from devices.enocean.mapping import TEXT_LIMIT, profile_name, read_mapping
from devices.enocean.profiles import FAMILIES, PROFILES
from devices.instant import MINUTE, SECOND, parse_rfc3339
from devices.measurement import Decoded, Message

NOW = parse_rfc3339("2026-01-05T08:30:00Z") or 0
PRESS = b'{"R1":0,"EB":1,"R2":0,"SA":0}'
RELEASE = b'{"R1":0,"EB":0,"R2":0,"SA":0}'
CONFIGURATION = """\
## the general section
[CONFIG]
enocean_port    = /dev/enocean
mqtt_prefix     = enocean/
mqtt_pwd        = secret # not for anybody

[switch]
address         = 0xfefee192
rorg            = 0xf6   # RPS
func            = 0x02
type            = 0x02
publish_rssi    = 1

[hall/temperature]
rorg: 165
func: 2
type: 5

[non_interesting]
address         = 0xFFD05085
ignore          = 1
"""


def _said(decoded: Decoded) -> list[tuple[str, object]]:
    return [(said.address, said.value) for said in decoded.measurements]


def _hub(**sensors: str) -> Enocean:
    return Enocean(Options(enocean_sensors=sensors))


def test_enocean_mqtts_own_configuration_is_a_mapping():
    assert read_mapping(CONFIGURATION) == {"switch": "F6-02-02", "hall/temperature": "A5-02-05"}


def test_lines_of_ones_own_are_a_mapping():
    text = "# mine\nhall/door = D5-00-01 ; front door\nbath: a5_04_01\n\n[more]\npir = A5-07-01\n"
    assert read_mapping(text) == {"hall/door": "D5-00-01", "bath": "A5-04-01", "pir": "A5-07-01"}


@pytest.mark.parametrize(("text", "said"), [
    ("", "The file names no sensor with its profile."),
    ("[switch\nrorg=0xf6", "Line 1 is no section: expected [name of a sensor]."),
    ("\nnonsense", "Line 2 is neither a section nor name = profile."),
    ("door = contact", "A line before the first section is not name = profile: a profile is written as in D5-00-01."),
    ("[door]\nrorg = 0xD5\nfunc = zero", "Sensor 'door' has no usable func, type."),
    ("[door]\nrorg = 0xD5\nfunc = 999\ntype = 1", "Sensor 'door' has no usable func."),
    ("[CONFIG]\nmqtt_pwd = secret", "The file names no sensor with its profile."),
    ("x" * (TEXT_LIMIT + 1), f"The file has {TEXT_LIMIT + 1} characters, the limit is {TEXT_LIMIT}."),
])  # fmt: skip
def test_a_mapping_that_cannot_be_read_is_explained(text: str, said: str):
    assert read_mapping(text) == said


def test_every_profile_is_written_as_it_is_looked_up():
    assert all(profile_name(name) == name for name in PROFILES)
    assert all(profile_name(f"{name}-01") == f"{name}-01" for name in FAMILIES)


def test_a_mapping_that_names_no_profile_is_told():
    decoded = _hub(door="contact").decode(Message("enocean/door/CO", b"0"))
    assert decoded.ignored == "an EnOcean profile that Keepwell does not read: none"


def test_entries_that_name_no_sensor_or_no_profile_do_no_harm():
    decoder = Enocean(Options(enocean_sensors={"": "D5-00-01", "/": "D5-00-01", "bad": 5, "hall": "d5_00_01"}))  # type: ignore[dict-item]
    assert decoder.decode(Message("enocean/hall", b'{"CO":1}')).measurements
    for topic in ("enocean/", "enocean//", "enocean/bad"):
        assert decoder.decode(Message(topic, b'{"CO":1}')).ignored


def test_the_longest_name_wins():
    hub = Enocean(Options(enocean_sensors={"hall": "A5-02-05", "hall/door": "D5-00-01"}))
    assert _said(hub.decode(Message("enocean/hall/door", b'{"CO":0}'))) == [("enocean:hall.door", True)]
    assert _said(hub.decode(Message("enocean/hall/TMP", b"20"))) == [("enocean:hall", 20.0)]


@pytest.mark.parametrize(("steps", "presses"), [
    ([(PRESS, 0), (PRESS, SECOND // 20), (PRESS, SECOND)], 1),
    ([(PRESS, 0), (RELEASE, 0), (PRESS, 0), (RELEASE, 0)], 2),  # handed over at once after an outage
    ([(PRESS, 0), (PRESS, 2 * SECOND)], 2),  # the release was lost
    ([(PRESS, None), (PRESS, None)], 1),
    ([(PRESS, None), (RELEASE, None), (PRESS, None)], 2),
])  # fmt: skip
def test_a_press_is_told_once(steps: list[tuple[bytes, int | None]], presses: int):
    hub, said = _hub(rocker="F6-02-01"), []
    for payload, after in steps:
        at = None if after is None else NOW + after
        said += _said(hub.decode(Message("enocean/rocker", payload, received_at=at)))
    assert said.count(("enocean:rocker/AI", "press")) == presses


def test_the_occupancy_button_is_pressed_where_it_was_up_before():
    hub = _hub(ceiling="A5-08-01")
    said = []
    for minute, code in enumerate((1, 0, 0, 1, 0)):
        message = Message("enocean/ceiling", b'{"OCC":%d}' % code, received_at=NOW + minute * MINUTE)
        said.append(_said(hub.decode(message)))
    assert [len(each) for each in said] == [0, 1, 0, 0, 1]


def test_a_meters_divisor_goes_with_its_own_reading():
    hub = _hub(meter="A5-12-01")
    said = []
    for shortcut, value in (("MR", 500), ("DT", 1), ("DIV", 1), ("DIV", 2), ("MR", 700), ("DT", 0), ("DIV", 0)):
        said += _said(hub.decode(Message(f"enocean/meter/{shortcut}", str(value).encode())))
    assert said == [("enocean:meter", 50.0), ("enocean:meter", 700.0)]


def test_the_message_bit_of_an_earlier_telegram_says_nothing_of_this_one():
    hub = _hub(rocker="F6-02-01")
    for shortcut, value in (("EB", "0"), ("NU", "False"), ("R1", "2")):
        hub.decode(Message(f"enocean/rocker/{shortcut}", value.encode(), received_at=NOW))
    said = _said(hub.decode(Message("enocean/rocker/EB", b"1", received_at=NOW + SECOND)))
    assert said == [("enocean:rocker/BI", "press")]


def test_a_date_with_a_zone_is_the_time():
    hub = _hub(door="D5-00-01")
    for date, at in (("2026-01-05T09:30:00+01:00", NOW), ("2026-01-05T09:30:00", None), ("never", None)):
        decoded = hub.decode(Message("enocean/door", b'{"CO":0,"_DATE_":"%s"}' % date.encode(), received_at=NOW))
        assert decoded.measurements[0].at == at


def test_what_is_kept_is_bounded():
    hub = _hub(rocker="F6-02-01", plug="D2-01-0E")
    for number in range(6_000):
        hub.decode(Message(f"enocean/plug/IO{number}/X{number}", b"1"))
        hub.decode(Message(f"enocean/rocker/X{number}", b"1"))
    assert len(hub._places) <= 4_000
    assert len(hub._latest) <= 1_000
    assert all(len(latest) <= 70 for latest in hub._latest.values())
