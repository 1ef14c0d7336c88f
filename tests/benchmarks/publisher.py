"""A publisher that costs little: a process of its own, packets made beforehand, PUBACKs counted and not looked at.

Its argument is JSON, `{"port", "kind", "homes", "rate", "window"}` (`rate` messages a second, null for as fast as it
may). On standard input it reads lines of `<number>`, so many messages in all may be sent, until `stop`. It writes
`ready`, and at the end `{"sent", "acknowledged", "began", "ended", "cpu_s"}`; times are monotonic seconds.
"""

import json
import os
import select
import socket
import struct
import sys
import time
from itertools import accumulate

from tests.benchmarks.town import messages
from tests.support.servers import LOOPBACK

_TICK_S = 0.002
_AT_ONCE = 500
"""Most messages in one write, so that none waits long for those before it."""
_PUBACK_BYTES = 4
_HIGHEST_MID = 0xFFFF
_SETTLE_S = 10.0


def connect(port: int, client_id: str) -> socket.socket:
    """A connection of MQTT 3.1.1 with a clean session and no keep-alive."""
    line = socket.create_connection((LOOPBACK, port), timeout=10)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    body = _text("MQTT") + bytes((4, 2, 0, 0)) + _text(client_id)
    line.sendall(b"\x10" + _length(len(body)) + body)
    answer = line.recv(4)
    if answer[:1] != b"\x20" or answer[3:] != b"\0":
        raise ConnectionError(f"the broker refused us: {answer!r}")
    return line


def publish(mid: int, topic: str, payload: bytes) -> bytes:
    """A PUBLISH packet at QoS 1."""
    body = _text(topic) + struct.pack(">H", mid) + payload
    return b"\x32" + _length(len(body)) + body


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def _length(length: int) -> bytes:
    found = bytearray()
    while True:
        length, low = divmod(length, 128)
        found.append(low | (0x80 if length else 0))
        if not length:
            return bytes(found)


class Pump:
    """Sends a ring of packets over and over, never with more than `window` unacknowledged."""

    def __init__(self, line: socket.socket, packets: list[bytes], rate: float | None, window: int) -> None:
        self._line = line
        self._stream = memoryview(b"".join(packets))
        self._offsets = [0, *accumulate(map(len, packets))]
        self._rate = rate
        self._window = min(window, len(packets), _HIGHEST_MID)
        self._rest = memoryview(b"")
        self._order = b""
        self._answered = 0
        self.allowed = 0
        self.sent = 0
        self.began = time.monotonic()

    @property
    def acknowledged(self) -> int:
        """Messages that the broker has taken."""
        return self._answered // _PUBACK_BYTES

    def run(self) -> float:
        """Until standard input says stop; when the last message was acknowledged."""
        self._line.setblocking(False)
        while True:
            self._fill()
            wants = [self._line] if self._rest else []
            readable, writable, _ = select.select([self._line, sys.stdin], wants, [], _TICK_S)
            if writable:
                self._rest = self._rest[self._line.send(self._rest) :]
            if self._line in readable:
                self._count()
            if sys.stdin in readable and self._told_to_stop():
                return self._settle()

    def _told_to_stop(self) -> bool:
        """Heed the last whole order. Read past Python's buffer, in which `select` would not see what waits."""
        told = os.read(sys.stdin.fileno(), 65_536)
        *orders, self._order = (self._order + told).split(b"\n")
        if not told or b"stop" in orders:
            return True
        if orders:
            if not self.allowed:
                self.began = time.monotonic()
            self.allowed = int(orders[-1])
        return False

    def _fill(self) -> None:
        """Cut the next messages out of the ring, once those before them are on their way."""
        if self._rest:
            return
        due = self.allowed - self.sent
        if self._rate is not None:
            due = min(due, int((time.monotonic() - self.began) * self._rate) - self.sent)
        first = self.sent % (len(self._offsets) - 1)
        room = self._window - (self.sent - self.acknowledged)
        count = min(due, room, _AT_ONCE, len(self._offsets) - 1 - first)
        if count > 0:
            self._rest = self._stream[self._offsets[first] : self._offsets[first + count]]
            self.sent += count

    def _count(self) -> None:
        answer = self._line.recv(65_536)
        if not answer:
            raise ConnectionError("the broker closed the connection")
        self._answered += len(answer)

    def _settle(self) -> float:
        """Send what is cut in half and wait for the last answers."""
        self._line.settimeout(_SETTLE_S)
        self._line.sendall(self._rest)
        while self.acknowledged < self.sent:
            self._count()
        return time.monotonic()


def main() -> None:
    order = json.loads(sys.argv[1])
    found = messages(order["homes"], order["kind"])
    packets = [publish(index % _HIGHEST_MID + 1, topic, payload) for index, (topic, payload) in enumerate(found)]
    with connect(order["port"], "bench-publisher") as line:
        pump = Pump(line, packets, order["rate"], order["window"])
        cpu_s = time.process_time()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        ended = pump.run()
    told = {"sent": pump.sent, "acknowledged": pump.acknowledged, "began": pump.began, "ended": ended,
            "cpu_s": time.process_time() - cpu_s}  # fmt: skip
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
