"""The table of moves: every pair of state and event is either in it or refused with a sentence."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.lifecycle import MOVES, Calling, Event, NotPossible, diagram, move
from gateway.model import AlertState

ILLEGAL = [pair for pair in product(AlertState, Event) if pair not in MOVES]


@pytest.mark.parametrize(("state", "event"), ILLEGAL)
def test_an_illegal_move_says_so_in_a_sentence(state: AlertState, event: Event) -> None:
    with pytest.raises(NotPossible, match="nothing was changed"):
        move(state, event)


def test_nothing_happens_to_a_closed_alert() -> None:
    assert {state for state, _ in MOVES} == set(AlertState) - {AlertState.CLOSED}


def test_illegal_moves_are_these_and_no_others() -> None:
    still_open = {(str(state), str(event)) for state, event in ILLEGAL if state is not AlertState.CLOSED}
    assert still_open == {
        *(("raised", event) for event in ("hand over", "confirm", "wake", "reescalate", "expire")),
        *(("accepted", event) for event in ("answer", "accept", "wake", "expire")),
        *(("snoozed", event) for event in ("answer", "hand over", "confirm", "reescalate", "expire")),
        *(("cleared", event) for event in ("clear", "answer", "hand over", "confirm", "snooze", "wake", "reescalate")),
    }


def test_every_way_back_to_raised_from_answered_calls_again() -> None:
    back = [found for (state, _), found in MOVES.items() if found.to is AlertState.RAISED and state != "raised"]
    assert back
    assert all(found.calling is Calling.AGAIN for found in back)


def test_a_cleared_alert_is_accepted_only_once() -> None:
    assert move(AlertState.CLEARED, Event.ACCEPT).to is AlertState.CLEARED
    with pytest.raises(NotPossible, match="Ann has accepted this alert already"):
        move(AlertState.CLEARED, Event.ACCEPT, accepted_by="Ann")


@given(st.lists(st.sampled_from(list(Event))))
def test_whatever_happens_an_open_alert_can_be_closed_by_a_person(events: list[Event]) -> None:
    state = AlertState.RAISED
    for event in events:
        try:
            state = move(state, event).to
        except NotPossible:
            continue
    assert state is AlertState.CLOSED or move(state, Event.CLOSE).to is AlertState.CLOSED


def test_the_diagram_in_the_documents_is_this_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{diagram()}\n```" in page, f"put this into docs/alerts.md:\n{diagram()}"
