"""The day by room: what moved, what was quiet, and what nobody could see, on days of 23, 24 and 25 hours."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from devices.instant import HOUR, MINUTE, Instant
from gateway.localtime import local_instant
from gateway.model import Point
from gateway.web.family.strip import Live, Strip, in_words, strip

LONDON = ZoneInfo("Europe/London")
ROOMS = {"kitchen": ["motion:kitchen"], "bathroom": ["motion:bathroom"]}


def at(text: str, day: str = "2026-01-12") -> Instant:
    return local_instant(text if "T" in text else f"{day}T{text}", LONDON)


def reading(time: str, room: str, quantity: str = "motion", value: float = 1.0, **fields: float) -> Point:
    tags = {"home": "ELM-12", "room": room, "device": f"{quantity}:{room}"}
    return Point(quantity, tags, {"value": value, **fields}, at(time))


def states(device: str, *hours: Instant, silent: float = 0.0, stuck: float = 0.0, heard_s: float = 0.0) -> list[Point]:
    tags = {"home": "ELM-12", "device": device}
    fields = {"silent": silent, "stuck": stuck, "heard_s": heard_s}
    return [Point("device_state", tags, fields, moment) for moment in hours]


def all_day(day: str = "2026-01-12", hours: int = 24) -> list[Point]:
    every_hour = [at("00:00", day) + hour * HOUR for hour in range(-1, hours)]
    return [point for devices in ROOMS.values() for point in states(devices[0], *every_hour)]


def made(points: Sequence[Point], now: str = "2026-01-13T09:00", day: str = "2026-01-12", **about: object) -> Strip:
    told = strip(sorted(points, key=lambda one: one.at), ROOMS, date.fromisoformat(day), LONDON, at(now), **about)  # type: ignore[arg-type]
    for row in told.rows:
        assert [run.start for run in row.runs] == [told.start, *(run.end for run in row.runs[:-1])], "without gaps"
    return told


def words(told: Strip, room: str, kind: str) -> str:
    row = next(one for one in told.rows if one.room == room)
    return in_words(row, kind, LONDON)  # type: ignore[arg-type]


def test_movement_fills_its_quarter_of_an_hour() -> None:
    told = made([*all_day(), reading("07:31", "kitchen"), reading("07:44", "kitchen"), reading("07:46", "kitchen"),
                 reading("12:10", "kitchen")])  # fmt: skip
    assert words(told, "kitchen", "active") == "07:30 to 08:00, 12:00 to 12:15"
    assert words(told, "bathroom", "active") == "never"
    assert words(told, "bathroom", "unseen") == "never"


def test_a_bed_is_in_use_from_evening_to_morning() -> None:
    told = made([*all_day(), reading("07:00", "bedroom", "bed", 0.0), reading("22:40", "bedroom", "bed")])
    assert words(told, "bedroom", "active") == "00:00 to 07:15, 22:30 to 00:00"


def test_a_sensor_that_repeats_itself_moves_once() -> None:
    points = [reading(f"{hour:02}:05", "kitchen") for hour in range(8, 12)]
    told = made([*all_day(), reading("07:00", "kitchen", value=0.0), *points, reading("12:05", "kitchen", value=0.0)])
    assert words(told, "kitchen", "active") == "08:00 to 08:15"


def test_a_door_that_tells_every_hour_that_it_is_closed_moves_nobody() -> None:
    told = made([*all_day(), *(reading(f"{hour:02}:05", "hall", "contact", 0.0) for hour in range(8)),
                 reading("08:31", "hall", "contact"), reading("08:32", "hall", "contact", 0.0),
                 reading("09:05", "hall", "contact", 0.0)])  # fmt: skip
    assert words(told, "hall", "active") == "08:30 to 08:45"


def test_presence_that_does_not_end_proves_nothing_after_two_hours() -> None:
    told = made([*all_day(), reading("08:00", "kitchen", "presence")])
    assert words(told, "kitchen", "active") == "08:00 to 10:15"


def test_pendants_and_what_a_hub_repeats_are_no_movement() -> None:
    press = Point("button", {"home": "ELM-12", "room": "kitchen", "device": "p", "role": "pendant"}, {"value": 1.0},
                  at("08:00"))  # fmt: skip
    told = made([*all_day(), press, reading("09:00", "kitchen", replayed=1.0)])
    assert words(told, "kitchen", "active") == "never"


def test_a_silent_sensor_is_not_seen_since_it_was_heard_last() -> None:
    points = [point for point in all_day() if point.tags["device"] == "motion:kitchen"]
    points += states("motion:bathroom", *(at("00:00") + hour * HOUR for hour in range(-1, 14)))
    points += states("motion:bathroom", at("15:00"), silent=1.0, heard_s=4200.0)
    points += states("motion:bathroom", at("16:00"), silent=1.0, heard_s=7800.0)
    points += states("motion:bathroom", *(at("00:00") + hour * HOUR for hour in range(17, 24)))
    told = made(points)
    assert words(told, "bathroom", "unseen") == "13:45 to 17:00"
    assert words(told, "kitchen", "unseen") == "never"


def test_what_was_heard_late_all_the_same_is_movement() -> None:
    points = states("motion:bathroom", at("00:00"), at("05:00"))
    told = made([*points, reading("03:00", "bathroom")], now="2026-01-12T05:00")
    assert words(told, "bathroom", "unseen") == "01:45 to 03:00, 03:15 to 05:00"


def test_a_stuck_sensor_is_not_believed() -> None:
    points = [*states("motion:kitchen", at("00:00") - HOUR), *states("motion:kitchen", at("00:30"), stuck=1.0)]
    assert words(made(points, now="2026-01-12T01:00"), "kitchen", "unseen") == "00:30 to 01:00"


def test_a_day_of_which_nothing_was_noted_is_not_seen() -> None:
    told = made([reading("12:10", "kitchen")])
    assert words(told, "bathroom", "unseen") == "00:00 to 00:00"
    assert words(told, "kitchen", "unseen") == "00:00 to 12:00, 12:15 to 00:00"


def test_today_what_the_engine_knows_comes_first() -> None:
    live = Live(at("00:00"), {"motion:bathroom": at("14:00")}, {"kitchen": (at("15:31"), at("15:40"))})
    told = made([], now="2026-01-12T16:00", live=live)
    assert words(told, "kitchen", "active") == "15:30 to 15:45"
    assert words(told, "bathroom", "unseen") == "14:00 to 16:00"
    assert told.rows[0].runs[-1].end == at("16:00")


def test_before_the_home_was_watched_nothing_was_seen() -> None:
    told = made([], now="2026-01-12T16:00", live=Live(at("12:00"), {}, {}))
    assert words(told, "kitchen", "unseen") == "00:00 to 12:00"
    assert words(told, "kitchen", "quiet") == "12:00 to 16:00"


@pytest.mark.parametrize(("day", "hours", "noon"), [("2026-03-29", 23, "47.83%"), ("2026-01-12", 24, "50.00%"),
                                                    ("2026-10-25", 25, "52.00%")])  # fmt: skip
def test_days_are_as_long_as_they_are(day: str, hours: int, noon: str) -> None:
    told = made([*all_day(day, hours), reading(f"{day}T12:00", "kitchen")], now=f"{day[:8]}31T09:00", day=day)
    assert told.end - told.start == hours * HOUR
    assert words(told, "kitchen", "active") == "12:00 to 12:15"
    assert words(told, "kitchen", "unseen") == "never"
    assert told.percent(at("12:00", day)) == noon
    marks = [(mark - told.start) // MINUTE for mark, _ in told.hours]
    assert marks[2] == (12 + hours - 24) * 60
