"""How much of the day each rule could see: told at 05:00, whatever happens to sensors, gateway and clock."""

from datetime import date

import pytest

from devices.instant import DAY, HOUR, MINUTE
from gateway.model import Fact, Rule, RuleState
from gateway.watch.coverage import Coverage, Shares
from tests.support.scenario import LivedHome

NOON = 1_768_000_000_000_000
ARMED, DEGRADED, BLIND, OFF = RuleState.ARMED, RuleState.DEGRADED, RuleState.BLIND, RuleState.OFF


def told(home: LivedHome, rule: str) -> list[Fact]:
    return [fact for fact in home.watch.facts if fact.measurement == "coverage" and fact.tags["rule"] == rule]


def hours(home: LivedHome, rule: str, day: int = -1) -> tuple[float, float, float]:
    """Armed, degraded and blind hours of a day of 24."""
    fields = told(home, rule)[day].fields
    armed, degraded, blind = (24 * float(fields[name]) for name in ("armed", "degraded", "blind"))
    return round(armed, 1), round(degraded, 1), round(blind, 1)


def lived(**options: object) -> LivedHome:
    """A home whose sensors have all been heard, at the beginning of a day."""
    home = LivedHome(rules=(Rule("inactivity"), Rule("door_open"), Rule("hazard")), **options)  # type: ignore[arg-type]
    return home.at("05:00").at("05:00", days=1)


def test_a_day_in_which_everything_worked():
    home = lived()
    home.watch.facts.clear()
    home.at("05:00", days=1)
    (fact,) = told(home, "inactivity")
    assert (fact.home, fact.tags, fact.fields) == (
        "ELM-12", {"rule": "inactivity"}, {"armed": 1.0, "degraded": 0.0, "blind": 0.0},
    )  # fmt: skip
    assert fact.at == home.now
    assert {fact.tags["rule"] for fact in home.watch.facts} == {"inactivity", "door_open", "hazard"}


def test_a_silent_hub_blinds_from_the_moment_it_is_missed():
    home = lived().at("10:00").falls_silent("hub").at("16:00").speaks_again("hub").at("05:00")
    assert hours(home, "inactivity") == (18.5, 0.0, 5.5), "the last beat was at 09:45, and 45 minutes are allowed"
    assert hours(home.at("05:00", days=1), "inactivity") == (24.0, 0.0, 0.0)


def test_a_silent_sensor_degrades_over_several_days():
    home = lived().at("08:00").falls_silent("kitchen-motion").at("05:00", days=5)
    assert hours(home, "inactivity", -2) == (0.0, 24.0, 0.0)
    assert hours(home, "door_open") == (24.0, 0.0, 0.0)


@pytest.mark.parametrize("when", ["12:00", "18:00", "04:59"])
def test_a_restart_changes_nothing(when: str):
    home = lived().at("10:00").falls_silent("hub").at("16:00").speaks_again("hub").at(when, days=when == "12:00")
    home.restarts().at("05:00")
    (fact,) = told(home, "inactivity")
    assert float(fact.fields["blind"]) * 24 == pytest.approx(0 if when == "12:00" else 5.5, abs=0.01)


def test_a_restart_while_blind():
    home = lived().at("10:00").falls_silent("hub").at("13:00").restarts().at("16:00").speaks_again("hub").at("05:00")
    assert hours(home, "inactivity") == (18.5, 0.0, 5.5)
    assert hours(home, "hazard") == (18.5, 0.0, 5.5)


def test_a_clock_that_was_put_back_or_forward():
    for by in (-3 * HOUR, 2 * HOUR, 400 * DAY):
        home = lived().at("10:00").falls_silent("hub").at("16:00").speaks_again("hub").after(5 * MINUTE)
        home.watch.step(by)
        fact = next(
            one for one in home.watch.coverage.close("ELM-12", None, home.now + by) if one.tags["rule"] == "hazard"
        )
        assert float(fact.fields["blind"]) * 665 == pytest.approx(320, abs=0.1), "10:45 to 16:05"


def test_time_in_which_the_gateway_did_not_run_was_seen_by_no_rule():
    home = lived().at("20:00")
    start, end = home.now, home.now + 12 * HOUR
    home.watch.gap(start, end)
    home.watch.advance(end)
    assert hours(home, "door_open") == (15.0, 0.0, 9.0), "the day ended within it"
    home.now = end
    assert hours(home.at("05:00"), "door_open") == (21.0, 0.0, 3.0)


def test_a_rule_that_is_configured_or_switched_off_in_the_day_counts_while_it_was_there():
    home = lived().at("11:00").falls_silent("hub").at("17:00")
    home.configured(Rule("inactivity"), Rule("not_up"))
    home.restarts().at("05:00")
    assert hours(home, "not_up") == (0.0, 0.0, 24.0), "all the time that it was there"
    assert round(float(told(home, "hazard")[-1].fields["blind"]) * 12, 2) == 5.25
    home.watch.facts.clear()
    home.at("05:00", days=1)
    assert not told(home, "hazard")


def test_a_rule_that_cannot_be_built_is_blind():
    home = lived()
    home.configured(Rule("inactivity", {"after": "never"})).at("05:00", days=1)
    assert hours(home, "inactivity", -1) == (0.0, 0.0, 24.0)


@pytest.mark.parametrize(("day", "length", "dark"), [(date(2026, 3, 27), 23, 4.25), (date(2026, 10, 23), 25, 6.25)])
def test_the_days_on_which_the_clocks_change_have_their_own_length(day: date, length: int, dark: float):
    home = lived(day=day).at("23:00").falls_silent("hub").at("05:00")
    assert told(home, "door_open")[-1].at == home.now
    assert float(told(home, "door_open")[-1].fields["blind"]) * length == pytest.approx(dark, abs=0.01)


def test_the_area_is_named():
    coverage = Coverage()
    coverage.changed("pendant", ARMED, NOON)
    (fact,) = coverage.close("ELM-12", "north", NOON + DAY)
    assert fact.tags == {"rule": "pendant", "area": "north"}


def test_only_what_was_not_armed_all_day_is_kept():
    coverage = Coverage()
    for rule in ("pendant", "hazard", "inactivity"):
        coverage.changed(rule, ARMED, NOON)
    assert coverage.to_state() == [NOON, {}]
    coverage.changed("hazard", BLIND, NOON + HOUR)
    coverage.changed("hazard", ARMED, NOON + 2 * HOUR)
    coverage.changed("pendant", OFF, NOON + 2 * HOUR)
    assert coverage.to_state() == [NOON, {"hazard": [0, HOUR, 0], "pendant": [0, 0, 0, NOON + 2 * HOUR]}]
    assert coverage.shares(NOON + 4 * HOUR) == {
        "pendant": Shares(1.0, 0.0, 0.0), "hazard": Shares(0.75, 0.0, 0.25), "inactivity": Shares(1.0, 0.0, 0.0),
    }  # fmt: skip


def test_degraded_time_in_a_gap_is_blind_time():
    coverage = Coverage()
    coverage.changed("inactivity", DEGRADED, NOON)
    coverage.gap(NOON + HOUR, NOON + 2 * HOUR)
    coverage.changed("inactivity", ARMED, NOON + 3 * HOUR)
    assert coverage.shares(NOON + 4 * HOUR)["inactivity"] == Shares(0.25, 0.5, 0.25)


def test_a_state_of_before_there_was_any_is_none():
    coverage = Coverage()
    coverage.changed("inactivity", BLIND, NOON)
    coverage.from_state(None, {"inactivity": (ARMED, NOON - DAY)})
    assert coverage.shares(NOON + HOUR)["inactivity"] == Shares(0.0, 0.0, 1.0)
