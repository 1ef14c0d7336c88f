"""`console:`, the terminal of who runs Keepwell."""

from collections.abc import Callable

from gateway.errors import TryLater
from gateway.model import Notice


class ConsoleChannel:
    """Hands each message as text to `write`, such as print or a page of the demonstration."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def handles(self, address: str) -> bool:
        """Whether it is `console:`."""
        return address.lower() == "console:"

    async def send(self, notice: Notice) -> None:
        """Write it."""
        try:
            self._write(text(notice))
        except (OSError, ValueError) as error:  # a closed terminal
            raise TryLater(f"the console cannot be written to: {error}") from error


def text(notice: Notice) -> str:
    """The message as lines of text."""
    body = "\n".join(f"    {line}" for line in notice.body.splitlines())
    return f"To {notice.contact.name}: {notice.title}\n{body}"


def show(words: str) -> None:
    """On the terminal at once, also where standard output is a pipe or a file, which would keep it back."""
    print(words, flush=True)  # noqa: T201 - the console is the channel
