"""The life of an alert: one table of moves. Pure; the diagram in docs/alerts.md is generated from it."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import KeepwellError
from gateway.model import AlertState


class Event(StrEnum):
    """What can happen to an open alert."""

    TRIGGER = "trigger"
    """Its rule saw the concern again."""
    INSIST = "insist"
    """The same where every time counts: a pendant or hazard rule, or the priority has risen."""
    CLEAR = "clear"
    """Its rule saw that the concern is over."""
    ANSWER = "answer"
    """The resident was asked and said in time that all is well."""
    ACCEPT = "accept"
    """A person takes it on."""
    HAND_OVER = "hand over"
    """A person asks another to take on what was accepted."""
    CONFIRM = "confirm"
    """Somebody takes on what was handed over."""
    SNOOZE = "snooze"
    """A person puts it off until a time."""
    WAKE = "wake"
    """The time until which it was put off has come."""
    CLOSE = "close"
    """A person ends it with an outcome code; or keepwell, where its cause is no longer registered."""
    REESCALATE = "reescalate"
    """It was accepted, but neither cleared nor closed in time; or handed over, and not taken on in time."""
    EXPIRE = "expire"
    """It stayed clear long enough to end by itself."""


class Calling(StrEnum):
    """What becomes of the calls to people."""

    AGAIN = "calls again from step 1"
    ON = "calls go on"
    ONE = "calls only who is to take it on"
    NONE = "calls nobody"
    STOP = "calls stop"
    STOP_UNLESS_URGENT = "calls stop, but priority 1 not accepted goes on"


@dataclass(frozen=True, slots=True)
class Move:
    """Where an event leads, and what becomes of the calls."""

    to: AlertState
    calling: Calling


_R, _A, _S, _C = AlertState.RAISED, AlertState.ACCEPTED, AlertState.SNOOZED, AlertState.CLEARED
_X = AlertState.CLOSED

MOVES: dict[tuple[AlertState, Event], Move] = {
    (_R, Event.TRIGGER): Move(_R, Calling.ON),
    (_R, Event.INSIST): Move(_R, Calling.AGAIN),
    (_R, Event.ANSWER): Move(_C, Calling.STOP),
    (_R, Event.ACCEPT): Move(_A, Calling.STOP),
    (_R, Event.SNOOZE): Move(_S, Calling.STOP),
    (_R, Event.CLEAR): Move(_C, Calling.STOP_UNLESS_URGENT),
    (_R, Event.CLOSE): Move(_X, Calling.STOP),
    (_A, Event.TRIGGER): Move(_R, Calling.AGAIN),
    (_A, Event.INSIST): Move(_R, Calling.AGAIN),
    (_A, Event.REESCALATE): Move(_R, Calling.AGAIN),
    (_A, Event.HAND_OVER): Move(_A, Calling.ONE),
    (_A, Event.CONFIRM): Move(_A, Calling.STOP),
    (_A, Event.SNOOZE): Move(_S, Calling.STOP),
    (_A, Event.CLEAR): Move(_C, Calling.STOP),
    (_A, Event.CLOSE): Move(_X, Calling.STOP),
    (_S, Event.TRIGGER): Move(_S, Calling.NONE),
    (_S, Event.INSIST): Move(_R, Calling.AGAIN),
    (_S, Event.WAKE): Move(_R, Calling.AGAIN),
    (_S, Event.SNOOZE): Move(_S, Calling.STOP),
    (_S, Event.ACCEPT): Move(_A, Calling.STOP),
    (_S, Event.CLEAR): Move(_C, Calling.STOP_UNLESS_URGENT),
    (_S, Event.CLOSE): Move(_X, Calling.STOP),
    (_C, Event.TRIGGER): Move(_R, Calling.AGAIN),
    (_C, Event.INSIST): Move(_R, Calling.AGAIN),
    (_C, Event.ACCEPT): Move(_C, Calling.STOP),
    (_C, Event.CLOSE): Move(_X, Calling.STOP),
    (_C, Event.EXPIRE): Move(_X, Calling.STOP),
}
"""Everything that may happen. A pair that is not here changes nothing."""

EVERY_TRIGGER_CALLS: frozenset[str] = frozenset({"pendant", "hazard"})
"""Rule types of which each trigger is a call of its own."""


class NotPossible(KeepwellError):  # noqa: N818 - named for what a person is told
    """The alert is in no state for this; nothing was changed."""


def move(state: AlertState, event: Event, *, accepted_by: str | None = None) -> Move:
    """Where `event` leads from `state`. `accepted_by`: who accepted in the present round, also when it is cleared.

    Raises NotPossible, whose text is a sentence for the person who tried.
    """
    found = MOVES.get((state, event))
    if found is None or (event is Event.ACCEPT and accepted_by is not None):
        raise NotPossible(_why_not(state, event, accepted_by))
    return found


def _why_not(state: AlertState, event: Event, accepted_by: str | None) -> str:
    if state is AlertState.CLOSED:
        return f"this alert is closed already, so it cannot {event}; nothing was changed"
    if event is Event.ACCEPT:
        return f"{accepted_by or 'somebody'} has accepted this alert already; nothing was changed"
    if event is Event.HAND_OVER:
        return f"an alert that is {state} cannot be handed over: accept it first; nothing was changed"
    if event is Event.SNOOZE:
        return f"an alert that is {state} cannot be put off: accept or close it; nothing was changed"
    return f"an alert that is {state} cannot {event}; nothing was changed"


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> raised: trigger"]
    lines += [f"    {state} --> {found.to}: {event} ({found.calling})" for (state, event), found in MOVES.items()]
    return "\n".join([*lines, "    closed --> [*]"])
