"""A store that answers what it is told: any status, nothing at all, half an exchange; and what it was made to keep.

It speaks as much of the InfluxDB v2 write API as the recorder does, on a port of its own, in threads.
"""

import contextlib
import re
import socket
import socketserver
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Literal, Self

from tests.support.servers import LOOPBACK

Manner = Literal["answer", "silent", "reset before", "reset within", "reset after", "half an answer"]
"""silent: reads and never answers. reset before, within, after: the connection, when so much of the request is read;
after: it is kept. half an answer: it is kept, and the answer breaks off."""
_RESET = struct.pack("ii", 1, 0)
_LINE = re.compile(r"(?P<series>[^ ]+) value=(?P<value>[^ ,]+)[^ ]* (?P<at>\d+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write gets. 2xx keeps it, and so do `reset after` and `half an answer`."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Manner = "answer"
    body: str = ""


class StoreStub:
    """Enter it. `say(answer, times)` decides on the next writes; `most_lines` is what one write may hold (else 413).

    `kept` are all lines that were confirmed or as good as, in order, repetitions included; `crash(lose)` loses
    the latest and drops every connection, as a store that crashes and is there again at once.
    """

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.statuses: list[int] = []
        self.sizes: list[int] = []
        self.most_lines: int | None = None
        self.left = 0
        """Of the answers that were said, how many are still to come."""
        self.answer = Answer()
        """The one that was said last."""
        self._guard = threading.Lock()
        self._open: set[socket.socket] = set()
        self._ending = threading.Event()

    def say(self, answer: Answer, times: int) -> None:
        """Answer the next writes so."""
        with self._guard:
            self.answer, self.left = answer, times

    def crash(self, lose: int) -> None:
        """Forget the latest lines and drop all connections; no write meets a store that is away."""
        with self._guard:
            del self.kept[len(self.kept) - lose :]
            connections, self._open = self._open, set()
        for one in connections:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def values(self, quantity: str) -> list[float]:
        """What was kept of a quantity, each point where it came first, in the order of coming."""
        found: dict[tuple[str, str], float] = {}
        for line in list(self.kept):
            match = _LINE.fullmatch(line)
            if match is not None and match["series"].startswith(f"{quantity},"):
                found.setdefault((match["series"], match["at"]), float(match["value"]))
        return list(found.values())

    # ------------------------------------------------------------------------------------------ as a server

    def __enter__(self) -> Self:
        stub = self

        class Handler(_Handler):
            store = stub

        self._server = _Server((LOOPBACK, 0), Handler)
        self.port = int(self._server.server_address[1])
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._server.shutdown()
        self.crash(0)
        self._server.server_close()
        self._thread.join()

    def next_answer(self, size: int) -> Answer:
        """What the next write of so many lines gets."""
        with self._guard:
            self.sizes.append(size)
            if self.left > 0:
                self.left -= 1
                return self.answer
        return Answer(413) if self.most_lines is not None and size > self.most_lines else Answer()

    def keep(self, lines: list[str], status: int) -> None:
        """Note what was sent and answered."""
        with self._guard:
            self.statuses.append(status)
            if status < 300:
                self.kept += lines

    def came(self, connection: socket.socket) -> None:
        """A connection was made."""
        with self._guard:
            self._open.add(connection)

    def went(self, connection: socket.socket) -> None:
        """A connection is over."""
        with self._guard:
            self._open.discard(connection)

    def wait_for_the_end(self) -> None:
        """Say nothing for as long as the store is there."""
        self._ending.wait()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: StoreStub

    def setup(self) -> None:
        super().setup()
        self.store.came(self.connection)

    def finish(self) -> None:
        self.store.went(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()

    def do_GET(self) -> None:
        """/ping."""
        self._answer(Answer(204, {"X-Influxdb-Version": "stub"}))

    def do_POST(self) -> None:
        """A write."""
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(min(length, 64))
        if self.store.left > 0 and self.store.answer.manner == "reset within":
            self.store.next_answer(0)
            self._reset()
            return
        body += self.rfile.read(length - len(body))
        lines = body.decode().splitlines()
        answer = self.store.next_answer(len(lines))
        if answer.manner == "silent":
            self.store.wait_for_the_end()
            self.close_connection = True
            return
        if answer.manner == "reset before":
            self._reset()
            return
        self.store.keep(lines, answer.status)
        if answer.manner == "reset after":
            self._reset()
        elif answer.manner == "half an answer":
            self.wfile.write(b"HTTP/1.1 204 No Con")
            self.wfile.flush()
            self.close_connection = True
        else:
            self._answer(answer)

    def _answer(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        for name, text in answer.headers.items():
            self.send_header(name, text)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""
