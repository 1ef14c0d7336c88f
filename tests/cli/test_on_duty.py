"""Hours of duty and the resident's channel, as people write them: home file, commands, and what check says of them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.contacts import read_step
from gateway.cli.findings import registered
from gateway.cli.main import app
from gateway.cli.place import Place
from gateway.errors import BadInput
from gateway.registry.homefile import dump_home, read_home

HOME = """
[home]
reference = "ELM-12"
time_zone = "Europe/Lisbon"
[[home.contacts]]
name = "Ada"
channels = ["announce:"]
[[home.contacts]]
name = "Office"
channels = ["console:"]
[[home.escalation]]
contacts = ["Ada"]
[[home.escalation]]
contacts = ["Office"]
hours = "8:00-18:00"
days = ["mon", "tue", "wed", "thu", "fri"]
"""
Runs = Callable[..., str]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    (tmp_path / "elm.toml").write_text(HOME, encoding="utf-8")

    def run(*words: str) -> str:
        said = CliRunner().invoke(app, [*words, "--data", str(tmp_path / "kept")])
        assert said.exit_code == 0, said.output
        return said.output

    run("homes", "import", str(tmp_path / "elm.toml"))
    return run


def test_a_home_file_with_hours_is_written_as_it_was_read() -> None:
    home = read_home(HOME)
    assert [(step.hours, step.days) for step in home.escalation][1] == (
        "08:00-18:00",
        ("mon", "tue", "wed", "thu", "fri"),
    )
    assert read_home(dump_home(home)) == home


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (('"8:00-18:00"', '"all day"'), "are no hours"),
        (('"mon", "tue"', '"monday"'), "mon"),
        (('"mon", "tue"', '"mon", "mon"'), "names the same one twice"),
    ],
)
def test_hours_and_days_that_cannot_be_are_refused(wrong: tuple[str, str], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read_home(HOME.replace(*wrong))


def test_what_was_imported_is_exported_and_listed(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "again.toml").write_text(runs("homes", "export", "ELM-12"), encoding="utf-8")
    assert "unchanged" in runs("homes", "import", str(tmp_path / "again.toml"))
    steps = json.loads(runs("contacts", "list", "ELM-12", "--json"))["escalation"]["default"]
    assert steps[1] | {"contacts": ["Office"]} == steps[1]
    assert (steps[1]["hours"], steps[1]["days"][0]) == ("08:00-18:00", "mon")


def test_a_step_with_hours_by_command(runs: Runs) -> None:
    shown = runs("contacts", "escalation", "ELM-12", "--step", "Office:5min mon-wed,sun 18:00-8:00")
    assert "mon,tue,wed,sun 18:00-08:00" in shown
    assert "Office\t5 min\talways" in runs("contacts", "escalation", "ELM-12", "--step", "Office:5min")


@pytest.mark.parametrize(
    ("text", "days", "hours"),
    [
        ("Ann:90", (), None),
        ("Ann: 5 min", (), None),
        ("Ann:5min sat-mon", ("sat", "sun", "mon"), None),
        ("Ann:5min 22:00-06:00", (), "22:00-06:00"),
        ("Dr: Ann:5 min FRI 08:00-24:00", ("fri",), "08:00-24:00"),
    ],
)
def test_how_a_step_is_written(text: str, days: tuple[str, ...], hours: str | None) -> None:
    step = read_step(text)
    assert (step.days, step.hours) == (days, hours)


@pytest.mark.parametrize("text", ["Ann", ":5min", "Ann:", "Ann:5min monday", "Ann:soon"])
def test_what_is_no_step_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_step(text)


def test_check_names_the_times_when_nobody_is_on_duty(runs: Runs, tmp_path: Path) -> None:
    def told() -> list[str]:
        found = registered(Place.find(None, tmp_path / "kept"))
        return [one.text for one in found if "on duty" in one.text or "reach nobody" in one.text]

    (note,) = told()
    assert 'by the hours of the route "default" nobody is on duty Mon 18:00 to Tue 08:00' in note
    assert "Fri 18:00 to Mon 08:00; everybody on it is called then" in note
    runs("contacts", "escalation", "ELM-12", "--step", "Ada:5min", "--step", "Office:5min")
    assert told() == []
    runs("contacts", "escalation", "ELM-12", "--step", "Ada:5min")
    assert "an alert would reach nobody" in told()[0], "whoever lives there is not somebody who can come"
