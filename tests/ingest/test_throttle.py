"""What one topic may send, what comes through beyond that, and what the people who look after it are told."""

import random

from devices.instant import HOUR, MILLISECOND, MINUTE, SECOND, Instant
from devices.measurement import Decoded, Measurement, Rejected
from gateway.ingest.throttle import OVER_AFTER, Throttle
from gateway.model import GATEWAY_HOME
from tests.ingest.homes import HALL, NOW, PENDANT, STREET

BURST, PER_S = 200, 20.0
TOPIC = "homes/elm/zigbee2mqtt/Hall PIR"
PLAIN = Decoded("zigbee2mqtt", (Measurement(HALL, "temperature", 19.5),))


def said(quantity: str, value: bool | str, address: str = HALL) -> Decoded:
    return Decoded("zigbee2mqtt", (Measurement(address, quantity, value),))


class Line:
    """A throttle and what came through it."""

    def __init__(self, burst: int = BURST) -> None:
        self.throttle = Throttle(burst, PER_S)
        self.now: Instant = NOW

    def sends(self, decoded: Decoded = PLAIN, topic: str = TOPIC, hub: str = "elm") -> bool:
        return self.throttle.allows(topic, self.now) or self.throttle.keeps(hub, topic, decoded, self.now)

    def floods(self, seconds: float, per_s: int = 1_000, decoded: Decoded = PLAIN, topic: str = TOPIC) -> int:
        """How many of them were kept."""
        kept = 0
        for _ in range(round(seconds * per_s)):
            kept += self.sends(decoded, topic)
            self.now += SECOND // per_s
        return kept


def test_a_burst_is_kept_at_any_speed_and_then_so_many_a_second():
    line = Line()
    assert line.floods(0.2) == 200
    assert 195 <= line.floods(10) <= 205
    assert line.throttle.throttled > 9_000


def test_a_device_that_keeps_to_its_limit_is_never_throttled():
    line = Line()
    assert line.floods(600, per_s=20) == 12_000
    assert line.throttle.throttled == 0


def test_others_are_not_affected():
    line = Line()
    line.floods(5)
    assert all(line.sends(topic=f"homes/elm/zigbee2mqtt/{name}") for name in ("Pendant", "Door", "Kettle") * 50)


def test_after_a_quiet_while_the_whole_burst_is_there_again():
    line = Line()
    line.floods(5)
    line.now += OVER_AFTER
    assert line.throttle.troubles(STREET, line.now) == []
    assert line.floods(0.2) == 200


def test_presses_come_through_once_a_second_each():
    line = Line()
    line.floods(1)
    while line.sends():
        pass
    assert line.sends(said("button", "press", PENDANT))
    assert line.sends(said("button", "emergency", PENDANT)), "another press is not in the shadow of the first"
    kept = sum(line.sends(said("button", "press", PENDANT)) for _ in range(100))
    assert kept == 0
    line.now += SECOND
    while line.sends():
        pass
    assert line.sends(said("button", "press", PENDANT))


def test_a_button_that_sends_a_new_word_each_time_gets_no_more_than_a_few():
    line = Line()
    line.floods(1)
    kept = sum(line.sends(said("button", f"word {n}")) for n in range(1_000))
    assert kept < 60


def test_an_alarm_and_its_end_are_never_left():
    """The first value is kept as nobody knows what came before; then every change is, and of `true` one a second."""
    line = Line()
    line.floods(1)
    while line.sends():
        pass
    assert line.sends(said("smoke", False))
    assert not line.sends(said("smoke", False))
    assert line.sends(said("smoke", True))
    assert not line.sends(said("smoke", True))
    assert line.sends(said("smoke", False))
    assert line.sends(said("smoke", True))
    line.now += SECOND
    while line.sends():
        pass
    assert line.sends(said("smoke", True))


def test_a_change_after_what_passed_while_a_backlog_drained_is_kept():
    line = Line()
    line.floods(1)
    while line.sends(said("leak", False)):
        pass
    line.throttle.forget_values()
    assert line.sends(said("leak", False)), "it may have been wet meanwhile"
    assert not line.sends(said("leak", False))


def test_the_last_value_of_a_flapping_alarm_is_always_known():
    line, chance = Line(), random.Random(7)  # noqa: S311 - the same flapping each time
    kept = None
    for _ in range(20_000):
        value = chance.random() < 0.5
        if line.sends(said("gas", value)):
            kept = value
        line.now += MILLISECOND
        assert kept is value


def test_the_flood_is_told_with_its_device_and_what_to_do():
    line = Line()
    line.floods(20, per_s=5_000)
    (trouble,) = line.throttle.troubles(STREET, line.now)
    assert (trouble.rule, trouble.home, trouble.subject, trouble.passing) == ("flood", "ELM-12", f"elm/{HALL}", True)
    assert abs(trouble.since - NOW) < SECOND
    assert "about 5,000 messages a second" in trouble.sentence
    assert "in Hall" in trouble.sentence
    assert "20 a second are kept, and about 99,000 were not" in trouble.sentence
    assert "Take it off the network" in trouble.sentence


def test_it_is_over_five_minutes_after_the_last_message_that_was_left():
    line = Line()
    line.floods(3)
    line.now += OVER_AFTER - SECOND
    assert line.throttle.troubles(STREET, line.now)
    line.now += 2 * SECOND
    assert line.throttle.troubles(STREET, line.now) == []


def test_several_topics_of_one_device_are_one_trouble():
    line = Line()
    line.floods(3, topic="homes/elm/zigbee2mqtt/Hall PIR")
    line.floods(3, topic="homes/elm/zigbee2mqtt/Hall PIR/x")
    assert len(line.throttle.troubles(STREET, line.now)) == 1


def test_what_nobody_has_registered_is_told_without_its_name():
    line = Line()
    line.floods(3, topic="homes/elm/zigbee2mqtt/Granny's lamp", decoded=said("motion", True, "zigbee2mqtt:0xdead"))
    for _ in range(1_000):
        line.sends(Decoded(None, rejected=Rejected("bad_json", "")), "homes/nobody/x/y", "nobody")
    line.now += 3 * SECOND
    registered, stranger = line.throttle.troubles(STREET, line.now)
    assert (registered.home, registered.subject) == ("ELM-12", "elm/homes/+/zigbee2mqtt/+")
    assert (stranger.home, stranger.subject) == (GATEWAY_HOME, "nobody/homes/+/+/+")
    assert "lamp" not in registered.sentence


def test_no_number_of_topics_fills_the_memory():
    line = Line(20_000)
    line.floods(30, topic="homes/elm/zigbee2mqtt/Hall PIR")
    for n in range(300_000):
        assert line.sends(topic=f"homes/stranger-{n}/x", hub=f"stranger-{n}")
        line.now += SECOND // 8_000
    assert len(line.throttle._full_at) <= 4_096
    assert not line.throttle.allows(TOPIC, line.now), "who floods is not forgotten over them"


def test_a_clock_that_is_put_back_stops_nobody():
    line = Line()
    line.floods(5)
    line.sends(topic="homes/elm/zigbee2mqtt/Pendant")
    line.now -= HOUR
    assert line.sends(topic="homes/elm/zigbee2mqtt/Pendant")
    assert line.floods(1, per_s=20) == 20
    for n in range(150_000):
        line.sends(topic=f"homes/elm/x/{n}")
    line.now -= MINUTE // 1_000
    assert len(line.throttle._full_at) <= 100_001
