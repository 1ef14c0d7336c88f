"""The Registry port: one suite over every implementation."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.measurement import Description
from gateway.database.engine import Database
from gateway.ports import Registry
from gateway.registry.homefile import read_home
from gateway.registry.memory import MemoryRegistry
from gateway.registry.registry import SqlRegistry

NOW = 1_767_600_000_000_000
ELM = """
[home]
reference = "ELM-12"
time_zone = "Europe/Lisbon"
area = "north"
occupants = 2
mode = "away"

[[home.rooms]]
name = "hall"
kind = "hall"

[[home.hubs]]
name = "elm-hub"
replay = true

[[home.devices]]
address = "zigbee2mqtt:name:front door"
room = "hall"
role = "front-door"

[[home.devices]]
address = "tasmota:plug"
maker = "Sonoff"
model = "S31"
quantities = ["power", "temperature"]
last_heard = "2026-01-01T08:00:00"

[[home.rules]]
type = "not_up"
key = "weekday"
route = "family"
by = "10:30"
"""
CONSENT = 'consent = { by = "Ada", basis = "signed form", at = "2026-01-01T10:00:00Z" }'
WITHDRAWN = CONSENT.replace(" }", ', withdrawn_at = "2026-01-02T10:00:00Z" }')
RESIDENTS = {
    "no resident": ("", False),
    "a resident without a record": ('[[home.residents]]\nname = "Ada"', False),
    "a resident who consents": (f'[[home.residents]]\nname = "Ada"\n{CONSENT}', True),
    "a resident who has withdrawn": (f'[[home.residents]]\nname = "Ada"\n{WITHDRAWN}', False),
    "one of two without a record": (
        f'[[home.residents]]\nname = "Ada"\n{CONSENT}\n[[home.residents]]\nname = "Ben"',
        False,
    ),
    "both of two": (f'[[home.residents]]\nname = "Ada"\n{CONSENT}\n[[home.residents]]\nname = "Ben"\n{CONSENT}', True),
}


@dataclass
class Subject:
    registry: Registry
    real: SqlRegistry | MemoryRegistry

    def register(self, text: str) -> None:
        self.real.import_home(read_home(text), NOW)


@pytest.fixture(params=["memory", "database"])
async def registered(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    if request.param == "memory":
        memory = MemoryRegistry()
        yield Subject(memory, memory)
        return
    database = Database.open(tmp_path)
    try:
        sql = SqlRegistry(database)
        yield Subject(sql, sql)
    finally:
        database.close()


async def test_an_empty_registry_has_nobody(registered: Subject):
    directory = await registered.registry.directory()
    assert directory.homes == {}
    assert directory.find("elm-hub", "tasmota:plug") is None


async def test_a_registered_home_is_in_the_picture_whole(registered: Subject):
    registered.register(ELM)
    directory = await registered.registry.directory()
    assert directory.homes["ELM-12"] == read_home(ELM).to_home(NOW, consent=False)
    assert directory.hubs["elm-hub"][1].replay
    found = directory.find("elm-hub", "tasmota:plug/DS18B20-1")
    assert found is not None
    assert found[1].quantities == ("power", "temperature")
    assert found[1].last_heard == 1_767_254_400_000_000


async def test_homes_come_in_the_order_of_their_references(registered: Subject):
    registered.register('[home]\nreference = "OAK-2"\ntime_zone = "UTC"')
    registered.register('[home]\nreference = "ASH-1"\ntime_zone = "UTC"')
    assert list((await registered.registry.directory()).homes) == ["ASH-1", "OAK-2"]


@pytest.mark.parametrize("case", RESIDENTS)
async def test_data_may_flow_only_when_every_resident_consents(registered: Subject, case: str):
    residents, consents = RESIDENTS[case]
    registered.register(f"{ELM}\n{residents}")
    assert (await registered.registry.directory()).homes["ELM-12"].consent is consents


async def test_the_revision_grows_with_every_change_and_is_the_pictures(registered: Subject):
    first = await registered.registry.revision()
    registered.register(ELM)
    second = await registered.registry.revision()
    registered.register(ELM.replace('"away"', '"paused"'))
    third = await registered.registry.revision()
    assert first < second < third
    assert (await registered.registry.directory()).revision == third
    assert await registered.registry.revision() == third


async def test_a_device_registered_by_name_gets_its_stable_address(registered: Subject):
    registered.register(ELM)
    before = await registered.registry.revision()
    named, stable = "zigbee2mqtt:name:front door", "zigbee2mqtt:0x00158d0001a2b3c4"
    assert await registered.registry.resolve_address("elm-hub", named, stable)
    directory = await registered.registry.directory()
    assert directory.revision > before
    assert directory.find("elm-hub", named) is None
    found = directory.find("elm-hub", stable)
    assert found is not None
    assert (found[1].room, found[1].role) == ("hall", "front-door")


async def test_an_unknown_name_resolves_nothing_and_changes_nothing(registered: Subject):
    registered.register(ELM)
    before = await registered.registry.revision()
    assert not await registered.registry.resolve_address("elm-hub", "zigbee2mqtt:name:no such", "zigbee2mqtt:0x1")
    assert not await registered.registry.resolve_address("oak-hub", "zigbee2mqtt:name:front door", "zigbee2mqtt:0x1")
    assert await registered.registry.revision() == before


async def test_a_name_whose_address_is_registered_too_becomes_one_device(registered: Subject):
    stable = "zigbee2mqtt:0x00158d0001a2b3c4"
    registered.register(f'{ELM}\n[[home.devices]]\naddress = "{stable}"\n')
    assert await registered.registry.resolve_address("elm-hub", "zigbee2mqtt:name:front door", stable)
    home = (await registered.registry.directory()).homes["ELM-12"]
    assert [(device.address, device.role) for device in home.devices] == [
        ("tasmota:plug", None),
        (stable, "front-door"),
    ]


async def test_what_a_device_tells_of_itself_is_noted(registered: Subject):
    registered.register(ELM)
    before = await registered.registry.revision()
    told = Description("tasmota:plug", "Plug", "Acme", "X1\n", ("power", "energy"))
    assert await registered.registry.describe("elm-hub", "tasmota:plug", told)
    device = next(one for one in (await registered.registry.directory()).homes["ELM-12"].devices if one.model == "S31")
    assert (device.maker, device.quantities) == ("Sonoff", ("power", "temperature", "energy"))
    revision = await registered.registry.revision()
    assert revision > before
    assert not await registered.registry.describe("elm-hub", "tasmota:plug", told)
    assert not await registered.registry.describe("elm-hub", "tasmota:nobody", told)
    assert await registered.registry.revision() == revision
    named = "zigbee2mqtt:name:front door"
    assert await registered.registry.describe("elm-hub", named, told._replace(maker="A" * 200))
    door = (await registered.registry.directory()).homes["ELM-12"].devices[0]
    assert (door.maker, door.model) == ("A" * 128, "X1")
