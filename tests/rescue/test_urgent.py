"""What calls for help at once when nothing is remembered, and in which words."""

from dataclasses import replace

import pytest

from devices.instant import MINUTE, SECOND
from gateway.model import Device, Flag, Home, Hub, Reading, Room, Rule, Taken
from gateway.rescue.urgent import concern_of, is_urgent

NOON = 1_768_000_000_000_000
"""2026-01-09T23:06:40Z."""
HOME = Home("ELM-12", "Europe/London", rooms=(Room("hall", "hall"),), hubs=(Hub("elm"),),
            devices=(Device("elm", "p1", role="pendant"),))  # fmt: skip
PRESS = Reading("ELM-12", "elm", "p1", None, "pendant", "button", "press", NOON, NOON)
SMOKE = Reading("ELM-12", "elm", "s1", "living_room", None, "smoke", True, NOON, NOON)


@pytest.mark.parametrize("action", ["press", "double", "long", "emergency", "SOS"])
def test_any_press_of_a_pendant_calls(action: str) -> None:
    concern = concern_of(replace(PRESS, value=action), HOME)
    assert concern is not None
    assert (concern.rule, concern.subject, concern.title) == ("pendant", "p1", "pendant pressed")
    assert concern.sentence == "The pendant was pressed at 23:06."


def test_a_pendant_that_can_only_say_on_calls_too_and_a_lamp_does_not() -> None:
    on = replace(PRESS, quantity="switch", value=True)
    concern = concern_of(on, HOME)
    assert concern is not None
    assert (concern.rule, concern.title, concern.lasts) == ("pendant", "pendant pressed", True)
    assert concern_of(replace(on, value=False), HOME) is None
    assert concern_of(replace(on, role="light"), HOME) is None
    with_button = replace(HOME, devices=(Device("elm", "p1", role="pendant", quantities=("button", "switch")),))
    assert concern_of(on, with_button) is None
    assert concern_of(replace(on, device="p1/lamp"), with_button) is None


def test_an_emergency_calls_from_any_button_and_other_presses_do_not() -> None:
    plain = replace(PRESS, role="light")
    assert concern_of(plain, HOME) is None
    assert concern_of(replace(plain, value="emergency"), HOME) is not None


@pytest.mark.parametrize(
    ("quantity", "title"),
    [
        ("smoke", "smoke alarm"),
        ("heat_alarm", "heat alarm"),
        ("co", "carbon monoxide alarm"),
        ("gas", "gas alarm"),
        ("leak", "water leak"),
        ("fall", "fall sensor"),
    ],
)
def test_every_safety_alarm_calls(quantity: str, title: str) -> None:
    concern = concern_of(replace(SMOKE, quantity=quantity), HOME)
    assert concern is not None
    assert (concern.rule, concern.title, concern.subject) == ("hazard", title, f"{quantity} s1")
    assert "in the living room at 23:06" in concern.sentence


@pytest.mark.parametrize(
    "reading",
    [
        replace(PRESS, value="cancel"),
        replace(PRESS, value="release"),
        replace(PRESS, flags=Flag.RETAINED),
        replace(PRESS, flags=Flag.DUPLICATE),
        replace(SMOKE, value=False),
        replace(SMOKE, flags=Flag.RETAINED),
        replace(SMOKE, flags=Flag.REPLAYED),
        replace(SMOKE, quantity="motion"),
    ],
)
def test_history_and_ends_call_nobody(reading: Reading) -> None:
    assert not is_urgent(Taken(readings=(reading,)))
    assert concern_of(reading, HOME) is None


def test_a_press_sent_again_and_a_late_one_call_and_say_so() -> None:
    late = replace(PRESS, received_at=NOON + 14 * MINUTE + SECOND, flags=Flag.REPLAYED | Flag.LATE)
    concern = concern_of(late, HOME)
    assert concern is not None
    assert concern.sentence == (
        "The pendant was pressed at 23:06; delayed 14 min; the home's hub sent it again after a break."
    )
    queued = concern_of(replace(PRESS, since=NOON - 60 * MINUTE, flags=Flag.QUEUED), HOME)
    assert queued is not None
    assert "between 22:06 and 23:06" in queued.sentence


def test_a_rule_that_the_home_does_not_use_calls_nobody_and_its_route_counts() -> None:
    assert concern_of(PRESS, replace(HOME, rules=(Rule("hazard"),))) is None
    assert concern_of(PRESS, replace(HOME, rules=(Rule("pendant", {"enabled": False}),))) is None
    routed = concern_of(SMOKE, replace(HOME, rules=(Rule("hazard", route="fire"),)))
    assert routed is not None
    assert routed.route == "fire"


def test_beside_a_pack_rules_of_its_own_leave_it_the_others() -> None:
    packed = replace(HOME, pack="falls-risk", rules=(Rule("hazard", route="fire"),))
    pressed, smoke = concern_of(PRESS, packed), concern_of(SMOKE, packed)
    assert pressed is not None
    assert smoke is not None
    assert (pressed.route, smoke.route) == ("default", "fire")
    off = Rule("pendant", {"enabled": False})
    assert concern_of(PRESS, replace(packed, rules=(off,))) is None
    assert concern_of(PRESS, replace(packed, rules=(replace(off, key="second"),))) is not None
