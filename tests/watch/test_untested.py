"""Nobody has tested the alerts of a home, lived through in virtual time."""

from dataclasses import replace

from devices.instant import DAY, HOUR
from gateway.model import Rule
from tests.support.scenario import LivedHome


def watched(*, tested: int | None = None) -> LivedHome:
    home = LivedHome(rules=[Rule("untested")])
    return home if tested is None else is_tested(home, ago=tested)


def is_tested(home: LivedHome, *, ago: int = 0) -> LivedHome:
    home.home = replace(home.home, tested_at=home.now - ago)
    home.watch.update(home.home, home.now)
    return home.after(0)


def test_a_home_that_was_never_tested_is_told_of_after_35_days():
    home = watched().after(35 * DAY - HOUR)
    assert home.alerts("untested") == []
    home.after(2 * HOUR)
    (alert,) = home.alerts("untested")
    assert (alert.priority, alert.concerns, alert.subject) == (4, "equipment", None)
    assert "Nobody has sent a test alert here since" in alert.explanation
    home.after(60 * DAY)
    assert len(home.alerts("untested")) == 1


def test_35_days_after_the_last_test():
    home = watched(tested=30 * DAY).after(6 * DAY)
    (alert,) = home.alerts("untested")
    assert "The last test alert that went well" in alert.explanation
    assert alert.evidence.details["tested_at"].startswith("2025-12-14")


def test_a_test_clears_it_and_counts_anew():
    home = is_tested(watched().after(36 * DAY))
    (over,) = home.cleared("untested")
    assert over.at == home.now
    home.after(36 * DAY)
    assert len(home.alerts("untested")) == 2


def test_who_tests_each_month_never_hears_of_it():
    home = watched()
    for _ in range(6):
        is_tested(home.after(30 * DAY))
    assert home.alerts("untested") == home.cleared("untested") == []


def test_it_is_remembered_over_a_restart_and_a_clock_that_is_put_forward():
    home = watched(tested=30 * DAY).after(4 * DAY).restarts().after(2 * DAY).restarts().after(DAY)
    assert len(home.alerts("untested")) == 1
    home.watch.step(-HOUR)
    home.now -= HOUR
    home.after(DAY)
    assert (len(home.alerts("untested")), home.cleared("untested")) == (1, [])
    is_tested(home)
    assert len(home.cleared("untested")) == 1


def test_a_test_that_was_done_before_the_home_was_watched_here_is_no_news():
    home = watched(tested=50 * DAY)
    assert len(home.alerts("untested")) == 1
    assert home.after(DAY).cleared("untested") == []
