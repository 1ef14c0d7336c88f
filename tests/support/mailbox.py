"""A mail server on loopback that writes down every mail and can keep its sender waiting for the answer."""

import contextlib
import email
import email.policy
import socket
import threading
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO, Self

from tests.support.servers import LOOPBACK, free_port

_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail whose last line the server has read; whether the sender was told so is another matter."""

    id: str
    title: str
    body: str


class Mailbox:
    """Speaks just enough SMTP for one sender, without login. `address` is what a contact's channel is to be."""

    def __init__(self) -> None:
        self.port = free_port()
        self.address = f"mailto://{LOOPBACK}:{self.port}?from=keepwell@example.org&to=family@example.org&mode=insecure"
        self.mails: list[Mail] = []
        self.answered = 0
        self.goodbyes = 0
        self._may_answer = threading.Event()
        self._may_answer.set()
        self._ending = False
        self._listener = socket.create_server((LOOPBACK, self.port))
        self._threads = [threading.Thread(target=self._serve)]
        self._open: set[socket.socket] = set()

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending = True
        self._may_answer.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def hold(self) -> None:
        """From now on no mail is answered until `answer`."""
        self._may_answer.clear()

    def answer(self) -> None:
        """Accept what is waiting and what comes."""
        self._may_answer.set()

    def copies(self) -> Counter[str]:
        """How often each mail has come, by its Message-ID."""
        return Counter(mail.id for mail in self.mails)

    def _serve(self) -> None:
        while not self._ending:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._speak, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _speak(self, connection: socket.socket) -> None:
        self._open.add(connection)
        with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
            connection.sendall(b"220 mailbox\r\n")
            while line := lines.readline():
                word = line.strip().upper()
                if word == b"DATA":
                    connection.sendall(b"354 go on\r\n")
                    if (mail := _whole(lines)) is None:
                        break
                    self._take(connection, mail)
                elif word == b"QUIT":
                    self.goodbyes += 1
                    connection.sendall(b"221 goodbye\r\n")
                    break
                else:
                    connection.sendall(b"250 yes\r\n")
        self._open.discard(connection)

    def _take(self, connection: socket.socket, raw: bytes) -> None:
        found = email.message_from_bytes(raw, policy=email.policy.default)
        self.mails.append(Mail(str(found["Message-ID"]), str(found["Subject"]), found.get_content()))
        self._may_answer.wait(_PATIENCE_S)
        connection.sendall(b"250 taken\r\n")
        self.answered += 1


def _whole(lines: BinaryIO) -> bytes | None:
    """A mail up to the dot that ends it; None when its sender was killed before that."""
    said = []
    while line := lines.readline():
        if line == b".\r\n":
            return b"".join(said)
        said.append(line.removeprefix(b"."))
    return None
