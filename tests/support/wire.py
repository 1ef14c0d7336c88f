"""MQTT as it went over a wire: enough of it to see which messages were delivered and which were acknowledged."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.support.proxy import Direction

PUBLISH, PUBACK = 3, 4


@dataclass(frozen=True, slots=True)
class WirePacket:
    """A control packet: its type, the flags beside it, and all after the length."""

    direction: Direction
    kind: int
    flags: int
    body: bytes

    @property
    def mid(self) -> int | None:
        """The message id of a PUBACK, and of a PUBLISH above QoS 0."""
        if self.kind == PUBACK:
            return int.from_bytes(self.body[:2])
        if self.kind == PUBLISH and self.flags & 0b110:
            topic = int.from_bytes(self.body[:2])
            return int.from_bytes(self.body[2 + topic : 4 + topic])
        return None

    @property
    def dup(self) -> bool:
        """Whether a PUBLISH says that it was sent before."""
        return bool(self.flags & 0b1000)


def packets(conversation: Iterable[tuple[Direction, bytes]]) -> Iterator[WirePacket]:
    """The whole packets of one connection, in the order in which their last byte passed."""
    waiting: dict[Direction, bytes] = {"up": b"", "down": b""}
    for direction, data in conversation:
        rest = waiting[direction] + data
        while (end := _end(rest)) is not None:
            begin, end = end
            yield WirePacket(direction, rest[0] >> 4, rest[0] & 0x0F, rest[begin:end])
            rest = rest[end:]
        waiting[direction] = rest


def _end(data: bytes) -> tuple[int, int] | None:
    """Where the body of the first packet begins and ends; None where it is not whole yet."""
    length = 0
    for index in range(1, 5):
        if len(data) <= index:
            return None
        length |= (data[index] & 0x7F) << (7 * (index - 1))
        if not data[index] & 0x80:
            end = index + 1 + length
            return (index + 1, end) if len(data) >= end else None
    raise ValueError("this is not MQTT")
