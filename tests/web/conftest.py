"""A site for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.site import VisitedSite, opened


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[VisitedSite]:
    async with opened(tmp_path) as made:
        yield made
