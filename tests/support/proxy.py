"""A TCP proxy on loopback between gateway and broker, which does what networks do: cut, delay, half-close, stall."""

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Literal, Self

from tests.support.servers import LOOPBACK, free_port

Direction = Literal["up", "down"]
"""up: from the client to the server; down: back."""
_RESET = struct.pack("ii", 1, 0)
_AT_ONCE = 16_384


class Proxy:
    """Enter it; clients connect to `port`, it connects to `target`. Everything here may be called while it runs.

    `delay_s` holds back what comes either way; `stalled` takes connections and says nothing; `silent` drops bytes
    either way without a word, as a firewall that forgot us; `cut_after(n)` resets after so many more bytes, most likely
    within a packet. `conversations` holds what passed on each connection, where `records` is set.
    """

    def __init__(self, target: int, *, records: bool = False) -> None:
        self.target = target
        self.port = free_port()
        self.delay_s = 0.0
        self.stalled = False
        self.silent = False
        self.accepted = 0
        self.conversations: list[list[tuple[Direction, bytes]]] = []
        self._records = records
        self._cut_after: dict[Direction, int] = {}
        self._guard = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self._ending = threading.Event()
        self._listener: socket.socket | None = None

    def __enter__(self) -> Self:
        self._listener = socket.create_server((LOOPBACK, self.port), backlog=64)
        self._listener.settimeout(0.1)
        self._begin(self._serve)
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self.cut()
        for thread in self._threads:
            thread.join(10)
        if self._listener is not None:
            self._listener.close()
        with self._guard:
            for pair in self._pairs:
                for one in pair:
                    one.close()

    # ------------------------------------------------------------------------------------------ what goes wrong

    def cut(self) -> None:
        """Reset every connection, both ways."""
        with self._guard:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for one in pair:
                with contextlib.suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()

    def cut_after(self, count: int, direction: Direction = "down") -> None:
        """Reset every connection once so many more bytes have gone that way."""
        with self._guard:
            self._cut_after[direction] = count

    def half_close(self, towards: Direction) -> None:
        """Tell one side that nothing more will come, and leave the other way open. up: the server is told."""
        with self._guard:
            ends = [pair[1] if towards == "up" else pair[0] for pair in self._pairs]
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_WR)

    # ------------------------------------------------------------------------------------------ what carries

    def _begin(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        assert self._listener is not None
        while not self._ending.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                continue
            self.accepted += 1
            try:
                far = socket.create_connection((LOOPBACK, self.target), timeout=5)
            except OSError:
                near.close()
                continue
            for one in (near, far):
                one.settimeout(None)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._guard:
                self._pairs.append((near, far))
            conversation: list[tuple[Direction, bytes]] = []
            self.conversations.append(conversation)
            self._begin(self._pump, near, far, "up", conversation)
            self._begin(self._pump, far, near, "down", conversation)

    def _pump(
        self,
        source: socket.socket,
        sink: socket.socket,
        direction: Direction,
        conversation: list[tuple[Direction, bytes]],
    ) -> None:
        with contextlib.suppress(OSError, ValueError):
            while not self._ending.is_set():
                while self.stalled and not self._ending.is_set():
                    time.sleep(0.02)
                if not select.select([source], [], [], 0.1)[0]:
                    continue
                data = source.recv(_AT_ONCE)
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                if self.silent:
                    continue
                if self.delay_s:
                    self._ending.wait(self.delay_s)
                data, cut = self._up_to_the_cut(data, direction)
                if self._records:
                    conversation.append((direction, data))
                sink.sendall(data)
                if cut:
                    time.sleep(0.05)  # what was passed on is read first
                    self.cut()
                    return

    def _up_to_the_cut(self, data: bytes, direction: Direction) -> tuple[bytes, bool]:
        """What still passes, and whether that is the last."""
        with self._guard:
            left = self._cut_after.get(direction)
            if left is None:
                return data, False
            if len(data) >= left:
                del self._cut_after[direction]
                return data[:left], True
            self._cut_after[direction] = left - len(data)
            return data, False
