import asyncio
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli import contacts, devices, homes
from gateway.cli.refusal import PlainGroup
from gateway.database.engine import Database
from gateway.database.tables import AlertRow
from gateway.journal.sqlite import SqliteJournal
from gateway.model import Quarantined, Sighting, Taken
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
MORNING = 1_767_600_000_000_000
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
    assert said.startswith("ELM-12 unchanged: 1 room, 1 device, hub elm-12.")
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
    assert said.splitlines()[1:] == ["default\t1\tAnna\t5 min\talways", "default\t2\tAnna, Care line\t90 s\talways"]

    shown = settled.reads("homes", "show", "ELM-12")
    assert (shown["consent"], [one["name"] for one in shown["residents"]]) == (True, ["Ada"])
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


def test_who_consented_and_who_is_told_is_shown_with_the_home(settled: Person):
    assert "No residents" in settled.runs("homes", "show", "ELM-12")
    settled.runs(
        "homes", "consent", "ELM-12", "--resident", "Ada", "--by", "her son", "--basis", "attorney",
        "--at", "2026-07-01T10:00", "--purpose", "alerts", "--purpose", "daily picture for family",
        "--review-on", "2027-07-01",
    )  # fmt: skip
    settled.runs(
        "contacts", "add", "ELM-12", "Anna", "--channel", "mailto://anna:secret@example.org", "--sees", "rooms"
    )
    settled.runs("contacts", "escalation", "ELM-12", "--step", "Anna:5min")
    said = settled.runs("homes", "show", "ELM-12")
    assert "Ada\ther son\tattorney\t2026-07-01 10:00\t\talerts, daily picture for family\t2027-07-01" in said
    assert "Anna\tmailto://…\ten\t\trooms" in said
    assert "default\t1\tAnna\t5 min" in said
    shown = settled.reads("homes", "show", "ELM-12")
    consent = {
        "by": "her son", "basis": "attorney", "at": "2026-07-01T09:00:00Z", "withdrawn_at": None,
        "purposes": ["alerts", "daily picture for family"], "review_on": "2027-07-01",
    }  # fmt: skip
    assert shown["residents"] == [{"name": "Ada", "consent": consent}]
    assert [one["channels"] for one in shown["contacts"]] == [["mailto://…"]]


def test_nobody_sees_more_than_the_consent_is_for(settled: Person):
    consent = ("homes", "consent", "ELM-12", "--resident", "Ada", "--by", "Ada", "--basis", "signed form")
    family = ("--purpose", "daily picture for family")
    settled.runs(*consent, "--purpose", "alerts", *family)
    settled.runs("contacts", "add", "ELM-12", "Anna", "--channel", "console:", "--sees", "up and about")
    said = settled.runs(*consent, "--purpose", "alerts")
    assert "Anna sees alerts only from now on" in said
    assert settled.reads("contacts", "list", "ELM-12")["contacts"][0]["sees"] == "alerts"
    assert "did not agree" in settled.is_refused("contacts", "set", "ELM-12", "Anna", "--sees", "rooms")
    assert "did you mean alerts" in settled.is_refused(*consent, "--purpose", "alert")
    assert "2027-01-31" in settled.is_refused(*consent, "--review-on", "soon")


@pytest.mark.parametrize("channel", ["telepathy://secret@example.org", "tgram://secret", "mqtt:secret", "sms:secret"])
def test_a_channel_that_cannot_be_used_is_refused_and_keeps_its_secret(settled: Person, channel: str):
    settled.runs("contacts", "add", "ELM-12", "Ben", "--channel", "console:")
    bad = HOME + f'[[home.contacts]]\nname = "Anna"\nchannels = ["{channel}"]\n'
    (settled.directory / "bad.toml").write_text(bad, encoding="utf-8")
    for words in (
        ("contacts", "add", "ELM-12", "Anna", "--channel", channel),
        ("contacts", "set", "ELM-12", "Ben", "--channel", channel),
        ("homes", "import", "bad.toml"),
    ):
        said = settled.is_refused(*words)
        assert f"channel {channel.removesuffix('secret@example.org').removesuffix('secret')}" in said
        assert "ntfy://topic" in said
        assert "secret" not in said
    assert [one["name"] for one in settled.reads("contacts", "list", "ELM-12")["contacts"]] == ["Ben"]


def test_contacts_change_and_go(settled: Person):
    settled.runs("contacts", "add", "ELM-12", "Anna", "--channel", "console:", "--quiet-hours", "22:00-07:00")
    settled.runs("contacts", "escalation", "ELM-12", "--route", "fire", "--step", "Anna:1min")
    settled.runs("contacts", "set", "ELM-12", "Anna", "--channel", "mqtt:", "--language", "pt", "--quiet-hours", "")
    assert settled.reads("contacts", "list", "ELM-12")["contacts"] == [
        {"name": "Anna", "channels": ["mqtt:"], "language": "pt", "quiet_hours": None, "sees": "alerts"}
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


def hear(person: Person, *taken: Taken) -> None:
    """The gateway's journal keeps what was heard."""

    async def keep() -> None:
        journal = await SqliteJournal.open(person.directory / "kept" / "journal.db")
        try:
            await journal.append(taken)
        finally:
            await journal.close()

    asyncio.run(keep())


def test_what_is_heard_and_not_registered(settled: Person):
    assert settled.runs("devices", "heard") == "Nothing unregistered has been heard.\n"

    hear(
        settled,
        Taken(
            sightings=(
                Sighting("elm-12", "zigbee2mqtt:0x1", ("contact",), MORNING),
                Sighting("elm-12", "zigbee2mqtt:0x9", ("motion",), MORNING, model="RTCGQ11LM"),
            )
        ),
    )
    (found,) = settled.reads("devices", "heard")
    assert (found["hub"], found["address"], found["quantities"]) == ("elm-12", "zigbee2mqtt:0x9", ["motion"])
    assert found["last_heard"] == "2026-01-05T08:00:00Z"
    assert "RTCGQ11LM" in settled.runs("devices", "heard")


def test_a_role_is_suggested_for_what_is_heard(settled: Person):
    hear(settled, Taken(sightings=(Sighting("elm-12", "zigbee2mqtt:0x8", ("button",), MORNING, model="SBTZB-110"),)))
    assert settled.reads("devices", "heard")[0]["suggested_role"] == "pendant"
    assert "\tbutton\tpendant\t" in settled.runs("devices", "heard")


def test_a_bridge_is_no_sensor_and_one_that_was_only_introduced_was_never_heard(settled: Person):
    told = Sighting("elm-12", "zwave:0xe1:5", ("contact",), MORNING, "Front door", "Acme", "X1", introduced=True)
    hear(settled, Taken(sightings=(told, Sighting("elm-12", "zwave:bridge", ("online",), MORNING))))
    (found,) = settled.reads("devices", "heard")
    assert (found["address"], found["suggested_role"], found["count"]) == ("zwave:0xe1:5", "front-door", 0)
    heard = settled.runs("devices", "heard").splitlines()[1]
    assert heard == "elm-12\tzwave:0xe1:5\tFront door\tAcme\tX1\tcontact\tfront-door\tnever\t0"


def test_a_device_is_listed_once_with_its_parts_and_not_at_all_once_it_is_registered(settled: Person):
    told = Sighting("elm-12", "homeassistant:b1", ("button", "battery"), MORNING, "Bedside", "Acme", introduced=True)
    parts = [
        Sighting("elm-12", f"homeassistant:b1/{part}", (quantity,), MORNING + 5 + at, "Part of it")
        for at, (part, quantity) in enumerate((("press", "button"), ("low", "battery_low"), ("press", "button")))
    ]
    hear(settled, Taken(sightings=(parts[0], told)), Taken(sightings=tuple(parts[1:])))
    (found,) = settled.reads("devices", "heard")
    assert (found["address"], found["name"], found["maker"]) == ("homeassistant:b1", "Bedside", "Acme")
    assert (found["quantities"], sorted(found["parts"])) == (["battery", "battery_low", "button"], ["low", "press"])
    assert found["count"] == 2
    settled.runs("devices", "add", "ELM-12", "homeassistant:b1")
    assert settled.reads("devices", "heard") == []


def test_a_name_with_a_slash_is_no_part_of_a_device_that_nobody_heard(settled: Person):
    hear(settled, Taken(sightings=tuple(
        Sighting("elm-12", f"tasmota:attic/{name}", ("power",), MORNING) for name in ("boiler", "kettle")
    )))  # fmt: skip
    assert {one["address"] for one in settled.reads("devices", "heard")} == {
        "tasmota:attic/boiler",
        "tasmota:attic/kettle",
    }


def test_what_a_sensor_told_of_itself_is_noted_when_it_is_registered(settled: Person):
    told = Sighting("elm-12", "zwave:0xe1:5", ("contact", "battery"), MORNING, "Front door", "Acme", "X1")
    hear(settled, Taken(sightings=(told,)))
    settled.runs("devices", "add", "ELM-12", "zwave:0xe1:5", "--model", "X1-B")
    device = next(one for one in settled.reads("devices", "list", "ELM-12") if one["address"] == "zwave:0xe1:5")
    assert (device["maker"], device["model"], device["quantities"]) == ("Acme", "X1-B", ["battery", "contact"])
    assert "\tAcme\tX1-B\tbattery, contact\tnever" in settled.runs("devices", "list", "ELM-12")


def test_what_could_not_be_read_can_be_looked_at(settled: Person):
    assert settled.runs("devices", "unreadable") == "Every message could be read.\n"
    kept = Quarantined(
        "elm-12", "homes/+/zigbee2mqtt/+", "zigbee2mqtt", "bad_json", "line 1", 7, "ab", MORNING, b"secret\x1b"
    )
    gone = Quarantined(None, "+/+", None, "unknown_topic", "", 3, "cd", MORNING + 1)
    hear(settled, Taken(quarantined=(kept, gone)))
    said = settled.runs("devices", "unreadable")
    assert "2026-01-05T08:00:00Z\telm-12\thomes/+/zigbee2mqtt/+\tbad_json\tline 1\t7" in said
    assert "secret" not in said
    latest, first = settled.reads("devices", "unreadable")
    assert (latest["reason"], first["size"], "payload" in first) == ("unknown_topic", 7, False)
    latest, first = settled.reads("devices", "unreadable", "--payload")
    assert (latest["payload"], first["payload"]) == (None, "secret\ufffd")
    assert "secret" in settled.runs("devices", "unreadable", "--payload")
    assert len(settled.reads("devices", "unreadable", "--limit", "1")) == 1


def test_a_retired_sensor_leaves_its_open_alerts_to_people(settled: Person):
    database = Database.open(settled.directory / "kept")
    with database.transaction() as session:
        for rule, subject, state in (
            ("sensor_silent", "zigbee2mqtt:0x1", "raised"),
            ("hazard", "smoke zigbee2mqtt:0x1", "accepted"),
            ("battery", "zigbee2mqtt:0x1", "closed"),
            ("battery", "zigbee2mqtt:0x10", "raised"),
        ):
            session.add(
                AlertRow(home="ELM-12", rule=rule, subject=subject, state=state, concerns="equipment", priority=3,
                         explanation="", evidence={}, event_at=MORNING, raised_at=MORNING, round_at=MORNING)
            )  # fmt: skip
    said = settled.runs("devices", "retire", "ELM-12", "zigbee2mqtt:0x1")
    assert said.splitlines()[1:] == [
        "Alert 1 (sensor_silent) about it stays open: keepwell alerts show 1",
        "Alert 2 (hazard) about it stays open: keepwell alerts show 2",
    ]
    with database.transaction() as session:
        assert [row.state for row in session.query(AlertRow)] == ["raised", "accepted", "closed", "raised"]
    database.close()


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
    assert settled.reads("homes", "list")[0]["hubs"] == [{"name": "elm-12", "replay": True, "options": {}}]
    assert 'mode "gone"' in settled.is_refused("homes", "mode", "ELM-12", "gone")
    settled.runs("homes", "add", "OAK-1", "--time-zone", "UTC", "--area", "north")
    assert settled.runs("homes", "list").splitlines()[2].startswith("OAK-1\tnorth\tat home\tno\toak-1\t")
    settled.runs("homes", "remove", "OAK-1")
    settled.runs("homes", "remove", "ELM-12")
    assert "No home is registered" in settled.runs("homes", "list")


def test_a_pack_of_rules_is_chosen_shown_and_taken_away(settled: Person):
    assert settled.runs("homes", "pack", "ELM-12", "falls-risk") == "ELM-12 has the pack falls-risk now.\n"
    assert settled.reads("homes", "show", "ELM-12")["pack"] == "falls-risk"
    assert "Pack of rules: falls-risk" in settled.runs("homes", "show", "ELM-12")
    assert 'pack = "falls-risk"' in settled.runs("homes", "export", "ELM-12")
    assert "did you mean falls-risk?" in settled.is_refused("homes", "pack", "ELM-12", "fall-risk")
    assert "keepwell rules packs" in settled.is_refused("homes", "pack", "ELM-12")
    assert settled.runs("homes", "pack", "ELM-12", "--none") == "ELM-12 has no pack of its own now.\n"
    assert "Pack of rules" not in settled.runs("homes", "show", "ELM-12")


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
    assert "is damaged: restore a backup" in settled.is_refused("homes", "list", "--data", "odd")


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


def test_who_registers_a_sensor_is_told_what_it_may_be_and_whether_it_was_heard(settled: Person):
    told = Sighting("elm-12", "zwave:0xe1:5", ("contact",), MORNING, "Front door", "Acme", "X1")
    hear(settled, Taken(sightings=(told,)))
    added = settled.runs("devices", "add", "ELM-12", "zwave:0xe1:5")
    assert "keepwell devices set ELM-12 zwave:0xe1:5 --role front-door" in added
    assert "Nothing has been heard" not in added
    mistyped = settled.runs("devices", "add", "ELM-12", "zwave:0xe1:6", "--role", "bed")
    assert "Nothing has been heard from it so far; did you mean zwave:0xe1:5?" in mistyped
    assert "It may be" not in mistyped


def test_only_the_last_of_many_neighbours_are_listed_unless_more_are_asked_for(settled: Person):
    many = tuple(Sighting("elm-12", f"rtl_433:tower:{at}", ("humidity",), MORNING + at) for at in range(103))
    hear(settled, Taken(sightings=many))
    assert len(settled.reads("devices", "heard")) == 103
    *_, oldest, more = settled.runs("devices", "heard").splitlines()
    assert oldest.split("\t")[1] == "rtl_433:tower:3"
    assert more == "3 devices more, heard before these: --limit 103 shows all."
    assert settled.runs("devices", "heard", "--hub", "other") == "Nothing unregistered has been heard.\n"
