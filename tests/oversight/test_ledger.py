"""Which troubles are told, and when they are over."""

from collections.abc import Sequence

from devices.instant import HOUR, MINUTE, SECOND, Instant
from gateway.model import Trouble, Verdict
from gateway.oversight.ledger import AFTER_A_START, RESTS, Ledger, compare, resumed

NOON = 1_768_219_200 * SECOND


def trouble(subject: str = "disk", *, since: Instant = NOON, priority: int = 2, passing: bool = True) -> Trouble:
    return Trouble("gateway", subject, f"Trouble with {subject}.", since, priority=priority, passing=passing)  # type: ignore[arg-type]


class Listener:
    """Looks every 5 s, as the gateway does, and hears what is told."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        self.ledger: Ledger = ledger or {}
        self.now = NOON

    def looks(self, *named: Trouble, seconds: float = 5) -> list[str]:
        heard: list[str] = []
        end = self.now + int(seconds * SECOND)
        while self.now < end:
            self.ledger, verdicts = compare(self.ledger, named, self.now)
            heard += _words(verdicts)
            self.now += 5 * SECOND
        return heard


def _words(verdicts: Sequence[Verdict]) -> list[str]:
    return [f"{verdict.kind} {verdict.subject}" for verdict in verdicts]


def test_a_trouble_is_told_once_however_long_it_lasts() -> None:
    operator = Listener()
    assert operator.looks(trouble(), seconds=3600) == ["trigger disk"]


def test_it_is_over_when_it_has_stayed_away_for_five_minutes() -> None:
    operator = Listener()
    operator.looks(trouble())
    assert operator.looks(seconds=299) == []
    assert operator.looks(seconds=10) == ["clear disk"]
    assert operator.looks(seconds=3600) == []
    assert operator.looks(trouble(since=operator.now)) == ["trigger disk"]


def test_one_that_comes_and_goes_every_few_seconds_is_one_alert() -> None:
    operator = Listener()
    heard = []
    for _ in range(60):
        heard += operator.looks(trouble(since=operator.now), seconds=5) + operator.looks(seconds=20)
    assert heard == ["trigger disk"]


def test_one_that_grows_more_urgent_is_told_again() -> None:
    operator = Listener()
    operator.looks(trouble())
    assert operator.looks(trouble(priority=1), seconds=600) == ["trigger disk"]
    assert operator.looks(trouble(priority=2), seconds=600) == []


def test_what_happened_once_is_never_over_by_itself() -> None:
    operator = Listener()
    operator.looks(trouble("clock", passing=False))
    assert operator.looks(seconds=7200) == []


def test_what_happens_once_more_is_told_again_but_not_every_few_seconds() -> None:
    operator = Listener()
    heard = []
    for _ in range(120):
        heard += operator.looks(trouble("verdict", since=operator.now, passing=False))
    assert heard == ["trigger verdict"] * 2, "in ten minutes"


def test_where_two_parts_name_the_same_the_more_urgent_counts() -> None:
    _, verdicts = compare({}, [trouble(), trouble(priority=1)], NOON)
    assert [verdict.priority for verdict in verdicts] == [1]


def test_a_verdict_says_of_what_it_is_and_that_it_is_about_equipment() -> None:
    flood = Trouble("flood", "zigbee2mqtt:0x01", "It sends 5,000 messages a second.", NOON, home="ELM-12", priority=3)
    _, (verdict,) = compare({}, [flood], NOON + MINUTE)
    assert (verdict.home, verdict.rule, verdict.subject) == ("ELM-12", "flood", "zigbee2mqtt:0x01")
    assert (verdict.concerns, verdict.priority, verdict.at) == ("equipment", 3, NOON)
    assert verdict.explanation == "It sends 5,000 messages a second."


# ------------------------------------------------------------------------------------------------ restarts


def after_a_restart(*, passing: bool = True, over: bool = False, since: Instant = NOON - HOUR) -> Listener:
    concern = ("gateway", "gateway", "disk")
    return Listener(resumed([(concern, 2, since, since, passing)], [concern] if over else [], NOON))


def test_after_a_restart_a_trouble_that_goes_on_calls_nobody_again() -> None:
    assert after_a_restart().looks(trouble(), seconds=3600) == []


def test_after_a_restart_one_that_is_gone_is_over_within_a_minute() -> None:
    operator = after_a_restart()
    assert AFTER_A_START < RESTS
    assert operator.looks(seconds=60) == []
    assert operator.looks(seconds=5) == ["clear disk"]


def test_after_a_restart_one_whose_alert_was_over_is_told_anew() -> None:
    assert after_a_restart(over=True).looks(trouble()) == ["trigger disk"]


def test_after_a_restart_what_happened_once_is_neither_over_nor_told_again() -> None:
    for over in (False, True):
        assert after_a_restart(passing=False, over=over).looks(seconds=3600) == []
        assert after_a_restart(passing=False, over=over).looks(trouble(since=NOON - HOUR, passing=False)) == []
