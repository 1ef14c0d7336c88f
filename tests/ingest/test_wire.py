"""The bytes of MQTT: what arrives, in pieces of any size, becomes messages in order or ends the connection."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import Broker
from gateway.ingest import wire
from gateway.ingest.session import Connection
from gateway.ingest.wire import Packet

LEVELS = {"3.1.1": 4, "5": 5}
PROPERTIES = {
    "none": b"",
    "content type": b"\x03\x00\x04json",
    "person's own": b"\x26\x00\x01a\x00\x01b\x26\x00\x01c\x00\x01d",
    "subscription": b"\x0b\xff\xff\x03",
}
messages = st.lists(
    st.builds(
        Packet,
        topic=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
        payload=st.binary(max_size=300),
        qos=st.sampled_from([0, 1]),
        retained=st.booleans(),
        dup=st.booleans(),
        mid=st.integers(1, 0xFFFF),
    ),
    max_size=8,
)


def written(packet: Packet, level: int, properties: bytes = b"") -> bytes:
    """A PUBLISH as a broker writes it."""
    topic = (packet.topic or "").encode()
    body = len(topic).to_bytes(2, "big") + topic
    body += packet.mid.to_bytes(2, "big") if packet.qos else b""
    body += bytes((len(properties),)) + properties if level == 5 else b""
    body += packet.payload
    length, left = b"", len(body)
    while True:
        left, low = divmod(left, 128)
        length += bytes((low | (0x80 if left else 0),))
        if not left:
            break
    return bytes((0x30 | packet.dup << 3 | packet.qos << 1 | packet.retained,)) + length + body


def arrives(connection: Connection, data: bytes) -> None:
    buffer = connection.get_buffer(-1)
    for start in range(0, len(data), len(buffer)):
        piece = data[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        connection.buffer_updated(len(piece))


@pytest.mark.parametrize("protocol", LEVELS)
@given(sent=messages, cuts=st.lists(st.integers(0, 3_000)), properties=st.sampled_from(list(PROPERTIES.values())))
async def test_messages_arrive_whole_and_in_order_however_they_are_cut(
    protocol: str, sent: list[Packet], cuts: list[int], properties: bytes
):
    got: list[Packet] = []
    connection = Connection(Broker(protocol=protocol), got.append)
    data = b"".join(written(one, LEVELS[protocol], properties) for one in sent)
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, stop in pairwise(edges):
        arrives(connection, data[start:stop])
    assert got == [one if one.qos else one._replace(mid=0) for one in sent]
    assert not connection.lost


@pytest.mark.parametrize("protocol", LEVELS)
@given(data=st.binary(max_size=2_000))
async def test_random_bytes_end_the_connection_or_are_waited_on(protocol: str, data: bytes):
    connection = Connection(Broker(protocol=protocol), lambda _packet: None)
    arrives(connection, data)


async def test_a_large_message_in_many_pieces():
    got: list[Packet] = []
    connection = Connection(Broker(), got.append)
    sent = Packet("homes/elm/zigbee2mqtt/bridge/devices", b"x" * 3_000_000, 1, retained=True, dup=False, mid=7)
    arrives(connection, written(sent, 5) * 2)
    assert got == [sent, sent]


@pytest.mark.parametrize("protocol", LEVELS)
async def test_a_topic_that_is_no_text_is_passed_on_as_none(protocol: str):
    got: list[Packet] = []
    connection = Connection(Broker(protocol=protocol), got.append)
    ill = written(Packet("ab", b"1", 1, retained=False, dup=False, mid=1), LEVELS[protocol]).replace(b"ab", b"\xff\xfe")
    arrives(connection, ill + written(Packet("a/b", b"2", 0, retained=False, dup=False, mid=0), LEVELS[protocol]))
    assert [one.topic for one in got] == [None, "a/b"]


def test_what_a_broker_grants_is_read_back():
    body = b"\x01\x00" + bytes((15,)) + b"\x11\x00\x00\x0e\x10" + b"\x13\x00\x3c" + b"\x12\x00\x02id" + b"\x24\x01"
    assert wire.connected(body, level=5) == wire.Connected(True, 0, session_expiry_s=3_600, keepalive_s=60)
    assert wire.connected(b"\x00\x05", level=4) == wire.Connected(False, 5)
    assert wire.granted(b"\x00\x07\x01\x80", level=4) == (7, [1, 0x80])
    assert wire.granted(b"\x00\x07\x00\x01\x87", level=5) == (7, [1, 0x87])


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"\x00\x00\x05", b"\x00\x00\x02\x99\x00", b"\x00\x00\xff\xff\xff\xff\x01"]
)
def test_a_greeting_that_is_not_mqtt_is_refused(body: bytes):
    with pytest.raises(wire.Malformed):
        wire.connected(body, level=5)
