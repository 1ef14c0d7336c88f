"""The two commands, as somebody at the keyboard meets them."""

import asyncio
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli.backup import backup, restore
from gateway.cli.refusal import PlainGroup
from gateway.parts import only_gateway
from tests.backup import lived

app = typer.Typer(cls=PlainGroup)
app.command()(backup)
app.command()(restore)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    asyncio.run(lived.live(tmp_path / "data"))
    return tmp_path / "data"


def said(*words: str | Path, fails: bool = False) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == (2 if fails else 0), done.output
    return " ".join(done.output.split())


def test_there_and_back(data: Path, tmp_path: Path):
    file, new = tmp_path / "monday.tar.gz", tmp_path / "new"
    assert "names, addresses and passwords" in said("backup", file, "--data", data)
    told = said("restore", file, "--data", new)
    assert "what happened after that is not in it" in told
    assert "keepwell run" in told
    assert f"What was there before is in {new}/replaced-1" in said("restore", file, "--data", new, "--replace")


def test_without_the_history(data: Path, tmp_path: Path):
    assert "history.db" not in said("backup", tmp_path / "small.tar.gz", "--data", data, "--without-history")


def test_refusals_say_what_to_do(data: Path, tmp_path: Path):
    file = tmp_path / "monday.tar.gz"
    said("backup", file, "--data", data)
    assert "give another name" in said("backup", file, "--data", data, fails=True)
    assert "--replace to set aside" in said("restore", file, "--data", data, fails=True)
    with only_gateway(data):
        assert "stop it first" in said("restore", file, "--data", data, "--replace", fails=True)


def test_a_gateway_at_work_may_be_backed_up(data: Path, tmp_path: Path):
    with only_gateway(data):
        said("backup", tmp_path / "monday.tar.gz", "--data", data)
