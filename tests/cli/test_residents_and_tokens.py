"""`keepwell residents` and `keepwell tokens`, without the pages."""

import asyncio
import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.clock import SystemClock
from gateway.database.engine import Database
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Point, Reading, Taken
from gateway.parts import only_gateway
from gateway.recorder.history import HistoryStore
from gateway.registry.homefile import HomeFile
from gateway.registry.registry import SqlRegistry
from gateway.web.api import tokens

NOON = 1_768_219_200_000_000


def said(data: Path, *words: str, expecting: int = 0, typed: str = "") -> str:
    result = CliRunner().invoke(app, [*words, "--data", str(data)], input=typed)
    assert result.exit_code == expecting, result.output + repr(result.exception)
    return result.output


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with one home and what its sensor said."""
    folder = tmp_path / "data"
    database = Database.open(folder)
    consent = {"by": "Rose", "basis": "written", "at": "2026-01-01"}
    home = {"reference": "ELM-12", "time_zone": "Europe/London", "residents": [{"name": "Rose", "consent": consent}]}
    SqlRegistry(database).import_home(HomeFile.model_validate(home), NOON)
    database.close()

    async def fill() -> None:
        journal = await SqliteJournal.open(folder / "journal.db")
        reading = Reading("ELM-12", "elm-12", "zigbee2mqtt:0x1", None, None, "motion", True, NOON, NOON)
        await journal.append([Taken(readings=(reading,))])
        await journal.close()
        store = await HistoryStore.open(folder / "history.db")
        await store.write([Point("motion", {"home": "ELM-12"}, {"value": 1.0}, NOON)])
        await store.close()

    asyncio.run(fill())
    return folder


def test_all_data_of_a_home_is_written_beside_a_running_gateway(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "rose.zip"
    with only_gateway(data):
        assert "1 readings and conclusions" in said(data, "residents", "export", "ELM-12", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    with ZipFile(file) as archive:
        assert "readings/2026-01-12.csv" in archive.namelist()
        assert json.loads(archive.read("journal.jsonl"))["home"] == "ELM-12"
        assert b"command line" in archive.read("looks.csv")


def test_a_file_that_is_there_is_not_written_over(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "rose.zip"
    file.write_text("mine")
    assert "give another name" in said(data, "residents", "export", "ELM-12", str(file), expecting=2)
    assert file.read_text() == "mine"


def test_of_a_home_that_is_not_there_no_file_is_left(data: Path, tmp_path: Path) -> None:
    said(data, "residents", "export", "OAK-3", str(tmp_path / "oak.zip"), expecting=2)
    assert not (tmp_path / "oak.zip").exists()


def test_a_home_is_erased_once_its_reference_is_written(data: Path) -> None:
    assert "nothing was erased" in said(data, "residents", "erase", "ELM-12", expecting=2, typed="ELM\n")
    told = said(data, "residents", "erase", "ELM-12", typed="ELM-12\n")
    assert "readings and conclusions\t1\t0" in told
    assert "Back-ups made before" in told
    (report,) = (data / "erasures").iterdir()
    assert "by command line" in report.read_text()
    left = b"".join(path.read_bytes() for path in data.glob("*.db*"))
    assert b"Rose" not in left
    said(data, "residents", "export", "ELM-12", str(data.parent / "x.zip"), expecting=2)


def test_while_a_gateway_runs_it_is_erased_on_the_pages(data: Path) -> None:
    with only_gateway(data):
        assert "/homes/ELM-12/erase" in said(data, "residents", "erase", "ELM-12", "--yes", expecting=2)


def test_a_token_is_made_listed_and_revoked(data: Path) -> None:
    secret = said(data, "tokens", "make", "Board", "--role", "staff", "--area", "North").strip()
    database = Database.open(data)
    with database.transaction() as session:
        found = tokens.find(session, secret, SystemClock().now())
    database.close()
    assert found is not None
    assert (found.person.name, found.person.areas) == ("Board", ("North",))
    listed = said(data, "tokens", "list")
    assert "Board" in listed
    assert secret not in listed
    said(data, "tokens", "revoke", "1")
    assert json.loads(said(data, "tokens", "list", "--json"))[0]["revoked"]
    said(data, "tokens", "revoke", "1", expecting=2)
    said(data, "tokens", "make", "Board", "--role", "king", expecting=2)
