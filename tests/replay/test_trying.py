"""A candidate setting beside the present one on what the home recorded; what a restart and silence mean there."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from devices.instant import DAY, HOUR, MINUTE, Instant, rfc3339
from gateway.errors import BadInput
from gateway.model import HUB_DEVICE, Device, Flag, Home, Hub, Journaled, Point, Reading, Rule
from gateway.recorder.memory import MemoryStore
from gateway.replay.comparing import Comparison, compared
from gateway.replay.recorded import Recorded
from gateway.replay.relearn import relearn
from gateway.replay.report import Report, alerts_of
from gateway.replay.trying import candidate, try_rule
from gateway.watch.home import HomeWatch
from gateway.watch.pack import DEFAULT_PACK, rules_of
from tests.support.history import at, healthy, life, noon, plain_home, recorded, said

INACTIVITY = (Rule("inactivity", {"after": "2 h"}), Rule("hub_silent"), Rule("sensor_silent"))


async def store_of(*points: Iterable[Point]) -> MemoryStore:
    store = MemoryStore()
    for some in points:
        await store.write(list(some))
    return store


async def tried(
    store: MemoryStore, home: Home, rule: str = "inactivity", *, end: Instant, days: float = 2, **settings: object
) -> Comparison:
    change = candidate(home, rule, settings or {"after": "3 h"})
    return compared(change, *await try_rule(Recorded(store, home, "keepwell"), home, change, end, days))


def raised(report: Report, rule: str) -> list[str]:
    return [rfc3339(alert.verdict.at)[5:16] for alert in report.of(rule)]


def without(readings: Iterable[Reading], start: Instant, end: Instant, *, beats: bool) -> list[Reading]:
    """Nothing happened between these; the hub went on beating, or not."""
    return [one for one in readings if not start + MINUTE < one.at < end or (beats and one.device == HUB_DEVICE)]


# ------------------------------------------------------------------------------------------------ what differs


async def test_a_longer_limit_raises_later_and_less():
    home = plain_home(rules=INACTIVITY)
    lives = without(life(range(4)), at(2, "10:00"), at(2, "12:30"), beats=True)
    lives = without(lives, at(3, "14:00"), at(3, "18:00"), beats=True)
    found = await tried(await store_of(recorded(lives)), home, end=at(4, "00:00"))
    assert raised(found.present, "inactivity") == ["01-14T12:00", "01-15T16:00"]
    assert raised(found.candidate, "inactivity") == ["01-15T17:00"]
    assert [rfc3339(one.verdict.at)[5:16] for one in found.only_present] == ["01-14T12:00"]
    assert found.only_candidate == ()
    assert [one.by for one in found.moved] == [HOUR]
    assert found.present.days == 2.0
    assert found.present.readings == sum(at(2, "00:00") <= one.at < at(4, "00:00") for one in lives)
    whole = found.to_json(1.0)
    assert (whole["present"]["alerts"], whole["candidate"]["alerts"]) == (2, 1)
    assert whole["candidate"]["per_week"] == 3.5
    assert whole["candidate"]["parameters"] == {"after": "3 h"}
    assert whole["present"]["first"][0]["explanation"]
    assert whole["moved"][0]["by_s"] == 3600.0
    assert whole["per_week"]["inactivity"] == {"present": 7.0, "candidate": 3.5}


async def test_a_rule_that_the_home_does_not_have_is_new():
    home = plain_home(rules=(Rule("hub_silent"),))
    lives = without(life(range(3)), at(2, "10:00"), at(2, "12:30"), beats=True)
    found = await tried(await store_of(recorded(lives)), home, end=at(3, "00:00"), after="2 h")
    assert found.tried.present is None
    assert raised(found.candidate, "inactivity") == ["01-14T12:00"]
    assert found.to_json(0.0)["present"] is None
    assert [one.type for one in found.tried.home.rules] == ["hub_silent", "inactivity"]


async def test_what_was_raised_before_and_is_not_over_is_no_new_alert():
    home = plain_home(rules=INACTIVITY)
    lives = without(life(range(4)), at(1, "21:00"), at(2, "12:00"), beats=True)
    store = await store_of(recorded([*lives, said("x:pendant", "button", "press", at(1, "23:00"))]))
    found = await tried(store, replace(home, rules=(*INACTIVITY, Rule("pendant"))), end=at(3, "00:00"), days=1)
    assert found.present.of("pendant") == []


async def test_the_present_setting_is_tried_in_vain():
    home = plain_home(rules=INACTIVITY)
    with pytest.raises(BadInput, match="that is how inactivity is set now"):
        candidate(home, "inactivity", {"after": "120 min"})
    with pytest.raises(BadInput, match="there is no rule type"):
        candidate(home, "inactivty", {})
    with pytest.raises(BadInput, match=r"its parameters are .*after"):
        candidate(home, "inactivity", {"afer": "3 h"})


def test_a_setting_changes_what_it_names_and_keeps_the_rest_of_the_pack():
    home = plain_home()
    change = candidate(home, "temperature", {"low": 17.5})
    assert change.home.pack == DEFAULT_PACK
    assert len(rules_of(change.home)) == len(rules_of(home))
    assert change.own == Rule("temperature", {"low": 17.5})
    back = candidate(change.home, "temperature", {"low": None})
    assert rules_of(back.home) == rules_of(home)


def test_a_rule_that_was_off_is_tried_as_on():
    home = plain_home(rules=(Rule("inactivity", {"enabled": False, "after": "4 h"}),), pack=DEFAULT_PACK)
    change = candidate(home, "inactivity", {})
    assert change.rule.parameters["enabled"] is True
    assert change.rule.parameters["after"] == "4 h"
    assert candidate(change.home, "inactivity", {"enabled": False}).rule.parameters["enabled"] is False


async def test_nothing_recorded_is_said():
    with pytest.raises(BadInput, match="nothing is recorded of ELM-12 in the last 2 days"):
        await tried(MemoryStore(), plain_home(rules=INACTIVITY), end=at(3, "00:00"))
    old = await store_of(recorded(life(range(2))))
    with pytest.raises(BadInput, match="nothing is recorded"):
        await tried(old, plain_home(rules=INACTIVITY), end=at(20, "00:00"))


async def test_a_shorter_history_is_tried_as_far_as_it_goes():
    store = await store_of(recorded(life(range(3))))
    found = await tried(store, plain_home(rules=INACTIVITY), end=at(3, "00:00"), days=28)
    assert found.present.days == 3.0
    assert found.present.learned_days == 0


async def test_the_mode_of_today_says_nothing_about_then():
    lives = without(life(range(3)), at(2, "10:00"), at(2, "12:30"), beats=True)
    store = await store_of(recorded(lives))
    found = await tried(store, plain_home(rules=INACTIVITY, mode="away"), end=at(3, "00:00"), days=1)
    assert raised(found.present, "inactivity") == ["01-14T12:00"]


# ------------------------------------------------------------------------------------------------ as it was live


async def test_the_replay_raises_what_was_raised_live():
    home = plain_home(noon(-1), rules=(*INACTIVITY, Rule("not_up"), Rule("pendant"), Rule("door_open")))
    lives = without(life(range(5)), at(2, "10:00"), at(2, "13:00"), beats=True)
    lives = without(lives, at(3, "06:00"), at(3, "12:00"), beats=False)
    lives += [
        said("x:door", "contact", True, at(1, "15:00"), Flag.MOMENTARY),
        said("x:hall", "motion", True, at(1, "15:05")),
        said("x:hall", "motion", False, at(1, "15:06")),
        said("x:kitchen", "motion", True, at(1, "15:08")),
        said("x:kitchen", "motion", False, at(1, "15:09")),
        said("x:pendant", "button", "press", at(1, "16:00")),
        said("x:pendant", "button", "press", at(2, "09:00"), Flag.LATE, received_at=at(2, "09:40")),
        said("x:pendant", "button", "press", at(3, "20:00"), Flag.QUEUED, since=at(3, "19:00")),
        said("x:kitchen", "motion", True, at(2, "11:00"), Flag.REPLAYED),
        said("x:living", "motion", True, at(2, "10:20"), Flag.LATE, received_at=at(2, "12:20")),
    ]
    lives.sort(key=lambda one: one.received_at)
    watch = HomeWatch(home, lives[0].received_at)
    for number, one in enumerate(lives):
        device = next((d for d in home.devices if d.address == one.device), Device("hub", HUB_DEVICE))
        watch.take(Journaled(number, replace(one, room=device.room, role=device.role)))
    watch.advance(at(5, "00:00"))
    live = [(alert.verdict.rule, alert.verdict.at, alert.cleared_at) for alert in alerts_of(watch.verdicts)]
    assert {rule for rule, _, _ in live} >= {"pendant", "inactivity", "hub_silent"}

    found = await tried(await store_of(recorded(lives)), home, end=at(5, "00:00"), days=28, after="5 h")
    assert [(one.verdict.rule, one.verdict.at, one.cleared_at) for one in found.present.alerts] == live
    assert "It reached us" in " ".join(one.verdict.explanation for one in found.present.of("pendant"))


async def test_a_silent_hub_is_silence_and_blinds():
    home = plain_home(rules=INACTIVITY)
    lives = without(life(range(4)), at(2, "10:00"), at(2, "18:00"), beats=False)
    found = await tried(
        await store_of(recorded(lives), healthy(at(2, "00:00"), at(4, "00:00"))), home, end=at(4, "00:00")
    )
    assert raised(found.present, "hub_silent") == ["01-14T10:45"]
    assert raised(found.present, "inactivity") == [], "silence of the equipment is not a person who fell silent"
    assert math.isclose(found.present.shares["inactivity"].blind, 7.25 / 48, abs_tol=0.001)


async def test_time_in_which_the_gateway_did_not_run_is_nobodys_silence():
    home = plain_home(rules=INACTIVITY)
    lives = without(life(range(4)), at(2, "10:00"), at(2, "18:00"), beats=False)
    health = [*healthy(at(1, "00:00"), at(2, "10:10")), *healthy(at(2, "17:59"), at(4, "00:00"))]
    found = await tried(await store_of(recorded(lives), health), home, end=at(4, "00:00"))
    assert found.present.alerts == []
    assert math.isclose(found.present.shares["inactivity"].blind, (7 + 49 / 60) / 48, abs_tol=0.001)


async def test_a_gateway_of_another_name_says_nothing_about_ours():
    home = plain_home(rules=INACTIVITY)
    lives = without(life(range(4)), at(2, "10:00"), at(2, "18:00"), beats=False)
    health = healthy(at(2, "09:00"), at(2, "10:10"), "another")
    found = await tried(await store_of(recorded(lives), health), home, end=at(4, "00:00"))
    assert raised(found.present, "hub_silent") == ["01-14T10:45"]


async def test_the_end_of_the_history_is_a_gap_too():
    home = plain_home(rules=INACTIVITY)
    lives = list(life(range(3)))
    health = healthy(at(2, "23:00"), at(2, "23:50"))
    assert (await tried(await store_of(recorded(lives), health), home, end=at(4, "00:00"))).present.alerts == []


# ------------------------------------------------------------------------------------------------ devices


async def test_a_sensor_is_not_missed_before_it_was_registered():
    late = replace(plain_home().devices[0], address="x:new", registered_at=at(8, "12:00"))
    home = plain_home(rules=INACTIVITY)
    home = replace(home, devices=(*home.devices, late))
    lives = [*life(range(10)), *(said("x:new", "motion", False, at(day, "12:01")) for day in (8, 9))]
    found = await tried(await store_of(recorded(lives)), home, end=at(10, "00:00"), days=9)
    assert found.present.of("sensor_silent") == []
    assert found.present.shares["inactivity"].degraded < 0.01


async def test_a_sensor_that_was_registered_anew_is_there_from_its_first_word():
    home = plain_home(at(2, "00:00"), rules=INACTIVITY)
    lives = without(life(range(3)), at(1, "10:00"), at(1, "12:30"), beats=True)
    found = await tried(await store_of(recorded(lives)), home, end=at(3, "00:00"), days=3)
    assert raised(found.present, "inactivity") == ["01-13T12:00"]


async def test_a_device_that_is_gone_is_counted_and_left_out():
    store = await store_of(recorded([*life(range(2)), said("x:attic", "motion", True, noon(1))]))
    found = await tried(store, plain_home(rules=INACTIVITY), end=at(2, "00:00"))
    assert found.present.unregistered == {"x:attic": 1}


async def test_a_hub_that_plays_a_recording_is_late_by_nature():
    home = plain_home(rules=INACTIVITY, hubs=(Hub("hub", replay=True),))
    lives = without(life(range(3)), at(2, "10:00"), at(2, "12:30"), beats=True)
    lives = [replace(one, flags=Flag.LATE, received_at=one.at + 400 * DAY) for one in lives]
    found = await tried(await store_of(recorded(lives)), home, end=at(3, "00:00"), days=1)
    assert raised(found.present, "inactivity") == ["01-14T12:00"]


# ------------------------------------------------------------------------------------------------ learning


async def test_the_days_before_have_taught_what_is_usual():
    store = await store_of(recorded(life(range(30), beat=HOUR // 2)))
    found = await tried(store, plain_home(rules=INACTIVITY), end=at(30, "00:00"), days=5)
    assert found.present.learned_days >= 14


async def test_what_was_learned_is_learned_again():
    lives = sorted(life(range(30), beat=HOUR // 2), key=lambda one: one.at)
    home = plain_home(noon(-1), rules=INACTIVITY)
    watch = HomeWatch(home, lives[0].at)
    for one in lives:
        device = next((d for d in home.devices if d.address == one.device), Device("hub", HUB_DEVICE))
        watch.take(Journaled(0, replace(one, room=device.room, role=device.role)))
    watch.advance(at(30, "00:00"))
    again = await relearn(await store_of(recorded(lives)), home, at(30, "00:00"), "keepwell")
    assert again is not None
    assert again.days == watch.view.routine.days >= 14
    assert again.data == watch.view.routine.save()
    assert await relearn(MemoryStore(), home, at(30, "00:00"), "keepwell") is None


def orders(found: Sequence[Reading]) -> list[Instant]:
    return [one.received_at for one in found]


async def test_late_readings_come_when_they_reached_us_even_on_another_day():
    late = said("x:hall", "motion", True, at(0, "23:00"), Flag.LATE, received_at=at(1, "09:10"))
    store = await store_of(recorded([*life(range(2)), late]))
    heard = [one async for one in Recorded(store, plain_home(), "keepwell").heard(at(0, "00:00"), at(2, "00:00"))]
    readings = [one for one in heard if isinstance(one, Reading)]
    assert orders(readings) == sorted(orders(readings))
    place = next(number for number, one in enumerate(readings) if one.flags & Flag.LATE)
    assert readings[place - 1].at <= at(1, "09:10") <= readings[place + 1].at + MINUTE
