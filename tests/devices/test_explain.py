"""`keepwell devices explain`: a capture told in words, and the devices in it."""

import io
import json
import sys
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from devices.convention import Options
from devices.measurement import Message
from gateway.cli import devices
from gateway.cli.capture import lines_of, read_captured, read_line
from gateway.cli.explain import Explained, plain
from gateway.cli.refusal import PlainGroup

STATE = {"contact": False, "temperature": 20.5, "battery": 80, "last_seen": "2026-01-05T08:30:00Z"}
INVENTORY = [
    {
        "ieee_address": "0x00158d0001a2b3c4",
        "friendly_name": "Front door",
        "type": "EndDevice",
        "definition": {"model": "MCCGQ11LM", "vendor": "Aqara", "exposes": []},
    }
]
keepwell = typer.Typer(cls=PlainGroup)
keepwell.add_typer(devices.app, name="devices")


def line(topic: str, payload: object, **more: object) -> str:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return json.dumps({"topic": topic, "payload": text, **more})


CAPTURE = "\n".join([
    line("homes/elm/zigbee2mqtt/Front door", STATE, tst="2026-01-05T09:30:01.000000Z+0100", qos=0, retain=0),
    line("homes/elm/zigbee2mqtt/bridge/devices", INVENTORY, tst="2026-01-05T09:31:00.000000Z+0100", retain=1),
    line("homes/elm/zigbee2mqtt/Front door", STATE | {"contact": True}, tst="2026-01-05T09:32:00.000000Z+0100"),
    'keepwell/hall-pir/motion {"value": true}',
    "keepwell/hall-pir/motion (null)",
    line("homes/elm/zigbee2mqtt/bridge/state", {"state": "offline"}),
    line("homes/elm/zigbee2mqtt/broken", "{broken"),
    "espresense/devices/phone7/kitchen {}",
    "",
    "espresense/devices/phone8/kitchen {}",
    "rubbish",
])  # fmt: skip


def explained(capture: str, *words: str) -> str:
    result = CliRunner().invoke(keepwell, ["devices", "explain", "-", *words], input=capture)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_each_message_is_told_in_a_line():
    said = explained(CAPTURE).splitlines()
    assert said[0] == (
        "2026-01-05T08:30:01Z  homes/elm/zigbee2mqtt/Front door  zigbee2mqtt: zigbee2mqtt:name:Front door contact open;"
        " temperature 20.5 °C; battery 80 % at 2026-01-05T08:30:00Z"
    )
    assert said[1].endswith("zigbee2mqtt: introduces Front door")
    assert "zigbee2mqtt:0x00158d0001a2b3c4 contact closed" in said[2]
    assert said[3] == "keepwell/hall-pir/motion  keepwell: hall-pir motion yes"
    assert "the hub's bridge is offline" in said[5]
    assert "zigbee2mqtt: rejected (not_json)" in said[6]
    assert "nobody: ignored: no convention claims" in said[7]
    assert said[9] == "Not a message: the line is neither JSON nor a topic with its payload."


def test_then_the_devices_under_the_address_that_is_known_by_now():
    said = explained(CAPTURE, "--devices").splitlines()
    assert said[0].split("\t")[:3] == ["hub", "address", "name"]
    assert said[1].startswith("\thall-pir\t\t\t\tmotion\t")
    door = said[2].split("\t")
    assert door[:5] == ["elm", "zigbee2mqtt:0x00158d0001a2b3c4", "Front door", "Aqara", "MCCGQ11LM"]
    assert (door[7], door[8]) == ("2", "2026-01-05T08:32:00Z")
    text = "\n".join(said)
    assert "zigbee2mqtt:bridge is offline" in text
    assert (
        "2 messages that nobody reads: espresense/devices/+/kitchen (such as espresense/devices/phone7/kitchen)" in text
    )
    assert "1 message could not be read: zigbee2mqtt: not_json" in text
    assert "1 line could not be taken for a message." in text


def test_a_part_belongs_to_its_device_and_a_name_with_a_slash_is_no_part():
    meter = {"ENERGY": {"Power": 5}}
    capture = "\n".join([
        line("homes/elm/tele/attic/boiler/SENSOR", meter),
        line("homes/elm/tele/attic/kettle/SENSOR", meter | {"DS18B20-1": {"Temperature": 40}}),
        line("homes/elm/tele/plug/LWT", "Online"),
        line("homes/elm/tele/plug/SENSOR", {"DS18B20-1": {"Temperature": 20}, "DS18B20-2": {"Temperature": 21}}),
        line("homes/elm/tele/cellar/SENSOR", {"DS18B20-1": {"Temperature": 12}}),
    ])  # fmt: skip
    found = json.loads(explained(capture, "--json", "-q"))["devices"]
    assert [(one["address"], one["parts"], one["times"]) for one in found] == [
        ("tasmota:attic/boiler", [], 1),
        ("tasmota:attic/kettle", ["DS18B20-1"], 1),
        ("tasmota:cellar/DS18B20-1", [], 1),
        ("tasmota:plug", ["DS18B20-1", "DS18B20-2"], 2),
    ]


def test_for_scripts_a_line_each_and_the_devices_last():
    *messages, last = map(json.loads, explained(CAPTURE, "--json").splitlines())
    assert len(messages) == 10
    assert messages[3] == {
        "received_at": None, "topic": "keepwell/hall-pir/motion", "convention": "keepwell", "rejected": None,
        "ignored": None, "measurements": [
            {"address": "hall-pir", "quantity": "motion", "value": True, "unit": None, "at": None},
        ],
    }  # fmt: skip
    assert "bad_line" in messages[-1]
    pir, door = last["devices"]
    assert (pir["address"], pir["hub"], pir["times"], pir["last_heard"]) == ("hall-pir", None, 1, None)
    assert (door["model"], door["quantities"]) == ("MCCGQ11LM", ["contact", "temperature", "battery"])
    assert (door["first_heard"], door["last_heard"]) == ("2026-01-05T08:30:01Z", "2026-01-05T08:32:00Z")
    assert {hub["hub"]: hub["bridges_offline"] for hub in last["hubs"]} == {"elm": ["zigbee2mqtt:bridge"], None: []}
    assert json.loads(explained(CAPTURE, "--json", "-q")) == last


def test_the_hub_may_be_set_up_in_another_way(tmp_path: Path):
    (tmp_path / "options.toml").write_text('zigbee2mqtt_base = "upstairs/z2m"\n', encoding="utf-8")
    capture = line("upstairs/z2m/hall", {"contact": False})
    assert "nobody: ignored" in explained(capture)
    assert "zigbee2mqtt:name:hall contact open" in explained(capture, "--options", str(tmp_path / "options.toml"))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path):
    result = CliRunner().invoke(keepwell, ["devices", "explain", str(tmp_path / "none")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be read" in result.stderr


def test_a_long_capture_is_read_line_by_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.cli.capture.LONGEST", 100)
    stream = io.BytesIO(b"a\n" + b"x" * 250 + b"\nb\n" + b"y" * 99 + b"\n" + b"z" * 1_000)
    assert [len(one) for one in lines_of(stream)] == [2, 0, 2, 100, 0]


def test_what_a_capture_without_end_leaves_in_memory_is_bounded():
    explained = Explained(Options())
    lines = (line(f"homes/{'elm' if n % 3 else n}/{chr(97 + n % 7)}{n}x/{n}", "1") for n in range(30_000))
    assert sum(1 for _ in explained.messages(lines)) == 30_000
    assert len(json.dumps(explained.to_json())) < 500_000


@pytest.mark.parametrize(("text", "expected"), [
    ('{"topic": "a/b", "payload": {"contact": false}, "retain": 1}', Message("a/b", b'{"contact": false}', True)),
    ('{"topic": "a/b", "payload": null}', Message("a/b", b"")),
    ('{"topic": "a/b", "payload": 21.5}', Message("a/b", b"21.5")),
    ('a/b {"tst":"2026-01-05T09:30:00.5Z+0100","topic":"a/b","retain":1,"payload":"x"}',
     Message("a/b", b"x", True, 1_767_601_800_500_000)),
    ('zigbee2mqtt/Front door {"contact": false}\n', Message("zigbee2mqtt/Front door", b'{"contact": false}')),
    ("a/b ON", Message("a/b", b"ON")),
    ("a/b (null)", Message("a/b", b"")),
    ("a/b [1, 2", Message("a/b", b"[1, 2")),
    (b"a/b \xff\xfe", Message("a/b", b"\xff\xfe")),
    (b'{"topic": "a/b", "payload": "\xff\xfe"}', Message("a/b", b"\xff\xfe")),
])  # fmt: skip
def test_whatever_mosquitto_sub_writes_is_read(text: str | bytes, expected: Message):
    assert read_captured(text) == expected


@pytest.mark.parametrize("text", [
    "", "word", "two words", "{", "[1]", '{"topic": 3}', '{"topic": "a"}', "[" * 100_000,
    '{"topic": "a/b", "payload": "", "payloadlen": 3}',
])  # fmt: skip
def test_what_is_no_message_is_said_so(text: str):
    assert isinstance(read_captured(text), str)


def test_a_time_with_a_z_too_many_is_read_by_both():
    text = '{"tst":"2026-01-05T09:30:00.5Z+0100","topic":"a/b","payload":"x"}'
    assert read_line(text) == read_captured(text) == Message("a/b", b"x", False, 1_767_601_800_500_000)


@given(st.lists(st.binary() | st.text() | st.builds(
    lambda topic, payload: json.dumps({"topic": topic, "payload": payload}),
    st.sampled_from(["zigbee2mqtt/hall", "zigbee2mqtt/bridge/devices", "homes/elm/keepwell/a/motion"]), st.text(),
)))  # fmt: skip
def test_whatever_the_lines_are(lines: list[bytes | str]):
    explained = Explained(Options())
    told = list(explained.messages(lines))
    assert len(told) == sum(bool(one.strip()) for one in lines)
    json.dumps(explained.to_json())


def test_no_terminal_is_commanded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line("a/\x1b[31m", "x").encode())))
    devices.explain(Path("-"))
    assert "\x1b" not in capsys.readouterr().out
    assert plain("a\x1b\n°é") == "a��°é"
