from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.street import Street


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    with Street(tmp_path) as made:
        yield made
