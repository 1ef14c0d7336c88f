"""Times and durations as people say them."""

from zoneinfo import ZoneInfo

import pytest

from devices.instant import DAY, HOUR, MINUTE, SECOND, parse_rfc3339
from gateway.saying import clock_time, duration, parse_duration

NOW = parse_rfc3339("2026-01-12T10:00:00Z") or 0


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (0, "10:00"),
        (11 * HOUR, "23:00 yesterday"),
        (3 * DAY, "10:00 on Friday"),
        (9 * DAY, "10:00 on 3 January"),
        (20 * DAY, "10:00 on 23 December 2025"),
    ],
)
def test_a_time_is_told_with_its_day_where_that_is_not_today(ago: int, words: str):
    assert clock_time(NOW - ago, NOW, ZoneInfo("Europe/London")) == words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (20 * SECOND, "20 s"),
        (14 * MINUTE, "14 min"),
        (3 * HOUR, "3 h"),
        (3 * HOUR + MINUTE, "3 h 1 min"),
        (3 * DAY, "3 days"),
        (2 * DAY + 5 * HOUR, "2 days 5 h"),
    ],
)
def test_a_duration_is_told_in_the_units_that_fit(span: int, words: str):
    assert duration(span) == words


@pytest.mark.parametrize("text", ["soon", "", "-1 s", "inf", float("inf"), float("nan"), -1, True, None, "5 parsecs"])
def test_what_is_no_duration_is_refused_with_the_forms(text: object):
    with pytest.raises(ValueError, match='write "30 s", "45 min"'):
        parse_duration(text)
