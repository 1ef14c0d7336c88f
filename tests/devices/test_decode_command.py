"""`keepwell decode`, line by line."""

import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.decode import decode, decode_lines
from gateway.errors import BadInput

KEYS = ["topic", "convention", "measurements", "rejected", "ignored"]


def test_the_interface():
    inventory = [{"ieee_address": "0x00158d0001a2b3c4", "friendly_name": "hall"}]
    state = {"contact": False, "temperature": 20.5, "last_seen": "2026-01-05T08:30:00Z"}
    received_at = "2026-01-05T08:30:01Z"
    messages = [
        {"topic": "homes/elm/zigbee2mqtt/bridge/devices", "payload": json.dumps(inventory), "retain": True},
        {"topic": "homes/elm/zigbee2mqtt/hall", "payload": json.dumps(state), "received_at": received_at},
        {"topic": "homes/oak/zigbee2mqtt/hall", "payload_b64": "eyJjb250YWN0IjogdHJ1ZX0="},
        {"topic": "keepwell/a/motion", "payload": "{}"},
        {"topic": "x", "payload": ""},
    ]
    lines = [json.dumps(message) + "\n" for message in messages]
    answers = list(decode_lines(lines))
    assert [list(answer) for answer in answers] == [KEYS] * 5
    assert answers[0] == dict.fromkeys(KEYS) | {
        "topic": "homes/elm/zigbee2mqtt/bridge/devices", "convention": "zigbee2mqtt", "measurements": [],
    }  # fmt: skip
    at = "2026-01-05T08:30:00Z"
    address = "zigbee2mqtt:0x00158d0001a2b3c4"
    assert answers[1]["measurements"] == [
        {"address": address, "quantity": "contact", "value": True, "unit": None, "at": at},
        {"address": address, "quantity": "temperature", "value": 20.5, "unit": "Cel", "at": at},
    ]
    assert answers[2]["measurements"][0] == {
        "address": "zigbee2mqtt:name:hall", "quantity": "contact", "value": False, "unit": None, "at": None,
    }  # fmt: skip
    assert answers[3]["rejected"] == {"reason": "no_value", "detail": 'the object has no "value"'}
    assert answers[4]["ignored"] == "no convention claims topic 'x'"
    assert answers[4]["convention"] is None


@pytest.mark.parametrize("line", [
    b"", b"\n", b"nonsense", b"[]", b"3", b"{}", b'{"topic": 3, "payload": ""}', b'{"topic": "x"}', b"\xff\xfe",
    b'{"topic": "x", "payload": {"a": 1}}', b'{"topic": "x", "payload_b64": "***"}', b"[" * 100_000,
    b'{"topic": "\xff"}',
])  # fmt: skip
def test_a_line_that_cannot_be_read_is_a_bad_line(line: bytes):
    (answer,) = decode_lines([line])
    assert (answer["topic"], answer["convention"], answer["measurements"], answer["ignored"]) == (None, None, [], None)
    assert answer["rejected"]["reason"] == "bad_line"


@given(st.lists(st.binary() | st.text() | st.builds(
    lambda topic, payload: json.dumps({"topic": topic, "payload": payload}),
    st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=())),
)))  # fmt: skip
def test_one_answer_for_each_line_whatever_it_is(lines: list[bytes | str]):
    answers = [json.dumps(answer, allow_nan=False) for answer in decode_lines(lines)]
    assert len(answers) == len(lines)


def test_the_command_streams(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    lines = b'{"topic": "zigbee2mqtt/\\ud800", "payload": "\\ud800"}\nrubbish\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    decode()
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["rejected"]["reason"] for answer in answers] == ["bad_topic", "bad_line"]


def test_the_hub_may_be_set_up_in_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "options.toml").write_text('zigbee2mqtt_base = "upstairs/z2m"\n', encoding="utf-8")
    lines = b'{"topic": "upstairs/z2m/hall", "payload": "{\\"contact\\": false}"}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    decode(tmp_path / "options.toml")
    (answer,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (answer["convention"], answer["measurements"][0]["value"]) == ("zigbee2mqtt", True)
    (tmp_path / "options.toml").write_text("zigbee2mqtt_bas = 1\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"options\.toml: .*did you mean zigbee2mqtt_base"):
        decode(tmp_path / "options.toml")
