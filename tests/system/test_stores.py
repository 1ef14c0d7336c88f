"""A recorded week in real time-series databases: every reading there exactly once, and refused batches bisected."""

import csv
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from devices.instant import MILLISECOND, MINUTE, SECOND, from_datetime
from devices.quantity import QUANTITIES
from gateway.errors import FixConfiguration, StoreRefused, TryLater
from gateway.journal.memory import MemoryJournal
from gateway.model import Point, Reading, Taken
from gateway.recorder.influx import InfluxStore
from gateway.recorder.outlet import Outlet
from gateway.recorder.points import point
from tests.recorder.bench import Bench, Cursors
from tests.support.influx_forwarder import InfluxForwarder
from tests.support.influxd import Influxd
from tests.support.servers import LOOPBACK, free_port
from tests.support.shared import shared_data
from tests.support.victoria import Victoria

pytestmark = pytest.mark.server
BATCH = 2_000
Sample = tuple[str, str | None, str | None, str, int, float]
"""(device, room, role, quantity, milliseconds, value)."""


@pytest.fixture(scope="module")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victoria]:
    with Victoria(tmp_path_factory.mktemp("victoria")) as server:
        yield server


@pytest.fixture(scope="module")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with Influxd(tmp_path_factory.mktemp("influxd")) as server:
        server.query("CREATE DATABASE keepwell")
        yield server


@cache
def week() -> tuple[Reading, ...]:
    """The recording as ingest would bind it."""
    described = tomllib.loads(shared_data("casas_hh111_week.home.toml").read_text(encoding="utf-8"))
    zone = ZoneInfo(described["home"]["time_zone"])
    devices = {device["address"]: device for device in described["home"]["devices"]}
    found: list[Reading] = []
    with shared_data("casas_hh111_week.readings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            at = from_datetime(datetime.fromisoformat(row["at"]).replace(tzinfo=zone)) // MILLISECOND * MILLISECOND
            is_bool = QUANTITIES[row["quantity"]].kind == "bool"
            value = row["value"] == "true" if is_bool else float(row["value"])
            device = devices[row["address"]]
            found.append(
                Reading(
                    described["home"]["reference"], "hub-1", row["address"], device.get("room"), device.get("role"),
                    row["quantity"], value, at, at,
                )
            )  # fmt: skip
    return tuple(found)


async def journaled() -> list[Reading]:
    journal = MemoryJournal()
    await journal.append([Taken(readings=(reading,)) for reading in week()])
    return [entry.reading for entry in await journal.read(0, 1_000_000)]


def expected(readings: list[Reading]) -> Counter[Sample]:
    return Counter(
        (one.device, one.room, one.role, one.quantity, one.at // MILLISECOND, float(one.value)) for one in readings
    )


async def write(store: InfluxStore, points: list[Point]) -> None:
    for start in range(0, len(points), BATCH):
        await store.write(points[start : start + BATCH])


# ------------------------------------------------------------------------------------------------ VictoriaMetrics


async def test_victoria_holds_every_reading_of_the_week_exactly_once(victoria: Victoria) -> None:
    readings = await journaled()
    assert len(readings) == 34_490
    points = [point(reading) for reading in readings]
    store = InfluxStore(victoria.url, org="keepwell", bucket="keepwell")
    await write(store, points)
    await write(store, points[-BATCH:])  # as after a failure
    await store.close()

    first, last = readings[0].at, max(reading.at for reading in readings)
    found: Counter[Sample] = Counter()
    home = readings[0].home
    for series in victoria.export(f'{{home="{home}"}}', first // MILLISECOND - 1_000, last // MILLISECOND + 1_000):
        labels = series["metric"]
        quantity, field = labels["__name__"].rsplit("_", 1)
        assert field == "value"
        assert set(labels) <= {"__name__", "home", "device", "room", "role", "db"}
        for at, value in zip(series["timestamps"], series["values"], strict=True):
            found[labels["device"], labels.get("room"), labels.get("role"), quantity, at, float(value)] += 1
    assert found == expected(readings)


async def test_victoria_says_that_it_is_there(victoria: Victoria) -> None:
    store = InfluxStore(victoria.url, org="keepwell", bucket="keepwell")
    said = await store.check()
    await store.close()
    assert victoria.url in said
    assert "takes writes" in said


async def test_what_victoria_would_swallow_is_refused_before(victoria: Victoria) -> None:
    store = InfluxStore(victoria.url, org="keepwell", bucket="keepwell")
    with pytest.raises(StoreRefused):
        await store.write([replace(point(week()[0]), fields={"value": float("nan")})])
    await store.close()


async def test_a_store_that_is_not_there_is_tried_later() -> None:
    store = InfluxStore(f"http://{LOOPBACK}:{free_port()}", org="keepwell", bucket="keepwell")
    with pytest.raises(TryLater, match="is it running"):
        await store.write([point(week()[0])])
    with pytest.raises(TryLater, match="is it running"):
        await store.check()
    await store.close()


# ------------------------------------------------------------------------------------------------ InfluxDB


async def test_influxdb_holds_the_week_and_answers_the_queries_of_history(influxd: Influxd) -> None:
    readings = await journaled()
    async with InfluxForwarder(influxd.url) as forwarder:
        store = InfluxStore(forwarder.url, org="keepwell", bucket="keepwell")
        points = [point(reading) for reading in readings]
        await write(store, points)
        await write(store, points[-BATCH:])
        assert "1.6" in await store.check()
        await store.close()

    found: Counter[Sample] = Counter()
    for quantity in {reading.quantity for reading in readings}:
        for series in influxd.query(f'SELECT value FROM "{quantity}" GROUP BY home, device, room, role', "keepwell"):  # noqa: S608
            tags = {name: text or None for name, text in series["tags"].items()}
            assert tags["home"] == readings[0].home
            for at, value in series["values"]:
                found[tags["device"] or "", tags["room"], tags["role"], quantity, at, value] += 1
    assert found == expected(readings)


async def test_influxdb_answers_the_influxql_of_a_local_day(influxd: Influxd) -> None:
    """Days are computed here, not by the database: influxdb #25303."""
    readings = await journaled()
    async with InfluxForwarder(influxd.url) as forwarder:
        store = InfluxStore(forwarder.url, org="keepwell", bucket="keepwell")
        await write(store, [point(reading) for reading in readings])
        await store.close()
    zone = ZoneInfo("America/Los_Angeles")
    midnights = [from_datetime(datetime(2011, 6, day, tzinfo=zone)) for day in (21, 22, 23)]
    for start, end in pairwise(midnights):
        (series,) = influxd.query(
            f"SELECT count(value) FROM motion WHERE home = 'CASAS-HH111-WEEK' AND value = 1"  # noqa: S608
            f" AND time >= {start * 1000} AND time < {end * 1000}",
            "keepwell",
        )
        moved = [one for one in readings if one.quantity == "motion" and one.value and start <= one.at < end]
        assert series["values"][0][1] == len(moved) > 0
        (warmth,) = influxd.query(
            f"SELECT mean(value), min(value), max(value) FROM temperature WHERE home = 'CASAS-HH111-WEEK'"  # noqa: S608
            f" AND time >= {start * 1000} AND time < {end * 1000} GROUP BY home",
            "keepwell",
        )
        degrees = [float(one.value) for one in readings if one.quantity == "temperature" and start <= one.at < end]
        assert warmth["values"][0][1:] == [pytest.approx(sum(degrees) / len(degrees)), min(degrees), max(degrees)]


async def test_a_refused_batch_is_bisected_until_only_the_culprit_is_missing(influxd: Influxd) -> None:
    """A field that is text where the database has numbers: 400 for the whole batch (influxdb #17953)."""
    influxd.query("CREATE DATABASE refusals")
    at = 1_768_000_000_000_000
    home = {"home": "ELM-12"}
    good = [Point("daily", home, {"minutes": float(n)}, at + n * MINUTE) for n in range(100)]
    culprits = [replace(good[n], fields={"minutes": "many"}) for n in (17, 64)]
    batch = [*good[:17], culprits[0], *good[18:64], culprits[1], *good[65:]]
    aside: list[tuple[Point, str]] = []

    async def set_aside(point: Point, reason: str) -> None:
        aside.append((point, reason))

    async with InfluxForwarder(influxd.url) as forwarder:
        store = InfluxStore(forwarder.url, org="keepwell", bucket="refusals")
        await store.write([replace(good[0], at=at - MINUTE)])  # now the field is a number
        await Outlet(store, set_aside, BATCH).write(batch)
        await store.close()
        assert forwarder.statuses.count(400) > 2
    (series,) = influxd.query("SELECT minutes FROM daily", "refusals")
    times = {(row[0] * MILLISECOND - at) // MINUTE for row in series["values"]}
    assert times == {-1, *range(100)} - {17, 64}
    assert [point for point, _ in aside] == culprits
    assert all("field type conflict" in reason for _, reason in aside)


async def test_the_recorder_gets_past_a_culprit_in_the_journal(influxd: Influxd) -> None:
    influxd.query("CREATE DATABASE resumed")
    async with InfluxForwarder(influxd.url) as forwarder:
        store = InfluxStore(forwarder.url, org="keepwell", bucket="resumed")
        readings = [one for one in week()[:500] if one.quantity == "motion"]
        first = readings[0].at  # a field has one type in all of a shard, which is a week
        await store.write([Point("motion", {"home": "x"}, {"action": 1.0}, first)])
        readings.insert(100, replace(readings[100], value="pressed", at=readings[100].at + 7 * SECOND))
        bench = Bench(Cursors())
        await bench.journal.append([Taken(readings=(reading,)) for reading in readings])
        await bench.run_until(bench.recorder_for(store), len(readings))
        await store.close()
    (series,) = influxd.query("SELECT value FROM motion", "resumed")
    good = [one.at // MILLISECOND for one in readings if one.value != "pressed"]
    assert sorted(at for at, _ in series["values"]) == sorted(good)
    assert [point.fields["action"] for point, _ in bench.aside] == ["pressed"]


async def test_a_bucket_that_is_not_there_is_a_setting_to_correct(influxd: Influxd) -> None:
    async with InfluxForwarder(influxd.url) as forwarder:
        store = InfluxStore(forwarder.url, org="keepwell", bucket="nowhere")
        with pytest.raises(FixConfiguration, match=r"\[store\] bucket"):
            await store.write([point(week()[0])])
        with pytest.raises(FixConfiguration, match=r"\[store\] bucket"):
            await store.check()
        await store.close()
