"""Beats, bridges that come back, and whose a topic is."""

import json

import pytest

from devices.convention import Options
from devices.conventions import CONVENTIONS
from devices.instant import DAY, HOUR, MINUTE, SECOND, rfc3339
from devices.measurement import Decoded, Measurement, Message
from gateway.clock import ManualClock
from gateway.config import TopicFilter
from gateway.ingest.reception import Received, Reception
from gateway.model import HUB_DEVICE, Device, Directory, Flag, Home, Hub, Reading, Taken
from tests.ingest.homes import NOW, PENDANT, STREET

MOTION = "homes/elm/keepwell/hall-pir/motion"
STRANGER = "homes/elm/keepwell/next-door/motion"
TRUE = b'{"value": true}'


class Street:
    """Says things to a reception at moments of a clock."""

    def __init__(self, filters: tuple[TopicFilter, ...] = (TopicFilter(filter="homes/#"),), **options: object) -> None:
        self.clock = ManualClock(NOW)
        self.reception = Reception(lambda: STREET, filters, self.clock, **options)
        self.draining = False
        self.since: int | None = None

    def after(self, wait: int) -> "Street":
        self.clock.advance_to(self.clock.now() + wait)
        return self

    def hears(self, topic: str | None, payload: bytes = TRUE, *, retained: bool = False) -> Received:
        return self.reception.receive(
            topic, payload, retained=retained, draining=self.draining, queued_since=self.since
        )

    def reading(self, topic: str, payload: bytes = TRUE, *, retained: bool = False) -> Reading:
        (one,) = self.hears(topic, payload, retained=retained).taken.readings
        return one


def of_hub(received: Received) -> list[bool]:
    return [bool(one.value) for one in received.taken.readings if one.device == HUB_DEVICE]


def test_a_message_that_leaves_no_reading_is_a_beat_at_most_once_a_minute():
    street = Street()
    assert of_hub(street.hears(STRANGER)) == [True]
    assert of_hub(street.after(30 * SECOND).hears(STRANGER)) == []
    assert of_hub(street.after(29 * SECOND).hears("homes/elm/zigbee2mqtt/x", b"{broken")) == []
    assert of_hub(street.after(SECOND).hears("homes/elm/zigbee2mqtt/x", b"{broken")) == [True]


def test_no_beat_is_needed_where_readings_flow():
    street = Street()
    street.hears(MOTION)
    assert of_hub(street.after(50 * SECOND).hears(STRANGER)) == []
    assert of_hub(street.after(10 * SECOND).hears(STRANGER)) == [True]


def test_a_retained_message_is_no_beat_and_puts_none_off():
    street = Street()
    assert of_hub(street.hears(STRANGER, retained=True)) == []
    street.hears(MOTION, retained=True)
    assert of_hub(street.hears(STRANGER)) == [True]


def test_strangers_and_homes_without_consent_have_no_beat():
    street = Street()
    assert street.hears("homes/nobody/keepwell/a/motion").taken.readings == ()
    assert street.hears("homes/ash/keepwell/a/motion").taken == Taken()


def test_a_bridges_connection_state_is_told_when_it_changes():
    street = Street()
    assert of_hub(street.hears("homes/elm/connection", b"1", retained=True)) == [True]
    assert of_hub(street.after(HOUR).hears("homes/elm/connection", b"0")) == [False]
    assert of_hub(street.after(HOUR).hears("homes/elm/connection", b"0")) == []
    assert of_hub(street.after(SECOND).hears("homes/elm/connection", b"1")) == [True]


def test_a_retained_connection_state_is_flagged():
    assert Street().reading("homes/elm/connection", b"0", retained=True).flags == Flag.RETAINED


def test_zigbee2mqtts_own_state_is_the_hubs():
    street = Street()
    assert of_hub(street.hears("homes/elm/zigbee2mqtt/bridge/state", b'{"state":"online"}')) == [True]
    assert of_hub(street.hears("homes/elm/zigbee2mqtt/bridge/state", b'{"state":"offline"}')) == [False]


def test_an_odd_connection_state_is_set_aside():
    (kept,) = Street().hears("homes/elm/connection", b"maybe").taken.quarantined
    assert kept.reason == "bad_connection"


def test_what_a_bridge_sends_in_its_first_ten_seconds_may_be_a_replay():
    street = Street()
    street.hears("homes/elm/connection", b"1")
    assert street.after(SECOND).reading(MOTION).flags == Flag.REPLAYED
    assert street.after(9 * SECOND).reading(MOTION).flags == Flag.REPLAYED
    assert street.after(SECOND).reading(MOTION).flags == Flag.NONE


def test_a_retained_connection_state_starts_no_window():
    street = Street()
    street.hears("homes/elm/connection", b"1", retained=True)
    assert street.reading(MOTION).flags == Flag.NONE


def test_one_homes_bridge_marks_no_other_homes_readings():
    street = Street()
    street.hears("homes/oak/connection", b"1")
    assert street.reading(MOTION).flags == Flag.NONE


def test_zigbee2mqtts_cached_states_after_its_start_are_replays():
    street = Street()
    street.hears("homes/elm/zigbee2mqtt/bridge/state", b'{"state":"online"}')
    name = PENDANT.removeprefix("zigbee2mqtt:")
    flags = street.after(SECOND).reading(f"homes/elm/zigbee2mqtt/{name}", b'{"contact":true}').flags
    assert flags == Flag.REPLAYED


def test_in_a_draining_backlog_only_the_first_message_on_a_topic_may_be_a_replay():
    street = Street()
    street.draining, street.since = True, NOW - 2 * HOUR
    street.hears("homes/elm/connection", b"1")
    flags = [street.after(SECOND).reading(MOTION).flags for _ in range(3)]
    assert flags == [Flag.REPLAYED | Flag.QUEUED, Flag.QUEUED, Flag.QUEUED]
    street.hears("homes/elm/connection", b"1")
    assert Flag.REPLAYED in street.reading(MOTION).flags


def test_a_topic_without_prefix_is_its_filters_hubs():
    street = Street((TopicFilter(filter="zigbee2mqtt/#", hub="elm"), TopicFilter(filter="keepwell2/#", hub="oak")))
    (beat,) = street.hears("zigbee2mqtt/Hall", b'{"occupancy":true}').taken.readings
    assert (beat.hub, beat.device) == ("elm", HUB_DEVICE)
    assert street.hears("tele/x/STATE", b"{}").taken == Taken()


def test_the_prefix_wins_over_a_filters_hub():
    street = Street((TopicFilter(filter="+/#", hub="oak"),))
    assert street.reading(MOTION).home == "ELM-12"


@pytest.mark.parametrize("topic", ["homes/", "homes//x", "homes/elm", "homes", "", "x", f"homes/{'h' * 65}/x", "/"])
def test_odd_topics_are_ignored(topic: str):
    street = Street()
    assert street.hears(topic).taken == Taken()
    assert street.reception.tally.ignored == 1


def test_a_topic_that_is_not_text_is_set_aside():
    (kept,) = Street().hears(None, b"\xff").taken.quarantined
    assert (kept.reason, kept.payload) == ("bad_topic", None)


def test_thousands_of_unknown_hubs_take_no_memory():
    street = Street()
    for number in range(1_000):
        street.hears(f"homes/h{number}/keepwell/a/motion")
    assert len(street.reception._strangers) == 64
    assert not street.reception._hubs


def test_a_recording_is_received_when_it_was_recorded():
    clock = ManualClock(NOW - 900 * DAY)
    reception = Reception(lambda: STREET, (TopicFilter(filter="homes/#"),), clock, clock)
    at = NOW - 800 * DAY
    payload = json.dumps({"value": True, "at": rfc3339(at)}).encode()
    received = reception.receive(
        "homes/yew/keepwell/front-door/contact", payload, retained=False, draining=False, queued_since=None
    )
    (reading,) = received.taken.readings
    assert (reading.at, reading.received_at, reading.flags, clock.now()) == (at, at, Flag.NONE, at)


def test_a_recording_cannot_move_the_clock_through_a_hub_that_is_not_marked_replay():
    clock = ManualClock(NOW)
    reception = Reception(lambda: STREET, (TopicFilter(filter="homes/#"),), clock, clock)
    payload = json.dumps({"value": True, "at": rfc3339(NOW + MINUTE)}).encode()
    reception.receive(MOTION, payload, retained=False, draining=False, queued_since=None)
    assert clock.now() == NOW


def test_the_figures_count_each_message_where_it_went():
    street = Street()
    for topic, payload in (
        (MOTION, TRUE),
        (STRANGER, TRUE),
        ("homes/elm/zigbee2mqtt/x", b"{"),
        ("homes/ash/keepwell/a/motion", TRUE),
        ("elsewhere", b""),
    ):
        street.hears(topic, payload)
    figures = street.reception.tally.figures()
    assert figures == {
        "received": 5.0, "retained": 0.0, "ignored": 1.0, "rejected": 1.0, "unregistered": 1.0,
        "without_consent": 1.0, "waiting": 0.0, "readings": 1.0, "beats": 0.0, "throttled": 0.0,
    }  # fmt: skip


def test_a_sensor_of_another_home_is_refused_and_reported():
    pir = "zigbee2mqtt:0x00158d0001a2b3c4"
    street = Street()
    ash = Home("ASH-1", "UTC", hubs=(Hub("ash-1"),), devices=(Device("ash-1", pir, "Hall"),))
    elm = Home("ELM-1", "UTC", hubs=(Hub("elm-1"),))
    reception = Reception(lambda: Directory((ash, elm)), (), street.clock)
    topic = f"homes/elm-1/zigbee2mqtt/{pir.partition(':')[2]}"
    received = reception.receive(topic, b'{"occupancy": true}', retained=False, draining=False, queued_since=None)
    assert [one for one in received.taken.readings if one.device] == []
    (trouble,) = reception.troubles()
    assert (trouble.rule, trouble.subject) == ("misdirected", "elm-1")
    assert "homes/elm-1/" in trouble.sentence
    assert "hub ash-1 (home ASH-1)" in trouble.sentence


class Radio:
    """A convention with a bridge of its own on the same hub."""

    def __init__(self, _options: Options) -> None:
        pass

    def claims(self, topic: str) -> bool:
        return topic.startswith("radio/")

    def decode(self, message: Message) -> Decoded:
        online = message.payload == b"online"
        said = (Measurement("radio:bridge", "online", online),)
        return Decoded("radio", said, hub_online=online)


RADIO, BRIDGE = "homes/elm/radio/state", "homes/elm/zigbee2mqtt/bridge/state"


@pytest.fixture
def radio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONVENTIONS, "radio", Radio)


@pytest.mark.usefixtures("radio")
@pytest.mark.parametrize("retained", [False, True])
def test_one_of_two_bridges_that_is_offline_does_not_take_the_hub_with_it(retained: bool):
    street = Street()
    assert of_hub(street.hears(BRIDGE, b"online", retained=True)) == [True]
    assert of_hub(street.hears(RADIO, b"offline", retained=retained)) == []
    assert of_hub(street.after(HOUR).hears(RADIO, b"offline", retained=retained)) == []
    assert of_hub(street.hears(BRIDGE, b"offline")) == [False]
    assert of_hub(street.hears(RADIO, b"online")) == [True]
    assert of_hub(street.hears(BRIDGE, b"offline")) == []


@pytest.mark.usefixtures("radio")
def test_a_hub_that_another_convention_is_heard_from_is_there():
    street = Street()
    street.hears(MOTION)
    assert of_hub(street.after(44 * MINUTE).hears(RADIO, b"offline")) == []
    assert of_hub(street.after(2 * MINUTE).hears(RADIO, b"offline", retained=True)) == [False]
    assert of_hub(street.after(2 * MINUTE).hears(STRANGER)) == [True]


@pytest.mark.usefixtures("radio")
def test_a_hub_whose_own_connection_ends_is_gone_whatever_its_bridges_last_said():
    street = Street()
    street.hears(BRIDGE, b"online", retained=True)
    assert of_hub(street.hears("homes/elm/connection", b"0")) == [False]
