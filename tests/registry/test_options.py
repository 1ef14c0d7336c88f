"""Options of a hub: written by people, kept in the registry, handed to decoders."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
from alembic import command

from devices.convention import Options
from gateway.database.engine import Database
from gateway.errors import BadInput
from gateway.registry.homefile import dump_home, read_home
from gateway.registry.options import OptionsEntry, options_given, options_of
from gateway.registry.registry import SqlRegistry

NOW = 1_767_600_000_000_000
HOME = """
[home]
reference = "ELM-12"
time_zone = "Europe/Lisbon"

[[home.hubs]]
name = "elm"
[home.hubs.options]
zigbee2mqtt_base = "z2m/upstairs"
shelly_prefixes = ["flat/plug", "flat/door"]
shelly_fahrenheit = true
tasmota_full_topic = "home/%topic%/%prefix%/"
tasmota_prefixes = ["befehl", "status", "telemetrie"]
enocean_sensors = { "front door" = "d5-00-01" }

[home.hubs.options.lorawan_keys]
TempC_SHT = "temperature"

[[home.hubs]]
name = "elm-cellar"
"""
ELM = Options(
    zigbee2mqtt_base="z2m/upstairs",
    shelly_prefixes=("flat/plug", "flat/door"),
    shelly_fahrenheit=True,
    tasmota_full_topic="home/%topic%/%prefix%/",
    tasmota_prefixes=("befehl", "status", "telemetrie"),
    enocean_sensors={"front door": "D5-00-01"},
    lorawan_keys={"TempC_SHT": "temperature"},
)


@pytest.fixture
def registry(tmp_path: Path):
    database = Database.open(tmp_path)
    yield SqlRegistry(database)
    database.close()


def test_an_installer_may_set_every_option_but_one_and_the_defaults_are_the_decoders():
    assert [*OptionsEntry.model_fields] == [one.name for one in fields(Options)][1:]
    assert OptionsEntry().to_options() == Options()
    assert OptionsEntry().given() == {}


async def test_from_the_file_to_the_decoder_and_back(registry: SqlRegistry):
    file = read_home(HOME)
    assert [hub.options for hub in file.to_home(NOW).hubs] == [ELM, Options()]
    assert registry.import_home(file, NOW) == "created"
    assert registry.import_home(file, NOW) == "unchanged"
    hubs = (await registry.directory()).hubs
    assert (hubs["elm"][1].options, hubs["elm-cellar"][1].options) == (ELM, Options())
    exported = registry.export_home("ELM-12")
    assert exported.hubs == file.hubs
    assert read_home(dump_home(exported)) == exported


async def test_a_file_that_lists_a_hub_without_options_resets_them(registry: SqlRegistry):
    registry.import_home(read_home(HOME), NOW)
    before = await registry.revision()
    plain = read_home('[home]\nreference = "ELM-12"\ntime_zone = "Europe/Lisbon"\n')
    assert registry.import_home(plain, NOW) == "unchanged"  # a section that it leaves out stays
    assert (await registry.directory()).hubs["elm"][1].options == ELM
    hubs = HOME.partition("[home.hubs.options]")[0] + '[[home.hubs]]\nname = "elm-cellar"\n'
    assert registry.import_home(read_home(hubs), NOW) == "updated"
    assert (await registry.directory()).hubs["elm"][1].options == Options()
    assert await registry.revision() > before


def test_only_what_departs_from_the_defaults_is_kept():
    assert OptionsEntry(zigbee2mqtt_base="zigbee2mqtt", glow_prefix="meter").given() == {"glow_prefix": "meter"}
    assert (
        options_given(replace(ELM, trust_device_time=True)) == OptionsEntry.model_validate(options_given(ELM)).given()
    )
    assert options_of(options_given(ELM)) == ELM
    assert options_of({}) is options_of({})
    assert options_of({"from_a_later_keepwell": 1, "glow_prefix": "meter"}) == Options(glow_prefix="meter")


async def test_a_hub_of_before_has_the_defaults(registry: SqlRegistry, tmp_path: Path):
    registry.import_home(read_home(HOME), NOW)
    before = Database.open(tmp_path)
    command.downgrade(before.migrations(), "0001")
    before.close()
    again = Database.open(tmp_path)
    try:
        assert (await SqlRegistry(again).directory()).hubs["elm"][1].options == Options()
    finally:
        again.close()


@pytest.mark.parametrize(("line", "said"), [
    ('zigbee2mqtt_bass = "z2m"', "did you mean zigbee2mqtt_base?"),
    ('zigbee2mqtt_base = "z2m/"', 'must not begin or end with a slash: write "z2m"'),
    ('zigbee2mqtt_base = "/z2m//up"', 'write "z2m/up"'),
    ('zigbee2mqtt_base = ""', "must not be empty"),
    ('zwave_prefix = "zwave/#"', "leave out the wildcards + and #"),
    ('glow_prefix = "homes/elm/glow"', "leave out homes/HUB/"),
    ('zwave_prefix = "zigbee2mqtt"', 'zigbee2mqtt_base and zwave_prefix are both "zigbee2mqtt"'),
    ("trust_device_time = true", "trust_device_time"),
    ('shelly_fahrenheit = "perhaps"', "shelly_fahrenheit"),
    ('shelly_prefixes = ["a", "b/"]', "shelly_prefixes.1"),
    ('tasmota_full_topic = "%topic%/tele/"', "must hold %prefix% and %topic%"),
    ('tasmota_prefixes = ["cmnd", "stat"]', "give all three"),
    ('tasmota_prefixes = ["cmnd", "stat", "stat"]', "must differ"),
    ('tasmota_prefixes = ["cmnd", "stat", "te/le"]', "one word without a slash"),
    ('enocean_sensors = { door = "contact" }', "write it like D5-00-01"),
    ('lorawan_keys = { TempC = "warmth" }', 'quantity "warmth" is not known'),
    ('lorawan_keys = { TempC = " " }', "Expected a quantity"),
])  # fmt: skip
def test_what_cannot_be_is_refused_with_the_place_and_the_fix(line: str, said: str):
    options = (
        f'[home]\nreference = "ELM-12"\ntime_zone = "UTC"\n[[home.hubs]]\nname = "elm"\n[home.hubs.options]\n{line}\n'
    )
    with pytest.raises(BadInput) as refused:
        read_home(options)
    assert '[[home.hubs]] no. 1 "elm"' in str(refused.value)
    assert said in str(refused.value)
