"""Which parts stand still, and what follows from it."""

from dataclasses import replace
from typing import Any

import pytest

from devices.instant import MINUTE, SECOND
from gateway.oversight.progress import HUNG_AFTER_S, LIMITS_S, Progress, Signs

NOON = 1_768_219_200 * SECOND
WELL = Signs(
    connected=True, broker_problem=None, journal_problem=None, database_problem=None, pending=0, durable=10,
    journal_end=10, watched=10, tries=0, overdue_s=None, sent=3,
)  # fmt: skip
AWAY = {"connected": False, "broker_problem": "connection refused."}


def stands(seconds: float, **signs: Any) -> Progress:
    """All was well, then this is so for some seconds, looked at every 5 s."""
    progress = Progress()
    progress.look(WELL, 0)
    at = 5.0
    while at <= 5 + seconds:
        progress.look(replace(WELL, **signs), at)
        at += 5
    return progress


@pytest.mark.parametrize(
    ("name", "signs", "words"),
    [
        ("broker", AWAY, "has not been reached for {}, so nothing is heard from any home (connection refused)."),
        ("journal", {"journal_problem": "disk full"}, "have not been taken in for {}"),
        ("journal", {"pending": 4}, "have not been taken in for {}"),
        ("rules", {"journal_end": 11}, "taken in no reading for {}"),
        ("database", {"database_problem": "it does not answer"}, "has not answered for {}"),
        ("messages", {"overdue_s": 0.0}, "none has gone out for {}"),
    ],
)
def test_a_part_that_stands_still_beyond_its_limit_is_named_and_relied_on_no_more(
    name: str, signs: dict[str, Any], words: str
) -> None:
    limit = LIMITS_S[name]
    progress = stands(limit, **signs)
    assert progress.not_working(5 + limit) == []
    assert progress.troubles(5 + limit, NOON) == []
    at = 5 + limit + 60
    minutes = f"{int(limit + 60) // 60} min"
    (sentence,) = progress.not_working(at)
    assert words.format(minutes) in sentence
    (trouble,) = progress.troubles(at, NOON)
    assert (trouble.rule, trouble.subject, trouble.passing) == ("gateway", name, True)
    assert trouble.since == NOON - int(limit + 60) * SECOND
    progress.look(replace(WELL, durable=11, watched=11, journal_end=11), at + 5)
    assert progress.not_working(at + 600) == []


def test_slow_is_not_standing_still() -> None:
    progress = Progress()
    for turn in range(200):
        progress.look(
            replace(WELL, pending=500, durable=turn, journal_end=10_000, watched=turn, overdue_s=300.0, sent=turn),
            turn * 5,
        )
    assert progress.not_working(1_000) == []
    assert not progress.hung(1_000)


def test_a_call_for_help_that_nothing_followed_out_of_the_door_counts_from_when_it_was_written() -> None:
    progress = Progress()
    progress.look(WELL, 0)
    progress.look(replace(WELL, sent=4), 60)
    progress.look(replace(WELL, sent=4), 300)
    progress.look(replace(WELL, sent=4, overdue_s=100.0), 305)
    assert progress.not_working(320) == []
    assert "for 2 min" in progress.not_working(326)[0]
    progress.look(replace(WELL, sent=5, overdue_s=200.0), 405)
    assert progress.not_working(406) == []
    progress.look(replace(WELL, sent=5, overdue_s=205.0), 410)
    assert progress.not_working(525) == [], "one went out at 405"
    assert progress.not_working(526)


def test_a_broker_that_is_away_a_full_disk_and_a_database_that_refuses_are_nothing_that_a_new_start_would_mend() -> (
    None
):
    long = 20 * MINUTE / SECOND
    for signs in (AWAY, {"journal_problem": "disk full", "pending": 9}, {"database_problem": "locked"}):
        progress = stands(long, **signs)
        assert progress.not_working(long)
        assert not progress.hung(long + 5)


def test_rules_that_stand_still_without_even_failing_hang() -> None:
    progress = stands(HUNG_AFTER_S, journal_end=11)
    assert not progress.hung(5 + HUNG_AFTER_S)
    assert progress.hung(10 + HUNG_AFTER_S)


def test_rules_whose_conclusions_cannot_be_written_do_not_hang() -> None:
    progress = Progress()
    for turn in range(100):
        progress.look(replace(WELL, journal_end=11, tries=turn), turn * 5)
    assert progress.not_working(500)
    assert not progress.hung(500)


def test_when_nobody_looks_any_more_the_gateway_hangs() -> None:
    assert not stands(10).hung(15 + HUNG_AFTER_S)
    assert stands(10).hung(16 + HUNG_AFTER_S)
    assert not Progress().hung(1_000), "before the first look it is starting"
