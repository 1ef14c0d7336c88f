"""Whatever a message holds: an answer with a reason, and a press after it is raised as if nothing had been."""

import contextlib
import json
import math
import socket
import time
import uuid
from collections import Counter
from collections.abc import Callable

import paho.mqtt.client as paho
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion

from devices.decode import HubDecoder, scrub
from devices.measurement import Decoded, Message
from devices.quantity import QUANTITIES
from tests.faults.conftest import LONG, Record, Scale
from tests.faults.nasty import TOPICS, Mangler, whole
from tests.support.flow import Hub, press, says
from tests.support.gateway_process import GatewayProcess, wait_for
from tests.support.servers import LOOPBACK, Server

SEED = 20_260_105
NOW = 1_768_000_000_000_000
TOO_LONG_S = 2.0
MEMORY_MIB = 200.0
On = Callable[..., GatewayProcess]


def answered(decoder: HubDecoder, topic: str, payload: bytes) -> tuple[str, float]:
    """Which answer a message gets, and the processor time it took. AssertionError where it is none."""
    begun = time.thread_time()
    message = Message(topic, payload, received_at=NOW)
    decoded = decoder.decode(message)
    if decoded.rejected is not None:
        scrub(message)  # as it is put in quarantine
    took_s = time.thread_time() - begun
    assert took_s < TOO_LONG_S, f"{took_s:.1f} s for {topic!r} with {len(payload)} bytes {payload[:60]!r}"
    return _answer(decoded, topic, payload), took_s


def _answer(decoded: Decoded, topic: str, payload: bytes) -> str:
    shown = f"{topic!r} {payload[:80]!r}"
    says_something = bool(decoded.measurements or decoded.described) or decoded.hub_online is not None
    assert says_something + (decoded.rejected is not None) + (decoded.ignored is not None) == 1, shown
    for one in decoded.measurements:
        kind = QUANTITIES[one.quantity].kind
        assert type(one.value) is {"bool": bool, "number": float, "action": str}[kind], shown
        assert not isinstance(one.value, float) or math.isfinite(one.value), shown
        f"{one.address}{one.value}{one.identity}".encode()
    if decoded.rejected is not None:
        assert decoded.rejected.reason != "decoder_fault", f"{decoded.rejected.detail}: {shown}"
        assert decoded.rejected.detail
        return "rejected"
    if decoded.ignored is not None:
        assert decoded.ignored
        return "ignored"
    return "measured" if decoded.measurements else "told"


@pytest.mark.guarantee(
    "Anything on any topic (1 MiB of noise, JSON nested 100,000 deep, NaN, 1e999, huge integers, half characters,"
    " nothing at all, real messages with bits turned over): read, ignored or rejected with a reason"
)
def test_whatever_it_is_the_decoder_has_an_answer(scale: Scale, record: Record):
    decoder, answers, slowest_s = HubDecoder(), Counter[str](), 0.0
    nasty = list(whole(SEED))
    for topic in TOPICS:
        for payload in nasty:
            answer, took_s = answered(decoder, topic, payload)
            answers[answer] += 1
            slowest_s = max(slowest_s, took_s)
    mangler = Mangler(SEED)
    for _ in range(scale(20_000, 1_000_000)):
        answer, took_s = answered(decoder, *mangler.message())
        answers[answer] += 1
        slowest_s = max(slowest_s, took_s)
    assert answers["measured"] > answers.total() / 20, "most of what was turned over still says something"
    record(messages=answers.total(), **answers, slowest_ms=slowest_s * 1_000)


@given(st.sampled_from(TOPICS) | st.text(max_size=80), st.binary(max_size=400), st.integers(0, 2**32))
@settings(max_examples=20_000 if LONG else 500, deadline=None)
def test_however_messages_follow_on_each_other(topic: str, payload: bytes, seed: int):
    decoder, mangler = HubDecoder(), Mangler(seed) if seed % 50 == 0 else None
    for message in [(topic, payload), *(mangler.message() for _ in range(5) if mangler)]:
        answered(decoder, *message)


# ------------------------------------------------------------------------------------------------ through a gateway


def raw_publish(port: int, topic: bytes, payload: bytes) -> None:
    """A QoS 0 PUBLISH whose topic a client would refuse to send. What the broker makes of it is its own matter."""

    def text(raw: bytes) -> bytes:
        return len(raw).to_bytes(2) + raw

    with socket.create_connection((LOOPBACK, port), timeout=5) as line, contextlib.suppress(OSError):
        hello = text(b"MQTT") + b"\x04\x02\x00\x1e" + text(uuid.uuid4().hex.encode())
        line.sendall(b"\x10" + bytes([len(hello)]) + hello)
        line.recv(4)
        body = text(topic) + payload
        line.sendall(b"\x30" + bytes([len(body)]) + body)
        line.sendall(b"\xc0\x00")
        line.recv(16)


def left_in_the_session(port: int) -> list[str]:
    """Topics of what the broker still holds for the gateway, which must not be running."""
    last = f"homes/nobody/{uuid.uuid4().hex}"
    heard: list[str] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="keepwell", clean_session=False, protocol=paho.MQTTv311)
    client.on_message = lambda _client, _data, message: heard.append(message.topic)
    client.on_connect = lambda client, *_: client.publish(last, b"", 1)
    client.connect(LOOPBACK, port)
    client.loop_start()
    wait_for(lambda: last in heard, "the session answers", 30)
    client.disconnect()
    client.loop_stop()
    return heard[: heard.index(last)]


@pytest.mark.server
@pytest.mark.guarantee(
    "The same through a broker to a running gateway: nothing is left unacknowledged, memory stays bounded, and a"
    " pendant pressed after it all is raised within seconds"
)
def test_a_press_after_it_all_is_raised(broker: Server, gateway_on: On, scale: Scale, record: Record):
    mangled = scale(300, 20_000)
    gateway = gateway_on(broker.port, homes=2)
    gateway.start()
    before_mib = gateway.memory_mib
    mangler = Mangler(SEED)
    nasty = list(whole(SEED))
    with Hub(broker.port) as hub:
        sent = 0
        topics = TOPICS if LONG else TOPICS[::3]
        for index, topic in enumerate(topics):
            for payload in nasty[index % 5 :: 1 if LONG else 5]:
                hub.say(f"homes/fault-01/{topic}", payload)
                sent += 1
            hub.until_confirmed()
        for hub_name in ("", "fault-01/", "fault-99", "fault-99/keepwell", "+wild", "\u202e", "x" * 2_000):
            with contextlib.suppress(ValueError):
                hub.say(f"homes/{hub_name}/keepwell/hall-pir/motion", b'{"value": true}')
        for bad in (b"homes/fault-01/keepwell/\xff/motion", b"homes/fault-01/keepwell/\xed\xa0\x80/motion",
                    b"homes/fault-01/\x00", b"homes/fault-01/keepwell/\x01/motion", b""):  # fmt: skip
            raw_publish(broker.port, bad, b'{"value": true}')
        for _ in range(mangled):
            topic, payload = mangler.message()
            hub.say(f"homes/fault-01/{topic}", payload)
            sent += 1
        hub.until_confirmed()
        begun = time.monotonic()
        hub.say_all([press(2), press(1)])
        gateway.until(lambda: gateway.kept.occurrences("pendant")["FAULT-01"] >= 1, "the home's own press is raised")
        gateway.until(lambda: gateway.kept.occurrences("pendant")["FAULT-02"] == 1, "the other home's press is raised")
        raised_s = time.monotonic() - begun
        hub.say_all([says(2, "thermometer", "temperature", 19)])
        gateway.until(
            lambda: any(one.device == "thermometer" and one.home == "FAULT-02" for one in gateway.kept.readings()),
            "a reading after it is journaled",
        )
        grown_mib = gateway.most_memory_mib - before_mib
        reasons = Counter(one.reason for one in gateway.kept.quarantined())
        kept = gateway.kept.count()
        gateway.stop()
        gateway.start()  # what the broker had not heard an acknowledgement of comes again, and is recognised
        hub.say_all([press(2)])
        gateway.until(lambda: gateway.kept.occurrences("pendant")["FAULT-02"] == 2, "a press after a restart is raised")
        assert gateway.kept.count() == kept + 1
    gateway.stop()
    assert not reasons.keys() & {"decoder_fault", "gateway_fault"}, reasons
    latest = {"not_json", "bad_topic"}  # of a long run the earliest are gone from quarantine
    assert reasons.keys() >= latest | (set() if LONG else {"too_deep"}), reasons
    assert left_in_the_session(broker.port) == []
    assert grown_mib < MEMORY_MIB
    assert raised_s < scale(10.0, 30.0)
    record(messages=sent, press_raised_after_s=raised_s, memory_grew_mib=grown_mib, kinds_of_refusal=len(reasons))


def test_what_is_put_together_here_is_what_it_says():
    assert json.loads(b'{"value": true, "value": "no"}')
    assert {type(payload) for payload in whole(1)} == {bytes}
    assert [Mangler(7).message() for _ in range(3)] == [Mangler(7).message() for _ in range(3)]
