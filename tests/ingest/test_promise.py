"""Settings that lose messages are refused in words that name them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import Broker, TopicFilter
from gateway.ingest.promise import broker_refusal, refusals, subscription_refusal
from gateway.ingest.topics import covers, overlap, shape


def filters(*texts: str) -> dict[str, object]:
    return {"filters": tuple(TopicFilter(filter=text) for text in texts)}


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_the_defaults_give_at_least_once(protocol: str):
    assert refusals(Broker(protocol=protocol)) == []


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"client_id": ""}, "client_id"),
        ({"client_id": "  "}, "client_id"),
        ({"client_id": "keepwell-{random}"}, "client_id"),
        ({"clean_session": True}, "clean_session"),
        ({"qos": 0}, "qos = 0"),
        ({"qos": 2}, "qos = 2"),
        ({"session_expiry_s": 0}, "session_expiry_s = 0"),
        ({"session_expiry_s": 3600}, "session_expiry_s = 3600"),
        ({"filters": ()}, "filters"),
        (filters("$share/a/homes/#"), "shared"),
        (filters("homes/#/x"), "not valid"),
        (filters("homes/a+/x"), "not valid"),
        (filters("homes#"), "not valid"),
        (filters("#"), "alerts"),
        (filters("keepwell/homes/+/alert"), "alerts"),
        (filters("homes/#/b"), "not valid"),
        (filters("zigbee2mqtt/#"), "topics of 'zigbee2mqtt/#' name no hub"),
        (filters("homes"), "name no hub"),
        (filters("homes/#", "homes/elm/#"), "overlap"),
        (filters("homes/+/zigbee2mqtt/#", "homes/elm/#"), "overlap"),
    ],
)
def test_what_prevents_it_is_named(setting: dict[str, object], named: str):
    found = refusals(Broker(**setting))
    assert len(found) == 1
    assert named in found[0]


@pytest.mark.parametrize("filter_", ["homes/#", "homes/+/zigbee2mqtt/#", "homes/elm/#", "+/elm/tele/+/SENSOR"])
def test_filters_from_which_something_can_arrive_are_left_alone(filter_: str):
    assert not [sentence for sentence in refusals(Broker(**filters(filter_))) if "no hub" in sentence]


def test_a_filter_with_a_hub_may_ask_for_any_topic():
    assert refusals(Broker(filters=(TopicFilter(filter="zigbee2mqtt/#", hub="elm"),))) == []


def test_session_expiry_does_not_matter_to_an_older_protocol():
    assert refusals(Broker(protocol="3.1.1", session_expiry_s=0)) == []


def test_every_fault_is_told_at_once():
    assert len(refusals(Broker(client_id="", clean_session=True, qos=0))) == 3


def test_a_broker_that_keeps_the_session_too_briefly_is_refused():
    assert "persistent_client_expiration" in (broker_refusal(Broker(), 3_600) or "")
    assert broker_refusal(Broker(), None) is None
    assert broker_refusal(Broker(), 30 * 24 * 3600) is None
    assert broker_refusal(Broker(protocol="3.1.1"), 0) is None


def test_a_subscription_that_is_not_granted_at_qos_1_is_refused():
    assert subscription_refusal(["a", "b"], [1, 1]) is None
    assert "'b'" in (subscription_refusal(["a", "b"], [1, 0]) or "")
    assert "access list" in (subscription_refusal(["a"], [0x80]) or "")


LEVELS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4).map("/".join)
FILTERS = st.builds(
    lambda levels, tail: "/".join([*levels, *tail]),
    st.lists(st.sampled_from(["a", "b", "+"]), min_size=1, max_size=3),
    st.sampled_from([[], ["#"]]),
)


@given(LEVELS, FILTERS, FILTERS)
def test_filters_that_share_a_topic_overlap(topic: str, first: str, second: str):
    if covers(first, topic) and covers(second, topic):
        assert overlap(first, second)


@pytest.mark.parametrize(
    ("filter_", "topic", "matches"),
    [
        ("homes/#", "homes/elm/x", True),
        ("homes/#", "homes", True),
        ("homes/+/x", "homes/elm/x", True),
        ("homes/+", "homes/elm/x", False),
        ("#", "$SYS/broker", False),
        ("a", "a/b", False),
    ],
)
def test_filters_match_as_mqtt_says(filter_: str, topic: str, matches: bool):
    assert covers(filter_, topic) is matches


def test_a_topics_shape_tells_nobodys_name():
    assert shape("homes/elm/zigbee2mqtt/Margaret/availability") == "homes/+/zigbee2mqtt/+/availability"
    assert shape("homes/elm/homeassistant/sensor/margaret_bed/config") == "homes/+/homeassistant/+/+/config"
