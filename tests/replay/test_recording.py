"""Readings files: what is read, in which order and zone, and what a person is told about a bad one."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devices.instant import MILLISECOND, rfc3339
from gateway.errors import BadInput
from gateway.replay.recording import Row, read_recording

LONDON = ZoneInfo("Europe/London")


def read(tmp_path: Path, *lines: str, zone: ZoneInfo = LONDON) -> tuple[Row, ...]:
    path = tmp_path / "home.readings.csv"
    path.write_text("\n".join(["at,address,quantity,value", *lines]) + "\n", encoding="utf-8")
    return read_recording(path, zone).rows


def test_values_by_their_quantity(tmp_path: Path):
    rows = read(
        tmp_path,
        "2026-01-05T08:00:00,a,motion,true",
        "2026-01-05T08:00:01,b,temperature,21.5",
        "2026-01-05T08:00:02,c,button,emergency",
        "2026-01-05T08:00:03,a,motion,FALSE",
    )
    assert [row.value for row in rows] == [True, 21.5, "emergency", False]


def test_local_time_and_offsets(tmp_path: Path):
    rows = read(tmp_path, "2026-07-05T08:00:00,a,motion,true", "2026-07-05T08:30:00+01:00,a,motion,false",
                "2026-07-05T08:00:00Z,a,motion,true")  # fmt: skip
    assert [rfc3339(row.at) for row in rows] == ["2026-07-05T07:00:00Z", "2026-07-05T07:30:00Z", "2026-07-05T08:00:00Z"]


def test_the_hour_that_comes_twice_goes_on_in_order(tmp_path: Path):
    rows = read(
        tmp_path,
        "2026-10-25T01:10:00,a,motion,true",
        "2026-10-25T01:50:00,a,motion,false",
        "2026-10-25T01:20:00,a,motion,true",
        "2026-10-25T02:05:00,a,motion,false",
    )
    assert [rfc3339(row.at)[11:16] for row in rows] == ["00:10", "00:50", "01:20", "02:05"]


def test_equal_moments_of_one_device_and_quantity_are_kept_apart(tmp_path: Path):
    first, second, other = read(
        tmp_path,
        "2026-01-05T08:00:00.0004,p,button,press",
        "2026-01-05T08:00:00.0006,p,button,press",
        "2026-01-05T08:00:00,q,button,press",
    )
    assert {second.at - first.at, other.at - first.at} == {MILLISECOND, 0}


def test_rows_out_of_order_are_sorted(tmp_path: Path):
    rows = read(tmp_path, "2026-01-05T09:00:00,a,motion,true", "2026-01-05T08:00:00,a,motion,true")
    assert rows[0].at < rows[1].at


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2026-01-05T08:00:00,a,motoin,true", 'line 2: "motoin" is no quantity: use one of motion'),
        ("2026-01-05T08:00:00,a,motion,maybe", 'line 2: "maybe" is not true or false'),
        ("2026-01-05T08:00:00,a,temperature,warm", 'line 2: "warm" is not a number'),
        ("2026-01-05T08:00:00,a,temperature,nan", "not a finite number"),
        ("yesterday,a,motion,true", "line 2: 'yesterday' is not a time"),
        ("2026-01-05T08:00:00,a,motion", "line 2: it has 3 columns, 4 are needed"),
        ("2026-01-05T08:00:00,,motion,true", "line 2: the address is empty"),
        ("2026-01-05T08:00:00,p,button,", "line 2: a button needs an action"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_the_fix(tmp_path: Path, line: str, words: str):
    with pytest.raises(BadInput) as refused:
        read(tmp_path, line)
    assert words in str(refused.value)


def test_a_file_without_the_header_is_refused(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("time,device,value\n", encoding="utf-8")
    with pytest.raises(BadInput, match="the first line must be at,address,quantity,value"):
        read_recording(path, LONDON)
