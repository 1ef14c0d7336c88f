from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.instant import HOUR, MINUTE, SECOND, parse_rfc3339, rfc3339
from gateway.localtime import (
    Window,
    at_local,
    local_date,
    local_instant,
    local_time,
    next_local,
    parse_wall,
    parse_window,
    within,
)

LISBON = ZoneInfo("Europe/Lisbon")  # forward 2026-03-29 01:00 -> 02:00, back 2026-10-25 02:00 -> 01:00
PACIFIC = ZoneInfo("America/Los_Angeles")
INSTANTS = st.integers(min_value=1_000_000_000, max_value=2_000_000_000).map(lambda seconds: seconds * SECOND)
WALLS = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def utc(text: str) -> int:
    instant = parse_rfc3339(text)
    assert instant is not None
    return instant


def test_text_without_offset_is_the_homes_local_time():
    assert local_instant("2012-07-18 01:00:00.5", PACIFIC) == utc("2012-07-18T08:00:00.5Z")
    assert local_instant("2012-07-18T01:00:00Z", PACIFIC) == utc("2012-07-18T01:00:00Z")
    assert local_instant("2012-07-18T01:00:00+02:00", PACIFIC) == utc("2012-07-17T23:00:00Z")


def test_text_that_is_no_time_says_how_to_write_one():
    with pytest.raises(ValueError, match="2026-01-05T08:30:00"):
        local_instant("yesterday", PACIFIC)
    for text in ("0001-01-01T00:00:00", "9999-12-31T23:59:59"):
        with pytest.raises(ValueError, match="not a time"):
            local_instant(text, PACIFIC)


def test_the_repeated_hour_is_the_first_one_unless_that_goes_back_in_time():
    first, second = utc("2026-10-25T00:30:00Z"), utc("2026-10-25T01:30:00Z")
    assert local_instant("2026-10-25T01:30:00", LISBON) == first
    assert local_instant("2026-10-25T01:30:00", LISBON, not_before=first) == first
    assert local_instant("2026-10-25T01:30:00", LISBON, not_before=first + SECOND) == first, "slightly out of order"
    assert local_instant("2026-10-25T01:30:00", LISBON, not_before=first + 20 * MINUTE) == second
    assert local_instant("2026-10-25T12:00:00", LISBON, not_before=utc("2027-01-01T00:00:00Z")) == utc(
        "2026-10-25T12:00:00Z"
    )


def test_a_file_in_order_of_time_stays_in_order_through_the_repeated_hour():
    rows = ["00:58", "01:10", "01:50", "01:05", "01:55", "02:05"]
    before = None
    read = []
    for row in rows:
        before = local_instant(f"2026-10-25T{row}:00", LISBON, before)
        read.append(before)
    assert read == sorted(read)
    assert read[-1] - read[0] == 2 * HOUR + 7 * MINUTE


def test_a_wall_time_that_never_occurs_is_moved_forward():
    assert rfc3339(local_instant("2026-03-29T01:30:00", LISBON)) == "2026-03-29T01:30:00Z"
    assert local_time(at_local(date(2026, 3, 29), time(1, 30), LISBON), LISBON) == time(2, 30)
    late = utc("2026-06-01T00:00:00Z")
    assert local_instant("2026-03-29T01:30:00", LISBON, not_before=late) == utc("2026-03-29T01:30:00Z")


def test_days_that_change_the_clocks_have_23_and_25_hours():
    def length(day: date) -> int:
        return at_local(date.fromordinal(day.toordinal() + 1), time(), LISBON) - at_local(day, time(), LISBON)

    assert length(date(2026, 3, 29)) == 23 * HOUR
    assert length(date(2026, 10, 25)) == 25 * HOUR
    assert length(date(2026, 7, 1)) == 24 * HOUR


def test_next_local_steps_over_both_changes():
    assert next_local(utc("2026-03-28T09:30:00Z"), LISBON, time(10, 30)) == utc("2026-03-28T10:30:00Z")
    assert next_local(utc("2026-03-28T10:30:00Z"), LISBON, time(10, 30)) == utc("2026-03-29T09:30:00Z")
    assert next_local(utc("2026-03-29T00:10:00Z"), LISBON, time(1, 30)) == utc("2026-03-29T01:30:00Z")
    assert next_local(utc("2026-10-25T00:30:00Z"), LISBON, time(1, 30)) == utc("2026-10-25T01:30:00Z")
    assert next_local(utc("2026-10-25T01:30:00Z"), LISBON, time(1, 30)) == utc("2026-10-26T01:30:00Z")


@given(INSTANTS, WALLS, st.sampled_from([LISBON, PACIFIC, ZoneInfo("Australia/Lord_Howe")]))
def test_next_local_is_later_within_a_long_day_and_shows_that_time(instant: int, wall: time, zone: ZoneInfo):
    found = next_local(instant, zone, wall)
    assert instant < found <= instant + 26 * HOUR
    if local_time(found, zone) != wall:  # only in the hour that the clocks skip
        assert local_time(at_local(local_date(found, zone), wall, zone), zone) != wall


@given(INSTANTS)
def test_local_text_reads_back(instant: int):
    text = f"{local_date(instant, LISBON)}T{local_time(instant, LISBON)}"
    assert local_instant(text, LISBON, not_before=instant) == instant


def test_windows_may_cross_midnight():
    night = parse_window("22:00-06:00")
    assert night == Window(time(22), time(6))
    inside = {"21:59": False, "22:00": True, "23:59": True, "00:00": True, "05:59": True, "06:00": False}
    for wall, expected in inside.items():
        assert within(local_instant(f"2026-01-05T{wall}:00", PACIFIC), PACIFIC, "22:00-06:00") is expected
    day = local_instant("2026-01-05T12:00:00", PACIFIC)
    assert not within(day, PACIFIC, night)
    assert within(day, PACIFIC, "7:00-21:00")
    assert within(day, PACIFIC, "00:00-24:00")
    assert not within(day, PACIFIC, "20:00-24:00")


@pytest.mark.parametrize("text", ["22-06", "25:00-06:00", "22:00-06:60", "07:00-07:00", "", "24:00-06:00"])
def test_hours_that_make_no_sense_are_refused(text: str):
    with pytest.raises(ValueError, match=r"write"):
        parse_window(text)


def test_a_wall_time_reads():
    assert parse_wall("7:30") == time(7, 30)
    with pytest.raises(ValueError, match="07:30"):
        parse_wall("half seven")
