"""Small numbers stay unsaid: of an area, Independence tells what five homes or more have in common, and no less."""

import json
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboards.boards import independence
from devices.instant import DAY, HOUR, MILLISECOND, SECOND
from tests.dashboards.grafana import Opened
from tests.support.influxd import Influxd

pytestmark = pytest.mark.server

NOW = int(datetime(2026, 4, 14, 12, tzinfo=UTC).timestamp()) * SECOND
BOARD = json.loads(independence.build().json())
AREAS = {"Five": 5, "Four": 4, "": 6}
"""Homes of each area; the last have none."""


def _lines() -> Iterator[str]:
    for area, homes in AREAS.items():
        tag = f",area={area}" if area else ""
        for number in range(homes):
            home, at = f"home={area or 'None'}-{number}{tag}", (NOW - 2 * DAY) // MILLISECOND
            warm = "" if number == 0 else ",warm_hours=20"
            yield f"daily,{home} coverage=0.9,up_at={400 + number}{warm} {at}"
            needs = float(number == 0)
            yield f"change,{home},measure=up_at now=1,was=1,days_now=20,days_was=20,chance=0.5,needs={needs} {at}"
        yield f"home_state,{home} attention=0 {(NOW - HOUR) // MILLISECOND}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with Influxd(tmp_path_factory.mktemp("influxd")) as influxd:
        influxd.query("CREATE DATABASE keepwell")
        url = f"{influxd.url}/write?db=keepwell&precision=ms"
        with urllib.request.urlopen(urllib.request.Request(url, "\n".join(_lines()).encode()), timeout=10):  # noqa: S310
            yield influxd


def _rows(server: Influxd, title: str, chosen: Mapping[str, str | Sequence[str]]) -> dict[str, dict[str, Any]]:
    """By area, what all queries of a panel say of it."""
    opened = Opened(BOARD, lambda text: server.query(text, "keepwell"), NOW, chosen)
    (panel,) = (one for one in opened.panels() if one["title"] == title)
    found: dict[str, dict[str, Any]] = {}
    for answer in opened.answers(panel):
        for row in answer.rows():
            found.setdefault(row["area"], {}).update(row)
    return found


@pytest.mark.parametrize("chosen", [{}, {"home": ["Five-0"]}, {"home": ["Five-1", "Five-2", "Five-3", "Five-4"]}])
def test_an_area_is_told_of_from_five_homes_on_whatever_homes_are_chosen(server: Influxd, chosen: dict[str, list[str]]):
    growing = _rows(server, "By area", chosen)
    assert {area: (row["homes"], row["growing"]) for area, row in growing.items()} == {"Five": (5, 1)}
    lived = _rows(server, "Each area in this time range", chosen)
    assert {area: (row["homes"], row["up"]) for area, row in lived.items()} == {"Five": (5, 402 * 60)}


def test_a_measure_that_fewer_homes_have_is_left_out_of_an_area_that_is_told_of(server: Influxd):
    assert "warm" not in _rows(server, "Each area in this time range", {})["Five"]


def test_homes_without_an_area_are_no_area(server: Influxd):
    assert set(_rows(server, "Each area in this time range", {})) == {"Five"}


def test_a_home_whose_needs_are_growing_is_found_in_a_small_area_too(server: Influxd):
    opened = Opened(BOARD, lambda text: server.query(text, "keepwell"), NOW, {})
    (panel,) = (one for one in opened.panels() if one["title"] == "Homes whose needs are growing")
    (growing,) = opened.answers(panel)
    assert {row["home"] for row in growing.rows()} == {"Five-0", "Four-0", "None-0"}
