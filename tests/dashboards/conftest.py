"""The simulated town, once a session, and a real database that holds all of it."""

import urllib.request
from collections.abc import Iterator

import pytest

from tests.dashboards import town as towns
from tests.support.influxd import Influxd

DATABASE = "keepwell"
_AT_ONCE = 8_000


@pytest.fixture(scope="session")
def town() -> towns.Town:
    """Four weeks of thirty homes."""
    return towns.build()


@pytest.fixture(scope="session")
def influxd(town: towns.Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """InfluxDB 1.6 that has all of it."""
    with Influxd(tmp_path_factory.mktemp("influxd")) as server:
        server.query(f"CREATE DATABASE {DATABASE}")
        for part in town.lines():
            fill(server, part)
        yield server


def fill(server: Influxd, lines: bytes) -> None:
    """Write lines of any number."""
    split = lines.split(b"\n")
    for start in range(0, len(split), _AT_ONCE):
        body = b"\n".join(split[start : start + _AT_ONCE])
        url = f"{server.url}/write?db={DATABASE}&precision=ns"
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=60) as answer:  # noqa: S310 - loopback
            assert answer.status == 204
