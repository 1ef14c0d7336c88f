"""What holds for all rules together, whatever a home says: chunks, ticks and restarts change nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.instant import DAY, HOUR, MINUTE, SECOND, Instant, from_datetime
from gateway.model import HUB_DEVICE, Device, Directory, Flag, Home, Hub, Journaled, Reading, Room, Rule, Verdict
from gateway.watch.engine import Engine
from gateway.watch.rules import RULES
from tests.support.scenario import DEVICES, device

ROOMS = tuple(Room(name, name) for name in ("hall", "kitchen", "bathroom", "bedroom", "living"))  # type: ignore[arg-type]
DEVICES_OF_ALL_RULES = (
    *DEVICES,
    device("bed-pad", "bedroom", "bed", "bed"),
    device("radar", "living", None, "presence"),
    device("kettle", "kitchen", "kettle", "usage"),
    device("cooker", "kitchen", "cooker", "power"),
    device("mains", None, None, "mains_failure"),
    device("tag", "hall", "carer-tag", "button"),
    device("box", "hall", None, "tamper", "battery"),
)
SAID = [
    *((f"{room}-motion", "motion", (True, False)) for room in ("hall", "kitchen", "bathroom", "bedroom", "living")),
    ("front-door", "contact", (True, False)),
    ("armchair", "chair", (True, False)),
    ("bed-pad", "bed", (True, False)),
    ("radar", "presence", (True, False)),
    ("kettle", "usage", (True, False)),
    ("cooker", "power", (900.0, 0.0)),
    ("mains", "mains_failure", (True, False)),
    ("box", "tamper", (True, False)),
    ("box", "battery", (80.0, 9.0)),
    ("smoke", "smoke", (True, False)),
    ("pendant", "button", ("press", "cancel")),
    ("tag", "button", ("press",)),
    ("bedroom-motion", "temperature", (12.0, 20.0)),
]
FLAGS = [Flag.NONE] * 8 + [Flag.RETAINED, Flag.REPLAYED, Flag.MOMENTARY, Flag.UNTRUSTED]
_SAYS_NOT_WHEN = Flag.RETAINED | Flag.REPLAYED
STARTS = ["2026-01-13", "2026-03-27", "2026-10-23"]  # an ordinary week, and those in which the clocks change
EXAMPLES = 25

Event = tuple[int, tuple[str, str, tuple[object, ...]], int, Flag]
Story = tuple[str, list[Event]]
event = st.tuples(
    st.sampled_from([5 * SECOND, MINUTE, 12 * MINUTE, 40 * MINUTE, 2 * HOUR, 7 * HOUR]),
    st.sampled_from(SAID),
    st.integers(0, 1),
    st.sampled_from(FLAGS),
)
stories = st.tuples(st.sampled_from(STARTS), st.lists(event, min_size=5, max_size=60))


def home_of(start: Instant) -> Home:
    heard = tuple(replace(one, registered_at=start - 30 * DAY, last_heard=start) for one in DEVICES_OF_ALL_RULES)
    rules = tuple(Rule(name, {"visits": ["08:00"]} if name == "carer_visit" else {}) for name in RULES)
    return Home("ELM-12", "Europe/London", rooms=ROOMS, hubs=(Hub("hub"),), devices=heard, rules=rules)


def readings(start: Instant, events: Sequence[Event]) -> list[Reading]:
    """The events in order of time, with a beat of the hub every 15 minutes and a word of each device every 12 h."""
    by_name: dict[str, Device] = {one.address: one for one in DEVICES_OF_ALL_RULES}
    now, told = start, []
    for pause, (address, quantity, values), which, flags in events:
        now += pause
        about = by_name[address]
        value = values[which % len(values)]
        told.append(Reading("ELM-12", "hub", address, about.room, about.role, quantity, value, now, now, flags))  # type: ignore[arg-type]
    beats = [
        Reading("ELM-12", "hub", HUB_DEVICE, None, None, "online", True, at, at)
        for at in range(start, now + DAY, 15 * MINUTE)
    ]
    words = [
        Reading("ELM-12", "hub", name, about.room, about.role, "link_quality", 90.0, at + number, at + number)
        for at in range(start + HOUR, now + DAY, 12 * HOUR)
        for number, (name, about) in enumerate(by_name.items())
    ]
    return sorted([*told, *beats, *words], key=lambda one: one.received_at)


def lived(
    home: Home, start: Instant, told: Iterable[Reading], *, ticks: int = 0, collects: int = 0, restarts: int = 0
) -> list[Verdict]:
    """What is concluded. `ticks`: the clock is looked at before every so many readings.

    `collects`: so often what came of them is handed over, as at a commit. `restarts`: so often we are killed after one.
    """
    engine, verdicts = Engine(), []
    states: dict[str, bytes] = {}
    baselines: dict[str, bytes] = {}
    engine.update(Directory((home,)), start)
    last = start
    for number, reading in enumerate(told, start=1):
        if ticks and number % ticks == 0:
            engine.tick((last + reading.received_at) // 2)
        if reading.flags & _SAYS_NOT_WHEN:
            engine.homes()[home.reference].advance(reading.received_at)  # it does not by itself move the clock on
        engine.take(Journaled(number, reading))
        last = reading.received_at
        killed = restarts and number % restarts == 0
        if killed or (collects and number % collects == 0):
            effects = engine.collect()
            verdicts += effects.verdicts
            states |= effects.states
            baselines |= effects.baselines
        if killed:
            engine = Engine()
            engine.restore(states, baselines)
            engine.update(Directory((home,)), last)
    engine.tick(last + DAY)
    return verdicts + engine.collect().verdicts


def essence(verdicts: Iterable[Verdict]) -> list[tuple[object, ...]]:
    return [(one.at, one.rule, one.kind, one.subject, one.priority, one.explanation) for one in verdicts]


def told_in(story: Story) -> tuple[Home, Instant, list[Reading]]:
    """The home, when the story begins, and all that is heard."""
    day, events = story
    start = begun(day)
    return home_of(start), start, readings(start, events)


def begun(day: str) -> Instant:
    return from_datetime(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Europe/London")))


always_the_same = settings(deadline=None, derandomize=True, max_examples=EXAMPLES)


@always_the_same
@given(stories, st.integers(1, 7))
def test_however_often_the_clock_is_looked_at_the_alerts_are_the_same(story: Story, ticks: int):
    home, start, told = told_in(story)
    assert essence(lived(home, start, told)) == essence(lived(home, start, told, ticks=ticks))


@always_the_same
@given(stories, st.integers(1, 25))
def test_however_often_the_gateway_is_killed_the_alerts_are_the_same(story: Story, restarts: int):
    home, start, told = told_in(story)
    assert essence(lived(home, start, told)) == essence(lived(home, start, told, restarts=restarts))


@always_the_same
@given(stories, st.integers(1, 25))
def test_however_often_it_is_handed_over_the_alerts_are_the_same(story: Story, collects: int):
    home, start, told = told_in(story)
    assert essence(lived(home, start, told)) == essence(lived(home, start, told, collects=collects))


@always_the_same
@given(stories)
def test_no_rule_that_learns_raises_in_its_first_days(story: Story):
    home, start, told = told_in(story)
    learners = {name for name, kind in RULES.items() if kind.learns}
    raised = {one.rule for one in lived(home, start, told) if one.at < start + 14 * DAY}
    assert learners
    assert not raised & learners
    assert "rule_error" not in raised
