"""What the store gets for a reading and a fact, and how it is written down."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.instant import MINUTE
from devices.measurement import Value
from gateway.errors import StoreRefused
from gateway.model import HUB_DEVICE, Device, Fact, Flag, Point, Reading
from gateway.recorder import points
from gateway.recorder.lines import line

NOON = 1_768_000_000_000_000
READING = Reading("ELM-12", "hub-1", "zigbee2mqtt:0x1", "hall", "front-door", "contact", True, NOON, NOON)


@pytest.mark.parametrize(("value", "number"), [(True, 1.0), (False, 0.0), (21.5, 21.5)])
def test_a_value_is_always_a_float(value: Value, number: float) -> None:
    point = points.point(replace(READING, value=value))
    assert point.fields == {"value": number}
    assert type(point.fields["value"]) is float


def test_a_button_is_one_with_its_action() -> None:
    assert points.point(replace(READING, quantity="button", value="long")).fields == {"value": 1.0, "action": "long"}


def test_tags_without_a_value_are_left_out() -> None:
    assert points.point(READING).tags == {
        "home": "ELM-12", "device": "zigbee2mqtt:0x1", "room": "hall", "role": "front-door",
    }  # fmt: skip
    assert points.point(replace(READING, room=None, role=None)).tags == {"home": "ELM-12", "device": "zigbee2mqtt:0x1"}


def test_what_is_said_of_the_hub_names_the_hub() -> None:
    online = points.point(replace(READING, device=HUB_DEVICE, quantity="online", room=None, role=None))
    assert (online.measurement, online.tags) == ("online", {"home": "ELM-12", "device": "hub:hub-1"})


def test_readings_that_tell_nothing_new_are_not_recorded() -> None:
    recorded = {flag: points.is_recorded(replace(READING, flags=flag)) for flag in Flag}
    assert {flag for flag, kept in recorded.items() if not kept} == {Flag.RETAINED, Flag.DUPLICATE}
    assert points.is_recorded(READING)


def test_doubtful_readings_say_so_in_a_field() -> None:
    assert points.point(replace(READING, flags=Flag.REPLAYED)).fields == {"value": 1.0, "replayed": 1.0}
    queued = replace(READING, flags=Flag.QUEUED, since=NOON - 2 * MINUTE)
    assert points.point(queued).fields == {"value": 1.0, "uncertain_s": 120.0}


DOOR = Device("hub-1", "zigbee2mqtt:0x1", "hall", "front-door")


@pytest.mark.parametrize(
    "given",
    [
        READING,
        replace(READING, value=False),
        replace(READING, quantity="temperature", value=21.3),
        replace(READING, quantity="temperature", value=0.0),
        replace(READING, quantity="button", value="long"),
        replace(READING, device="zigbee2mqtt:0x1/left"),
        replace(READING, flags=Flag.REPLAYED),
        replace(READING, flags=Flag.MOMENTARY | Flag.UNTRUSTED),
        replace(READING, flags=Flag.LATE, received_at=NOON + 17 * MINUTE),
        replace(READING, flags=Flag.QUEUED, since=NOON - 90 * MINUTE),
    ],
)
def test_a_reading_comes_back_as_it_was(given: Reading) -> None:
    assert points.reading(points.point(given), DOOR) == given


def test_what_is_said_of_the_hub_comes_back() -> None:
    beat = replace(READING, device=HUB_DEVICE, quantity="online", room=None, role=None)
    assert points.reading(points.point(beat), Device("hub-1", HUB_DEVICE)) == beat


def test_a_reading_comes_back_as_the_device_is_registered_now() -> None:
    moved = replace(DOOR, room="kitchen", role="back-door")
    found = points.reading(points.point(READING), moved)
    assert found is not None
    assert (found.room, found.role) == ("kitchen", "back-door")


def test_a_point_of_somebody_else_is_no_reading() -> None:
    assert points.reading(Point("temperature", {"home": "ELM-12", "device": "x"}, {"mean": 1.0}, NOON), DOOR) is None


def test_a_fact_keeps_its_tags_and_gets_its_home() -> None:
    fact = Fact("alert", "ELM-12", {"rule": "pendant", "area": ""}, {"open": 1, "state": "raised"}, NOON + 7)
    point = points.fact_point(fact)
    assert point == Point("alert", {"home": "ELM-12", "rule": "pendant"}, {"open": 1.0, "state": "raised"}, NOON)
    assert type(point.fields["open"]) is float


def test_a_line() -> None:
    point = Point(
        "temperature",
        {"home": "ELM 12", "device": "tasmota:a,b=c/DS18B20-1", "room": "", "role": "x\\\n"},
        {"value": 21.5, "action": 'say "no\\"\n'},
        NOON,
    )
    assert line(point) == (
        r"temperature,device=tasmota:a\,b\=c/DS18B20-1,home=ELM\ 12,role=x/\ "
        r' value=21.5,action="say \"no\\\" " 1768000000000000000'
    )


@pytest.mark.parametrize(
    "bad",
    [
        Point("temperature", {}, {}, NOON),
        Point("", {}, {"value": 1.0}, NOON),
        Point("temperature", {}, {"value": float("nan")}, NOON),
        Point("temperature", {}, {"value": float("-inf")}, NOON),
        Point("temperature", {}, {"value": 1.0}, 1 << 62),
    ],
)
def test_what_no_store_can_take_is_refused_here(bad: Point) -> None:
    with pytest.raises(StoreRefused):
        line(bad)


_UNESCAPED_SPACE = re.compile(r"(?<!\\) ")


@given(
    tags=st.dictionaries(st.text(min_size=1, max_size=4), st.text(max_size=6), max_size=3),
    text=st.text(max_size=10) | st.just("\ud800"),
    number=st.floats(allow_nan=False, allow_infinity=False),
)
def test_no_text_breaks_out_of_its_line(tags: dict[str, str], text: str, number: float) -> None:
    written = line(Point("m", tags, {"value": number, "action": text}, NOON))
    written.encode()
    assert len(written.splitlines()) == 1
    head, rest = _UNESCAPED_SPACE.split(written, 1)
    assert head.count("=") - head.count(r"\=") == sum(1 for value in tags.values() if value)
    assert float(rest.split(",", 1)[0].removeprefix("value=")) == number
    assert rest.endswith('" 1768000000000000000')
