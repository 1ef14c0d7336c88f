"""What is told of each device: every hour, and at once when it changes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from devices.instant import DAY, HOUR, MINUTE, SECOND
from gateway.model import Directory, Fact, Flag, Home, Journaled, Reading, Rule
from gateway.watch.engine import Engine
from gateway.watch.home import HomeWatch
from tests.support.noted_home import NotedHome
from tests.support.scenario import DEVICES, device

KITCHEN = "kitchen-motion"


@pytest.fixture
def home() -> NotedHome:
    """A home whose devices have all been heard."""
    return NotedHome(rules=[Rule("pendant")]).at("03:00")  # type: ignore[return-value]


def told(home: NotedHome, name: str = KITCHEN) -> list[Fact]:
    return list(home.told("device_state", device=name))


def latest(home: NotedHome, name: str = KITCHEN) -> Mapping[str, float | str]:
    return told(home, name)[-1].fields


def since(home: NotedHome, then: int, name: str = KITCHEN) -> list[tuple[str, Mapping[str, float | str]]]:
    return [(home.wall(fact.at), fact.fields) for fact in told(home, name) if fact.at > then]


def test_every_device_is_told_every_hour(home: NotedHome):
    home.facts.clear()
    home.after(DAY)
    for one in DEVICES:
        times = [fact.at for fact in told(home, one.address)]
        assert len(times) == 24
        assert all(later - sooner == HOUR for sooner, later in pairwise(times))
    assert told(home, "front-door")[0].tags == {"room": "hall", "role": "front-door", "device": "front-door"}
    assert told(home, "pendant")[0].tags == {"role": "pendant", "device": "pendant"}


def test_a_healthy_device(home: NotedHome):
    home.says(KITCHEN, "battery", 87.0).says(KITCHEN, "rssi", -61.0).after(HOUR)
    fields = dict(latest(home))
    assert 0 <= float(fields.pop("heard_s")) <= 3600
    assert fields == {"silent": 0, "stuck": 0, "battery_low": 0, "battery": 87, "link_quality": 100, "rssi": -61}


def test_area_and_model_are_told(home: NotedHome):
    devices = tuple(replace(one, model="SNZB-03") for one in home.home.devices)
    home.is_registered_as(replace(home.home, area="north", devices=devices)).after(HOUR)
    assert told(home)[-1].tags["area"] == "north"
    assert latest(home)["model"] == "SNZB-03"


def test_a_device_that_falls_silent_is_told_at_once(home: NotedHome):
    then = home.now
    home.falls_silent(KITCHEN).at("03:10").says(KITCHEN, "online", False)
    assert since(home, then) == [("03:10", {**latest(home), "silent": 1})]
    home.at("03:20").says(KITCHEN, "online", True)
    assert since(home, then)[1:] == [("03:20", {**latest(home), "silent": 0})]


def test_one_that_says_nothing_for_days_is_told_at_the_moment_it_is_missed(home: NotedHome):
    home.falls_silent(KITCHEN)
    last = home.now
    home.after(4 * DAY)
    silent = [fact for fact in told(home) if fact.fields["silent"]]
    assert silent[0].at - last == 72 * HOUR
    assert silent[0].fields["heard_s"] == 72 * HOUR // SECOND


def test_without_its_hub_all_are_silent(home: NotedHome):
    then = home.now
    home.falls_silent("hub").after(46 * MINUTE)
    assert all(any(fields["silent"] for _, fields in since(home, then, one.address)) for one in DEVICES)


def test_a_stuck_device_is_told_at_once_and_is_not_silent(home: NotedHome):
    home.at("08:00").says(KITCHEN, "motion", True).says(KITCHEN, "motion", False).says(KITCHEN, "motion", True)
    then = home.now
    home.at("10:01")
    stuck = [(wall, fields["silent"]) for wall, fields in since(home, then) if fields["stuck"]]
    assert stuck[0] == ("10:00", 0)
    home.says(KITCHEN, "motion", False)
    assert (home.wall(told(home)[-1].at), latest(home)["stuck"]) == ("10:01", 0)


@pytest.mark.parametrize(("quantity", "low", "good"), [("battery", 15.0, 16.0), ("battery_low", True, False)])
def test_a_low_battery_is_told_at_once(home: NotedHome, quantity: str, low: float, good: float):
    home.says(KITCHEN, quantity, good)
    then = home.now
    home.at("03:10").says(KITCHEN, quantity, low).at("03:20").says(KITCHEN, quantity, low)
    assert [(wall, fields["battery_low"]) for wall, fields in since(home, then)] == [("03:10", 1)]
    home.at("03:25").says(KITCHEN, quantity, good)
    assert [(wall, fields["battery_low"]) for wall, fields in since(home, then)] == [("03:10", 1), ("03:25", 0)]


def test_a_restart_keeps_what_is_said_seldom_and_tells_no_change_twice(home: NotedHome):
    home.says(KITCHEN, "battery", 9.0).falls_silent("pendant").says("pendant", "online", False)
    home.facts.clear()
    home.restarts()
    assert home.facts == []
    home.after(HOUR)
    assert (latest(home)["battery"], latest(home)["battery_low"]) == (9, 1)
    assert latest(home, "pendant")["silent"] == 1
    assert len(told(home)) == 1


def test_one_that_was_never_heard_has_no_time(home: NotedHome):
    new = replace(device("new", "hall", None, "motion"), registered_at=home.now)
    home.is_registered_as(replace(home.home, devices=(*home.home.devices, new)))
    assert (home.wall(told(home, "new")[0].at), "heard_s" in latest(home, "new")) == ("03:00", False)
    home.says("new", "motion", True)
    assert (latest(home, "new")["silent"], latest(home, "new")["heard_s"]) == (0, 0)


def test_nothing_is_told_of_hours_in_which_we_did_not_run(home: NotedHome):
    home.facts.clear()
    home.watch.gap(home.now, home.now + 10 * HOUR)
    start, end = home.now, home.now + 10 * HOUR
    home.watch.advance(end)
    home._collect()
    assert [fact for fact in home.told("device_state") if start < fact.at < end] == []
    home.now = end
    assert 0 <= told(home.after(10 * MINUTE))[-1].at - end <= 10 * MINUTE


def test_homes_are_spread_over_the_hour_and_none_is_looked_at_between():
    homes = [Home(f"ELM-{number}", "Europe/London") for number in range(600)]
    moments = [HomeWatch(one, DAY, for_dashboards=True).next_due() or 0 for one in homes]
    assert max(sum(at // MINUTE == minute for at in moments) for minute in {at // MINUTE for at in moments}) < 30
    assert all(DAY < at <= DAY + HOUR for at in moments)


def test_where_nobody_reads_them_none_are_written():
    home = NotedHome(rules=[Rule("pendant")], day=date(2026, 1, 13))
    quiet = HomeWatch(home.home, home.now)
    at = home.now + HOUR
    quiet.take(Journaled(0, Reading("ELM-12", "hub", KITCHEN, "kitchen", None, "battery", 3.0, at, at)))
    quiet.advance(home.now + 3 * DAY)
    assert {fact.measurement for fact in quiet.facts} == {"coverage"}


def test_the_engine_writes_them():
    lived = NotedHome(rules=[Rule("pendant")])
    engine = Engine()
    engine.update(Directory((lived.home,)), lived.now)
    engine.tick(lived.now + HOUR)
    assert {fact.measurement for fact in engine.collect().facts} == {"device_state"}


def test_a_retained_battery_is_the_latest_known(home: NotedHome):
    home.says(KITCHEN, "battery", 12.0, flags=Flag.RETAINED)
    assert (latest(home)["battery"], latest(home)["battery_low"]) == (12, 1)
