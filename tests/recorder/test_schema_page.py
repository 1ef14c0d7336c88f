"""docs/time-series.md: it is what the schema says, and a real server answers every query that it shows."""

import time
import urllib.request
from collections.abc import Iterator

import pytest

from devices.instant import MINUTE, SECOND, Instant
from gateway.model import Fact, Point
from gateway.oversight.figures import FIGURES
from gateway.recorder.lines import line
from gateway.recorder.points import fact_point, health_point
from gateway.recorder.schema import FACTS, MEASUREMENTS
from tests.support.facts import assert_conforms
from tests.support.influxd import Influxd
from tests.support.schema_page import PAGE, examples, written

SHOWN = PAGE.read_text(encoding="utf-8")
EVENTS = ("raised", "accepted", "closed")


def test_the_page_is_up_to_date() -> None:
    assert written(SHOWN) == SHOWN, "run: python -m tests.support.schema_page"


def test_it_shows_every_measurement_with_its_fields() -> None:
    for name in MEASUREMENTS:
        assert f"| `{name}` |" in SHOWN
    for one in FACTS.values():
        section = SHOWN.partition(f"### `{one.name}`\n")[2].partition("\n### ")[0]
        for name in ["home", *one.tags, *(field.name for field in one.fields)]:
            assert f"| `{name}` |" in section, (one.name, name)
    for of, figure in FIGURES:
        assert f"| `{of}_{figure}` |" in SHOWN


def points(at: Instant) -> Iterator[Point]:
    """One of everything at a moment, and of each step of an alert."""
    for one in FACTS.values():
        for event in EVENTS if "event" in one.tags else ("",):
            tags = {name: event if name == "event" else "3" for name in one.tags if name != "home"}
            fields = {field.name: "blind" if field.text else 1.0 for field in one.fields}
            fact = Fact(one.name, "ELM-12", tags, fields, at)
            assert_conforms(fact)
            yield fact_point(fact)
    for name in MEASUREMENTS:
        yield Point(name, {"home": "ELM-12", "room": "hall", "device": "d"}, {"value": 1.0}, at)
    yield health_point("keepwell", {f"{of}_{name}": at / SECOND % 1_000_000 for of, name in FIGURES}, at)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    now = int(time.time()) * SECOND
    lines = [line(point) for back in (3, 2, 1) for point in points(now - back * MINUTE + 30 * SECOND)]
    with Influxd(tmp_path_factory.mktemp("influxd")) as server:
        server.query("CREATE DATABASE keepwell")
        request = urllib.request.Request(f"{server.url}/write?db=keepwell", "\n".join(lines).encode())  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
            assert answer.status == 204
        yield server


@pytest.mark.server
@pytest.mark.parametrize("query", examples(SHOWN))
def test_every_query_of_the_page_is_answered(filled: Influxd, query: str) -> None:
    assert "time > now() - " in query
    series = filled.query(query, "keepwell")
    assert series
    for one in series:
        for values in one["values"]:
            assert None not in values, one


def test_there_are_queries() -> None:
    assert len(examples(SHOWN)) >= 10
