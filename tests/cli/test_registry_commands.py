import asyncio
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli import contacts, devices, homes
from gateway.cli.refusal import PlainGroup
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Sighting, Taken
from tests.support.shared import shared_data

HOME = """
[home]
reference = "ELM-12"
time_zone = "Europe/Lisbon"
[[home.rooms]]
name = "hall"
kind = "hall"
[[home.devices]]
address = "zigbee2mqtt:0x1"
room = "hall"
role = "front-door"
last_heard = "2026-01-01T08:00:00"
"""
keepwell = typer.Typer(cls=PlainGroup)
keepwell.add_typer(homes.app, name="homes")
keepwell.add_typer(devices.app, name="devices")
keepwell.add_typer(contacts.app, name="contacts")


class Person:
    """Somebody at a terminal, in a directory of their own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def runs(self, *words: str) -> str:
        result = CliRunner().invoke(keepwell, words)
        assert result.exit_code == 0, f"{words}: {result.output}{result.stderr}"
        assert result.stderr == ""
        return result.stdout

    def is_refused(self, *words: str) -> str:
        result = CliRunner().invoke(keepwell, words)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
        assert result.stderr.count("\n") == 1, "one line"
        return result.stderr

    def reads(self, *words: str):
        return json.loads(self.runs(*words, "--json"))


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KEEPWELL_DATA", raising=False)
    (tmp_path / "elm.toml").write_text(HOME, encoding="utf-8")
    return Person(tmp_path)


@pytest.fixture
def settled(person: Person) -> Person:
    (person.directory / "keepwell.toml").write_text('data = "kept"\n', encoding="utf-8")
    person.runs("homes", "import", "elm.toml")
    return person


def test_a_first_home_from_file_to_people_who_are_told(settled: Person):
    assert (settled.directory / "kept" / "keepwell.db").exists()
    said = settled.runs("homes", "import", "elm.toml")
    assert said.startswith("ELM-12 unchanged: 1 rooms, 1 devices, hub elm-12.")
    assert "keepwell homes consent ELM-12" in said
    assert "keepwell contacts" in said

    said = settled.runs(
        "homes", "consent", "ELM-12", "--resident", "Ada", "--by", "Ada", "--basis", "signed form",
        "--at", "2026-01-01T10:00",
    )  # fmt: skip
    assert said == "Recorded. Data of ELM-12 may flow.\n"
    settled.runs("contacts", "add", "ELM-12", "Anna", "--channel", "mailto://anna:secret@example.org")
    settled.runs("contacts", "add", "ELM-12", "Care line", "--channel", "console:", "--quiet-hours", "22:00-07:00")
    said = settled.runs("contacts", "escalation", "ELM-12", "--step", "Anna:5min", "--step", "Anna, Care line:90")
    assert said.splitlines()[1:] == ["default\t1\tAnna\t5 min", "default\t2\tAnna, Care line\t90 s"]

    shown = settled.reads("homes", "show", "ELM-12")
    assert (shown["consent"], shown["residents"]) == (True, ["Ada"])
    assert [step["wait_s"] for step in shown["escalation"]["default"]] == [300, 90]
    assert "Data may flow." in settled.runs("homes", "show", "ELM-12")
    assert settled.runs("homes", "import", "elm.toml").count("\n") == 1, "nothing is left to do"

    said = settled.runs("homes", "consent", "ELM-12", "--resident", "Ada", "--withdraw")
    assert said == "Recorded. No data flows: Ada has withdrawn consent.\n"
    assert settled.reads("homes", "list")[0]["consent"] is False


def test_secrets_of_channels_are_shown_on_request_only(settled: Person):
    settled.runs("contacts", "add", "ELM-12", "Anna", "--channel", "mailto://anna:secret@example.org")
    assert "secret" not in settled.runs("contacts", "list", "ELM-12")
    assert "mailto://…" in settled.runs("contacts", "list", "ELM-12")
    assert settled.reads("contacts", "list", "ELM-12")["contacts"][0]["channels"] == ["mailto://…"]
    assert "secret" in settled.runs("contacts", "list", "ELM-12", "--reveal")
    assert "secret" not in settled.runs("homes", "show", "ELM-12", "--json")


def test_contacts_change_and_go(settled: Person):
    settled.runs("contacts", "add", "ELM-12", "Anna", "--channel", "console:", "--quiet-hours", "22:00-07:00")
    settled.runs("contacts", "escalation", "ELM-12", "--route", "fire", "--step", "Anna:1min")
    settled.runs("contacts", "set", "ELM-12", "Anna", "--channel", "mqtt:", "--language", "pt", "--quiet-hours", "")
    assert settled.reads("contacts", "list", "ELM-12")["contacts"] == [
        {"name": "Anna", "channels": ["mqtt:"], "language": "pt", "quiet_hours": None}
    ]
    assert "nobody is left" in settled.runs("contacts", "remove", "ELM-12", "Anna")
    assert "Nobody is told" in settled.runs("contacts", "escalation", "ELM-12")
    assert "no step" in settled.is_refused("contacts", "escalation", "ELM-12", "--step", "Anna")
    assert "waiting time" in settled.is_refused("contacts", "escalation", "ELM-12", "--step", "Anna:soon")
    assert "what to change" in settled.is_refused("contacts", "set", "ELM-12", "Anna")


def test_sensors_are_added_changed_replaced_and_retired(settled: Person):
    settled.runs("homes", "room", "ELM-12", "kitchen", "--kind", "kitchen")
    settled.runs(
        "devices", "add", "ELM-12", "zigbee2mqtt:0x2", "--room", "kitchen", "--role", "kettle", "--maker", "Aqara"
    )
    settled.runs("devices", "set", "ELM-12", "zigbee2mqtt:0x2", "--role", "")
    settled.runs("devices", "replace", "ELM-12", "zigbee2mqtt:0x1", "zigbee2mqtt:0x3")
    listed = settled.reads("devices", "list", "ELM-12")
    assert [(one["address"], one["room"], one["role"], one["last_heard"]) for one in listed] == [
        ("zigbee2mqtt:0x3", "hall", "front-door", None),
        ("zigbee2mqtt:0x2", "kitchen", None, None),
    ]
    assert "never" in settled.runs("devices", "list", "ELM-12")
    settled.runs("devices", "retire", "ELM-12", "zigbee2mqtt:0x2")
    settled.runs("homes", "room", "ELM-12", "kitchen", "--remove")
    assert len(settled.reads("devices", "list", "ELM-12")) == 1
    said = settled.is_refused("devices", "add", "ELM-12", "a:1", "--room", "kichen")
    assert "keepwell homes room ELM-12 kichen" in said


def test_what_is_heard_and_not_registered(settled: Person):
    assert settled.runs("devices", "heard") == "Nothing unregistered has been heard.\n"

    async def hear() -> None:
        journal = await SqliteJournal.open(settled.directory / "kept" / "journal.db")
        try:
            sightings = (
                Sighting("elm-12", "zigbee2mqtt:0x1", ("contact",), 1_767_600_000_000_000),
                Sighting("elm-12", "zigbee2mqtt:0x9", ("motion",), 1_767_600_000_000_000, model="RTCGQ11LM"),
            )
            await journal.append([Taken(sightings=sightings)])
        finally:
            await journal.close()

    asyncio.run(hear())
    (found,) = settled.reads("devices", "heard")
    assert (found["hub"], found["address"], found["quantities"]) == ("elm-12", "zigbee2mqtt:0x9", ["motion"])
    assert found["last_heard"] == "2026-01-05T08:00:00Z"
    assert "RTCGQ11LM" in settled.runs("devices", "heard")


def test_export_and_import_elsewhere(settled: Person, tmp_path: Path):
    settled.runs("homes", "export", "ELM-12", "--output", "out.toml")
    assert (tmp_path / "out.toml").stat().st_mode & 0o077 == 0
    assert "ELM-12 created" in settled.runs("homes", "import", "out.toml", "--data", "other")
    assert settled.runs("homes", "export", "ELM-12") == settled.runs("homes", "export", "ELM-12", "--data", "other")


def test_modes_hubs_and_an_end(settled: Person):
    assert settled.runs("homes", "mode", "ELM-12", "away") == "ELM-12 is now away.\n"
    assert settled.reads("homes", "list")[0]["mode"] == "away"
    settled.runs("homes", "mode", "ELM-12", "home")
    settled.runs("homes", "hub", "ELM-12", "elm-12", "--replay")
    assert settled.reads("homes", "list")[0]["hubs"] == [{"name": "elm-12", "replay": True}]
    assert 'mode "gone"' in settled.is_refused("homes", "mode", "ELM-12", "gone")
    settled.runs("homes", "add", "OAK-1", "--time-zone", "UTC", "--area", "north")
    assert settled.runs("homes", "list").splitlines()[2].startswith("OAK-1\tnorth\tat home\tno\toak-1\t")
    settled.runs("homes", "remove", "OAK-1")
    settled.runs("homes", "remove", "ELM-12")
    assert "No home is registered" in settled.runs("homes", "list")


def test_the_data_directory_is_found_or_asked_for(person: Person, monkeypatch: pytest.MonkeyPatch):
    assert "--data DIRECTORY" in person.is_refused("homes", "list")
    assert "does not exist" in person.is_refused("homes", "list", "--config", "none.toml")
    assert "nothing is registered" in person.is_refused("homes", "list", "--data", "empty")
    assert not (person.directory / "empty").exists(), "asking creates nothing"
    person.runs("homes", "import", "elm.toml", "--data", "here")
    monkeypatch.setenv("KEEPWELL_DATA", "here")
    assert person.reads("homes", "list")[0]["reference"] == "ELM-12"


def test_a_bad_file_is_told_whole_and_changes_nothing(settled: Person):
    (settled.directory / "bad.toml").write_text(HOME + '[[home.rules]]\ntype = "not_upp"\n', encoding="utf-8")
    said = settled.is_refused("homes", "import", "bad.toml")
    assert "not_upp" in said
    assert settled.reads("homes", "show", "ELM-12")["rules"] == []
    (settled.directory / "notes").write_text("not a database", encoding="utf-8")
    assert "cannot be used" in settled.is_refused("homes", "import", "elm.toml", "--data", "notes")
    (settled.directory / "odd").mkdir()
    (settled.directory / "odd" / "keepwell.db").write_text("not a database at all" * 100, encoding="utf-8")
    assert "not a database" in settled.is_refused("homes", "list", "--data", "odd")


@pytest.mark.parametrize("name", ["casas_hh111_week", "casas_tm000_absence", "homeassistant_pt"])
def test_recorded_homes_are_imported_and_shown(settled: Person, name: str):
    said = settled.runs("homes", "import", str(shared_data(f"{name}.home.toml")))
    reference = said.split()[0]
    assert "created" in said
    assert len(settled.reads("homes", "show", reference)["devices"]) > 4


@pytest.mark.parametrize("group", ["homes", "devices", "contacts"])
def test_every_command_explains_itself(group: str):
    names = [command.name or command.callback.__name__ for command in globals()[group].app.registered_commands]
    assert len(names) >= 5
    for name in names:
        result = CliRunner().invoke(keepwell, [group, name, "--help"])
        assert result.exit_code == 0, result.output
        for word in ("manager", "patient", "user's", "elderly"):
            assert word not in result.output
