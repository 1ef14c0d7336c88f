from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from devices.instant import DAY, HOUR
from gateway.database.engine import Database
from gateway.database.tables import AlertRow, ContactRow, DeviceRow, HomeRow, HubRow, RoomRow, RuleStatusRow, StateRow
from gateway.errors import BadInput
from gateway.registry import contacts, devices, homes
from gateway.registry.devices import Details
from gateway.registry.entries import StepEntry
from gateway.registry.homefile import HomeFile, dump_home, load_home, read_home
from gateway.registry.registry import SqlRegistry
from tests.support.shared import shared_data

NOW = 1_767_600_000_000_000
ELM = """
[home]
reference = "ELM-12"
time_zone = "Europe/Lisbon"
area = "north"
occupants = 1
mode = "at home"
[[home.rooms]]
name = "hall"
kind = "hall"
[[home.rooms]]
name = "kitchen"
kind = "kitchen"
[[home.hubs]]
name = "elm-hub"
replay = false
[[home.devices]]
address = "zigbee2mqtt:0x1"
room = "hall"
role = "front-door"
hub = "elm-hub"
[[home.devices]]
address = "zigbee2mqtt:0x2"
room = "kitchen"
hub = "elm-hub"
maker = "Aqara"
model = "RTCGQ11LM"
quantities = ["motion"]
last_heard = "2026-01-01T08:00:00Z"
[[home.residents]]
name = "Ada"
consent = { by = "Ada", basis = "signed form", at = "2026-01-01T10:00:00Z" }
[[home.contacts]]
name = "Anna"
channels = ["mailto://anna@example.org", "console:"]
language = "de"
quiet_hours = "22:00-07:00"
[[home.contacts]]
name = "Ben"
channels = ["console:"]
[[home.escalation]]
contacts = ["Anna", "Ben"]
wait = "5 min"
[[home.escalation]]
contacts = ["Ben"]
wait = "10 min"
[[home.rules]]
type = "not_up"
by = "10:30"
"""
BARE = '[home]\nreference = "ELM-12"\ntime_zone = "Europe/Lisbon"\n'


@pytest.fixture
def database(tmp_path: Path):
    opened = Database.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def registry(database: Database) -> SqlRegistry:
    made = SqlRegistry(database)
    made.import_home(read_home(ELM), NOW)
    return made


def ids(registry: SqlRegistry) -> dict[str, int]:
    with registry.reading() as session:
        home = homes.get_home(session, "ELM-12")
        return {row.address: row.id for row in home.devices} | {row.name: row.id for row in home.contacts}


# ------------------------------------------------------------------------------------------------ import, export


def test_what_was_imported_comes_out_again(registry: SqlRegistry):
    assert registry.export_home("ELM-12") == read_home(ELM)
    assert read_home(dump_home(registry.export_home("ELM-12"))) == read_home(ELM)


@pytest.mark.parametrize("name", ["casas_hh111_week", "casas_tm000_absence", "homeassistant_pt"])
async def test_recorded_homes_import_and_are_in_the_picture(database: Database, name: str):
    registry = SqlRegistry(database)
    file = load_home(shared_data(f"{name}.home.toml"))
    assert registry.import_home(file, NOW) == "created"
    assert registry.import_home(file, NOW + DAY) == "unchanged"
    assert registry.import_home(registry.export_home(file.reference), NOW + DAY) == "unchanged"
    home = (await registry.directory()).homes[file.reference]
    assert not home.consent, "no resident has consented yet"
    imported = replace(file.to_home(NOW), consent=False)
    assert replace(home, rooms=imported.rooms) == imported
    assert sorted(home.rooms, key=str) == sorted(imported.rooms, key=str)


async def test_importing_the_same_again_changes_nothing(registry: SqlRegistry):
    before = await registry.directory(), ids(registry)
    assert registry.import_home(read_home(ELM), NOW + DAY) == "unchanged"
    directory = await registry.directory()
    assert (directory.revision, ids(registry)) == (before[0].revision, before[1])
    assert {device.registered_at for device in directory.homes["ELM-12"].devices} == {NOW}


async def test_sections_that_a_file_lacks_stay_as_registered(registry: SqlRegistry):
    before = registry.export_home("ELM-12")
    assert registry.import_home(read_home(BARE), NOW) == "unchanged"
    assert registry.export_home("ELM-12") == before


def test_a_section_that_a_file_has_is_the_whole_truth_and_the_rest_keeps_its_ids(registry: SqlRegistry):
    before = ids(registry)
    text = ELM.replace('name = "Ben"', 'name = "Cleo"').replace('"Ben"', '"Cleo"').replace("0x2", "0x3")
    assert registry.import_home(read_home(text), NOW) == "updated"
    after = ids(registry)
    assert after["Anna"] == before["Anna"]
    assert after["zigbee2mqtt:0x1"] == before["zigbee2mqtt:0x1"]
    assert set(after) == {"zigbee2mqtt:0x1", "zigbee2mqtt:0x3", "Anna", "Cleo"}
    assert after["Cleo"] != before["Ben"], "an id that the outbox may know is never given to somebody else"
    assert registry.export_home("ELM-12") == read_home(text)


def test_an_id_of_a_contact_is_never_given_again(registry: SqlRegistry):
    with registry.changing() as session:
        last = contacts.add_contact(session, "ELM-12", "Zoe", ["console:"]).id
    with registry.changing() as session:
        contacts.remove_contact(session, "ELM-12", "Zoe")
    with registry.changing() as session:
        assert contacts.add_contact(session, "ELM-12", "Yann", ["console:"]).id > last


async def test_last_heard_of_a_file_never_goes_back(registry: SqlRegistry):
    later = read_home(ELM.replace("2026-01-01T08:00:00Z", "2026-01-03T08:00:00Z"))
    registry.import_home(later, NOW)
    registry.import_home(read_home(ELM), NOW)
    found = (await registry.directory()).find("elm-hub", "zigbee2mqtt:0x2")
    assert found is not None
    assert found[1].last_heard == later.instant("2026-01-03T08:00:00Z")


def test_a_hub_of_another_home_is_refused_and_nothing_is_changed(registry: SqlRegistry):
    with pytest.raises(BadInput, match="belongs to home ELM-12"):
        registry.import_home(read_home(ELM.replace("ELM-12", "OAK-1")), NOW)
    with pytest.raises(BadInput, match='home "OAK-1" is not known'):
        registry.export_home("OAK-1")


def test_an_older_file_does_not_undo_a_withdrawal(registry: SqlRegistry):
    with registry.changing() as session:
        homes.withdraw_consent(session, "ELM-12", "Ada", NOW)
    registry.import_home(read_home(ELM), NOW)
    assert not registry.export_home("ELM-12").consents
    registry.import_home(read_home(ELM.replace("2026-01-01T10", "2026-03-01T10")), NOW)
    assert registry.export_home("ELM-12").consents


def test_rules_that_are_wrong_are_refused_whole(database: Database):
    def validate(rule_type: str, _parameters: object) -> None:
        raise BadInput(f"there is no rule type {rule_type}")

    with pytest.raises(BadInput, match=r'no\. 1 "not_up": there is no rule type'):
        SqlRegistry(database, validate).import_home(read_home(ELM), NOW)


# ------------------------------------------------------------------------------------------------ revision


CHANGES = {
    "mode": lambda session: homes.set_mode(session, "ELM-12", "away"),
    "a room": lambda session: homes.add_room(session, "ELM-12", "bath", "bathroom"),
    "a room's kind": lambda session: homes.add_room(session, "ELM-12", "hall", "entrance"),
    "a hub": lambda session: homes.add_hub(session, "ELM-12", "elm-2"),
    "a hub's replay": lambda session: homes.add_hub(session, "ELM-12", "elm-hub", replay=True),
    "a home": lambda session: homes.add_home(session, "OAK-1", "UTC"),
    "a home removed": lambda session: homes.remove_home(session, "ELM-12"),
    "a rule": lambda session: homes.set_rule(session, "ELM-12", "not_up", {"by": "11:00"}),
    "a rule removed": lambda session: homes.remove_rule(session, "ELM-12", "not_up"),
    "consent withdrawn": lambda session: homes.withdraw_consent(session, "ELM-12", "Ada", NOW),
    "consent": lambda session: homes.record_consent(session, "ELM-12", "Bea", "Bea", "signed form", NOW),
    "a device": lambda session: devices.add_device(session, "ELM-12", "a:9", NOW),
    "a device moved": lambda session: devices.set_device(session, "ELM-12", "zigbee2mqtt:0x1", Details(room="kitchen")),
    "a device replaced": lambda session: devices.replace_device(session, "ELM-12", "zigbee2mqtt:0x1", "a:9", NOW),
    "a device retired": lambda session: devices.retire_device(session, "ELM-12", "zigbee2mqtt:0x1"),
    "a contact": lambda session: contacts.add_contact(session, "ELM-12", "Cleo", ["console:"]),
    "a contact's language": lambda session: contacts.set_contact(session, "ELM-12", "Anna", language="pt"),
    "a contact removed": lambda session: contacts.remove_contact(session, "ELM-12", "Anna"),
    "an escalation": lambda session: contacts.set_escalation(session, "ELM-12", "default", ()),
}
NO_CHANGES = {
    "mode": lambda session: homes.set_mode(session, "ELM-12", "at home"),
    "a room": lambda session: homes.add_room(session, "ELM-12", "hall", "hall"),
    "a rule": lambda session: homes.set_rule(session, "ELM-12", "not_up", {"by": "10:30"}),
    "a contact": lambda session: contacts.set_contact(session, "ELM-12", "Anna", language="de"),
    "an escalation": lambda session: contacts.set_escalation(
        session, "ELM-12", "default",
        (StepEntry(contacts=("Anna", "Ben"), wait=300), StepEntry(contacts=("Ben",), wait=600)),
    ),
    "nothing": lambda _session: None,
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
async def test_every_change_raises_the_revision_once(registry: SqlRegistry, what: str):
    before = await registry.revision()
    await registry.change(CHANGES[what])
    assert await registry.revision() == before + 1


@pytest.mark.parametrize("what", NO_CHANGES)
async def test_what_changes_nothing_leaves_the_revision(registry: SqlRegistry, what: str):
    before = await registry.revision()
    await registry.change(NO_CHANGES[what])
    assert await registry.revision() == before


async def test_a_change_that_fails_leaves_everything(registry: SqlRegistry):
    before = await registry.revision(), registry.export_home("ELM-12")

    def half(session: Session) -> None:
        homes.set_mode(session, "ELM-12", "away")
        homes.add_room(session, "ELM-12", "bath", "bathroom")
        session.flush()
        homes.get_home(session, "ELM-21")

    with pytest.raises(BadInput):
        await registry.change(half)
    assert (await registry.revision(), registry.export_home("ELM-12")) == before


async def test_a_change_by_another_process_is_seen(registry: SqlRegistry, tmp_path: Path):
    seen = await registry.revision()
    other = Database.open(tmp_path)
    try:
        with SqlRegistry(other).changing() as session:
            homes.set_mode(session, "ELM-12", "away")
    finally:
        other.close()
    assert await registry.revision() > seen
    assert (await registry.directory()).homes["ELM-12"].mode == "away"


# ------------------------------------------------------------------------------------------------ single changes


async def test_another_sensor_takes_the_place_of_a_broken_one(registry: SqlRegistry):
    later = NOW + HOUR
    await registry.change(
        lambda session: devices.replace_device(session, "ELM-12", "zigbee2mqtt:0x2", "zigbee2mqtt:0x7", later)
    )
    found = (await registry.directory()).find("elm-hub", "zigbee2mqtt:0x7")
    assert found is not None
    device = found[1]
    assert (device.room, device.registered_at, device.last_heard, device.model) == ("kitchen", later, None, None)


REFUSED = {
    "needs a known home": (lambda s: devices.add_device(s, "ELM-21", "a:9", NOW), "did you mean ELM-12"),
    "needs a known room": (lambda s: devices.add_device(s, "ELM-12", "a:9", NOW, details=Details(room="hal")), "hall"),
    "needs a known role": (
        lambda s: devices.set_device(s, "ELM-12", "zigbee2mqtt:0x1", Details(role="dor")),
        'role "dor" is not known',
    ),
    "needs a new address": (lambda s: devices.add_device(s, "ELM-12", "zigbee2mqtt:0x1", NOW), "already"),
    "needs a known hub": (lambda s: devices.add_device(s, "ELM-12", "a:9", NOW, hub="elm"), "did you mean elm-hub"),
    "needs a known device": (lambda s: devices.retire_device(s, "ELM-12", "zigbee2mqtt:0x8"), "did you mean"),
    "replaces by a free address": (
        lambda s: devices.replace_device(s, "ELM-12", "zigbee2mqtt:0x1", "zigbee2mqtt:0x2", NOW),
        "retire that entry first",
    ),
    "keeps a room in use": (lambda s: homes.remove_room(s, "ELM-12", "hall"), "still has zigbee2mqtt:0x1"),
    "keeps a hub in use": (lambda s: homes.remove_hub(s, "ELM-12", "elm-hub"), "still has 2 devices"),
    "needs a mode that exists": (lambda s: homes.set_mode(s, "ELM-12", "gone"), 'mode "gone"'),
    "adds a home once": (lambda s: homes.add_home(s, "ELM-12", "UTC"), "registered already"),
    "adds a home with a zone": (lambda s: homes.add_home(s, "OAK-1", "Lisbon"), "time_zone"),
    "needs a channel": (lambda s: contacts.add_contact(s, "ELM-12", "Cleo", []), "give at least one"),
    "adds a contact once": (lambda s: contacts.add_contact(s, "ELM-12", "Anna", ["console:"]), "there already"),
    "escalates to contacts": (
        lambda s: contacts.set_escalation(s, "ELM-12", "default", [StepEntry(contacts=("Ana",))]),
        "did you mean Anna",
    ),
    "withdraws what was given": (lambda s: homes.withdraw_consent(s, "ELM-12", "Bea", NOW), 'resident "Bea"'),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_change(registry: SqlRegistry, what: str):
    work, words = REFUSED[what]
    with pytest.raises(BadInput) as refused:
        await registry.change(work)
    assert words in str(refused.value)


def test_removing_a_contact_tells_which_routes_reach_nobody(registry: SqlRegistry):
    with registry.changing() as session:
        contacts.set_escalation(session, "ELM-12", "fire", [StepEntry(contacts=("Anna",))])
    with registry.changing() as session:
        assert contacts.remove_contact(session, "ELM-12", "Anna") == ["fire"]
        (first, second) = contacts.escalations(homes.get_home(session, "ELM-12"))["default"]
    assert [person.name for person in (*first.contacts, *second.contacts)] == ["Ben", "Ben"]


def test_a_home_with_open_alerts_is_not_removed_by_mistake(registry: SqlRegistry):
    with registry.changing() as session:
        session.add(
            AlertRow(
                home="ELM-12", rule="pendant", concerns="person", priority=1, state="raised", explanation="",
                evidence={}, event_at=NOW, raised_at=NOW, round_at=NOW,
            )
        )  # fmt: skip
        session.add(StateRow(home="ELM-12", state=b"x"))
        session.add(RuleStatusRow(home="ELM-12", rule="pendant", state="armed", reason="", since=NOW))
    with pytest.raises(BadInput, match="1 open alerts"), registry.changing() as session:
        homes.remove_home(session, "ELM-12")
    with registry.changing() as session:
        homes.remove_home(session, "ELM-12", force=True)
    with registry.reading() as session:
        left = [session.query(table).count() for table in (AlertRow, StateRow, RuleStatusRow, ContactRow)]
    assert left == [1, 0, 0, 0]


# ------------------------------------------------------------------------------------------------ size


@pytest.mark.parametrize("count", [1, 300])
async def test_any_number_of_homes_is_read_with_a_few_queries(database: Database, count: int):
    registry = SqlRegistry(database)
    names = [f"HOME-{number}" for number in range(count)]
    sensor = {"room": "hall", "quantities": ["motion"], "registered_at": NOW}
    with registry.changing() as session:
        session.execute(insert(HomeRow), [{"reference": name, "time_zone": "Europe/Lisbon"} for name in names])
        session.execute(insert(HubRow), [{"name": name.lower(), "home": name} for name in names])
        session.execute(insert(RoomRow), [{"home": name, "name": "hall", "kind": "hall"} for name in names])
        session.execute(
            insert(DeviceRow),
            [
                {"home": name, "hub": name.lower(), "address": f"a:{number}"} | sensor
                for name in names
                for number in range(15)
            ],
        )
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    directory = await registry.directory()
    assert len(directory.homes) == count
    assert all(len(home.devices) == 15 for home in directory.homes.values())
    assert len(asked) < 12


def test_a_home_file_made_in_code_is_checked_too():
    with pytest.raises(ValueError, match='room "hall" is not known'):
        HomeFile.model_validate(
            {"reference": "ELM-1", "time_zone": "UTC", "devices": [{"address": "a:1", "room": "hall"}]}
        )
