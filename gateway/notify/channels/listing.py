"""`list:`, a channel that keeps what it was given: for tests and for the demonstration."""

from collections.abc import Callable

from gateway.model import Notice


class ListChannel:
    """Keeps messages in order. `trouble` says what to raise for one (None: accept it), for trying what goes wrong."""

    def __init__(
        self, prefix: str = "list:", *, trouble: Callable[[Notice], Exception | None] = lambda _notice: None
    ) -> None:
        self.notices: list[Notice] = []
        self.trouble = trouble
        self._prefix = prefix

    def handles(self, address: str) -> bool:
        """Whether it begins with the prefix."""
        return address.startswith(self._prefix)

    async def send(self, notice: Notice) -> None:
        """Keep it, or raise what `trouble` says."""
        if (error := self.trouble(notice)) is not None:
            raise error
        self.notices.append(notice)
