"""What the board Home has to show of one home: what its sensors said, how its days were, what can be relied on."""

from collections import defaultdict
from statistics import mean, median

import pytest

from devices.instant import DAY, HOUR, MILLISECOND, SECOND
from gateway.recorder.schema import HOURS
from tests.dashboards.expected.checks import Panels, Shown, binned, said, step_of
from tests.dashboards.residents import NOW
from tests.dashboards.town import Heard, Lived, Town, restatements

PANELS = Panels()
HOME = "ELM-05"
"""It has presence sensors, a bed, a chair, doors and carers, and lies in another zone."""
_LAST = max(restatements())
_DAYS = [*HOURS[5:], *HOURS[:5]]


def _home(town: Town, shown: Shown) -> Lived:
    return town.home(shown.opened.chosen("home"))


def _heard(town: Town, shown: Shown, quantity: str) -> list[Heard]:
    """In the panel's range."""
    span = shown.range
    return [one for one in _home(town, shown).heard if one.quantity == quantity and span.start <= one.at <= span.end]


# ------------------------------------------------------------------------------------------------ now


@PANELS("The home now")
def _(town: Town, shown: Shown) -> None:
    (row,) = shown.rows()
    fields = town.facts("home_state", home=row["home"])[-1].fields
    assert row["home"] == HOME
    for name in ("attention", "sight", "offline", "what", "since_s"):
        assert row[name] == fields.get(name), name


@PANELS("Open alerts")
def _(town: Town, shown: Shown) -> None:
    rows = shown.table("priority", "rule", "subject")
    wanted = {(str(one.priority), one.rule, one.subject): one for one in _home(town, shown).alerts_at(_LAST)}
    assert set(rows) == set(wanted)
    for key, row in rows.items():
        alert = wanted[key]
        assert (row["alert"], row["state"], row["occurrences"]) == (alert.id, alert.state.value, alert.occurrences)
        assert row["age_s"] == pytest.approx((_LAST - alert.raised_at) / SECOND)


# ------------------------------------------------------------------------------------------------ the last 24 hours


def _hub(town: Town, shown: Shown, ref: str) -> None:
    """4 while its hub is heard, 5 while it is not."""
    (frame,) = shown.frames(ref)
    span = shown.range
    told = [(one.at, one.fields["offline"]) for one in town.facts("home_state", span.start, span.end, home=HOME)]
    wanted = {at: max(values) + 4 for at, values in binned(told, step_of(shown.answer(ref))).items()}
    assert said(frame) == wanted


@PANELS("Movement by room")
def _(town: Town, shown: Shown) -> None:
    step = step_of(shown.answer("A"))
    moved = defaultdict(set)
    for one in _heard(town, shown, "motion"):
        if one.value is True:
            moved[one.room].add((one.at - one.at % step) // MILLISECOND)
    assert {frame.name: set(said(frame)) for frame in shown.frames("A")} == moved
    assert all(value == 1 for frame in shown.frames("A") for value in said(frame).values())
    presence = {one.at // MILLISECOND: one.number + 2 for one in _heard(town, shown, "presence")}
    (frame,) = shown.frames("B")
    assert said(frame) == presence
    _hub(town, shown, "C")


def _raw(town: Town, shown: Shown, quantity: str, ref: str) -> None:
    wanted = defaultdict(dict)
    for one in _heard(town, shown, quantity):
        wanted[one.device][one.at // MILLISECOND] = one.number
    assert {device: said(frame) for device, frame in shown.answer(ref).by("device").items()} == wanted
    assert wanted


@PANELS("Doors")
def _(town: Town, shown: Shown) -> None:
    _raw(town, shown, "contact", "A")
    _hub(town, shown, "B")


@PANELS("Bed and chair")
def _(town: Town, shown: Shown) -> None:
    _raw(town, shown, "bed", "A")
    _raw(town, shown, "chair", "B")
    _hub(town, shown, "C")


@PANELS("Temperature by room")
def _(town: Town, shown: Shown) -> None:
    step = step_of(shown.answer("A"))
    rooms = defaultdict(list)
    for one in _heard(town, shown, "temperature"):
        rooms[one.room].append((one.at, one.number))
    wanted = {
        room: {at: pytest.approx(mean(values)) for at, values in binned(told, step).items()}
        for room, told in rooms.items()
    }
    assert {frame.name: said(frame) for frame in shown.frames()} == wanted


@PANELS("Door events")
def _(town: Town, shown: Shown) -> None:
    span = shown.range
    states: dict[str, float] = {}
    wanted = []
    for one in sorted(_home(town, shown).heard, key=lambda each: each.at):
        if one.quantity == "contact" and span.start <= one.at <= span.end:
            before = states.get(one.device)
            states[one.device] = one.number
            if before is not None and before != one.number:
                wanted.append((one.at // MILLISECOND, one.number - before, one.role, one.room))
    found = [(row["Time"], row["change"], row["role"], row["room"]) for row in shown.rows()]
    assert sorted(found) == sorted(wanted)
    assert {role for _, _, role, _ in found} >= {"front-door"}


# ------------------------------------------------------------------------------------------------ four weeks


@PANELS("Activity by hour and day")
def _(town: Town, shown: Shown) -> None:
    facts = town.facts("daily_activity", NOW - 29 * DAY, home=HOME)
    assert len(facts) >= 27
    assert [frame.name for frame in shown.frames()] == [f"from {name[1:]}:00" for name in reversed(_DAYS)]
    for name, frame in zip(reversed(_DAYS), shown.frames(), strict=True):
        assert said(frame) == {one.at // MILLISECOND: one.fields[name] for one in facts if name in one.fields}


@PANELS("The usual day")
def _(town: Town, shown: Shown) -> None:
    facts = town.facts("daily_activity", NOW - 29 * DAY, home=HOME)
    assert [frame.name for frame in shown.frames()] == [f"{name[1:]}:00" for name in _DAYS]
    for name, frame in zip(_DAYS, shown.frames(), strict=True):
        assert list(frame.values) == [median(one.fields[name] for one in facts if name in one.fields)]  # type: ignore[type-var]


@PANELS("The latest day")
def _(town: Town, shown: Shown) -> None:
    latest = town.facts("daily_activity", home=HOME)[-1]
    for name, frame in zip(_DAYS, shown.frames(), strict=True):
        assert frame.name == f"{name[1:]}:00"
        assert (frame.columns["Time"][-1], frame.values[-1]) == (latest.at // MILLISECOND, latest.fields.get(name))


@PANELS("Bathroom visits and nights up")
def _(town: Town, shown: Shown) -> None:
    facts = town.facts("daily", NOW - 29 * DAY, home=HOME)
    named = {"bathroom by night": "night_bathroom", "bathroom in all": "visits_bathroom", "up by night": "nights_up"}
    wanted = {name: {one.at // MILLISECOND: one.fields[field] for one in facts if field in one.fields}
              for name, field in named.items()}  # fmt: skip
    assert {frame.name: said(frame) for frame in shown.frames()} == wanted


# ------------------------------------------------------------------------------------------------ what can be relied on


@PANELS("What each rule could see")
def _(town: Town, shown: Shown) -> None:
    step, span = step_of(shown.answer("A")), shown.range
    told = defaultdict(list)
    for one in town.facts("rule_state", span.start, span.end, home=HOME):
        told[one.tags["rule"]].append((one.at, one.fields["state"]))
    wanted = {rule: {at: states[-1] for at, states in binned(each, step).items()} for rule, each in told.items()}
    assert {frame.name: said(frame) for frame in shown.frames()} == wanted


@PANELS("Rules now")
def _(town: Town, shown: Shown) -> None:
    rows = shown.table("rule")
    wanted = _home(town, shown).state_at(_LAST)
    assert {rule for (rule,) in rows} == set(wanted)
    for (rule,), row in rows.items():
        status = wanted[rule]
        assert row["state"] == status.state.value
        assert (row["blind"], row["degraded"]) == (row["state"] == "blind", row["state"] == "degraded")
        assert row["since_s"] == pytest.approx((_LAST - status.since) / SECOND)


@PANELS("Health of the devices")
def _(town: Town, shown: Shown) -> None:
    lived = _home(town, shown)
    rows = shown.table("device")
    assert set(rows) == {(one.address,) for one in lived.home.devices}
    for (device,), row in rows.items():
        fact = town.facts("device_state", home=HOME, device=device)[-1]
        assert fact.at > NOW - 3 * HOUR
        for name in ("silent", "stuck", "battery_low", "heard_s", "battery", "link_quality", "rssi", "model"):
            assert row[name] == fact.fields.get(name), (device, name)
        before = [one for one in lived.heard if one.device == device and one.at <= fact.at]
        heard = max(before, key=lambda one: one.at)
        assert row["heard_s"] == pytest.approx((fact.at - heard.at) / SECOND, abs=1)
        level = max((one for one in before if one.quantity == "battery"), key=lambda one: one.at)
        assert row["battery"] == level.number
