"""`keepwell homes hub`: how a hub is set up."""

from pathlib import Path

import pytest

from gateway.cli.hub_options import read_options, with_enocean
from gateway.errors import BadInput
from gateway.registry.options import OptionsEntry
from tests.cli.test_registry_commands import HOME, Person

ENOCEAN = """
[CONFIG]
enocean_port = /dev/ttyUSB0
mqtt_prefix = enocean/flat/

[front door]
address = 0x05834FA4
rorg    = 0xD5
func    = 0x00
type    = 0x01

[bath/leak]
address = 0x05834FA5
rorg = 0xA5
func = 0x30
type = 3
"""


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEEPWELL_DATA", "data")
    (tmp_path / "elm.toml").write_text(HOME, encoding="utf-8")
    person = Person(tmp_path)
    person.runs("homes", "import", "elm.toml")
    return person


HUB = ("homes", "hub", "ELM-12", "elm-12")


def test_options_are_set_shown_and_reset(person: Person):
    said = person.runs(*HUB, "--set", "zigbee2mqtt_base=z2m", "--set", "shelly_prefixes=flat/plug, flat/door")
    assert said.splitlines() == [
        "Hub elm-12 of ELM-12 set up.",
        '  zigbee2mqtt_base = "z2m"',
        '  shelly_prefixes = ["flat/plug", "flat/door"]',
    ]
    person.runs(*HUB, "--set", "enocean-sensors=front door=D5-00-01,bath=A5-30-03", "--set", "shelly_fahrenheit=yes")
    shown = person.reads(*HUB, "--show")
    assert shown["enocean_sensors"] == {"front door": "D5-00-01", "bath": "A5-30-03"}
    assert (shown["zigbee2mqtt_base"], shown["shelly_fahrenheit"], shown["glow_prefix"]) == ("z2m", True, "glow")
    assert 'zigbee2mqtt_base\t"z2m"\t' in person.runs(*HUB, "--show")
    assert person.reads("homes", "show", "ELM-12")["hubs"][0]["options"]["zigbee2mqtt_base"] == "z2m"
    assert "shelly_fahrenheit, enocean_sensors" in person.runs("homes", "show", "ELM-12")
    for option in ("zigbee2mqtt_base", "shelly_prefixes", "enocean_sensors", "shelly_fahrenheit"):
        person.runs(*HUB, "--set", f"{option}=")
    assert person.reads("homes", "list")[0]["hubs"] == [{"name": "elm-12", "replay": False, "options": {}}]


def test_setting_an_option_leaves_the_rest_of_the_hub_alone(person: Person):
    person.runs(*HUB, "--replay")
    person.runs(*HUB, "--set", "glow_prefix=meter")
    assert person.reads("homes", "list")[0]["hubs"][0]["replay"] is True
    person.runs("homes", "hub", "ELM-12", "elm-cellar", "--set", "glow_prefix=meter")
    assert [hub["name"] for hub in person.reads("homes", "list")[0]["hubs"]] == ["elm-12", "elm-cellar"]


def test_a_file_replaces_all_of_them(person: Person):
    person.runs(*HUB, "--set", "glow_prefix=meter")
    (person.directory / "options.toml").write_text('homie_domain = "flat"\n', encoding="utf-8")
    person.runs(*HUB, "--options", "options.toml", "--set", "zwave_prefix=zw")
    assert person.reads("homes", "list")[0]["hubs"][0]["options"] == {"zwave_prefix": "zw", "homie_domain": "flat"}


def test_enocean_sensors_come_from_the_hubs_own_file(person: Person):
    (person.directory / "enoceanmqtt.conf").write_text(ENOCEAN, encoding="utf-8")
    person.runs(*HUB, "--enocean-file", "enoceanmqtt.conf")
    assert person.reads("homes", "list")[0]["hubs"][0]["options"] == {
        "enocean_prefix": "enocean/flat",
        "enocean_sensors": {"front door": "D5-00-01", "bath/leak": "A5-30-03"},
    }


@pytest.mark.parametrize(("words", "said"), [
    (("--set", "zigbee2mqtt_bas=z2m"), "did you mean zigbee2mqtt_base?"),
    (("--set", "zigbee2mqtt_base"), "write zigbee2mqtt_base=VALUE"),
    (("--set", "zigbee2mqtt_base=z2m/#"), "leave out the wildcards"),
    (("--set", "shelly_fahrenheit=perhaps"), "shelly_fahrenheit=true"),
    (("--set", "lorawan_keys=TempC"), "write lorawan_keys=NAME=VALUE"),
    (("--options", "none.toml"), "cannot be read"),
    (("--options", "bad.toml"), "bad.toml is not valid TOML"),
    (("--options", "odd.toml"), "odd.toml: "),
    (("--enocean-file", "elm.toml"), "elm.toml"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_a_line(person: Person, words: tuple[str, ...], said: str):
    (person.directory / "bad.toml").write_text("zwave_prefix =", encoding="utf-8")
    (person.directory / "odd.toml").write_text("zwave = 1", encoding="utf-8")
    assert said in person.is_refused(*HUB, *words)
    assert person.reads("homes", "list")[0]["hubs"][0]["options"] == {}


@pytest.mark.parametrize(
    "text", ["", "[CONFIG]\n", "[door]\nrorg = 0xD5\n", "no section", "[door]\nrorg = x\nfunc=1\ntype=1"]
)
def test_a_file_without_whole_sensors_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "enocean.conf"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"enocean\.conf"):
        with_enocean(OptionsEntry(), path)
    assert read_options(None) == OptionsEntry()
