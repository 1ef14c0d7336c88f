"""One street, one home with a daughter, then a neighbour, then the care team to call, five minutes apart."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.database.engine import Database
from tests.support.house import House, Person, moves_in
from tests.support.leaks import _FAILED
from tests.support.street import Street


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new")
    Database.open(folder).close()
    return folder / "keepwell.db"


@pytest.fixture
def begins() -> str:
    """When the story begins, on the clock of the street; a test may say otherwise."""
    return "2026-01-13T13:00"


@pytest.fixture
def street(tmp_path: Path, new_database: Path, begins: str, request: pytest.FixtureRequest) -> Iterator[Street]:
    shutil.copy(new_database, tmp_path / "keepwell.db")
    with Street(tmp_path, begins=begins) as made:
        yield made
    if not request.node.stash.get(_FAILED, False):
        made.said_nothing_else()


@pytest.fixture
def home(street: Street) -> House:
    house = moves_in(street, "ELM-12", "Daughter", "Neighbour", "Care team")
    house.moves("living")
    return house


@pytest.fixture
def family(home: House) -> Person:
    return home.person("Daughter")


@pytest.fixture
def neighbour(home: House) -> Person:
    return home.person("Neighbour")


@pytest.fixture
def team(home: House) -> Person:
    return home.person("Care team")
