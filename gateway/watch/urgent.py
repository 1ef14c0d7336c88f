"""What goes with a call for help: when it was, how it reached us, who was last seen, and what else called here."""

from collections.abc import Iterable
from typing import Any

from devices.instant import HOUR, MINUTE, Instant
from gateway.model import Flag, Reading
from gateway.speech import Phrase, from_json, say, to_json
from gateway.watch.view import HomeView

_TOGETHER = 2 * HOUR
_AT_MOST = 4
_DELAYED = 2 * MINUTE


def when(reading: Reading) -> Instant | list[Instant]:
    """The instant, or for an undated reading from a backlog [since, until]; the form `when` words either."""
    if reading.flags & Flag.QUEUED and reading.since is not None:
        return [reading.since, reading.at]
    return reading.at


def circumstances(view: HomeView, call: Phrase, reading: Reading) -> Iterable[Phrase]:
    """What is said after the call itself."""
    if reading.received_at - reading.at > _DELAYED:
        yield say("shared.delayed", by=reading.received_at - reading.at)
    if reading.flags & Flag.REPLAYED:
        yield say("shared.sent_again")
    if (other := _also(view, call, reading.at)) is not None:
        yield say("shared.also")
        yield other
    if view.moved_at is not None:
        yield say("shared.last_seen", room=view.moved_in, at=view.moved_at)


def _also(view: HomeView, call: Phrase, at: Instant) -> Phrase | None:
    """The latest other priority 1 concern of the last two hours, if any; remembers this one.

    A press and smoke in one flat belong together, so each names the other.
    """
    others = [
        entry for entry in view.urgent if abs(at - entry[0]) <= _TOGETHER and _about(entry[1:]) != _about_of(call)
    ]
    view.urgent = [*others, [at, *to_json([call])[0]]][-_AT_MOST:]
    return next(iter(from_json([others[-1][1:]])), None) if others else None


def _about_of(call: Phrase) -> Any:  # noqa: ANN401 - JSON values
    return _about([call.key, dict(call.values)])


def _about(entry: list[Any]) -> Any:  # noqa: ANN401 - JSON values
    """A call without its time: pressed twice, it is no other concern."""
    key, values = entry
    return [key, {name: value for name, value in values.items() if name != "at"}]
