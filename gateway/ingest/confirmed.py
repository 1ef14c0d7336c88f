"""Which of our acknowledgements the broker is known to have. Pure.

MQTT does not confirm a PUBACK. But a broker reads in order: once it has answered a ping, it has read every
acknowledgement that we sent before that ping.
"""


class Confirmations:
    """Follows the message ids of one connection."""

    def __init__(self) -> None:
        self._acknowledged: set[int] = set()
        self._asked: set[int] = set()
        self._confirmed: set[int] = set()
        self._pings = self._answers = 0
        self._awaited: int | None = None

    @property
    def waiting(self) -> bool:
        """Whether a ping would tell anything."""
        return bool(self._acknowledged or self._asked)

    def received(self, mid: int) -> None:
        """A message with this id has come: whatever had it before is another."""
        self._acknowledged.discard(mid)
        self._asked.discard(mid)
        self._confirmed.discard(mid)

    def acknowledged(self, mid: int) -> None:
        """Our acknowledgement has been written."""
        self._acknowledged.add(mid)

    def asked(self) -> None:
        """A ping has been written."""
        self._pings += 1
        if self._awaited is None:
            self._awaited = self._pings
            self._asked, self._acknowledged = self._acknowledged, set()

    def answered(self) -> None:
        """A ping has been answered; answers come in the order of the pings."""
        self._answers += 1
        if self._awaited is not None and self._answers >= self._awaited:
            self._confirmed |= self._asked
            self._asked, self._awaited = set(), None

    def take(self) -> frozenset[int]:
        """The ids whose acknowledgement the broker has, and which no message has had since; each is told once."""
        taken, self._confirmed = frozenset(self._confirmed), set()
        return taken
