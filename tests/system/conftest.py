"""A broker from the configuration that we ship, and both versions of the protocol."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mosquitto import mosquitto
from tests.support.servers import Server


@pytest.fixture(params=["3.1.1", "5"])
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Server]:
    with mosquitto(tmp_path / "broker") as server:
        yield server
