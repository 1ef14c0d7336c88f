"""Whether each part does its work, and since when it does not. Pure: looks come in, with the seconds of their making.

What has stood still for longer than its limit is a trouble. It also ends the calls of `healthcheck_url`, so that
somebody outside hears our silence. A store that takes nothing is not among it: nobody goes unheard for that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from devices.instant import SECOND, Instant
from gateway.model import Trouble
from gateway.saying import duration

LIMITS_S: Mapping[str, float] = {
    "broker": 120.0,
    "journal": 60.0,
    "rules": 60.0,
    "database": 60.0,
    "messages": 120.0,
}
"""How long each may stand still. Reaching the broker takes a while after it, or a hub in between, was restarted."""
HUNG_AFTER_S = 120.0
_SENTENCES = {
    "broker": "The MQTT broker has not been reached for {time}, so nothing is heard from any home",
    "journal": "Messages have not been taken in for {time}; the broker keeps those that it can",
    "rules": "The rules have taken in no reading for {time}, though there are some",
    "database": "The database of alerts has not answered for {time}",
    "messages": "Messages to people are due, and none has gone out for {time}",
}


@dataclass(frozen=True, slots=True)
class Signs:
    """One look at the parts. A problem is a sentence, or None.

    `durable`, `sent` and `tries` only grow: messages made durable, messages that went out, and failed commits of the
    rules. `journal_end` and `watched` are offsets. `overdue_s`: since how many seconds the first message to people
    waits that should have gone out; None while there is none.
    """

    connected: bool
    broker_problem: str | None
    journal_problem: str | None
    database_problem: str | None
    pending: int
    durable: float
    journal_end: int
    watched: int
    tries: float
    overdue_s: float | None
    sent: float


@dataclass(slots=True)
class Progress:
    """Takes a look every few seconds. `at` are seconds of a clock that nobody sets."""

    _since: dict[str, tuple[float, str]] = field(default_factory=dict)
    _hung_since: float | None = None
    _last: Signs | None = None
    _looked_at: float | None = None
    _sent_at: float = 0.0
    connected_once: bool = False

    def look(self, signs: Signs, at: float) -> None:
        """Note what moves and what stands still."""
        if self._last is None or signs.sent != self._last.sent:
            self._sent_at = at
        before, self._last, self._looked_at = self._last or signs, signs, at
        self.connected_once = self.connected_once or signs.connected
        behind = signs.journal_end > signs.watched and signs.watched == before.watched
        blocked = signs.pending > 0 and signs.durable == before.durable
        self._note("broker", signs.broker_problem, at)
        self._note("journal", signs.journal_problem or ("the disk does not answer" if blocked else None), at)
        self._note("rules", "see the log" if behind else None, at)
        self._note("database", signs.database_problem, at)
        waiting = signs.overdue_s is not None and signs.sent == before.sent
        self._note("messages", "see message_not_sent in the log" if waiting else None,
                   max(self._sent_at, at - (signs.overdue_s or 0)))  # fmt: skip
        if not behind or signs.tries != before.tries:
            self._hung_since = None
        elif self._hung_since is None:
            self._hung_since = at

    def not_working(self, at: float) -> Sequence[str]:
        """Why nobody could rely on this gateway at `at`, a sentence each; empty while it does its work."""
        return [self._sentence(name, at) for name in self._beyond(at)]

    def hung(self, at: float) -> bool:
        """Whether only a new start can help: nobody looks any more, or the rules stand still without even failing.

        A broker that is away, a full disk or a database that refuses are none: a new start would not mend them.
        """
        stale = self._looked_at is not None and at - self._looked_at > HUNG_AFTER_S
        return stale or (self._hung_since is not None and at - self._hung_since > HUNG_AFTER_S)

    def troubles(self, at: float, now: Instant) -> Sequence[Trouble]:
        """What stands still beyond its limit; `now` is the instant of `at`."""
        return [
            Trouble("gateway", name, self._sentence(name, at), now - round((at - self._since[name][0]) * SECOND))
            for name in self._beyond(at)
        ]

    def _note(self, name: str, problem: str | None, at: float) -> None:
        if problem is None:
            self._since.pop(name, None)
        else:
            self._since[name] = (self._since.get(name, (at, ""))[0], problem)

    def _beyond(self, at: float) -> Sequence[str]:
        return [name for name, (since, _) in self._since.items() if at - since > LIMITS_S[name]]

    def _sentence(self, name: str, at: float) -> str:
        since, problem = self._since[name]
        told = _SENTENCES[name].format(time=duration(round((at - since) * SECOND)))
        return f"{told} ({problem.rstrip('.')})."
