"""What dashboards read is taken by each store that speaks the v2 write API, through influxdb-client, field by field.

Two homes for four weeks, and the gateway's own figures: points such as test_every_query has of thirty homes.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import isclose
from pathlib import Path

import pytest

from devices.instant import HOUR, MILLISECOND
from gateway.model import Point
from gateway.recorder.influx import InfluxStore
from gateway.recorder.points import fact_point, is_recorded, point
from tests.dashboards import works
from tests.dashboards.residents import NOW, OFFLINE, resided
from tests.dashboards.town import FACTS_SINCE, live
from tests.support.influx_forwarder import InfluxForwarder
from tests.support.influxd import Influxd
from tests.support.victoria import Victoria

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]

_AT_ONCE = 5_000
_READINGS_SINCE = NOW - 36 * HOUR
_BUCKET = "keepwell"


@pytest.fixture(scope="module")
def points() -> list[Point]:
    """Facts of two homes, their latest readings, and the gateway's figures."""
    made = works.points()
    for number in (0, OFFLINE):
        made += map(fact_point, live(number).facts)
        made += [point(one) for one in resided(number).readings(_READINGS_SINCE) if is_recorded(one)]
    return made


async def test_victoria_metrics_has_every_number(points: Sequence[Point], tmp_path: Path) -> None:
    with Victoria(tmp_path / "metrics") as server:
        await _write(server.url, points)
        start, end = (FACTS_SINCE - 48 * HOUR) // MILLISECOND, NOW // MILLISECOND
        stored: dict[object, dict[int, float]] = defaultdict(dict)
        for one in server.export('{__name__!=""}', start, end):  # a series may come in parts
            key = _key(one["metric"].pop("__name__"), one["metric"])
            stored[key].update(zip(one["timestamps"], one["values"], strict=True))
    expected: dict[object, dict[int, float]] = defaultdict(dict)
    for one in points:
        for name, value in one.fields.items():
            number = 0.0 if isinstance(value, str) else value  # it keeps no texts
            expected[_key(f"{one.measurement}_{name}", one.tags)][one.at // MILLISECOND] = number
    assert stored.keys() == expected.keys()
    assert {key: sorted(series) for key, series in stored.items()} == {key: sorted(of) for key, of in expected.items()}
    for key, series in stored.items():
        wanted = expected[key]
        assert all(isclose(value, wanted[at], rel_tol=1e-9) for at, value in series.items()), key  # decimals there


async def test_influxdb_has_every_point(points: Sequence[Point], tmp_path: Path) -> None:
    with Influxd(tmp_path) as server:
        server.query(f"CREATE DATABASE {_BUCKET}")
        async with InfluxForwarder(server.url) as forwarder:
            await _write(forwarder.url, points)
            assert set(forwarder.statuses) == {204}
        stored = {
            (one["name"], column.removeprefix("count_")): count
            for measurement in {point.measurement for point in points}
            for one in server.query(f'SELECT count(*) FROM "{measurement}"', _BUCKET)  # noqa: S608 - our own names
            for column, count in zip(one["columns"][1:], one["values"][0][1:], strict=True)
        }
    distinct = {(one.measurement, frozenset(one.tags.items()), one.at): one.fields for one in points}
    assert len(distinct) == len(points), "two points of one time and one set of tags: the store keeps the latter"
    expected = Counter((measurement, name) for (measurement, _, _), fields in distinct.items() for name in fields)
    assert stored == expected


async def _write(url: str, points: Sequence[Point]) -> None:
    store = InfluxStore(url, org="keepwell", bucket=_BUCKET, token="any", timeout_s=60.0)  # noqa: S106 - not looked at
    try:
        for start in range(0, len(points), _AT_ONCE):
            await store.write(points[start : start + _AT_ONCE])
    finally:
        await store.close()


def _key(name: str, tags: Mapping[str, str]) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(tags.items())
